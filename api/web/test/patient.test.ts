import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { AGAIN_MS, patiently } from "../src/parts/patient";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("asks again until the gateway is back, and then no more", async () => {
  const answers = [false, false, true];
  const found: string[] = [];
  const fetch = vi.fn(() => (answers.shift() ? Promise.resolve("part") : Promise.reject(new TypeError("away"))));
  patiently(fetch, (part) => found.push(part));
  await vi.advanceTimersByTimeAsync(2 * AGAIN_MS);
  expect(found).toEqual(["part"]);
  await vi.advanceTimersByTimeAsync(10 * AGAIN_MS);
  expect(fetch).toHaveBeenCalledTimes(3);
});

it("gives nothing to who has gone, and asks no more for it", async () => {
  const found: string[] = [];
  const given = patiently(() => Promise.resolve("part"), (part) => found.push(part));
  given();
  const fetch = vi.fn(() => Promise.reject(new TypeError("away")));
  const refused = patiently(fetch, () => found.push("never"));
  await vi.advanceTimersByTimeAsync(1);
  refused();
  await vi.advanceTimersByTimeAsync(10 * AGAIN_MS);
  expect(found).toEqual([]);
  expect(fetch).toHaveBeenCalledTimes(1);
});
