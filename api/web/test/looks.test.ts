// What the pages must keep: contrast, states that grey tells apart, no colour and no text out of place.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import korean from "@text/ko.json";
import { HEIGHT, type Look, look, loud, stale } from "../src/domain/state";

const source = new URL("../src/", import.meta.url);
const files = (ending: string): string[] =>
  readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(ending));
const read = (name: string): string => readFileSync(new URL(name, source), "utf8");

type Rgb = [number, number, number];
const tokens = read("style/tokens.css");
const themes = { light: theme(tokens.split(':root[data-theme="dark"]')[0] ?? ""), dark: {} as Record<string, Rgb> };
themes.dark = { ...themes.light, ...theme(tokens.split(':root[data-theme="dark"]')[1] ?? "") };

function theme(css: string): Record<string, Rgb> {
  const found = css.matchAll(/--([\w-]+): #([0-9A-F]{2})([0-9A-F]{2})([0-9A-F]{2});/g);
  return Object.fromEntries([...found].map(([, name, ...parts]) => [name, parts.map((part) => parseInt(part, 16)) as Rgb]));
}

/** WCAG 2.x relative luminance and contrast. */
function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: Rgb, b: Rgb): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

describe.each(Object.entries(themes))("contrast in %s", (_, colours) => {
  const get = (name: string): Rgb => colours[name] ?? [0, 0, 0];
  const grounds = ["page", "surface", "tile"].map(get);
  const lowest = (name: string): number => Math.min(...grounds.map((ground) => contrast(get(name), ground)));

  it.each(["ink", "ink-2", "focus", "good", "bad", "target", "base"])("lets --%s be read as text", (name) => {
    expect(lowest(name)).toBeGreaterThanOrEqual(4.45); // 4.5 as printed, to one digit
  });

  it.each(["edge", "series-1", "series-2", "series-3", "series-4"])("lets --%s be seen as a graphic", (name) => {
    expect(lowest(name)).toBeGreaterThanOrEqual(3);
  });

  it.each(["red", "yellow", "blue", "violet"])("lets the word on %s be read", (name) => {
    expect(contrast(get(name), get(`on-${name}`))).toBeGreaterThanOrEqual(4.5);
  });
});

describe("states", () => {
  it("are told apart by height and hatch alone", () => {
    const drawn: Look[] = ["producing", "slow", "delayed", "waiting", "setup"];
    const heights = drawn.map((state) => HEIGHT[state]);
    expect(new Set(heights).size).toBe(drawn.length);
    const css = read("style/line.css");
    for (const state of drawn.slice(1)) {
      const height = new RegExp(`\\.piece-${state} \\{[^}]*height: ${Math.round(HEIGHT[state] * 100)}%`);
      expect(css).toMatch(height);
    }
    expect(css).toMatch(/\.piece-unknown \{[^}]*url\(#hatch-unknown\)/);
  });

  it("come from the engine's words and are never derived from anything else", () => {
    expect(look({ state: "producing", cause: null, slow: true })).toBe("slow");
    expect(look({ state: "delayed", cause: "external", slow: true })).toBe("waiting");
    expect(look({ state: "delayed", cause: null })).toBe("delayed");
    expect(look({ state: "unknown", cause: null, slow: true })).toBe("unknown");
  });

  it("are loud where somebody should come, and quiet where all is well", () => {
    const all = Object.keys(HEIGHT) as Look[];
    expect(all.filter(loud).sort()).toEqual(["delayed", "setup", "slow", "unknown", "waiting"]);
    for (const state of all) expect(korean).toHaveProperty([`state.${state}`]);
  });
});

describe("sources", () => {
  it("hold a colour in tokens.css alone", () => {
    const found = [...files(".css"), ...files(".ts"), ...files(".tsx")]
      .filter((name) => name !== "style/tokens.css")
      .filter((name) => /#[0-9a-f]{3,8}\b(?![-\w])|rgba?\(|hsla?\(/i.test(read(name).replace(/#hatch-\w+|#main/g, "")));
    expect(found).toEqual([]);
  });

  it("hold no text outside the catalogue", () => {
    const texts = [...files(".tsx"), ...files(".ts")].flatMap((name) => {
      const code = read(name).replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "").replace(/\[가-힣\]/g, "");
      const hangul = /[가-힣]/.test(code);
      const plain = name.endsWith(".tsx") ? [...code.matchAll(/>([^<>{}()=;]*[A-Za-z]{3,}[^<>{}()=;]*)<\//g)] : [];
      return hangul || plain.length ? [`${name} ${plain.map(([, text]) => text).join("|")}`] : [];
    });
    expect(texts).toEqual([]);
  });

  it("make a percent sign for people in number.ts alone", () => {
    const found = files(".tsx").concat(files(".ts")).filter((name) => name !== "domain/number.ts")
      .filter((name) => /\}\s?%`|["'`]\s?%["'`]/.test(read(name)));
    expect(found).toEqual([]);
  });

  it("ask only for texts that exist", () => {
    const keys = new Set(Object.keys(korean).map((key) => key.replace(/\.(one|other)$/, "")));
    const asked = [...files(".tsx"), ...files(".ts")].flatMap((name) =>
      [...read(name).matchAll(/\bt\(\s*"([^"]+)"/g)].map(([, key]) => key ?? ""),
    );
    expect(asked.length).toBeGreaterThan(100);
    expect(asked.filter((key) => !keys.has(key))).toEqual([]);
  });

  it("name no address of another host", () => {
    const found = [...files(".ts"), ...files(".tsx"), ...files(".css")].filter((name) => /https?:\/\/(?!127\.)/.test(read(name)));
    expect(found).toEqual([]);
  });
});

describe("a value is old", () => {
  it("where nobody hears its source, and where nobody knows what its line does", () => {
    const cases = [
      { state: "producing", fresh: true },
      { state: "producing", fresh: false },
      { state: "unknown", fresh: true },
      { state: "planned_down", fresh: true },
    ] as const;
    expect(cases.map(stale)).toEqual([false, true, true, false]);
  });
});
