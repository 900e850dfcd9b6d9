// The only place where a figure becomes text. Ratios stay unrounded from 0 to 1 until they come here.

export const UNKNOWN = "—";
const MINUS = "\u2212";
const SPACE = "\u00a0";
const TENTHS = [0.1, 0.01, 0.001, 0.0001, 0.00001, 0.000001];

/** A number with grouped thousands and a true minus sign; a dash where it is not known. */
export function number(value: number | null | undefined, digits = 0): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return UNKNOWN;
  const [whole = "", fraction] = Math.abs(value).toFixed(digits).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  const body = fraction === undefined ? grouped : `${grouped}.${fraction}`;
  return value < 0 && /[1-9]/.test(body) ? MINUS + body : body;
}

/** A number that always shows its direction. */
export function signed(value: number | null | undefined, digits = 0): string {
  const printed = number(value, digits);
  return /^\d/.test(printed) && /[1-9]/.test(printed) ? `+${printed}` : printed;
}

/** A ratio from 0 to 1 as a percentage; small rates keep a second digit. */
export function percent(ratio: number | null | undefined, digits?: number): string {
  const printed = number(scaled(ratio, 100), digits ?? rateDigits(ratio));
  return printed === UNKNOWN ? printed : `${printed}${SPACE}%`;
}

/** The sign alone, for a label or an axis. */
export function percentSign(): string {
  return percent(0, 0).slice(1).trim();
}

/**
 * A share of what was seen. It is cut, not rounded: no share looks better than its grade, only all
 * of it is 100 %, and only nothing at all is 0 %.
 */
export function covered(ratio: number | null | undefined): string {
  if (ratio === null || ratio === undefined || !Number.isFinite(ratio)) return UNKNOWN;
  if (ratio >= 1 || ratio <= 0) return percent(ratio, 0);
  const tenths = Math.min(999, Math.max(1, Math.floor(ratio * 1000 + 1e-9)));
  return tenths < 10 || tenths > 990 ? percent(tenths / 1000, 1) : percent(Math.floor(tenths / 10) / 100, 0);
}

/** A change as a percentage with its sign. */
export function signedPercent(ratio: number | null | undefined, digits = 1): string {
  const printed = signed(scaled(ratio, 100), digits);
  return printed === UNKNOWN ? printed : `${printed}${SPACE}%`;
}

/** The difference of two ratios in percentage points. */
export function points(difference: number | null | undefined, digits = 2): string {
  const printed = signed(scaled(difference, 100), digits);
  return printed === UNKNOWN ? printed : `${printed}${SPACE}%p`;
}

/** A rate in parts per million, whole. */
export function ppm(ratio: number | null | undefined): string {
  const printed = number(scaled(ratio, 1e6));
  return printed === UNKNOWN ? printed : `${printed}${SPACE}ppm`;
}

/** A value with the label of its unit: 611개, 611 pcs. */
export function withUnit(printed: string, unit: string): string {
  if (!unit || printed === UNKNOWN) return printed;
  return /^[가-힣]/.test(unit) ? printed + unit : printed + SPACE + unit;
}

/** Digits after the point that a value of this size deserves: three figures, behind the zeros of a small one. */
export function digitsFor(value: number | null | undefined): number {
  const size = Math.abs(value ?? 0);
  if (size >= 100 || size === 0) return 0;
  return size >= 1 ? 1 : 3 + TENTHS.filter((tenth) => size < tenth).length;
}

/** 0 to 100 for the length of a bar; nothing is shown with it. */
export function hundredths(share: number): number {
  return Math.min(100, Math.max(0, share * 100));
}

/** A share as a CSS length. */
export function length(share: number): string {
  return `${hundredths(share).toFixed(3)}%`;
}

function scaled(ratio: number | null | undefined, by: number): number | null {
  return ratio === null || ratio === undefined ? null : ratio * by;
}

function rateDigits(ratio: number | null | undefined): number {
  return ratio !== null && ratio !== undefined && Math.abs(ratio) < 0.1 ? 2 : 1;
}
