// Texts of the catalogue with named placeholders. `.one` is chosen where the value `n` is 1.
import { number } from "./number";

export const LANGUAGES = ["ko", "en", "vi"] as const;
export type Language = (typeof LANGUAGES)[number];
export type Texts = Readonly<Record<string, string>>;
export type Values = Readonly<Record<string, string | number>>;
export type Translate = (key: string, values?: Values) => string;

/** A function that finds a text; a missing one falls back to Korean, then to its key. */
export function translator(texts: Texts, fallback: Texts): Translate {
  return (key, values = {}) => {
    const name = `${key}.${values["n"] === 1 ? "one" : "other"}`;
    const found = texts[key] ?? texts[name] ?? fallback[key] ?? fallback[name] ?? key;
    return found.replace(/\{(\w+)\}/g, (hole, value: string) => print(values[value], hole));
  };
}

/** Whether the catalogue knows a key. */
export function knows(texts: Texts, key: string): boolean {
  return key in texts || `${key}.other` in texts;
}

/** One of the languages we speak, whatever was asked for. */
export function languageOf(asked: string | null): Language {
  return spoken(asked) ?? "ko";
}

/** The first wish that is a language we speak: of the address, of the choice kept, of the browser. */
export function preferred(wishes: readonly (string | null)[]): Language {
  return languageOf(wishes.find((wish) => spoken(wish)) ?? null);
}

function spoken(asked: string | null): Language | undefined {
  return LANGUAGES.find((language) => asked?.toLowerCase().startsWith(language));
}

function print(value: string | number | undefined, hole: string): string {
  if (value === undefined) return hole;
  return typeof value === "number" ? number(value, Number.isInteger(value) ? 0 : 1) : value;
}
