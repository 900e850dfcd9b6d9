// Names beside what stands behind them: the terms of a baseline, the parts of a finding, the facts of a store.
import type { ComponentChildren, JSX } from "preact";
import { Dated } from "./Dated";

/** What a row is marked with, for its look and for who searches it. */
type Marks = Readonly<Record<"class" | `data-${string}`, string>>;

/** A name, what stands behind it, and the marks of the row. */
export type Term = readonly [name: ComponentChildren, value: ComponentChildren, marks?: Partial<Marks>];

/** One row for each; a row without a value is left out. */
export function Terms({ of }: { of: readonly Term[] }): JSX.Element {
  return (
    <dl class="terms">
      {of
        .filter(([, value]) => value !== null && value !== "")
        .map(([name, value, marks], place) => (
          <div key={place} {...marks}>
            <dt>{name}</dt>
            <dd class="num">{typeof value === "string" ? <Dated text={value} /> : value}</dd>
          </div>
        ))}
    </dl>
  );
}
