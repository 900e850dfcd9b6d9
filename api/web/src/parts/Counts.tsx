// Counts by hand: a keypad, then a tile that stores. Undo instead of asking; what is hardly true is said.
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { CountKind, FactList, Told } from "../domain/api";
import { erased, firstMachine, kindsOf, latest, typed, typeName } from "../domain/counts";
import { number } from "../domain/number";
import { clock } from "../domain/time";
import { Problem } from "../live/ask";
import { count, type Count, countsRefused, countsSent, countsWaiting, dropCount, isAway, keepCount, sendCount, takeBack } from "../live/counts";
import { now } from "../live/store";
import { language, t } from "../words";
import { FactFile } from "./FactFile";
import { Trouble } from "./Shared";

const UNDO_MS = 10_000;
const SHOWN = 4;
const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

export interface Props {
  of: FactList;
  line: string;
  machines: ReadonlyMap<string, string>;
  changed: () => void;
}

type Notice = { kind: "saved"; fact: Told } | { kind: "problem"; problem: Problem; again: () => void };

export function Counts({ of, line, machines, changed }: Props): JSX.Element {
  const [open, unfold] = useState(false);
  const [filing, bringFile] = useState(false);
  const [notice, tell] = useState<Notice | null>(null);
  const kept = countsWaiting.value.filter((one) => one.line === line);
  const told = latest(of.facts).slice(0, SHOWN);
  const arrived = countsSent.value;
  useEffect(() => {
    if (arrived) changed();
  }, [arrived]);

  const attempt = async (work: () => Promise<Notice | null>, away: () => void, again: () => void): Promise<void> => {
    try {
      tell(await work());
      changed();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (isAway(problem)) away();
      else tell({ kind: "problem", problem, again });
    }
  };
  const save = (entry: Count): void => {
    unfold(false);
    const stored = async (): Promise<Notice> => ({ kind: "saved", fact: await sendCount(entry) });
    void attempt(stored, () => keepCount(entry), () => save(entry));
  };
  const undo = (fact: Told): void => {
    const gone = async (): Promise<null> => (await takeBack(fact), null);
    void attempt(gone, () => undefined, () => undo(fact));
  };

  return (
    <section class="panel counts" aria-labelledby="counts-title">
      <header class="panel-head">
        <h2 id="counts-title">{t("counts.title")}</h2>
        <button type="button" class="button hand quiet" data-file onClick={() => bringFile(true)}>
          {t("facts.open")}
        </button>
      </header>
      <button type="button" class="button hand counts-open" onClick={() => unfold(true)}>
        {t("counts.enter")}
      </button>
      {kept.length > 0 && (
        <div class="told told-waiting" role="status" data-waiting={kept.length}>
          <span>{t("line.waiting", { n: kept.length })}</span>
          <button type="button" class="button hand" onClick={() => kept.at(-1) && dropCount(kept.at(-1)!)}>
            {t("line.undo")}
          </button>
        </div>
      )}
      {countsRefused.value > 0 && (
        <p class="told told-conflict" role="alert">
          {t("counts.refused")}
        </p>
      )}
      {notice && <Said notice={notice} of={of} undo={undo} tell={tell} />}
      {told.length === 0 && <p class="note">{t("counts.none")}</p>}
      <ul class="count-list">
        {told.map((fact) => (
          <Row key={fact.id} fact={fact} of={of} machines={machines} undo={() => undo(fact)} />
        ))}
      </ul>
      {filing && <FactFile changed={changed} close={() => bringFile(false)} />}
      {open && <Pad of={of} line={line} machines={machines} save={save} close={() => unfold(false)} />}
    </section>
  );
}

interface RowProps {
  fact: Told;
  of: FactList;
  machines: ReadonlyMap<string, string>;
  undo: () => void;
}

/** One entry: when, of what, how much, whose; and the way to take it back. */
function Row({ fact, of, machines, undo }: RowProps): JSX.Element {
  const name = machines.get(fact.machine ?? "") ?? "";
  const type = fact.type ? typeName(of.defects, fact.type, language.value) : "";
  const when = fact.from === fact.to ? clock(fact.from) : `${clock(fact.from)}–${clock(fact.to)}`;
  return (
    <li class="count" data-fact={fact.id}>
      <span class="num">{when}</span>
      <span>
        {t(`counts.${fact.kind}`)} <b class="num">{number(fact.quantity)}</b>
      </span>
      <span class="note">{[type, name, fact.who].filter(Boolean).join(" · ")}</span>
      <button type="button" class="button hand quiet" aria-label={`${t("counts.take_back")} ${when}`} onClick={undo}>
        {t("counts.take_back")}
      </button>
    </li>
  );
}

interface SaidProps {
  notice: Notice;
  of: FactList;
  undo: (fact: Told) => void;
  tell: (notice: Notice | null) => void;
}

/** What became of the last entry; one that is hardly true says so and stays. */
function Said({ notice, of, undo, tell }: SaidProps): JSX.Element {
  const odd = notice.kind === "saved" ? notice.fact.warnings?.find((one) => one.code === "implausible") : undefined;
  useEffect(() => {
    if (notice.kind !== "saved" || odd) return undefined;
    const timer = setTimeout(() => tell(null), UNDO_MS);
    return () => clearTimeout(timer);
  }, [notice]);
  if (notice.kind === "problem") return <Trouble problem={notice.problem} again={notice.again} />;
  const { fact } = notice;
  const type = fact.type ? ` · ${typeName(of.defects, fact.type, language.value)}` : "";
  return (
    <div class={odd ? "told told-conflict" : "told"} role="status">
      <span>
        {t("counts.saved", { kind: t(`counts.${fact.kind}`), n: number(fact.quantity) })}
        {type}
        {odd && <strong> {t("counts.implausible", { most: number(odd.most) })}</strong>}
      </span>
      <button type="button" class="button hand" onClick={() => undo(fact)}>
        {t("line.undo")}
      </button>
    </div>
  );
}

interface PadProps {
  of: FactList;
  line: string;
  machines: ReadonlyMap<string, string>;
  save: (entry: Count) => void;
  close: () => void;
}

/** Kind, number, and a tile that stores; the actions at the bottom. */
function Pad({ of, line, machines, save, close }: PadProps): JSX.Element {
  const place = useRef<HTMLDialogElement>(null);
  const [machine, choose] = useState(() => firstMachine(of));
  const kinds = kindsOf(of, machine);
  const [asked, take] = useState<CountKind | null>(null);
  const kind = asked && kinds.includes(asked) ? asked : kinds[0];
  const [digits, type] = useState("");
  const ready = kind !== undefined && digits !== "";
  const store = (defect: string | null): void => {
    if (!ready) return;
    save(count({ line, machine, kind, quantity: Number(digits), type: defect, at: now.value ?? of.as_of }));
  };
  useLayoutEffect(() => {
    place.current?.showModal();
  }, []);
  return (
    <dialog class="sheet counts-pad" ref={place} onClose={close} aria-labelledby="pad-title">
      <h2 id="pad-title">{t("counts.enter")}</h2>
      <div class="pad-kinds" role="group" aria-label={t("counts.what")}>
        {kinds.map((one) => (
          <button key={one} type="button" class="button hand" data-kind={one} aria-pressed={one === kind} onClick={() => take(one)}>
            {t(`counts.${one}`)}
          </button>
        ))}
      </div>
      <div class="pad-row">
        {of.machines.length > 1 && (
          <label class="pad-machine">
            <span class="unseen">{t("line.machine")}</span>
            <select value={machine} onChange={(event) => choose(event.currentTarget.value)}>
              {of.machines.map((one) => (
                <option key={one.id} value={one.id}>
                  {machines.get(one.id) ?? one.id}
                </option>
              ))}
            </select>
          </label>
        )}
        <output class="pad-number num" aria-live="polite">
          {digits === "" ? "–" : number(Number(digits))}
        </output>
      </div>
      <div class="pad">
        <div class="pad-keys">
          {[...KEYS, "0"].map((digit) => (
            <button key={digit} type="button" class="button hand num" data-digit={digit} onClick={() => type(typed(digits, digit))}>
              {digit}
            </button>
          ))}
          <button type="button" class="button hand pad-erase" onClick={() => type(erased(digits))}>
            {t("counts.erase")}
          </button>
        </div>
        {kind !== "good" && kind !== "total" && (
          <div class="pad-types" role="group" aria-label={t("counts.type")}>
            {of.defects.map((one) => (
              <button key={one.id} type="button" class="button hand" data-type={one.id} disabled={!ready} onClick={() => store(one.id)}>
                {typeName(of.defects, one.id, language.value)}
              </button>
            ))}
          </div>
        )}
      </div>
      <p class="note">{t(kind === "good" || kind === "total" ? "counts.now" : "counts.type")}</p>
      <div class="actions">
        <button type="button" class="button hand" data-save disabled={!ready} onClick={() => store(null)}>
          {t(kind === "good" || kind === "total" ? "counts.save" : "counts.save_plain")}
        </button>
        <button type="button" class="button hand" onClick={() => place.current?.close()}>
          {t("line.cancel")}
        </button>
      </div>
    </dialog>
  );
}
