// Stops of a shift and the reasons for them: tap a stop, tap a tile, done. Undo instead of asking.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Reason, ReasonLoss, Stop, StopList } from "../domain/api";
import { percent } from "../domain/number";
import { byUse, FIRST_TILES, newest, own, reasonName, total, unexplained } from "../domain/stops";
import { look } from "../domain/state";
import { clock, elapsed, instant, span } from "../domain/time";
import { ask, idempotencyKey, Problem } from "../live/ask";
import { now } from "../live/store";
import { language, t } from "../words";
import { Pictogram } from "./Pictogram";
import { Shape } from "./Shape";
import { Trouble } from "./Shared";

const UNDO_MS = 10_000;
const SHOWN = 6;
const GATE = 0.04; // share of stopped time without a reason above which figures lose their worth

export interface Props {
  of: StopList;
  losses: readonly ReasonLoss[];
  machines: ReadonlyMap<string, string>;
  changed: () => void;
}

type Notice =
  | { kind: "saved"; stop: Stop; before: string | null }
  | { kind: "conflict"; stop: Stop; mine: string | null }
  | { kind: "problem"; problem: Problem; again: () => void };

export function Stops({ of, losses, machines, changed }: Props): JSX.Element {
  const [open, choose] = useState<Stop | null>(null);
  const [notice, tell] = useState<Notice | null>(null);
  const [all, showAll] = useState(false);
  const missing = unexplained(of.stops);
  const rest = newest(of.stops).filter((stop) => !missing.includes(stop));
  const listed = [...missing, ...rest];

  const save = async (stop: Stop, reason: string | null, undoing = false): Promise<void> => {
    choose(null);
    try {
      const stored = await put(stop, reason);
      tell(undoing ? null : { kind: "saved", stop: stored, before: stop.reason });
      changed();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      const theirs = present(problem);
      if (theirs) tell({ kind: "conflict", stop: theirs, mine: reason });
      else tell({ kind: "problem", problem, again: () => void save(stop, reason) });
    }
  };

  return (
    <section class="panel stops" aria-labelledby="stops-title">
      <Heading missing={missing} all={of.stops} open={() => choose(missing[0] ?? null)} />
      {notice && <Told notice={notice} reasons={of.reasons} tell={tell} save={save} />}
      {listed.length === 0 && <p class="quiet-line">{t("line.no_stops")}</p>}
      <ul class="stop-list">
        {listed.slice(0, all ? undefined : SHOWN).map((stop) => (
          <li key={stop.id}>
            <StopButton of={stop} machine={machines.get(stop.machine) ?? stop.machine} reasons={of.reasons} open={() => choose(stop)} />
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
          choose={(reason) => void save(open, reason)}
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
        <p class="note">{t("line.gate_reason", { share: percent(share, 0), limit: percent(GATE, 0) })}</p>
      )}
    </>
  );
}

interface StopProps {
  of: Stop;
  machine: string;
  reasons: readonly Reason[];
  open: () => void;
}

function StopButton({ of, machine, reasons, open }: StopProps): JSX.Element {
  const shown = look(of);
  return (
    <button type="button" class="stop" data-stop={of.id} data-version={of.version} onClick={open}>
      <span class="stop-state">
        <Shape of={shown} /> {t(`state.${shown}`)}
      </span>
      <span class="stop-when num">
        {clock(of.from)}–{of.to ? clock(of.to) : t("time.ongoing")}
      </span>
      <span class="stop-length num">{lasted(of)}</span>
      <span class="stop-machine">{machine}</span>
      <span class={of.reason ? "stop-reason" : "stop-reason stop-open"}>
        {of.reason ? reasonName(reasons, of.reason, language.value) : own(of) ? t("line.enter_reason") : ""}
      </span>
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
  choose: (reason: string | null) => void;
  close: () => void;
}

/** The large tiles, most used first; the actions at the bottom. */
function Tiles({ stop, machine, reasons, choose, close }: TilesProps): JSX.Element {
  const place = useRef<HTMLDialogElement>(null);
  const [all, showAll] = useState(false);
  useEffect(() => {
    place.current?.showModal();
  }, []);
  return (
    <dialog class="sheet" ref={place} onClose={close} aria-labelledby="tiles-title">
      <h2 id="tiles-title">
        {t("line.choose_reason")} · {machine} · <span class="num">{`${clock(stop.from)} · ${lasted(stop)}`}</span>
      </h2>
      <div class="tiles">
        {reasons.slice(0, all ? undefined : FIRST_TILES).map((reason) => (
          <button
            key={reason.id}
            type="button"
            class="reason"
            data-reason={reason.id}
            aria-pressed={stop.reason === reason.id}
            onClick={() => choose(reason.id)}
          >
            <Pictogram of={reason.pictogram} />
            <span>{reasonName(reasons, reason.id, language.value)}</span>
          </button>
        ))}
      </div>
      <div class="actions">
        {reasons.length > FIRST_TILES && !all && (
          <button type="button" class="button hand" onClick={() => showAll(true)}>
            {t("line.more_reasons")}
          </button>
        )}
        {stop.reason !== null && (
          <button type="button" class="button hand" onClick={() => choose(null)}>
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

interface ToldProps {
  notice: Notice;
  reasons: readonly Reason[];
  tell: (notice: Notice | null) => void;
  save: (stop: Stop, reason: string | null, undoing?: boolean) => Promise<void>;
}

function Told({ notice, reasons, tell, save }: ToldProps): JSX.Element {
  useEffect(() => {
    if (notice.kind !== "saved") return undefined;
    const timer = setTimeout(() => tell(null), UNDO_MS);
    return () => clearTimeout(timer);
  }, [notice]);
  const name = (id: string | null): string => (id ? reasonName(reasons, id, language.value) : t("line.no_reason"));
  if (notice.kind === "problem") return <Trouble problem={notice.problem} again={notice.again} />;
  if (notice.kind === "saved") {
    return (
      <div class="told" role="status">
        <span>{t("line.saved", { reason: name(notice.stop.reason) })}</span>
        <button type="button" class="button hand" onClick={() => void save(notice.stop, notice.before, true)}>
          {t("line.undo")}
        </button>
      </div>
    );
  }
  return (
    <div class="told told-conflict" role="alert">
      <p>
        <strong>{t("line.conflict")}</strong>
      </p>
      <p>{t("line.conflict_theirs", { reason: name(notice.stop.reason) })}</p>
      <p>{t("line.conflict_mine", { reason: name(notice.mine) })}</p>
      <div class="actions">
        <button type="button" class="button hand" onClick={() => tell(null)}>
          {t("line.keep_theirs")}
        </button>
        <button type="button" class="button hand" onClick={() => void save(notice.stop, notice.mine)}>
          {t("line.keep_mine")}
        </button>
      </div>
    </div>
  );
}

/** Store a reason if nobody changed the stop meanwhile; the key makes a repeated request harmless. */
function put(stop: Stop, reason: string | null): Promise<Stop> {
  return ask<Stop>(`/stops/${stop.id.split("/").map(encodeURIComponent).join("/")}`, {
    method: "PATCH",
    headers: {
      "content-type": "application/json",
      accept: "application/json",
      "if-match": `"${stop.version}"`,
      "idempotency-key": idempotencyKey(),
    },
    body: JSON.stringify({ reason, note: stop.note }),
  });
}

/** The stop as somebody else has stored it meanwhile, where that is why ours was refused. */
function present(problem: Problem): Stop | null {
  if (problem.fault.status !== 412) return null;
  const body = problem.body as { present?: unknown } | null;
  return [body?.present, body].find(isStop) ?? null;
}

function isStop(body: unknown): body is Stop {
  return typeof body === "object" && body !== null && "id" in body && "version" in body;
}
