// What somebody types to set a target against a frozen baseline, and what is odd about it.
import type { Baseline } from "./api";
import { unitLabel } from "./measure";
import { percentSign } from "./number";
import type { Translate } from "./text";
import { date } from "./time";

export type Way = "improve" | "value";
export type Oddity = "number" | "share" | "much" | "better" | "early";

export interface Typed {
  way: Way;
  amount: string;
  live: string; // a day
  due: string; // a day, or nothing
}

type Against = Pick<Baseline, "id" | "value" | "unit" | "better" | "to">;

const GROUPED = /^\d{1,3}(,\d{3})+(\.\d+)?$/;
const PLAIN = /^(\d+(\.\d*)?|\.\d+)$/;
const HUNDRED = 100;
/** Three times as good, as the gateway has it: whoever means more gives the value. */
export const MOST_IMPROVE = 2;

/** A number as people write it: grouped, with a percent sign or without; null where it may mean two things. */
export function amount(text: string): number | null {
  const bare = text.trim().replace(/\s*%$/, "");
  if (GROUPED.test(bare)) return Number(bare.replace(/,/g, ""));
  return PLAIN.test(bare) ? Number(bare) : null;
}

/** The unit that an amount is typed in: a ratio is typed in percent, and so is how much better it gets. */
export function typedUnit(t: Translate, way: Way, unit: string): string {
  return way === "improve" || unit === "1" ? percentSign() : unitLabel(t, unit);
}

/** The amount as the gateway wants it: a fraction to the good side, or the value in the unit. */
export function meant(typed: Typed, of: Against): number | null {
  const found = amount(typed.amount);
  if (found === null) return null;
  return typed.way === "improve" || of.unit === "1" ? found / HUNDRED : found;
}

/** What cannot be meant, of what is typed so far; nothing typed is not odd yet. */
export function oddity(typed: Typed, of: Against): Oddity | null {
  if (typed.live !== "" && typed.live < earliest(of)) return "early";
  if (typed.amount.trim() === "") return null;
  const found = meant(typed, of);
  if (found === null || (typed.way === "improve" && found === 0)) return "number";
  if (typed.way === "improve") return tooMuch(found, of);
  const above = found - (of.value ?? found);
  return of.value !== null && (of.better === "lower" ? above >= 0 : above <= 0) ? "better" : null;
}

function tooMuch(share: number, of: Against): Oddity | null {
  if (of.better === "lower") return share >= 1 ? "share" : null;
  return share > MOST_IMPROVE ? "much" : null;
}

/** Whether all is there that a target needs. */
export function ready(typed: Typed, of: Against): boolean {
  return typed.live !== "" && meant(typed, of) !== null && oddity(typed, of) === null;
}

/** The first day on which a change may go live: what is compared begins when the baseline has ended. */
export function earliest(of: Pick<Baseline, "to">): string {
  return date(of.to);
}

/** The question what it would mean. */
export function question(typed: Typed, of: Against): string {
  const asked = new URLSearchParams({ baseline: of.id, [typed.way]: `${meant(typed, of)}`, go_live: typed.live });
  if (typed.due) asked.set("due", typed.due);
  return asked.toString();
}

/** The same as what is agreed on. */
export function agreement(typed: Typed, of: Against & Pick<Baseline, "line" | "machine" | "measure">): Record<string, unknown> {
  return {
    lines: [of.line],
    machine: of.machine,
    measure: of.measure,
    baselines: [of.id],
    [typed.way]: meant(typed, of),
    go_live: typed.live,
    due: typed.due || null,
  };
}
