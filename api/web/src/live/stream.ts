// One EventSource per page. A frame a second carries what the boards show; five seconds without one
// is a lost connection. Last values stay, so nothing here ever forgets a line.
import type { Frame, LineNow } from "../domain/api";

export const SILENCE_MS = 5_000;
const RETRY_MS = [1_000, 2_000, 4_000]; // with its jitter at most 5 s: a board is back within 10 s

export interface Listener {
  frame(frame: Frame): void;
  lost(): void;
}

/** Listen to the gateway until the returned function is called. */
export function listen(listener: Listener, url = "/api/v1/stream"): () => void {
  let source: EventSource | null = null;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;

  const quiet = (): void => {
    clearTimeout(silence);
    silence = setTimeout(() => {
      listener.lost();
      reconnect(); // a half-open link never says so by itself
    }, SILENCE_MS);
  };
  const take = (event: MessageEvent<string>): void => {
    failures = 0;
    quiet();
    listener.frame(JSON.parse(event.data) as Frame);
  };
  const close = (): void => {
    clearTimeout(retry);
    source?.close();
    source = null;
  };
  const open = (): void => {
    close();
    source = new EventSource(url);
    source.addEventListener("frame", take);
    source.addEventListener("reset", take);
    source.addEventListener("bye", (event) => reconnect(retryOf(event)));
    source.onerror = () => {
      if (source?.readyState === EventSource.CLOSED) reconnect();
    };
  };
  const reconnect = (after_ms?: number): void => {
    close();
    const base = after_ms ?? RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)] ?? 4_000;
    retry = setTimeout(() => {
      open();
      quiet();
    }, base * (0.75 + Math.random() / 2)); // jitter: boards must not come back in step
  };
  const seen = (): void => {
    if (document.hidden) {
      close();
      clearTimeout(silence);
    } else if (!source) {
      open();
      quiet();
    }
  };

  document.addEventListener("visibilitychange", seen);
  open();
  quiet();
  return () => {
    document.removeEventListener("visibilitychange", seen);
    clearTimeout(silence);
    close();
  };
}

/** How long the gateway asks us to stay away. */
export function retryOf(event: Event): number | undefined {
  try {
    const said = JSON.parse((event as MessageEvent<string>).data) as { retry_ms?: number };
    return said.retry_ms;
  } catch {
    return undefined;
  }
}

/** The lines known so far with the newest documents put in, in the order of the configuration. */
export function merged(known: readonly LineNow[], news: readonly LineNow[]): LineNow[] {
  const fresh = new Map(news.map((line) => [line.line, line]));
  const kept = known.map((line) => fresh.get(line.line) ?? line);
  const there = new Set(known.map((line) => line.line));
  return [...kept, ...news.filter((line) => !there.has(line.line))];
}
