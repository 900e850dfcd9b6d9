"""What the days since a change prove: four numbers, interval, gates and a verdict (`kpi.md` 9)."""

from dataclasses import dataclass
from math import ceil, exp, isnan, log, nan, sqrt
from typing import Any

import numpy as np

from edge.engine import baselines
from edge.engine.days import LEAST_COVERAGE, Days, by_day, number
from edge.engine.view import View
from edge.engine.windows import Windows
from kpi.catalogue.index import MEASURES
from kpi.improvement import FourNumbers, four_numbers
from kpi.inference import ChangeInterval, ratio_change_interval
from kpi.regression import ols_hac
from kpi.verdict import Gates, Verdict, decide, gates

Document = dict[str, Any]  # JSON
MIN_DAYS = 20
NOT_CHECKED = ["reconciliation", "inspection", "events"]  # no facts of them are collected yet
DRIFT_RHO = 0.85
DRIFT_N_EFF = 5
TREND_T = 2.0
CODES = (
    *("days_baseline", "days_report", "coverage_baseline", "coverage_report"),
    *("coverage_unequal", "tables", "state_map", "maturity"),
)


@dataclass(frozen=True, slots=True)
class Judged:
    """One target's evidence, as far as it goes."""

    before_days: Days
    after_days: Days
    since_days: Days  # all days since the baseline
    windows: Windows
    higher: bool
    target: float
    interval: ChangeInterval | None
    gates: Gates
    verdict: Verdict

    def document(self) -> Document:
        """As the contract has it."""
        before, after = self.before_days.usable().ratio(), self.after_days.usable().ratio()
        numbers = self.numbers(before, after)
        low, high = self.rate_bounds()
        return {
            "before": number(before),
            "after": number(after),
            **self.after_bounds(before),
            "target": number(self.target),
            "improvement_rate": number(numbers.improvement_rate),
            "low": number(low),
            "high": number(high),
            "attainment_rate": number(numbers.attainment_rate),
            "share_of_target": number(numbers.share_of_target),
            "point_change": number(numbers.point_change),
            "zero_defects": bool(numbers.zero_defects),
            "bill_effect": None,
            "coverage": number(min(mean(self.before_days), mean(self.after_days))),
            "coverage_before": number(mean(self.before_days)),
            "coverage_after": number(mean(self.after_days)),
            "n_before": len(self.before_days.usable()),
            "n_after": len(self.after_days.usable()),
            "verdict": self.verdict.verdict,
            "reasons": list(self.verdict.reasons),
            "not_checked": NOT_CHECKED,
            "gates": [self.gate(code) for code in CODES],
            "interval": self.interval_document(),
            "status": "final" if self.windows.complete else "provisional",
        }

    def numbers(self, before: float, after: float) -> FourNumbers:
        """The four numbers; NaN where a side has no day."""
        if isnan(before) or isnan(after):
            return FourNumbers(nan, nan, nan, nan, zero_defects=False)
        return four_numbers(before, after, self.target, higher_is_better=self.higher)

    def rate_bounds(self) -> tuple[float, float]:
        """The interval of the improvement rate; better is positive."""
        if self.interval is None:
            return nan, nan
        low, high = self.interval.change_low, self.interval.change_high
        return (low, high) if self.higher else (-high, -low)

    def after_bounds(self, before: float) -> Document:
        """The interval of the figure itself, as the change from the frozen value gives it."""
        if self.interval is None:
            return {"after_low": None, "after_high": None}
        low, high = (before * exp(bound) for bound in (self.interval.low, self.interval.high))
        return {"after_low": number(low), "after_high": number(high)}

    def interval_document(self) -> Document | None:
        """How the interval was made."""
        if self.interval is None:
            return None
        return {
            "method": self.interval.method,
            "confidence": 0.95,
            "n_eff_before": number(self.interval.n_eff0),
            "n_eff_after": number(self.interval.n_eff1),
            "p_value": number(self.interval.p_value),
        }

    def gate(self, code: str) -> Document:
        """One gate: what it saw and what it needs, as numbers; the words are the page's."""
        seen: dict[str, float] = {
            "days_baseline": len(self.before_days),
            "days_report": len(self.after_days),
            "coverage_baseline": well_covered(self.before_days),
            "coverage_report": well_covered(self.after_days),
            "coverage_unequal": abs(mean(self.before_days) - mean(self.after_days)),
        }
        needed = {
            "days_baseline": MIN_DAYS,
            "days_report": MIN_DAYS,
            "coverage_baseline": 0.9,
            "coverage_report": 0.9,
            "coverage_unequal": 0.05,
        }
        return {
            "code": code,
            "passed": code not in self.gates.failed,
            "seen": number(seen.get(code, nan)),
            "needed": needed.get(code),
        }

    def series(self) -> list[Document]:
        """Every day from the baseline on, with the window it belongs to."""
        report = set(self.after_days.day)
        days = [day_document(self.before_days, i, "baseline") for i in range(len(self.before_days))]
        for i, day in enumerate(self.since_days.day):
            window = "report" if day in report else "blackout"
            later = bool(report) and day > max(report)
            days.append(day_document(self.since_days, i, "outside" if later else window))
        return days


def judge(view: View, body: Document, frozen: list[Document], windows: Windows) -> Judged:
    """Judge a target by the days there are."""
    measure = MEASURES[body["measure"]]
    higher = measure.better == "higher"
    before = joined([baselines.days_of(one) for one in frozen])
    since = joined([days_since(view, body, line, frozen) for line in body["lines"]])
    first, last = (view.time(at_ns)[:10] for at_ns in windows.report)
    chosen = [i for i, day in enumerate(since.day) if first <= day < last]
    after = picked(since, chosen)
    interval = change(before.usable(), after.usable())
    passed = gates(
        before.coverage,
        after.coverage,
        tables_equal=all(same_tables(view, one) for one in frozen),
        state_map_equal=all(same_maps(view, one) for one in frozen),
        min_days=MIN_DAYS,
    )
    target = aim(body, before.usable().ratio(), higher=higher)
    verdict = decide(
        interval.theta if interval else nan,
        interval.low if interval else nan,
        interval.high if interval else nan,
        higher_is_better=higher,
        target_theta=target_theta(target, before.usable().ratio()),
        failed_gates=passed.failed,
        maturing=is_moving(after.usable(), good=1 if higher else -1),
        drift=drifts(interval, before.usable()),
    )
    return Judged(before, after, since, windows, higher, target, interval, passed, verdict)


def days_since(view: View, body: Document, line: str, frozen: list[Document]) -> Days:
    """All finished production days since the baseline of one line."""
    from_ns = min(one["to_ns"] for one in frozen)
    days = by_day(
        view, view.line(line), body["machine"], body["measure"], (from_ns, view.clock.wall_ns())
    )
    today = view.time(view.clock.wall_ns())[:10]
    return picked(days, [i for i, day in enumerate(days.day) if day < today])


def joined(lines: list[Days]) -> Days:
    """Several lines as one: the sums of the days that all of them have."""
    common = sorted(set.intersection(*(set(days.day) for days in lines)))
    parts = [picked(days, [days.day.index(day) for day in common]) for days in lines]
    above, below = (sum_of([getattr(p, n) for p in parts]) for n in ("numerator", "denominator"))
    coverage = np.minimum.reduce([part.coverage for part in parts])
    return Days(common, above, below, coverage)


def sum_of(columns: list[Any]) -> Any:  # noqa: ANN401 - numpy's own result
    """Columns added up."""
    return np.add.reduce(columns)


def picked(days: Days, rows: list[int]) -> Days:
    """The chosen days."""
    at = np.array(rows, np.int64)
    return Days(
        [days.day[i] for i in rows], days.numerator[at], days.denominator[at], days.coverage[at]
    )


def change(before: Days, after: Days) -> ChangeInterval | None:
    """The interval of the change; None where the days do not allow one."""
    if min(len(before), len(after)) < 6:  # noqa: PLR2004 - kpi.md 9.4
        return None
    if not before.numerator.sum() or not after.numerator.sum():
        return None
    return ratio_change_interval(
        before.numerator, before.denominator, after.numerator, after.denominator
    )


def aim(body: Document, before: float, *, higher: bool) -> float:
    """The value to reach."""
    if body["value"] is not None:
        return float(body["value"])
    return before * (1 + (1 if higher else -1) * float(body["improve"]))


def target_theta(target: float, before: float) -> float | None:
    """The target as a change on the log scale."""
    return log(target / before) if target > 0 and before > 0 else None


def slope_t(days: Days) -> float:
    """T of the slope of a window's daily figures; 0 where it has too few days to tell."""
    n = len(days)
    if n < 2 * 6:
        return 0.0
    x = np.stack([np.ones(n), np.arange(n, dtype=np.float64)], axis=1)
    fit = ols_hac(days.numerator / days.denominator, x, maxlags=ceil(1.3 * sqrt(n)))
    return float(fit.coef[1] / fit.se[1]) if fit.se[1] > 0 else 0.0


def is_moving(days: Days, good: int) -> bool:
    """Whether the reporting window is still getting better (`kpi.md` 9.2)."""
    return good * slope_t(days) > TREND_T


def drifts(interval: ChangeInterval | None, before: Days) -> bool:
    """Whether a side is too correlated, or the baseline itself was moving (`kpi.md` 9.4)."""
    if interval is None:
        return False
    correlated = max(interval.rho0, interval.rho1) >= DRIFT_RHO
    few = min(interval.n_eff0, interval.n_eff1) < DRIFT_N_EFF
    return correlated or few or abs(slope_t(before)) > TREND_T


def same_tables(view: View, frozen: Document) -> bool:
    """Whether cycles, prices and calendar are still those of the baseline."""
    now = baselines.tables(view, view.line(frozen["line"]))
    return all(now[k] == frozen["tables"][k] for k in ("ideal_cycles", "prices", "calendar"))


def same_maps(view: View, frozen: Document) -> bool:
    """Whether the states still mean what they meant in the baseline."""
    now = baselines.tables(view, view.line(frozen["line"]))
    return bool(now["state_maps"] == frozen["tables"]["state_maps"])


def mean(days: Days) -> float:
    """Mean daily coverage; NaN without days."""
    return float(np.nan_to_num(days.coverage).mean()) if len(days) else nan


def well_covered(days: Days) -> float:
    """Share of the days with enough coverage; NaN without days."""
    good = np.nan_to_num(days.coverage) >= LEAST_COVERAGE
    return float(good.mean()) if len(days) else nan


def day_document(days: Days, i: int, window: str) -> Document:
    """One day of the chart."""
    below = days.denominator[i]
    value = float(days.numerator[i] / below) if below > 0 else nan
    covered = days.coverage[i] >= LEAST_COVERAGE
    return {
        "day": days.day[i],
        "value": number(value) if covered else None,
        "coverage": number(float(days.coverage[i])),
        "window": window,
    }
