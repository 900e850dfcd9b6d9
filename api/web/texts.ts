// Which texts of the catalogue the pages carry, and whether a module says one that they do not.

export type Texts = Readonly<Record<string, string>>;

/** Families that the service alone says, in packages, on the command line: the board must be light. */
const SAID_ELSEWHERE = new Set(["decision", "formula", "lacks", "lint", "lints", "report", "source", "workbook"]);
const LITERAL = /"([a-z_]+\.[^"\\\n]*)"|'([a-z_]+\.[^'\\\n]*)'|`([a-z_]+\.[^`$\\]*)(`|\$\{)/g;
const ASKED = /\b(?:t|hasText)\(\s*$/;

/** The texts that pages say. */
export function carried(texts: Texts): Texts {
  return Object.fromEntries(Object.entries(texts).filter(([key]) => !SAID_ELSEWHERE.has(family(key))));
}

/**
 * The keys in a module that no text of the pages answers to, so that a person would read the bare key.
 *
 * A key counts as such by where it is asked for, or by a family of the catalogue; what begins one, as in
 * `gate.${code}`, must begin a text. A key that comes from the gateway whole is not seen here.
 */
export function missing(code: string, texts: Texts): string[] {
  const keys = Object.keys(carried(texts));
  const families = new Set(Object.keys(texts).map(family));
  return [...code.matchAll(LITERAL)].flatMap((found) => {
    const said = found[1] ?? found[2] ?? found[3] ?? "";
    const asked = ASKED.test(code.slice(0, found.index));
    if (!asked && !families.has(family(said))) return [];
    const begins = found[4] === "${" || (!asked && said.endsWith("."));
    return keys.some((key) => (begins ? key.startsWith(said) : answers(key, said))) ? [] : [said];
  });
}

function answers(key: string, said: string): boolean {
  return key === said || key === `${said}.other`;
}

function family(key: string): string {
  return key.split(".")[0] ?? "";
}
