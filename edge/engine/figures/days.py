"""One measure by production day, as a numerator and a denominator that add up.

A comparison needs sums: the figure of a window is the ratio of its sums, and its interval comes
from the days' sums, never from the days' ratios. A day is whole or it is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, nan
from typing import Any, NamedTuple

import numpy as np

from edge.engine.figures.figures import Totals, totals
from edge.engine.figures.sums import measured
from edge.engine.view import View, day_text
from edge.errors import Refused
from edge.model import F64, I64
from edge.records.elements import FINAL
from edge.site import Line, Rate
from kpi.catalogue.index import MEASURES
from kpi.catalogue.parts import Parts
from kpi.measures import ratio
from kpi.verdict import is_usable


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
            good = is_usable(self.coverage) & (self.denominator > 0)
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
        return ratio(self.numerator, self.denominator).value

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


class Period(NamedTuple):
    """One measure in a time of which a baseline may be made."""

    line: Line
    now_ns: int
    window: tuple[int, int]  # what of the time is over
    found: Totals
    whole: set[int]  # production days of which every shift lies in the window
    days: Days


def number(value: float) -> float | None:
    """A number as JSON; what is not finite is null."""
    return float(value) if isfinite(value) else None


def comparable(measure: str) -> Parts:
    """Numerator and denominator of a measure.

    Raises:
        Refused: where the measure is none, or cannot be compared by days.
    """
    parts = MEASURES[measure].parts if measure in MEASURES else None
    if parts is None:
        known = ", ".join(sorted(name for name, one in MEASURES.items() if one.parts))
        raise Refused(f"'{measure}' cannot be compared by days; take one of {known}")
    return parts


def period(
    view: View, line_id: str, machine: str | None, measure: str, span: tuple[int, int]
) -> Period:
    """The days of a line or machine in a time, as far as it is over.

    Raises:
        NotFound: no such line or machine.
        Refused: the measure cannot be compared, or the time has not begun.
    """
    line, now_ns = view.line(line_id), view.clock.wall_ns()
    view.machine(line_id, machine)
    comparable(measure)
    window = span[0], min(span[1], now_ns)
    if window[1] <= window[0]:
        asked = f"{view.time(span[0])} to {view.time(span[1])}"
        raise Refused(f"{asked} holds nothing yet; name a time that has begun")
    found, whole = totals(view, line, window, "day"), whole_days(view, line, window)
    days = days_of(found, line, machine, measure, whole)
    return Period(line, now_ns, window, found, whole, days)


def by_day(
    view: View,
    line: Line,
    machine: str | None,
    measure: str,
    window: tuple[int, int],
    prices: Sequence[Rate] | None = None,
) -> Days:
    """A measure by the production days of which every shift lies in a window.

    Args:
        view: the site.
        line: with the ideal cycles that are to hold.
        machine: of it; None is the line itself.
        measure: one whose days add up.
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
    parts = comparable(measure)
    above, below = parts.above(elements), parts.below(elements)
    days = [day_text(int(sums.keys[i][1])) for i in mine]
    return Days(days, above, below, coverage, sums.status[mine])


def whole_days(view: View, line: Line, window: tuple[int, int]) -> set[int]:
    """The production days, in days since 1970, of which every shift lies in a window."""
    hours = view.calendars[line.id].hours(window[0], max(window[1], window[0] + 1))
    outside = (hours.shift_t0_ns < window[0]) | (hours.shift_t1_ns > window[1])
    return set(hours.shift_day.tolist()) - set(hours.shift_day[outside].tolist())
