// A text whose dates stay whole: browsers break a line behind the hyphens of 2026-11-20, also with keep-all.
import type { JSX } from "preact";

const DATE = /(\d{4}-\d{2}-\d{2})/;

export function Dated({ text }: { text: string }): JSX.Element {
  const pieces = text.split(DATE); // every second one is a date
  return <>{pieces.map((piece, place) => (place % 2 ? <span key={place} class="date">{piece}</span> : piece))}</>;
}
