"""Which shifts a line has on a production day, by its weeks, its closed days and its single days.

The one place that knows what of a calendar holds on a day; `edge.engine.machine.calendars` makes
instants of it.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from edge.site import Day, Line, Shift

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MIN = 24 * 60
ONE_DAY = timedelta(days=1)
AROUND = range(-2, 3)  # days within which a shift of one day can meet one of another


class Clash(NamedTuple):
    """Two shifts that overlap."""

    day: date  # production day of the later one
    first: str
    second: str

    def __str__(self) -> str:
        return f"on {self.day} the shifts '{self.first}' and '{self.second}' overlap"


def week_of(line: Line, day: date) -> tuple[Shift, ...]:
    """The shifts that a line has week for week on a production day."""
    held = [week.shifts for week in line.weeks if week.valid_from <= day]
    return held[-1] if held else line.shifts


def special(line: Line, day: date) -> Day | None:
    """What a production day has in place of or besides its week; None where it is like any other.

    A single day that is written down says more than the list of closed days.
    """
    for found in line.days:
        if found.day == day:
            return found
    return Day(day, closed=True) if day in line.closed else None


def shifts_on(line: Line, day: date) -> tuple[Shift, ...]:
    """All shifts that a line may have on a production day, whatever its weekday."""
    found = special(line, day)
    usual = () if found is not None and found.closed else week_of(line, day)
    return (*usual, *(found.shifts if found is not None else ()))


def named(wanted: str, names: Sequence[str]) -> str:
    """The one name that is meant, where 조 (crew) stands behind it or is left out; else as wanted.

    >>> named("주간조", ["주간", "야간"]), named("조", ["주간"]), named("A조", ["A", "A조"])
    ('주간', '조', 'A조')
    """
    stem = wanted.removesuffix("조")
    alike = {name for name in names if name.removesuffix("조") == stem}
    return alike.pop() if stem and len(alike) == 1 else wanted


def clash(line: Line, starts: str) -> Clash | None:
    """Two shifts that overlap around a day on which the calendar changes; None without any.

    Args:
        line: with its weeks and days.
        starts: wall time at which the production day begins.
    """
    turns = {week.valid_from for week in line.weeks} | {day.day for day in line.days}
    for turn in sorted(turns):
        days = [turn + step * ONE_DAY for step in AROUND]
        spans = sorted(span for day in days for span in spans_on(line, day, starts))
        for (_, end, _, first), (begin, _, day, second) in pairwise(spans):
            if begin < end:
                return Clash(day, first, second)
    return None


def worked(line: Line, day: date, starts: str) -> Iterator[Shift]:
    """The shifts that a line has on a production day; those of its week by their weekdays."""
    found = special(line, day)
    usual = () if found is not None and found.closed else week_of(line, day)
    for shift in usual:
        if begun(day, shift.start, starts).weekday() in weekdays(shift.days):
            yield shift
    yield from found.shifts if found is not None else ()


def spans_on(line: Line, day: date, starts: str) -> Iterator[tuple[int, int, date, str]]:
    """The same in minutes of the calendar, with their day and name."""
    for shift in worked(line, day, starts):
        yield span_of(day, shift, starts)


def span_of(day: date, shift: Shift, starts: str) -> tuple[int, int, date, str]:
    """One shift of a production day."""
    begin = begun(day, shift.start, starts).toordinal() * DAY_MIN + minutes(shift.start)
    length = (minutes(shift.end) - minutes(shift.start)) % DAY_MIN or DAY_MIN
    return begin, begin + length, day, shift.name


def begun(day: date, start: str, starts: str) -> date:
    """The local date on which a shift of a production day begins."""
    return day if minutes(start) >= minutes(starts) else day + ONE_DAY


def weekdays(days: str) -> Iterator[int]:
    """`mon,wed-fri` as numbers from 0.

    >>> list(weekdays("fri-mon,wed"))
    [4, 5, 6, 0, 2]
    """
    for part in days.split(","):
        first, _, last = part.partition("-")
        begin = WEEKDAYS.index(first)
        for step in range((WEEKDAYS.index(last or first) - begin) % 7 + 1):
            yield (begin + step) % 7


def minutes(time: str) -> int:
    """`HH:MM` as minutes of the day."""
    hour, minute = time.split(":")
    return 60 * int(hour) + int(minute)
