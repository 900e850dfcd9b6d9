// Reasons that could not be sent yet: kept in the browser, sent once the gateway speaks again.
//
// A request whose answer was lost may have been stored: its repetition then finds its own reason
// under a new version. That is success, not somebody else's change.
import { effect, signal } from "@preact/signals";
import type { Stop } from "../domain/api";
import type { Shaping } from "../domain/stops";
import { ask, idempotencyKey, Problem } from "./ask";
import { link } from "./store";

export interface Entry {
  key: string; // lets the gateway recognise a repeated request
  stop: Stop; // as it was shown when the reason was chosen
  reason: string | null;
  note: string | null;
  theirs?: Stop; // what somebody else stored meanwhile; a person decides
}

export type Outcome = "stored" | "conflict" | "refused" | "later";

export const waiting = signal<readonly Entry[]>([]);
export const refused = signal(0); // how many kept reasons the gateway would not take
export const sent = signal(0); // how many kept reasons have arrived

const ANSWER_MS = 8_000; // a half-open link never says so by itself
const AGAIN_MS = 3_000;
const STORE = "reasons";
let sending = false;

/** A reason for a stop, ready to be sent as often as it takes; its note stays unless another is given. */
export function entry(stop: Stop, reason: string | null, note = stop.note): Entry {
  return { key: idempotencyKey(), stop, reason, note };
}

/** Store a reason if nobody changed the stop meanwhile. */
export function send({ key, stop, reason, note }: Entry): Promise<Stop> {
  return patch(stop, { reason, note }, key);
}

/** Change the shape of a stop if nobody changed it meanwhile; never kept for later, for who waits forgets. */
export function reshape(stop: Stop, wish: Shaping): Promise<Stop> {
  return patch(stop, wish, idempotencyKey());
}

function patch(stop: Stop, body: object, key: string): Promise<Stop> {
  return ask<Stop>(`/stops/${stop.id.split("/").map(encodeURIComponent).join("/")}`, {
    method: "PATCH",
    headers: {
      "content-type": "application/json",
      accept: "application/json",
      "if-match": `"${stop.version}"`,
      "idempotency-key": key,
    },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(ANSWER_MS),
  });
}

/** What a failed request means for an entry. */
export function outcome(problem: Problem, { stop, reason, note }: Entry): Outcome {
  const { status } = problem.fault;
  if (status === 0 || status >= 500) return "later";
  const theirs = present(problem);
  if (!theirs) return "refused";
  const ours = theirs.reason === reason && theirs.note === note && theirs.version === stop.version + 1;
  return ours ? "stored" : "conflict";
}

/** The stop as it is stored now, where that is why ours was refused. */
export function present(problem: Problem): Stop | null {
  if (problem.fault.status !== 412) return null;
  const body = problem.body as { present?: unknown } | null;
  return [body?.present, body].find(isStop) ?? null;
}

/** Keep an entry until it has arrived; a later reason for the same stop takes the place of an earlier. */
export function keep(kept: Entry): void {
  put([...waiting.value.filter((one) => one.stop.id !== kept.stop.id), kept]);
}

/** Forget an entry: it has arrived, or a person took it back. */
export function drop(gone: Entry): void {
  put(waiting.value.filter((one) => one.key !== gone.key));
}

/** Send what waits, oldest first, until the gateway is away again. */
async function flush(): Promise<void> {
  if (sending) return;
  sending = true;
  try {
    for (let next = first(); next; next = first()) {
      if (!(await arrived(next))) {
        setTimeout(() => link.value === "live" && void flush(), AGAIN_MS);
        return;
      }
    }
  } finally {
    sending = false;
  }
}

async function arrived(one: Entry): Promise<boolean> {
  try {
    await send(one);
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    const found = outcome(problem, one);
    if (found === "later") return false;
    const theirs = present(problem);
    if (found === "conflict" && theirs) {
      put(waiting.value.map((each) => (each.key === one.key ? { ...each, theirs } : each)));
      return true;
    }
    if (found === "refused") refused.value += 1;
  }
  drop(one);
  sent.value += 1;
  return true;
}

function first(): Entry | undefined {
  return waiting.value.find((one) => !one.theirs);
}

function isStop(body: unknown): body is Stop {
  return typeof body === "object" && body !== null && "id" in body && "version" in body;
}

function put(entries: readonly Entry[]): void {
  waiting.value = entries;
  void stored("readwrite", (store) => store.put([...entries], STORE)).catch(() => undefined); // in a
  // browser that keeps nothing they live as long as the page
}

/** Do something with the one record of the browser's own database. */
export function stored<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("lineproof", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const asked = work(opening.result.transaction(STORE, mode).objectStore(STORE));
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    };
  });
}

/** Take up what an earlier page left, and send whenever the gateway speaks. */
export async function resume(): Promise<void> {
  const left = await stored("readonly", (store) => store.get(STORE)).catch(() => undefined);
  if (Array.isArray(left)) waiting.value = [...(left as Entry[]), ...waiting.value];
  effect(() => {
    if (link.value === "live" && waiting.value.some((one) => !one.theirs)) void flush();
  });
}
