// Wall board: ahead or behind, and what is stopped, from ten metres. Nothing on it needs a hand.
import type { JSX } from "preact";
import { to } from "../address";
import type { LineNow, ShiftNow } from "../domain/api";
import { figure, unitLabel } from "../domain/measure";
import { number, percent, signed, withUnit } from "../domain/number";
import { type Head, head, level } from "../domain/fit";
import { look, stale } from "../domain/state";
import { clock, clockSeconds, day, instant, span, written } from "../domain/time";
import { importing, lines, link, now, lineList } from "../live/store";
import { LanguageChoice } from "../parts/Bar";
import { Chip, lasting } from "../parts/Chip";
import { Measure } from "../parts/Measure";
import { Pace } from "../parts/Pace";
import { Empty } from "../parts/Shared";
import { t } from "../words";

const ROOM = { one: 13.6, tile: 13.5 }; // width of a tile's head in its own D
const FORECAST_FROM_S = 1800; // as the engine says it
const LAYOUTS = ["one", "one", "two", "four", "four"] as const;

export function Board(): JSX.Element {
  const shown = lines.value;
  const layout = LAYOUTS[shown.length] ?? "rows";
  const room = layout === "one" ? ROOM.one : ROOM.tile;
  const heads = level(shown.map((line) => head(line.name, t(`state.${look(line)}`), lasting(line), room)));
  return (
    <main class={`board board-${layout}`} id="main" data-layout={layout} data-lines={shown.length}>
      <h1 class="unseen">{t("page.board")}</h1>
      {lineList.value?.lines.length === 0 && (
        <Empty says={t("page.no_lines")}>
          <p>{t("page.no_lines_do")}</p>
        </Empty>
      )}
      <div class="board-tiles">
        {layout === "rows"
          ? shown.map((line) => <Row key={line.line} line={line} />)
          : shown.map((line, place) => <Tile key={line.line} line={line} full={layout === "one"} fit={heads[place]} />)}
        {shown.length === 3 && <ClockTile />}
      </div>
      <Footer />
    </main>
  );
}

function Tile({ line, full, fit }: { line: LineNow; full: boolean; fit: Head | undefined }): JSX.Element {
  const shown = look(line);
  return (
    <article class="tile" data-line={line.line} data-state={line.state} data-look={shown} data-fresh={line.fresh}>
      <header class="tile-head">
        <h2 class={`tile-name ${fit?.name ?? ""}`}>{line.name}</h2>
        <Chip of={line} timed={fit?.time !== "below"} class={fit?.chip ?? ""} />
      </header>
      <div class="tile-counts">
        <div class="tile-actual">
          <span class="tile-label">{t("board.actual")}</span>
          <Actual line={line} />
        </div>
        <div class="tile-due">
          {fit?.time === "below" && <span class="tile-lasted num">{lasting(line)}</span>}
          <Due line={line} />
        </div>
      </div>
      <Pace of={line} />
      <div class="tile-gap">
        <Gap line={line} />
        {!full && <Defects line={line} />}
      </div>
      {full && <Outlook line={line} />}
      <Open line={line} />
    </article>
  );
}

function Row({ line }: { line: LineNow }): JSX.Element {
  return (
    <article class="row" data-line={line.line} data-state={line.state} data-look={look(line)} data-fresh={line.fresh}>
      <h2 class="tile-name">{line.name}</h2>
      <Chip of={line} />
      {line.target_now === null && !stale(line) ? <span class="gap row-none">{unplanned(line)}</span> : <Gap line={line} />}
      <Pace of={line} />
      <Open line={line} />
    </article>
  );
}

/** The whole tile leads to its line, for whoever stands close enough to touch it. */
function Open({ line }: { line: LineNow }): JSX.Element {
  return <a class="tile-link" href={to(`/lines/${line.line}`)} aria-label={t("board.open", { line: line.name })} />;
}

function Actual({ line }: { line: LineNow }): JSX.Element {
  const old = stale(line);
  const unit = line.good.unit === "{piece}" ? "" : unitLabel(t, line.good.unit);
  return (
    <span class="tile-value">
      <Measure name="good" of={line.good} stale={old}>
        {number(line.good.value)}
        {unit && line.good.value !== null && <span class="tile-unit">{unit}</span>}
      </Measure>
      {old && <span class="tile-at num">{heard(line)}</span>}
    </span>
  );
}

/** When the source was last heard: unknown begins there. */
function heard(line: LineNow): string {
  if (line.state === "unknown" && line.since !== null) return clockSeconds(line.since);
  return line.age_s === null ? "" : clockSeconds(written(instant(line.as_of) - line.age_s * 1000, line.as_of));
}

function Due({ line }: { line: LineNow }): JSX.Element {
  if (line.target_now === null) {
    return <span class="tile-none">{unplanned(line)}</span>;
  }
  return (
    <>
      <span class="tile-label">{t("board.target_now")}</span>
      <span class="tile-value num" data-plan={line.target_now} data-unit={line.good.unit}>
        {number(line.target_now)}
      </span>
    </>
  );
}

/** What stands in the place of a target that there is not. */
function unplanned(line: LineNow): string {
  return line.shift ? t("board.no_plan") : nextShift(line);
}

function Gap({ line }: { line: LineNow }): JSX.Element | null {
  if (stale(line) || line.good.value === null) {
    return <span class="gap">{t("board.gap_unknown")}</span>;
  }
  if (line.gap === null) return <span class="gap" />;
  const pieces = withUnit(signed(line.gap), unitLabel(t, line.good.unit));
  return (
    <span
      class="gap num"
      data-measure="gap"
      data-unit={line.good.unit}
      data-value={line.gap}
      data-coverage={line.good.coverage ?? ""}
      data-definition={line.good.definition}
    >
      <span class="gap-pieces">{pieces}</span>
      <span class="gap-dot"> · </span>
      <span class="gap-time">{behind(line)}</span>
    </span>
  );
}

function behind(line: LineNow): string {
  const gap = line.gap ?? 0;
  if (gap === 0) return t("board.level");
  const side = gap < 0 ? "behind" : "ahead";
  if (line.gap_minutes === null) return t(`board.${side}_plain`);
  return t(`board.${side}`, { time: span(t, line.gap_minutes * 60) });
}

function Defects({ line }: { line: LineNow }): JSX.Element {
  return (
    <span class="tile-defects">
      <Measure name="defect_rate" of={line.defect_rate} stale={stale(line) && line.defect_rate.value !== null}>
        {t("board.defects", { rate: percent(line.defect_rate.value, 1) })}
      </Measure>
    </span>
  );
}

function Outlook({ line }: { line: LineNow }): JSX.Element {
  const limit = line.limits.defect_rate;
  return (
    <div class="tile-outlook">
      <div class="tile-pair">
        <Defects line={line} />
        {limit != null && <span class="num">{t("board.limit", { rate: percent(limit, 1) })}</span>}
      </div>
      <div class="tile-pair">
        <span class="num">{forecast(line)}</span>
        <span class="num">{forecastRange(line)}</span>
      </div>
    </div>
  );
}

function forecast(line: LineNow): string {
  if (!line.forecast) return line.shift ? t(early(line.shift) ? "board.forecast_early" : "board.forecast_unknown") : nextShift(line);
  return t("board.forecast", { value: figure(t, Math.round(line.forecast.value), line.good.unit) });
}

/** Whether it is too early for a forecast; later, it is the data that are missing. */
function early(shift: ShiftNow): boolean {
  return shift.elapsed_s < FORECAST_FROM_S;
}

function forecastRange(line: LineNow): string {
  const told = line.forecast;
  const range =
    told && told.low !== null && told.high !== null
      ? t("board.forecast_range", { low: number(told.low), high: number(told.high) })
      : "";
  const plan = line.shift?.plan ? t("board.forecast_target", { value: number(line.shift.plan) }) : "";
  return [range, plan].filter(Boolean).join(" · ");
}

function nextShift(line: LineNow): string {
  if (!line.next_shift) return t("board.no_shift");
  return t("board.next_shift", { name: line.next_shift.name, time: clock(line.next_shift.from) });
}

/** The fourth place of a board with three lines: the gateway's clock and who this is. */
function ClockTile(): JSX.Element {
  const time = now.value;
  const running = lines.value.filter((line) => line.state === "producing").length;
  return (
    <section class="tile tile-clock">
      <p class="clock-site">{lineList.value?.site.name ?? "\u00a0"}</p>
      <p class="clock-time num">{time ? clock(time) : ""}</p>
      <p class="clock-day num">{time ? day(t, time.slice(0, 10)) : ""}</p>
      <p class="clock-note">{t("board.of_lines", { all: lines.value.length, n: running })}</p>
      <p class="clock-note num">{shiftOf(lines.value[0])}</p>
    </section>
  );
}

function shiftOf(line: LineNow | undefined): string {
  if (!line?.shift) return line ? nextShift(line) : "";
  return `${line.shift.name} ${clock(line.shift.from)}–${clock(line.shift.to)}`;
}

function Footer(): JSX.Element {
  const first = lines.value[0];
  const time = now.value;
  const facts = [
    shiftOf(first),
    time ? clock(time) : "",
    link.value === "live" && first?.age_s != null ? t("time.received", { age: span(t, first.age_s) }) : "",
  ];
  return (
    <footer class="board-foot">
      <span class="num">{facts.filter(Boolean).join(" · ")}</span>
      {importing.value !== null && (
        <span class="num">{t("board.importing", { share: percent(importing.value, 0) })}</span>
      )}
      <nav class="board-links" aria-label={t("bar.menu")}>
        <a href={to("/targets")}>{t("page.targets")}</a>
        <a href={to("/health")}>{t("page.health")}</a>
      </nav>
      <LanguageChoice />
      <span class="board-site">{lineList.value?.site.name}</span>
    </footer>
  );
}
