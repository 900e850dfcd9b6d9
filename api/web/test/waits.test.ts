// What needs a person, and what needs time alone.
import { describe, expect, it } from "vitest";
import english from "@text/en.json";
import korean from "@text/ko.json";
import vietnamese from "@text/vi.json";
import type { Finding, Gate, Target } from "../src/domain/api";
import { widthEm } from "../src/domain/fit";
import { findingKey } from "../src/domain/health";
import { needsMe, toDo } from "../src/domain/target";
import { translator } from "../src/domain/text";
import { clockOf, momentOf } from "../src/domain/time";

const ko = translator(korean, korean);
const has = (key: string): boolean => key in korean;
const gate = (code: string, seen: number | null): Gate => ({ code, passed: false, seen, needed: 20 });
const young = (changed: Partial<Target>): Target => ({
  verdict: "insufficient_data", status: "provisional", report_complete: false, due_days: 36, reasons: [], gates: [], ...changed,
} as Target);

describe("a target that only waits", () => {
  const coming = [gate("days_report", 0), gate("coverage_report", null), gate("coverage_unequal", null), gate("maturity", null)];

  it("needs nobody while its window runs", () => {
    expect(needsMe(young({ gates: coming, reasons: ["interval"] }))).toBe(false);
    expect(needsMe(young({ gates: [gate("days_report", 7)] }))).toBe(false);
    expect(needsMe(young({ verdict: "inconclusive" }))).toBe(false);
  });

  it("needs somebody who can mend a gate, though the window runs", () => {
    expect(needsMe(young({ gates: [...coming, gate("days_baseline", 2)] }))).toBe(true);
    expect(needsMe(young({ gates: [gate("days_report", 7), gate("coverage_report", null)] }))).toBe(true);
    expect(needsMe(young({ gates: [gate("days_report", 7), gate("coverage_report", 0.4)] }))).toBe(true);
  });

  it("needs somebody once its window or its date is past, or where it became worse", () => {
    expect(needsMe(young({ report_complete: true, gates: coming }))).toBe(true);
    expect(needsMe(young({ due_days: -1, gates: coming }))).toBe(true);
    expect(needsMe(young({ verdict: "worse" }))).toBe(true);
  });
});

describe("what is to be done for a verdict", () => {
  const keys = (of: Target): string[] => toDo(of).map((one) => one.key);

  it("is nothing about the data of days that have not come", () => {
    const coming = [gate("days_report", 0), gate("coverage_report", null), gate("coverage_unequal", null)];
    expect(keys(young({ gates: coming }))).toEqual(["gate.days_report.do"]);
    expect(keys(young({ gates: [gate("days_report", 7), gate("coverage_report", 0.4)] }))).toEqual(["gate.days_report.do", "gate.coverage_report.do"]);
  });

  it("is no waiting where the window is over", () => {
    const over = young({ report_complete: true, gates: [gate("days_report", 5)], reasons: ["interval"] });
    expect(keys(over)).toEqual(["gate.days_over.do"]);
    for (const key of keys(over)) expect(has(key)).toBe(true);
  });
});

describe("a source that cannot be reached", () => {
  const finding = (text: string): Finding => ({
    id: "plc1/waiting", severity: "warning", title: "finding.waiting", params: { text }, source: "plc1", since: null,
  });

  it("refuses where a host is there and nothing listens: no cable is to blame", () => {
    expect(findingKey(finding("opc.tcp://10.0.0.1:4840: Connection refused; is the server up?"), has)).toBe("finding.waiting.refused");
    expect(ko("finding.waiting.refused.do")).toContain("포트");
  });

  it("may lack power where nothing answers at all", () => {
    expect(findingKey(finding("opc.tcp://10.0.0.1:4840: no answer in 5 s"), has)).toBe("finding.waiting");
  });
});

describe("the ends of what was short", () => {
  const time = "2026-11-20T15:22:10+09:00";

  it("have seconds below two minutes, and none above", () => {
    expect(clockOf(time, 119_000)).toBe("15:22:10");
    expect(clockOf(time, 120_000)).toBe("15:22");
    expect(momentOf(ko, time, 10_000)).toBe("2026-11-20 (금) 15:22:10");
  });
});

describe("the windows of a chart", () => {
  it("have names of which none is the beginning of another, though both stand side by side", () => {
    for (const texts of [korean, english, vietnamese]) {
      expect(texts["window.later"].startsWith(texts["window.report"])).toBe(false);
      expect(widthEm(texts["window.later"])).toBeLessThan(widthEm(texts["window.report"]));
    }
  });
});
