// One build for the wheel: everything the pages need, and nothing from another address.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin, Rolldown } from "vite";
import { defineConfig } from "vitest/config";
import { carried, early, missing, type Texts } from "./texts.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The font's licence must travel with the font; it is no script, so the bundler's list lacks it. */
const fontLicence: Plugin = {
  name: "font-licence",
  generateBundle() {
    const source = readFileSync(here("node_modules/pretendard/dist/LICENSE.txt"), "utf8");
    this.emitFile({ type: "asset", fileName: "PRETENDARD_LICENSE.txt", source });
  },
};

/** The pages carry the texts that they say; one that says another is not built. */
const pageTexts: Plugin = {
  name: "page-texts",
  enforce: "pre",
  transform(code, id) {
    const [path = "", when] = id.split("?");
    if (path.startsWith(here("../../edge/text/")) && path.endsWith(".json")) {
      const texts = JSON.parse(code) as Texts;
      if (when !== "early" && when !== "late") return { code: JSON.stringify(carried(texts)), map: null };
      return { code: `export default ${JSON.stringify(carried(texts, when))}`, moduleType: "js", map: null };
    }
    if (id.startsWith(here("src/")) && /\.tsx?$/.test(id)) {
      const texts = JSON.parse(readFileSync(here("../../edge/text/ko.json"), "utf8")) as Texts;
      const keys = missing(code, texts);
      if (keys.length) this.error(`${id} says ${keys.join(", ")}: the pages carry no such text; look in edge/text and SAID_ELSEWHERE of texts.ts`);
    }
    return null;
  },
  generateBundle(_, bundle) {
    const chunk = (name: string): Rolldown.OutputChunk | null => (bundle[name]?.type === "chunk" ? bundle[name] : null);
    const first = new Set(Object.keys(bundle).filter((name) => chunk(name)?.isEntry));
    for (const name of first) for (const next of chunk(name)?.imports ?? []) first.add(next);
    const keys = [...first].flatMap((name) => early(chunk(name)?.code ?? ""));
    if (keys.length) this.error(`what loads first says ${keys.join(", ")}, whose texts come later; look at LATE of texts.ts`);
  },
};

export default defineConfig({
  plugins: [fontLicence, pageTexts],
  resolve: { alias: { "@text": here("../../edge/text") } },
  build: {
    outDir: here("../static"),
    emptyOutDir: true,
    assetsInlineLimit: 0, // a data: address would break the content security policy
    modulePreload: { polyfill: false },
    target: "es2022",
    license: { fileName: "THIRD_PARTY_LICENSES.md" },
    reportCompressedSize: true,
  },
  server: { fs: { allow: [here("../..")] } },
  test: { include: ["test/**/*.test.ts"], environment: "node" },
});
