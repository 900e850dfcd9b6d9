// One build for the wheel: everything the pages need, and nothing from another address.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The font's licence must travel with the font; it is no script, so the bundler's list lacks it. */
const fontLicence: Plugin = {
  name: "font-licence",
  generateBundle() {
    const source = readFileSync(here("node_modules/pretendard/dist/LICENSE.txt"), "utf8");
    this.emitFile({ type: "asset", fileName: "PRETENDARD_LICENSE.txt", source });
  },
};

/** Texts that the service alone says, in packages, on the command line: the board must be light. */
const SAID_ELSEWHERE = new Set(["decision", "lacks", "lint", "lints", "report", "workbook"]);
const pageTexts: Plugin = {
  name: "page-texts",
  enforce: "pre",
  transform(code, id) {
    if (!id.startsWith(here("../../edge/text/")) || !id.endsWith(".json")) {
      return null;
    }
    const texts = Object.entries(JSON.parse(code) as Record<string, string>);
    const kept = texts.filter(([key]) => !SAID_ELSEWHERE.has(key.split(".")[0] ?? ""));
    return { code: JSON.stringify(Object.fromEntries(kept)), map: null };
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
