"""The calendar of a line over one window: shifts, planned time and production days as instants."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from edge.engine.machine.turns import Turns
from edge.model import DAY_NS, I64
from edge.shifts import ONE_DAY, WEEKDAYS, begun, special, week_of
from edge.site import Line, Shift, Site
from kpi import calendar

EPOCH_DAY = date(1970, 1, 1)


class Hours(NamedTuple):
    """Shifts and planned time of a window of some days; intervals sorted and disjoint."""

    shift_t0_ns: I64
    shift_t1_ns: I64
    shift_id: tuple[str, ...]  # <production_day>/<shift name>
    shift_day: I64  # days since 1970
    planned_t0_ns: I64
    planned_t1_ns: I64


class Stretch(NamedTuple):
    """Production days in a row with the same rules."""

    first: date
    last: date
    shifts: tuple[Shift, ...]
    closed: tuple[date, ...]


class Calendar:
    """The resolved calendar of one line; asks `kpi.calendar` and remembers the last answers."""

    def __init__(self, site: Site, line: Line) -> None:
        self._line = line
        self._zone, self._starts = site.timezone, site.production_day_starts
        self._resolve = lru_cache(maxsize=8)(self._resolved)

    def hours(self, from_ns: int, to_ns: int) -> Hours:
        """All shifts that touch [from_ns, to_ns), whole; more may be there on either side.

        An interval that ends before it begins, as by a clock that was set back, is an empty one.
        """
        return self._resolve(from_ns // DAY_NS, (max(from_ns, to_ns) - 1) // DAY_NS)

    def day_of(self, t_ns: I64) -> I64:
        """Production day of instants outside shifts, in days since 1970."""
        days = calendar.production_day(t_ns, self._zone, starts=self._starts)
        return days.astype("datetime64[D]").astype(np.int64)

    def _resolved(self, first: int, last: int) -> Hours:
        """The hours of the UTC days `first` to `last`; two more each way hold every local day."""
        days = tuple(datetime.fromtimestamp(d * 86_400, UTC).date() for d in (first - 2, last + 2))
        parts = [self._part(each) for each in stretches(self._line, self._starts, *days)]
        if len(parts) == 1:
            return parts[0]
        ids = tuple(name for part in parts for name in part.shift_id)
        columns = [np.concatenate([part[i] for part in parts]) for i in (0, 1, 3, 4, 5)]
        return Hours(columns[0], columns[1], ids, *columns[2:])

    def _part(self, of: Stretch) -> Hours:
        """The hours of one stretch."""
        rules = [calendar.ShiftRule(s.name, s.start, s.end, s.days, s.breaks) for s in of.shifts]
        asked = rules, self._zone, of.first, of.last
        starts = self._starts
        shifts = calendar.shifts(*asked, production_day_starts=starts, closed=of.closed)
        planned = calendar.planned_intervals(*asked, production_day_starts=starts, closed=of.closed)
        names = zip(shifts.production_day, shifts.name, strict=True)
        return Hours(
            shifts.t0_ns,
            shifts.t1_ns,
            tuple(f"{day}/{name}" for day, name in names),
            np.asarray(shifts.production_day, "datetime64[D]").astype(np.int64),
            planned.t0_ns,
            planned.t1_ns,
        )


def stretches(line: Line, starts: str, first: date, last: date) -> Iterator[Stretch]:
    """The production days from one to another, cut where their rules change."""
    turns = {day + step for day in single_days(line) for step in (timedelta(), ONE_DAY)}
    turns |= {week.valid_from for week in line.weeks}
    begins = [first, *sorted(turn for turn in turns if first < turn <= last)]
    for begin, end in pairwise([*begins, last + ONE_DAY]):
        found = special(line, begin) if begin in single_days(line) else None
        usual, closed = week_of(line, begin), line.closed
        if found is not None:
            usual, closed = () if found.closed else usual, ()
            besides = tuple(on_day(shift, begin, starts) for shift in found.shifts)
            usual = (*usual, *besides)
        yield Stretch(begin, end - ONE_DAY, usual, closed)


def single_days(line: Line) -> set[date]:
    """The days that are not as their week is, but for those that are only closed."""
    return {each.day for each in line.days}


def on_day(shift: Shift, day: date, starts: str) -> Shift:
    """A shift that is there on one production day alone, as a rule of the week."""
    return replace(shift, days=WEEKDAYS[begun(day, shift.start, starts).weekday()])


def calendar_versions(site: Site, line: Line) -> Turns[str]:
    """What the calendar of a line was, as text to be hashed, by production day since 1970.

    Other days than its own never change a row's version.
    """
    turns = {day + step for day in single_days(line) for step in (timedelta(), ONE_DAY)}
    turns |= {week.valid_from for week in line.weeks}

    def text(number: int) -> str:
        day = EPOCH_DAY + timedelta(days=number)
        whole = site.timezone, site.production_day_starts, week_of(line, day), line.closed
        found = special(line, day) if day in single_days(line) else None
        return repr(whole if found is None else (*whole, found))

    return Turns.of([(turn - EPOCH_DAY).days for turn in turns], text)


def version_of(site: Site, line: Line, until: date | None = None) -> str:
    """What the calendar of a line was, as text, to be hashed.

    Args:
        site: its site.
        line: whose calendar it is.
        until: single days after it say nothing of the time up to it; None = all count.
    """
    whole = site.timezone, site.production_day_starts, line.shifts, line.closed
    days = tuple(each for each in line.days if until is None or each.day <= until)
    return repr((*whole, line.weeks, days) if line.weeks or days else whole)
