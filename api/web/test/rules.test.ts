// Rules that decide what a page says: whose loss, how grave, which window, which name where.
import { describe, expect, it } from "vitest";
import english from "@text/en.json";
import korean from "@text/ko.json";
import vietnamese from "@text/vi.json";
import type { Day, Finding, Health, Job, SourceAccount, Stop, Target } from "../src/domain/api";
import { isGoing, newest, size } from "../src/domain/evidence";
import { level } from "../src/domain/fit";
import { because, gravity, losses, lossKey, unseen } from "../src/domain/health";
import { symbols } from "../src/domain/measure";
import { anchor, gateValue, verdictValues, windowOf, yieldChange } from "../src/domain/target";
import { preferred, translator } from "../src/domain/text";
import { lastDay } from "../src/domain/time";
import { Problem } from "../src/live/ask";
import { entry, outcome } from "../src/live/queue";
import { names, rowsAbove, stacked } from "../src/parts/names";

const ko = translator(korean, korean);
const en = translator(english, korean);
const has = (key: string): boolean => key in korean;
const source = (id: string, changed: Partial<SourceAccount> = {}): SourceAccount => ({
  id, kind: "opcua", state: "running", received: 1, stored: 1, filtered: 0, quarantined: 0, in_flight: 0, last_sample: "2026-11-20T14:00:00+09:00", ...changed,
});
const finding = (changed: Partial<Finding>): Finding => ({
  id: "plc1/waiting", severity: "warning", title: "finding.waiting", params: {}, source: "plc1", since: null, ...changed,
});

describe("the reason of a gap", () => {
  it("is told in the reader's language, with its detail", () => {
    expect(because(ko, "source overflow")).toBe(korean["gap.overflow"]);
    expect(because(en, "nothing was read")).toBe("Nothing was read");
    expect(because(en, "source no longer had 12 notification messages")).toBe("The server no longer had 12 of our notifications");
    expect(because(en, "source did not keep the subscription: BadTimeout\nand more")).toBe("The server did not keep our subscription: BadTimeout\nand more");
  });

  it("stays as it was written where nobody knows it, even if it begins like a known one", () => {
    expect(because(ko, "source overflow of another kind")).toBe("source overflow of another kind");
    expect(because(ko, "the cat sat on the plug")).toBe("the cat sat on the plug");
  });
});

describe("what a source can lose", () => {
  it("is what the gateway says of it", () => {
    for (const loss of ["opcua", "opcua_nameless", "mqtt", "mqtt_311", "modbus", "import"]) {
      expect(lossKey(source("a", { loss }), [], has)).toBe(`health.loss_${loss}`);
    }
  });

  it("is told by the kind, or in general, where the gateway says nothing that has a text", () => {
    expect(lossKey(source("a", { loss: "sparkplug", kind: "mqtt" }), [], has)).toBe("health.loss_mqtt");
    expect(lossKey(source("a", { loss: "sparkplug", kind: "sparkplug" }), [], has)).toBe("health.loss_other");
    expect(lossKey(source("a", { kind: undefined as never }), [], has)).toBe("health.loss_other");
  });

  it("follows the broker that turned out to speak 3.1.1 only", () => {
    const old = [finding({ title: "finding.mqtt_3.1.1", source: "broker" })];
    expect(lossKey(source("broker", { kind: "mqtt", loss: "mqtt" }), old, has)).toBe("health.loss_mqtt_311");
    expect(lossKey(source("other", { kind: "mqtt", loss: "mqtt" }), old, has)).toBe("health.loss_mqtt");
  });

  it("is told once for all that share it, in the order of the sources", () => {
    const sources = [source("plc1", { loss: "opcua" }), source("broker", { loss: "mqtt" }), source("plc2", { loss: "opcua" })];
    expect(losses({ sources, findings: [] }, has)).toEqual([["health.loss_opcua", ["plc1", "plc2"]], ["health.loss_mqtt", ["broker"]]]);
  });

  it("prints the seconds of the commit in every language", () => {
    for (const texts of [korean, english, vietnamese]) {
      const said = translator(texts, texts)("health.loss_mqtt", { s: 0.5 });
      expect(said).toContain("0.5");
      expect(said).not.toContain("{");
    }
  });
});

describe("a finding", () => {
  const health = (status: Health["status"]): Pick<Health, "status" | "sources"> => ({ status, sources: [source("plc1")] });

  it("of a silent source is a problem where nobody collects, a warning where others do", () => {
    expect(gravity(finding({}), health("failing"))).toBe("problem");
    expect(gravity(finding({}), health("degraded"))).toBe("warning");
  });

  it("of a sink or of another matter keeps its severity", () => {
    expect(gravity(finding({ source: "influx" }), health("failing"))).toBe("warning");
    expect(gravity(finding({ title: "finding.absent" }), health("failing"))).toBe("warning");
    expect(gravity(finding({ title: "finding.full", severity: "problem" }), health("degraded"))).toBe("problem");
  });
});

describe("a source that was never seen", () => {
  it("is one that does not run and of which nothing ever came", () => {
    const never = { state: "waiting", received: 0, last_sample: null };
    const found = unseen([
      source("dark", never), source("live"), source("was", { ...never, received: 5 }), source("once", { ...never, last_sample: "2026-11-20T14:00:00+09:00" }),
      source("quiet", { ...never, state: "running" }), source("import", { ...never, kind: "import" }), source("old", { ...never, state: "ended" }),
    ]);
    expect(found.map(({ id }) => id)).toEqual(["dark"]);
  });
});

describe("the language", () => {
  it("is the first wish that we speak", () => {
    expect(preferred([null, "en", "ko"])).toBe("en");
    expect(preferred(["fr", "VI-vn", "en"])).toBe("vi");
    expect(preferred([null, null, "de-AT", "en-GB"])).toBe("en");
  });

  it("is Korean where nobody wishes for one of ours", () => {
    expect(preferred([])).toBe("ko");
    expect(preferred([null, "fr", ""])).toBe("ko");
  });
});

describe("the heads of one board", () => {
  it("have one size, the smallest; each keeps the place of its time", () => {
    const heads = [{ name: "full", chip: "full", time: "chip" }, { name: "small", chip: "full", time: "below" }] as const;
    expect(level(heads)).toEqual([{ name: "small", chip: "full", time: "chip" }, { name: "small", chip: "full", time: "below" }]);
    expect(level([heads[0], { name: "full", chip: "small", time: "chip" }]).map(({ name, chip }) => [name, chip])).toEqual([["full", "small"], ["full", "small"]]);
    expect(level([])).toEqual([]);
  });
});

describe("the window of a day", () => {
  const days = (...windows: Day["window"][]): Day[] => windows.map((window) => ({ day: "", value: 1, coverage: 1, window }));

  it("is after, where it lies outside and behind the reporting window", () => {
    const all = days("outside", "baseline", "outside", "blackout", "report", "report", "outside");
    expect(all.map((_, place) => windowOf(all, place))).toEqual(["outside", "baseline", "outside", "blackout", "report", "report", "after"]);
  });

  it("is outside as long as nothing is reported, and where there is no such day", () => {
    const all = days("baseline", "outside");
    expect([windowOf(all, 1), windowOf(all, 9)]).toEqual(["outside", "outside"]);
  });

  it("ends with the last day that it covers", () => {
    expect(lastDay("2026-09-04T08:00:00+09:00", "2026-10-02T08:00:00+09:00")).toBe("2026-10-01");
    expect(lastDay("2026-09-04T08:00:00.000000001+09:00", "2026-10-02T07:00:00+09:00")).toBe("2026-10-01");
    expect(lastDay("2026-09-04T00:00:00+09:00", "2026-09-05T00:00:00+09:00")).toBe("2026-09-04");
    expect(lastDay("2026-09-04", "2026-10-02")).toBe("2026-10-01");
  });
});

describe("the names of a chart's windows", () => {
  it("stand inside where they fit, else above; two above never lie on one another", () => {
    const wide = { from: 0, to: 49, label: "기준선" };
    const thin = [{ from: 50, to: 50, label: "보고 기간" }, { from: 51, to: 51, label: "보고 기간 이후" }];
    const placed = names([wide, ...thin], 52, 520);
    expect(placed.map(({ row }) => row)).toEqual([null, 0, 1]);
    expect(placed.every(({ left }) => left >= 0 && left <= 520)).toBe(true);
    expect(rowsAbove(placed)).toBe(2);
    expect(rowsAbove(names([wide], 52, 520))).toBe(0);
  });

  it("share a row above where there is room for both", () => {
    const placed = names([{ from: 0, to: 0, label: "가나다" }, { from: 50, to: 50, label: "가나다" }], 100, 1000);
    expect(placed.map(({ row }) => row)).toEqual([0, 0]);
  });
});

describe("a verdict in words", () => {
  const target = (changed: Partial<Target>): Target =>
    ({ unit: "{piece}/h", higher_is_better: true, before: 100, after: 150, after_low: 140, after_high: 160, target: 130, interval: { confidence: 0.95 }, ...changed }) as unknown as Target;

  it("names the end that is nearer to the baseline", () => {
    expect(verdictValues(ko, target({}))).toMatchObject({ confidence: "95\u00a0%", low: "140", near: "140개/시간", before: "100개/시간", target: "130개/시간" });
    const fewer = target({ unit: "1", higher_is_better: false, before: 0.08, after: 0.05, after_low: 0.055, after_high: 0.045, target: 0.04 });
    expect(verdictValues(ko, fewer)).toMatchObject({ low: "4.50\u00a0%", high: "5.50\u00a0%", near: "5.50\u00a0%" });
  });

  it("has no numbers without an interval", () => {
    expect(verdictValues(ko, target({ after_low: null }))).toBeNull();
    expect(verdictValues(ko, target({ interval: null }))).toBeNull();
  });

  it("has a sentence with every number for each verdict and language", () => {
    for (const texts of [korean, english, vietnamese]) {
      for (const verdict of ["improved_at_least_target", "improved", "maturing", "inconclusive", "worse", "insufficient_data"]) {
        expect(translator(texts, {})(`verdict.${verdict}.with`, verdictValues(ko, target({}))!)).not.toMatch(/[{}]|^verdict/);
      }
    }
  });

  it("tells a defect rate by the yield, too", () => {
    expect(yieldChange(target({ before: 0.05, after: 0.0258 }))).toBeCloseTo(0.02547, 5);
    expect([yieldChange(target({ before: 1 })), yieldChange(target({ after: null }))]).toEqual([null, null]);
  });

  it("keeps the names of its marks on the picture", () => {
    expect([0, 0.249, 0.25, 0.75, 0.9].map(anchor)).toEqual(["start", "start", "middle", "middle", "end"]);
  });

  it("tells a difference of coverages in points", () => {
    expect(gateValue({ code: "coverage_unequal", passed: true, seen: 0.03, needed: 0.05 }, 0.03)).toBe("3\u00a0%p");
  });
});

describe("a formula", () => {
  it("is made of elements, each named once", () => {
    expect(symbols("Σ(SQ + RQ) / ΣPQ, SQ again")).toEqual(["SQ", "RQ", "PQ"]);
    expect(symbols("(now − baseline) ÷ baseline")).toEqual([]);
  });
});

describe("a reason that was not stored", () => {
  const stop = { id: "l/m/1", line: "l", reason: null, note: null, version: 3 } as unknown as Stop;
  const mine = entry(stop, "jam");
  const failed = (status: number, present?: Partial<Stop>): Problem =>
    new Problem({ status, type: "", title: "", detail: "", request: "" }, present ? { present: { ...stop, ...present } } : null);

  it("waits where nobody answered or the gateway could not", () => {
    expect([0, 500, 503].map((status) => outcome(failed(status), mine))).toEqual(["later", "later", "later"]);
  });

  it("is stored where the answer alone was lost: our own reason stands there", () => {
    expect(outcome(failed(412, { reason: "jam", version: 4 }), mine)).toBe("stored");
  });

  it("is a person's business where somebody else was faster", () => {
    expect(outcome(failed(412, { reason: "roll", version: 4 }), mine)).toBe("conflict");
    expect(outcome(failed(412, { reason: "jam", version: 6 }), mine)).toBe("conflict");
    expect(outcome(failed(412, { reason: "jam", note: "theirs", version: 4 }), mine)).toBe("conflict");
  });

  it("is refused where the gateway does not want it", () => {
    expect([404, 409, 412, 422].map((status) => outcome(failed(status), mine))).toEqual(["refused", "refused", "refused", "refused"]);
  });

  it("has a key of its own each time", () => {
    expect(entry(stop, "jam").key).not.toBe(mine.key);
    expect(mine.key).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe("the job of a package", () => {
  const job = (id: string, state: Job["state"], share = 0, target = "t1"): Job => ({ id, target, state, share, problem: null });

  it("is the one that was asked for last, as far on as anybody knows it", () => {
    const jobs = [job("e9", "failed"), job("e10", "running", 0.2), job("e11", "running", 0, "t2")];
    expect(newest(jobs, "t1")).toEqual(jobs[1]);
    expect(newest([...jobs, job("e10", "done", 1), job("e10", "running", 0.9), null], "t1")?.state).toBe("done");
    expect(newest([job("e10", "running", 0.2), job("e10", "running", 0.3)], "t1")?.share).toBe(0.3);
    expect(newest(jobs, "t3")).toBeNull();
  });

  it("goes on until it is done, has failed or is lost", () => {
    expect((["waiting", "running", "done", "failed", "lost"] as const).map((state) => isGoing(job("e1", state)))).toEqual([true, true, false, false, false]);
    expect(isGoing(null)).toBe(false);
  });

  it("leaves a file whose length is told in units that people know", () => {
    expect([1, 640_000, 1_240_000].map((bytes) => size(en, bytes))).toEqual(["1 kB", "640 kB", "1.2 MB"]);
  });
});

describe("the flags of counter-measures", () => {
  it("stand beside each other, and on one another only where they would overlap", () => {
    expect(stacked([10, 60, 110], 20)).toEqual([0, 0, 0]);
    expect(stacked([10, 10, 10], 20)).toEqual([0, 1, 2]);
    expect(stacked([10, 22, 34], 20)).toEqual([0, 1, 0]);
    expect(stacked([], 20)).toEqual([]);
  });
});
