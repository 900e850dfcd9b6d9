// The language of the pages and the function that finds a text in it.
import { computed, signal } from "@preact/signals";
import korean from "@text/ko.json";
import { knows, type Language, languageOf, type Texts, translator, type Values } from "./domain/text";

const others: Record<Exclude<Language, "ko">, () => Promise<{ default: Texts }>> = {
  en: () => import("@text/en.json"),
  vi: () => import("@text/vi.json"),
};

export const language = signal<Language>("ko");
const texts = signal<Texts>(korean);
const find = computed(() => translator(texts.value, korean));

/** The text of a key in the language shown. */
export function t(key: string, values?: Values): string {
  return find.value(key, values);
}

/** Whether the catalogue has a text for a key that came from outside. */
export function hasText(key: string): boolean {
  return knows(korean as Texts, key);
}

/** Show the pages in a language; Korean is always there, the others are fetched. */
export async function speak(asked: string | null): Promise<void> {
  const wanted = languageOf(asked);
  texts.value = wanted === "ko" ? korean : (await others[wanted]()).default;
  language.value = wanted;
  document.documentElement.lang = wanted;
}
