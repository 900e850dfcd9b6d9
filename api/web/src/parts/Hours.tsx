// The hours of a shift as a table and as a chart.
import type { JSX } from "preact";
import type { Hour, Pace } from "../domain/hours";
import { grade, unitLabel } from "../domain/measure";
import { covered, number, signed } from "../domain/number";
import { clock } from "../domain/time";
import { t } from "../words";
import { Chart } from "./Chart";
import { Blocks } from "./Shared";
import type { Rule, Stretch } from "./plot";

const SEEN = 0.98; // below it, an hour is marked with what was seen of it

interface LayoutProps {
  title: string; // of the losses: whose they are
  table: JSX.Element;
  losses: JSX.Element;
  chart: JSX.Element | null; // the table above tells why there is none
}

function Layout({ title, table, losses, chart }: LayoutProps): JSX.Element {
  return (
    <>
      <div class="line-columns">
        <section class="panel">
          <header class="panel-head">
            <h2>{t("line.hours")}</h2>
          </header>
          {table}
        </section>
        <section class="panel">
          <header class="panel-head">
            <h2>{title}</h2>
          </header>
          {losses}
        </section>
      </div>
      <div class="panel chart-panel">{chart ?? <Blocks rows={3} />}</div>
    </>
  );
}

function Table({ of }: { of: Hour[] }): JSX.Element {
  if (!of.length) return <p class="quiet-line">{t("line.nothing_yet")}</p>;
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label={t("line.hours")}>
      <table class="table hours">
        <thead>
          <tr>
            <th scope="col">{t("line.hour")}</th>
            {["plan", "actual", "scrap", "difference", "cumulative", "coverage"].map((name) => (
              <th key={name} scope="col" class="right">
                {t(`line.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {of.map((hour) => (
            <tr key={hour.from} class={thin(hour) ? "thin" : ""} data-from={hour.from} data-coverage={hour.coverage ?? ""}>
              <th scope="row" class="num">
                {label(hour)}
              </th>
              <td class={idle(hour) ? "right note" : "right num"}>{idle(hour) ? t("line.break") : number(hour.plan)}</td>
              <td class="right num strong">{number(hour.actual)}</td>
              <td class="right num">{number(hour.scrap)}</td>
              <td class="right num">{signed(hour.difference)}</td>
              <td class="right num">{signed(hour.cumulative)}</td>
              <td class="right num" data-grade={grade(hour.coverage)}>
                {covered(hour.coverage)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Graph({ of, unit, plan }: { of: Hour[]; unit: string; plan: Pace | null }): JSX.Element {
  const rules: Rule[] = [];
  if (plan) {
    const perHour = (plan.plan / plan.planned_s) * 3600;
    rules.push({ kind: "target", value: perHour, label: t("line.chart_plan", { value: number(perHour) }) });
  }
  const picture = {
    labels: of.map(label), // each column is an hour, named below its middle
    values: of.map((hour) => hour.perHour),
    missing: of.map((hour) => (hour.perHour === null && hour.seconds > 0 ? t("state.unknown") : null)),
    rules,
    stretches: breaks(of),
    band: null,
    percent: false,
  };
  const label_ = unitLabel(t, `${unit}/h`);
  return (
    <Chart title={t("line.chart")} unit={label_} picture={picture}>
      <table class="table">
        <thead>
          <tr>
            <th scope="col">{t("line.hour")}</th>
            <th scope="col" class="right">
              {t("line.chart")} ({label_})
            </th>
            <th scope="col" class="right">
              {t("line.coverage")}
            </th>
          </tr>
        </thead>
        <tbody>
          {of.map((hour) => (
            <tr key={hour.from}>
              <th scope="row" class="num">
                {label(hour)}
              </th>
              <td class="right num">{number(hour.perHour)}</td>
              <td class="right num">{covered(hour.coverage)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Chart>
  );
}

/** 08–09, and minutes where an hour was cut. */
function label(hour: Hour): string {
  const [from, to] = [clock(hour.from), clock(hour.to)];
  const short = (time: string): string => (time.endsWith(":00") ? time.slice(0, 2) : time);
  return `${short(from)}–${short(to)}`;
}

/** The hours that interrupt the line for nothing being planned, each run of them under one name. */
function breaks(of: Hour[]): Stretch[] {
  const found: Stretch[] = [];
  of.forEach((hour, at) => {
    if (!idle(hour)) return;
    const last = found.at(-1);
    if (last?.to === at - 1) last.to = at;
    else found.push({ from: at, to: at, kind: "after", label: t("line.break") });
  });
  return found;
}

/** An hour of which nothing was planned: a break, or no shift. */
function idle(hour: Hour): boolean {
  return hour.seconds === 0;
}

function thin(hour: Hour): boolean {
  return hour.coverage !== null && hour.coverage < SEEN;
}

export const Hours = { Layout, Table, Graph };
