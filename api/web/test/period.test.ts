// An interval as a whole: what the page says of a shift that is over, or of one that nobody saw.
import { describe, expect, it } from "vitest";
import type { KpiRow, LineEntry, Measure } from "../src/domain/api";
import { hours } from "../src/domain/hours";
import { covered } from "../src/domain/number";
import { closed, outside, period, planOf, seen } from "../src/domain/period";

const told = (value: number | null, coverage: number | null): Measure => ({
  value, unit: "1", low: null, high: null, coverage, n: 1, definition: "x@1",
});
const row = (from: string, to: string, elements: KpiRow["elements"], coverage: { states: number | null; counts: number | null }): KpiRow => ({
  site: "s", line: "l", machine: null, product: null, shift: "야간", production_day: "2026-11-20",
  from: `2026-11-20T${from}:00+09:00`, to: `2026-11-20T${to}:00+09:00`, status: "final", revision: 1, elements,
  measures: { availability: told(0.5, coverage.states), defect_rate: told(0.1, coverage.counts), energy: told(null, 0.1) },
});
const line: LineEntry = { id: "l", name: "L", profile: "mask", machines: [], shifts: [{ name: "야간", start: "08:00", end: "20:00", plan: 300 }] };
const all = { states: 1, counts: 1 };
const whole = row("08:00", "20:00", { PBT: 100, PQ: 200, GQ: 180 }, { states: 0.996, counts: 0.9 });

describe("an interval of the past", () => {
  it("has the smaller of state and count coverage, whatever the energy meter saw", () => {
    expect(period([whole], "{piece}").coverage).toBeCloseTo(0.9);
  });

  it("adds pieces up, weighs coverage by planned time, and leaves machines out", () => {
    const second = row("20:00", "22:00", { PBT: 300, PQ: 100, GQ: 90 }, all);
    const found = period([whole, second, { ...second, machine: "m" }], "{piece}");
    expect(found.good.value).toBe(270);
    expect(found.defects.value).toBeCloseTo(30 / 300);
    expect(found.coverage).toBeCloseTo((0.9 * 100 + 300) / 400);
  });

  it("tells what was made outside of planned time, of the line alone", () => {
    const worked: KpiRow = { ...whole, unplanned: { PQ: 40, GQ: 30 } };
    expect(outside([worked, worked, { ...worked, machine: "m" }])).toBe(60);
    expect(outside([whole, { ...whole, unplanned: { PQ: null, GQ: null } }])).toBe(0);
  });

  it("is not known where a part is not known, and never zero", () => {
    const blind = row("20:00", "22:00", { PBT: 300, PQ: null, GQ: null }, { states: 0, counts: 0 });
    expect(period([whole, blind], "{piece}").good.value).toBeNull();
    expect(period([], "{piece}").good.value).toBeNull();
    expect(seen([blind])).toBe(0);
    expect(seen([])).toBeNull();
  });

  it("has the plan of its shift only where it is the whole shift", () => {
    expect(planOf(period([whole], "{piece}"), whole, line)).toEqual({ plan: 300, planned_s: 100 });
    expect(planOf(period([whole], "{piece}"), { from: whole.from, to: "2026-11-20T19:00:00+09:00" }, line)).toBeNull();
    expect(planOf(period([whole, whole], "{piece}"), whole, line)).toBeNull();
    expect(planOf(period([{ ...whole, shift: "주간" }], "{piece}"), whole, line)).toBeNull();
  });

  it("keeps the plan that held when it began", () => {
    const plans = [
      { value: 250, valid_from: "2026-11-01" },
      { value: 280, valid_from: "2026-11-20" },
      { value: 320, valid_from: "2026-11-21" },
    ];
    const dated = { ...line, shifts: line.shifts.map((one) => ({ ...one, plan: 320, plans })) };
    expect(planOf(period([whole], "{piece}"), whole, dated)?.plan).toBe(280);
    const later = { ...line, shifts: line.shifts.map((one) => ({ ...one, plan: 320, plans: plans.slice(2) })) };
    expect(planOf(period([whole], "{piece}"), whole, later)).toBeNull();
  });

  it("is closed at its end and not before", () => {
    expect(closed(whole, "2026-11-20T19:59:59+09:00")).toBe(false);
    expect(closed(whole, "2026-11-20T20:00:00+09:00")).toBe(true);
  });
});

describe("a break of which nothing was received", () => {
  const pause = row("12:00", "13:00", { PBT: 0, PQ: 0, GQ: 0, SQ: 0 }, { states: null, counts: null });
  const blind = row("11:00", "12:00", { PBT: 3600, PQ: null, GQ: null }, { states: 0, counts: 0 });

  it("has no zeros beside hours that nobody saw", () => {
    expect(hours([blind, pause], null)[1]).toMatchObject({ actual: null, scrap: null, difference: null });
  });

  it("has its measured zero where the line was seen", () => {
    expect(hours([row("11:00", "12:00", { PBT: 3600, PQ: 9, GQ: 9 }, all), pause], null)[1]).toMatchObject({ actual: 0, scrap: 0 });
  });
});

describe("a share of what was seen", () => {
  it.each([
    [1, "100 %"], [0.9999, "99.9 %"], [0.996, "99.6 %"], [0.99, "99 %"], [0.9799, "97 %"], [0.98, "98 %"], [0.29, "29 %"],
    [0.004, "0.4 %"], [0.0001, "0.1 %"], [0, "0 %"], [null, "—"],
  ])("%s is printed as %s, in no grade that it has not", (share, wanted) => {
    expect(covered(share)?.replace(/\s/g, " ")).toBe(wanted);
  });
});
