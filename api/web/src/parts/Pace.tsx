// The pace bar: actual, missing part hatched, a tick where we should be now, its end the shift's plan.
import type { JSX } from "preact";
import type { LineNow } from "../domain/api";
import { length, number } from "../domain/number";
import { pace } from "../domain/pace";
import { stale } from "../domain/state";
import { t } from "../words";

export function Pace({ of }: { of: LineNow }): JSX.Element | null {
  if (!of.shift?.plan) return null;
  const shares = stale(of) ? null : pace(of);
  if (!shares) {
    return <div class="pace pace-unknown" role="img" aria-label={t("board.gap_unknown")} />;
  }
  const label = t("board.pace", {
    actual: number(of.good.value),
    now: number(of.target_now),
    plan: number(of.shift.plan),
  });
  return (
    <svg class="pace" role="img" aria-label={label}>
      <rect class="pace-rail" width="100%" height="100%" />
      <rect class="pace-actual" width={length(shares.actual)} height="100%" />
      {shares.missing && (
        <rect
          class="pace-missing"
          x={length(shares.missing.from)}
          width={length(shares.missing.to - shares.missing.from)}
          height="100%"
        />
      )}
      <svg class="pace-tick" x={length(shares.now)} overflow="visible">
        <line class="pace-stem" y2="100%" />
        <svg x="-0.28em" y="-0.16em" width="0.56em" height="0.44em" viewBox="0 0 14 11">
          <path class="pace-flag" d="M0 0h14L7 11z" />
        </svg>
      </svg>
    </svg>
  );
}
