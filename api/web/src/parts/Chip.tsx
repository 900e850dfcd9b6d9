// A state in a chip: shape, word and how long. Abnormal is filled, normal is quiet.
import type { JSX } from "preact";
import type { Condition } from "../domain/api";
import { look, loud } from "../domain/state";
import { elapsed, instant } from "../domain/time";
import { now } from "../live/store";
import { t } from "../words";
import { Shape } from "./Shape";

export interface Props {
  of: Condition;
  timed?: boolean;
  class?: string;
}

export function Chip({ of, timed = true, class: extra = "" }: Props): JSX.Element {
  const shown = look(of);
  const lasted = timed ? lasting(of) : "";
  return (
    <span class={`chip chip-${shown}${loud(shown) ? " loud" : ""} ${extra}`}>
      <Shape of={shown} />
      <span class="chip-word">{t(`state.${shown}`)}</span>
      {lasted && <span class="chip-time num">{lasted}</span>}
    </span>
  );
}

/** How long an abnormal state has lasted, by the gateway's clock; nothing for a quiet one. */
export function lasting(of: Condition): string {
  return loud(look(of)) ? elapsed(t, instant(now.value) - instant(of.since)) : "";
}
