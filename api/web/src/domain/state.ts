// What a state looks like: colour, shape, word and height. None of the four carries meaning alone.
import type { Condition, State } from "./api";

/** How a state is shown; `slow` and `waiting` are shown apart, the others by their own name. */
export type Look =
  | "producing"
  | "slow"
  | "delayed"
  | "waiting"
  | "setup"
  | "idle"
  | "planned_down"
  | "not_scheduled"
  | "unknown";

/** Height in the shift strip as a share: in greyscale and print it alone tells the states apart. */
export const HEIGHT: Readonly<Record<Look, number>> = {
  producing: 0.35,
  slow: 0.55,
  delayed: 1,
  waiting: 0.85,
  setup: 0.7,
  idle: 0.35,
  planned_down: 0,
  not_scheduled: 0,
  unknown: 1,
};

const LOUD: ReadonlySet<Look> = new Set(["slow", "delayed", "waiting", "setup", "unknown"]);

/** The look of a condition, from the words of the engine alone. */
export function look(seen: Pick<Condition, "state" | "cause"> & { slow?: boolean }): Look {
  if (seen.state === "producing") return seen.slow ? "slow" : "producing";
  if (seen.state === "delayed") return seen.cause === "external" ? "waiting" : "delayed";
  return seen.state;
}

/** Whether a state asks for attention; its chip is filled. */
export function loud(shown: Look): boolean {
  return LOUD.has(shown);
}

/** Whether the last values of a line are old: nobody hears its source, or knows what it does. */
export function stale(seen: { state: State; fresh: boolean }): boolean {
  return !seen.fresh || seen.state === "unknown";
}

/** States that a person explains with a reason. */
export function explainable(state: State): boolean {
  return state === "delayed" || state === "setup";
}
