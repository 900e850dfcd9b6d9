// A made-up site for work on the pages: three lines in the middle of a shift. Development only.

const OFFSET_MS = 9 * 3_600_000;
const HOUR = 3_600_000;
const SPLIT = 8 * HOUR; // the production day begins at 08:00 local

export const iso = (ms) => new Date(ms + OFFSET_MS).toISOString().slice(0, 19) + "+09:00";
const day = (ms) => iso(ms).slice(0, 10);

/** The instant of today's 08:00, 16:00 or 00:00 at or before `ms`, as [from, to, name, production day]. */
export function shiftAt(ms) {
  const start = Math.floor((ms + OFFSET_MS) / SPLIT) * SPLIT - OFFSET_MS;
  const hour = Number(iso(start).slice(11, 13));
  const name = { 0: "심야", 8: "주간", 16: "야간" }[hour];
  return { from: start, to: start + SPLIT, name, day: day(start - 8 * HOUR) };
}

const PROFILES = {
  "mask-1": { name: "KF94 1호기", profile: "mask", unit: "{piece}", rate: 1818, plan: 12000, scrap: 0.008, limit: 0.012, product: "KF94-L",
    machines: [["body", "성형"], ["ear-1", "귀끈 1"], ["ear-2", "귀끈 2"], ["pack", "포장"]] },
  plating: { name: "도금 A", profile: "plating", unit: "{rack}", rate: 58, plan: 420, scrap: 0.004, limit: 0.01, product: "Ni-Cr 7",
    machines: [["hoist", "호이스트"], ["rect-1", "정류기 1"], ["bath-1", "니켈조"]] },
  "kit-1": { name: "진단키트 조립", profile: "kit", unit: "{piece}", rate: 900, plan: 6400, scrap: 0.011, limit: 0.015, product: "COVID-Ag 25T",
    machines: [["disp", "분주"], ["cut", "절단"], ["press", "카세트 압착"], ["pouch", "파우치"]] },
  "mask-2": { name: "KF94 2호기", profile: "mask", unit: "{piece}", rate: 1790, plan: 11800, scrap: 0.007, limit: 0.012, product: "KF94-M",
    machines: [["body", "성형"], ["ear-1", "귀끈 1"]] },
  "mask-3": { name: "덴탈마스크 고속기 3호 (수출용 포장 포함)", profile: "mask", unit: "{piece}", rate: 2400, plan: 19000, scrap: 0.009, limit: null, product: "DM-50",
    machines: [["body", "성형"]] },
  "kit-2": { name: "키트 2호기", profile: "kit", unit: "{piece}", rate: 880, plan: null, scrap: 0.01, limit: 0.015, product: null,
    machines: [["disp", "분주"]] },
};

/** What each line does now, by scene: [state, cause, slow, seconds ago, output as a share of target]. */
const SCENES = {
  day: { "mask-1": ["delayed", "internal", false, 252, 0.953], plating: ["producing", null, false, 1900, 1.017], "kit-1": ["setup", null, false, 521, 0.981],
    "mask-2": ["producing", null, true, 660, 0.986], "mask-3": ["delayed", "external", false, 94, 0.97], "kit-2": ["idle", null, false, 5000, 0.9] },
  silent: { "mask-1": ["producing", null, true, 660, 0.986], plating: ["delayed", "external", false, 95, 0.94], "kit-1": ["unknown", null, false, 40, 0.97],
    "mask-2": ["not_scheduled", null, false, 9000, 1], "mask-3": ["planned_down", null, false, 900, 1.0], "kit-2": ["unknown", null, false, 4000, 0.9] },
};

export class Site {
  constructor(lines = 3, scene = "day", clock = Date.now) {
    this.ids = Object.keys(PROFILES).slice(0, lines);
    this.scene = scene;
    this.clock = clock;
    this.changed = {};
    this.versions = {};
  }

  list() {
    const lines = this.ids.map((id) => ({
      id, name: PROFILES[id].name, profile: PROFILES[id].profile,
      machines: PROFILES[id].machines.map(([machine, name]) => ({ id: machine, name })),
      shifts: [["주간", "08:00", "16:00"], ["야간", "16:00", "00:00"], ["심야", "00:00", "08:00"]].map(([name, start, end]) => ({ name, start, end })),
    }));
    return { as_of: iso(this.clock()), site: { id: "hanbit", name: "한빛마스크", timezone: "Asia/Seoul" }, lines };
  }

  now(id) {
    const line = PROFILES[id];
    const at = this.clock();
    const shift = shiftAt(at);
    const [state, cause, slow, ago, share] = SCENES[this.scene][id];
    const planned_s = 7.5 * 3600;
    const elapsed_s = Math.min(planned_s, (at - shift.from) / 1000 * 0.94);
    const off = state === "not_scheduled";
    const target = line.plan && !off ? Math.round((line.plan * elapsed_s) / planned_s) : null;
    const made = Math.round((target ?? line.rate * (elapsed_s / 3600)) * share);
    const unknown = state === "unknown";
    const gap = target === null || unknown ? null : made - target;
    const shares = unknown ? 0.988 : 0.998;
    const forecast = elapsed_s > 1800 && target ? Math.round(made + ((planned_s - elapsed_s) / 3600) * (made / (elapsed_s / 3600))) : null;
    return {
      as_of: iso(at), line: id, name: line.name, state, cause, slow, since: iso(at - ago * 1000), fresh: !unknown, age_s: unknown ? ago : 1.4,
      product: line.product,
      shift: off ? null : { name: shift.name, production_day: shift.day, from: iso(shift.from), to: iso(shift.to), plan: line.plan, planned_s, elapsed_s },
      next_shift: { name: shiftAt(shift.to).name, from: iso(shift.to) },
      coverage: off ? null : shares,
      good: measure(made, line.unit, shares, "lineproof/good@1"),
      target_now: target, gap, gap_minutes: gap === null ? null : (gap / line.plan) * (planned_s / 60),
      forecast: forecast && !unknown ? { value: forecast, low: Math.round(forecast * 0.975), high: Math.round(forecast * 1.018) } : null,
      defect_rate: unknown ? measure(null, "1", null, "kpi/defect_rate@1") : measure(line.scrap, "1", shares, "kpi/defect_rate@1"),
      limits: line.limit === null ? {} : { defect_rate: line.limit },
      machines: line.machines.map(([machine, name], place) => ({
        id: machine, name, state: place && state === "delayed" ? "delayed" : state, cause: place && state === "delayed" ? "external" : cause,
        slow, since: iso(at - ago * 1000), fresh: !unknown, age_s: 1, good: measure(made + place * 7, line.unit, shares, "lineproof/good@1"),
      })),
    };
  }

  /** The same stops every time: a seeded walk through the shift. */
  spans(id, from, to, machine = 0) {
    const at = Math.min(this.clock(), to);
    const random = seeded(`${id}${from}${machine}`);
    const spans = [];
    let t = from;
    const put = (state, cause, minutes, slow = false) => {
      const end = Math.min(at, t + minutes * 60_000);
      if (end > t) spans.push({ state, cause, slow, from: iso(t), to: iso(end) });
      t = end;
    };
    while (t < at) {
      put("producing", null, 14 + random() * 40, random() < 0.12);
      const kind = random();
      if (kind < 0.36) put("delayed", "internal", 2 + random() * 9);
      else if (kind < 0.6) put("delayed", "external", 1.5 + random() * 6);
      else if (kind < 0.72) put("setup", null, 12 + random() * 14);
      else if (kind < 0.8) put("unknown", null, 4 + random() * 12);
      else if (kind < 0.88) put("planned_down", null, 25);
      else if (kind < 0.92) put("idle", null, 9);
    }
    return spans;
  }

  states(id, from, to) {
    const machines = PROFILES[id].machines.map(([machine, name], place) => ({ id: machine, name, spans: this.spans(id, from, to, place) }));
    return { as_of: iso(this.clock()), line: id, from: iso(from), to: iso(to), machines };
  }

  stops(id, from, to) {
    const found = this.spans(id, from, to).filter((span) => span.state === "delayed");
    const [machine] = PROFILES[id].machines[0];
    const stops = found.map((span, n) => {
      const key = `${id}/${machine}/${Date.parse(span.from)}000000`;
      const seconds = (Date.parse(span.to) - Date.parse(span.from)) / 1000;
      const given = this.changed[key] ?? { reason: n % 3 ? (span.state === "setup" ? "product" : REASONS[(n * 2) % 5].id) : null, note: null };
      const open = Date.parse(span.to) >= this.clock() - 1500;
      return { id: key, line: id, machine, from: span.from, to: open ? null : span.to, seconds, state: span.state, cause: span.cause, was: null, parts: [{ from: span.from, to: span.to }], ...given, version: this.versions[key] ?? 1 };
    });
    return { as_of: iso(this.clock()), stops, reasons: REASONS };
  }

  rows(id, from, to, by) {
    const line = PROFILES[id];
    const at = Math.min(this.clock(), to);
    const rows = [];
    const random = seeded(`${id}${from}`);
    const step = by === "shift" ? SPLIT : HOUR;
    for (let t = from; t < at; t += step) {
      const end = Math.min(t + step, to);
      const seen = Math.min(end, at);
      const hours = (seen - t) / HOUR;
      const lost = random() < 0.18 ? 0.16 : 0;
      const good = Math.round(line.rate * hours * (0.82 + random() * 0.2));
      const bad = Math.round(good * line.scrap * (0.5 + random()));
      const coverage = 1 - lost;
      const shift = shiftAt(t);
      rows.push({
        site: "hanbit", line: id, machine: null, product: null, shift: shift.name, production_day: shift.day, from: iso(t), to: iso(seen), status: seen < this.clock() - HOUR ? "final" : "provisional", revision: 1,
        elements: { PBT: hours * 3600, APT: hours * 3600 * 0.85, AUST: 0, ADET: 300, ADOT: 0, U: lost * hours * 3600, PQ: good + bad, GQ: good, SQ: bad, RQ: 0 },
        measures: {
          availability: measure(0.86, "1", coverage, "iso22400/availability@1"), effectiveness: measure(0.93, "1", coverage, "iso22400/effectiveness@1"),
          quality_ratio: measure(1 - line.scrap, "1", coverage, "iso22400/quality_ratio@1"), oee: measure(0.86 * 0.93 * (1 - line.scrap), "1", coverage, "iso22400/oee@1"),
          throughput_per_hour: measure(good / hours, `${line.unit}/h`, coverage, "lineproof/throughput_per_hour@1"),
          defect_rate: measure(bad / (good + bad), "1", coverage, "kpi/defect_rate@1"),
        },
      });
    }
    return { as_of: iso(this.clock()), rows };
  }

  losses(id, from, to) {
    const sums = new Map();
    for (const stop of this.stops(id, from, to).stops) {
      const state = stop.cause === "external" ? "delayed:external" : stop.state;
      const key = `${stop.reason}|${state}`;
      const sum = sums.get(key) ?? { reason: stop.reason, state, seconds: 0, n: 0 };
      sum.seconds += stop.seconds;
      sum.n += 1;
      sums.set(key, sum);
    }
    return { as_of: iso(this.clock()), reasons: [...sums.values()] };
  }

  change(id, body, version) {
    const present = this.versions[id] ?? 1;
    if (Number(String(version).replace(/\W/g, "")) !== present) return null;
    this.changed[id] = { reason: body.reason ?? null, note: body.note ?? null };
    this.versions[id] = present + 1;
    return true;
  }

  find(id) {
    const [line] = this.ids.filter((name) => id.startsWith(name));
    const shift = shiftAt(this.clock());
    return this.stops(line, shift.from, shift.to).stops.find((stop) => stop.id === id);
  }
}

export const REASONS = [
  ["roll", "원단 교체", "Roll change", "Thay cuộn vải"], ["jam", "귀끈 걸림", "Ear-loop jam", "Kẹt dây đeo"], ["material", "자재 대기", "Waiting for material", "Chờ nguyên liệu"],
  ["breakdown", "설비 고장", "Breakdown", "Hỏng máy"], ["product", "품목 교체", "Product change", "Đổi sản phẩm"], ["quality", "품질 확인", "Quality check", "Kiểm tra chất lượng"],
  ["cleaning", "청소", "Cleaning", "Vệ sinh"], ["meeting", "회의·교육", "Meeting, training", "Họp, đào tạo"], ["other", "기타", "Other", "Khác"],
].map(([id, ko, en, vi]) => ({ id, ko, en, vi, pictogram: id }));

export function measure(value, unit, coverage, definition) {
  return { value, unit, low: value === null ? null : value * 0.995, high: value === null ? null : value * 1.005, coverage, n: 1, definition };
}

export function seeded(text) {
  let state = 2166136261;
  for (const letter of text) state = Math.imul(state ^ letter.charCodeAt(0), 16777619) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
