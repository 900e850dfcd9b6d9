// Line: where the shift stands, and why. The main button is the stop that nobody has explained.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { address, to } from "../address";
import type { FactList, KpiRows, LineNow, ReasonLoss, StateList, StopList } from "../domain/api";
import { hours, type Pace as Plan } from "../domain/hours";
import { figure, grade, unitLabel } from "../domain/measure";
import { covered, number, percent, signed, withUnit } from "../domain/number";
import { outside, period, planOf, seen } from "../domain/period";
import { stale } from "../domain/state";
import { clock, day, instant, span, written } from "../domain/time";
import { lines, now, lineList, trouble, load } from "../live/store";
import { Chip } from "../parts/Chip";
import { Ended, Figures } from "../parts/Closed";
import { Counts } from "../parts/Counts";
import { Explained } from "../parts/Definition";
import { Fact, ownWords } from "../parts/Fact";
import { Hours } from "../parts/Hours";
import { Losses } from "../parts/Losses";
import { Measure } from "../parts/Measure";
import { Measures } from "../parts/Measures";
import { Pace } from "../parts/Pace";
import { type Resource, useResource } from "../parts/resource";
import { ShiftChooser, type View } from "../parts/ShiftChooser";
import { Blocks, Empty, Loading, Trouble } from "../parts/Shared";
import { ComingStops, Stops } from "../parts/Stops";
import { Strip } from "../parts/Strip";
import { t } from "../words";

type Rows = Resource<KpiRows>;

export function Line({ id }: { id: string }): JSX.Element {
  const line = lines.value.find((one) => one.line === id);
  if (!line) return <NotThere id={id} />;
  return <There line={line} />;
}

function NotThere({ id }: { id: string }): JSX.Element {
  if (trouble.value) {
    return (
      <main class="page" id="main">
        <Trouble problem={trouble.value} again={() => void load()} />
      </main>
    );
  }
  if (!lineList.value || lineList.value.lines.some((line) => line.id === id)) return <Loading rows={4} />;
  return (
    <main class="page" id="main">
      <Empty says={t("page.no_such_line", { line: id })}>
        <a class="button" href={to("/board")}>
          {t("page.to_board")}
        </a>
      </Empty>
    </main>
  );
}

function There({ line }: { line: LineNow }): JSX.Element {
  const [open, unfold] = useState(false);
  const view = viewOf(line);
  const ask = (path: string, query = ""): [string, () => string, number] => [
    `${path}${query}${line.line}${view.from}`,
    () => `${path}?${new URLSearchParams({ line: line.line, from: view.from, to: until(view) })}${query}`,
    10,
  ];
  const states = useResource<StateList>(
    `states${line.line}${view.from}`,
    () => `/lines/${line.line}/states?${new URLSearchParams({ from: view.from, to: until(view) })}`,
    10,
  );
  const stops = useResource<StopList>(...ask("/stops"));
  const facts = useResource<FactList>(
    `facts${line.line}${view.from}`,
    () => `/facts?${new URLSearchParams({ line: line.line, from: view.from, to: view.to })}`, // to its end: what was entered just now counts
    10,
  );
  const hourly = useResource<KpiRows>(...ask("/kpis", "&by=hour"));
  const shifts = useResource<KpiRows>(...ask("/kpis", "&by=shift"));
  const known = hourly.data && seen(hourly.data.rows);
  const losses = useResource<{ reasons: ReasonLoss[] }>(...ask("/kpis", "&by=reason"));
  const machines = new Map(line.machines.map((machine) => [machine.id, machine.name]));
  const below = [stops, facts, hourly].every(came); // where it lies depends on how many stops there are
  return (
    <main class="page line" id="main" data-line={line.line} data-state={view.live ? line.state : undefined}>
      {view.live ? <Head line={line} view={view} /> : <Past line={line} view={view} of={shifts} />}
      <Panel of={stops} coming={<ComingStops />}>
        {(found) => (
          <Stops of={found} losses={losses.data?.reasons ?? []} machines={machines} known={known} changed={stops.reload} />
        )}
      </Panel>
      {below && view.live && (
        <Panel of={facts}>
          {(found) => <Counts of={found} line={line.line} machines={machines} changed={facts.reload} />}
        </Panel>
      )}
      {below && (
        <button type="button" class="button hand line-unfold" aria-expanded={open} onClick={() => unfold(!open)}>
          {t(open ? "line.less" : "line.more")}
        </button>
      )}
      {below && (
        <div class={open ? "line-more open" : "line-more"}>
          <section class="panel">
            <header class="panel-head">
              <h2>{t("line.strip")}</h2>
              <span class="note num">{now.value && view.live ? t("time.now", { time: clock(now.value) }) : ""}</span>
            </header>
            <Panel of={states} rows={3}>
              {(found) => <Strip of={found} from={view.from} to={view.to} now={now.value} machines={line.machines} />}
            </Panel>
          </section>
          {shifts.data && <Measures of={shifts.data} />}
          <Numbers line={line} view={view} hourly={hourly} shifts={shifts} losses={losses} stops={stops} />
        </div>
      )}
    </main>
  );
}

interface NumbersProps {
  line: LineNow;
  view: View;
  hourly: Rows;
  shifts: Rows;
  losses: Resource<{ reasons: ReasonLoss[] }>;
  stops: Resource<StopList>;
}

function Numbers({ line, view, hourly, shifts, losses, stops }: NumbersProps): JSX.Element {
  const plan = planned(line, view, shifts.data);
  const known = hourly.data && seen(hourly.data.rows);
  return (
    <Hours.Layout
      title={view.live ? t("line.losses") : t("line.losses_of", { shift: titled(view, shifts.data) })}
      table={
        <Panel of={hourly} rows={4}>
          {(found) => (
            <>
              <Hours.Table of={hours(found.rows, plan)} />
              {outside(found.rows) > 0 && <p class="quiet-line">{t("line.outside", { n: number(outside(found.rows)) })}</p>}
            </>
          )}
        </Panel>
      }
      losses={
        <Panel of={losses} rows={3}>
          {(found) => <Losses of={found.reasons} reasons={stops.data?.reasons ?? []} known={known} />}
        </Panel>
      }
      chart={hourly.data && <Hours.Graph of={hours(hourly.data.rows, plan)} unit={line.good.unit} plan={plan} />}
    />
  );
}

/** One panel: its data, or its own blocks or trouble; the others stay. */
function Panel<T>(props: PanelProps<T>): JSX.Element {
  const { data, problem, reload } = props.of;
  if (data) return props.children(data);
  if (problem) return <Trouble problem={problem} again={reload} />;
  return props.coming ?? <Blocks rows={props.rows ?? 3} />;
}

/** Whether a question has its first answer, be it that there is none. */
function came(of: Resource<unknown>): boolean {
  return of.data !== null || of.problem !== null;
}

interface PanelProps<T> {
  of: Resource<T>;
  rows?: number;
  coming?: JSX.Element; // what keeps its room, where plain rows would not
  children: (data: T) => JSX.Element;
}

function Head({ line, view }: { line: LineNow; view: View }): JSX.Element {
  const limit = line.limits.defect_rate;
  return (
    <header class="panel line-head">
      <div class="line-title">
        <h1>{line.name}</h1>
        <Chip of={line} />
        <ShiftChooser line={line} view={view} />
      </div>
      <dl class="line-facts">
        <Fact name={t("board.actual")}>
          <Explained id={line.good.definition} name={t("board.actual")}>
            <Measure name="good" of={line.good} stale={stale(line)}>
              {figure(t, line.good.value, line.good.unit)}
            </Measure>
          </Explained>
        </Fact>
        <Fact name={t("board.target_now")}>
          <Explained id={null} name={t("board.target_now")} own={ownWords("target_now")}>
            <span class="num" data-plan={line.target_now} data-unit={line.good.unit}>
              {line.target_now === null ? t("board.no_plan") : number(line.target_now)}
            </span>
          </Explained>
        </Fact>
        <Fact name={t("line.difference")}>
          <Explained id={line.good.definition} name={t("line.difference")} own={ownWords("gap")}>
            <Gap of={line} />
          </Explained>
        </Fact>
        <Fact name={t("measure.defect_rate")}>
          <Explained id={line.defect_rate.definition} name={t("measure.defect_rate")}>
            <Measure name="defect_rate" of={line.defect_rate} stale={stale(line) && line.defect_rate.value !== null}>
              {percent(line.defect_rate.value)}
            </Measure>
          </Explained>
          {limit != null && <span class="fact-note num"> {t("board.limit", { rate: percent(limit, 1) })}</span>}
        </Fact>
        <Fact name={t("coverage.name")}>
          <Explained id={null} name={t("coverage.name")} own={ownWords("data")}>
            <span class="num" data-grade={grade(line.coverage)}>
              {covered(line.coverage)}
            </span>
          </Explained>
          <span class="fact-note"> {t(`coverage.${grade(line.coverage)}`)}</span>
        </Fact>
        {line.product && <Fact name={t("line.product")}>{line.product}</Fact>}
      </dl>
      <Pace of={line} />
    </header>
  );
}

/** The head of an interval that is not the shift of now: its own figures, and no state. */
function Past({ line, view, of }: { line: LineNow; view: View; of: Rows }): JSX.Element {
  return (
    <header class="panel line-head" data-past>
      <div class="line-title">
        <h1>{line.name}</h1>
        <Ended view={view} title={titled(view, of.data)} />
        <ShiftChooser line={line} view={view} />
      </div>
      <Panel of={of} rows={1}>
        {(found) => <Figures line={line} of={found} view={view} />}
      </Panel>
    </header>
  );
}

function Gap({ of: line }: { of: LineNow }): JSX.Element {
  const unknown = stale(line) || line.gap === null || line.good.value === null;
  return (
    <span
      class="num"
      data-measure="gap"
      data-unit={line.good.unit}
      data-value={line.gap ?? ""}
      data-coverage={line.good.coverage ?? ""}
      data-definition={line.good.definition}
    >
      {unknown ? t("board.gap_unknown") : `${withUnit(signed(line.gap), unitLabel(t, line.good.unit))} · ${late(line)}`}
    </span>
  );
}

function late(line: LineNow): string {
  if (!line.gap || line.gap_minutes === null) return t("board.level");
  return t(line.gap < 0 ? "board.behind" : "board.ahead", { time: span(t, line.gap_minutes * 60) });
}

/** The interval of the address, else the shift now, else the last eight hours. */
function viewOf(line: LineNow): View {
  const asked = address.value.searchParams;
  const [from, end] = [asked.get("from"), asked.get("to")];
  const same = instant(from) === instant(line.shift?.from) && instant(end) === instant(line.shift?.to);
  if (from && end && instant(from) < instant(end) && !same) return { from, to: end, live: false };
  if (line.shift) return { from: line.shift.from, to: line.shift.to, live: true };
  const at = Math.floor(instant(line.as_of) / 3_600_000) * 3_600_000;
  return { from: written(at - 8 * 3_600_000, line.as_of), to: written(at + 3_600_000, line.as_of), live: true };
}

/** The end of what can be known: now, or the end of the view where that is past. */
function until(view: View): string {
  return now.value && instant(now.value) < instant(view.to) ? now.value : view.to;
}

/** The plan of what is on view; part of a shift has none that we know. */
function planned(line: LineNow, view: View, of: KpiRows | null): Plan | null {
  if (view.live) return line.shift?.plan ? { plan: line.shift.plan, planned_s: line.shift.planned_s } : null;
  const entry = lineList.value?.lines.find((one) => one.id === line.line);
  return of && planOf(period(of.rows, line.good.unit), view, entry);
}

/** 11-20 (금) 야간 of a whole shift, else its day and times. */
function titled(view: View, of: KpiRows | null): string {
  const found = of?.rows.filter((row) => row.machine === null) ?? [];
  const [only] = found;
  const times = `${clock(view.from)}–${clock(view.to)}`;
  if (found.length !== 1 || !only?.shift || !only.production_day) return `${day(t, view.from.slice(0, 10), false)} ${times}`;
  return `${t("line.shift_of", { day: day(t, only.production_day, false), name: only.shift })} ${times}`;
}
