"""One measure by production day, as a numerator and a denominator that add up.

A comparison needs sums: the figure of a window is the ratio of its sums, and its interval comes
from the days' sums, never from the days' ratios.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite, nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.engine.figures import totals
from edge.engine.sums import Sums
from edge.engine.view import View, day_text
from edge.errors import Refused
from edge.model import F64, SECOND_NS
from edge.plant import Line
from kpi.catalogue.index import MEASURES

HOUR_NS = 3_600 * SECOND_NS
LEAST_COVERAGE = 0.95  # only complete and usable days enter evidence (kpi.md 5.5)
Column = NDArray[Any]
Parts = tuple[Callable[[Mapping[str, Column]], Column], Callable[[Mapping[str, Column]], Column]]


def hours_of(name: str) -> Callable[[Mapping[str, Column]], Column]:
    """A duration in hours."""
    return lambda e: e[name] / HOUR_NS


def seconds_of(name: str) -> Callable[[Mapping[str, Column]], Column]:
    """A duration in seconds."""
    return lambda e: e[name] / SECOND_NS


def plain(name: str) -> Callable[[Mapping[str, Column]], Column]:
    """A quantity as it is."""
    return lambda e: e[name]


def known_s(e: Mapping[str, Column]) -> Column:
    """Planned time of which the state is known, s."""
    return (e["pbt_ns"] - e["unknown_ns"]) / SECOND_NS


PARTS: Mapping[str, Parts] = {
    "availability": (seconds_of("apt_ns"), known_s),
    "effectiveness": (plain("ideal_pq_s"), seconds_of("apt_ns")),
    "quality_ratio": (plain("ideal_gq_s"), plain("ideal_pq_s")),
    "oee": (plain("ideal_gq_s"), seconds_of("pbt_ns")),
    "throughput_per_hour": (plain("gq"), hours_of("pbt_ns")),
    "standard_hours_productivity": (plain("ideal_gq_s"), seconds_of("pbt_ns")),
    "defect_rate": (lambda e: e["sq"] + np.nan_to_num(e["rq"]), plain("pq")),
    "scrap_ratio": (plain("sq"), plain("pq")),
    "energy_per_good_piece": (plain("energy_kwh"), plain("gq")),
    "unit_cost": (plain("cost_krw"), plain("gq")),
}
"""Numerator and denominator of every measure that can be compared; their ratio is the measure."""


@dataclass(frozen=True, slots=True)
class Days:
    """A measure of one line or machine by production day; sums of NaN are days without."""

    day: list[str]
    numerator: F64
    denominator: F64
    coverage: F64

    def usable(self) -> "Days":
        """The days that may enter evidence."""
        with np.errstate(invalid="ignore"):
            good = (self.coverage >= LEAST_COVERAGE) & (self.denominator > 0)
        good &= np.isfinite(self.numerator)
        rows = np.flatnonzero(good)
        days = [self.day[i] for i in rows]
        return Days(days, self.numerator[rows], self.denominator[rows], self.coverage[rows])

    def ratio(self) -> float:
        """The figure of all days together; NaN without any."""
        below = float(self.denominator.sum())
        return float(self.numerator.sum()) / below if below > 0 else nan

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
        """The days of a document."""
        columns = (
            np.array([nan if row[name] is None else row[name] for row in rows], np.float64)
            for name in ("numerator", "denominator", "coverage")
        )
        return cls([row["day"] for row in rows], *columns)


def number(value: float) -> float | None:
    """A number as JSON; what is not finite is null."""
    return float(value) if isfinite(value) else None


def comparable(measure: str) -> Parts:
    """Numerator and denominator of a measure.

    Raises:
        Refused: where the measure is none, or cannot be compared by days.
    """
    if measure not in PARTS or measure not in MEASURES:
        raise Refused(f"'{measure}' cannot be a target; take one of {', '.join(PARTS)}")
    return PARTS[measure]


def by_day(
    view: View, line: Line, machine: str | None, measure: str, window: tuple[int, int]
) -> Days:
    """A measure by production day in a window, whole days and what lies of the others."""
    above, below = comparable(measure)
    rows, sums = totals(view, line, window, "day")
    code = next((c for c, text in rows.words.items() if text == machine), 0) if machine else 0
    mine = [i for i, part in enumerate(sums.rows) if rows["machine"][part[0]] == code]
    return days_of(sums, mine, (above, below), measure)


def days_of(sums: Sums, mine: list[int], parts: Parts, measure: str) -> Days:
    """The chosen groups as days."""
    elements = {name: column[mine] for name, column in sums.elements.items()}
    days = [day_text(int(sums.keys[i][1])) for i in mine]
    coverage = MEASURES[measure].coverage(elements)
    above, below = (np.asarray(part(elements), np.float64) for part in parts)
    return Days(days, above, below, coverage)
