// Months that nobody knows are one line, not one each.
import { describe, expect, it } from "vitest";
import type { PowerPeak } from "../src/domain/api";
import { runs } from "../src/domain/demand";

const peak = (month: string, kw: number | null, because: string[] = ["month_missing"], unknown_quarters: number | null = null): PowerPeak =>
  ({ month, kw, because, unknown_quarters, at_least: true, origin: null, measured_kw: null, measured_at: null, quarters: null });
const spans = (...of: PowerPeak[]): string[] => runs(of).map(({ first, last }) => `${first.month} ${last}`);

describe("the months of a demand charge", () => {
  it("that are unknown one after the other are one, over the turn of a year too", () => {
    expect(spans(peak("2025-12", null), peak("2026-02", null), peak("2026-01", null))).toEqual(["2025-12 2026-02"]);
  });

  it("stand alone where something is known of them", () => {
    expect(spans(peak("2026-01", null), peak("2026-02", 31), peak("2026-03", null))).toEqual(["2026-01 2026-01", "2026-02 2026-02", "2026-03 2026-03"]);
    expect(spans(peak("2026-01", 30), peak("2026-02", 30))).toEqual(["2026-01 2026-01", "2026-02 2026-02"]);
    expect(spans(peak("2026-01", null), peak("2026-02", null, ["month_missing"], 4))).toEqual(["2026-01 2026-01", "2026-02 2026-02"]);
  });

  it("stay apart where another month lies between, or another reason", () => {
    expect(spans(peak("2026-02", null), peak("2026-07", null))).toEqual(["2026-02 2026-02", "2026-07 2026-07"]);
    expect(spans(peak("2026-01", null), peak("2026-02", null, ["month_running"]))).toEqual(["2026-01 2026-01", "2026-02 2026-02"]);
    expect(runs([])).toEqual([]);
  });
});
