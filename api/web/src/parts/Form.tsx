// A small form that opens at a press: labelled fields, one button, and what went wrong in words.
import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { Problem } from "../live/ask";
import { t } from "../words";
import { Trouble } from "./Shared";

export interface Field {
  name: string;
  label: string;
  kind?: "text" | "area" | "day" | "choice";
  most?: number; // letters
  optional?: boolean;
  choices?: readonly { value: string; label: string }[];
  value?: string;
}

export interface Props {
  title: string; // what the button that opens it says
  button: string;
  fields: readonly Field[];
  send: (values: Record<string, string>) => Promise<void>;
  ready?: (values: Record<string, string>) => boolean; // besides what is required
}

const typed = new Map<string, string>(); // a name is typed once while the page is open

export function Form({ title, button, fields, send, ready = () => true }: Props): JSX.Element {
  const [open, put] = useState(false);
  return (
    <details class="form-fold" open={open} onToggle={(event) => put(event.currentTarget.open)}>
      <summary class="button">{title}</summary>
      {open && <Inside button={button} fields={fields} send={send} ready={ready} close={() => put(false)} />}
    </details>
  );
}

function Inside({ button, fields, send, ready, close }: Omit<Props, "title" | "ready"> & { ready: (values: Record<string, string>) => boolean; close: () => void }): JSX.Element {
  const begin = Object.fromEntries(fields.map((field) => [field.name, field.value ?? typed.get(field.name) ?? ""]));
  const [values, put] = useState<Record<string, string>>(begin);
  const [problem, tell] = useState<Problem | null>(null);
  const [busy, work] = useState(false);
  const go = async (): Promise<void> => {
    work(true);
    for (const name of ["name", "role"]) if (values[name]) typed.set(name, values[name]);
    try {
      await send(values);
      close();
    } catch (found) {
      if (!(found instanceof Problem)) throw found;
      tell(found);
    } finally {
      work(false);
    }
  };
  const missing = fields.some((field) => !field.optional && !(values[field.name] ?? "").trim());
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        void go();
      }}
    >
      {fields.map((field) => (
        <Row key={field.name} field={field} value={values[field.name] ?? ""} change={(value) => put({ ...values, [field.name]: value })} />
      ))}
      {problem && <Trouble problem={problem} again={() => void go()} />}
      <div class="actions">
        <button type="submit" class="button" disabled={busy || missing || !ready(values)}>
          {button}
        </button>
      </div>
    </form>
  );
}

function Row({ field, value, change }: { field: Field; value: string; change: (value: string) => void }): JSX.Element {
  const id = useId();
  const label = field.optional ? t("form.optional", { label: field.label }) : field.label;
  return (
    <div class="form-row">
      <label for={id}>{label}</label>
      {field.kind === "area" ? (
        <textarea id={id} rows={3} maxLength={field.most ?? 2_000} value={value} onInput={(event) => change(event.currentTarget.value)} />
      ) : field.kind === "choice" ? (
        <select id={id} value={value} onChange={(event) => change(event.currentTarget.value)}>
          <option value="">{t("form.choose")}</option>
          {(field.choices ?? []).map((one) => (
            <option key={one.value} value={one.value}>
              {one.label}
            </option>
          ))}
        </select>
      ) : (
        <input
          id={id}
          type={field.kind === "day" ? "date" : "text"}
          maxLength={field.most ?? 80}
          value={value}
          onInput={(event) => change(event.currentTarget.value)}
        />
      )}
    </div>
  );
}
