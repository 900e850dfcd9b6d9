// Which texts of the catalogue the pages carry, and whether a module says one that they do not.

export type Texts = Readonly<Record<string, string>>;

/** Families that the service alone says, in packages, on the command line: the board must be light. */
const SAID_ELSEWHERE = new Set(["decision", "formula", "lacks", "lint", "lints", "report", "source", "workbook"]);
/** Families that wall board and line do not say: they come with the page that does. */
const LATE = new Set([
  ...["aim", "aside", "baselines", "check", "clock", "condition", "conditions", "demand", "evidence", "fact", "finding", "firms", "form", "gap"],
  ...["gate", "health", "item", "kept", "kind", "method", "part", "parts", "plan_cuts", "preview", "programme", "role", "root", "sensitivity"],
  ...["shift", "tables", "targets", "task", "tasks", "verdict", "verify", "window"],
]);
const LITERAL = /"([a-z_]+\.[^"\\\n]*)"|'([a-z_]+\.[^'\\\n]*)'|`([a-z_]+\.[^`$\\]*)(`|\$\{)/g;
const ASKED = /\b(?:t|hasText)\(\s*$/;

/** The texts that pages say: those that come first, those that come with a page, or all. */
export function carried(texts: Texts, when: "early" | "late" | "ever" = "ever"): Texts {
  const wanted = (of: string): boolean => !SAID_ELSEWHERE.has(of) && (when === "ever" || (when === "late") === LATE.has(of));
  return Object.fromEntries(Object.entries(texts).filter(([key]) => wanted(family(key))));
}

/** The keys in what every page loads first whose texts come later. */
export function early(code: string): string[] {
  return [...code.matchAll(LITERAL)].map((found) => found[1] ?? found[2] ?? found[3] ?? "").filter((said) => LATE.has(family(said)));
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
