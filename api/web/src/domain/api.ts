// The documents of /api/v1. Times are RFC 3339 with the site's offset, ratios 0 to 1, unknown is null.

export type State =
  | "producing"
  | "setup"
  | "delayed"
  | "idle"
  | "planned_down"
  | "not_scheduled"
  | "unknown";
export type Cause = "internal" | "external" | null;

export interface Measure {
  value: number | null;
  unit: string;
  low: number | null;
  high: number | null;
  coverage: number | null;
  n: number;
  definition: string;
}

/** What the engine says of a machine or a line at this moment; a page never derives it. */
export interface Condition {
  state: State;
  cause: Cause;
  slow: boolean;
  since: string | null;
  fresh: boolean;
  age_s: number | null;
}

export interface MachineNow extends Condition {
  id: string;
  name: string;
  good: Measure;
}

export interface ShiftNow {
  name: string;
  production_day: string;
  from: string;
  to: string;
  plan: number | null;
  planned_s: number;
  elapsed_s: number;
}

export interface LineNow extends Condition {
  as_of: string;
  line: string;
  name: string;
  product: string | null;
  shift: ShiftNow | null;
  next_shift: { name: string; from: string } | null;
  coverage: number | null; // of planned time, states and counts
  good: Measure;
  target_now: number | null;
  gap: number | null;
  gap_minutes: number | null;
  forecast: { value: number; low: number | null; high: number | null } | null;
  defect_rate: Measure;
  limits: { defect_rate?: number | null };
  machines: MachineNow[];
}

export interface LineList {
  as_of: string;
  site: { id: string; name: string; timezone: string };
  lines: LineEntry[];
}

export interface LineEntry {
  id: string;
  name: string;
  profile: string;
  machines: { id: string; name: string }[];
  shifts: { name: string; start: string; end: string; plan?: number | null; plans?: { value: number; valid_from: string }[] }[];
}

export interface Span {
  state: State;
  cause: Cause;
  slow?: boolean;
  from: string;
  to: string;
}

export interface StateList {
  as_of: string;
  line: string;
  from: string;
  to: string;
  machines: { id: string; name: string; spans: Span[] }[];
}

export interface Stop {
  id: string;
  line: string;
  machine: string;
  from: string;
  to: string | null;
  seconds: number;
  state: State;
  cause: Cause;
  was: string | null; // the class it was found with, where a person changed it
  parts: { from: string; to: string }[]; // where it stood still; several where stops were merged
  reason: string | null;
  note: string | null;
  version: number;
}

/** One thing that somebody did to a stop. */
export interface StopChange {
  n: number;
  at: string;
  who: string;
  what: string;
  old: Record<string, unknown> | null;
  new: Record<string, unknown> | null;
}

export interface Reason {
  id: string;
  ko: string;
  en: string;
  vi: string;
  pictogram: string | null;
}

export interface StopList {
  as_of: string;
  stops: Stop[];
  reasons: Reason[];
}

export type CountKind = "good" | "scrap" | "rework" | "total";

/** A fact that a person or a file told. */
export interface Told {
  id: number;
  version: number;
  line: string;
  machine: string | null;
  kind: string;
  from: string;
  to: string;
  quantity: number | null;
  type: string | null;
  who: string | null;
  warnings?: { code: string; most: number }[];
}

export interface FactList {
  as_of: string;
  facts: Told[];
  defects: Reason[];
  machines: { id: string; exit: boolean; kinds: CountKind[] }[];
}

/** What a file of facts was found to hold. */
export interface FactFileLook {
  file: string;
  rows: number;
  facts: number;
  new: number;
  same: number;
  corrected: number;
  stored: boolean;
  faults: { row: number; column: string; value: string; message: string; code: string; values: Record<string, string | number> }[];
  more_faults: number;
  heading_row: number;
  sheet: string | null; // of an Excel file
  short_years: string[]; // columns whose days have two digits of the year
}

export interface KpiRow {
  site: string;
  line: string;
  machine: string | null;
  product: string | null;
  shift: string | null;
  production_day: string | null;
  from: string;
  to: string;
  status: "provisional" | "final" | "revised";
  revision: number;
  elements: Record<string, number | null>;
  unplanned?: Record<"PQ" | "GQ", number | null>; // of these pieces, what was made outside of planned time
  measures: Record<string, Measure>;
}

export interface KpiRows {
  as_of: string;
  rows: KpiRow[];
}

export interface ReasonLoss {
  reason: string | null;
  state: string; // a state, or delayed:external
  seconds: number;
  n: number;
}

export type Verdict =
  | "improved_at_least_target"
  | "improved"
  | "maturing"
  | "inconclusive"
  | "worse"
  | "insufficient_data";

export interface Gate {
  code: string;
  passed: boolean;
  seen: number | string | null;
  needed: number | string | null;
}

export interface Day {
  day: string;
  value: number | null;
  coverage: number | null;
  window: "baseline" | "blackout" | "report" | "outside";
}

export interface Target {
  id: string | number;
  lines: string[];
  line: string;
  line_name: string;
  machine: string | null;
  measure: string;
  unit: string;
  higher_is_better: boolean;
  definition?: string;
  baseline: {
    id: string | number;
    version: number;
    name: string;
    reason: string;
    value: number | null;
    from: string;
    to: string;
    days: number;
    frozen_at: string;
    digest: string;
  };
  before: number | null;
  after: number | null;
  after_low: number | null;
  after_high: number | null;
  target: number | null;
  improvement_rate: number | null;
  low: number | null;
  high: number | null;
  attainment_rate: number | null;
  share_of_target: number | null;
  point_change: number | null;
  zero_defects: boolean;
  bill_effect: number | null;
  coverage: number | null;
  coverage_before: number | null;
  coverage_after: number | null;
  n_before: number;
  n_after: number;
  verdict: Verdict;
  reasons: string[];
  not_checked: string[];
  gates: Gate[];
  frozen_late?: boolean; // a baseline was frozen only after go-live
  go_live: string | null;
  report_from: string | null;
  report_to: string | null;
  report_complete?: boolean;
  due: string | null;
  due_days: number | null;
  manual_share: number | null;
  interval: {
    method: string;
    confidence: number;
    n_eff_before: number | null;
    n_eff_after: number | null;
    p_value: number | null;
  } | null;
  status: "provisional" | "final" | "revised";
  series?: Day[];
  decomposition?: Split[];
  sensitivity?: Sensitivity;
  shift?: Shift | null;
  plan_cuts?: PlanCut[];
  sustainment?: Look[];
  falls_from?: string | null;
}

/** One part of a change; what is not known has a reason in place of an amount. */
export interface Part {
  code: string;
  item: string | null;
  amount: number | null;
  credited: boolean;
  reason: string | null;
}

/** A change taken apart: the parts add up to it. */
export interface Split {
  of: "figure" | "output" | "bill";
  unit: string;
  method: string;
  before: number | null;
  after: number | null;
  change: number | null;
  reason: string | null;
  parts: Part[];
}

/** What a period cost: use at its prices, and what the greatest power costs beside it. */
export interface Bill {
  line: string;
  from: string;
  to: string;
  energy_kwh: number | null;
  good: number | null;
  cost_krw: number | null;
  demand: DemandCharge | null; // null where no demand charge is entered
}

/** A fixed cost of the whole site; what is not known can only raise it. */
export interface DemandCharge {
  charge_krw: number | null;
  at_least: boolean;
  because: string[];
  energy_share: number | null;
  own_krw: number | null;
  per_good_piece_krw: number | null;
  months: DemandMonth[];
}

export interface DemandMonth {
  month: string;
  share_of_month: number; // of which the charge is told
  kw: number | null;
  of_month: string | null; // null: the floor of the contract power
  floor_kw: number | null;
  charge_krw: number | null;
  at_least: boolean;
  because: string[];
  peaks: PowerPeak[];
}

export interface PowerPeak {
  month: string;
  kw: number | null;
  origin: "bill" | "measured" | null;
  at_least: boolean;
  because: string[];
  measured_kw: number | null;
  measured_at: string | null;
  unknown_quarters: number | null;
  quarters: number | null;
}

/** The result under other weights, without extreme days, at other prices. */
export interface Sensitivity {
  mix_dependent: boolean;
  new_share: number | null;
  rows: Question[];
  conditions?: Conditions;
}

/** What the question of equal conditions rests on. */
export interface Conditions {
  terms: { condition: string; state: "used" | "same" | "not_told" | "no_room" | "dependent"; levels: string[] }[];
  named: boolean;
  reason: string | null; // why there is no answer
  n_before: number;
  n_after: number;
  outside: string[]; // days under conditions that the baseline never had
  uncertainty: number | null; // of the effect, at 68 % confidence
  method: string | null;
}

export interface Question {
  code: string;
  improvement_rate: number | null;
  low: number | null;
  high: number | null;
  verdict: Verdict | null;
  left_out: string[];
}

/** The day on which the level of the figure changed most. */
export interface Shift {
  day: string;
  before: number | null;
  after: number | null;
  place: "go_live" | "before" | "after";
  doubt: boolean;
}

/** A day whose planned time was taken away when it was over. */
export interface PlanCut {
  line: string;
  day: string;
  planned_before_s: number;
  planned_s: number;
}

/** A look back at a gain some months later. */
export interface Look {
  months: number;
  from: string;
  to: string;
  state: "no_gain" | "waiting" | "insufficient_data" | "computed";
  n: number;
  value: number | null;
  coverage: number | null;
  share: number | null;
  label: "sustained" | "eroding" | "lost" | null;
}

/** A frozen period, without its days. */
export interface Baseline {
  id: string;
  version: number;
  name: string;
  reason: string;
  line: string;
  machine: string | null;
  measure: string;
  unit: string;
  definition: string;
  better: "higher" | "lower" | null; // null: there can be no target
  value: number | null;
  coverage: number | null;
  days: number;
  from: string;
  to: string;
  frozen_at: string;
  digest: string;
}

export interface BaselineList {
  baselines: Baseline[];
  measures: string[]; // of which there can be one
}

/** What a target would mean, before anybody agrees on it. */
export interface Intended {
  measure: string;
  unit: string;
  definition: string;
  before: number | null;
  target: number | null;
  improvement_rate: number | null;
  go_live: string;
  blackout_days: number | null; // working days
  report_from: string;
  report_to: string;
  due: string | null;
  warnings: string[];
}

/** What freezing a period would take. */
export interface Preview {
  measure: string;
  unit: string;
  definition: string;
  days: number;
  needed: number;
  wanted: number;
  value: number | null;
  value_with_all: number | null;
  coverage: number | null;
  shifts: { shift: string; n: number }[];
  products: { product: string | null; good: number | null; share: number | null }[];
  excluded: { day: string; reason: "coverage" | "no_figure" | "cut"; coverage: number | null; value: number | null; effect: number | null }[];
  warnings: string[];
}

/** What made a verdict: each line's days as sums, and whether they are still what was frozen. */
export interface Explanation {
  lines: {
    line: string;
    baseline: { digest: string; digest_now: string; restated: boolean };
    tables_changed: string[];
    days: ExplainedDay[];
  }[];
}

export interface ExplainedDay {
  day: string;
  numerator: number | null;
  denominator: number | null;
  used: boolean;
  left_out: string | null;
}

/** A target of which no more is known than this, and why. */
export interface Unjudged {
  id: string;
  lines: string[];
  line_name: string;
  machine: string | null;
  measure: string;
  lost: string[];
  because: string;
}

export interface TargetList {
  as_of: string;
  targets: Target[];
  unjudged: Unjudged[];
  firms: Firm[];
  imported: FirmTarget[];
  across: Across[];
}

/** A firm whose packages were imported, and the key that is believed to be its own. */
export interface Firm {
  site: string;
  site_name: string;
  key: string;
  key_since: string;
  packages: number;
}

/** A target of another firm, and the package that says so. */
export type FirmTarget = Target & {
  firm: { site: string; site_name: string; manifest: string; key: string; as_of: string; imported_at: string };
};

/** One measure of all firms together; rates are positive where it became better. */
export interface Across {
  measure: string;
  unit: string;
  definition: string;
  higher_is_better: boolean;
  firms: number;
  targets: number;
  rule: "ratio_of_sums" | "weighted_geometric_mean" | null;
  headline: number | null;
  weighted_geometric_mean: number | null;
  before: number | null;
  after: number | null;
  median: number | null;
  lowest: number | null;
  highest: number | null;
  pooled: { value: number; low: number; high: number; firms: number } | null;
  of: { site: string; site_name: string; before: number; after: number; improvement_rate: number }[];
  left_out: { site: string; site_name: string; target: string; line_name: string; reason: string }[];
}

/** What came of importing a package. */
export interface Brought {
  manifest: string;
  site: string;
  site_name: string;
  target: string;
  key: string;
  new: boolean;
  first_use: boolean;
}

export interface Programme {
  rows: Indicator[];
  missing: string[]; // names of families without an indicator
  across: Across[];
}

/** One line of the programme's forms. */
export interface Indicator {
  family: "P" | "Q" | "C" | "D" | "E";
  firm: string;
  line: string;
  indicator: string;
  measure: string;
  unit: string;
  before: number | null;
  target: number | null;
  after: number | null;
  direction: "rise" | "fall";
  rate: number | null;
  coverage: number | null;
  verdict: Verdict;
  basis: string;
  package: string | null;
}

export interface Package {
  file: string; // its name
  size: number; // bytes
  target: string;
  as_of: string;
  manifest: string; // SHA-256, by which the file is asked for
  key: string;
  restated_since: string | null; // when a row of it was first restated after it was made
}

export interface Job {
  id: string;
  target: string;
  state: "waiting" | "running" | "done" | "failed" | "lost"; // lost: the gateway knows it no longer
  share: number;
  problem: string | null;
}

export interface PackageList {
  key: { id: string };
  packages: Package[];
  jobs: Job[];
}

/** What came of checking a package that somebody brought. */
export interface RootList {
  roots: { day: string; sha256: string; line: string; revision: number; rows: number; signals: number; key: string }[];
  picture?: string[]; // of the newest: rows of 0 and 1
}

export interface Verification {
  verified: boolean;
  own_key: boolean; // signed by the key of this box
  site_name: string | null;
  target: string | null;
  as_of: string | null;
  manifest: string | null;
  key: string | null;
  checks: { code: string; passed: boolean | null; detail: string }[]; // null: it could not be made
  faults: string[];
}

export interface Finding {
  id: string;
  severity: "ok" | "warning" | "problem";
  title: string;
  params: Record<string, string | number>;
  said?: Partial<Record<"ko" | "en" | "vi", string>>; // `text` of `params`, where the gateway knows it in other languages
  source: string | null;
  since: string | null;
}

export interface SourceAccount {
  id: string;
  kind?: string;
  state?: string;
  message?: string;
  loss?: string; // a text of what can be lost
  received: number;
  stored: number;
  filtered: number;
  quarantined: number;
  in_flight: number;
  last_sample?: string | null;
  ahead_s?: number | null; // how far its clock is ahead of the gateway's
  balanced?: boolean;
}

export interface Gap {
  source: string;
  reason: string;
  from: string;
  to: string | null;
}

export interface Health {
  as_of?: string;
  status: "ok" | "degraded" | "failing";
  version: string;
  commit_s?: number; // what was acknowledged is on the disk; what waits for it is at most so old
  clock: Record<string, unknown>;
  sources: SourceAccount[];
  journal: Record<string, unknown>;
  archive: Record<string, unknown>;
  sinks: {
    id: string;
    kind: string;
    state: string;
    lag_rows: number | null;
    confirmed_rows: number | null;
    recount?: Recount | null; // what its server was last found to hold; null before the first time
  }[];
  findings: Finding[];
  gaps?: Gap[];
}

export interface SetAside {
  id: number;
  source: string;
  signal: string | null;
  reason: string;
  excerpt: string;
  rows: number;
  received: string;
  retry: boolean; // whether enough of it is kept to be tried again
}

export interface SetAsideList {
  quarantine: SetAside[];
  waiting: { source: string; reason: string; rows: number }[];
}

export interface Retried {
  retried: number;
  stored: number;
  there: number;
  refused: number;
}

export interface Recount {
  at: string;
  through: string;
  points: number;
  missing: number;
  rewritten: number;
}

export interface Accounting {
  as_of?: string;
  sources: SourceAccount[];
  gaps?: Gap[];
}

export interface Definition {
  id: string;
  measure: string;
  version: number;
  formula: string;
  unit: string;
  better: "higher" | "lower";
  states: string[];
  told: string[]; // kinds of facts that only people or files tell
  source: string;
  ko: string;
  en: string;
  said: Record<"ko" | "en" | "vi", { formula: string; source: string }>; // as it is read in each language
}

export interface Frame {
  frame: number;
  build: string;
  now: string;
  status: "ok" | "degraded" | "failing";
  lines: LineNow[];
  sources: { id: string; state: string }[];
  import: { share: number } | null;
}
