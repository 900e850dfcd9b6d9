// What the greatest power of the site cost in a period, beside the unit cost: with all that may raise it.
import type { JSX } from "preact";
import type { Bill, DemandCharge, DemandMonth, PowerPeak, Target } from "../domain/api";
import { runs } from "../domain/demand";
import { figure } from "../domain/measure";
import { percent, UNKNOWN } from "../domain/number";
import { date, lastDay } from "../domain/time";
import { t } from "../words";
import { useResource } from "./resource";
import { Terms } from "./Terms";

const WON = "KRW";

/** The bills of both windows of a target, line by line. */
export function Bills({ of }: { of: Target }): JSX.Element {
  const windows = [
    { name: "baseline", from: of.baseline.from, to: of.baseline.to },
    { name: "report", from: of.report_from, to: of.report_to },
  ];
  return (
    <>
      {of.lines.flatMap((line) =>
        windows.map(({ name, from, to }) =>
          from && to ? <Period key={`${line} ${name}`} of={of} line={line} name={name} from={from} to={to} /> : null,
        ),
      )}
    </>
  );
}

function Period({ of, line, name, from, to }: { of: Target; line: string; name: string; from: string; to: string }): JSX.Element | null {
  const asked = new URLSearchParams({ line, from, to, ...(of.machine ? { machine: of.machine } : {}) });
  const { data } = useResource<Bill>(`bill ${asked}`, () => `/costs?${asked}`, 3600);
  if (!data?.demand) return null;
  return (
    <section class="panel bill" data-window={name} data-line={line} data-at-least={data.demand.at_least}>
      <h2 class="section">
        {t(`demand.window.${name}`)} <span class="note">{`${date(data.from)} – ${lastDay(data.from, data.to)}`}</span>
      </h2>
      <h3 class="smaller">{t("demand.title")}</h3>
      <p class="note">{t("demand.says")}</p>
      <Sums of={data.demand} bill={data} />
      <Months of={data.demand.months} />
      <Peaks of={data.demand.months} />
    </section>
  );
}

function Sums({ of, bill }: { of: DemandCharge; bill: Bill }): JSX.Element {
  const piece = bill.good && bill.cost_krw !== null ? bill.cost_krw / bill.good : null;
  const rows: [string, string][] = [
    [t("demand.charge"), atLeast(of.charge_krw, WON, of.at_least)],
    [t("demand.energy_share"), percent(of.energy_share, 1)],
    [t("demand.own"), atLeast(of.own_krw, WON, of.at_least)],
    [t("demand.per_good_piece"), atLeast(of.per_good_piece_krw, WON, of.at_least)],
    [t("demand.priced.per_good_piece"), figure(t, piece, WON)],
  ];
  return <Terms of={rows} />;
}

function Months({ of }: { of: readonly DemandMonth[] }): JSX.Element {
  return (
    <table class="table asked">
      <caption class="unseen">{t("demand.kw")}</caption>
      <thead>
        <tr>
          <th scope="col">{t("demand.month")}</th>
          <th scope="col" class="right">
            {t("demand.kw")}
          </th>
          <th scope="col" class="right">
            {t("demand.cost")}
          </th>
        </tr>
      </thead>
      <tbody>
        {of.map((one) => (
          <tr key={`${one.month} ${one.of_month} ${one.charge_krw}`} data-month={one.month} data-kw={one.kw ?? ""}>
            <th scope="row" class="num">
              {one.month} <span class="asked-note">{given(one)}</span>
            </th>
            <td class="right num">{atLeast(one.kw, "kW", one.at_least)}</td>
            <td class="right num">{atLeast(one.charge_krw, WON, one.at_least)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The peaks that count in any of the months, each once. */
function Peaks({ of }: { of: readonly DemandMonth[] }): JSX.Element {
  const peaks = new Map(of.flatMap((month) => month.peaks).map((peak) => [peak.month, peak]));
  return (
    <table class="table asked">
      <caption class="unseen">{t("demand.peaks")}</caption>
      <thead>
        <tr>
          <th scope="col">{t("demand.peaks")}</th>
          <th scope="col" class="right">
            {t("demand.peak")}
          </th>
        </tr>
      </thead>
      <tbody>
        {runs([...peaks.values()]).map(({ first: one, last }) => (
          <tr key={one.month} data-peak={one.month} data-origin={one.origin ?? ""}>
            <th scope="row" class="num">
              {last === one.month ? last : t("targets.period", { from: one.month, to: last })} <span class="asked-note">{[origin(one), because(one.because)].filter(Boolean).join(" · ")}</span>
            </th>
            <td class="right num">
              {atLeast(one.kw, "kW", one.at_least)}
              <span class="asked-note">{one.unknown_quarters ? t("demand.unknown_quarters", { n: one.unknown_quarters }) : ""}</span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A figure, said to be the least where something of it is not known; unknown is a dash. */
function atLeast(value: number | null, unit: string, least: boolean): string {
  if (value === null) return UNKNOWN;
  return least ? t("demand.at_least", { value: figure(t, value, unit) }) : figure(t, value, unit);
}

/** What gave a month its kW, and which part of the month lies in the window: a charge is of that part alone. */
function given(one: DemandMonth): string {
  if (one.kw === null) return because(one.because);
  const of = gave(one);
  return one.share_of_month < 1 ? `${of} · ${t("demand.part_of_month", { share: percent(one.share_of_month, 0) })}` : of;
}

function gave(one: DemandMonth): string {
  return one.of_month ? t("demand.peak_of", { month: one.of_month }) : t("demand.floor", { kw: figure(t, one.floor_kw, "kW") });
}

function origin(one: PowerPeak): string {
  if (one.origin === "bill") {
    const beside = one.measured_kw === null ? "" : ` (${t("demand.measured_beside", { kw: figure(t, one.measured_kw, "kW") })})`;
    return `${t("demand.origin.bill")}${beside}`;
  }
  if (one.origin === null) return "";
  return one.measured_at ? t("demand.origin.measured", { at: one.measured_at.slice(0, 16).replace("T", " ") }) : t("demand.origin.no_power");
}

function because(codes: readonly string[]): string {
  return codes.map((code) => t(`demand.because.${code}`)).join(", ");
}
