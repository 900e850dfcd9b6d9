// The signs of states and verdicts, drawn by us: no font has all of them. One shape, one meaning.
import type { JSX } from "preact";
import type { Verdict } from "../domain/api";
import type { Look } from "../domain/state";

const STATES: Record<Look, JSX.Element> = {
  producing: <circle cx="12" cy="12" r="9" />,
  slow: <path d="M12 2.5 22.5 21h-21z" />,
  delayed: <path d="M3 3h18v18H3z" />,
  waiting: <path d="M4 2h16v3.5L14.2 12l5.8 6.5V22H4v-3.500L9.800 12 4 5.500z" />,
  setup: <path d="M12 1 23 12 12 23 1 12z" />,
  idle: <path class="outline" d="M4.500 4.500h15v15h-15z" />,
  planned_down: <path d="M5 3h5v18H5zM14 3h5v18h-5z" />,
  not_scheduled: <path d="M3 10.250h18v3.500H3z" />,
  unknown: (
    <path d="M5.500 8.300C5.700 4.400 8.400 2 12.100 2c3.800 0 6.500 2.400 6.500 5.700 0 2.500-1.300 4-3.200 5.200-1.500.9-1.900 1.500-1.900 2.800v.8h-3.400v-1c0-2.300 1-3.700 2.900-4.900 1.400-.9 1.900-1.600 1.900-2.700 0-1.500-1.200-2.600-2.900-2.600-1.800 0-3 1.100-3.200 3zM11.800 18.300a2.100 2.100 0 1 1 0 4.200 2.100 2.100 0 0 1 0-4.200z" />
  ),
};

export type Sign = Verdict | "missed" | "passed" | "failed" | "unchecked";

const SIGNS: Record<Sign, JSX.Element> = {
  improved_at_least_target: <path class="stroke" d="m3.500 12.500 6 6L20.500 6" />,
  improved: (
    <>
      <circle class="stroke" cx="12" cy="12" r="9" />
      <path d="M12 3a9 9 0 0 0 0 18z" />
    </>
  ),
  maturing: (
    <>
      <circle cx="4.500" cy="12" r="2.500" />
      <circle cx="12" cy="12" r="2.500" />
      <circle cx="19.500" cy="12" r="2.500" />
    </>
  ),
  inconclusive: <circle class="stroke" cx="12" cy="12" r="9" />,
  worse: <path d="M10 2h4v13h-4zM12 17.500a2.400 2.400 0 1 1 0 4.800 2.400 2.400 0 0 1 0-4.800z" />,
  insufficient_data: STATES.unknown,
  missed: <path class="stroke" d="m5 5 14 14M19 5 5 19" />,
  passed: <path class="stroke" d="m3.500 12.500 6 6L20.500 6" />,
  failed: <path class="stroke" d="m5 5 14 14M19 5 5 19" />,
  unchecked: <path d="M3 10.250h18v3.500H3z" />,
};

/** The sign of a state; the word always stands beside it, so it is hidden from readers. */
export function Shape({ of }: { of: Look }): JSX.Element {
  return (
    <svg class={`shape shape-${of}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {STATES[of]}
    </svg>
  );
}

/** The sign of a verdict or a gate. */
export function Mark({ of }: { of: Sign }): JSX.Element {
  return (
    <svg class={`shape sign-${of}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {SIGNS[of]}
    </svg>
  );
}
