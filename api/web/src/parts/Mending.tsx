// What can be done to the shape of a stop: another class, a cut, a merger; and what was done so far.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Reason, State, Stop, StopChange } from "../domain/api";
import { look } from "../domain/state";
import { classOf, halves, neighbours, reasonName, type Shaping, undoing } from "../domain/stops";
import { clock, clockOf, instant, written } from "../domain/time";
import { language, t } from "../words";
import { useResource } from "./resource";
import { Shape } from "./Shape";
import { Blocks, Trouble } from "./Shared";

const CLASSES = ["delayed", "delayed:external", "setup", "idle"] as const;
const STEPS_MIN = [-5, -1, 1, 5];
const MINUTE_MS = 60_000;

interface Props {
  stop: Stop;
  stops: readonly Stop[];
  reasons: readonly Reason[];
  shape: (wish: Shaping, undo: Shaping) => void;
}

export function Mending({ stop, stops, reasons, shape }: Props): JSX.Element {
  const sides = neighbours(stop, stops);
  const lasts = stop.to === null;
  const by = (wish: Shaping): void => shape(wish, undoing(stop, wish, stops));
  return (
    <div class="mend">
      <h3>{t("stop.class")}</h3>
      <div class="mend-row">
        {CLASSES.map((name) => (
          <button
            key={name}
            type="button"
            class="button hand"
            data-class={name}
            aria-pressed={classOf(stop) === name}
            disabled={lasts || classOf(stop) === name}
            onClick={() => by({ state: name })}
          >
            <Shape of={lookOf(name)} /> {t(`state.${lookOf(name)}`)}
          </button>
        ))}
      </div>
      <p class="note">{t(lasts ? "stop.class_later" : "stop.class_says")}</p>
      <h3>{t("stop.split")}</h3>
      <Split stop={stop} split={(at) => by({ split_at: at })} />
      <h3>{t("stop.merge")}</h3>
      {!sides.length && <p class="note">{t("stop.merge_none")}</p>}
      <div class="mend-row">
        {sides.map(({ other, before }) => (
          <button
            key={other.id}
            type="button"
            class="button hand"
            data-merge={other.id}
            onClick={() => by({ merge_with: other.id })}
          >
            {t(before ? "stop.merge_before" : "stop.merge_after", { span: spanOf(other) })}
          </button>
        ))}
      </div>
      <h3>{t("stop.history")}</h3>
      <History stop={stop} reasons={reasons} />
    </div>
  );
}

/** A minute to cut at, from the middle on, moved by large keys: no drag, no keyboard. */
function Split({ stop, split }: { stop: Stop; split: (at: string) => void }): JSX.Element {
  const { from, to, middle } = halves(stop);
  const [at, put] = useState(middle);
  const shown = clockOf(written(at, stop.from), to - from);
  return (
    <div class="mend-row">
      {STEPS_MIN.slice(0, 2).map((n) => (
        <Step key={n} n={n} at={at} from={from} to={to} put={put} />
      ))}
      <button type="button" class="button hand mend-do" data-split={written(at, stop.from)} onClick={() => split(written(at, stop.from))}>
        {t("stop.split_at", { time: shown })}
      </button>
      {STEPS_MIN.slice(2).map((n) => (
        <Step key={n} n={n} at={at} from={from} to={to} put={put} />
      ))}
    </div>
  );
}

function Step(of: { n: number; at: number; from: number; to: number; put: (at: number) => void }): JSX.Element {
  const next = of.at + of.n * MINUTE_MS;
  const fits = next > of.from && next < of.to;
  return (
    <button
      type="button"
      class="button hand num"
      disabled={!fits}
      onClick={() => of.put(next)}
    >
      {of.n < 0 ? `\u2212${-of.n}` : `+${of.n}`}
      <span class="unseen"> {t(of.n < 0 ? "stop.earlier" : "stop.later", { n: Math.abs(of.n) })}</span>
    </button>
  );
}

function History({ stop, reasons }: { stop: Stop; reasons: readonly Reason[] }): JSX.Element {
  const path = `/stops/${stop.id.split("/").map(encodeURIComponent).join("/")}/history`;
  const { data, problem, reload } = useResource<{ history: StopChange[] }>(`${stop.id}${stop.version}`, () => path, 60);
  if (problem && !data) return <Trouble problem={problem} again={reload} />;
  if (!data) return <Blocks rows={1} />;
  if (!data.history.length) return <p class="note">{t("stop.no_history")}</p>;
  return (
    <ul class="mend-history">
      {data.history.map((one) => (
        <li key={one.n}>
          <span class="num">{`${one.at.slice(0, 10)} ${clock(one.at)}`}</span> {one.who} · {did(one, reasons)}
        </li>
      ))}
    </ul>
  );
}

function did({ what, old, new: now }: StopChange, reasons: readonly Reason[]): string {
  const word = (value: unknown): string => (typeof value === "string" ? value : "");
  const why = (value: unknown): string => (word(value) ? reasonName(reasons, word(value), language.value) : "—");
  if (what === "stop split") return t("stop.did_split", { time: clock(word(now?.["split_at"])) });
  if (what === "stop merge") return t("stop.did_merge", { time: began(word(now?.["merge_with"]), word(old?.["from"])) });
  if (what === "stop class") {
    const before = lookOf(old?.["cause"] === "external" ? "delayed:external" : word(old?.["state"]));
    return t("stop.did_class", { old: t(`state.${before}`), new: t(`state.${lookOf(word(now?.["state"]))}`) });
  }
  return t("stop.did_reason", { old: why(old?.["reason"]), new: why(now?.["reason"]) });
}

/** When the stop of a name began, in the zone of another time. */
function began(id: string, like: string): string {
  const ns = id.split("/")[2] ?? "";
  return clock(written(Number(ns.slice(0, -6)), like));
}

/** The look of a class by its name. */
export function lookOf(name: string): ReturnType<typeof look> {
  const [state, cause] = name.split(":");
  return look({ state: (state || "delayed") as State, cause: cause === "external" ? "external" : "internal" });
}

function spanOf(stop: Stop): string {
  const lasts = stop.to === null ? Number.POSITIVE_INFINITY : instant(stop.to) - instant(stop.from);
  return `${clockOf(stop.from, lasts)}–${stop.to ? clockOf(stop.to, lasts) : t("time.ongoing")}`;
}
