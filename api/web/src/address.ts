// The address is the view: page, language, theme and range. A link or a QR code reproduces it.
import { signal } from "@preact/signals";

const KEPT = ["lang", "theme"] as const;

export const address = signal(new URL(location.href));

/** The address of a page that keeps language and theme. */
export function to(path: string, changed: Record<string, string | null> = {}): string {
  const kept = new URLSearchParams();
  for (const name of KEPT) {
    const value = address.value.searchParams.get(name);
    if (value) kept.set(name, value);
  }
  for (const [name, value] of Object.entries(changed)) {
    if (value === null) kept.delete(name);
    else kept.set(name, value);
  }
  const query = kept.toString();
  return query ? `${path}?${query}` : path;
}

/** Show another page without loading the document anew. */
export function go(href: string, replace = false): void {
  history[replace ? "replaceState" : "pushState"](null, "", href);
  address.value = new URL(location.href);
  if (!replace) scrollTo(0, 0);
}

/** Follow the browser's own buttons, and our links where nothing else was meant by the click. */
export function followLinks(): void {
  addEventListener("popstate", () => {
    address.value = new URL(location.href);
  });
  document.addEventListener("click", (event) => {
    const link = (event.target as Element | null)?.closest?.("a");
    if (!link || event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || link.target) return;
    if (link.origin !== location.origin || link.hasAttribute("download")) return;
    event.preventDefault();
    go(link.href);
  });
}

/** Light or dark: as the address says, else as the device prefers. */
export function paint(): void {
  const asked = address.value.searchParams.get("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const theme = asked === "dark" || asked === "light" ? asked : dark ? "dark" : "light";
  document.documentElement.dataset["theme"] = theme;
}

/** Paper is light, whatever the screen is. */
export function paintPaper(): void {
  addEventListener("beforeprint", () => {
    document.documentElement.dataset["theme"] = "light";
  });
  addEventListener("afterprint", paint);
}
