// A change taken apart, as a picture: every part begins where the one before it ended.
import { describe, expect, it } from "vitest";
import korean from "@text/ko.json";
import type { Part } from "../src/domain/api";
import { amount, difference, waterfall } from "../src/domain/parts";
import { translator } from "../src/domain/text";
import { nextDay } from "../src/domain/time";

const ko = translator(korean, korean);
const part = (code: string, value: number | null): Part => ({ code, item: null, amount: value, credited: true, reason: null });
const MINUS = "\u2212";

describe("a waterfall", () => {
  it("ends where the whole change ends", () => {
    const found = waterfall({ change: 6, parts: [part("a", 8), part("b", -4), part("rest", 2)] });
    expect(found.zero).toBe(0);
    expect(found.steps.map(({ from, to }) => [from, to])).toEqual([[0, 1], [1, 0.5], [0.5, 0.75]]);
    expect(found.end).toBe(0.75);
  });

  it("begins at no change, also where everything fell below it", () => {
    const found = waterfall({ change: -1, parts: [part("a", 1), part("b", -4), part("rest", 2)] });
    expect([found.zero, found.end]).toEqual([0.75, 0.5]);
    expect(found.steps[1]).toMatchObject({ from: 1, to: 0 });
  });

  it("gives a part that nobody knows no width, and nothing at all no place to divide by", () => {
    const found = waterfall({ change: 2, parts: [part("a", 2), part("quality", null)] });
    expect(found.steps[1]).toMatchObject({ from: 1, to: 1 });
    expect(waterfall({ change: 0, parts: [part("a", 0)] })).toMatchObject({ zero: 0, end: 0 });
  });
});

describe("a difference", () => {
  it("has its sign, and as many digits as the whole change has", () => {
    expect(difference(ko, 670.54, "{piece}/h", 686.7)).toBe("+671개/시간");
    expect(difference(ko, -0.6, "{piece}/h", 686.7)).toBe(`${MINUS}1개/시간`);
    expect(amount(0.45, "KRW", 12)).toBe("+0.5");
    expect(amount(null, "KRW", 1.2)).toBe("—");
  });

  it("of two ratios is one in percentage points", () => {
    expect(amount(-0.0326, "1", -0.03)).toBe(`${MINUS}3.26\u00a0%p`);
  });
});

describe("the day after", () => {
  it("knows months, and leaves alone what is no day", () => {
    expect([nextDay("2026-02-28"), nextDay("2026-12-31"), nextDay("")]).toEqual(["2026-03-01", "2027-01-01", ""]);
  });
});
