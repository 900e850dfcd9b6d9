// Hatch patterns that the page's drawings refer to. Hatch means: not known, or not there.
import type { JSX } from "preact";

export function Hatches(): JSX.Element {
  return (
    <svg class="hatches" width="0" height="0" aria-hidden="true" focusable="false">
      <defs>
        <pattern id="hatch-missing" width="9" height="9" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect class="hatch-ground" width="9" height="9" />
          <rect class="hatch-stroke" width="3" height="9" />
        </pattern>
        <pattern id="hatch-unknown" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect class="hatch-void" width="8" height="8" />
          <rect class="hatch-violet" width="2.5" height="8" />
        </pattern>
      </defs>
    </svg>
  );
}
