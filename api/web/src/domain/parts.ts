// A change taken apart, as a waterfall: every part begins where the one before it ended.
import type { Part, Split } from "./api";
import { digitsOf, unitLabel } from "./measure";
import { points, signed, withUnit } from "./number";
import type { Translate } from "./text";

export interface Step {
  part: Part;
  from: number; // 0 to 1, from left to right
  to: number;
}

export interface Waterfall {
  zero: number; // where no change is
  end: number; // where the whole change is
  steps: Step[];
}

/** Places of the parts and of the whole change; a part that nobody knows has no width. */
export function waterfall(split: Pick<Split, "parts" | "change">): Waterfall {
  let reached = 0;
  const ends = split.parts.map((part) => {
    const from = reached;
    reached += part.amount ?? 0;
    return { part, from, to: reached };
  });
  const whole = split.change ?? reached;
  const low = Math.min(0, whole, ...ends.map((one) => one.to));
  const high = Math.max(0, whole, ...ends.map((one) => one.to));
  const place = (value: number): number => (high > low ? (value - low) / (high - low) : 0);
  return { zero: place(0), end: place(whole), steps: ends.map(({ part, from, to }) => ({ part, from: place(from), to: place(to) })) };
}

/** A difference with its sign: of two ratios in percentage points, else with as many digits as the whole has. */
export function difference(t: Translate, value: number | null, unit: string, whole: number | null): string {
  if (unit === "1") return points(value);
  return withUnit(signed(value, digitsOf(whole, unit)), unitLabel(t, unit));
}

/** The same without its unit, for columns. */
export function amount(value: number | null, unit: string, whole: number | null): string {
  return unit === "1" ? points(value) : signed(value, digitsOf(whole, unit));
}
