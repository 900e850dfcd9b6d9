// Prints a figure. Unit, coverage, bounds and definition stand with it in the DOM, so that no figure
// on any page is without them.
import type { ComponentChildren, JSX } from "preact";
import type { Measure as Document } from "../domain/api";

export interface Props {
  name: string;
  of: Document;
  stale?: boolean;
  class?: string;
  children: ComponentChildren; // the printed text; a function of number.ts or measure.ts made it
}

export function Measure({ name, of, stale = false, class: extra = "", children }: Props): JSX.Element {
  return (
    <data
      class={`figure num ${stale ? "stale " : ""}${extra}`}
      value={of.value === null ? "" : String(of.value)}
      data-measure={name}
      data-unit={of.unit}
      data-coverage={of.coverage === null ? "" : String(of.coverage)}
      data-low={of.low === null ? "" : String(of.low)}
      data-high={of.high === null ? "" : String(of.high)}
      data-definition={of.definition}
    >
      {children}
    </data>
  );
}
