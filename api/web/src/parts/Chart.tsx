// A chart with its table twin. The only place that knows uPlot; the picture is drawn when it is seen.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import "uplot/dist/uPlot.min.css";
import { address } from "../address";
import { language, t } from "../words";
import { patiently } from "./patient";
import type { Picture } from "./plot";

export interface Props {
  title: string;
  unit: string; // its label
  picture: Picture;
  children: ComponentChildren; // the table twin
}

export function Chart({ title, unit, picture, children }: Props): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const [asTable, put] = useState(false);
  const [zero, tell] = useState(true);
  const drawn = JSON.stringify(picture);
  const look = address.value.search + language.value;

  useEffect(() => {
    const here = place.current;
    if (asTable || !here) return undefined;
    let clear = (): void => undefined;
    const leave = patiently(() => import("./plot"), ({ plot }) => {
      const done = plot(here, picture);
      tell(done.fromZero);
      clear = done.clear;
    });
    return () => {
      leave();
      clear();
    };
  }, [drawn, asTable, look]);

  return (
    <section class="chart">
      <header class="panel-head">
        <h2>{title}</h2>
        <span class="note">{[unit, zero ? "" : t("chart.not_zero")].filter(Boolean).join(" · ")}</span>
        <button type="button" class="button quiet" aria-pressed={asTable} onClick={() => put(!asTable)}>
          {t(asTable ? "chart.picture" : "chart.table")}
        </button>
      </header>
      {asTable ? (
        <div class="scroll" tabIndex={0} role="group" aria-label={title}>
          {children}
        </div>
      ) : (
        <div class="chart-place" ref={place} role="img" aria-label={`${title} (${unit})`} />
      )}
    </section>
  );
}
