// The pages carry what they say and no more; what they say and do not carry fails the build.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import korean from "@text/ko.json";
import { carried, early, missing } from "../texts.ts";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");
const texts = { "stop.why": "", "stop.n.one": "", "stop.n.other": "", "gate.days": "", "report.over": "", "report.how.1": "", "lint.odd": "" };

describe("the texts of the pages", () => {
  it("lack what the service alone says", () => {
    expect(Object.keys(carried(texts))).toEqual(["stop.why", "stop.n.one", "stop.n.other", "gate.days"]);
  });

  it("come first or with a page, each once", () => {
    const [first, then] = [carried(korean, "early"), carried(korean, "late")];
    expect({ ...first, ...then }).toEqual(carried(korean));
    expect(Object.keys(first).length + Object.keys(then).length).toBe(Object.keys(carried(korean)).length);
    expect(Object.keys(first)).toContain("board.target_now");
    expect(Object.keys(then)).toContain("finding.unknown");
  });

  it("that come with a page are not said by what loads first", () => {
    expect(early('t("board.empty") + t(`finding.${code}`) + hasText("gate.days")')).toEqual(["finding.", "gate.days"]);
    expect(early('t("board.empty") + t("line.stops")')).toEqual([]);
  });

  it("answer to every key that a module says", () => {
    const code = 't("stop.why") + t("stop.n", { n: 1 }) + (hasText(`gate.${code}`) ? t(`gate.${code}`) : "") + t(`stop.why`)';
    expect(missing(code, texts)).toEqual([]);
  });

  it.each([
    ['t("report.over")', "report.over"],
    ["t(`report.how.${n}`)", "report.how."],
    ['const rows = [["lint.odd", 1]]', "lint.odd"],
    ["const key = `lint.${code}`", "lint."],
    ['const head = "report." + name', "report."],
    ["const key = 'report.over'", "report.over"],
    ['t("stop.when")', "stop.when"],
    ['t(\n  "stop.when",\n)', "stop.when"],
    ['hasText("nobody.knows")', "nobody.knows"],
    ["t(`gate.${code}`, `gat.${code}`) + t(`gat.${code}`)", "gat."],
  ])("do not answer to %s", (code, key) => {
    expect(missing(code, texts)).toEqual([key]);
  });

  it("are not asked for by what only looks like a key", () => {
    const code = 'import("./stop.why") + "1.5" + "a.button" + `${"stop"}.gone` + "./report.tsx" + `M${x}.5`';
    expect(missing(code, texts)).toEqual([]);
  });

  it("are looked for in the modules of this very build", () => {
    const config = read("../vite.config.ts");
    expect(config).toContain("missing(code");
    expect(missing(read("../src/parts/Proof.tsx"), { "verdict.worse": "" })).toContain("targets.no_due");
  });
});
