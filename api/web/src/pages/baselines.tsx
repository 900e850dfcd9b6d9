// Baselines: look at a period, see what would be left out, then freeze it with a name and a reason.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { to } from "../address";
import type { Baseline, BaselineList, Preview } from "../domain/api";
import { figure } from "../domain/measure";
import { covered, number, percent, signedPercent } from "../domain/number";
import { date, lastDay, nextDay } from "../domain/time";
import { ask, Problem } from "../live/ask";
import { lineList } from "../live/store";
import { Aim } from "../parts/Aim";
import { Dated } from "../parts/Dated";
import { Choice, Text } from "../parts/Fields";
import { useResource } from "../parts/resource";
import { Awaited, Empty, Trouble } from "../parts/Shared";
import { Terms } from "../parts/Terms";
import "../style/targets.css";
import "../style/tasks.css";
import { measureName, t } from "../words";

const FIRST = "throughput_per_hour"; // what most people freeze

interface Asked {
  line: string;
  machine: string;
  measure: string;
  first: string;
  last: string;
}

export function BaselinesPage(_: { id: string }): JSX.Element {
  const { data, problem, reload } = useResource<BaselineList>("baselines", () => "/baselines", 60);
  useEffect(() => {
    if (data) document.getElementById(location.hash.slice(1))?.scrollIntoView(); // a link to what was frozen
  }, [data !== null]);
  if (!data) return <Awaited problem={problem} again={reload} />;
  return (
    <main class="page targets" id="main">
      <p>
        <a class="back" href={to("/targets")}>
          {t("targets.all")}
        </a>
      </p>
      <header class="page-head">
        <h1>{t("baselines.of_site", { site: lineList.value?.site.name ?? "" })}</h1>
        <p class="note">{t("baselines.says")}</p>
      </header>
      <section class="panel">
        <h2 class="section">{t("baselines.new")}</h2>
        <Wizard measures={data.measures} done={reload} />
      </section>
      <section class="panel" id="frozen">
        <h2 class="section">{t("baselines.frozen")}</h2>
        {data.baselines.length === 0 ? <Empty says={t("baselines.none")} /> : <Frozen of={[...data.baselines].reverse()} />}
      </section>
    </main>
  );
}

/** Period, then its look, then its name and reason: what is shown is what is frozen. */
function Wizard({ measures, done }: { measures: readonly string[]; done: () => void }): JSX.Element {
  const lines = lineList.value?.lines ?? [];
  const [typed, put] = useState<Asked>({ line: "", machine: "", measure: measures.includes(FIRST) ? FIRST : (measures[0] ?? ""), first: "", last: "" });
  const asked = { ...typed, line: typed.line || (lines[0]?.id ?? "") }; // the lines may come later than the page
  const [shown, show] = useState<Preview | null>(null);
  const [problem, tell] = useState<Problem | null>(null);
  const [frozen, note] = useState<Baseline | null>(null);
  const change = (name: keyof Asked, value: string): void => {
    put({ ...asked, [name]: value, ...(name === "line" ? { machine: "" } : {}) });
    show(null);
    note(null);
  };
  const go = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
      tell(null);
    } catch (found) {
      if (!(found instanceof Problem)) throw found;
      tell(found);
    }
  };
  const look = (): Promise<void> => go(async () => show(await ask<Preview>(`/baselines/preview?${query(asked)}`)));
  const freeze = (name: string, reason: string): Promise<void> =>
    go(async () => {
      const headers = { accept: "application/json", "content-type": "application/json" };
      const body = JSON.stringify({ ...named(asked), name, reason });
      note(await ask<Baseline>("/baselines", { method: "POST", headers, body }));
      show(null);
      done();
    });
  const machines = lines.find((one) => one.id === asked.line)?.machines ?? [];
  const choices = {
    line: lines.map((one) => ({ value: one.id, label: one.name })),
    machine: [{ value: "", label: t("baselines.whole_line") }, ...machines.map((one) => ({ value: one.id, label: one.name }))],
    measure: measures.map((one) => ({ value: one, label: measureName(one) })),
  };
  return (
    <>
      <form
        class="form baseline-form"
        onSubmit={(event) => {
          event.preventDefault();
          void look();
        }}
      >
        <Choice label={t("bar.line")} value={asked.line} of={choices.line} put={(value) => change("line", value)} />
        <Choice label={t("baselines.machine")} value={asked.machine} of={choices.machine} put={(value) => change("machine", value)} />
        <Choice label={t("baselines.measure")} value={asked.measure} of={choices.measure} put={(value) => change("measure", value)} />
        <Text label={t("baselines.first")} kind="date" value={asked.first} put={(value) => change("first", value)} />
        <Text label={t("baselines.last")} kind="date" value={asked.last} put={(value) => change("last", value)} />
        <div class="actions">
          <button type="submit" class="button" disabled={!asked.line || !asked.measure || !asked.first || !asked.last}>
            {t("baselines.look")}
          </button>
        </div>
      </form>
      {problem && <Trouble problem={problem} again={() => void look()} />}
      {shown && <Look of={shown} />}
      {shown && shown.days > 0 && <Freeze freeze={freeze} />}
      {frozen && (
        <p role="status" class="late num">
          {t("baselines.done", { id: frozen.id, name: frozen.name })} · {frozen.digest}
        </p>
      )}
    </>
  );
}

/** Days are typed with the last one in; periods are half-open. */
function named(asked: Asked): Record<string, string> {
  const of = { line: asked.line, measure: asked.measure, from: asked.first, to: nextDay(asked.last) };
  return asked.machine ? { ...of, machine: asked.machine } : of;
}

function query(asked: Asked): string {
  return new URLSearchParams(named(asked)).toString();
}

function Look({ of }: { of: Preview }): JSX.Element {
  const terms: [string, string][] = [
    [t("preview.days"), t("preview.days_of", { n: of.days, needed: of.needed, wanted: of.wanted })],
    [t("preview.coverage"), covered(of.coverage)],
    [t("preview.shifts"), of.shifts.map((one) => `${one.shift} ${number(one.n)}`).join(" · ") || "—"],
    [t("preview.products"), of.products.map((one) => t("preview.share", { name: one.product ?? t("preview.product_none"), share: percent(one.share, 1) })).join(" · ") || "—"],
  ];
  return (
    <div class="preview" data-days={of.days}>
      <p>
        {measureName(of.measure)}{" "}
        <strong class="num" data-measure={of.measure} data-unit={of.unit} data-value={of.value ?? ""} data-coverage={of.coverage ?? ""} data-definition={of.definition}>
          {figure(t, of.value, of.unit)}
        </strong>
      </p>
      {of.warnings.map((code) => (
        <p key={code} class="late" data-warning={code}>
          {t(`preview.warning.${code}`)}
        </p>
      ))}
      <Terms of={terms} />
      <h3 class="smaller">{t("preview.excluded")}</h3>
      {of.excluded.length === 0 ? (
        <p class="note">{t("preview.excluded_none")}</p>
      ) : (
        <>
          <LeftOut of={of} />
          <p class="note num">{t("preview.with_all", { value: figure(t, of.value_with_all, of.unit) })}</p>
        </>
      )}
    </div>
  );
}

function LeftOut({ of }: { of: Preview }): JSX.Element {
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label={t("preview.excluded")}>
      <table class="table">
        <thead>
          <tr>
            <th scope="col">{t("chart.day")}</th>
            <th scope="col">{t("preview.why")}</th>
            <th scope="col" class="right">
              {t("targets.coverage")}
            </th>
            <th scope="col" class="right">
              {t("baselines.value")}
            </th>
            <th scope="col" class="right">
              {t("preview.effect")}
            </th>
          </tr>
        </thead>
        <tbody>
          {of.excluded.map((one) => (
            <tr key={one.day}>
              <th scope="row" class="num">
                {one.day}
              </th>
              <td>{t(`preview.reason.${one.reason}`)}</td>
              <td class="right num">{covered(one.coverage)}</td>
              <td class="right num">{figure(t, one.value, of.unit)}</td>
              <td class="right num">{signedPercent(one.effect, 2)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Freeze({ freeze }: { freeze: (name: string, reason: string) => Promise<void> }): JSX.Element {
  const [name, call] = useState("");
  const [reason, say] = useState("");
  const [busy, work] = useState(false);
  return (
    <form
      class="form baseline-form"
      onSubmit={(event) => {
        event.preventDefault();
        work(true);
        void freeze(name.trim(), reason.trim()).finally(() => work(false));
      }}
    >
      <Text label={t("baselines.name")} most={80} value={name} put={call} />
      <Text label={t("baselines.reason")} most={500} value={reason} put={say} />
      <div class="actions">
        <button type="submit" class="button" disabled={busy || !name.trim() || !reason.trim()}>
          {t("baselines.freeze")}
        </button>
      </div>
    </form>
  );
}

/** What was frozen, the newest first; none of it ever changes. */
function Frozen({ of }: { of: readonly Baseline[] }): JSX.Element {
  const names = new Map((lineList.value?.lines ?? []).map((one) => [one.id, one.name]));
  return (
    <ul class="baselines">
      {of.map((one) => (
        <li key={one.id} class="baseline" data-baseline={one.id}>
          <p>
            <strong>{one.name}</strong> {measureName(one.measure)} · {names.get(one.line) ?? one.line}
            {one.machine ? ` / ${one.machine}` : ""}
          </p>
          <p class="num">
            <strong data-measure={one.measure} data-unit={one.unit} data-value={one.value ?? ""} data-coverage={one.coverage ?? ""} data-definition={one.definition}>
              {figure(t, one.value, one.unit)}
            </strong>{" "}
            · <Dated text={t("targets.period", { from: date(one.from), to: lastDay(one.from, one.to) })} /> · {t("time.days", { n: one.days })} · {t("targets.coverage")} {covered(one.coverage)}
          </p>
          <p class="note num">
            <Dated text={t("targets.frozen", { version: one.version, day: date(one.frozen_at) })} /> · {one.reason}
          </p>
          <p class="note num packages-hash">
            {one.id} · SHA-256 {one.digest}
          </p>
          <Aim of={one} />
        </li>
      ))}
    </ul>
  );
}
