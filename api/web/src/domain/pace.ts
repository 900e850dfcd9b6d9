// The pace bar: what is made, what is missing, where we should be now, all as shares of the plan.
import type { LineNow } from "./api";

export interface Pace {
  actual: number;
  missing: { from: number; to: number } | null;
  now: number;
}

/** Shares of the shift's plan; null where there is no plan or the count is not known. */
export function pace(line: Pick<LineNow, "good" | "target_now" | "shift">): Pace | null {
  const plan = line.shift?.plan;
  const made = line.good.value;
  if (!plan || made === null || line.target_now === null) return null;
  const actual = within(made / plan);
  const now = within(line.target_now / plan);
  return { actual, missing: actual < now ? { from: actual, to: now } : null, now };
}

function within(share: number): number {
  return Math.min(1, Math.max(0, share));
}
