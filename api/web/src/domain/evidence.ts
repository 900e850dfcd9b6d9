// Evidence packages: which job is the last one, what is named by which digits, and the command that verifies.
import type { Job, Package } from "./api";
import { number } from "./number";
import type { Translate } from "./text";

const ORDER: Record<Job["state"], number> = { waiting: 0, running: 1, done: 2, failed: 2, lost: 2 };
const SHORT = 12; // digits of a hash that people compare
const MEGA = 1e6;
const KILO = 1e3;

/** The longest file that the gateway takes. */
export const MOST_MEGABYTES = 268;

/** Whether the gateway would refuse a file for its length. */
export function tooLong(bytes: number): boolean {
  return bytes > MOST_MEGABYTES * MEGA;
}

/** The last job of a target, as far on as anybody knows it. */
export function newest(jobs: readonly (Job | null)[], target: string): Job | null {
  const mine = jobs.filter((job) => job !== null).filter((job) => job.target === target);
  return mine.sort((a, b) => asked(a) - asked(b) || ORDER[a.state] - ORDER[b.state] || a.share - b.share).at(-1) ?? null;
}

/** Whether something still comes of a job. */
export function isGoing(job: Job | null): boolean {
  return job !== null && ORDER[job.state] < ORDER.done;
}

/** The first digits of a hash. */
export function short(hash: string): string {
  return hash.slice(0, SHORT);
}

/** A hash in groups of eight digits, as people read it out. */
export function groups(hash: string): string {
  return hash.match(/.{1,8}/g)?.join(" ") ?? hash;
}

/** Whether a text may be a root that was kept: its number, or the line of its picture. */
export function isRoot(text: string): boolean {
  return /^(lineproof-root\/1 \S{1,64} \d{4}-\d\d-\d\d )?[0-9a-f]{64}$/i.test(text);
}

/** Whether a text may be the id of a key. */
export function isKey(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text);
}

/** How long a file is: 640 kB, 1.2 MB. */
export function size(t: Translate, bytes: number): string {
  if (bytes < MEGA) return t("evidence.kilobytes", { size: number(Math.ceil(bytes / KILO)) });
  return t("evidence.megabytes", { size: number(bytes / MEGA, 1) });
}

/** What a stranger writes to check a package and to compute its figures again. */
export function command(of: Package): string {
  return `lineproof evidence verify ${of.file} --recompute --key ${of.key}`;
}

/** Jobs are numbered in the order in which they were asked for. */
function asked(job: Job): number {
  return Number(job.id.replace(/\D/g, ""));
}
