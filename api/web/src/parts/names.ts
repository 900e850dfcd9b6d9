// Where the names of a chart's windows stand: inside where they fit, else on rows above the plot.
import { widthEm } from "../domain/fit";

export interface Named {
  label: string;
  left: number; // px from the left edge of the plot
  edge: number; // px: where its window begins
  row: number | null; // counted from the plot upwards; null is inside
}

interface Window {
  from: number;
  to: number; // index of the last column
  label: string;
}

const LETTER = 14; // px, the height of the chart's letters
const INSET = 6; // px

/** Places for names over columns that share a width; two names above never lie on one another. */
export function names(windows: readonly Window[], columns: number, width: number): Named[] {
  const ends: number[] = []; // of each row above, px
  return windows.map(({ from, to, label }) => {
    const edge = ((from + 0.1) * width) / (columns + 0.2); // the scale leaves a tenth on either side
    const room = widthEm(label) * LETTER + 2 * INSET;
    if (room < ((to - from + 1) * width) / (columns + 0.2)) return { label, edge, left: edge + INSET, row: null };
    const left = Math.max(0, Math.min(edge, width - room));
    const free = ends.findIndex((end) => end <= left);
    const row = free < 0 ? ends.length : free;
    ends[row] = left + room;
    return { label, edge, left: left + INSET, row };
  });
}

/** On which row above the axis each of some flags stands: none lies on another, the first ones lowest. */
export function stacked(middles: readonly number[], size: number): number[] {
  const rows: number[][] = [];
  return middles.map((middle) => {
    const free = rows.findIndex((taken) => taken.every((other) => Math.abs(other - middle) >= size));
    const row = free < 0 ? rows.length : free;
    (rows[row] ??= []).push(middle);
    return row;
  });
}

/** How many rows above the plot they need. */
export function rowsAbove(placed: readonly Named[]): number {
  return Math.max(0, ...placed.map((name) => (name.row ?? -1) + 1));
}
