// Health: one sentence, then what to do, then what became of every row.
import type { JSX } from "preact";
import type { Accounting, Finding, Gap, Health, SourceAccount } from "../domain/api";
import { because, fact, fromFile, gravity, lossKey, off, textKey, unseen, words } from "../domain/health";
import { number, UNKNOWN } from "../domain/number";
import { clockSeconds, elapsed, instant, moment } from "../domain/time";
import { useResource } from "../parts/resource";
import { Loading, Trouble } from "../parts/Shared";
import "../style/health.css";
import { hasText, t } from "../words";

const GAPS_SHOWN = 12;

export function HealthPage(_: { id: string }): JSX.Element {
  const { data, problem, reload } = useResource<Health>("health", () => "/health", 5);
  const accounts = useResource<Accounting>("accounting", () => "/accounting", 5);
  if (!data) {
    if (!problem) return <Loading rows={3} />;
    return (
      <main class="page" id="main">
        <Trouble problem={problem} again={reload} />
      </main>
    );
  }
  const at = data.as_of ?? accounts.data?.as_of ?? "";
  const gaps = data.gaps ?? accounts.data?.gaps ?? [];
  return (
    <main class="page health" id="main" data-status={data.status}>
      <h1 class="unseen">{t("health.title")}</h1>
      <p class={`sentence sentence-${data.status}`} role="status">
        <Sign severity={data.status === "ok" ? "ok" : data.status === "failing" ? "problem" : "warning"} />
        {sentence(data)}
      </p>
      {problem && <Trouble problem={problem} again={reload} />}
      {data.findings.some((finding) => finding.severity !== "ok") && <Findings of={data} at={at} />}
      <Sources of={data.sources} gaps={gaps} balances={balances(accounts.data)} />
      <div class="health-columns">
        <Storage of={data} />
        <div class="health-side">
          <Sinks of={data.sinks} />
          <Itself of={data} />
        </div>
      </div>
      <Gaps of={gaps} at={at} unseen={unseen(data.sources)} />
    </main>
  );
}

function sentence(health: Health): string {
  const open = health.findings.filter((finding) => finding.severity !== "ok").length;
  if (health.status === "ok") {
    const live = health.sources.filter((source) => source.state !== "ended");
    const running = live.filter((source) => source.state === "running").length;
    return t("health.ok", { running, all: live.length });
  }
  return t(`health.${health.status}`, { n: Math.max(1, open) });
}

function Sign({ severity }: { severity: Finding["severity"] }): JSX.Element {
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

function Findings({ of, at }: { of: Health; at: string }): JSX.Element {
  const order = { problem: 0, warning: 1, ok: 2 };
  const open = of.findings.flatMap((one) => (one.severity === "ok" ? [] : [{ ...one, severity: gravity(one, of) }]));
  const listed = [...open].sort((a, b) => order[a.severity] - order[b.severity]);
  return (
    <section aria-labelledby="findings-title">
      <h2 id="findings-title" class="section">
        {t("health.findings")}
      </h2>
      <ul class="findings">
        {listed.map((finding) => (
          <li key={finding.id} class={`panel finding finding-${finding.severity}`} data-finding={finding.id}>
            <FindingCard of={finding} at={at} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function FindingCard({ of, at }: { of: Finding; at: string }): JSX.Element {
  const key = textKey(of.title, hasText);
  const values = words(of);
  const told = values["text"];
  return (
    <>
      <h3>
        <Sign severity={of.severity} />
        {t(key, values)}
        {of.since && (
          <span class="note num">
            {t("time.since", { time: at.slice(0, 10) === of.since.slice(0, 10) ? clockSeconds(of.since) : moment(t, of.since) })}
          </span>
        )}
      </h3>
      <dl class="terms">
        {(["means", "do", "who"] as const)
          .filter((part) => hasText(`${key}.${part}`))
          .map((part) => (
            <div key={part}>
              <dt>{t(`health.${part}`)}</dt>
              <dd>{t(`${key}.${part}`, values)}</dd>
            </div>
          ))}
        {told !== undefined && told !== "" && (
          <div class="verbatim">
            <dt>{t("health.told")}</dt>
            <dd>{because(t, String(told))}</dd>
          </div>
        )}
      </dl>
    </>
  );
}

function balances(accounts: Accounting | null): ReadonlyMap<string, boolean> {
  return new Map((accounts?.sources ?? []).flatMap((one) => (one.balanced === undefined ? [] : [[one.id, one.balanced]])));
}

interface SourcesProps {
  of: readonly SourceAccount[];
  gaps: readonly Gap[];
  balances: ReadonlyMap<string, boolean>;
}

function Sources({ of, gaps, balances: known }: SourcesProps): JSX.Element {
  const columns = ["received", "stored", "filtered", "quarantined", "in_flight"] as const;
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
              {columns.map((name) => (
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
                  <strong>{source.id}</strong> <span class="note">{source.kind}</span>
                </th>
                <td data-label={t("health.state")}>{stateName(source.state)}</td>
                {columns.map((name) => (
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
      <h3 class="loss-title">{t("health.loss")}</h3>
      <dl class="terms">
        {of.map((source) => (
          <div key={source.id}>
            <dt>{source.id}</dt>
            <dd>{t(lossKey(source.kind, reasonsOf(gaps, source.id), hasText))}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function last(source: SourceAccount): string {
  if (source.last_sample) return clockSeconds(source.last_sample);
  return fromFile(source) ? UNKNOWN : t("time.never");
}

function reasonsOf(gaps: readonly Gap[], id: string): string[] {
  return gaps.filter((gap) => gap.source === id).map((gap) => gap.reason);
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

function stateName(state: string | undefined): string {
  const key = `health.${state ?? ""}`;
  return hasText(key) ? t(key) : (state ?? "");
}

function Storage({ of }: { of: Health }): JSX.Element {
  return (
    <section class="panel" aria-labelledby="storage-title">
      <h2 id="storage-title" class="section">
        {t("health.storage")}
      </h2>
      <h3 class="loss-title">{t("health.journal")}</h3>
      <Facts of={of.journal} />
      <h3 class="loss-title">{t("health.archive")}</h3>
      <Facts of={of.archive} />
    </section>
  );
}

/** The gateway's own clock and version. */
function Itself({ of }: { of: Health }): JSX.Element {
  return (
    <section class="panel" aria-labelledby="clock-title">
      <h2 id="clock-title" class="section">
        {t("health.clock")}
      </h2>
      <Facts of={{ ...of.clock, version: of.version }} />
    </section>
  );
}

function Facts({ of }: { of: Readonly<Record<string, unknown>> }): JSX.Element {
  return (
    <dl class="terms">
      {Object.entries(of).map(([key, value]) => (
        <div key={key}>
          <dt>{hasText(`fact.${key}`) ? t(`fact.${key}`) : key}</dt>
          <dd class={key === "boot_id" ? "note num" : "num"}>{fact(t, key, value)}</dd>
        </div>
      ))}
    </dl>
  );
}

function Sinks({ of }: { of: Health["sinks"] }): JSX.Element {
  return (
    <section class="panel" aria-labelledby="sinks-title">
      <h2 id="sinks-title" class="section">
        {t("health.sinks")}
      </h2>
      {of.length === 0 && <p class="quiet-line">{t("health.no_sinks")}</p>}
      {of.length > 0 && (
        <div class="scroll" tabIndex={0} role="group" aria-label={t("health.sinks")}>
          <table class="table stacked">
            <thead>
              <tr>
                <th scope="col">{t("health.sink")}</th>
                <th scope="col">{t("health.state")}</th>
                <th scope="col" class="right">
                  {t("health.lag")}
                </th>
                <th scope="col" class="right">
                  {t("health.confirmed")}
                </th>
              </tr>
            </thead>
            <tbody>
              {of.map((sink) => (
                <tr key={sink.id} data-sink={sink.id}>
                  <th scope="row">
                    <strong>{sink.id}</strong> <span class="note">{sink.kind}</span>
                  </th>
                  <td data-label={t("health.state")}>{stateName(sink.state)}</td>
                  <td class="right num" data-label={t("health.lag")}>
                    {number(sink.lag_rows)}
                  </td>
                  <td class="right num" data-label={t("health.confirmed")}>
                    {number(sink.confirmed_rows)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

interface GapsProps {
  of: readonly Gap[];
  at: string;
  unseen: readonly SourceAccount[];
}

function Gaps({ of, at, unseen: never }: GapsProps): JSX.Element {
  const newest = [...of].sort((a, b) => instant(b.from) - instant(a.from));
  return (
    <section class="panel" aria-labelledby="gaps-title">
      <h2 id="gaps-title" class="section">
        {t("health.gaps")}
      </h2>
      {never.length > 0 && <p class="quiet-line">{t("health.never_seen", { sources: never.map((one) => one.id).join(", ") })}</p>}
      {newest.length === 0 && never.length === 0 && <p class="quiet-line">{t("health.no_gaps")}</p>}
      {newest.length > 0 && (
        <div class="scroll" tabIndex={0} role="group" aria-label={t("health.gaps")}>
          <table class="table stacked gaps">
            <thead>
              <tr>
                <th scope="col">{t("health.source")}</th>
                <th scope="col">{t("line.from")}</th>
                <th scope="col">{t("line.to")}</th>
                <th scope="col" class="right">
                  {t("line.length")}
                </th>
                <th scope="col">{t("health.reason")}</th>
              </tr>
            </thead>
            <tbody>
              {newest.slice(0, GAPS_SHOWN).map((gap) => (
                <tr key={gap.source + gap.from + gap.reason}>
                  <th scope="row">{gap.source === "service" ? t("gap.source_service") : gap.source}</th>
                  <td class="num" data-label={t("line.from")}>
                    {moment(t, gap.from)}
                  </td>
                  <td class="num" data-label={t("line.to")}>
                    {gap.to ? moment(t, gap.to) : t("time.ongoing")}
                  </td>
                  <td class="right num" data-label={t("line.length")}>
                    {elapsed(t, instant(gap.to ?? at) - instant(gap.from))}
                  </td>
                  <td class="gap-reason" data-label={t("health.reason")} data-reason={gap.reason}>
                    {because(t, gap.reason)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {newest.length > GAPS_SHOWN && <p class="note">{t("health.more_gaps", { n: newest.length - GAPS_SHOWN })}</p>}
    </section>
  );
}
