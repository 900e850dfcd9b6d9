// One build for the wheel: everything the pages need, and nothing from another address.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
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
