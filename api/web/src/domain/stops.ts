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
