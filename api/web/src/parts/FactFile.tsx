// A file of facts: looked at first, every fault with its row and column; stored by a second press.
import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { FactFileLook } from "../domain/api";
import { number } from "../domain/number";
import { Problem } from "../live/ask";
import { bring } from "../live/counts";
import { t } from "../words";
import { FileChoice } from "./FileChoice";
import { Trouble } from "./Shared";

const SHOWN = 12;

export interface Props {
  changed: () => void;
  close: () => void;
}

export function FactFile({ changed, close }: Props): JSX.Element {
  const place = useRef<HTMLDialogElement>(null);
  const [file, choose] = useState<File | null>(null);
  const [look, found] = useState<FactFileLook | null>(null);
  const [problem, fail] = useState<Problem | null>(null);
  useLayoutEffect(() => {
    place.current?.showModal();
  }, []);
  const take = async (of: File, preview: boolean, partly = false): Promise<void> => {
    fail(null);
    try {
      found(await bring(of, preview, partly));
      if (!preview) changed();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      found(null);
      fail(error);
    }
  };
  const chosen = (of: File | null): void => {
    choose(of);
    found(null);
    if (of) void take(of, true);
  };
  const fresh = look !== null && !look.stored && look.new + look.corrected > 0;
  return (
    <dialog class="sheet fact-file" ref={place} onClose={close} aria-labelledby="file-title">
      <h2 id="file-title">{t("facts.title")}</h2>
      <p class="note">{t("facts.says")}</p>
      <FileChoice id="fact-file" label={t("facts.file")} accept=".csv,.tsv,.txt,.xlsx" file={file} choose={chosen} hand />
      {problem && file && <Trouble problem={problem} again={() => void take(file, true)} />}
      {look && <Looked of={look} />}
      <div class="actions">
        {file && fresh && look.faults.length === 0 && (
          <button type="button" class="button hand" data-store onClick={() => void take(file, false)}>
            {t("facts.store", { n: look.new + look.corrected })}
          </button>
        )}
        {file && fresh && look.faults.length > 0 && (
          <button type="button" class="button hand" data-store-partly onClick={() => void take(file, false, true)}>
            {t("facts.store_partly", { n: look.new + look.corrected })}
          </button>
        )}
        <button type="button" class="button hand" onClick={() => place.current?.close()}>
          {t("line.cancel")}
        </button>
      </div>
    </dialog>
  );
}

/** What a file holds, what would become of it, and every fault. */
function Looked({ of }: { of: FactFileLook }): JSX.Element {
  const counts = { rows: number(of.rows), fresh: number(of.new), corrected: number(of.corrected), same: number(of.same) };
  const faults = of.faults.slice(0, SHOWN);
  const more = of.faults.length - faults.length + of.more_faults;
  return (
    <div role="status" data-stored={of.stored}>
      <p>
        {of.stored && <strong>{t("facts.stored")} </strong>}
        {t("facts.found", counts)}
      </p>
      <p class="note" data-heading={of.heading_row}>
        {of.sheet ? t("facts.headings_in", { row: of.heading_row, sheet: of.sheet }) : t("facts.headings", { row: of.heading_row })}
      </p>
      {of.short_years.map((column) => (
        <p class="note" key={column}>
          {t("facts.short_years", { column })}
        </p>
      ))}
      {faults.length > 0 && (
        <div class="fault-table">
          <table>
            <caption>{t("facts.faults", { n: number(of.faults.length + of.more_faults) })}</caption>
            <thead>
              <tr>
                <th scope="col">{t("facts.row")}</th>
                <th scope="col">{t("facts.column")}</th>
                <th scope="col">{t("facts.value")}</th>
                <th scope="col">{t("facts.fault")}</th>
              </tr>
            </thead>
            <tbody>
              {faults.map((fault) => (
                <tr key={`${fault.row} ${fault.column}`}>
                  <td class="num">{fault.row}</td>
                  <td>{fault.column}</td>
                  <td>{fault.value}</td>
                  <td>{t(`fault.${fault.code}`, fault.values)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {more > 0 && <p class="note">{t("facts.more", { n: number(more) })}</p>}
    </div>
  );
}
