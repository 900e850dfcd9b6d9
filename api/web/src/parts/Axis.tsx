// Baseline to now to target on one line; the good side is always right.
import type { JSX } from "preact";
import type { Target } from "../domain/api";
import { UNKNOWN, length } from "../domain/number";
import { axis, interval, inUnit } from "../domain/target";
import { t } from "../words";

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
      <span class="axis-end axis-base num">
        <span class="axis-name">{t("targets.baseline")}</span> {inUnit(t, of, of.before)}
      </span>
      <svg class="axis-line" role="img" aria-label={label}>
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
      <span class="axis-end axis-goal num">
        <span class="axis-name">{t("targets.target")}</span> {of.target === null ? UNKNOWN : inUnit(t, of, of.target)}
      </span>
      <span class="axis-value num">
        <span class="axis-name">{t("targets.now")}</span> <strong>{inUnit(t, of, of.after)}</strong>{" "}
        {interval(t, of) && `(${interval(t, of)})`}
      </span>
    </div>
  );
}
