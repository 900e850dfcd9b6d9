// One figure of a line's head with its name, and the cards of what this page alone counts.
import type { JSX } from "preact";
import { LEAST } from "../domain/measure";
import { percent } from "../domain/number";
import { t } from "../words";
import type { Own } from "./Definition";

export function Fact({ name, children }: { name: string; children: JSX.Element | string | (JSX.Element | string | false)[] }): JSX.Element {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** What is counted on this page alone has a card in our own words. */
export function ownWords(name: string): Own {
  const grades = Object.fromEntries(Object.entries(LEAST).map(([word, share]) => [word, percent(share, 0)]));
  return { says: t(`line.${name}.says`, grades), formula: t(`line.${name}.formula`) };
}
