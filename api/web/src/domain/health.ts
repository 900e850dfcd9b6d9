// What the gateway says of itself, in words: findings by the texts we have, facts by their names.
import type { Finding, Health, SourceAccount } from "./api";
import { number, UNKNOWN } from "./number";
import type { Translate, Values } from "./text";

// What the collectors write into a gap, and the text that says it in the reader's language.
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^source overflow$/, "overflow"],
  [/^nothing is kept for a nameless user$/, "nameless"],
  [/^source was restarted$/, "restarted"],
  [/^source did not keep the subscription: (?<detail>.*)$/s, "subscription"],
  [/^other nodes are watched now$/, "nodes"],
  [/^source no longer had (?<detail>\d+) notification messages$/, "notifications"],
  [/^session lost at the broker$/, "session_lost"],
  [/^broker threw messages away$/, "thrown"],
  [/^another client held our session$/, "taken"],
  [/^service was not running$/, "service"],
  [/^clock moved by (?<detail>\S+) s$/, "clock"],
  [/^came before the clock was set$/, "undated"],
  [/^nothing was read$/, "unread"],
];
const REFUSED = /connection refused/i; // as the system says it
const SIZES = ["B", "kB", "MB", "GB", "TB"];

/** The text of a finding: its own, else that of its first words, else a general one. */
export function textKey(title: string, has: (key: string) => boolean): string {
  let key = title;
  while (!has(key) && /[_ .:]/.test(key.slice("finding.".length))) {
    key = key.replace(/[_ .:][^_ .:]*$/, "");
  }
  return has(key) && key !== "finding" ? key : "finding.unknown";
}

/** The text of a finding that says more than its title: who refuses is there, but does not listen. */
export function findingKey(finding: Finding, has: (key: string) => boolean): string {
  const refused = finding.title === "finding.waiting" && REFUSED.test(String(finding.params["text"] ?? ""));
  return textKey(refused ? "finding.waiting.refused" : finding.title, has);
}

/** The values of a finding's text; whoever it is about has one name everywhere. */
export function words(finding: Finding): Values {
  const owner = finding.params["owner"] ?? finding.source ?? finding.id;
  return { ...finding.params, owner, source: finding.source ?? owner };
}

/** A reason of a gap in the reader's language; one that nobody knows stays as it was written. */
export function because(t: Translate, reason: string): string {
  for (const [words, name] of REASONS) {
    const found = words.exec(reason);
    if (found) return t(`gap.${name}`, { detail: found.groups?.["detail"] ?? "" });
  }
  return reason;
}

/** The text of what a source can lose: as the gateway says, else by its kind. */
export function lossKey(source: SourceAccount, findings: readonly Finding[], has: (key: string) => boolean): string {
  const old = findings.some((one) => one.source === source.id && /^finding\.mqtt_3/.test(one.title));
  const told = [old ? "mqtt_311" : "", source.loss, source.kind].find((name) => name && has(`health.loss_${name}`));
  return `health.loss_${told ?? "other"}`;
}

/** What can be lost, each text once with the sources that it is true of, in their order. */
export function losses(health: Pick<Health, "sources" | "findings">, has: (key: string) => boolean): [string, string[]][] {
  const found = new Map<string, string[]>();
  for (const source of health.sources) {
    const key = lossKey(source, health.findings, has);
    found.set(key, [...(found.get(key) ?? []), source.id]);
  }
  return [...found];
}

/** How grave a finding is; where nobody collects, a source that does not answer is the problem. */
export function gravity(finding: Finding, health: Pick<Health, "status" | "sources">): Finding["severity"] {
  const source = health.sources.some((one) => one.id === finding.source);
  return health.status === "failing" && source && finding.title === "finding.waiting" ? "problem" : finding.severity;
}

/** The sources that have never connected: nothing is known of gaps in them. */
export function unseen(sources: readonly SourceAccount[]): SourceAccount[] {
  return sources.filter((one) => !fromFile(one) && one.state !== "running" && !one.last_sample && one.received === 0);
}

/** Whether a source is a file read to its end: it has no present. */
export function fromFile(source: SourceAccount): boolean {
  return source.kind === "import" || source.state === "ended";
}

/** Rows by which received differs from all that became of them. */
export function off(source: SourceAccount): number {
  return source.received - source.stored - source.filtered - source.quarantined - source.in_flight;
}

/** One fact of journal, archive or clock; sizes with their unit, lists by their length. */
export function fact(t: Translate, key: string, value: unknown): string {
  if (value === null || value === undefined) return UNKNOWN;
  if (key === "why") return t(`clock.${String(value)}`);
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
