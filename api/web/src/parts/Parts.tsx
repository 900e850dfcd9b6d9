// What a change is made of, and how far it holds otherwise: waterfalls that are tables, and questions.
import type { JSX } from "preact";
import type { Conditions, Part, Sensitivity, Shift, Split, Target } from "../domain/api";
import { figure, unitLabel } from "../domain/measure";
import { length, percent, signedPercent } from "../domain/number";
import { amount, difference, type Step, waterfall } from "../domain/parts";
import { day } from "../domain/time";
import { hasText, measureName, t } from "../words";
import { Dated } from "./Dated";

const YARDSTICK = 0.5; // of the effect, at 68 % confidence: ASHRAE Guideline 14
const MANY_NEW = 0.2; // share of new products above which a new baseline is asked for

/** One change, part by part; each row is a bar that begins where the one before it ended. */
export function Parts({ of, split }: { of: Target; split: Split }): JSX.Element {
  const name = t(`parts.of.${split.of}`, { name: measureName(of.measure) });
  return (
    <section class="parts" data-of={split.of} data-reason={split.reason ?? ""}>
      <h3 class="smaller">{name}</h3>
      {split.change !== null && (
        <p class="num">
          {figure(t, split.before, split.unit)} → {figure(t, split.after, split.unit)}{" "}
          <strong>({difference(t, split.change, split.unit, split.change)})</strong>
        </p>
      )}
      {split.reason ? <p class="note">{t("parts.not", { reason: reasonOf(split.reason) })}</p> : <Rows of={of} split={split} name={name} />}
    </section>
  );
}

function Rows({ of, split, name }: { of: Target; split: Split; name: string }): JSX.Element {
  const drawn = waterfall(split);
  const label = split.unit === "1" ? "" : unitLabel(t, split.unit);
  return (
    <table class="table waterfall">
      <caption class="unseen">{name}</caption>
      <thead>
        <tr>
          <th scope="col">{t("parts.part")}</th>
          <td aria-hidden="true" />
          <th scope="col" class="right">
            {t("parts.amount")} <span class="waterfall-note">{label}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {drawn.steps.map((step) => (
          <Row key={`${step.part.code}${step.part.item}`} of={of} split={split} step={step} zero={drawn.zero} />
        ))}
        <tr class="waterfall-whole">
          <th scope="row">{t("parts.change")}</th>
          <td aria-hidden="true">
            <Bar kind="whole" from={drawn.zero} to={drawn.end} zero={drawn.zero} />
          </td>
          <td class="right num strong">{amount(split.change, split.unit, split.change)}</td>
        </tr>
      </tbody>
    </table>
  );
}

function Row({ of, split, step, zero }: { of: Target; split: Split; step: Step; zero: number }): JSX.Element {
  const { part } = step;
  const kind = part.code === "rest" ? "rest" : part.credited ? "credited" : "other";
  return (
    <tr data-part={part.code} data-credited={part.credited}>
      <th scope="row">
        {partName(part)} <span class="waterfall-note">{noteOf(part)}</span>
      </th>
      <td aria-hidden="true">
        <Bar kind={kind} from={step.from} to={step.to} zero={zero} />
      </td>
      <td
        class="right num"
        data-measure={`part_${part.code}`}
        data-unit={split.unit}
        data-value={part.amount ?? ""}
        data-coverage={of.coverage ?? ""}
        data-definition={of.definition ?? of.measure}
      >
        {amount(part.amount, split.unit, split.change)}
      </td>
    </tr>
  );
}

/** From where the part before ended to where this one ends; a line marks where no change is. */
function Bar({ kind, from, to, zero }: { kind: string; from: number; to: number; zero: number }): JSX.Element {
  const left = Math.min(from, to);
  return (
    <svg class="waterfall-bar">
      <line class="waterfall-zero" x1={length(zero)} x2={length(zero)} y1="0" y2="100%" />
      <rect class={`waterfall-${kind}`} x={length(left)} width={length(Math.abs(to - from))} y="15%" height="70%" />
      <line class="waterfall-end" x1={length(to)} x2={length(to)} y1="0" y2="100%" />
    </svg>
  );
}

function partName(part: Part): string {
  const key = `part.${part.code}`;
  const name = hasText(key) ? t(key) : part.code;
  return part.item ? t("parts.item", { part: name, item: hasText(`item.${part.item}`) ? t(`item.${part.item}`) : part.item }) : name;
}

function noteOf(part: Part): string {
  if (part.reason) return reasonOf(part.reason);
  return part.code === "rest" ? "" : t(part.credited ? "parts.credited" : "parts.not_credited");
}

function reasonOf(code: string): string {
  return hasText(`parts.reason.${code}`) ? t(`parts.reason.${code}`) : code;
}

/** The same question asked otherwise, after the answer that counts. */
export function Asked({ of, told }: { of: Target; told: Sensitivity }): JSX.Element {
  const judged = { code: "as_judged", improvement_rate: of.improvement_rate, low: of.low, high: of.high, verdict: of.verdict, left_out: [] };
  return (
    <>
      <table class="table asked">
        <caption class="unseen">{t("sensitivity.title")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("sensitivity.question")}</th>
            <th scope="col" class="right">
              {t("targets.improvement_rate")}
            </th>
          </tr>
        </thead>
        <tbody>
          {[judged, ...told.rows].map((row) => (
            <tr key={row.code} data-question={row.code}>
              <th scope="row">
                {hasText(`sensitivity.${row.code}`) ? t(`sensitivity.${row.code}`) : row.code}
                <span class="asked-note num">{row.left_out.length > 0 && <Dated text={t("sensitivity.left_out", { days: row.left_out.join(", ") })} />}</span>
              </th>
              <td
                class="right num"
                data-measure={row.code}
                data-unit="1"
                data-value={row.improvement_rate ?? ""}
                data-coverage={of.coverage ?? ""}
                data-definition={of.definition ?? of.measure}
              >
                {signedPercent(row.improvement_rate)}
                <span class="asked-note">
                  {row.low !== null && row.high !== null && `(${t("targets.rate_interval", { low: signedPercent(row.low), high: signedPercent(row.high) })})`}
                </span>
                <span class="asked-note">{row.verdict && t(`verdict.${row.verdict}`)}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {told.mix_dependent && <p class="late">{t("sensitivity.mix_dependent")}</p>}
      {told.new_share !== null && told.new_share > 0 && (
        <p class="note">
          {t("sensitivity.new_share", { share: percent(told.new_share) })} {told.new_share > MANY_NEW && t("sensitivity.new_baseline")}
        </p>
      )}
      {told.conditions && <AlikeSays of={told.conditions} />}
    </>
  );
}

/** What the question of equal conditions rests on, or why it has no answer. */
function AlikeSays({ of }: { of: Conditions }): JSX.Element {
  const used = of.terms.filter((one) => one.state === "used").map((one) => conditionName(one.condition));
  const left = of.terms
    .filter((one) => one.state !== "used")
    .map((one) => `${conditionName(one.condition)} (${t(`condition.state.${one.state}`)})`);
  const said = [
    of.reason ? t(`conditions.reason.${of.reason}`) : used.length > 0 ? t("conditions.used", { terms: used.join(", ") }) : "",
    of.outside.length > 0 ? t("conditions.outside", { n: of.outside.length, of: of.n_after }) : "",
    left.length > 0 ? t("conditions.left", { terms: left.join("; ") }) : "",
    of.uncertainty === null ? "" : t(of.uncertainty >= YARDSTICK ? "conditions.unsure" : "conditions.sure", { share: percent(of.uncertainty, 0) }),
  ];
  return (
    <p class="note alike" data-reason={of.reason ?? ""} data-uncertainty={of.uncertainty ?? ""}>
      {said.filter(Boolean).join(" ")}
    </p>
  );
}

function conditionName(code: string): string {
  return hasText(`condition.${code}`) ? t(`condition.${code}`) : code;
}

/** The day on which the level changed most; a doubt where that does not fall together with go-live. */
export function Shifted({ of, shift }: { of: Target; shift: Shift }): JSX.Element {
  const ends = { before: figure(t, shift.before, of.unit), after: figure(t, shift.after, of.unit) };
  return (
    <div class="shifted" data-place={shift.place} data-doubt={shift.doubt}>
      <p class="num">
        <Dated text={t("shift.says", { day: day(t, shift.day), ...ends })} /> {t(`shift.${shift.place}`)}
      </p>
      {shift.doubt && <p class="late">{t("shift.doubt")}</p>}
    </div>
  );
}
