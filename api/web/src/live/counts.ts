// Counts that people enter: sent at once, or kept in the browser until the gateway speaks again.
//
// An entry has its key and its time from the moment it was made, so that it may be sent as often as
// it takes and is stored once.
import { effect, signal } from "@preact/signals";
import type { CountKind, FactFileLook, Told } from "../domain/api";
import { ask, idempotencyKey, Problem } from "./ask";
import { stored } from "./queue";
import { link } from "./store";

export interface Count {
  key: string;
  line: string;
  machine: string;
  kind: CountKind;
  quantity: number;
  type: string | null;
  at: string;
}

export const countsWaiting = signal<readonly Count[]>([]);
export const countsRefused = signal(0); // how many kept counts the gateway would not take
export const countsSent = signal(0); // how many kept counts have arrived

const ANSWER_MS = 8_000;
const AGAIN_MS = 3_000;
const STORE = "counts";
let sending = false;

/** An entry, ready to be sent as often as it takes. */
export function count(of: Omit<Count, "key">): Count {
  return { ...of, key: idempotencyKey() };
}

/** Store an entry. */
export function sendCount({ key, type, ...told }: Count): Promise<Told> {
  return ask<Told>("/counts", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json", "idempotency-key": key },
    body: JSON.stringify(type === null ? told : { ...told, type }),
    signal: AbortSignal.timeout(ANSWER_MS),
  });
}

/** Take an entry back that is stored. */
export function takeBack(fact: Told): Promise<Told> {
  return ask<Told>(`/facts/${fact.id}`, {
    method: "PATCH",
    headers: { "content-type": "application/json", accept: "application/json", "if-match": `"${fact.version}"` },
    body: JSON.stringify({ withdrawn: true }),
    signal: AbortSignal.timeout(ANSWER_MS),
  });
}

/** Whether an entry may be sent once more: the gateway is away, or has trouble of its own. */
export function isAway(problem: Problem): boolean {
  return problem.fault.status === 0 || problem.fault.status >= 500;
}

/** Keep an entry until it has arrived. */
export function keepCount(kept: Count): void {
  put([...countsWaiting.value, kept]);
}

/** Forget an entry: it has arrived, or a person took it back. */
export function dropCount(gone: Count): void {
  put(countsWaiting.value.filter((one) => one.key !== gone.key));
}

async function flush(): Promise<void> {
  if (sending) return;
  sending = true;
  try {
    for (let [next] = countsWaiting.value; next; [next] = countsWaiting.value) {
      if (!(await arrived(next))) {
        setTimeout(() => link.value === "live" && void flush(), AGAIN_MS);
        return;
      }
    }
  } finally {
    sending = false;
  }
}

async function arrived(one: Count): Promise<boolean> {
  try {
    await sendCount(one);
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    if (isAway(problem)) return false;
    countsRefused.value += 1;
  }
  dropCount(one);
  countsSent.value += 1;
  return true;
}

function put(entries: readonly Count[]): void {
  countsWaiting.value = entries;
  void stored("readwrite", (store) => store.put([...entries], STORE)).catch(() => undefined); // as reasons are
}

/** Take up what an earlier page left, and send whenever the gateway speaks. */
export async function resumeCounts(): Promise<void> {
  const left = await stored("readonly", (store) => store.get(STORE)).catch(() => undefined);
  if (Array.isArray(left)) countsWaiting.value = [...(left as Count[]), ...countsWaiting.value];
  effect(() => {
    if (link.value === "live" && countsWaiting.value.length) void flush();
  });
}

/** Bring a file of facts: to be looked at, or to be stored. */
export function bring(file: File, preview: boolean, partly: boolean): Promise<FactFileLook> {
  const query = new URLSearchParams({ name: file.name, preview: String(preview), partly: String(partly) });
  return ask<FactFileLook>(`/facts/import?${query}`, {
    method: "POST",
    headers: { "content-type": "application/octet-stream", accept: "application/json" },
    body: file,
  });
}
