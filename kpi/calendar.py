"""Shifts, breaks and dated values: where local wall-clock time becomes instants.

Nowhere else in the package is there a time zone. An ambiguous wall time is its first occurrence, a
missing one is read with the offset before the change; a length is a difference of instants.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpi.arrays import F64, I64, SECOND_NS, floats, whole
from kpi.dated import in_force, instant_ns, midnight_ns

Day = date | str
Days = NDArray[np.datetime64]
Span = tuple[int, int]

DAY_NS = 86_400 * SECOND_NS
OFFSETS_NS = 900 * SECOND_NS  # every zone changes its offset on a quarter hour of UTC
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ShiftRule:
    """A shift that recurs: wall-clock times "HH:MM" on some weekdays of its start.

    An end that is not after the start is on the next day. A break begins at the first such wall
    time in or after the shift's start.
    """

    name: str
    start: str
    end: str
    days: str = "mon-sun"  # "mon-sat", "mon,wed-fri", "fri-mon"
    breaks: Sequence[Sequence[str]] = ()

    def __post_init__(self) -> None:
        _wall(self.start, "start")
        _wall(self.end, "end")
        for text in (text for pair in self.breaks for text in pair):
            _wall(text, "a break")
        self.weekdays()

    def weekdays(self) -> frozenset[int]:
        """The weekdays on which it starts, Monday = 0.

        Raises:
            ValueError: a day nobody knows.
        """
        found: set[int] = set()
        for part in self.days.lower().replace(" ", "").split(","):
            first, _, last = part.partition("-")
            if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
                raise ValueError(f"days is {self.days!r}; write such as 'mon-sat' or 'mon,wed-fri'")
            begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
            found |= {(begin + step) % 7 for step in range((end - begin) % 7 + 1)}
        return frozenset(found)


class Shifts(NamedTuple):
    """Shifts by start; they do not overlap."""

    t0_ns: I64
    t1_ns: I64
    name: tuple[str, ...]
    production_day: Days


class Planned(NamedTuple):
    """Planned busy time: what is left of the shifts without breaks and planned downs."""

    t0_ns: I64
    t1_ns: I64
    shift: I64  # index into the shifts


@dataclass(frozen=True, slots=True)
class _Shift:
    """One resolved shift."""

    rule: ShiftRule
    start_day: date
    t0_ns: int
    t1_ns: int
    production_day: date


def shifts(
    rules: Sequence[ShiftRule],
    zone: str,
    first_day: Day,
    last_day: Day,
    *,
    production_day_starts: str = "00:00",
    closed: Iterable[Day] = (),
) -> Shifts:
    """Every shift whose production day lies in [first_day, last_day] and is not closed, by start.

    Args:
        rules: of the line.
        zone: IANA name.
        first_day: first production day, a date or ISO text.
        last_day: last production day, inclusive.
        production_day_starts: wall time at which the production day changes.
        closed: production days without work.

    Raises:
        ValueError: shifts overlap, the zone is unknown, or last_day lies before first_day.
    """
    found = _resolve_all(rules, zone, (first_day, last_day), production_day_starts, closed)
    return Shifts(
        np.array([one.t0_ns for one in found], dtype=np.int64),
        np.array([one.t1_ns for one in found], dtype=np.int64),
        tuple(one.rule.name for one in found),
        np.array([one.production_day for one in found], dtype="datetime64[D]"),
    )


def planned_intervals(  # noqa: PLR0913 - the calendar of a machine
    rules: Sequence[ShiftRule],
    zone: str,
    first_day: Day,
    last_day: Day,
    *,
    production_day_starts: str = "00:00",
    closed: Iterable[Day] = (),
    down_ns: ArrayLike = (),
) -> Planned:
    """Planned busy time of the same shifts: each without the union of its breaks and downs.

    Args:
        rules: of the line; breaks may differ per machine.
        zone: IANA name.
        first_day: first production day.
        last_day: last production day, inclusive.
        production_day_starts: wall time at which the production day changes.
        closed: production days without work.
        down_ns: planned downs such as maintenance, shape (k, 2).

    Raises:
        ValueError: shifts overlap, the zone is unknown, or days or a down end before they begin.
    """
    found = _resolve_all(rules, zone, (first_day, last_day), production_day_starts, closed)
    downs = np.asarray(down_ns, dtype=np.int64)
    if downs.size and (downs.ndim != 2 or downs.shape[1] != 2):  # noqa: PLR2004 - begins and ends
        raise ValueError(f"down_ns has shape {downs.shape}; give (k, 2), begins and ends")
    downs = downs.reshape(-1, 2)
    if bool((downs[:, 1] < downs[:, 0]).any()):
        raise ValueError("down_ns holds an interval that ends before it begins")
    where = _zone(zone)
    rows = []
    for index, shift in enumerate(found):
        near = downs[(downs[:, 0] < shift.t1_ns) & (downs[:, 1] > shift.t0_ns)]
        out = [_break(shift, pair, where) for pair in shift.rule.breaks] + near.tolist()
        rows += [(*span, index) for span in _without(shift.t0_ns, shift.t1_ns, out)]
    columns = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return Planned(columns[:, 0].copy(), columns[:, 1].copy(), columns[:, 2].copy())


def day_length_ns(day: Day, zone: str) -> int:
    """From local midnight to the next: 23, 24 or 25 hours in most zones."""
    where, today = _zone(zone), _date(day, "day")
    return midnight_ns(today + ONE_DAY, where) - midnight_ns(today, where)


def production_day(t_ns: ArrayLike, zone: str, *, starts: str = "00:00") -> Days:
    """The production day of each instant: the local date of that long before it.

    Args:
        t_ns: instants, in any order.
        zone: IANA name.
        starts: wall time at which the production day changes.
    """
    instants, where = whole(t_ns, "t_ns"), _zone(zone)
    quarters, position = np.unique(instants // OFFSETS_NS, return_inverse=True)
    offsets = [_offset_ns(int(quarter) * OFFSETS_NS, where) for quarter in quarters]
    local = instants + np.array(offsets, dtype=np.int64)[position]
    begin = _wall(starts, "starts")
    days = (local - (begin.hour * 60 + begin.minute) * 60 * SECOND_NS) // DAY_NS
    return days.astype("datetime64[D]")


def effective(
    t_ns: ArrayLike, valid_from: Sequence[Day], value: ArrayLike, *, zone: str = "Asia/Seoul"
) -> F64:
    """The dated value in force at each instant; NaN before the first.

    Args:
        t_ns: instants, in any order.
        valid_from: local days at whose midnight a value begins to hold, increasing.
        value: the values.
        zone: IANA name.

    Raises:
        ValueError: valid_from is not strictly increasing, or not as long as value.
    """
    where = _zone(zone)
    begins = [midnight_ns(_date(day, "valid_from"), where) for day in valid_from]
    if any(later <= earlier for earlier, later in pairwise(begins)):
        raise ValueError("valid_from must be strictly increasing")
    values = floats(value, "value")
    if values.size != len(begins):
        raise ValueError(
            f"valid_from and value must have the same length: {len(begins)}, {values.size}"
        )
    return in_force(whole(t_ns, "t_ns"), begins, values)


def _resolve_all(
    rules: Sequence[ShiftRule], zone: str, days: tuple[Day, Day], starts: str, closed: Iterable[Day]
) -> list[_Shift]:
    """The shifts asked for; those of the neighbouring days are looked at for overlaps too."""
    where, begin = _zone(zone), _wall(starts, "production_day_starts")
    first, last = _date(days[0], "first_day"), _date(days[1], "last_day")
    if last < first:
        raise ValueError(f"last_day is {last}, before first_day {first}")
    shut = {_date(day, "closed") for day in closed}
    day, found = first - ONE_DAY, []
    while day <= last + 2 * ONE_DAY:
        found += [
            _resolve(rule, day, where, begin) for rule in rules if day.weekday() in rule.weekdays()
        ]
        day += ONE_DAY
    open_ = [one for one in found if one.t1_ns > one.t0_ns and one.production_day not in shut]
    open_.sort(key=lambda one: one.t0_ns)
    for earlier, later in pairwise(open_):
        if later.t0_ns < earlier.t1_ns:
            raise ValueError(
                f"shifts {earlier.rule.name!r} of {earlier.start_day} and {later.rule.name!r} of "
                f"{later.start_day} overlap; change one of them"
            )
    return [one for one in open_ if first <= one.production_day <= last]


def _resolve(rule: ShiftRule, day: date, zone: ZoneInfo, starts: time) -> _Shift:
    """One shift, started on a local date."""
    begin, end = _wall(rule.start, "start"), _wall(rule.end, "end")
    t0_ns = instant_ns(day, begin, zone)
    t1_ns = instant_ns(day + ONE_DAY if end <= begin else day, end, zone)
    local = datetime.fromtimestamp(t0_ns // SECOND_NS, zone).replace(tzinfo=None)
    booked = local - timedelta(hours=starts.hour, minutes=starts.minute)
    return _Shift(rule, day, t0_ns, t1_ns, booked.date())


def _break(shift: _Shift, pair: Sequence[str], zone: ZoneInfo) -> Span:
    """A break's interval: its start is the first such wall time at or after the shift's start."""
    begin, end = (_wall(text, "a break") for text in pair)
    day = shift.start_day
    if instant_ns(day, begin, zone) < shift.t0_ns:
        day += ONE_DAY
    t0_ns = instant_ns(day, begin, zone)
    return t0_ns, instant_ns(day + ONE_DAY if end <= begin else day, end, zone)


def _without(t0_ns: int, t1_ns: int, out: Iterable[Sequence[int]]) -> list[Span]:
    """What is left of [t0_ns, t1_ns) without the union of intervals; a negative one is empty."""
    left, at = [], t0_ns
    for begin, end in sorted((span[0], span[1]) for span in out if span[1] > span[0]):
        if begin > at:
            left.append((at, min(begin, t1_ns)))
        at = max(at, end)
    left.append((at, t1_ns))
    return [(begin, end) for begin, end in left if end > begin]


def _offset_ns(t_ns: int, zone: ZoneInfo) -> int:
    """How far local time is ahead of UTC at an instant."""
    offset = datetime.fromtimestamp(t_ns // SECOND_NS, zone).utcoffset()
    return (offset or timedelta()) // timedelta(microseconds=1) * 1000


def _zone(name: str) -> ZoneInfo:
    """The zone of an IANA name."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"zone {name!r} is unknown; write a name such as Asia/Seoul") from error


def _date(day: Day, name: str) -> date:
    """A day given as a date or as ISO text."""
    try:
        return date.fromisoformat(str(day)) if not isinstance(day, date) else day
    except ValueError as error:
        raise ValueError(f"{name} is {day!r}, which is no day; write YYYY-MM-DD") from error


def _wall(text: str, name: str) -> time:
    """A wall time "HH:MM"."""
    try:
        return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - a wall time has no zone
    except ValueError as error:
        raise ValueError(f"{name} is {text!r}, no wall time; write HH:MM below 24:00") from error
