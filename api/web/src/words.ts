// The language of the pages and the function that finds a text in it.
import { computed, signal } from "@preact/signals";
import korean from "@text/ko.json?early";
import { knows, type Language, preferred, type Texts, translator, type Values } from "./domain/text";

const CHOSEN = "lineproof.language"; // where the browser keeps the choice

type Fetch = () => Promise<{ default: Texts }>;

const others: Record<Exclude<Language, "ko">, Fetch> = {
  en: () => import("@text/en.json?early"),
  vi: () => import("@text/vi.json?early"),
};
/** What wall board and line do not say; `texts.ts` beside the build has the list. */
const late: Record<Language, Fetch> = {
  ko: () => import("@text/ko.json?late"),
  en: () => import("@text/en.json?late"),
  vi: () => import("@text/vi.json?late"),
};
let wished: Language = "ko";
let all = false; // whether a page was shown that needs the late ones

export const language = signal<Language>("ko");
const texts = signal<Texts>(korean);
const find = computed(() => translator(texts.value, korean));

/** The text of a key in the language shown. */
export function t(key: string, values?: Values): string {
  return find.value(key, values);
}

/** Whether the catalogue has a text for a key that came from outside. */
export function hasText(key: string): boolean {
  return knows(texts.value, key);
}

/** The name of a measure; one without a text is shown by its own name. */
export function measureName(measure: string): string {
  return hasText(`measure.${measure}`) ? t(`measure.${measure}`) : measure;
}

/** Keep a choice for the next address that names no language. */
export function remember(chosen: Language): void {
  try {
    localStorage.setItem(CHOSEN, chosen);
  } catch {
    // a browser that keeps nothing asks again; the address still says it
  }
}

/** Show the pages as the address asks, else as was chosen, else as the browser prefers. Korean is always there. */
export async function speak(asked: string | null): Promise<void> {
  wished = preferred([asked, chosen(), ...navigator.languages]);
  await read();
}

/** Have the texts of all pages, from now on in every language that is chosen. */
export async function learn(): Promise<void> {
  if (all) return;
  all = true;
  await read();
}

async function read(): Promise<void> {
  const wanted = wished;
  const first = wanted === "ko" ? korean : (await others[wanted]()).default;
  const found = all ? { ...first, ...(await late[wanted]()).default } : first;
  if (wanted !== wished) return; // somebody chose another meanwhile
  texts.value = found;
  language.value = wanted;
  document.documentElement.lang = wanted;
}

function chosen(): string | null {
  try {
    return localStorage.getItem(CHOSEN);
  } catch {
    return null;
  }
}
