// Stops of a shift and the reasons for them: tap a stop, tap a tile, done. Undo instead of asking.
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Reason, ReasonLoss, Stop, StopList } from "../domain/api";
import { percent } from "../domain/number";
import { byUse, FIRST_TILES, newest, own, reasonName, type Shaping, total, unexplained } from "../domain/stops";
import { look } from "../domain/state";
import { clock, clockOf, elapsed, instant, span } from "../domain/time";
import { Problem } from "../live/ask";
import { drop, type Entry, entry, keep, outcome, present, refused, reshape, send, sent, waiting } from "../live/queue";
import { now } from "../live/store";
import { language, t } from "../words";
import { lookOf, Mending } from "./Mending";
import { Pictogram } from "./Pictogram";
import { Shape } from "./Shape";
import { Quiet, Trouble } from "./Shared";

const UNDO_MS = 10_000;
const SHOWN = 6;
const NOTE_LETTERS = 500; // what the gateway takes
const GATE = 0.04; // share of stopped time without a reason above which figures lose their worth

export interface Props {
  of: StopList;
  losses: readonly ReasonLoss[];
  machines: ReadonlyMap<string, string>;
  known: number | null; // share of planned time that was seen
  changed: () => void;
}

type Said = Pick<Stop, "reason" | "note">; // all that a person says of a stop

type Notice =
  | { kind: "saved"; stop: Stop; before: Said }
  | { kind: "shaped"; stop: Stop; undo: Shaping | null }
  | { kind: "conflict"; stop: Stop; mine: string | null }
  | { kind: "problem"; problem: Problem; again: () => void };

export function Stops({ of, losses, machines, known, changed }: Props): JSX.Element {
  const [open, choose] = useState<Stop | null>(null);
  const [notice, tell] = useState<Notice | null>(null);
  const [all, showAll] = useState(false);
  const missing = unexplained(of.stops);
  const rest = newest(of.stops).filter((stop) => !missing.includes(stop));
  const listed = [...missing, ...rest];

  const line = of.stops[0]?.line;
  const kept = waiting.value.filter((one) => one.stop.line === line);
  const arrived = sent.value;
  useEffect(() => {
    if (arrived) changed();
  }, [arrived]);

  const save = async (stop: Stop, said: Said, undoing = false): Promise<void> => {
    choose(null);
    const { reason, note } = said;
    const made = entry(stop, reason, note);
    const done = (stored: Stop): void => {
      kept.filter((one) => one.stop.id === stop.id).forEach(drop);
      tell(undoing ? null : { kind: "saved", stop: stored, before: stop });
      changed();
    };
    try {
      done(await send(made));
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      const found = outcome(problem, made);
      const theirs = present(problem);
      if (found === "later") {
        tell(null);
        keep(made);
      } else if (!theirs) tell({ kind: "problem", problem, again: () => void save(stop, said) });
      else if (found === "stored") done(theirs);
      else tell({ kind: "conflict", stop: theirs, mine: reason });
    }
  };

  const reform = async (stop: Stop, wish: Shaping, undo: Shaping | null): Promise<void> => {
    choose(null);
    try {
      tell({ kind: "shaped", stop: await reshape(stop, wish), undo });
      changed();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      tell({ kind: "problem", problem, again: () => void reform(stop, wish, undo) });
      changed(); // it may look different now
    }
  };

  return (
    <section class="panel stops" aria-labelledby="stops-title">
      <Heading missing={missing} all={of.stops} open={() => choose(missing[0] ?? null)} />
      {kept.length > 0 && <Kept of={kept} reasons={of.reasons} />}
      {refused.value > 0 && (
        <p class="told told-conflict" role="alert">
          {t("line.refused")}
        </p>
      )}
      {notice && <Told notice={notice} reasons={of.reasons} tell={tell} save={save} reform={reform} />}
      {listed.length === 0 && <Quiet says={t("line.no_stops")} known={known} />}
      <ul class="stop-list">
        {listed.slice(0, all ? undefined : SHOWN).map((stop) => (
          <li key={stop.id}>
            <StopButton of={stop} machine={machines.get(stop.machine) ?? stop.machine} reasons={of.reasons} kept={kept.find((one) => one.stop.id === stop.id)} open={() => choose(stop)} />
          </li>
        ))}
      </ul>
      {listed.length > SHOWN && (
        <button type="button" class="button hand quiet" aria-expanded={all} onClick={() => showAll(!all)}>
          {all ? t("line.less") : t("line.all_stops", { n: listed.length })}
        </button>
      )}
      {open && (
        <Tiles
          stop={open}
          machine={machines.get(open.machine) ?? open.machine}
          reasons={byUse(of.reasons, of.stops, losses)}
          stops={of.stops}
          choose={(said) => void save(open, said)}
          shape={(wish, undo) => void reform(open, wish, undo)}
          close={() => choose(null)}
        />
      )}
    </section>
  );
}

/** The room of the first stops while they are asked for. */
export function ComingStops(): JSX.Element {
  return (
    <div class="panel stops stops-coming" aria-hidden="true">
      <div class="block" />
      <p class="note">{"\u00a0"}</p>
      <div class="stop-list">
        {Array.from({ length: SHOWN }, (_, place) => (
          <div key={place} class="block" />
        ))}
      </div>
      <div class="block" />
    </div>
  );
}

function Heading({ missing, all, open }: { missing: Stop[]; all: Stop[]; open: () => void }): JSX.Element {
  if (!missing.length) {
    return (
      <header class="panel-head">
        <h2 id="stops-title">{t("line.stops")}</h2>
        {all.length > 0 && <span class="note">{t("line.all_explained")}</span>}
      </header>
    );
  }
  const share = total(missing) / total(all.filter(own));
  return (
    <>
      <h2 id="stops-title" class="unseen">
        {t("line.stops")}
      </h2>
      <button type="button" class="call" onClick={open} data-unexplained={missing.length}>
        <Shape of="delayed" />
        <span class="call-text">
          {t("line.unexplained_n", { n: missing.length, time: span(t, total(missing)) })}{" "}
          <span class="call-of">({t("line.machines_sum")})</span>
        </span>
        <span class="call-do">{t("line.enter_reason")}</span>
      </button>
      {share > GATE && (
        <p class="note">{t("line.gate_reason", { share: percent(share, share < 0.1 ? 1 : 0), limit: percent(GATE, 0) })}</p>
      )}
    </>
  );
}

interface StopProps {
  of: Stop;
  machine: string;
  reasons: readonly Reason[];
  kept: Entry | undefined; // a reason that waits to be sent
  open: () => void;
}

function StopButton({ of, machine, reasons, kept, open }: StopProps): JSX.Element {
  const shown = look(of);
  const lasts = of.to === null ? Number.POSITIVE_INFINITY : of.seconds * 1000;
  const reason = kept ? kept.reason : of.reason;
  const said = reason ? reasonName(reasons, reason, language.value) : own(of) ? t("line.enter_reason") : "";
  return (
    <button type="button" class="stop" data-stop={of.id} data-version={of.version} onClick={open}>
      <span class="stop-state">
        <Shape of={shown} /> {t(`state.${shown}`)}
      </span>
      <span class="stop-when num">
        {clockOf(of.from, lasts)}–{of.to ? clockOf(of.to, lasts) : t("time.ongoing")}
      </span>
      <span class="stop-length num">{lasted(of)}</span>
      <span class="stop-machine">
        {machine}
        {of.parts.length > 1 && ` · ${t("stop.parts", { n: of.parts.length })}`}
        {of.was && ` · ${t("stop.was", { state: t(`state.${lookOf(of.was)}`) })}`}
      </span>
      <span class={reason ? "stop-reason" : "stop-reason stop-open"}>
        {said}
        {kept && <span class="stop-waits"> · {t("line.waits")}</span>}
      </span>
      {(kept ?? of).note && <span class="stop-note">{(kept ?? of).note}</span>}
    </button>
  );
}

function lasted(stop: Stop): string {
  const ms = stop.to === null && now.value ? instant(now.value) - instant(stop.from) : stop.seconds * 1000;
  return elapsed(t, ms);
}

interface TilesProps {
  stop: Stop;
  machine: string;
  reasons: Reason[];
  stops: readonly Stop[];
  choose: (said: Said) => void;
  shape: (wish: Shaping, undo: Shaping) => void;
  close: () => void;
}

/** The large tiles, most used first; a note for who wants one; the actions at the bottom. */
function Tiles({ stop, machine, reasons, stops, choose, shape, close }: TilesProps): JSX.Element {
  const place = useRef<HTMLDialogElement>(null);
  const [all, showAll] = useState(false);
  const [note, write] = useState(stop.note ?? "");
  const [mends, mend] = useState(false);
  const say = (reason: string | null): void => choose({ reason, note: note.trim() || null });
  useLayoutEffect(() => {
    place.current?.showModal(); // before anybody can press Escape
  }, []);
  return (
    <dialog class="sheet" ref={place} onClose={close} aria-labelledby="tiles-title">
      <h2 id="tiles-title">
        {t(mends ? "stop.mend" : "line.choose_reason")} · {machine} · <span class="num">{`${clock(stop.from)} · ${lasted(stop)}`}</span>
      </h2>
      <div class="tiles" hidden={mends}>
        {reasons.slice(0, all ? undefined : FIRST_TILES).map((reason) => (
          <button
            key={reason.id}
            type="button"
            class="reason"
            data-reason={reason.id}
            aria-pressed={stop.reason === reason.id}
            onClick={() => say(reason.id)}
          >
            <Pictogram of={reason.pictogram} />
            <span>{reasonName(reasons, reason.id, language.value)}</span>
          </button>
        ))}
      </div>
      <label class="stop-say" hidden={mends}>
        <span class="note">{t("line.note")}</span>
        <input type="text" maxLength={NOTE_LETTERS} value={note} onInput={(event) => write(event.currentTarget.value)} />
      </label>
      {mends && <Mending stop={stop} stops={stops} reasons={reasons} shape={shape} />}
      <div class="actions">
        {!mends && (
          <button type="button" class="button hand" data-mend onClick={() => mend(true)}>
            {t("stop.mend")}
          </button>
        )}
        {(note.trim() || null) !== stop.note && (
          <button type="button" class="button hand" onClick={() => say(stop.reason)}>
            {t("line.save_note")}
          </button>
        )}
        {reasons.length > FIRST_TILES && !all && (
          <button type="button" class="button hand" onClick={() => showAll(true)}>
            {t("line.more_reasons")}
          </button>
        )}
        {stop.reason !== null && (
          <button type="button" class="button hand" onClick={() => say(null)}>
            {t("line.clear_reason")}
          </button>
        )}
        <button type="button" class="button hand" onClick={() => place.current?.close()}>
          {t("line.cancel")}
        </button>
      </div>
    </dialog>
  );
}

/** Reasons that wait for the gateway; one that somebody else answered meanwhile waits for a person. */
function Kept({ of, reasons }: { of: readonly Entry[]; reasons: readonly Reason[] }): JSX.Element {
  const [asked] = of.filter((one) => one.theirs);
  const quiet = of.filter((one) => !one.theirs);
  return (
    <>
      {asked?.theirs && (
        <Conflict
          theirs={asked.theirs}
          mine={asked.reason}
          reasons={reasons}
          keepTheirs={() => drop(asked)}
          keepMine={() => asked.theirs && keep(entry(asked.theirs, asked.reason, asked.note))}
        />
      )}
      {quiet.length > 0 && (
        <div class="told told-waiting" role="status" data-waiting={quiet.length}>
          <span>{t("line.waiting", { n: quiet.length })}</span>
          <button type="button" class="button hand" onClick={() => quiet.at(-1) && drop(quiet.at(-1)!)}>
            {t("line.undo")}
          </button>
        </div>
      )}
    </>
  );
}

interface ToldProps {
  notice: Notice;
  reasons: readonly Reason[];
  tell: (notice: Notice | null) => void;
  save: (stop: Stop, said: Said, undoing?: boolean) => Promise<void>;
  reform: (stop: Stop, wish: Shaping, undo: Shaping | null) => Promise<void>;
}

function Told({ notice, reasons, tell, save, reform }: ToldProps): JSX.Element {
  useEffect(() => {
    if (notice.kind !== "saved" && notice.kind !== "shaped") return undefined;
    const timer = setTimeout(() => tell(null), UNDO_MS);
    return () => clearTimeout(timer);
  }, [notice]);
  if (notice.kind === "problem") return <Trouble problem={notice.problem} again={notice.again} />;
  if (notice.kind === "shaped") {
    const { stop, undo } = notice;
    return (
      <div class="told" role="status">
        <span>{t("stop.changed")}</span>
        {undo && (
          <button type="button" class="button hand" onClick={() => void reform(stop, undo, null)}>
            {t("line.undo")}
          </button>
        )}
      </div>
    );
  }
  if (notice.kind === "saved") {
    return (
      <div class="told" role="status">
        <span>{t("line.saved", { reason: named(reasons, notice.stop.reason) })}</span>
        <button type="button" class="button hand" onClick={() => void save(notice.stop, notice.before, true)}>
          {t("line.undo")}
        </button>
      </div>
    );
  }
  return (
    <Conflict
      theirs={notice.stop}
      mine={notice.mine}
      reasons={reasons}
      keepTheirs={() => tell(null)}
      keepMine={() => void save(notice.stop, { reason: notice.mine, note: notice.stop.note })}
    />
  );
}

interface ConflictProps {
  theirs: Stop;
  mine: string | null;
  reasons: readonly Reason[];
  keepTheirs: () => void;
  keepMine: () => void;
}

/** Both versions of a stop that two people explained, and the choice between them. */
function Conflict({ theirs, mine, reasons, keepTheirs, keepMine }: ConflictProps): JSX.Element {
  return (
    <div class="told told-conflict" role="alert">
      <p>
        <strong>{t("line.conflict")}</strong>
      </p>
      <p>{t("line.conflict_theirs", { reason: named(reasons, theirs.reason) })}</p>
      <p>{t("line.conflict_mine", { reason: named(reasons, mine) })}</p>
      <div class="actions">
        <button type="button" class="button hand" onClick={keepTheirs}>
          {t("line.keep_theirs")}
        </button>
        <button type="button" class="button hand" onClick={keepMine}>
          {t("line.keep_mine")}
        </button>
      </div>
    </div>
  );
}

function named(reasons: readonly Reason[], id: string | null): string {
  return id ? reasonName(reasons, id, language.value) : t("line.no_reason");
}
