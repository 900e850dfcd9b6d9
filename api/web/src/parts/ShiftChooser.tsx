// Chooses the shift that a line's page looks at; the choice stands in the address.
import type { JSX } from "preact";
import { go, to } from "../address";
import type { KpiRows, LineNow } from "../domain/api";
import { type ShiftChoice, shiftChoices } from "../domain/stops";
import { clock, day, instant, written } from "../domain/time";
import { now } from "../live/store";
import { t } from "../words";
import { useResource } from "./resource";

const BACK_MS = 3 * 86_400_000;

/** The interval that the page looks at. */
export interface View {
  from: string;
  to: string;
  live: boolean; // the shift that runs now, or the hours before now
}

/** The shift now and those of the three days before; the choice stands in the address. */
export function ShiftChooser({ line, view }: { line: LineNow; view: View }): JSX.Element {
  const until_ = now.value ?? line.as_of;
  const back = useResource<KpiRows>(`shifts${line.line}`, () => pathOfShifts(line.line, until_), 600);
  const whole = shiftChoices(back.data?.rows ?? []).filter((one) => instant(one.from) > instant(until_) - BACK_MS);
  const choices = withCurrent(whole, line);
  const chosen = choices.find((choice) => choice.from === view.from);
  return (
    <select
      class="bar-choice"
      aria-label={t("line.shift")}
      value={chosen?.key ?? ""}
      onChange={(event) => {
        const choice = choices.find(({ key }) => key === event.currentTarget.value);
        if (choice) go(to(`/lines/${line.line}`, rangeOf(choice, line)));
      }}
    >
      {!chosen && <option value="">{`${clock(view.from)}–${clock(view.to)}`}</option>}
      {choices.map((choice) => (
        <option key={choice.key} value={choice.key} selected={choice === chosen}>
          {t("line.shift_of", { day: day(t, choice.day, false), name: choice.name })}
        </option>
      ))}
    </select>
  );
}

function pathOfShifts(line: string, at: string): string {
  const from = written(instant(at) - BACK_MS, at);
  return `/kpis?${new URLSearchParams({ line, from, to: at, by: "shift" })}`;
}

function withCurrent(choices: ShiftChoice[], line: LineNow): ShiftChoice[] {
  if (!line.shift) return choices;
  const { production_day, name, from, to: end } = line.shift;
  const key = `${production_day}/${name}`;
  return [{ key, name, day: production_day, from, to: end }, ...choices.filter((choice) => choice.key !== key)];
}

function rangeOf(choice: ShiftChoice, line: LineNow): Record<string, string | null> {
  const current = choice.from === line.shift?.from;
  return { from: current ? null : choice.from, to: current ? null : choice.to };
}
