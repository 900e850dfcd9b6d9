"""The calendar of a line over one window: shifts, planned time and production days as instants."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from edge.model import I64, SECOND_NS
from edge.site import Line, Site
from kpi import calendar

DAY_NS = 86_400 * SECOND_NS


class Hours(NamedTuple):
    """Shifts and planned time of a window of some days; intervals sorted and disjoint."""

    shift_t0_ns: I64
    shift_t1_ns: I64
    shift_id: tuple[str, ...]  # <production_day>/<shift name>
    shift_day: I64  # days since 1970
    planned_t0_ns: I64
    planned_t1_ns: I64


class Calendar:
    """The resolved calendar of one line; asks `kpi.calendar` and remembers the last answers."""

    def __init__(self, site: Site, line: Line) -> None:
        self._rules = tuple(
            calendar.ShiftRule(s.name, s.start, s.end, s.days, s.breaks) for s in line.shifts
        )
        self._closed = line.closed
        self._zone, self._starts = site.timezone, site.production_day_starts
        self._resolve = lru_cache(maxsize=8)(self._resolved)

    def hours(self, from_ns: int, to_ns: int) -> Hours:
        """All shifts that touch [from_ns, to_ns), whole."""
        return self._resolve(from_ns // DAY_NS, (to_ns - 1) // DAY_NS)

    def day_of(self, t_ns: I64) -> I64:
        """Production day of instants outside shifts, in days since 1970."""
        days = calendar.production_day(t_ns, self._zone, starts=self._starts)
        return days.astype("datetime64[D]").astype(np.int64)

    def _resolved(self, first: int, last: int) -> Hours:
        """The hours of the UTC days `first` to `last`; two more each way hold every local day."""
        days = tuple(datetime.fromtimestamp(d * 86_400, UTC).date() for d in (first - 2, last + 2))
        rules, zone, starts, closed = self._rules, self._zone, self._starts, self._closed
        shifts = calendar.shifts(
            rules, zone, days[0], days[1], production_day_starts=starts, closed=closed
        )
        planned = calendar.planned_intervals(
            rules, zone, days[0], days[1], production_day_starts=starts, closed=closed
        )
        names = zip(shifts.production_day, shifts.name, strict=True)
        return Hours(
            shifts.t0_ns,
            shifts.t1_ns,
            tuple(f"{day}/{name}" for day, name in names),
            np.asarray(shifts.production_day, "datetime64[D]").astype(np.int64),
            planned.t0_ns,
            planned.t1_ns,
        )


def version_of(site: Site, line: Line) -> str:
    """What the calendar of a line was, as text, to be hashed."""
    return repr((site.timezone, site.production_day_starts, line.shifts, line.closed))
