// Draws one chart: measured line in ink, baseline dashed, target dash-dot, missing columns hatched.
import UPlot from "uplot";
import { UNKNOWN } from "../domain/number";
import { type Named, names, rowsAbove, stacked } from "./names";

export interface Rule {
  kind: "base" | "target";
  label: string;
  value: number;
  from?: number; // index of the first column it spans; default all
}

export interface Stretch {
  from: number;
  to: number; // index of the last column
  label: string;
  kind: "base" | "blackout" | "report" | "after";
}

export interface Picture {
  labels: string[]; // below each column
  values: (number | null)[];
  missing: (string | null)[]; // why a column is empty
  rules: Rule[];
  stretches: Stretch[];
  band: { low: number; high: number; from: number; to: number } | null;
  percent: boolean;
  flags?: readonly { at: number; n: number }[]; // numbered, on a column each
}

type Room = Readonly<{ clientWidth: number }>;

interface Inks {
  ink: string;
  ink2: string;
  edge: string;
  line: string;
  base: string;
  target: string;
  violet: string;
  tile: string;
  surface: string;
}

const Y_AXIS = 64; // px
const NARROW = 600; // px: below it the rules are named above the plot, not at its right
const PRINTING = ["beforeprint", "afterprint"]; // between them the page has the inks of paper
const PAPER = 640; // px: what A4 leaves between its margins and those of a panel
const ROW = 20; // px: one label above another
const FONT = '14px "Pretendard Variable", "Noto Sans CJK KR", sans-serif';

/** Draw into a place and follow its width until cleared. */
export function plot(place: HTMLElement, picture: Picture): { clear: () => void; fromZero: boolean } {
  const inks = read(place);
  const [low, high] = range(picture);
  const height = place.clientHeight || 280;
  const room = { clientWidth: place.clientWidth }; // on paper it is another than the screen's
  const options: UPlot.Options = {
    width: Math.max(240, room.clientWidth),
    height,
    padding: [() => topRoom(room, picture), () => rightRoom(room, picture), 0, 0],
    cursor: { show: false },
    legend: { show: false },
    scales: { x: { time: false, range: [-0.6, picture.values.length - 0.4] }, y: { range: [low, high] } },
    axes: axes(picture, inks, () => rightRoom(room, picture)),
    series: [{}, { stroke: () => inks.ink, width: 2, spanGaps: false, points: { show: picture.values.length < 40, size: 6, fill: () => inks.ink } }],
    hooks: { drawClear: [(chart) => under(chart, picture, inks)], draw: [(chart) => over(chart, picture, inks, narrow(room)), (chart) => name(chart, placed(room, picture), inks)] },
  };
  const x = picture.values.map((_, index) => index);
  const chart = new UPlot(options, [x, picture.values], place);
  const fit = (width: number): void => {
    room.clientWidth = width;
    chart.setSize({ width: Math.max(240, width), height });
  };
  const sized = new ResizeObserver(() => {
    fit(place.clientWidth);
  });
  sized.observe(place);
  const repaint = ({ type }: Event): void => {
    Object.assign(inks, read(place));
    fit(type === "beforeprint" ? Math.min(place.clientWidth, PAPER) : place.clientWidth);
  };
  for (const turn of PRINTING) addEventListener(turn, repaint);
  const letters = [...picture.labels, ...picture.rules.map((rule) => rule.label)].join("");
  let gone = false;
  const redraw = (): unknown => gone || chart.redraw(false, false);
  void document.fonts.load(FONT, letters).then(redraw, () => undefined); // without it the fallback stays
  const clear = (): void => {
    gone = true;
    for (const turn of PRINTING) removeEventListener(turn, repaint);
    sized.disconnect();
    chart.destroy();
  };
  return { clear, fromZero: low === 0 };
}

/** From zero where that wastes less than half of the picture, else around what there is. */
export function range(picture: Pick<Picture, "values" | "rules" | "band">): [number, number] {
  const found = [
    ...picture.values.filter((value) => value !== null),
    ...picture.rules.map((rule) => rule.value),
    ...(picture.band ? [picture.band.low, picture.band.high] : []),
  ];
  if (!found.length) return [0, 1];
  const low = Math.min(...found);
  const high = Math.max(...found);
  const pad = (high - low || Math.abs(high) || 1) * 0.12;
  return low >= 0 && low < 0.55 * high ? [0, high + pad] : [low >= 0 ? Math.max(0, low - pad) : low - pad, high + pad];
}

function axes(picture: Picture, inks: Inks, right: () => number): UPlot.Axis[] {
  const count = picture.labels.length;
  const common = { stroke: () => inks.ink2, font: FONT, ticks: { show: false } };
  return [
    {
      ...common,
      grid: { show: false },
      border: { show: true, stroke: () => inks.edge, width: 1 },
      splits: (chart) => steps(count, chart.width - Y_AXIS - right()),
      values: (_, at) => at.map((index) => picture.labels[index] ?? ""),
      size: 32,
    },
    {
      ...common,
      grid: { stroke: () => inks.line, width: 1 },
      space: 56,
      size: Y_AXIS,
      values: (_, at) => at.map((value) => tick(value, at, picture.percent)),
    },
  ];
}

/** At most as many labels as have room. */
function steps(count: number, width: number): number[] {
  const step = Math.max(1, Math.ceil((count * 64) / width));
  return Array.from({ length: Math.ceil(count / step) }, (_, index) => index * step);
}

function tick(value: number, all: number[], percent: boolean): string {
  const shown = percent ? value * 100 : value;
  const gap = Math.abs((all[1] ?? 1) - (all[0] ?? 0)) * (percent ? 100 : 1);
  const digits = gap >= 1 || gap === 0 ? 0 : Math.min(4, Math.ceil(-Math.log10(gap)));
  return Number.isFinite(shown) ? shown.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits }) : UNKNOWN;
}

/** What lies under the measured line: windows, the band, hatched columns. */
function under(chart: UPlot, picture: Picture, inks: Inks): void {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.font = scaledFont();
  for (const stretch of picture.stretches) {
    const [x, width] = columns(chart, stretch.from, stretch.to);
    ctx.globalAlpha = stretch.kind === "report" ? 0 : stretch.kind === "base" ? 0.14 : 1;
    ctx.fillStyle = stretch.kind === "base" ? inks.base : inks.tile;
    ctx.fillRect(x, bbox.top, width, bbox.height);
    ctx.globalAlpha = 1;
    ctx.strokeStyle = inks.line;
    ctx.lineWidth = devicePixelRatio;
    ctx.strokeRect(x, bbox.top, width, bbox.height);
  }
  if (picture.band) {
    const [x, width] = columns(chart, picture.band.from, picture.band.to);
    const top = chart.valToPos(picture.band.high, "y", true);
    const bottom = chart.valToPos(picture.band.low, "y", true);
    ctx.fillStyle = inks.ink;
    ctx.globalAlpha = 0.14;
    ctx.fillRect(x, top, width, bottom - top);
    ctx.globalAlpha = 1;
  }
  picture.missing.forEach((reason, index) => {
    if (reason !== null) hatch(chart, index, inks);
  });
  ctx.restore();
}

/** Each window by its name; one above the plot is tied to its edge. */
function name(chart: UPlot, placed: readonly Named[], inks: Inks): void {
  const { ctx, bbox } = chart;
  const scale = devicePixelRatio;
  ctx.save();
  ctx.font = scaledFont();
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  ctx.fillStyle = inks.ink2;
  ctx.strokeStyle = inks.edge;
  ctx.lineWidth = scale;
  const height = (row: number | null): number => bbox.top + (row === null ? 14 : -(row + 0.5) * ROW) * scale;
  for (const { edge, row } of placed) {
    if (row === null) continue;
    ctx.beginPath();
    ctx.moveTo(bbox.left + edge * scale, height(row) - 8 * scale);
    ctx.lineTo(bbox.left + edge * scale, bbox.top);
    ctx.stroke();
  }
  ctx.strokeStyle = inks.surface;
  ctx.lineWidth = 5 * scale;
  for (const { label, left, row } of placed) {
    ctx.strokeText(label, bbox.left + left * scale, height(row)); // over another's edge, or a rule
    ctx.fillText(label, bbox.left + left * scale, height(row));
  }
  ctx.restore();
}

/** What lies over it: baseline and target, each named at its end, or above where there is no room. */
function over(chart: UPlot, picture: Picture, inks: Inks, above: boolean): void {
  const { ctx, bbox } = chart;
  const scale = devicePixelRatio;
  ctx.save();
  ctx.font = scaledFont();
  flagged(chart, picture, inks);
  let lowest = Number.NEGATIVE_INFINITY;
  const rules = [...picture.rules].sort((a, b) => b.value - a.value);
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  rules.forEach((rule, row) => {
    const y = chart.valToPos(rule.value, "y", true);
    const right = bbox.left + bbox.width;
    dashed(ctx, rule.kind, inks);
    stroke(ctx, rule.from === undefined ? bbox.left : columns(chart, rule.from, rule.from)[0], right, y);
    if (above) {
      const top = (row + 0.5) * ROW * scale;
      stroke(ctx, bbox.left, bbox.left + 32 * scale, top);
      ctx.fillText(rule.label, bbox.left + 40 * scale, top);
      return;
    }
    lowest = Math.max(y, lowest + 18 * scale); // two labels never lie on one another
    ctx.fillText(rule.label, right + 6 * scale, lowest);
  });
  ctx.restore();
}

/** Counter-measures: a numbered flag on a line of one pixel; where days are close they stand on one another. */
function flagged(chart: UPlot, picture: Picture, inks: Inks): void {
  const { ctx, bbox } = chart;
  const scale = devicePixelRatio;
  const size = 18 * scale;
  const flags = picture.flags ?? [];
  const middles = flags.map(({ at }) => chart.valToPos(at, "x", true));
  const rows = stacked(middles, size + 2 * scale);
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.strokeStyle = inks.ink;
  ctx.lineWidth = scale;
  const bottomOf = (place: number): number => bbox.top + bbox.height - (rows[place] ?? 0) * (size + 2 * scale);
  middles.forEach((x, place) => {
    ctx.beginPath();
    ctx.moveTo(x, bbox.top + 26 * scale); // below the names of the windows
    ctx.lineTo(x, bottomOf(place));
    ctx.stroke();
  });
  flags.forEach(({ n }, place) => {
    const x = middles[place] ?? 0;
    const bottom = bottomOf(place);
    ctx.fillStyle = inks.surface;
    ctx.fillRect(x - size / 2, bottom - size, size, size);
    ctx.strokeRect(x - size / 2, bottom - size, size, size);
    ctx.fillStyle = inks.ink;
    ctx.fillText(String(n), x, bottom - size / 2);
  });
}

/** The pen of a rule: colour and dash together say which it is. */
function dashed(ctx: CanvasRenderingContext2D, kind: Rule["kind"], inks: Inks): void {
  ctx.strokeStyle = ctx.fillStyle = kind === "base" ? inks.base : inks.target;
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.setLineDash((kind === "base" ? [8, 5] : [10, 4, 2, 4]).map((dash) => dash * devicePixelRatio));
}

function stroke(ctx: CanvasRenderingContext2D, from: number, to: number, y: number): void {
  ctx.beginPath();
  ctx.moveTo(from, y);
  ctx.lineTo(to, y);
  ctx.stroke();
}

function hatch(chart: UPlot, index: number, inks: Inks): void {
  const { ctx, bbox } = chart;
  const [x, width] = columns(chart, index, index);
  ctx.save();
  ctx.beginPath();
  ctx.rect(x, bbox.top, width, bbox.height);
  ctx.clip();
  ctx.strokeStyle = inks.violet;
  ctx.lineWidth = 1.5 * devicePixelRatio;
  const step = 8 * devicePixelRatio;
  ctx.beginPath();
  for (let offset = -bbox.height; offset < width; offset += step) {
    ctx.moveTo(x + offset, bbox.top + bbox.height);
    ctx.lineTo(x + offset + bbox.height, bbox.top);
  }
  ctx.stroke();
  ctx.restore();
}

/** Left edge and width of the columns from one index to another, in canvas pixels. */
function columns(chart: UPlot, from: number, to: number): [number, number] {
  const left = chart.valToPos(from - 0.5, "x", true);
  return [left, chart.valToPos(to + 0.5, "x", true) - left];
}

function narrow(place: Room): boolean {
  return place.clientWidth < NARROW;
}

function topRoom(place: Room, picture: Picture): number {
  const rules = narrow(place) ? picture.rules.length : 0;
  return 8 + ROW * (rules + rowsAbove(placed(place, picture)));
}

function placed(place: Room, picture: Picture): Named[] {
  return names(picture.stretches, picture.values.length, place.clientWidth - Y_AXIS - rightRoom(place, picture));
}

function rightRoom(place: Room, picture: Picture): number {
  if (narrow(place)) return 16;
  const longest = Math.max(0, ...picture.rules.map((rule) => [...rule.label].length));
  return longest ? 16 + longest * 9 : 16;
}

function scaledFont(): string {
  return FONT.replace("14px", `${14 * devicePixelRatio}px`);
}

function read(place: HTMLElement): Inks {
  const style = getComputedStyle(place);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  return {
    ink: token("--ink"),
    ink2: token("--ink-2"),
    edge: token("--edge"),
    line: token("--line"),
    base: token("--base"),
    target: token("--target"),
    violet: token("--on-violet"),
    tile: token("--tile"),
    surface: token("--surface"),
  };
}
