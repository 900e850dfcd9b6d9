// A target as it is typed: what a number means, what is odd about it, and what is sent.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import korean from "@text/ko.json";
import { agreement, amount, meant, MOST_IMPROVE, oddity, question, ready, type Typed, typedUnit } from "../src/domain/aim";
import { translator } from "../src/domain/text";

const ko = translator(korean, korean);
const pieces = { id: "b1", line: "mask", machine: null, measure: "throughput_per_hour", unit: "{piece}/h", value: 576, better: "higher", to: "2026-10-01T08:00:00+09:00" } as const;
const defects = { ...pieces, id: "b2", measure: "defect_rate", unit: "1", value: 0.012, better: "lower" } as const;
const typed = (changed: Partial<Typed>): Typed => ({ way: "improve", amount: "10", live: "2026-10-01", due: "", ...changed });

describe("an amount", () => {
  it("is read as people write it", () => {
    expect(["10", " 10 % ", "0.9", "1,800", "1,234,567.5", ".5"].map(amount)).toEqual([10, 10, 0.9, 1800, 1_234_567.5, 0.5]);
  });

  it("that may mean two things, or nothing, is none", () => {
    expect(["10,5", "1,80", "-5", "1e9", "ten", "", ".", "1 000", "NaN", "Infinity"].map(amount)).toEqual(Array(10).fill(null));
  });

  it("is a fraction of what is better, and a value in the unit; a ratio is typed in percent", () => {
    expect(meant(typed({}), pieces)).toBe(0.1);
    expect(meant(typed({ way: "value", amount: "605" }), pieces)).toBe(605);
    expect(meant(typed({ way: "value", amount: "0.9" }), defects)).toBeCloseTo(0.009, 15);
    expect([typedUnit(ko, "improve", "{piece}/h"), typedUnit(ko, "value", "{piece}/h"), typedUnit(ko, "value", "1")]).toEqual(["%", "개/시간", "%"]);
  });
});

describe("what is odd", () => {
  it("is no improvement, on the side that is better", () => {
    const to = (amount: string, of: typeof pieces | typeof defects): unknown => oddity(typed({ way: "value", amount }), of);
    expect([to("576", pieces), to("576.1", pieces), to("500", pieces)]).toEqual(["better", null, "better"]);
    expect([to("1.2", defects), to("1.1", defects), to("2", defects), to("0", defects)]).toEqual(["better", null, "better", null]);
  });

  it("is what falls below nothing, and what is no number", () => {
    expect(oddity(typed({ amount: "100" }), defects)).toBe("share");
    expect(oddity(typed({ amount: "100" }), pieces)).toBeNull();
    expect([oddity(typed({ amount: "10,5" }), pieces), oddity(typed({ amount: "0" }), pieces)]).toEqual(["number", "number"]);
  });

  it("is so much better that a value says it plainer, from where the gateway refuses it", () => {
    expect([oddity(typed({ amount: "200" }), pieces), oddity(typed({ amount: "200.1" }), pieces)]).toEqual([null, "much"]);
    const gateway = readFileSync(new URL("../../../edge/engine/verdicts/targets.py", import.meta.url), "utf8");
    expect(Number(/^MOST_IMPROVE = (.+)$/m.exec(gateway)?.[1])).toBe(MOST_IMPROVE);
  });

  it("is a change that goes live before the baseline has ended", () => {
    expect(oddity(typed({ live: "2026-09-30" }), pieces)).toBe("early");
    expect(oddity(typed({ live: "2026-10-01" }), pieces)).toBeNull();
  });

  it("is not what was not typed yet, but nothing is ready then", () => {
    expect([oddity(typed({ amount: "" }), pieces), oddity(typed({ live: "" }), pieces)]).toEqual([null, null]);
    expect([ready(typed({ amount: "" }), pieces), ready(typed({ live: "" }), pieces), ready(typed({}), pieces)]).toEqual([false, false, true]);
    expect(ready(typed({ live: "2026-09-30" }), pieces)).toBe(false);
  });
});

describe("what is sent", () => {
  it("asks and agrees alike", () => {
    const said = typed({ due: "2026-12-31" });
    expect(question(said, pieces)).toBe("baseline=b1&improve=0.1&go_live=2026-10-01&due=2026-12-31");
    expect(agreement(said, pieces)).toEqual({
      lines: ["mask"], machine: null, measure: "throughput_per_hour", baselines: ["b1"], improve: 0.1, go_live: "2026-10-01", due: "2026-12-31",
    });
  });

  it("has one aim, and no due date that nobody gave", () => {
    const said = typed({ way: "value", amount: "605" });
    expect(question(said, pieces)).toBe("baseline=b1&value=605&go_live=2026-10-01");
    expect(agreement(said, { ...pieces, machine: "body" })).toMatchObject({ machine: "body", value: 605, due: null });
    expect(agreement(said, pieces)).not.toHaveProperty("improve");
  });
});
