// The definition card behind a figure: formula, unit, symbols, states counted, source, version. A press
// on the figure itself opens it.
import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Definition } from "../domain/api";
import { symbols, unitLabel } from "../domain/measure";
import { hasText, language, t } from "../words";
import { useResource } from "./resource";
import { Blocks, Trouble } from "./Shared";
import { Terms } from "./Terms";

/** A figure in our own words, where the gateway has no card for it or only one of what it is made of. */
export interface Own {
  says: string;
  formula: string;
}

export interface Props {
  id: string | null; // of the definition at the gateway
  name: string;
  own?: Own;
}

/** The sign beside a name that opens its card. */
export function DefinitionButton(of: Props): JSX.Element {
  return (
    <Opens {...of} class="define">
      <svg class="shape" viewBox="0 0 24 24" aria-hidden="true">
        <circle class="outline" cx="12" cy="12" r="10" />
        <path d="M10.500 10.500h3v7.500h-3zM12 5.500a1.700 1.700 0 1 1 0 3.400 1.700 1.700 0 0 1 0-3.400z" />
      </svg>
    </Opens>
  );
}

/** A figure that opens its own card when it is pressed. */
export function Explained({ children, ...of }: Props & { children: ComponentChildren }): JSX.Element {
  return (
    <Opens {...of} class="explained">
      {children}
    </Opens>
  );
}

function Opens({ children, class: look, ...of }: Props & { class: string; children: ComponentChildren }): JSX.Element {
  const [open, put] = useState(false);
  return (
    <>
      <button type="button" class={look} onClick={() => put(true)}>
        {children}
        <span class="unseen"> {t("definition.open", { name: of.name })}</span>
      </button>
      {open && <Card {...of} close={() => put(false)} />}
    </>
  );
}

function Card({ id, name, own, close }: Props & { close: () => void }): JSX.Element {
  const place = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    place.current?.showModal(); // before anybody can press Escape
  }, []);
  return (
    <dialog class="sheet definition" ref={place} onClose={close} aria-labelledby="definition-title">
      <h2 id="definition-title">
        {name} · {t("definition.title")}
      </h2>
      {own && <InWords of={own} />}
      {own && id && <h3 class="smaller">{t("definition.of_figure")}</h3>}
      {id && <Known id={id} />}
      <div class="actions">
        <button type="button" class="button" onClick={() => place.current?.close()}>
          {t("definition.close")}
        </button>
      </div>
    </dialog>
  );
}

function InWords({ of }: { of: Own }): JSX.Element {
  return (
    <>
      <p class="definition-says">{of.says}</p>
      <Terms of={[[t("definition.formula"), of.formula]]} />
    </>
  );
}

function Known({ id }: { id: string }): JSX.Element {
  const path = id.split("/").map(encodeURIComponent).join("/");
  const { data, problem, reload } = useResource<Definition>(id, () => `/definitions/${path}`, 3600);
  if (data) return <Facts of={data} />;
  return problem ? <Trouble problem={problem} again={reload} /> : <Blocks rows={2} />;
}

/** Where the definition is written down, and in our own words what is this program's in it. */
function sourceOf(of: Definition): string {
  const key = `definition.of_${of.id.split("/")[0] ?? ""}`;
  const { source } = of.said[language.value];
  return hasText(key) ? `${source}. ${t(key)}` : source;
}

/** The name of a state as the pages say it. */
function stateOf(state: string): string {
  return t(state === "delayed:external" ? "state.waiting" : `state.${state}`);
}

function Facts({ of }: { of: Definition }): JSX.Element {
  const states = of.states.map(stateOf).join(", ");
  const known = symbols(of.formula).filter((symbol) => hasText(`element.${symbol}`));
  return (
    <>
      <p class="definition-says">{[of.ko, of.en].join(" · ")}</p>
      <Terms
        of={[
          [t("definition.formula"), of.said[language.value].formula],
          [t("definition.symbols"), known.map((symbol) => `${symbol} ${t(`element.${symbol}`)}`).join(" · ")],
          [t("definition.unit"), of.unit === "1" ? t("definition.ratio") : unitLabel(t, of.unit)],
          [t("definition.states"), states],
          [t("definition.told"), of.told.map((kind) => t(`told.${kind}`)).join(", ")],
          [t("definition.source"), sourceOf(of)],
          [t("definition.version"), of.id],
        ]}
      />
    </>
  );
}
