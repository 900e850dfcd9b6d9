// Baseline to now to target on one line; the good side is always right.
import type { JSX } from "preact";
import type { Target } from "../domain/api";
import { length, ppm, UNKNOWN } from "../domain/number";
import { anchor, axis, interval, inUnit, isDefects } from "../domain/target";
import { measureName, t } from "../words";
import { Explained } from "./Definition";

export function Axis({ of }: { of: Target }): JSX.Element | null {
  const places = axis(of);
  if (!places) return null;
  const label = t("targets.axis", {
    baseline: inUnit(t, of, of.before),
    now: inUnit(t, of, of.after),
    low: inUnit(t, of, of.after_low),
    high: inUnit(t, of, of.after_high),
    target: inUnit(t, of, of.target),
  });
  return (
    <div class="axis">
      <svg class="axis-line" role="img" aria-label={label}>
        {places.target !== null && <End at={places.target} y="16" name={t("targets.target")} value={inUnit(t, of, of.target)} />}
        <svg y="24" height="40" overflow="visible">
          <line class="axis-rail" x2="100%" y1="50%" y2="50%" />
          <line class="axis-baseline" x1={length(places.baseline)} x2={length(places.baseline)} y1="15%" y2="85%" />
          {places.target !== null && (
            <line class="axis-target" x1={length(places.target)} x2={length(places.target)} y1="5%" y2="95%" />
          )}
          {places.low !== null && places.high !== null && (
            <rect class="axis-band" x={length(places.low)} width={length(places.high - places.low)} y="25%" height="50%" />
          )}
          {places.now !== null && <circle class="axis-now" cx={length(places.now)} cy="50%" r="8" />}
        </svg>
        <End at={places.baseline} y="82" name={t("targets.baseline")} value={inUnit(t, of, of.before)} />
      </svg>
      <p class="axis-value num">
        <span class="axis-name">{t("targets.now")}</span>{" "}
        <Explained id={of.definition ?? of.measure} name={measureName(of.measure)}>
          <strong>{inUnit(t, of, of.after)}</strong>
        </Explained>{" "}
        <span class="axis-range">
          {interval(t, of) && `(${interval(t, of)})`} {isDefects(of) && of.after !== null && t("targets.ppm", { ppm: ppm(of.after) })}
        </span>
        {places.target === null && <span class="axis-none"> {`${t("targets.target")} ${UNKNOWN}`}</span>}
      </p>
    </div>
  );
}

/** The name of a mark, above or below the rail: baseline and target never stand on one row. */
function End({ at, y, name, value }: { at: number; y: string; name: string; value: string }): JSX.Element {
  return (
    <text class={`axis-end axis-end-${anchor(at)} num`} x={length(at)} y={y}>
      <tspan class="axis-name">{name}</tspan> {value}
    </text>
  );
}
