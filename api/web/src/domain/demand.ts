// The months that give a demand charge, those of which nothing is known drawn together.
import type { PowerPeak } from "./api";

/** One month, or several one after the other that are unknown for the same reasons. */
export interface Run {
  first: PowerPeak;
  last: string;
}

/** The peaks in the order of their months. */
export function runs(peaks: readonly PowerPeak[]): Run[] {
  const found: Run[] = [];
  for (const peak of [...peaks].sort((one, two) => one.month.localeCompare(two.month))) {
    const before = found.at(-1);
    if (before && after(before.last) === peak.month && alike(before.first, peak)) before.last = peak.month;
    else found.push({ first: peak, last: peak.month });
  }
  return found;
}

function alike(one: PowerPeak, other: PowerPeak): boolean {
  return one.kw === null && other.kw === null && !one.unknown_quarters && !other.unknown_quarters && `${one.because}` === `${other.because}`;
}

function after(month: string): string {
  const next = new Date(`${month}-01T00:00:00Z`);
  next.setUTCMonth(next.getUTCMonth() + 1);
  return next.toISOString().slice(0, 7);
}
