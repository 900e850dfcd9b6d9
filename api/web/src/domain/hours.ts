// The hour table: what was planned for the time that passed, what came, and how far apart they are.
import type { KpiRow } from "./api";
import { seen, share } from "./period";

export interface Hour {
  from: string;
  to: string;
  plan: number | null;
  actual: number | null;
  scrap: number | null;
  difference: number | null;
  cumulative: number | null;
  coverage: number | null;
  perHour: number | null;
  seconds: number;
}

export interface Pace {
  plan: number;
  planned_s: number;
}

/** Rows of the line by hour, oldest first; differences add up until one is not known. */
export function hours(rows: readonly KpiRow[], pace: Pace | null): Hour[] {
  let sum: number | null = 0;
  const known = seen(rows);
  const ours = rows.filter((row) => row.machine === null).sort((a, b) => a.from.localeCompare(b.from));
  return ours.map((row) => {
    const seconds = row.elements["PBT"] ?? 0;
    const blind = seconds === 0 && known !== null && known <= 0; // its zeros were not measured
    const actual = blind ? null : (row.elements["GQ"] ?? null);
    const plan = pace && pace.planned_s > 0 ? (pace.plan * seconds) / pace.planned_s : null;
    const difference = plan === null || actual === null ? null : actual - Math.round(plan);
    sum = sum === null || difference === null ? null : sum + difference;
    return {
      from: row.from,
      to: row.to,
      plan,
      actual,
      scrap: blind ? null : bad(row),
      difference,
      cumulative: sum,
      coverage: share(row),
      perHour: row.measures["throughput_per_hour"]?.value ?? rate(actual, seconds),
      seconds,
    };
  });
}

function bad(row: KpiRow): number | null {
  const scrap = row.elements["SQ"];
  const rework = row.elements["RQ"];
  if (scrap === undefined || scrap === null) return rework ?? null;
  return scrap + (rework ?? 0);
}

function rate(made: number | null, seconds: number): number | null {
  return made === null || seconds <= 0 ? null : (made / seconds) * 3600;
}
