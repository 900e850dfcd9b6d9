// What may be counted by hand, and how an entry is typed.
import type { CountKind, FactList, Reason, Told } from "./api";
import { reasonName } from "./stops";
import type { Language } from "./text";

export const MOST_DIGITS = 6;
const COUNTED: readonly string[] = ["scrap", "rework", "good", "total"];

/** One more digit behind a number; no leading zero, no endless number. */
export function typed(before: string, digit: string): string {
  const after = before === "0" ? digit : before + digit;
  return after.length > MOST_DIGITS ? before : after;
}

/** The number without its last digit. */
export function erased(before: string): string {
  return before.slice(0, -1);
}

/** The machine that is offered first: the line's exit where it ends with one, else the first exit. */
export function firstMachine(of: FactList): string {
  const exits = of.machines.filter((machine) => machine.exit);
  return (exits[0] ?? of.machines[0])?.id ?? "";
}

/** What people may count of a machine, rejects first. */
export function kindsOf(of: FactList, machine: string): CountKind[] {
  const kinds = of.machines.find((one) => one.id === machine)?.kinds ?? [];
  return [...kinds].sort((a, b) => COUNTED.indexOf(a) - COUNTED.indexOf(b));
}

/** The counts among the facts, the last entered first. */
export function latest(facts: readonly Told[]): Told[] {
  return facts.filter((fact) => COUNTED.includes(fact.kind)).sort((a, b) => b.id - a.id);
}

/** The name of a type of defect; a type that nobody offers is its own name. */
export function typeName(types: readonly Reason[], type: string, language: Language): string {
  return reasonName(types, type, language);
}
