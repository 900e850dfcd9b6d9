// Line: where the shift stands, and why. The main button is the stop that nobody has explained.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { address, go, to } from "../address";
import type { KpiRow, KpiRows, LineNow, ReasonLoss, StateList, StopList } from "../domain/api";
import { hours, type Pace as Plan } from "../domain/hours";
import { figure, grade, LEAST, unitLabel } from "../domain/measure";
import { number, percent, signed, withUnit } from "../domain/number";
import { type ShiftChoice, shiftChoices } from "../domain/stops";
import { stale } from "../domain/state";
import { clock, day, instant, span, written } from "../domain/time";
import { lines, now, lineList, trouble, load } from "../live/store";
import { Chip } from "../parts/Chip";
import { Explained, type Own } from "../parts/Definition";
import { Hours } from "../parts/Hours";
import { Losses } from "../parts/Losses";
import { Measure } from "../parts/Measure";
import { Pace } from "../parts/Pace";
import { type Resource, useResource } from "../parts/resource";
import { Blocks, Empty, Loading, Trouble } from "../parts/Shared";
import { ComingStops, Stops } from "../parts/Stops";
import { Strip } from "../parts/Strip";
import { t } from "../words";

const DAY_MS = 86_400_000;

/** The interval that the page looks at. */
interface View {
  from: string;
  to: string;
  live: boolean; // the shift that runs now
}

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
  const hourly = useResource<KpiRows>(...ask("/kpis", "&by=hour"));
  const losses = useResource<{ reasons: ReasonLoss[] }>(...ask("/kpis", "&by=reason"));
  const machines = new Map(line.machines.map((machine) => [machine.id, machine.name]));
  return (
    <main class="page line" id="main" data-line={line.line} data-state={line.state}>
      <Head line={line} view={view} />
      <Panel of={stops} coming={<ComingStops />}>
        {(found) => (
          <Stops of={found} losses={losses.data?.reasons ?? []} machines={machines} changed={stops.reload} />
        )}
      </Panel>
      <button type="button" class="button hand line-unfold" aria-expanded={open} onClick={() => unfold(!open)}>
        {t(open ? "line.less" : "line.more")}
      </button>
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
        <Numbers line={line} hourly={hourly} losses={losses} stops={stops} />
      </div>
    </main>
  );
}

interface NumbersProps {
  line: LineNow;
  hourly: Resource<KpiRows>;
  losses: Resource<{ reasons: ReasonLoss[] }>;
  stops: Resource<StopList>;
}

function Numbers({ line, hourly, losses, stops }: NumbersProps): JSX.Element {
  const plan = planOf(line, hourly.data?.rows ?? []);
  return (
    <Hours.Layout
      table={
        <Panel of={hourly} rows={4}>
          {(found) => <Hours.Table of={hours(found.rows, plan)} />}
        </Panel>
      }
      losses={
        <Panel of={losses} rows={3}>
          {(found) => <Losses of={found.reasons} reasons={stops.data?.reasons ?? []} />}
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
              {percent(line.coverage, 0)}
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

function Fact({ name, children }: { name: string; children: JSX.Element | string | (JSX.Element | string | false)[] }): JSX.Element {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
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

/** What is counted on this page alone has a card in our own words. */
function ownWords(name: string): Own {
  const grades = Object.fromEntries(Object.entries(LEAST).map(([word, share]) => [word, percent(share, 0)]));
  return { says: t(`line.${name}.says`, grades), formula: t(`line.${name}.formula`) };
}

function late(line: LineNow): string {
  if (!line.gap || line.gap_minutes === null) return t("board.level");
  return t(line.gap < 0 ? "board.behind" : "board.ahead", { time: span(t, line.gap_minutes * 60) });
}

/** The shift now and those of the three days before; the choice stands in the address. */
function ShiftChooser({ line, view }: { line: LineNow; view: View }): JSX.Element {
  const until_ = now.value ?? line.as_of;
  const back = useResource<KpiRows>(`shifts${line.line}`, () => pathOfShifts(line.line, until_), 600);
  const choices = withCurrent(shiftChoices(back.data?.rows ?? []), line);
  const chosen = choices.find((choice) => choice.from === view.from);
  return (
    <select
      class="bar-choice"
      aria-label={t("line.shift")}
      value={chosen?.key ?? ""}
      onChange={(event) => {
        const choice = choices.find(({ key }) => key === event.currentTarget.value);
        if (choice) go(to(`/lines/${line.line}`, rangeOf(choice, line)));
      }}
    >
      {!chosen && <option value="">{`${clock(view.from)}–${clock(view.to)}`}</option>}
      {choices.map((choice) => (
        <option key={choice.key} value={choice.key} selected={choice === chosen}>
          {t("line.shift_of", { day: day(t, choice.day, false), name: choice.name })}
        </option>
      ))}
    </select>
  );
}

function pathOfShifts(line: string, at: string): string {
  const from = written(instant(at) - 3 * DAY_MS, at);
  return `/kpis?${new URLSearchParams({ line, from, to: at, by: "shift" })}`;
}

function withCurrent(choices: ShiftChoice[], line: LineNow): ShiftChoice[] {
  if (!line.shift) return choices;
  const { production_day, name, from, to: end } = line.shift;
  const key = `${production_day}/${name}`;
  return [{ key, name, day: production_day, from, to: end }, ...choices.filter((choice) => choice.key !== key)];
}

function rangeOf(choice: ShiftChoice, line: LineNow): Record<string, string | null> {
  const current = choice.from === line.shift?.from;
  return { from: current ? null : choice.from, to: current ? null : choice.to };
}

/** The interval of the address, else the shift now, else the last eight hours. */
function viewOf(line: LineNow): View {
  const asked = address.value.searchParams;
  const [from, end] = [asked.get("from"), asked.get("to")];
  if (from && end && instant(from) < instant(end)) return { from, to: end, live: false };
  if (line.shift) return { from: line.shift.from, to: line.shift.to, live: true };
  const at = Math.floor(instant(line.as_of) / 3_600_000) * 3_600_000;
  return { from: written(at - 8 * 3_600_000, line.as_of), to: written(at + 3_600_000, line.as_of), live: true };
}

/** The end of what can be known: now, or the end of the view where that is past. */
function until(view: View): string {
  return now.value && instant(now.value) < instant(view.to) ? now.value : view.to;
}

/** The plan of the shift on view; a shift of another name has a plan that we do not know. */
function planOf(line: LineNow, rows: readonly KpiRow[]): Plan | null {
  if (!line.shift?.plan) return null;
  const other = rows.some((row) => row.machine === null && row.shift !== null && row.shift !== line.shift?.name);
  return other ? null : { plan: line.shift.plan, planned_s: line.shift.planned_s };
}
