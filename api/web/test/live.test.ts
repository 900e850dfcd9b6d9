// The stream: silence is noticed, links are opened anew, lines keep their place.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Frame, LineNow } from "../src/domain/api";
import { ask } from "../src/live/ask";
import { listen, merged, SILENCE_MS } from "../src/live/stream";

class FakeSource extends EventTarget {
  static all: FakeSource[] = [];
  static readonly CLOSED = 2;
  onerror: (() => void) | null = null;
  readyState = 1;
  constructor(readonly url: string) {
    super();
    FakeSource.all.push(this);
  }
  close(): void {
    this.readyState = FakeSource.CLOSED;
  }
  say(type: string, data: object): void {
    this.dispatchEvent(new MessageEvent(type, { data: JSON.stringify(data) }));
  }
}

const page = Object.assign(new EventTarget(), { hidden: false });
const newest = (): FakeSource => FakeSource.all.at(-1)!;
const open = (): FakeSource[] => FakeSource.all.filter((source) => source.readyState !== FakeSource.CLOSED);

describe("listening", () => {
  const frames: number[] = [];
  let lost = 0;
  let stop: () => void;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("EventSource", FakeSource);
    vi.stubGlobal("document", page);
    FakeSource.all = [];
    frames.length = 0;
    lost = 0;
    page.hidden = false;
    stop = listen({ frame: (frame: Frame) => frames.push(frame.frame), lost: () => (lost += 1) });
  });

  afterEach(() => {
    stop();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("hands frames and snapshots on", () => {
    newest().say("frame", { frame: 1 });
    newest().say("reset", { frame: 7 });
    expect(frames).toEqual([1, 7]);
  });

  it("calls five seconds of silence lost, and opens another link", () => {
    newest().say("frame", { frame: 1 });
    vi.advanceTimersByTime(SILENCE_MS - 1);
    expect(lost).toBe(0);
    vi.advanceTimersByTime(1);
    expect(lost).toBe(1);
    vi.advanceTimersByTime(2_000);
    expect(FakeSource.all.length).toBe(2);
    expect(open()).toEqual([newest()]);
  });

  it("comes back after a goodbye when it was asked to, and no sooner", () => {
    newest().say("bye", { retry_ms: 3000 });
    expect(open()).toEqual([]);
    vi.advanceTimersByTime(2_200);
    expect(FakeSource.all.length).toBe(1);
    vi.advanceTimersByTime(1_600);
    expect(open()).toEqual([newest()]);
    expect(FakeSource.all.length).toBe(2);
  });

  it("keeps trying while the gateway is away", () => {
    vi.advanceTimersByTime(60_000);
    expect(FakeSource.all.length).toBeGreaterThan(4);
    newest().say("frame", { frame: 3 });
    expect(frames).toEqual([3]);
  });

  it("waits no longer than five seconds, however long the gateway is away", () => {
    let waited = 0;
    let longest = 0;
    for (let ms = 0; ms < 200_000; ms += 100) {
      vi.advanceTimersByTime(100);
      waited = open().length ? 0 : waited + 100;
      longest = Math.max(longest, waited);
    }
    expect(longest).toBeGreaterThan(2_500);
    expect(longest).toBeLessThanOrEqual(5_100);
  });

  it("holds no link while nobody looks", () => {
    page.hidden = true;
    page.dispatchEvent(new Event("visibilitychange"));
    expect(open()).toEqual([]);
    vi.advanceTimersByTime(60_000);
    expect([open().length, lost]).toEqual([0, 0]);
    page.hidden = false;
    page.dispatchEvent(new Event("visibilitychange"));
    expect(open().length).toBe(1);
  });
});

describe("lines", () => {
  const line = (id: string, gap: number): LineNow => ({ line: id, gap }) as LineNow;

  it("keep their place when news come in another order", () => {
    const found = merged([line("a", 1), line("b", 1)], [line("b", 2), line("c", 2), line("a", 2)]);
    expect(found.map(({ line: id, gap }) => [id, gap])).toEqual([["a", 2], ["b", 2], ["c", 2]]);
  });

  it("stay as they were when a frame lacks them", () => {
    expect(merged([line("a", 1), line("b", 1)], [line("b", 2)]).map(({ gap }) => gap)).toEqual([1, 2]);
  });
});

describe("an answer of the gateway", () => {
  const answering = (of: () => Promise<Response>): void => {
    vi.stubGlobal("fetch", of);
  };
  afterEach(() => vi.unstubAllGlobals());

  it("is a problem of the network where it broke off in the midst", async () => {
    answering(() => Promise.resolve(new Response('{"line": "mask', { status: 200 })));
    await expect(ask("/lines/mask-1/now")).rejects.toMatchObject({ fault: { status: 0 } });
  });

  it("is a problem of the network where none came", async () => {
    answering(() => Promise.reject(new TypeError("failed to fetch")));
    await expect(ask("/lines")).rejects.toMatchObject({ fault: { status: 0 } });
  });

  it("may be empty where it says so, and a refusal need not be JSON", async () => {
    answering(() => Promise.resolve(new Response(null, { status: 204 })));
    await expect(ask("/facts/1")).resolves.toBeNull();
    answering(() => Promise.resolve(new Response("busy", { status: 503 })));
    await expect(ask("/lines")).rejects.toMatchObject({ fault: { status: 503 } });
  });

  describe("that says to wait", () => {
    const busy = (after: string | null): Response => new Response("{}", { status: 429, headers: after === null ? {} : { "retry-after": after } });
    const answers = (...all: Response[]): ReturnType<typeof vi.fn> => {
      const asked = vi.fn(() => Promise.resolve(all.shift()!));
      vi.stubGlobal("fetch", asked);
      return asked;
    };
    beforeEach(() => void vi.useFakeTimers());
    afterEach(() => void vi.useRealTimers());

    it.each([["2", 2_000], ["3600", 5_000], [null, 1_000], ["Wed, 21 Oct 2026 07:28:00 GMT", 1_000]])("is asked for once more after %s, in %d ms", async (after, ms) => {
      const asked = answers(busy(after), new Response('{"a": 1}'));
      const found = ask("/lines");
      await vi.advanceTimersByTimeAsync(ms - 1);
      expect(asked).toHaveBeenCalledTimes(1);
      await vi.advanceTimersByTimeAsync(1);
      await expect(found).resolves.toEqual({ a: 1 });
      expect(asked.mock.calls[1]).toEqual(asked.mock.calls[0]);
    });

    it("is a refusal the second time", async () => {
      const asked = answers(busy("1"), busy("1"));
      const found = expect(ask("/lines")).rejects.toMatchObject({ fault: { status: 429 } });
      await vi.advanceTimersByTimeAsync(1_000);
      await found;
      expect(asked).toHaveBeenCalledTimes(2);
    });

    it("is a refusal at once for who changes something", async () => {
      const asked = answers(busy("1"));
      await expect(ask("/tasks", { method: "POST" })).rejects.toMatchObject({ fault: { status: 429 } });
      expect(asked).toHaveBeenCalledTimes(1);
    });
  });
});
