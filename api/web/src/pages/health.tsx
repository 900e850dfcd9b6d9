// Health: one sentence, then what to do, then what became of every row.
import type { JSX } from "preact";
import type { Accounting, Finding, Gap, Health, Recount, SourceAccount } from "../domain/api";
import { because, fact, findingKey, gravity, unseen, words } from "../domain/health";
import { number } from "../domain/number";
import { clockSeconds, elapsed, instant, moment, momentOf } from "../domain/time";
import { Accounts, kindName, Sign, stateName } from "../parts/Accounts";
import { Quarantine } from "../parts/Quarantine";
import { useResource } from "../parts/resource";
import { Shape } from "../parts/Shape";
import { Awaited, Trouble } from "../parts/Shared";
import { type Term, Terms } from "../parts/Terms";
import "../style/health.css";
import { hasText, language, t } from "../words";

const GAPS_SHOWN = 12;
const OURS = new Set(["service", "clock"]); // who tells of gaps and is no source

export function HealthPage(_: { id: string }): JSX.Element {
  const { data, problem, reload } = useResource<Health>("health", () => "/health", 5);
  const accounts = useResource<Accounting>("accounting", () => "/accounting", 5);
  if (!data) return <Awaited problem={problem} again={reload} />;
  const at = data.as_of ?? accounts.data?.as_of ?? "";
  const gaps = data.gaps ?? accounts.data?.gaps ?? [];
  return (
    <main class={problem ? "page health was" : "page health"} id="main" data-status={problem ? "unknown" : data.status}>
      <h1 class="unseen">{t("health.title")}</h1>
      <Sentence of={data} at={problem?.fault.status === 0 ? at : null} />
      {problem && <Trouble problem={problem} again={reload} />}
      {data.findings.some((finding) => finding.severity !== "ok") && <Findings of={data} at={at} />}
      <Accounts of={data} balances={balances(accounts.data)} />
      <div class="health-columns">
        <Storage of={data} />
        <div class="health-side">
          <Sinks of={data.sinks} />
          <Itself of={data} />
        </div>
      </div>
      <Quarantine />
      <Gaps of={gaps} at={at} unseen={unseen(data.sources)} />
    </main>
  );
}

/** The first thing to read; where the gateway is silent it is only known how all stood at `at`. */
function Sentence({ of, at }: { of: Health; at: string | null }): JSX.Element {
  if (at !== null) {
    return (
      <p class="sentence sentence-lost" role="status">
        <Shape of="unknown" />
        {t("health.lost", { time: clockSeconds(at) })}
      </p>
    );
  }
  return (
    <p class={`sentence sentence-${of.status}`} role="status">
      <Sign severity={of.status === "ok" ? "ok" : of.status === "failing" ? "problem" : "warning"} />
      {sentence(of)}
    </p>
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
  const key = findingKey(of, hasText);
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
      <Terms
        of={[
          ...["means", "do", "who"].map((part): Term => [t(`health.${part}`), hasText(`${key}.${part}`) ? t(`${key}.${part}`, values) : null]),
          [t("health.told"), told === undefined || told === "" ? null : of.said?.[language.value] ?? because(t, String(told)), { class: "verbatim" }],
        ]}
      />
    </>
  );
}

function balances(accounts: Accounting | null): ReadonlyMap<string, boolean> {
  return new Map((accounts?.sources ?? []).flatMap((one) => (one.balanced === undefined ? [] : [[one.id, one.balanced]])));
}

function Storage({ of }: { of: Health }): JSX.Element {
  return (
    <section class="panel" aria-labelledby="storage-title">
      <h2 id="storage-title" class="section">
        {t("health.storage")}
      </h2>
      <h3 class="smaller">{t("health.journal")}</h3>
      <Facts of={of.journal} />
      <h3 class="smaller">{t("health.archive")}</h3>
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
  const rows = Object.entries(of).map(([key, value]): Term => {
    const said = fact(t, key, value);
    return [hasText(`fact.${key}`) ? t(`fact.${key}`) : key, key === "boot_id" ? <span class="note">{said}</span> : said];
  });
  return <Terms of={rows} />;
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
                <th scope="col">{t("health.recount")}</th>
              </tr>
            </thead>
            <tbody>
              {of.map((sink) => (
                <tr key={sink.id} data-sink={sink.id}>
                  <th scope="row">
                    <strong>{sink.id}</strong> <span class="note">{kindName(sink.kind)}</span>
                  </th>
                  <td data-label={t("health.state")}>{stateName(sink.state)}</td>
                  <td class="right num" data-label={t("health.lag")}>
                    {number(sink.lag_rows)}
                  </td>
                  <td class="right num" data-label={t("health.confirmed")}>
                    {number(sink.confirmed_rows)}
                  </td>
                  <td data-label={t("health.recount")}>{recounted(sink.recount)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

/** What was found when the server of a sink was last asked what it holds. */
function recounted(found: Recount | null | undefined): string {
  if (!found) return t("health.recount_none");
  const kind = found.missing > 0 ? "missing" : found.rewritten > 0 ? "repaired" : "whole";
  const n = number(found.missing > 0 ? found.missing : found.rewritten);
  return t(`health.recount_${kind}`, { points: number(found.points), n, time: moment(t, found.at) });
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
                  <th scope="row">{OURS.has(gap.source) ? t(`gap.source_${gap.source}`) : gap.source}</th>
                  <td class="num" data-label={t("line.from")}>
                    {momentOf(t, gap.from, lastedMs(gap, at))}
                  </td>
                  <td class="num" data-label={t("line.to")}>
                    {gap.to ? momentOf(t, gap.to, lastedMs(gap, at)) : t("time.ongoing")}
                  </td>
                  <td class="right num" data-label={t("line.length")}>
                    {elapsed(t, lastedMs(gap, at))}
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

function lastedMs(gap: Gap, at: string): number {
  return instant(gap.to ?? at) - instant(gap.from);
}
