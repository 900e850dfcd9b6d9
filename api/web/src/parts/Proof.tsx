// What a target is judged by: its verdict, the four percentages by their names, what they rest on.
import type { JSX } from "preact";
import type { Gate, Target } from "../domain/api";
import { number, percent, signedPercent, UNKNOWN } from "../domain/number";
import { change, failing, gateValue, isDefects, missed, overdue, toDo, verdictValues, yieldChange } from "../domain/target";
import { date, day, lastDay } from "../domain/time";
import { hasText, measureName, t } from "../words";
import { Dated } from "./Dated";
import { Explained } from "./Definition";
import { Mark } from "./Shape";
import { Terms } from "./Terms";

const SMALLEST = 0.0001;

/** The verdict as sign and words; withheld ones say which condition fails. */
export function VerdictChip({ of }: { of: Pick<Target, "verdict" | "gates" | "reasons"> }): JSX.Element {
  const reason = of.verdict === "insufficient_data" ? failing(of)[0] : undefined;
  return (
    <span class={`verdict verdict-${of.verdict}`} data-verdict={of.verdict}>
      <Mark of={of.verdict} />
      <span>
        {t(`verdict.${of.verdict}`)}
        {reason && `: ${gateLine(reason)}`}
      </span>
    </span>
  );
}

/** Why it is this verdict, in a sentence with the numbers that it rests on. */
export function Says({ of }: { of: Target }): JSX.Element {
  const values = verdictValues(t, of);
  const key = `verdict.${of.verdict}`;
  return <p class="verdict-means">{values ? t(`${key}.with`, values) : t(`${key}.means`)}</p>;
}

/** How long until the due date; after it, what that means. */
export function Due({ of }: { of: Target }): JSX.Element {
  if (of.due_days === null) return <span class="due note">{t("targets.no_due")}</span>;
  if (missed(of)) {
    return (
      <span class="due due-missed">
        <Mark of="missed" /> {t("targets.missed")}
      </span>
    );
  }
  if (overdue(of)) return <span class="due due-late num">{t("targets.overdue", { n: -of.due_days })}</span>;
  if (of.due_days <= 0) return <span class="due num">{t("targets.due_today")}</span>;
  return <span class="due num">{t("targets.due_in", { n: of.due_days })}</span>;
}

/** Four numbers with four names, always together. */
export function Four({ of, reference = false }: { of: Target; reference?: boolean }): JSX.Element {
  const rates =
    of.low === null || of.high === null
      ? ""
      : `(${t("targets.rate_interval", { low: signedPercent(of.low), high: signedPercent(of.high) })})`;
  return (
    <dl class="four" data-reference={reference}>
      <Figure name="improvement_rate" of={of} value={of.improvement_rate}>
        {signedPercent(of.improvement_rate)} <span class="four-note">{rates}</span>
      </Figure>
      <Figure name="attainment_rate" of={of} value={of.attainment_rate}>
        {of.zero_defects ? t("targets.zero_defects") : percent(of.attainment_rate, 1)}
      </Figure>
      <Figure name="share_of_target" of={of} value={of.share_of_target}>
        {percent(of.share_of_target, 1)}
      </Figure>
      <Figure name="point_change" of={of} value={of.point_change}>
        {change(t, of)}{" "}
        {isDefects(of) && <span class="four-note">{t("targets.yield_change", { change: signedPercent(yieldChange(of)) })}</span>}
      </Figure>
      {of.bill_effect !== null && (
        <Figure name="bill_effect" of={of} value={of.bill_effect}>
          {signedPercent(of.bill_effect)}
        </Figure>
      )}
    </dl>
  );
}

interface FigureProps {
  name: string;
  of: Target;
  value: number | null;
  children: JSX.Element | (JSX.Element | string | false)[] | string;
}

function Figure({ name, of, value, children }: FigureProps): JSX.Element {
  return (
    <div class="four-one">
      <dt>{t(`targets.${name}`)}</dt>
      <dd
        class="num"
        data-measure={name}
        data-of={of.measure}
        data-unit={name === "point_change" ? of.unit : "1"}
        data-value={value ?? ""}
        data-coverage={of.coverage ?? ""}
        data-definition={of.definition ?? of.measure}
      >
        <Explained
          id={of.definition ?? of.measure}
          name={`${t(`targets.${name}`)} (${measureName(of.measure)})`}
          own={{ says: t(`targets.${name}.says`, { one: percent(1, 0) }), formula: t(`targets.${name}.${of.higher_is_better ? "higher" : "lower"}`) }}
        >
          {children}
        </Explained>
      </dd>
    </div>
  );
}

/** Coverage, days, baseline version, manual share: without them no verdict is shown. */
export function Basis({ of }: { of: Target }): JSX.Element {
  return (
    <p
      class="basis num"
      data-coverage-before={of.coverage_before ?? ""}
      data-coverage-after={of.coverage_after ?? ""}
      data-n-before={of.n_before}
      data-n-after={of.n_after}
      data-baseline-version={of.baseline.version}
      data-low={of.low ?? ""}
      data-high={of.high ?? ""}
    >
      <span>
        {t("targets.coverage")}{" "}
        {t("targets.before_after", { before: percent(of.coverage_before, 0), after: percent(of.coverage_after, 0) })}
      </span>
      <span>{t("targets.days_of", { before: of.n_before, after: of.n_after })}</span>
      <span>
        <Dated text={t("targets.frozen", { version: of.baseline.version, day: date(of.baseline.frozen_at) })} />
      </span>
      {of.frozen_late && <span class="basis-late">{t("targets.frozen_late")}</span>}
      {of.manual_share !== null && <span>{t("targets.manual", { share: percent(of.manual_share, 0) })}</span>}
      {of.status !== "final" && <span>{t(`status.${of.status}`)}</span>}
    </p>
  );
}

/** What it means that the baseline was frozen when the outcome could be known already. */
export function Late({ of }: { of: Target }): JSX.Element | null {
  if (!of.frozen_late || !of.go_live) return null;
  const values = { frozen: day(t, date(of.baseline.frozen_at)), go_live: day(t, date(of.go_live)) };
  return (
    <p class="late">
      <Dated text={t("targets.frozen_late_means", values)} /> {t("targets.baseline_reason")}: {of.baseline.reason}
    </p>
  );
}

/** Each failing condition with what to do about it. */
export function Missing({ of }: { of: Target }): JSX.Element | null {
  const gates = toDo(of);
  if (!gates.length) return null;
  return (
    <div class="missing">
      <p class="missing-title">{t("targets.missing")}</p>
      <ul>
        {gates.map(({ gate, key }) => (
          <li key={gate.code}>
            <strong class="num">{gateLine(gate)}</strong> <span>{hasText(key) ? t(key) : ""}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** All conditions of a verdict: passed, failed or not checked. */
export function Gates({ of }: { of: Target }): JSX.Element {
  const unchecked = new Set(of.not_checked);
  return (
    <ul class="gates">
      {of.gates.map((gate) => {
        const sign = unchecked.has(gate.code) ? "unchecked" : gate.passed ? "passed" : "failed";
        return (
          <li key={gate.code} class={`gate gate-${sign}`} data-gate={gate.code} data-passed={gate.passed}>
            <Mark of={sign} />
            <span class="gate-name">{gateName(gate.code)}</span>
            <span class="gate-seen num">{sign === "unchecked" ? t("targets.not_checked") : seen(gate)}</span>
            {sign === "failed" && hasText(`gate.${gate.code}.do`) && (
              <span class="gate-do">{t(`gate.${gate.code}.do`)}</span>
            )}
          </li>
        );
      })}
    </ul>
  );
}

export function gateName(code: string): string {
  return hasText(`gate.${code}`) ? t(`gate.${code}`) : code;
}

function gateLine(gate: Gate): string {
  return `${gateName(gate.code)} ${seen(gate)}`.trim();
}

function seen(gate: Gate): string {
  if (gate.seen === null && gate.needed === null) return "";
  if (gate.needed === null) return gateValue(gate, gate.seen);
  return t(gate.code === "coverage_unequal" ? "targets.gate_limit" : "targets.gate_seen", { seen: gateValue(gate, gate.seen), needed: gateValue(gate, gate.needed) });
}

/** Terms of the baseline and of the interval, for whoever must defend the figure. */
export function TermsOf({ of }: { of: Target }): JSX.Element {
  const { baseline, interval } = of;
  const dash = (value: number | null | undefined, digits: number): string => number(value ?? null, digits);
  const rows: [string, string][] = [
    [t("targets.baseline_period"), `${period(baseline.from, baseline.to)} · ${t("time.days", { n: baseline.days })}`],
    [t("targets.baseline_reason"), baseline.reason],
    [t("targets.baseline_by"), `${baseline.name} · ${day(t, date(baseline.frozen_at))}`],
    [t("targets.digest"), baseline.digest],
    [t("targets.go_live"), of.go_live ? day(t, date(of.go_live)) : UNKNOWN],
    [t("targets.report_period"), of.report_from && of.report_to ? period(of.report_from, of.report_to) : UNKNOWN],
    [t("targets.due"), of.due ? day(t, of.due) : t("targets.no_due")],
  ];
  if (interval) {
    rows.push(
      [t("targets.method"), `${methodName(interval.method)} · ${t("targets.confidence", { share: percent(interval.confidence, 0) })}`],
      [t("targets.n_eff"), `${dash(interval.n_eff_before, 1)} / ${dash(interval.n_eff_after, 1)}`],
      [t("targets.p_value"), small(interval.p_value)],
    );
  }
  return (
    <>
      <Terms of={rows} />
      {interval && <p class="note interval-means">{meant(interval.confidence)}</p>}
    </>
  );
}

/** What a confidence interval is, for whoever has to explain it. */
function meant(confidence: number): string {
  return t("targets.interval_means", { confidence: percent(confidence, 0), n: Math.round(confidence * 100) });
}

function methodName(method: string): string {
  return hasText(`method.${method}`) ? t(`method.${method}`) : method;
}

/** A p-value; one that four digits cannot tell from nothing is said to be below them. */
function small(value: number | null): string {
  return value !== null && value < SMALLEST ? `< ${number(SMALLEST, 4)}` : number(value, 4);
}

/** Both days included; of a window that has no day yet, its first. */
function period(from: string, to: string): string {
  if (from === to) return t("targets.from", { from: date(from) });
  return t("targets.period", { from: date(from), to: lastDay(from, to) });
}
