// Figures, times and texts: what a person reads.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import english from "@text/en.json";
import korean from "@text/ko.json";
import { figure, grade } from "../src/domain/measure";
import { length, number, percent, points, ppm, signed, signedPercent, withUnit } from "../src/domain/number";
import { languageOf, translator } from "../src/domain/text";
import { clock, clockSeconds, elapsed, instant, moment, offsetMinutes, span, written } from "../src/domain/time";

const ko = translator(korean, korean);
const en = translator(english, korean);
const printed = JSON.parse(readFileSync(new URL("./printed.json", import.meta.url), "utf8")) as Record<
  string,
  [unknown[], string][]
>;
const printers: Record<string, (...values: never[]) => string> = {
  number,
  signed,
  percent,
  signed_percent: signedPercent,
  points,
  ppm,
  figure_ko: (value: number | null, unit: string) => figure(ko, value, unit),
  figure_en: (value: number | null, unit: string) => figure(en, value, unit),
  span_ko: (seconds: number) => span(ko, seconds),
};

describe("the table that Python prints by", () => {
  for (const [name, rows] of Object.entries(printed)) {
    it.each(rows)(`${name} %j is %s`, (values, wanted) => {
      expect(printers[name]?.(...(values as never[]))).toBe(wanted);
    });
  }
});

describe("figures", () => {
  it("prints a dash for what is not known, never a zero", () => {
    for (const print of [number, signed, percent, points, ppm]) {
      expect([null, undefined, Number.NaN, Number.POSITIVE_INFINITY].map((value) => print(value))).toEqual(Array(4).fill("—"));
    }
    expect(withUnit("—", "개")).toBe("—");
  });

  it("keeps lengths of bars within their rail", () => {
    expect([-1, 0, 0.5, 7].map(length)).toEqual(["0.000%", "0.000%", "50.000%", "100.000%"]);
  });

  it("names a coverage by its limits", () => {
    expect([1, 0.98, 0.9799, 0.95, 0.8, 0.79, null].map(grade)).toEqual([
      "complete", "complete", "usable", "usable", "indicative", "poor", "unknown",
    ]);
  });
});

describe("texts", () => {
  it("chooses the form of a count and prints it", () => {
    expect(en("line.unexplained_n", { n: 1, time: "x" })).toBe("1 stop without a reason · x");
    expect(en("line.unexplained_n", { n: 1200, time: "x" })).toBe("1,200 stops without a reason · x");
  });

  it("puts hostile names in as they are", () => {
    expect(en("state.announce", { line: "{state} $& <b>", state: "s" })).toBe("{state} $& <b>: s");
  });

  it("falls back to Korean, then to the key", () => {
    expect(translator({}, korean)("state.setup")).toBe("교체");
    expect(ko("finding.nobody")).toBe("finding.nobody");
  });

  it("takes the language of an address or Korean", () => {
    expect(["en-US", "VI", "de", null].map(languageOf)).toEqual(["en", "vi", "ko", "ko"]);
  });
});

describe("times", () => {
  const at = "2026-11-20T00:05:10+09:00";

  it("shows the site's clock whatever the viewer's zone is", () => {
    expect([clock(at), clockSeconds(at), moment(ko, at)]).toEqual(["00:05", "00:05:10", "2026-11-20 (금) 00:05"]);
    expect(offsetMinutes("2026-01-01T00:00:00-03:30")).toBe(-210);
    expect(offsetMinutes("2026-01-01T00:00:00Z")).toBe(0);
  });

  it("writes an instant back with the offset it came with", () => {
    for (const time of [at, "2026-11-19T23:59:59-03:30", "2026-03-01T08:00:00+00:00"]) {
      expect(written(instant(time), time)).toBe(time);
    }
  });

  it("counts a state's time up without ever going back before zero", () => {
    expect([-5, 0, 252_000, 3_599_000, 3_852_000, Number.NaN].map((ms) => elapsed(ko, ms))).toEqual([
      "0:00", "0:00", "4:12", "59:59", "1:04:12", "",
    ]);
    expect(elapsed(ko, 3 * 86_400_000)).toBe("3일");
  });
});
