// Labelled fields of a form: a choice, and a line of text, a number or a day.
import type { JSX } from "preact";
import { useId } from "preact/hooks";

interface ChoiceProps {
  label: string;
  value: string;
  of: readonly { value: string; label: string }[];
  put: (value: string) => void;
}

export function Choice({ label, value, of, put }: ChoiceProps): JSX.Element {
  const id = useId();
  return (
    <div class="form-row">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => put(event.currentTarget.value)}>
        {of.map((one) => (
          <option key={one.value} value={one.value}>
            {one.label}
          </option>
        ))}
      </select>
    </div>
  );
}

interface TextProps {
  label: string;
  value: string;
  put: (value: string) => void;
  kind?: "text" | "number" | "date";
  most?: number; // letters
  least?: string; // the first day
  odd?: boolean; // what stands in it cannot be meant
  says?: string; // id of what is said about it
}

export function Text({ label, value, put, kind = "text", most, least, odd = false, says }: TextProps): JSX.Element {
  const id = useId();
  return (
    <div class="form-row">
      <label for={id}>{label}</label>
      <input
        id={id}
        type={kind === "date" ? "date" : "text"}
        inputMode={kind === "number" ? "decimal" : undefined}
        autocomplete={kind === "number" ? "off" : undefined}
        maxLength={most}
        min={least}
        value={value}
        aria-invalid={odd || undefined}
        aria-describedby={says}
        onInput={(event) => put(event.currentTarget.value)}
      />
    </div>
  );
}
