// What was set aside: whose, why, how it began; to be tried again or discarded.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Retried, SetAside, SetAsideList } from "../domain/api";
import { asideReason } from "../domain/aside";
import { number } from "../domain/number";
import { moment } from "../domain/time";
import { ask, Problem } from "../live/ask";
import { link } from "../live/store";
import { t } from "../words";
import { useResource } from "./resource";
import { Trouble } from "./Shared";

const LIST_S = 15;
const SHOWN = 20;

export function Quarantine(): JSX.Element | null {
  const list = useResource<SetAsideList>("quarantine", () => `/quarantine?limit=${SHOWN}`, LIST_S);
  const [done, tell] = useState<Retried | null>(null);
  const [refused, refuse] = useState<Problem | null>(null);
  const [busy, work] = useState<number | null>(null);
  const entries = list.data?.quarantine ?? [];
  const rows = (list.data?.waiting ?? []).reduce((sum, one) => sum + one.rows, 0);

  const act = (id: number, what: "retry" | "discard"): void => {
    refuse(null);
    tell(null);
    work(id);
    void ask<Retried>(`/quarantine/${id}/${what}`, { method: "POST", headers: { accept: "application/json" } })
      .then(
        (found) => tell(what === "retry" ? found : null),
        (problem: unknown) => {
          if (!(problem instanceof Problem)) throw problem;
          refuse(problem);
        },
      )
      .finally(() => {
        work(null);
        list.reload();
      });
  };
  if (!list.data && !list.problem) return null;
  return (
    <section class="panel" aria-labelledby="aside-title" data-aside={entries.length}>
      <h2 id="aside-title" class="section">
        {t("aside.title")}
      </h2>
      {list.problem && !list.data && <Trouble problem={list.problem} again={list.reload} />}
      {list.data && entries.length === 0 && <p class="quiet-line">{t("aside.none")}</p>}
      {rows > 0 && <p class="note">{t("aside.says", { n: number(rows) })}</p>}
      {done && (
        <p role="status" data-retried={done.retried}>
          {t("aside.done", { stored: number(done.stored), there: number(done.there), refused: number(done.refused) })}
        </p>
      )}
      {refused && <p role="alert">{t("aside.refused", { text: refused.fault.detail ?? refused.message })}</p>}
      {entries.length > 0 && (
        <ul class="aside">
          {entries.map((one) => (
            <Entry key={one.id} of={one} act={act} still={busy !== null || link.value === "lost"} />
          ))}
        </ul>
      )}
      {entries.length === SHOWN && <p class="note">{t("aside.more", { n: SHOWN })}</p>}
    </section>
  );
}

interface EntryProps {
  of: SetAside;
  act: (id: number, what: "retry" | "discard") => void;
  still: boolean;
}

function Entry({ of, act, still }: EntryProps): JSX.Element {
  const [sure, ask] = useState(false); // what is discarded does not come back
  const why = asideReason(t, of.reason);
  return (
    <li data-entry={of.id}>
      <p>
        <strong>{of.source}</strong>{" "}
        <span class="note num">
          {moment(t, of.received)} · {t("aside.rows", { n: number(of.rows) })}
        </span>
      </p>
      <p class="aside-why" lang={why === null ? "en" : undefined} title={of.reason}>
        {why ?? of.reason}
      </p>
      {of.excerpt !== "" && <pre class="aside-began">{of.excerpt}</pre>}
      <p class="aside-do">
        {of.retry && (
          <button type="button" class="button" disabled={still} onClick={() => act(of.id, "retry")}>
            {t("aside.retry")}
          </button>
        )}
        <button type="button" class="button" disabled={still} onClick={() => (sure ? act(of.id, "discard") : ask(true))}>
          {t(sure ? "aside.sure" : "aside.discard")}
        </button>
      </p>
    </li>
  );
}
