// What the gateway says of itself, in words: findings by the texts we have, facts by their names.
import type { Finding, SourceAccount } from "./api";
import { number, UNKNOWN } from "./number";
import type { Translate, Values } from "./text";

const SIZES = ["B", "kB", "MB", "GB", "TB"];

/** The text of a finding: its own, else that of its first words, else a general one. */
export function textKey(title: string, has: (key: string) => boolean): string {
  let key = title;
  while (!has(key) && /[_ .:]/.test(key.slice("finding.".length))) {
    key = key.replace(/[_ .:][^_ .:]*$/, "");
  }
  return has(key) && key !== "finding" ? key : "finding.unknown";
}

/** The values of a finding's text; whoever it is about has one name everywhere. */
export function words(finding: Finding): Values {
  const owner = finding.params["owner"] ?? finding.source ?? finding.id;
  return { ...finding.params, owner, source: finding.source ?? owner };
}

/** How much is lost at worst between two commits, by the kind of source. */
export function lossKey(kind: string | undefined, has: (key: string) => boolean): string {
  const key = `health.loss_${kind ?? ""}`;
  return has(key) ? key : "health.loss_other";
}

/** Rows by which received differs from all that became of them. */
export function off(source: SourceAccount): number {
  return source.received - source.stored - source.filtered - source.quarantined - source.in_flight;
}

/** One fact of journal, archive or clock; sizes with their unit, lists by their length. */
export function fact(t: Translate, key: string, value: unknown): string {
  if (value === null || value === undefined) return UNKNOWN;
  if (typeof value === "boolean") return t(value ? "health.yes" : "health.no");
  if (Array.isArray(value)) return value.length ? value.join(", ") : number(0);
  if (typeof value === "number") return key.endsWith("bytes") ? size(value) : number(value, Number.isInteger(value) ? 0 : 1);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Bytes in the unit that keeps the number short. */
export function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < SIZES.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${number(value, unit && value < 100 ? 1 : 0)}\u00a0${SIZES[unit]}`;
}
