// Times as the site's clock shows them. Every time carries the site's offset, so no zone table is
// needed and the viewer's own clock and zone never matter.
import type { Translate } from "./text";

const SHAPE = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(?::(\d{2}))?/;
const DAY_MS = 86_400_000;
const SHORT_MS = 120_000;

/** Milliseconds since 1970 of a time; NaN where it is none. */
export function instant(time: string | null | undefined): number {
  return time ? Date.parse(time) : Number.NaN;
}

/** Minutes east of UTC that a time was written with. */
export function offsetMinutes(time: string): number {
  const found = /([+-])(\d{2}):(\d{2})$/.exec(time);
  if (!found) return 0;
  const minutes = Number(found[2]) * 60 + Number(found[3]);
  return found[1] === "-" ? -minutes : minutes;
}

/** An instant written like `like`: the same offset, whole seconds. */
export function written(ms: number, like: string): string {
  const offset = offsetMinutes(like);
  const local = new Date(ms + offset * 60_000).toISOString().slice(0, 19);
  const size = Math.abs(offset);
  const pair = (value: number): string => String(value).padStart(2, "0");
  return `${local}${offset < 0 ? "-" : "+"}${pair(Math.floor(size / 60))}:${pair(size % 60)}`;
}

/** 14:05 on the site's clock. */
export function clock(time: string): string {
  return SHAPE.exec(time)?.[2] ?? time;
}

/** 14:05:10 on the site's clock. */
export function clockSeconds(time: string): string {
  const found = SHAPE.exec(time);
  return found ? `${found[2]}:${found[3] ?? "00"}` : time;
}

/** The site's date of a time, 2026-11-20. */
export function date(time: string): string {
  return SHAPE.exec(time)?.[1] ?? time.slice(0, 10);
}

/** The last day that [from, to) covers, where a day begins at the hour of `from`. */
export function lastDay(from: string, to: string): string {
  const [, hours = "0", minutes = "0"] = /T(\d{2}):(\d{2})/.exec(from) ?? [];
  const begins = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return date(written(instant(to) - begins - 1, to));
}

/** The day after one, 2026-11-21; what is no day stays as it is. */
export function nextDay(isoDate: string): string {
  const next = Date.parse(`${isoDate}T00:00:00Z`) + 86_400_000;
  return Number.isNaN(next) ? isoDate : new Date(next).toISOString().slice(0, 10);
}

/** 2026-11-20 (금), or 11-20 (금) where the year is plain. */
export function day(t: Translate, isoDate: string, withYear = true): string {
  const weekday = new Date(`${isoDate}T00:00:00Z`).getUTCDay();
  const shown = withYear ? isoDate : isoDate.slice(5);
  return Number.isNaN(weekday) ? isoDate : `${shown} (${t(`time.weekday_${weekday}`)})`;
}

/** 2026-11-20 (금) 14:05. */
export function moment(t: Translate, time: string): string {
  return `${day(t, date(time))} ${clock(time)}`;
}

/** 2026-11-20 (금) 14:05 of what lasts, or 14:05:10 where it is so short that minutes would be equal. */
export function momentOf(t: Translate, time: string, lasts: number): string {
  return `${day(t, date(time))} ${clockOf(time, lasts)}`;
}

/** 14:05, or 14:05:10 for an end of what lasts less than two minutes. */
export function clockOf(time: string, lasts: number): string {
  return lasts < SHORT_MS ? clockSeconds(time) : clock(time);
}

/** How long a state has lasted: 4:12, 1:04:12, and days in words. */
export function elapsed(t: Translate, ms: number): string {
  if (!Number.isFinite(ms)) return "";
  if (ms >= DAY_MS) return span(t, ms / 1000);
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const pair = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${hours ? pair(Math.floor(seconds / 60) % 60) : Math.floor(seconds / 60)}:${pair(seconds % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

/** A duration in words, rounded to what a person would say: 40초, 20분, 2시간 5분, 3일. */
export function span(t: Translate, seconds: number): string {
  const size = Math.abs(seconds);
  if (size < 60) return t("time.seconds", { n: Math.round(size) });
  const minutes = Math.round(size / 60);
  if (minutes < 60) return t("time.minutes", { n: minutes });
  if (size >= 2 * DAY_MS / 1000) return t("time.days", { n: Math.round(size / 86_400) });
  const whole = t("time.hours", { n: Math.floor(minutes / 60) });
  return minutes % 60 ? `${whole} ${t("time.minutes", { n: minutes % 60 })}` : whole;
}
