// The pure rules behind the pages.
import { describe, expect, it } from "vitest";
import korean from "@text/ko.json";
import type { KpiRow, Measure, Stop, Target } from "../src/domain/api";
import { head, widthEm } from "../src/domain/fit";
import { fact, off, size, textKey } from "../src/domain/health";
import { hours } from "../src/domain/hours";
import { pace } from "../src/domain/pace";
import { byUse, halves, lossLook, neighbours, ranked, reasonName, shiftChoices, undoing, unexplained } from "../src/domain/stops";
import { blocks, place, ticks } from "../src/domain/strip";
import { axis, change, failing, gateValue, interval, missed, sorted } from "../src/domain/target";
import { translator } from "../src/domain/text";

const ko = translator(korean, korean);
const known = (value: number | null, coverage: number | null = 1): Measure => ({
  value, unit: "1", low: value, high: value, coverage, n: 1, definition: "x@1",
});

describe("pace", () => {
  const shift = { name: "주간", production_day: "2026-11-20", from: "", to: "", plan: 200, planned_s: 1, elapsed_s: 1 };

  it("hatches what is missing between actual and now", () => {
    const shown = pace({ good: known(90), target_now: 100, shift });
    expect(shown).toEqual({ actual: 0.45, now: 0.5, missing: { from: 0.45, to: 0.5 } });
  });

  it("has nothing missing when ahead and never leaves its rail", () => {
    expect(pace({ good: known(500), target_now: 100, shift })).toEqual({ actual: 1, now: 0.5, missing: null });
  });

  it("is not drawn without a plan, a count or a target", () => {
    expect(pace({ good: known(1), target_now: 1, shift: { ...shift, plan: null } })).toBeNull();
    expect(pace({ good: known(null), target_now: 1, shift })).toBeNull();
    expect(pace({ good: known(1), target_now: null, shift })).toBeNull();
    expect(pace({ good: known(1), target_now: 1, shift: null })).toBeNull();
  });
});

describe("the head of a tile", () => {
  it("shrinks the name first, then drops the time below", () => {
    expect(head("KF94 1호기", "정지", "4:12", 13.5)).toEqual({ name: "full", chip: "full", time: "chip" });
    expect(head("덴탈마스크 고속기 3호", "정지", "4:12", 13.5).name).toBe("small");
    expect(head("덴탈마스크 고속기 3호", "Change-over", "1:04:12", 13.5).time).toBe("below");
  });

  it("counts Hangul wider than Latin", () => {
    expect(widthEm("가")).toBeCloseTo(0.87);
    expect(widthEm("a")).toBeLessThan(0.7);
  });
});

describe("the shift strip", () => {
  const from = "2026-11-20T08:00:00+09:00";
  const to = "2026-11-20T10:00:00+09:00";
  const span = (state: "producing" | "delayed", start: string, end: string) => ({
    state, cause: null, from: `2026-11-20T${start}:00+09:00`, to: `2026-11-20T${end}:00+09:00`,
  });

  it("cuts spans at the shift and joins neighbours of one look", () => {
    const found = blocks([span("producing", "07:00", "08:30"), span("producing", "08:30", "09:00"), span("delayed", "09:00", "11:00")], from, to);
    expect(found.map((block) => [block.look, block.x, block.width])).toEqual([["producing", 0, 0.5], ["delayed", 0.5, 0.5]]);
  });

  it("leaves out what lies outside or has no length", () => {
    expect(blocks([span("delayed", "06:00", "08:00"), span("delayed", "09:00", "09:00")], from, to)).toEqual([]);
  });

  it("marks full hours of the site's clock", () => {
    expect(ticks("2026-11-20T07:30:00+09:00", to).map((tick) => tick.label)).toEqual(["08", "09"]);
    expect(ticks(from, "2026-11-21T08:00:00+09:00").length).toBeLessThanOrEqual(12);
  });

  it("shows now only inside the shift", () => {
    expect([place("2026-11-20T09:00:00+09:00", from, to), place("2026-11-20T11:00:00+09:00", from, to), place(null, from, to)]).toEqual([0.5, null, null]);
  });
});

describe("the hour table", () => {
  const row = (hour: number, elements: Record<string, number | null>, machine: string | null = null): KpiRow => ({
    site: "s", line: "l", machine, product: null, shift: "주간", production_day: "2026-11-20", status: "final", revision: 1,
    from: `2026-11-20T0${hour}:00:00+09:00`, to: `2026-11-20T0${hour + 1}:00:00+09:00`, elements, measures: {},
  });

  it("adds differences up in order and ignores the machines' rows", () => {
    const rows = [row(9, { PBT: 3600, GQ: 90, SQ: 2, RQ: 1 }), row(8, { PBT: 3600, GQ: 110, SQ: 0, RQ: 0 }), row(8, { PBT: 3600, GQ: 5 }, "body")];
    const found = hours(rows, { plan: 800, planned_s: 8 * 3600 });
    expect(found.map((hour) => [hour.plan, hour.actual, hour.scrap, hour.difference, hour.cumulative])).toEqual([
      [100, 110, 0, 10, 10], [100, 90, 3, -10, 0],
    ]);
  });

  it("knows no sum after an hour that nobody knows", () => {
    const found = hours([row(8, { PBT: 3600, GQ: null }), row(9, { PBT: 3600, GQ: 90 })], { plan: 800, planned_s: 28_800 });
    expect(found.map((hour) => [hour.difference, hour.cumulative])).toEqual([[null, null], [-10, null]]);
  });

  it("plans nothing without a plan, and takes unknown time off the coverage", () => {
    const [hour] = hours([row(8, { PBT: 3600, U: 900, GQ: 10 })], null);
    expect([hour?.plan, hour?.cumulative, hour?.coverage]).toEqual([null, null, 0.75]);
  });

  it("calls no hour unseen because nobody told hours of work or micro-stops are hidden", () => {
    const told = { value: null, unit: "1", low: null, high: null, n: 1, definition: "d" };
    const measures = {
      availability: { ...told, value: 0.8, coverage: 1 }, defect_rate: { ...told, value: 0.01, coverage: 0.99 },
      worker_efficiency: { ...told, coverage: 0 }, micro_stops_per_hour: { ...told, coverage: 0.3 },
    };
    const [hour] = hours([{ ...row(8, { PBT: 3600, GQ: 10 }), measures }], null);
    expect(hour?.coverage).toBe(0.99);
  });
});

describe("stops", () => {
  const stop = (id: string, from: string, reason: string | null, state: Stop["state"] = "delayed"): Stop => ({
    id, line: "l", machine: "m", from: `2026-11-20T${from}:00+09:00`, to: null, seconds: 60, state, cause: null, was: null, parts: [], reason, note: null, version: 1,
  });
  const reasons = ["a", "b", "c"].map((id) => ({ id, ko: `${id}-ko`, en: `${id}-en`, vi: "", pictogram: null }));

  it("ask first for what still lasts, then for the longest", () => {
    const ended = (id: string, seconds: number): Stop => ({ ...stop(id, "08:00", null), to: "2026-11-20T09:00:00+09:00", seconds });
    expect(unexplained([ended("short", 20), ended("long", 900), stop("now", "07:00", null)]).map(({ id }) => id)).toEqual(["now", "long", "short"]);
  });

  it("ask for a word for each delay without one, the newest of equals first", () => {
    const found = unexplained([stop("1", "08:00", null), stop("2", "09:00", null), stop("3", "10:00", "a"), stop("4", "11:00", null, "setup")]);
    expect(found.map(({ id }) => id)).toEqual(["2", "1"]);
    expect(unexplained([{ ...stop("5", "08:00", null), cause: "external" }])).toEqual([]);
  });

  it("tell waiting for others apart among the losses", () => {
    const loss = (state: string) => lossLook({ reason: null, state, seconds: 1, n: 1 });
    expect(["delayed", "delayed:external", "setup"].map(loss)).toEqual(["delayed", "waiting", "setup"]);
  });

  it("offer the most used reasons first and keep the order of the others", () => {
    const used = byUse(reasons, [stop("1", "08:00", "c")], [{ reason: "c", state: "delayed", seconds: 1, n: 4 }]);
    expect(used.map(({ id }) => id)).toEqual(["c", "a", "b"]);
    expect([reasonName(reasons, "a", "vi"), reasonName(reasons, "gone", "en")]).toEqual(["a-ko", "gone"]);
  });

  it("rank losses by time, with shares that add up to all", () => {
    const found = ranked([{ reason: "a", state: "delayed", seconds: 100, n: 1 }, { reason: null, state: "setup", seconds: 300, n: 1 }, { reason: "b", state: "delayed", seconds: 0, n: 1 }]);
    expect(found.map((loss) => [loss.seconds, loss.share])).toEqual([[300, 0.75], [100, 0.25]]);
  });

  it("join the rows of a shift to one choice", () => {
    const row = (from: string, to: string, machine: string | null) =>
      ({ machine, shift: "야간", production_day: "2026-11-19", from: `2026-11-${from}:00:00+09:00`, to: `2026-11-${to}:00:00+09:00` }) as KpiRow;
    const found = shiftChoices([row("19T20", "20T02", null), row("20T02", "20T08", null), row("19T20", "20T08", "m")]);
    expect(found.map(({ key, from, to }) => [key, from, to])).toEqual([["2026-11-19/야간", "2026-11-19T20:00:00+09:00", "2026-11-20T08:00:00+09:00"]]);
  });
});

describe("targets", () => {
  const target = (changed: Partial<Target>): Target =>
    ({
      id: "t", lines: ["l"], line: "l", unit: "{piece}/h", higher_is_better: true, before: 100, after: 150, after_low: 140, after_high: 160, target: 200,
      point_change: 50, verdict: "improved", gates: [], reasons: [], not_checked: [], due_days: 5, status: "final", ...changed,
    }) as unknown as Target;

  it("run their axis to the good side, whichever that is", () => {
    const up = axis(target({}));
    const down = axis(target({ higher_is_better: false, before: 200, after: 150, after_low: 140, after_high: 160, target: 100 }));
    for (const one of [up, down]) {
      expect(one?.baseline).toBe(0);
      expect(one!.now!).toBeGreaterThan(one!.baseline);
      expect(one!.target!).toBeGreaterThan(one!.high!);
      expect(one!.low!).toBeLessThan(one!.now!);
      expect(one!.target!).toBeLessThan(1);
    }
    expect(up?.now).toBeCloseTo(down!.now!);
  });

  it("leave room on the left for what got worse", () => {
    const worse = axis(target({ after: 80, after_low: 70, after_high: 90 }));
    expect(worse!.low!).toBeGreaterThan(0);
    expect(worse!.baseline).toBeGreaterThan(worse!.high!);
  });

  it("are not drawn without a baseline", () => {
    expect(axis(target({ before: null }))).toBeNull();
  });

  it("put what needs somebody first", () => {
    const order = sorted([
      target({ id: "done", verdict: "improved_at_least_target" }), target({ id: "way", verdict: "improved" }),
      target({ id: "thin", verdict: "insufficient_data" }), target({ id: "late", verdict: "improved", due_days: -2 }),
    ]);
    expect(order.map(({ id }) => id)).toEqual(["thin", "late", "way", "done"]);
  });

  it("are missed only after the date, with a complete window and enough data", () => {
    expect(missed(target({ due_days: -1 }))).toBe(true);
    expect(missed(target({ due_days: -1, status: "provisional" }))).toBe(false);
    expect(missed(target({ due_days: -1, verdict: "insufficient_data" }))).toBe(false);
    expect(missed(target({ due_days: -1, verdict: "improved_at_least_target" }))).toBe(false);
    expect(missed(target({ due_days: 0 }))).toBe(false);
    expect(missed(target({ due_days: -1, report_complete: false }))).toBe(false);
  });

  it("name each failing condition once", () => {
    const found = failing(target({
      gates: [{ code: "days_report", passed: false, seen: 4, needed: 20 }, { code: "tables", passed: true, seen: null, needed: null }],
      reasons: ["days_report", "interval"],
    }));
    expect(found.map(({ code }) => code)).toEqual(["days_report", "interval"]);
  });

  it("print rates in points and the rest in their unit, with the interval in order", () => {
    const rate = target({ unit: "1", higher_is_better: false, point_change: -0.004, after_low: 0.0086, after_high: 0.0074 });
    expect([change(ko, rate), interval(ko, rate)]).toEqual(["−0.40\u00a0%p", "0.74\u00a0%–0.86\u00a0%"]);
    expect(change(ko, target({ point_change: 383 }))).toBe("+383개/시간");
    expect(gateValue({ code: "coverage_report", passed: false, seen: 0.88, needed: 0.95 }, 0.88)).toBe("88\u00a0%");
    expect(gateValue({ code: "days_report", passed: false, seen: 4, needed: 20 }, null)).toBe("—");
  });
});

describe("health", () => {
  const has = (key: string): boolean => key in korean;

  it("finds the words of a finding by its first words", () => {
    expect(textKey("finding.waiting", has)).toBe("finding.waiting");
    expect(textKey("finding.absent_nsu=urn:mask;s=Body.Good", has)).toBe("finding.absent");
    expect(textKey("finding.mqtt_3.1.1", has)).toBe("finding.mqtt");
    expect(textKey("finding.client_id_shared", has)).toBe("finding.client_id_shared");
    expect(textKey("finding.never heard of", has)).toBe("finding.unknown");
    expect(textKey("rubbish", has)).toBe("finding.unknown");
  });

  it("adds the account up itself", () => {
    expect(off({ id: "a", received: 10, stored: 5, filtered: 2, quarantined: 1, in_flight: 1 })).toBe(1);
  });

  it("prints facts of any kind", () => {
    expect([fact(ko, "bytes", 48_120_331), fact(ko, "damaged", []), fact(ko, "trusted", true), fact(ko, "x", null), size(12)]).toEqual([
      "48.1\u00a0MB", "0", "예", "—", "12\u00a0B",
    ]);
  });
});

describe("the shape of a stop", () => {
  const made = (begin: string, end: string, more: Partial<Stop> = {}): Stop => ({
    id: `mask/body/${Date.parse(`2026-11-20T${begin}:00+09:00`)}000000`,
    line: "mask",
    machine: "body",
    from: `2026-11-20T${begin}:00+09:00`,
    to: `2026-11-20T${end}:00+09:00`,
    seconds: 600,
    state: "delayed",
    cause: "internal",
    was: null,
    parts: [{ from: `2026-11-20T${begin}:00+09:00`, to: `2026-11-20T${end}:00+09:00` }],
    reason: null,
    note: null,
    version: 0,
    ...more,
  });
  const [first, second, third] = [made("08:00", "08:10"), made("09:00", "09:10"), made("10:00", "10:10", { cause: "external" })];

  it("merges with neighbours of its machine and class alone", () => {
    const other = made("08:30", "08:40", { machine: "pack" });
    expect(neighbours(second, [third, second, other, first])).toEqual([{ other: first, before: true }]);
    expect(neighbours(third, [first, second, third])).toEqual([]);
  });

  it("is cut in the middle, on a whole minute where there is one", () => {
    expect(halves(first).middle).toBe(Date.parse("2026-11-20T08:05:00+09:00"));
    const short = { ...first, to: "2026-11-20T08:00:40+09:00" };
    expect(halves(short).middle).toBe(Date.parse("2026-11-20T08:00:20+09:00"));
  });

  it("knows what takes each change back", () => {
    const at = "2026-11-20T08:05:00+09:00";
    expect(undoing(third, { state: "setup" }, [])).toEqual({ state: "delayed:external" });
    expect(undoing(first, { split_at: at }, [])).toEqual({ merge_with: `mask/body/${Date.parse(at)}000000` });
    expect(undoing(first, { merge_with: second.id }, [first, second])).toEqual({ split_at: second.from });
    expect(undoing(second, { merge_with: first.id }, [first, second])).toEqual({ split_at: second.from });
  });

  it("parts at the begin of the later half where two were merged", () => {
    const both = { ...first, to: second.to, parts: [...first.parts, ...second.parts] };
    expect(undoing(both, { split_at: "2026-11-20T08:30:00+09:00" }, [])).toEqual({ merge_with: second.id });
  });
});
