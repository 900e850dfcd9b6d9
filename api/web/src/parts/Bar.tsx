// The one bar of every page but the wall board: site, pages in words, line, language, connection.
import type { JSX } from "preact";
import { address, go, to } from "../address";
import { LANGUAGES, languageOf } from "../domain/text";
import { clockSeconds } from "../domain/time";
import { lines, link, lostSince, now, lineList, trouble } from "../live/store";
import { language, remember, t } from "../words";

const WORDS: Record<string, string> = { lines: "page.line", verify: "menu.verify" }; // where the title says more

/** The bar keeps its room and is filled at once, when it is known what to put there. */
export function Bar({ page, id }: { page: string; id: string }): JSX.Element {
  return <header class="bar">{(lineList.value || trouble.value) && <Filled page={page} id={id} />}</header>;
}

function Filled({ page, id }: { page: string; id: string }): JSX.Element {
  const first = lineList.value?.lines[0]?.id ?? lines.value[0]?.line;
  const entries = [
    { name: "board", href: "/board" },
    ...(first ? [{ name: "lines", href: `/lines/${page === "lines" && id ? id : first}` }] : []),
    { name: "targets", href: "/targets" },
    { name: "verify", href: "/verify" },
    { name: "health", href: "/health" },
  ];
  return (
    <>
      <a class="bar-skip" href="#main" onClick={skip}>
        {t("bar.skip")}
      </a>
      <span class="bar-site">{lineList.value?.site.name}</span>
      <nav class="bar-menu" aria-label={t("bar.menu")}>
        {entries.map(({ name, href }) => (
          <a key={name} href={to(href)} aria-current={name === page || (name === "targets" && PROVING.has(page)) ? "page" : undefined}>
            {t(WORDS[name] ?? `page.${name}`)}
          </a>
        ))}
      </nav>
      {page === "lines" && <LineChoice id={id} />}
      <LanguageChoice />
      <Link />
    </>
  );
}

const PROVING = new Set(["tasks", "baselines", "programme"]); // what stands behind the improvement tasks

function LineChoice({ id }: { id: string }): JSX.Element {
  const known = lineList.value?.lines ?? [];
  return (
    <select
      class="bar-choice bar-line"
      aria-label={t("bar.line")}
      value={id}
      onChange={(event) => go(to(`/lines/${event.currentTarget.value}`))}
    >
      {!known.some((line) => line.id === id) && <option value={id}>{t("bar.line")}</option>}
      {known.map((line) => (
        <option key={line.id} value={line.id} selected={line.id === id}>
          {line.name}
        </option>
      ))}
    </select>
  );
}

/** The language of the pages; the choice goes into the address and is kept. */
export function LanguageChoice(): JSX.Element {
  return (
    <select
      class="bar-choice bar-language"
      aria-label={t("bar.language")}
      value={language.value}
      onChange={(event) => {
        remember(languageOf(event.currentTarget.value));
        const changed = new URL(address.value);
        changed.searchParams.set("lang", event.currentTarget.value);
        go(changed.href, true);
      }}
    >
      {LANGUAGES.map((name) => (
        <option key={name} value={name} lang={name} selected={name === language.value}>
          {t(`language.${name}`)}
        </option>
      ))}
    </select>
  );
}

function Link(): JSX.Element {
  const time = link.value === "lost" ? lostSince.value : now.value;
  return (
    <span class={`bar-link bar-link-${link.value}`} data-link={link.value}>
      <span class="bar-dot" aria-hidden="true" />
      <span class="bar-link-word">{t(`link.${link.value}`)}</span>{" "}
      <span class="num">{time ? clockSeconds(time) : ""}</span>
    </span>
  );
}

function skip(event: Event): void {
  event.preventDefault();
  const main = document.getElementById("main");
  main?.setAttribute("tabindex", "-1");
  main?.focus();
}
