// Made-up targets and health for work on the pages. Development only.
import { iso, seeded } from "./site.mjs";

const DAY = 86_400_000;

export function targets(at, lines) {
  const names = Object.fromEntries(lines.map((line) => [line.id, line.name]));
  const all = [
    target(at, "t-throughput", "mask-1", "throughput_per_hour", "{piece}/h", true, [1350, 1733, 1690, 1776, 1800], "improved", 24, 0.98),
    target(at, "t-defects", "mask-1", "defect_rate", "1", false, [0.012, 0.008, 0.0074, 0.0086, 0.009], "improved_at_least_target", 24, 0.99),
    target(at, "t-oee", "kit-1", "oee", "1", true, [0.61, 0.655, 0.63, 0.679, 0.72], "maturing", 12, 0.97),
    target(at, "t-cost", "plating", "unit_cost", "KRW/{rack}", false, [4210, 3990, 3830, 4150, 3700], "insufficient_data", -3, 0.88),
  ].filter((found) => names[found.line]);
  return all.map((found) => ({ ...found, line_name: names[found.line] }));
}

function target(at, id, line, measure, unit, higher, [before, after, low, high, goal], verdict, due_days, coverage) {
  const sign = higher ? 1 : -1;
  const rate = (value) => (sign * (value - before)) / before;
  const near = [rate(low), rate(high)].sort((a, b) => a - b);
  const start = at - 100 * DAY;
  const date = (n) => iso(start + n * DAY).slice(0, 10);
  const random = seeded(id);
  const series = Array.from({ length: 100 }, (_, n) => {
    const window = n < 42 ? "baseline" : n < 50 ? "outside" : n < 60 ? "blackout" : "report";
    const level = n < 50 ? before : n < 60 ? before + ((after - before) * (n - 50)) / 10 : after;
    const value = n === 17 || (verdict === "insufficient_data" && n > 82 && n < 90) ? null : level * (1 + (random() - 0.5) * 0.12);
    return { day: date(n), value, coverage: value === null ? 0 : 0.95 + random() * 0.05, window };
  });
  const failing = verdict === "insufficient_data";
  const gates = ["days_baseline", "days_report", "coverage_baseline", "coverage_report", "coverage_unequal", "tables", "state_map", "maturity", "reconciliation", "inspection", "events"].map((code) => ({
    code, passed: !(failing && (code === "coverage_report" || code === "coverage_unequal")),
    seen: { days_baseline: 42, days_report: 40, coverage_baseline: 0.98, coverage_report: failing ? 0.88 : 0.99, coverage_unequal: failing ? 0.1 : 0.01 }[code] ?? null,
    needed: { days_baseline: 20, days_report: 20, coverage_baseline: 0.9, coverage_report: 0.9, coverage_unequal: 0.05 }[code] ?? null,
  }));
  return {
    id, lines: [line], line, machine: null, measure, unit, higher_is_better: higher, definition: `lineproof/${measure}@1`, report_complete: false,
    baseline: { id: `b-${id}`, version: 1, name: "김반장", reason: "도입 전 6주", value: before, from: date(0), to: date(42), days: 42, frozen_at: iso(start + 43 * DAY), digest: "4f3a9be0d1c25b7785a1f1c8a7be32d90f6ad1e2f1a1b5ce77c04521be9ac21b" },
    before, after, after_low: low, after_high: high, target: goal, improvement_rate: rate(after), low: near[0], high: near[1],
    attainment_rate: higher ? after / goal : goal / after, share_of_target: (after - before) / (goal - before), point_change: after - before, zero_defects: false, bill_effect: null,
    coverage, coverage_before: 0.98, coverage_after: failing ? 0.88 : 0.99, n_before: 42, n_after: 40, verdict, reasons: failing ? ["coverage_report", "coverage_unequal"] : [],
    not_checked: ["reconciliation", "inspection", "events"], gates, go_live: iso(start + 50 * DAY), report_from: date(60), report_to: date(100),
    due: iso(at + due_days * DAY).slice(0, 10), due_days, manual_share: 0, interval: failing ? null : { method: "ewc", confidence: 0.95, n_eff_before: 21.4, n_eff_after: 18.9, p_value: 0.0004 }, status: "provisional", series,
  };
}

export function health(at, scene) {
  const bad = scene === "silent";
  return {
    as_of: iso(at), status: bad ? "degraded" : "ok", version: "0.1.0", clock: { trusted: true, boot_id: "8f2a" },
    sources: sources(at, bad),
    journal: { newest_block: 812_331, sealed_through: 812_004, waiting_rows: 7_214, bytes: 48_120_331 },
    archive: { parts: 1_921, rows: 20_113_402, bytes: 168_220_113, damaged: [] },
    sinks: [{ id: "influx", kind: "influxdb", state: bad ? "waiting" : "running", lag_rows: bad ? 812_034 : 212, confirmed_rows: 19_300_190 }],
    findings: bad
      ? [
          finding("plc1", "waiting", "problem", "opc.tcp://192.0.2.10:4840: connection refused", iso(at - 400_000)),
          finding("influx", "waiting", "warning", "503 from http://127.0.0.1:8086; tried again", null),
          finding("plc2", "absent nsu=urn:mask;s=Body.Good", "warning", "opc.tcp://192.0.2.11:4840: node 'nsu=urn:mask;s=Body.Good' is absent; correct the address", iso(at - 9_000_000)),
          finding("broker", "something new", "warning", "words of whoever found it", null),
        ]
      : [],
    gaps: [
      { source: "plc1", reason: "disconnected", from: iso(at - 7_000_000), to: iso(at - 6_400_000) },
      { source: "broker", reason: "service stopped", from: iso(at - 90_000_000), to: iso(at - 89_000_000) },
    ],
  };
}

function finding(owner, code, severity, text, since) {
  return { id: `${owner}/${code}`, severity, title: `finding.${code.replaceAll(" ", "_")}`, params: { text, owner, thing: "" }, source: owner, since };
}

export function accounting(at, scene) {
  return { as_of: iso(at), sources: sources(at, scene === "silent") };
}

function sources(at, bad) {
  const rows = [["plc1", "opcua", 812_331, 3_122, 12], ["plc2", "opcua", 412_001, 912, 0], ["broker", "mqtt", 391_222, 113, 4], ["import", "import", 18_912_331, 0, 0]];
  return rows.map(([id, kind, stored, filtered, quarantined], n) => ({
    id, kind, state: bad && !n ? "waiting" : id === "import" ? "ended" : "running", message: "", received: stored + filtered + quarantined + (n < 3 ? 7 : 0), stored, filtered, quarantined, in_flight: n < 3 ? 7 : 0,
    last_sample: iso(at - (bad && !n ? 400_000 : 900)), balanced: true,
  }));
}

export function definition(id) {
  return { id, measure: id.split("/").pop().split("@")[0], formula: "Σ(SQ + RQ) / ΣPQ", unit: "1", better: "lower", states: ["producing", "setup", "delayed", "idle"], source: "ISO 22400-2:2014", ko: "만든 것 가운데 폐기와 재작업의 비율입니다.", en: "Scrap and rework as a share of what was produced." };
}
