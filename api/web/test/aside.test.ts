// Why something was set aside, said in three languages: the gateway's own words are English.
import { describe, expect, it } from "vitest";
import english from "@text/en.json";
import korean from "@text/ko.json";
import vietnamese from "@text/vi.json";
import { asideReason } from "../src/domain/aside";
import { translator } from "../src/domain/text";

const TEXTS = [english, korean, vietnamese];
const en = translator(english, korean);
const ko = translator(korean, korean);

// As the collectors write them, each by its own words.
const WRITTEN = [
  "topic 'a/b': no signal reads it; the broker remembers an older subscription",
  "topic 'a/b': the message has 0 bytes, not 1 to 262144",
  "topic 'a/b': the message is not UTF-8 at byte 3",
  "topic 'a/b': the message is not JSON: 'Expecting value: line 1'",
  "topic 'a/b': the message is not CSV: unexpected end of data",
  "topic 'a/b': the message has 2 lines, not one",
  "topic 'a/b': $.kwh is not in the message",
  "topic 'a/b': field 3 is not in a message of 2",
  "topic 'a/b': byte 8 is not in a message of 4 bytes",
  "topic 'a/b': the message is 'abc', not a number",
  "topic 'a/b': $.kwh is '1e999', not a finite number",
  "topic 'a/b': $.kwh is an object, not a value",
  "topic 'a/b': $.ts is 7, not an epoch in s, ms, us or ns since 1970",
  "topic 'a/b': $.ts is 'noon', not RFC 3339 with an offset, such as 09:00:00+09:00",
  "topic 'a/b': $.ts is '2026-02-30T00:00:00Z', which no calendar has",
  "a row of no signal",
  "notification cannot be decoded: 3 bytes are missing",
];

describe("the reason why something was set aside", () => {
  it.each(WRITTEN)("is known in every language: %s", (reason) => {
    for (const texts of TEXTS) {
      const told = asideReason(translator(texts, texts), reason);
      expect(told).not.toBeNull();
      expect(told).not.toMatch(/[{}]|aside\./);
    }
  });

  it("keeps the topic, the place and what was seen", () => {
    expect(asideReason(en, "topic 'a/b': $.kwh is 'x', not a number")).toBe("a/b: $.kwh is 'x', which is no number");
    expect(asideReason(ko, "topic 'a/b': the message is 'x', not a number")).toBe("a/b: 숫자가 아닌 값: 메시지 = 'x'");
    expect(asideReason(en, "topic 'a/b': the message has 9 bytes, not 1 to 8")).toBe("a/b: the message has 9 bytes; 1 to 8 are taken");
  });

  it("stays as it was written where nobody knows it, as an answer of a sink's server", () => {
    expect(asideReason(ko, "400: partial write: field type conflict")).toBeNull();
    expect(asideReason(ko, "topic 'a/b': the cat sat on the plug")).toBeNull();
  });
});
