// The account of every source: what became of its rows, and what it can lose.
import type { JSX } from "preact";
import type { Finding, Health, SourceAccount } from "../domain/api";
import { fromFile, losses, off } from "../domain/health";
import { number, signed, UNKNOWN } from "../domain/number";
import { clockSeconds } from "../domain/time";
import { hasText, t } from "../words";
import { Terms } from "./Terms";

/** Whether something is well, needs a look, or is a problem. */
export function Sign({ severity }: { severity: Finding["severity"] }): JSX.Element {
  const shapes = {
    ok: <path class="stroke" d="m3.500 12.500 6 6L20.500 6" />,
    warning: <path d="M10 2h4v13h-4zM12 17.500a2.400 2.400 0 1 1 0 4.800 2.400 2.400 0 0 1 0-4.800z" />,
    problem: <path class="stroke" d="m5 5 14 14M19 5 5 19" />,
  };
  return (
    <svg class={`shape severity-${severity}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {shapes[severity]}
    </svg>
  );
}

/** The state of a source or a sink in words. */
export function stateName(state: string | undefined): string {
  const key = `health.${state ?? ""}`;
  return hasText(key) ? t(key) : (state ?? "");
}

/** What a source or a sink speaks; one without a text is shown as it is written. */
export function kindName(kind: string | undefined): string {
  const key = `kind.${kind ?? ""}`;
  return hasText(key) ? t(key) : (kind ?? "");
}

interface Props {
  of: Health;
  balances: ReadonlyMap<string, boolean>;
}

const AHEAD_S = 2; // what a clock may differ without being told

const COLUMNS = ["received", "stored", "filtered", "quarantined", "in_flight"] as const;

/** The account of every source, and below it what each can lose. */
export function Accounts({ of: health, balances: known }: Props): JSX.Element {
  const of = health.sources;
  return (
    <section class="panel" aria-labelledby="sources-title">
      <header class="panel-head">
        <h2 id="sources-title">{t("health.sources")}</h2>
        <span class="note">{t("health.equation")}</span>
      </header>
      {of.length === 0 && <p class="quiet-line">{t("health.no_sources")}</p>}
      <div class="scroll" tabIndex={0} role="group" aria-label={t("health.sources")}>
        <table class="table stacked accounts">
          <thead>
            <tr>
              <th scope="col">{t("health.source")}</th>
              <th scope="col">{t("health.state")}</th>
              {COLUMNS.map((name) => (
                <th key={name} scope="col" class="right">
                  {t(`health.${name}`)}
                </th>
              ))}
              <th scope="col">{t("health.balance")}</th>
              <th scope="col" class="right">
                {t("health.last_sample")}
              </th>
            </tr>
          </thead>
          <tbody>
            {of.map((source) => (
              <tr key={source.id} data-source={source.id} data-state={source.state}>
                <th scope="row">
                  <strong>{source.id}</strong> <span class="note">{kindName(source.kind)}</span>
                  {Math.abs(source.ahead_s ?? 0) >= AHEAD_S && <span class="note num"> {t("health.ahead", { s: signed(source.ahead_s ?? 0, 1) })}</span>}
                </th>
                <td data-label={t("health.state")}>{stateName(source.state)}</td>
                {COLUMNS.map((name) => (
                  <td key={name} class="right num" data-label={t(`health.${name}`)} data-account={name} data-value={source[name]}>
                    {number(source[name])}
                  </td>
                ))}
                <td data-label={t("health.balance")}>{balance(source, known)}</td>
                <td class="right num" data-label={t("health.last_sample")}>
                  {last(source)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Losses of={health} />
    </section>
  );
}

function Losses({ of }: { of: Health }): JSX.Element | null {
  if (!of.sources.length) return null;
  const s = of.commit_s ?? 1;
  return (
    <>
      <h3 class="smaller">{t("health.loss")}</h3>
      <Terms of={losses(of, hasText).map(([key, ids]) => [<Ids of={ids} />, t(key, { s }), { "data-loss": key, "data-sources": ids.join(" ") }])} />
      {of.commit_s !== undefined && <p class="note losses-commit">{t("health.commit", { s })}</p>}
    </>
  );
}

/** Names one after the other, none of them broken. */
function Ids({ of }: { of: readonly string[] }): JSX.Element {
  return (
    <>
      {of.map((id, place) => (
        <span key={id} class="whole">
          {place < of.length - 1 ? `${id}, ` : id}
        </span>
      ))}
    </>
  );
}

function last(source: SourceAccount): string {
  if (source.last_sample) return clockSeconds(source.last_sample);
  return fromFile(source) ? UNKNOWN : t("time.never");
}

/** What the page adds up itself must agree with what the gateway says; either finding it off is shown. */
function balance(source: SourceAccount, known: ReadonlyMap<string, boolean>): JSX.Element {
  const missing = off(source);
  const fine = missing === 0 && known.get(source.id) !== false;
  return (
    <span class={fine ? "balance" : "balance balance-off"} data-balanced={fine}>
      <Sign severity={fine ? "ok" : "problem"} />
      {fine ? t("health.balanced") : t("health.unbalanced", { n: missing })}
    </span>
  );
}
