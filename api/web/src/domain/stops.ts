// Stops and their reasons: which need a word, and which words are offered first.
import type { KpiRow, Reason, ReasonLoss, State, Stop } from "./api";
import { type Look, look } from "./state";
import type { Language } from "./text";
import { instant } from "./time";

export const FIRST_TILES = 9;

/**
 * The machine's own stops that nobody has explained; waiting explains itself. Those that last come
 * first, then the longest: few answers explain most of the minutes.
 */
export function unexplained(stops: readonly Stop[]): Stop[] {
  const open = stops.filter((stop) => stop.reason === null && own(stop));
  return newest(open).sort((a, b) => Number(a.to !== null) - Number(b.to !== null) || b.seconds - a.seconds);
}

/** All stops, the newest first. */
export function newest(stops: readonly Stop[]): Stop[] {
  return [...stops].sort((a, b) => instant(b.from) - instant(a.from));
}

/** Whether a machine stopped by itself; one that waits for others is not asked for a reason. */
export function own(stop: Stop): boolean {
  return stop.state === "delayed" && stop.cause !== "external";
}

/** Seconds of all stops together. */
export function total(stops: readonly Stop[]): number {
  return stops.reduce((sum, stop) => sum + stop.seconds, 0);
}

/** The reasons of a line, most used first; of equally used ones the configured order stays. */
export function byUse(reasons: readonly Reason[], stops: readonly Stop[], losses: readonly ReasonLoss[]): Reason[] {
  const uses = new Map<string, number>();
  const count = (id: string | null, n: number): void => {
    if (id !== null) uses.set(id, (uses.get(id) ?? 0) + n);
  };
  for (const stop of stops) count(stop.reason, 1);
  for (const loss of losses) count(loss.reason, loss.n);
  return reasons
    .map((reason, place) => ({ reason, place }))
    .sort((a, b) => (uses.get(b.reason.id) ?? 0) - (uses.get(a.reason.id) ?? 0) || a.place - b.place)
    .map(({ reason }) => reason);
}

/** A reason's word in the language shown; its id where nobody named it. */
export function reasonName(reasons: readonly Reason[], id: string, language: Language): string {
  const found = reasons.find((reason) => reason.id === id);
  return found?.[language] || found?.ko || id;
}

/** How a loss looks: its state, with waiting for others told apart. */
export function lossLook(loss: ReasonLoss): Look {
  const [state = "", cause] = loss.state.split(":");
  return look({ state: state as State, cause: cause === "external" ? "external" : null });
}

/** Losses sorted by time, each with its share of all. */
export function ranked(losses: readonly ReasonLoss[]): (ReasonLoss & { share: number })[] {
  const all = losses.reduce((sum, loss) => sum + loss.seconds, 0);
  return [...losses]
    .filter((loss) => loss.seconds > 0)
    .sort((a, b) => b.seconds - a.seconds)
    .map((loss) => ({ ...loss, share: loss.seconds / all }));
}

export interface ShiftChoice {
  key: string;
  name: string;
  day: string;
  from: string;
  to: string;
}

/** Shifts that rows by shift tell of, the newest first. */
export function shiftChoices(rows: readonly KpiRow[]): ShiftChoice[] {
  const found = new Map<string, ShiftChoice>();
  for (const row of rows) {
    if (row.machine !== null || row.shift === null || row.production_day === null) continue;
    const key = `${row.production_day}/${row.shift}`;
    const known = found.get(key);
    found.set(key, {
      key,
      name: row.shift,
      day: row.production_day,
      from: known && instant(known.from) < instant(row.from) ? known.from : row.from,
      to: known && instant(known.to) > instant(row.to) ? known.to : row.to,
    });
  }
  return [...found.values()].sort((a, b) => instant(b.from) - instant(a.from));
}

/** One thing that is done to the shape of a stop. */
export type Shaping = { state: string } | { split_at: string } | { merge_with: string };

const MINUTE_MS = 60_000;

/** The class of a stop in one word, as the gateway takes it. */
export function classOf(stop: Pick<Stop, "state" | "cause">): string {
  return stop.state === "delayed" && stop.cause === "external" ? "delayed:external" : stop.state;
}

/** The stops of the same machine and class right before and after one. */
export function neighbours(stop: Stop, stops: readonly Stop[]): { other: Stop; before: boolean }[] {
  const mine = newest(stops.filter((one) => one.machine === stop.machine)).reverse();
  const at = mine.findIndex((one) => one.id === stop.id);
  if (at < 0) return [];
  const sides = [
    { other: mine[at - 1], before: true },
    { other: mine[at + 1], before: false },
  ];
  return sides.filter((side): side is { other: Stop; before: boolean } => !!side.other && classOf(side.other) === classOf(stop));
}

/** The ends of a stop and its middle, on a whole minute where one lies inside, in milliseconds. */
export function halves(stop: Stop): { from: number; to: number; middle: number } {
  const from = instant(stop.from);
  const to = stop.to === null ? from + stop.seconds * 1000 : instant(stop.to);
  const middle = Math.round((from + to) / 2 / MINUTE_MS) * MINUTE_MS;
  const inside = middle > from && middle < to;
  return { from, to, middle: inside ? middle : Math.floor((from + to) / 2000) * 1000 };
}

/** What takes a change back, done to the stop that the gateway answers with. */
export function undoing(stop: Stop, wish: Shaping, stops: readonly Stop[]): Shaping {
  if ("state" in wish) return { state: classOf(stop) };
  if ("split_at" in wish) {
    const joined = stop.parts.find((part) => instant(part.to) > instant(wish.split_at));
    const begin = Math.max(instant(wish.split_at), joined ? instant(joined.from) : 0);
    return { merge_with: `${stop.line}/${stop.machine}/${begin}000000` };
  }
  const other = stops.find((one) => one.id === wish.merge_with);
  const later = other && instant(other.from) > instant(stop.from) ? other : stop;
  return { split_at: later.from };
}
