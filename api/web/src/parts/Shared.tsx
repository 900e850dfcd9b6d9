// The states that every page shares: loading, empty, error, not found.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { to } from "../address";
import { LEAST } from "../domain/measure";
import { covered } from "../domain/number";
import type { Problem } from "../live/ask";
import { t } from "../words";

/** Grey blocks in the place of what comes; after two seconds they say so. */
export function Loading({ rows = 3 }: { rows?: number }): JSX.Element {
  const [slow, put] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => put(true), 2_000);
    return () => clearTimeout(timer);
  }, []);
  return (
    <main class="page" id="main" aria-busy="true">
      <Blocks rows={rows} />
      <p class="note" role="status">
        {slow ? t("page.loading") : ""}
      </p>
    </main>
  );
}

/** A page whose document is not there yet: on its way, or why it cannot come. */
export function Awaited({ problem, again }: { problem: Problem | null; again: () => void }): JSX.Element {
  if (!problem) return <Loading rows={3} />;
  return (
    <main class="page" id="main">
      <Trouble problem={problem} again={again} />
    </main>
  );
}

/** Grey blocks that keep a panel's room until its data are there. */
export function Blocks({ rows }: { rows: number }): JSX.Element {
  return (
    <div class="blocks" aria-hidden="true">
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} class="block" />
      ))}
    </div>
  );
}

/** One sentence what is missing, and one thing to do. */
export function Empty({ says, children }: { says: string; children?: ComponentChildren }): JSX.Element {
  return (
    <div class="empty">
      <p>{says}</p>
      {children}
    </div>
  );
}

/** That something did not happen, which only who has seen it can say: `known` of 1 is all of it. */
export function Quiet({ says, known }: { says: string; known: number | null }): JSX.Element {
  if (known === null || known >= LEAST.complete) return <p class="quiet-line">{says}</p>;
  return (
    <p class="quiet-line" data-known={known}>
      {known > 0 ? `${says} ${t("line.known_part", { share: covered(known) })}` : t("line.known_nothing")}{" "}
      <a href={to("/health")}>{t("line.known_do")}</a>
    </p>
  );
}

/** What went wrong, what to do, the request's number, and another try; the rest of the page stays. */
export function Trouble({ problem, again }: { problem: Problem; again: () => void }): JSX.Element {
  const { status, title, detail, request } = problem.fault;
  const kind = status === 0 ? "network" : status === 401 || status === 403 ? "forbidden" : null;
  const plain = status === 404 ? t("problem.missing") : t("problem.server");
  return (
    <div class="trouble" role="alert">
      <p class="trouble-title">{kind ? t(`problem.${kind}`) : title || plain}</p>
      <p>{kind ? t(`problem.${kind}_do`) : detail}</p>
      <button type="button" class="button" onClick={again}>
        {t("problem.again")}
      </button>
      {status > 0 && <p class="note num">{[t("problem.code", { code: String(status) }), request].filter(Boolean).join(" · ")}</p>}
    </div>
  );
}

export function Nothing(): JSX.Element {
  return (
    <main class="page" id="main">
      <Empty says={t("page.not_found")}>
        <a class="button" href={to("/board")}>
          {t("page.to_board")}
        </a>
      </Empty>
    </main>
  );
}

export function Broken(): JSX.Element {
  return (
    <main class="page" id="main">
      <Empty says={t("page.broken")}>
        <button type="button" class="button" onClick={() => location.reload()}>
          {t("problem.again")}
        </button>
      </Empty>
    </main>
  );
}
