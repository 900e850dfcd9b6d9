// An improvement task in parts: where it stands, whose gain it is, who signed, what was done about it.
import type { JSX } from "preact";
import type { Look } from "../domain/api";
import { number, percent, signedPercent, UNKNOWN } from "../domain/number";
import { type Flag, lacks, ROLES, type Role, standing, type Status, type TaskShort, WAY, type Way } from "../domain/task";
import { date, day, moment } from "../domain/time";
import { hasText, measureName, t } from "../words";
import { Dated } from "./Dated";
import { VerdictChip } from "./Proof";
import { Mark } from "./Shape";
import { Terms } from "./Terms";

export function statusName(status: Status): string {
  return t(`task.status.${status}`);
}

export function roleName(role: Role): string {
  return t(`task.role.${role}`);
}

/** The way of a task, the steps behind it marked; one that was rejected says so in its place. */
export function WayOf({ of }: { of: Pick<TaskShort, "status"> }): JSX.Element {
  const here = WAY.indexOf(of.status);
  return (
    <ol class="task-way" data-status={of.status} aria-label={t("task.way")}>
      {WAY.map((status, place) => (
        <li key={status} aria-current={place === here ? "step" : undefined} class={place < here ? "task-past" : place === here ? "task-here" : ""}>
          {place < here && <Mark of="passed" />} {statusName(status)}
        </li>
      ))}
      {here < 0 && (
        <li class="task-here task-rejected" aria-current="step">
          <Mark of="failed" /> {statusName(of.status)}
        </li>
      )}
    </ol>
  );
}

/** What its figures prove, and whose gain that is. */
export function ProofOf({ of }: { of: TaskShort }): JSX.Element {
  const { verdict, attribution } = of;
  const others = attribution.with.join(", ");
  return (
    <div class="task-proof">
      {verdict ? <VerdictChip of={verdict} /> : <span class="note">{t(of.unjudged ? "task.unjudged" : "task.no_target")}</span>}
      {verdict && (
        <span
          class="num"
          data-measure="improvement_rate"
          data-unit="1"
          data-value={verdict.improvement_rate ?? ""}
          data-coverage={verdict.coverage ?? ""}
          data-definition={of.definition ?? ""}
        >
          {t("targets.improvement_rate")} {signedPercent(verdict.improvement_rate)}{" "}
          {verdict.low !== null && verdict.high !== null && (
            <span class="note">({t("targets.rate_interval", { low: signedPercent(verdict.low), high: signedPercent(verdict.high) })})</span>
          )}
          {verdict.verdict === "insufficient_data" && <span class="note">({t("targets.reference")})</span>}
        </span>
      )}
      {verdict && (
        <span class="note num">
          {t("targets.coverage")} {percent(verdict.coverage, 0)} · {t("targets.days_of", { before: verdict.n_before, after: verdict.n_after })}
        </span>
      )}
      {attribution.kind !== "none" && (
        <span class="task-gain" data-gain={attribution.kind}>
          {t(`task.gain.${attribution.kind}`, { others })}
        </span>
      )}
    </div>
  );
}

/** What it is about, as far as it was said. */
export function TermsOf({ of }: { of: TaskShort }): JSX.Element {
  const rows: [string, string | null][] = [
    ["problem", of.problem],
    ["hypothesis", of.hypothesis],
    ["measure", of.measure && measureName(of.measure)],
    ["baseline", of.baseline],
    ["go_live", of.go_live && day(t, date(of.go_live))],
    ["settled", of.settled && day(t, date(of.settled))],
    ["due", of.due && day(t, of.due)],
    ["company", of.company],
    ["mentor", of.mentor],
  ];
  return <Terms of={rows.map(([name, value]) => [t(`task.${name}`), value ?? UNKNOWN])} />;
}

/** Firm, mentor and sponsor: who signed the terms as they are now, and who has not. */
export function SignsOf({ of }: { of: TaskShort }): JSX.Element {
  const stands = standing(of);
  return (
    <ul class="task-signs" aria-label={t("task.sign_offs")}>
      {ROLES.map((role) => {
        const last = of.sign_offs.filter((one) => one.role === role && one.stands).at(-1);
        return (
          <li key={role} data-role={role} data-stands={stands.has(role)}>
            <Mark of={last ? "passed" : "unchecked"} />
            <span>
              <strong>{roleName(role)}</strong>{" "}
              {last ? (
                <span class="num">
                  {last.name} · <Dated text={moment(t, last.at)} />
                </span>
              ) : (
                <span class="note">{t("task.not_signed")}</span>
              )}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

/** What is done about it, numbered as on the chart. */
export function FlagsOf({ of }: { of: readonly Flag[] }): JSX.Element {
  return (
    <ol class="task-flags">
      {of.map((flag) => (
        <li key={flag.n}>
          <span class="task-flag num">{flag.n}</span>
          <span>
            {flag.text}{" "}
            <span class="note num">
              <Dated text={day(t, flag.day)} /> · {flag.owner}
            </span>
          </span>
        </li>
      ))}
    </ol>
  );
}

/** What a step still lacks, in words. */
export function LacksOf({ way }: { way: Way }): JSX.Element | null {
  const codes = lacks(way);
  if (!codes.length) return null;
  return (
    <ul class="task-lacks">
      {codes.map((code) => (
        <li key={code}>{hasText(`task.needs.${code}`) ? t(`task.needs.${code}`) : code}</li>
      ))}
    </ul>
  );
}

type Kept = { sustainment: readonly Look[]; falls_from: string | null; definition?: string | null };

/** What is left of the gain after 3, 6 and 12 months. */
export function KeptOf({ of }: { of: Kept }): JSX.Element | null {
  if (!of.sustainment.length || of.sustainment.every((one) => one.state === "no_gain")) return null;
  return (
    <>
      <ul class="task-looks">
        {of.sustainment.map((look) => (
          <li key={look.months} data-months={look.months} data-state={look.state} data-label={look.label ?? ""}>
            <strong>{t("task.after_months", { n: look.months })}</strong>{" "}
            <span class="num" {...shareOf(of, look)}>
              {look.state === "computed" && look.label
                ? t("task.kept", { share: percent(look.share, 0), label: t(`task.kept.${look.label}`) })
                : t(`task.look.${look.state}`)}
            </span>{" "}
            <span class="note num">
              {t("task.look_window", { from: look.from, to: look.to })}
              {look.state === "computed" && ` · ${t("time.days", { n: look.n })}`}
            </span>
          </li>
        ))}
      </ul>
      {of.falls_from && <p class="late"><Dated text={t("task.falls_from", { day: day(t, of.falls_from) })} /></p>}
    </>
  );
}

/** What stands beside a share that was computed; nothing beside words. */
function shareOf(of: Kept, look: Look): Record<string, string | number> {
  if (look.state !== "computed") return {};
  return { "data-measure": "share_kept", "data-unit": "1", "data-value": look.share ?? "", "data-coverage": look.coverage ?? "", "data-definition": of.definition ?? "" };
}

/** The due date as days; none where nobody named one. */
export function dueOf(of: Pick<TaskShort, "due_days">): string {
  if (of.due_days === null) return t("targets.no_due");
  if (of.due_days < 0) return t("targets.overdue", { n: -of.due_days });
  return of.due_days === 0 ? t("targets.due_today") : t("targets.due_in", { n: of.due_days });
}

export function counted(key: string, n: number): string {
  return `${t(`task.${key}`)} ${number(n, 0)}`;
}
