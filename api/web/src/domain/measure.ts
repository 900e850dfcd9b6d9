// What stands beside every figure: its unit in words and how much of the truth was seen.
import { digitsFor, number, percent, withUnit } from "./number";
import type { Translate } from "./text";

export type Grade = "complete" | "usable" | "indicative" | "poor" | "unknown";

/** From which coverage on a figure has a grade. */
export const LEAST = { complete: 0.98, usable: 0.95, indicative: 0.8 } as const;

/** The word for a coverage: 완전, 사용 가능, 참고, 부족. */
export function grade(coverage: number | null | undefined): Grade {
  if (coverage === null || coverage === undefined) return "unknown";
  if (coverage >= LEAST.complete) return "complete";
  if (coverage >= LEAST.usable) return "usable";
  return coverage >= LEAST.indicative ? "indicative" : "poor";
}

/** The label of a UCUM unit; a unit without a label is shown as it is. */
export function unitLabel(t: Translate, unit: string): string {
  if (unit === "1" || unit === "") return "";
  const key = `unit.${unit.replace(/[{}.]/g, "").replace(/\//g, "_per_").replace(/%/g, "percent")}`;
  const found = t(key);
  return found === key ? unit.replace(/[{}]/g, "") : found;
}

/**
 * Digits after the point: few won a piece keep three, so that 1.017 and 0.941 are seen to differ by 0.076.
 */
export function digitsOf(value: number | null | undefined, unit: string): number {
  const size = Math.abs(value ?? 0);
  if (unit.startsWith("KRW") && size > 0 && size < 10) return 3;
  return unit.startsWith("KRW/") ? 1 : digitsFor(value);
}

/** A value of a measure with its unit; ratios become percentages. */
export function figure(t: Translate, value: number | null | undefined, unit: string): string {
  if (unit === "1") return percent(value);
  return withUnit(number(value, digitsOf(value, unit)), unitLabel(t, unit));
}

/** The same without the unit, for axes and ranges. */
export function bare(value: number | null | undefined, unit: string): string {
  if (unit === "1") return percent(value);
  return number(value, digitsOf(value, unit));
}

/** The elements that a formula is made of, each once: ΣGQ / ΣPBT has GQ and PBT. */
export function symbols(formula: string): string[] {
  return [...new Set(formula.match(/[A-Z]{2,4}/g) ?? [])];
}
