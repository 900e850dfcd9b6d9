// Requests to the gateway. What goes wrong comes back as one kind of error with words for a person.

export interface Fault {
  status: number;
  type: string;
  title: string;
  detail: string;
  request: string;
}

const NO_CONTENT = 204;
const BUSY = 429;
const WAIT_S = 1; // where the gateway does not say
const LONGEST_WAIT_S = 5;

/** An answer that is no success: RFC 9457, or the network itself (status 0). */
export class Problem extends Error {
  constructor(
    readonly fault: Fault,
    readonly body: unknown = null,
  ) {
    super(fault.title);
  }
}

/** The document at a path under /api/v1. */
export async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  const answer = await answered(`/api/v1${path}`, { headers: { accept: "application/json" }, ...init });
  const body: unknown = await answer.json().catch(answer.ok && answer.status !== NO_CONTENT ? cut : () => null);
  if (!answer.ok) throw new Problem(fault(answer, body), body);
  return body as T;
}

/** What is answered; who only reads and is told to wait does so, and asks once more. */
async function answered(url: string, init: RequestInit): Promise<Response> {
  const answer = await fetch(url, init).catch(cut);
  if (answer.status !== BUSY || (init.method ?? "GET") !== "GET") return answer;
  const wait = Math.min(Number(answer.headers.get("retry-after")) || WAIT_S, LONGEST_WAIT_S);
  await new Promise((over) => setTimeout(over, wait * 1_000));
  return fetch(url, init).catch(cut);
}

/** The network went away, before the answer or in the midst of it: half a document is none. */
function cut(): never {
  throw new Problem({ status: 0, type: "", title: "", detail: "", request: "" });
}

/** A key that lets the gateway recognise a request it has seen already. */
export function idempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function fault(answer: Response, body: unknown): Fault {
  const said = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const word = (name: string): string => (typeof said[name] === "string" ? said[name] : "");
  return {
    status: answer.status,
    type: word("type"),
    title: word("title"),
    detail: word("detail"),
    request: word("request_id") || word("instance") || (answer.headers.get("x-request-id") ?? ""),
  };
}
