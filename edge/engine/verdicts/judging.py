"""What the days since a change prove: four numbers, interval, gates and a verdict."""

from dataclasses import dataclass
from math import fsum, isnan, log, nan
from typing import Any

import numpy as np

from edge.engine.figures.days import Days, by_day, number
from edge.engine.verdicts import baselines
from edge.engine.verdicts.changes import Change, change, drifts, is_moving
from edge.engine.verdicts.former import counts_alike
from edge.engine.verdicts.plan_cuts import plan_cuts
from edge.engine.verdicts.windows import Windows, is_mature
from edge.engine.view import PlanCut, View
from edge.records.elements import PROVISIONAL, REVISED, STATUS
from kpi.catalogue.index import MEASURES
from kpi.improvement import FourNumbers, four_numbers
from kpi.verdict import (
    LEAST_COVERED,
    MIN_DAYS,
    MOST_UNEQUAL,
    Gates,
    Verdict,
    covered_share,
    decide,
    gates,
    mean_coverage,
    publish_status,
)

Document = dict[str, Any]  # JSON
CONFIDENCE = 0.95
NOT_CHECKED = ["reconciliation", "inspection", "events"]  # no facts of them are collected yet
NEEDED = {
    "days_baseline": MIN_DAYS,
    "days_report": MIN_DAYS,
    "coverage_baseline": LEAST_COVERED,
    "coverage_report": LEAST_COVERED,
    "coverage_unequal": MOST_UNEQUAL,
    "tables": None,
    "state_map": None,
    "maturity": None,
}
"""The gates that are checked, in their order, and what they need where that is a number."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One target's evidence, as far as it goes."""

    before_days: Days
    after_days: Days
    since_days: Days  # all days since the baseline
    bill: float  # what a piece costs now at the prices of now; NaN for other measures
    windows: Windows
    higher: bool
    target: float
    change: Change | None
    gates: Gates
    verdict: Verdict
    plan_cuts: list[PlanCut]

    def document(self) -> Document:
        """As the contract has it."""
        before, after = self.before_days.usable().ratio(), self.after_days.usable().ratio()
        numbers = self.numbers(before, after)
        low, high = self.rate_bounds()
        after_low, after_high = self.change.around(before) if self.change else (nan, nan)
        covered = mean_coverage(self.before_days.coverage), mean_coverage(self.after_days.coverage)
        return {
            "before": number(before),
            "after": number(after),
            "after_low": number(after_low),
            "after_high": number(after_high),
            "target": number(self.target),
            "improvement_rate": number(numbers.improvement_rate),
            "low": number(low),
            "high": number(high),
            "attainment_rate": number(numbers.attainment_rate),
            "share_of_target": number(numbers.share_of_target),
            "point_change": number(numbers.point_change),
            "zero_defects": bool(numbers.zero_defects),
            "bill_effect": number(self.bill / before - 1) if before else None,
            "coverage": None if any(map(isnan, covered)) else min(covered),
            "coverage_before": number(covered[0]),
            "coverage_after": number(covered[1]),
            "n_before": len(self.before_days.usable()),
            "n_after": len(self.after_days.usable()),
            "verdict": self.verdict.verdict,
            "reasons": self.reasons(),
            "not_checked": NOT_CHECKED,
            "gates": [self.gate(code) for code in NEEDED],
            "interval": self.interval_document(),
            "status": self.status(),
        }

    def numbers(self, before: float, after: float) -> FourNumbers:
        """The four numbers; NaN where a side has no day, or less than nothing."""
        if not (before >= 0 and after >= 0):
            return FourNumbers(nan, nan, nan, nan, zero_defects=False)
        return four_numbers(before, after, self.target, higher_is_better=self.higher)

    def rate_bounds(self) -> tuple[float, float]:
        """The interval of the improvement rate; better is positive."""
        if self.change is None:
            return nan, nan
        low, high = self.change.bounds
        return (low, high) if self.higher else (-high, -low)

    def interval_document(self) -> Document | None:
        """How the interval was made."""
        if self.change is None:
            return None
        return {
            "method": self.change.method,
            "confidence": CONFIDENCE,
            "n_eff_before": number(self.change.n_eff[0]),
            "n_eff_after": number(self.change.n_eff[1]),
            "p_value": number(self.change.p_value),
        }

    def reasons(self) -> list[str]:
        """What stands against the verdict; without an interval the gates tell why there is none."""
        failed = self.gates.failed if self.change is None else ()
        return list(dict.fromkeys([*self.verdict.reasons, *failed]))

    def gate(self, code: str) -> Document:
        """One gate: what it saw and what it needs, as numbers; the words are the page's."""
        before, after = self.before_days.coverage, self.after_days.coverage
        seen: dict[str, float] = {
            "days_baseline": len(self.before_days),
            "days_report": len(self.after_days),
            "coverage_baseline": covered_share(before),
            "coverage_report": covered_share(after),
            "coverage_unequal": abs(mean_coverage(before) - mean_coverage(after)),
        }
        return {
            "code": code,
            "passed": code not in self.gates.failed,
            "seen": number(seen.get(code, nan)),
            "needed": NEEDED[code],
        }

    def status(self) -> str:
        """Provisional while the window or one of its days is, else revised if a day is."""
        days = self.after_days.status
        if not self.windows.complete or (days == PROVISIONAL).any():
            return STATUS[PROVISIONAL]
        return STATUS[REVISED] if (days == REVISED).any() else "final"

    def series(self) -> list[Document]:
        """Every day from the baseline on, with the window it belongs to."""
        before = [
            day_document(self.before_days, i, "baseline") for i in range(len(self.before_days))
        ]
        since = [
            day_document(self.since_days, i, self.windows.place(day))
            for i, day in enumerate(self.since_days.day)
        ]
        return before + since


def judge(view: View, body: Document, frozen: list[Document], windows: Windows) -> Judged:
    """Judge a target by the days there are."""
    measure = MEASURES[body["measure"]]
    higher = measure.better == "higher"
    before = joined([baselines.frozen_days(one) for one in frozen])
    since = joined([days_since(view, one) for one in frozen])
    after = since.between(*windows.report)
    usable = before.usable(), after.usable()
    found = change(*usable, measure.name)
    cuts = plan_cuts(view, body["lines"], windows.report)
    passed = gates(
        np.nan_to_num(before.coverage),
        np.nan_to_num(after.coverage),
        tables_equal=not cuts
        and all(
            same(view, one, "calendar", "thresholds") and counts_alike(view, one) for one in frozen
        ),
        state_map_equal=all(same(view, one, "state_maps") for one in frozen),
        matured=has_matured(view, frozen, windows, after),
        min_days=MIN_DAYS,
    )
    target = aim(body, usable[0].ratio(), higher=higher)
    verdict = decide(
        *((found.theta, found.low, found.high) if found else (nan, nan, nan)),
        higher_is_better=higher,
        target_theta=target_theta(target, usable[0].ratio()),
        failed_gates=passed.failed,
        maturing=is_moving(usable[1], good=1 if higher else -1),
        drift=drifts(found, usable[0]),
    )
    bill = bill_of(view, frozen, windows) if measure.name == "unit_cost" else nan
    judged = before, after, since, bill, windows, higher, target, found, passed, verdict
    return Judged(*judged, cuts)


def days_since(view: View, frozen: Document, *, at_prices_of_now: bool = False) -> Days:
    """All whole production days since a baseline, by its ideal cycles and its prices."""
    line = baselines.frozen_line(view, frozen)
    window = frozen["to_ns"], view.clock.wall_ns()
    prices = None if at_prices_of_now else baselines.frozen_prices(frozen)
    return by_day(view, line, frozen["machine"], frozen["measure"], window, prices)


def bill_of(view: View, frozen: list[Document], windows: Windows) -> float:
    """What a piece of the reporting window really cost."""
    since = joined([days_since(view, one, at_prices_of_now=True) for one in frozen])
    return since.between(*windows.report).usable().ratio()


def joined(lines: list[Days]) -> Days:
    """Several lines as one: the sums of the days that all of them have."""
    common = sorted(set.intersection(*(set(days.day) for days in lines)))
    parts = [days.take([days.day.index(day) for day in common]) for days in lines]
    above, below = (
        np.array([fsum(column) for column in zip(*columns, strict=True)])
        for columns in ([p.numerator for p in parts], [p.denominator for p in parts])
    )
    coverage = np.minimum.reduce([part.coverage for part in parts])
    status = np.array([worst([int(part.status[i]) for part in parts]) for i in range(len(common))])
    return Days(common, above, below, coverage, status.astype(np.int64))


def worst(status: list[int]) -> int:
    """Provisional if one is, else revised if one is, else final."""
    return PROVISIONAL if PROVISIONAL in status else max(status)


def has_matured(view: View, frozen: list[Document], windows: Windows, after: Days) -> bool:
    """Whether quality facts had their time: for the baseline, and for enough days since."""
    enough = len(after) >= MIN_DAYS or not windows.waits
    return enough and all(is_mature(view, one) for one in frozen)


def aim(body: Document, before: float, *, higher: bool) -> float:
    """The value to reach."""
    if body["value"] is not None:
        return float(body["value"])
    return before * (1 + (1 if higher else -1) * float(body["improve"]))


def target_theta(target: float, before: float) -> float | None:
    """The target as a change on the log scale."""
    return log(target / before) if target > 0 and before > 0 else None


def same(view: View, frozen: Document, *names: str) -> bool:
    """Whether some tables are still those of the baseline.

    Ideal cycles and prices need no look: those of the baseline are used on both sides. Of the
    calendar single days after the baseline do not count here: a holiday plans no time at all, and
    days whose planned time was cut afterwards are looked for by their rows.
    """
    line, last = view.line(frozen["line"]), view.local_day(frozen["to_ns"] - 1)
    every = [baselines.tables(view, line, until) for until in (last, None)]
    return all(any(now[name] == frozen["tables"][name] for now in every) for name in names)


def day_document(days: Days, i: int, window: str) -> Document:
    """One day of the chart; without a value where too little is known to give one."""
    above, below, coverage = (
        float(column[i]) for column in (days.numerator, days.denominator, days.coverage)
    )
    known = below > 0 and publish_status(coverage) != "insufficient"
    return {
        "day": days.day[i],
        "value": number(above / below) if known else None,
        "coverage": number(coverage),
        "window": window,
    }
