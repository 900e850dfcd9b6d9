"""One measure by production day, as a numerator and a denominator that add up.

A comparison needs sums: the figure of a window is the ratio of its sums, and its interval comes
from the days' sums, never from the days' ratios. A day is whole or it is left out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum, isfinite, nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.engine.figures import Totals, totals
from edge.engine.sums import measured
from edge.engine.view import View, day_text
from edge.errors import Refused
from edge.model import F64, I64, SECOND_NS
from edge.records.elements import FINAL
from edge.site import Line, Price
from kpi.arrays import divide
from kpi.catalogue.index import MEASURES

HOUR_NS = 3_600 * SECOND_NS
LEAST_COVERAGE = 0.95  # only complete and usable days enter evidence (kpi.md 5.5)
ROUNDING = 1e-12
Column = NDArray[Any]
Part = Callable[[Mapping[str, Column]], Column]
Parts = tuple[Part, Part]


def hours_of(name: str) -> Part:
    """A duration in hours."""
    return lambda e: e[name] / HOUR_NS


def seconds_of(*names: str) -> Part:
    """Durations together, in seconds."""
    return lambda e: np.add.reduce([e[name] for name in names]) / SECOND_NS


def plain(name: str) -> Part:
    """A quantity as it is."""
    return lambda e: e[name]


def where_rejects_count(name: str) -> Part:
    """A quantity that says nothing of quality where nobody counts rejects."""
    return lambda e: e[name] + 0 * e["sq"]


PARTS: Mapping[str, Parts] = {
    "availability": (
        seconds_of("apt_ns"),
        lambda e: (e["pbt_ns"] - e["unknown_ns"]) / SECOND_NS,
    ),
    "effectiveness": (
        plain("ideal_pq_s"),
        lambda e: e["apt_ns"] / SECOND_NS * divide(e["pbt_ns"], e["pbt_ns"] - e["unknown_ns"]),
    ),
    "quality_ratio": (where_rejects_count("ideal_gq_s"), plain("ideal_pq_s")),
    "quality_count": (where_rejects_count("gq"), plain("pq")),
    "oee": (plain("ideal_gq_s"), seconds_of("pbt_ns")),
    "throughput_per_hour": (plain("gq"), hours_of("pbt_ns")),
    "standard_hours_productivity": (plain("ideal_gq_s"), seconds_of("pbt_ns")),
    "defect_rate": (lambda e: e["sq"] + np.nan_to_num(e["rq"]), plain("pq")),
    "scrap_ratio": (plain("sq"), plain("pq")),
    "rework_ratio": (plain("rq"), plain("pq")),
    "setup_ratio": (seconds_of("aust_ns"), seconds_of("apt_ns", "aust_ns")),
    "technical_efficiency": (
        seconds_of("apt_ns"),
        seconds_of("apt_ns", "adet_ns", "adet_external_ns"),
    ),
    "energy_per_good_piece": (plain("energy_kwh"), plain("gq")),
    "unit_cost": (plain("cost_krw"), plain("gq")),
}
"""Numerator and denominator of every measure that can be compared; their ratio is the measure."""


@dataclass(frozen=True, slots=True)
class Days:
    """A measure of one line or machine by production day; NaN where a day has no such sum."""

    day: list[str]
    numerator: F64
    denominator: F64
    coverage: F64
    status: I64  # as elements.STATUS

    def usable(self) -> "Days":
        """The days that may enter evidence."""
        with np.errstate(invalid="ignore"):
            good = (self.coverage >= LEAST_COVERAGE - ROUNDING) & (self.denominator > 0)
        return self.take(np.flatnonzero(good & np.isfinite(self.numerator)).tolist())

    def take(self, rows: list[int]) -> "Days":
        """The chosen days."""
        at = np.array(rows, np.int64)
        return Days(
            [self.day[i] for i in rows],
            self.numerator[at],
            self.denominator[at],
            self.coverage[at],
            self.status[at],
        )

    def between(self, first: str, end: str) -> "Days":
        """The days from `first` on and before `end`."""
        return self.take([i for i, day in enumerate(self.day) if first <= day < end])

    def ratio(self) -> float:
        """The figure of all days together; NaN without any."""
        below = fsum(self.denominator)
        return fsum(self.numerator) / below if below > 0 else nan

    def __len__(self) -> int:
        return len(self.day)

    def document(self) -> list[dict[str, Any]]:
        """As JSON, one object a day."""
        columns = zip(self.day, self.numerator, self.denominator, self.coverage, strict=True)
        return [
            {"day": day, "numerator": number(a), "denominator": number(b), "coverage": number(c)}
            for day, a, b, c in columns
        ]

    @classmethod
    def of_document(cls, rows: list[dict[str, Any]]) -> "Days":
        """The days of a document; what is frozen is final."""
        above, below, coverage = (
            np.array([nan if row[name] is None else row[name] for row in rows], np.float64)
            for name in ("numerator", "denominator", "coverage")
        )
        days, status = [row["day"] for row in rows], np.full(len(rows), FINAL, np.int64)
        return cls(days, above, below, coverage, status)


def number(value: float) -> float | None:
    """A number as JSON; what is not finite is null."""
    return float(value) if isfinite(value) else None


def comparable(measure: str) -> Parts:
    """Numerator and denominator of a measure.

    Raises:
        Refused: where the measure is none, or cannot be compared by days.
    """
    if measure not in PARTS or measure not in MEASURES:
        raise Refused(f"'{measure}' cannot be compared by days; take one of {', '.join(PARTS)}")
    return PARTS[measure]


def by_day(
    view: View,
    line: Line,
    machine: str | None,
    measure: str,
    window: tuple[int, int],
    prices: Sequence[Price] | None = None,
) -> Days:
    """A measure by the production days of which every shift lies in a window.

    Args:
        view: the site.
        line: with the ideal cycles that are to hold.
        machine: of it; None is the line itself.
        measure: one of PARTS.
        window: [from_ns, to_ns).
        prices: those that are to hold; default the site's.
    """
    comparable(measure)
    found = totals(view, line, window, "day", prices)
    return days_of(found, line, machine, measure, whole_days(view, line, window))


def days_of(found: Totals, line: Line, machine: str | None, measure: str, whole: set[int]) -> Days:
    """The chosen days of a machine's groups; days without planned time are none."""
    sums, all_elements = found.sums, measured(line, found.rows, found.sums)
    mine = [i for i in found.of(machine) if sums.keys[i][1] in whole and sums.elements["pbt_ns"][i]]
    elements = {name: column[mine] for name, column in all_elements.items()}
    coverage = MEASURES[measure].coverage(elements)
    above, below = (np.asarray(part(elements), np.float64) for part in comparable(measure))
    days = [day_text(int(sums.keys[i][1])) for i in mine]
    return Days(days, above, below, coverage, sums.status[mine])


def whole_days(view: View, line: Line, window: tuple[int, int]) -> set[int]:
    """The production days, in days since 1970, of which every shift lies in a window."""
    hours = view.calendars[line.id].hours(window[0], max(window[1], window[0] + 1))
    outside = (hours.shift_t0_ns < window[0]) | (hours.shift_t1_ns > window[1])
    return set(hours.shift_day.tolist()) - set(hours.shift_day[outside].tolist())
