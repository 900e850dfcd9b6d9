// The shift strip: spans as shares of the shift, and the hours on its axis.
import type { Span } from "./api";
import { HEIGHT, type Look, look } from "./state";
import { clock, instant, written } from "./time";

export interface Block {
  look: Look;
  x: number;
  width: number;
  height: number;
  from: string;
  to: string;
}

export interface Tick {
  x: number;
  label: string;
}

const HOUR_MS = 3_600_000;

/** Spans within [from, to) as blocks; neighbours of one look become one. */
export function blocks(spans: readonly Span[], from: string, to: string): Block[] {
  const start = instant(from);
  const length = instant(to) - start;
  const found: Block[] = [];
  for (const span of spans) {
    const x = Math.max(0, (instant(span.from) - start) / length);
    const end = Math.min(1, (instant(span.to) - start) / length);
    if (!(end > x)) continue;
    const shown = look(span);
    const last = found.at(-1);
    if (last && last.look === shown && last.to === span.from) {
      last.width = end - last.x;
      last.to = span.to;
    } else {
      found.push({ look: shown, x, width: end - x, height: HEIGHT[shown], from: span.from, to: span.to });
    }
  }
  return found;
}

/** Full hours of the site's clock inside [from, to); every second or third one where it is long. */
export function ticks(from: string, to: string, most = 12): Tick[] {
  const start = instant(from);
  const length = instant(to) - start;
  const hours = Math.max(1, Math.ceil(length / HOUR_MS / most));
  const found: Tick[] = [];
  for (let at = Math.ceil(start / HOUR_MS) * HOUR_MS; at < start + length; at += HOUR_MS) {
    const label = clock(written(at, from));
    if (Number(label.slice(0, 2)) % hours === 0) found.push({ x: (at - start) / length, label: label.slice(0, 2) });
  }
  return found;
}

/** Where an instant lies in the shift, 0 to 1; null outside. */
export function place(at: string | null, from: string, to: string): number | null {
  const share = (instant(at) - instant(from)) / (instant(to) - instant(from));
  return share >= 0 && share <= 1 ? share : null;
}
