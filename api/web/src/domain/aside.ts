// Why something was set aside, in the reader's language; the gateway writes it in English, as in its log.
import type { Translate } from "./text";

const MESSAGE = /^topic '(?<topic>.*?)': (?<why>.*)$/s;
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^no signal reads it/, "unread"],
  [/^the message has (?<seen>\d+) bytes, not 1 to (?<most>\d+)$/, "size"],
  [/^the message is not UTF-8 at byte (?<seen>\d+)$/, "not_text"],
  [/^the message is not JSON: (?<seen>.*)$/s, "not_json"],
  [/^the message is not CSV: (?<seen>.*)$/s, "not_csv"],
  [/^the message has (?<seen>\d+) lines, not one$/, "lines"],
  [/^(?<place>.+) is not in (?:the|a) message(?: of .*)?$/, "missing"],
  [/^(?<place>.+?) is (?<seen>.+), not (?:a (?:finite )?number|a value)$/s, "not_number"],
  [/^(?<place>.+?) is (?<seen>.+), (?:not (?:a time|an epoch .*|RFC 3339 .*|between 1970 and 2262)|which no calendar has)$/s, "not_time"],
  [/^a row of no signal$/, "no_signal"],
  [/^notification cannot be decoded: (?<seen>.*)$/s, "undecodable"],
];

/** The reason in the reader's language; null where nobody knows it, and it stays as it was written. */
export function asideReason(t: Translate, reason: string): string | null {
  const message = MESSAGE.exec(reason)?.groups;
  const why = message?.["why"] ?? reason;
  for (const [words, name] of REASONS) {
    const found = words.exec(why);
    if (!found) continue;
    const place = found.groups?.["place"] ?? "";
    const told = t(`aside.why_${name}`, { ...found.groups, place: place === "the message" ? t("aside.whole") : place });
    return message?.["topic"] ? t("aside.of_topic", { topic: message["topic"], why: told }) : told;
  }
  return null;
}
