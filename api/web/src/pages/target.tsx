// One target as an A3 on a screen: present state, goal, what it rests on, day by day.
import type { JSX } from "preact";
import { to } from "../address";
import type { Day, ExplainedDay, Explanation, PlanCut, Split, Target } from "../domain/api";
import { figure, grade, unitLabel } from "../domain/measure";
import { number, percent, percentSign, UNKNOWN } from "../domain/number";
import { inUnit, windowOf } from "../domain/target";
import { columnOf, type Flag, flags, type TaskList } from "../domain/task";
import { Axis } from "../parts/Axis";
import { Bills } from "../parts/Bill";
import { Chart } from "../parts/Chart";
import { DefinitionButton } from "../parts/Definition";
import { Packages } from "../parts/Packages";
import { Asked, Parts, Shifted } from "../parts/Parts";
import type { Picture, Stretch } from "../parts/plot";
import { Basis, Due, Four, Gates, gateName, Late, Missing, Says, TermsOf, VerdictChip } from "../parts/Proof";
import { Recomputed } from "../parts/Recomputed";
import { useResource } from "../parts/resource";
import { Awaited } from "../parts/Shared";
import { KeptOf } from "../parts/Task";
import { TasksOf } from "../parts/TasksOf";
import "../style/targets.css";
import { hasText, measureName, t } from "../words";

export function TargetPage({ id }: { id: string }): JSX.Element {
  const { data, problem, reload } = useResource<Target>(id, () => `/targets/${encodeURIComponent(id)}`, 60);
  const why = useResource<Explanation>(`why${id}`, () => `/targets/${encodeURIComponent(id)}/explain`, 600);
  const tasks = useResource<TaskList>(`tasks${id}`, () => `/tasks?target=${encodeURIComponent(id)}`, 60);
  if (!data) return <Awaited problem={problem} again={reload} />;
  const withheld = data.verdict === "insufficient_data";
  const listed = new Set(data.gates.map((gate) => gate.code));
  const loose = data.not_checked.filter((code) => !listed.has(code));
  return (
    <main class="page targets" id="main" data-target={data.id} data-verdict={data.verdict}>
      <p>
        <a class="back" href={to("/targets")}>
          {t("targets.all")}
        </a>
      </p>
      <section class="panel target">
        <header class="target-head">
          <h1>
            {measureName(data.measure)} <span class="target-line">{data.line_name}</span>
          </h1>
          <DefinitionButton id={data.definition ?? data.measure} name={measureName(data.measure)} />
          <span class="note">{t(data.higher_is_better ? "targets.better_higher" : "targets.better_lower")}</span>
          <span class="target-verdict">
            <VerdictChip of={data} />
            <Due of={data} />
          </span>
        </header>
        <Says of={data} />
        <Axis of={data} />
        <h2 class="section">
          {t("targets.figures")} {withheld && <span class="reference">{t("targets.reference")}</span>}
        </h2>
        <Four of={data} reference={withheld} />
        <Basis of={data} />
        <Late of={data} />
        {withheld && <Missing of={data} />}
      </section>
      <div class="panel">
        <Daily of={data} flagged={flags(tasks.data?.tasks ?? [])} why={why.data?.lines.length === 1 ? why.data.lines[0]?.days ?? [] : []} />
      </div>
      <Behind of={data} />
      {data.measure === "unit_cost" && <Bills of={data} />}
      <div class="target-columns">
        <section class="panel">
          <h2 class="section">{t("targets.gates")}</h2>
          <Gates of={data} />
          {loose.length > 0 && (
            <p class="note">
              {t("targets.not_checked")}: {loose.map(gateName).join(", ")}
            </p>
          )}
        </section>
        <section class="panel">
          <h2 class="section">{t("targets.proof")}</h2>
          <TermsOf of={data} />
          {why.data && <Recomputed of={why.data} />}
        </section>
      </div>
      <TasksOf of={tasks.data?.tasks ?? null} />
      <Packages target={id} />
    </main>
  );
}

/** What the change is made of, how far it holds otherwise, when it came, and whether it lasts. */
function Behind({ of }: { of: Target }): JSX.Element | null {
  const { decomposition, sensitivity, shift, sustainment } = of;
  if (!decomposition || !sensitivity || !sustainment) return null;
  const gained = sustainment.some((one) => one.state !== "no_gain");
  return (
    <>
      <section class="panel">
        <h2 class="section">{t("parts.title")}</h2>
        <p class="note">{t("parts.says")}</p>
        <div class="parts-columns">
          {decomposition.map((split) => (
            <Parts key={split.of} of={of} split={split} />
          ))}
        </div>
        {decomposition.some(unassigned) && <p class="note">{t("part.rest.means")}</p>}
      </section>
      <div class="behind-columns">
        <section class="panel">
          <h2 class="section">{t("sensitivity.title")}</h2>
          <p class="note">{t("sensitivity.says")}</p>
          <Asked of={of} told={sensitivity} />
        </section>
        <section class="panel">
          {shift && (
            <>
              <h2 class="section">{t("shift.title")}</h2>
              <Shifted of={of} shift={shift} />
            </>
          )}
          {(of.plan_cuts ?? []).length > 0 && <PlanCuts of={of.plan_cuts ?? []} />}
          <h2 class="section">{t("kept.title")}</h2>
          {gained ? <KeptOf of={{ sustainment, falls_from: of.falls_from ?? null, definition: of.definition ?? null }} /> : <p class="note">{t("task.look.no_gain")}</p>}
        </section>
      </div>
    </>
  );
}

/** The days whose planned time was taken away when they were over. */
function PlanCuts({ of }: { of: readonly PlanCut[] }): JSX.Element {
  return (
    <>
      <h2 class="section">{t("plan_cuts.title")}</h2>
      <p class="note">{t("plan_cuts.says", { n: of.length })}</p>
      <p class="note num">{of.map((cut) => cut.day).join(", ")}</p>
    </>
  );
}

/** Whether a change has a rest that no part explains. */
function unassigned(split: Split): boolean {
  return split.parts.some((part) => part.code === "rest" && part.amount !== 0);
}

/** The days as a line and as a table; `why` is what each is made of, where there is one line alone. */
function Daily({ of, why, flagged }: { of: Target; why: readonly ExplainedDay[]; flagged: readonly Flag[] }): JSX.Element {
  const days = of.series ?? [];
  const known = new Map(why.map((one) => [one.day, one]));
  return (
    <Chart title={t("targets.daily")} unit={of.unit === "1" ? percentSign() : unitLabel(t, of.unit)} picture={picture(of, days, flagged)}>
      <table class="table">
        <thead>
          <tr>
            <th scope="col">{t("chart.day")}</th>
            <th scope="col" class="right">
              {measureName(of.measure)}
            </th>
            <th scope="col" class="right">
              {t("targets.coverage")}
            </th>
            <th scope="col">{t("chart.window")}</th>
            {known.size > 0 && (
              <>
                <th scope="col" class="right">
                  {t("chart.sums")}
                </th>
                <th scope="col">{t("chart.used")}</th>
              </>
            )}
          </tr>
        </thead>
        <tbody>
          {days.map((one, place) => (
            <tr key={one.day}>
              <th scope="row" class="num">
                {one.day}
              </th>
              <td class="right num">{figure(t, one.value, of.unit)}</td>
              <td class="right num" data-grade={grade(one.coverage)}>
                {percent(one.coverage, 0)}
              </td>
              <td>{[t(`window.${windowOf(days, place)}`), flagOn(flagged, days, place)].filter(Boolean).join(" · ")}</td>
              {known.size > 0 && <MadeOf day={known.get(one.day)} />}
            </tr>
          ))}
        </tbody>
      </table>
    </Chart>
  );
}

function MadeOf({ day }: { day: ExplainedDay | undefined }): JSX.Element {
  const sum = (value: number | null | undefined): string => number(value, Number.isInteger(value) ? 0 : 2);
  const key = `left.${day?.used ? "used" : (day?.left_out ?? "")}`;
  return (
    <>
      <td class="right num">{day ? `${sum(day.numerator)} ÷ ${sum(day.denominator)}` : UNKNOWN}</td>
      <td data-used={day?.used}>{hasText(key) ? t(key) : (day?.left_out ?? "")}</td>
    </>
  );
}

/** The counter-measures that a chart marks on a column, in words. */
function flagOn(flagged: readonly Flag[], days: readonly Day[], place: number): string {
  const here = flagged.filter((one) => columnOf(one.day, days.map((each) => each.day)) === place);
  return here.map((one) => t("task.flag", { number: `${one.n}`, text: one.text })).join(", ");
}

function picture(of: Target, days: readonly Day[], flagged: readonly Flag[]): Picture {
  const report = stretch(days, "report");
  const rules: Picture["rules"] = [];
  if (of.before !== null) rules.push({ kind: "base", value: of.before, label: `${t("targets.baseline")} ${inUnit(t, of, of.before)}` });
  if (of.target !== null) rules.push({ kind: "target", value: of.target, label: `${t("targets.target")} ${inUnit(t, of, of.target)}` });
  return {
    labels: days.map((one) => one.day.slice(5)),
    values: days.map((one) => one.value),
    missing: days.map((one) => (one.value === null && one.window !== "outside" ? t("state.unknown") : null)),
    rules,
    stretches: stretches(days),
    band: of.after_low !== null && of.after_high !== null && report ? { low: of.after_low, high: of.after_high, ...report } : null,
    percent: of.unit === "1",
    flags: flagged.flatMap((one) => {
      const at = columnOf(one.day, days.map((each) => each.day));
      return at === null ? [] : [{ at, n: one.n }];
    }),
  };
}

/** Baseline, black-out, reporting window and what no longer counts, as stretches of columns. */
function stretches(days: readonly Day[]): Stretch[] {
  const kinds = { baseline: "base", blackout: "blackout", report: "report", after: "after" } as const;
  return Object.entries(kinds).flatMap(([window, kind]) => {
    const found = stretch(days, window);
    return found ? [{ ...found, kind, label: t(window === "after" ? "window.later" : `window.${window}`) }] : [];
  });
}

function stretch(days: readonly Day[], window: string): { from: number; to: number } | null {
  const at = days.flatMap((_, place) => (windowOf(days, place) === window ? [place] : []));
  return at.length ? { from: at[0] ?? 0, to: at.at(-1) ?? 0 } : null;
}
