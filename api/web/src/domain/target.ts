// A target as a picture and as an order of work: the axis always runs to the good side.
import type { Day, Gate, Target, Verdict } from "./api";
import { bare, digitsOf, figure, unitLabel } from "./measure";
import { number, percent, points, signed, withUnit } from "./number";
import type { Translate, Values } from "./text";

export interface Axis {
  baseline: number;
  target: number | null;
  now: number | null;
  low: number | null;
  high: number | null;
}

const ORDER: readonly Verdict[] = [
  "insufficient_data",
  "worse",
  "inconclusive",
  "maturing",
  "improved",
  "improved_at_least_target",
];
const TIME: ReadonlySet<string> = new Set(["days_report", "interval", "maturity"]); // gates that time opens
const OF_REPORT: ReadonlySet<string> = new Set(["coverage_report", "coverage_unequal"]);
const MINE: ReadonlySet<Verdict> = new Set(["insufficient_data", "worse", "inconclusive"]);

/** Whether somebody has to do something about a target. */
export function needsMe(target: Target): boolean {
  return (MINE.has(target.verdict) && !waits(target)) || missed(target) || overdue(target);
}

/** Whether time alone is missing: the window runs, and no gate failed that somebody could mend. */
export function waits(target: Target): boolean {
  const running = !(target.report_complete ?? target.status !== "provisional") && !overdue(target);
  if (!running || target.verdict === "worse") return false;
  return failing(target).every((gate) => TIME.has(gate.code) || unseen(target, gate));
}

/** A gate about the days to come, of which there is not one yet. */
function unseen(target: Target, gate: Gate): boolean {
  const none = target.gates.some((one) => one.code === "days_report" && one.seen === 0);
  return none && gate.seen === null && OF_REPORT.has(gate.code);
}

/** What somebody can do about: failing gates and the text that says how. A window that is over grows no longer. */
export function toDo(target: Target): { gate: Gate; key: string }[] {
  const gates = failing(target).filter((gate) => !unseen(target, gate));
  const over = target.report_complete === true && gates.some((gate) => gate.code === "days_report");
  const told = over ? gates.filter((gate) => gate.code !== "interval") : gates;
  return told.map((gate) => ({ gate, key: `gate.${over && gate.code === "days_report" ? "days_over" : gate.code}.do` }));
}

/** What needs somebody first, what is soonest due before what is later. */
export function sorted(targets: readonly Target[]): Target[] {
  const rank = (target: Target): number => (needsMe(target) ? 0 : 10) + ORDER.indexOf(target.verdict);
  const due = (target: Target): number => target.due_days ?? Number.POSITIVE_INFINITY;
  return [...targets].sort((a, b) => rank(a) - rank(b) || due(a) - due(b) || 0);
}

/** Past its date, its window complete and its gates passed, and still not achieved. */
export function missed(target: Target): boolean {
  const complete = target.report_complete ?? target.status !== "provisional";
  return overdue(target) && target.verdict !== "insufficient_data" && complete;
}

/** Past its date and not achieved. */
export function overdue(target: Target): boolean {
  return target.due_days !== null && target.due_days < 0 && target.verdict !== "improved_at_least_target";
}

/** Places on the axis, 0 to 1, the good side right; null where baseline or figure is not known. */
export function axis(target: Target): Axis | null {
  const { before, after, after_low: low, after_high: high, target: goal } = target;
  if (before === null || (after === null && goal === null)) return null;
  const sign = target.higher_is_better ? 1 : -1;
  const all = [before, after, low, high, goal].filter((value) => value !== null).map((value) => sign * value);
  const left = Math.min(...all);
  const room = (Math.max(...all) - left || 1) * 1.12; // the right end is not an edge: better is possible
  const start = left === sign * before ? left : left - room * 0.06;
  const place = (value: number | null): number | null => (value === null ? null : (sign * value - start) / room);
  const ends = [place(low), place(high)].filter((value) => value !== null).sort((a, b) => a - b);
  return {
    baseline: place(before) ?? 0,
    target: place(goal),
    now: place(after),
    low: ends[0] ?? null,
    high: ends[1] ?? null,
  };
}

/** Which end of a name stands at its mark, so that it never hangs over an edge. */
export function anchor(place: number): "start" | "middle" | "end" {
  if (place < 0.25) return "start";
  return place > 0.75 ? "end" : "middle";
}

/** Whether a figure is a share of bad pieces: it is told in ppm and by the yield, too. */
export function isDefects(target: Target): boolean {
  return target.unit === "1" && !target.higher_is_better;
}

/** The window that a day lies in; one outside and behind the reporting window no longer counts. */
export function windowOf(days: readonly Day[], place: number): Day["window"] | "after" {
  const window = days[place]?.window ?? "outside";
  const report = days.findLastIndex((one) => one.window === "report");
  return window === "outside" && report >= 0 && place > report ? "after" : window;
}

/** The gates that stand in the way of a verdict; a gate without a text is shown by its code. */
export function failing(target: Pick<Target, "gates" | "reasons">): Gate[] {
  const failed = target.gates.filter((gate) => !gate.passed);
  const known = new Set(failed.map((gate) => gate.code));
  const said = target.reasons.filter((code) => !known.has(code));
  return [...failed, ...said.map((code) => ({ code, passed: false, seen: null, needed: null }))];
}

/** What a gate saw or needed: coverages are ratios, days are counts. */
export function gateValue(gate: Gate, value: Gate["seen"]): string {
  if (typeof value === "string") return value;
  if (gate.code === "coverage_unequal") return points(value, 0).replace("+", "");
  return gate.code.startsWith("coverage") ? percent(value, 0) : number(value, Number.isInteger(value) ? 0 : 2);
}

/** The change itself: percentage points of a rate, else in the measure's unit. */
export function change(t: Translate, target: Target): string {
  const { point_change: value, unit } = target;
  if (unit === "1") return points(value);
  const digits = digitsOf(value, unit);
  return withUnit(signed(value, digits), unitLabel(t, unit));
}

/** By how much the share of good pieces changed; a defect rate is never told without it. */
export function yieldChange(target: Target): number | null {
  const { before, after } = target;
  return before === null || after === null || before >= 1 ? null : (1 - after) / (1 - before) - 1;
}

/** The values of a verdict's sentence; null where there is no interval to speak of. */
export function verdictValues(t: Translate, target: Target): Values | null {
  const { after_low: low, after_high: high, target: goal, before, interval: told, unit } = target;
  if (low === null || high === null || goal === null || before === null || !told) return null;
  const ends = [low, high].sort((a, b) => a - b);
  const near = target.higher_is_better ? ends[0] : ends[1];
  return {
    confidence: percent(told.confidence, 0),
    low: bare(ends[0], unit),
    high: figure(t, ends[1], unit),
    near: figure(t, near, unit),
    before: figure(t, before, unit),
    target: figure(t, goal, unit),
  };
}

/** 1,690–1,776: the ends of the interval in the measure's own numbers, the smaller first. */
export function interval(t: Translate, target: Target): string {
  const { after_low: low, after_high: high, unit } = target;
  if (low === null || high === null) return "";
  const ends = [low, high].sort((a, b) => a - b).map((value) => bare(value, unit));
  return t("targets.interval", { low: ends[0] ?? "", high: ends[1] ?? "" });
}

/** A figure of this target with its unit. */
export function inUnit(t: Translate, target: Target, value: number | null): string {
  return figure(t, value, target.unit);
}
