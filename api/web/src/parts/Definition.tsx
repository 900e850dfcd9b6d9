// The definition card behind a figure: formula, states counted, source, version.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Definition } from "../domain/api";
import { unitLabel } from "../domain/measure";
import { hasText, language, t } from "../words";
import { useResource } from "./resource";
import { Blocks, Trouble } from "./Shared";

export function DefinitionButton({ id, name }: { id: string; name: string }): JSX.Element {
  const [open, put] = useState(false);
  return (
    <>
      <button type="button" class="define" aria-label={t("definition.open", { name })} onClick={() => put(true)}>
        <svg class="shape" viewBox="0 0 24 24" aria-hidden="true">
          <circle class="outline" cx="12" cy="12" r="10" />
          <path d="M10.500 10.500h3v7.500h-3zM12 5.500a1.700 1.700 0 1 1 0 3.400 1.700 1.700 0 0 1 0-3.400z" />
        </svg>
      </button>
      {open && <Card id={id} name={name} close={() => put(false)} />}
    </>
  );
}

function Card({ id, name, close }: { id: string; name: string; close: () => void }): JSX.Element {
  const place = useRef<HTMLDialogElement>(null);
  const { data, problem, reload } = useResource<Definition>(id, () => `/definitions/${id.split("/").map(encodeURIComponent).join("/")}`, 3600);
  useEffect(() => {
    place.current?.showModal();
  }, []);
  return (
    <dialog class="sheet definition" ref={place} onClose={close} aria-labelledby="definition-title">
      <h2 id="definition-title">
        {name} · {t("definition.title")}
      </h2>
      {problem && <Trouble problem={problem} again={reload} />}
      {!data && !problem && <Blocks rows={2} />}
      {data && <Facts of={data} />}
      <div class="actions">
        <button type="button" class="button" onClick={() => place.current?.close()}>
          {t("definition.close")}
        </button>
      </div>
    </dialog>
  );
}

/** Whose definition it is, by its namespace; one that is not known keeps its own words. */
function sourceOf(of: Definition): string {
  const key = `definition.of_${of.id.split("/")[0] ?? ""}`;
  return hasText(key) ? t(key) : of.source;
}

function Facts({ of }: { of: Definition }): JSX.Element {
  const states = Array.isArray(of.states) ? of.states.map((state) => t(`state.${state}`)).join(", ") : of.states;
  const rows: [string, string][] = [
    [t("definition.formula"), [of.formula, unitLabel(t, of.unit)].filter(Boolean).join(" · ")],
    [t("definition.states"), states],
    [t("definition.source"), sourceOf(of)],
    [t("definition.version"), of.id],
  ];
  return (
    <>
      <p class="definition-says">{language.value === "ko" ? of.ko : of.en}</p>
      <dl class="terms">
        {rows
          .filter(([, value]) => value)
          .map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </>
  );
}
