// What fits on a tile, in multiples of its D. Name and state never go below 0.8 D (16 arc-minutes).

export interface Head {
  name: "full" | "small";
  chip: "full" | "small";
  time: "chip" | "below"; // too long: the time drops to the row of the gap
}

const GAP = 0.4;
const CHIP_EXTRA = 2.1; // shape, gaps and padding of a chip, in em

/** Width of a text in em as Pretendard sets it, semibold: Hangul 0.87, other letters at most 0.6. */
export function widthEm(text: string): number {
  let width = 0;
  for (const letter of text) width += letter.codePointAt(0)! > 0x1100 ? 0.87 : narrow(letter);
  return width;
}

/** How name and state share the head of a tile that has room for `room` D. */
export function head(name: string, word: string, time: string, room: number): Head {
  const title = widthEm(name);
  const state = CHIP_EXTRA + widthEm(word);
  const lasted = time ? 0.35 + widthEm(time) : 0;
  if (title + 0.9 * (state + lasted) + GAP <= room) return { name: "full", chip: "full", time: "chip" };
  if (0.8 * title + 0.9 * (state + lasted) + GAP <= room) return { name: "small", chip: "full", time: "chip" };
  const fits = 0.8 * (title + state + lasted) + GAP <= room;
  return { name: "small", chip: "small", time: fits ? "chip" : "below" };
}

/** The heads of one board in one size, the smallest: no line looks more important than another. */
export function level(heads: readonly Head[]): Head[] {
  const name = heads.some((one) => one.name === "small") ? "small" : "full";
  const chip = heads.some((one) => one.chip === "small") ? "small" : "full";
  return heads.map(({ time }) => ({ name, chip, time }));
}

function narrow(letter: string): number {
  if ("iljt.,:;' ()-".includes(letter)) return 0.32;
  return letter >= "A" && letter <= "Z" ? 0.68 : 0.6;
}
