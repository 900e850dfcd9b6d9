// Improvement tasks as /api/v1/tasks gives them, and what a page has to work out of them.
import type { Look, Target } from "./api";

export type Status = "proposed" | "agreed" | "running" | "claimed" | "verified" | "sustained" | "rejected";
export type Role = "firm" | "mentor" | "sponsor";
export const ROLES: readonly Role[] = ["firm", "mentor", "sponsor"];
export const WAY: readonly Status[] = ["proposed", "agreed", "running", "claimed", "verified", "sustained"];

/** What every note has: its number, when it was made, and whether it was taken back. */
export interface Noted {
  n: number;
  at: string;
  withdrawn: boolean;
}

export interface Countermeasure extends Noted {
  text: string;
  owner: string;
  day: string;
}

export interface SignOff extends Noted {
  role: Role;
  name: string;
  said: string | null;
  status: Status;
  verdict: Target["verdict"] | null;
  stands: boolean; // under the terms as they are now
}

export interface Said extends Noted {
  name: string;
  text: string;
  day?: string;
}

export interface Photo extends Noted {
  name: string;
  caption: string | null;
  sha256: string;
  width: number;
  height: number;
}

export interface StepTaken extends Noted {
  from: Status;
  to: Status;
  role: Role;
  name: string;
  reason: string | null;
}

export interface Way {
  to: Status;
  roles: Role[];
  missing: string[];
}

type Told = Pick<
  Target,
  "id" | "verdict" | "reasons" | "before" | "after" | "target" | "improvement_rate" | "low" | "high" | "coverage" | "n_before" | "n_after" | "gates"
>;

export interface TaskShort {
  id: string;
  version: number;
  made_at: string;
  title: string;
  company: string | null;
  mentor: string | null;
  problem: string | null;
  hypothesis: string | null;
  line: string;
  line_name: string;
  machine: string | null;
  measure: string | null;
  unit: string | null;
  definition: string | null;
  baseline: string | null;
  target: string | null;
  due: string | null;
  due_days: number | null;
  go_live: string | null;
  settled: string | null;
  status: Status;
  next: Way[];
  verdict: Told | null;
  unjudged: string | null; // why there is no verdict where a target is linked
  attribution: { kind: "alone" | "separable" | "joint" | "none"; with: string[] };
  sustainment: Look[];
  falls_from: string | null;
  countermeasures: Countermeasure[];
  sign_offs: SignOff[];
}

export interface Task extends TaskShort {
  comments: Said[];
  visits: Said[];
  photos: Photo[];
  history: StepTaken[];
}

export interface TaskList {
  tasks: TaskShort[];
}

const CLOSED: ReadonlySet<Status> = new Set(["sustained", "rejected"]);

/** What somebody can act on now stands first; what is closed stands last, the newest before the older. */
export function inOrder(tasks: readonly TaskShort[]): TaskShort[] {
  const rank = (task: TaskShort): number => (CLOSED.has(task.status) ? 2 : ready(task) ? 0 : 1);
  const due = (task: TaskShort): number => task.due_days ?? Number.POSITIVE_INFINITY;
  return [...tasks].sort((a, b) => rank(a) - rank(b) || due(a) - due(b) || Number(b.id.slice(1)) - Number(a.id.slice(1)));
}

/** Whether a step onwards lacks nothing but somebody who takes it. */
export function ready(task: Pick<TaskShort, "next" | "status">): boolean {
  const here = WAY.indexOf(task.status);
  return task.next.some((way) => WAY.indexOf(way.to) > here && way.missing.length === 0);
}

/** What a step lacks besides a reason, which its form asks for. */
export function lacks(way: Way): string[] {
  return way.missing.filter((code) => code !== "reason");
}

/** Who has signed the terms as they are now. */
export function standing(task: Pick<TaskShort, "sign_offs">): ReadonlySet<Role> {
  return new Set(task.sign_offs.filter((one) => one.stands).map((one) => one.role));
}

export interface Flag {
  n: number; // its number on the chart
  day: string;
  text: string;
  owner: string;
}

/** The counter-measures of some tasks by their day, numbered as a chart shows them. */
export function flags(tasks: readonly Pick<TaskShort, "countermeasures">[]): Flag[] {
  const all = tasks.flatMap((task) => task.countermeasures.filter((one) => !one.withdrawn));
  return [...all].sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : a.n - b.n)).map((one, place) => ({ n: place + 1, day: one.day, text: one.text, owner: one.owner }));
}

/** The column of a day: its own, or the next that there is; null behind the last and before the first. */
export function columnOf(day: string, days: readonly string[]): number | null {
  if (!days.length || day < (days[0] ?? "")) return null;
  const place = days.findIndex((one) => one >= day);
  return place < 0 ? null : place;
}
