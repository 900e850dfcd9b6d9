// What is known of an interval as a whole: its good pieces, its defects, and how much of it was seen.
import type { KpiRow, LineEntry, Measure } from "./api";
import type { Pace } from "./hours";
import { instant } from "./time";

const CLOCK = /T(\d{2}:\d{2})/;
const STATES = "availability"; // of which the states are known
const COUNTS = "defect_rate"; // of which the counts are known
const GOOD = "lineproof/good_pieces@1";

export interface Period {
  good: Measure;
  defects: Measure;
  coverage: number | null; // of planned time; null where nothing was planned
  shift: string | null; // of all rows, where they have but one
  planned_s: number;
  count: number; // rows
}

/** Rows of the line as one figure; a sum of which a part is not known is not known. */
export function period(rows: readonly KpiRow[], unit: string): Period {
  const ours = rows.filter((row) => row.machine === null);
  const made = sum(ours, "PQ");
  const good = sum(ours, "GQ");
  const shifts = new Set(ours.map((row) => row.shift));
  const coverage = seen(ours);
  const [only] = ours;
  const common = { low: null, high: null, coverage, n: ours.length };
  const rate = made === null || good === null || made <= 0 ? null : (made - good) / made;
  const told = only?.measures[COUNTS];
  return {
    good: { ...common, value: good, unit, definition: GOOD },
    defects: ours.length === 1 && told ? told : { ...common, value: rate, unit: "1", definition: told?.definition ?? "" },
    coverage,
    shift: shifts.size === 1 ? (only?.shift ?? null) : null,
    planned_s: planned(ours),
    count: ours.length,
  };
}

/** Good pieces of the line that were made outside of planned time; 0 where nobody counts them. */
export function outside(rows: readonly KpiRow[]): number {
  const ours = rows.filter((row) => row.machine === null);
  return ours.reduce((all, row) => all + (row.unplanned?.GQ ?? 0), 0);
}

/** Share of planned time of which both states and counts are known; null where none was planned. */
export function seen(rows: readonly KpiRow[]): number | null {
  const ours = rows.filter((row) => row.machine === null);
  const all = planned(ours);
  if (all <= 0) return null;
  return ours.reduce((known, row) => known + (row.elements["PBT"] ?? 0) * (share(row) ?? 0), 0) / all;
}

/** The plan of a whole shift: by its name, where the interval has the shift's own begin and end. */
export function planOf(of: Period, view: { from: string; to: string }, line: LineEntry | undefined): Pace | null {
  const rule = line?.shifts.find((one) => one.name === of.shift);
  const whole = rule && of.count === 1 && hour(view.from) === rule.start && hour(view.to) === rule.end;
  const plan = whole && planFrom(rule, view.from);
  return plan ? { plan, planned_s: of.planned_s } : null;
}

/** What the rule of a shift asked of one that began then: plans are dated, so the past keeps its own. */
function planFrom(rule: LineEntry["shifts"][number], from: string): number | null {
  if (!rule.plans?.length) return rule.plan ?? null;
  return rule.plans.filter((one) => one.valid_from <= from.slice(0, 10)).at(-1)?.value ?? null;
}

/** Whether an interval is over. */
export function closed(view: { to: string }, now: string): boolean {
  return instant(view.to) <= instant(now);
}

/**
 * Share of a row's planned time of which both states and counts are known. Other measures cover less for
 * reasons of their own: hours that nobody told, micro-stops that rare readings hide.
 */
export function share(row: KpiRow): number | null {
  const told = [STATES, COUNTS].flatMap((name) => row.measures[name]?.coverage ?? []);
  if (told.length) return Math.min(...told);
  const all = row.elements["PBT"];
  return all ? 1 - (row.elements["U"] ?? 0) / all : null;
}

function planned(rows: readonly KpiRow[]): number {
  return rows.reduce((all, row) => all + (row.elements["PBT"] ?? 0), 0);
}

function sum(rows: readonly KpiRow[], element: string): number | null {
  let all: number | null = rows.length ? 0 : null;
  for (const row of rows) {
    const one = row.elements[element] ?? null;
    all = all === null || one === null ? null : all + one;
  }
  return all;
}

function hour(time: string): string {
  return CLOCK.exec(time)?.[1] ?? "";
}
