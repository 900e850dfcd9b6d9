"""Where a fact counts: its quantity divided over planned time, and the shifts of which it tells.

Nobody says when inside its time each piece was made. It is divided evenly over the planned time,
of its product where it names one, whole pieces whole. The part up to an instant follows from the
fact, the calendar and that product alone; so the parts add up to the fact however time is cut, and
never depend on the window of a fold.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from edge.engine.machine.calendars import Hours
from edge.engine.machine.shaping import Shape
from edge.engine.machine.spans import Elapsed
from edge.facts import Fact
from edge.model import BOOL, F64, HOUR_NS, I64

FINE = 1_000_000  # parts of a quantity that is not whole
Time = tuple[I64, I64]  # begins and ends, sorted and disjoint


@dataclass(frozen=True)
class Placed:
    """A fact and where it counts."""

    fact: Fact
    t0_ns: I64  # the time over which it is divided
    t1_ns: I64
    shifts: tuple[int, int]  # the whole shifts that it touches, or the off time
    told: tuple[int, int]  # of what it tells: these, and the off time around them

    @cached_property
    def _elapsed(self) -> Elapsed:
        return Elapsed(self.t0_ns, self.t1_ns)

    def pieces(self, edges_ns: I64, life: tuple[int, int]) -> F64:
        """The part of each bucket between these edges; what lies outside `life` at its ends."""
        quantity = self.fact.quantity or 0.0
        fine = 1 if float(quantity).is_integer() else FINE
        return np.diff(self._until(edges_ns, life, round(quantity * fine))) / fine

    def hours_ns(self, edges_ns: I64, life: tuple[int, int]) -> I64:
        """The same of a quantity of hours, in nanoseconds."""
        whole = round((self.fact.quantity or 0.0) * HOUR_NS)
        return np.diff(self._until(edges_ns, life, whole))

    def within(self, t0_ns: I64, t1_ns: I64) -> F64:
        """The part of the quantity in each of some intervals, not rounded."""
        total = int((self.t1_ns - self.t0_ns).sum())
        shares = self._elapsed.between(t0_ns, t1_ns) / total
        return np.asarray(shares * (self.fact.quantity or 0.0), np.float64)

    def covers(self, t0_ns: I64, t1_ns: I64) -> BOOL:
        """Which of some intervals it speaks of itself."""
        return (t1_ns > self.fact.from_ns) & (t0_ns < self.fact.end_ns)

    def tells(self, t0_ns: I64) -> BOOL:
        """Which buckets begin in time of which it tells."""
        return (t0_ns >= self.told[0]) & (t0_ns < self.told[1])

    def _until(self, edges_ns: I64, life: tuple[int, int], whole: int) -> I64:
        """Of a whole number the part before each edge.

        Rows end with the machine's life. What a shift's fact leaves beyond belongs to the shift's
        last row, and to its first one what lies before.
        """
        total = int((self.t1_ns - self.t0_ns).sum())
        passed = self._elapsed.until(edges_ns).tolist()
        parts = [(2 * whole * int(each) + total) // (2 * total) for each in passed]  # edges
        begin, end = int(edges_ns[0]), int(edges_ns[-1])
        if begin <= life[0] and begin < self.shifts[1]:
            parts[0] = 0
        if end >= life[1] and end > self.shifts[0]:
            parts[-1] = whole
        return np.array(parts, np.int64)


def place(fact: Fact, hours: Hours, named: Time | None = None) -> Placed:
    """Where a fact counts.

    Args:
        fact: of a line.
        hours: the line's, around the fact.
        named: when the product or order ran that the fact names; None = it names none.
    """
    whole: Time = np.array([fact.from_ns], np.int64), np.array([fact.end_ns], np.int64)
    over: Time = both((hours.planned_t0_ns, hours.planned_t1_ns), whole) or whole
    if named is not None:
        over = both(over, named) or both(whole, named) or over
    t0_ns, t1_ns = over
    return Placed(fact, t0_ns, t1_ns, touched(fact, hours), told_by(fact, hours))


def both(one: Time, other: Time) -> Time | None:
    """The time that two share; None where they share none."""
    at_ns = np.unique(np.concatenate([*one, *other]))
    if len(at_ns) < 2:  # noqa: PLR2004 - no interval
        return None
    shared = held(one, at_ns[:-1]) & held(other, at_ns[:-1])
    return (at_ns[:-1][shared], at_ns[1:][shared]) if shared.any() else None


def held(time: Time, at_ns: I64) -> BOOL:
    """Which instants lie in some time."""
    if not len(time[0]):
        return np.zeros(len(at_ns), np.bool_)
    place = time[0].searchsorted(at_ns, "right") - 1
    return (place >= 0) & (at_ns < time[1][np.maximum(place, 0)])


def touched(fact: Fact, hours: Hours) -> tuple[int, int]:
    """The whole shifts that a fact touches; outside of shifts the off time around it."""
    shifts = (hours.shift_t1_ns > fact.from_ns) & (hours.shift_t0_ns < fact.end_ns)
    if not shifts.any():
        return told_by(fact, hours)
    return int(hours.shift_t0_ns[shifts].min()), int(hours.shift_t1_ns[shifts].max())


def told_by(fact: Fact, hours: Hours) -> tuple[int, int]:
    """The time of which a fact tells: from the shift before it to the shift after it.

    Off time is told of by its neighbours, or a day would be unknown for the hours in which nobody
    works.
    """
    before = hours.shift_t1_ns[hours.shift_t1_ns <= fact.from_ns]
    after = hours.shift_t0_ns[hours.shift_t0_ns >= fact.end_ns]
    begin = int(before.max()) if len(before) else fact.from_ns
    return begin, int(after.min()) if len(after) else fact.end_ns


@dataclass(frozen=True, slots=True)
class Book:
    """The facts of a line around some time: what is divided, what names, what shapes stops."""

    placed: tuple[Placed, ...] = ()
    runs: tuple[Fact, ...] = ()
    shaping: tuple[Fact, ...] = ()  # what people did to stops

    def of(self, machine: str | None, kinds: Iterable[str]) -> list[Placed]:
        """The facts of a machine, or of the line as a whole, of some kinds."""
        wanted = set(kinds)
        return [p for p in self.placed if p.fact.machine == machine and p.fact.kind in wanted]

    def runs_of(self, machine: str) -> list[Fact]:
        """What names what a machine ran: said of it, or of its line."""
        return [fact for fact in self.runs if fact.machine in (None, machine)]

    def shape_of(self, machine: str) -> Shape:
        """What people did to the stops of a machine."""
        return Shape.of(fact for fact in self.shaping if fact.machine == machine)


EMPTY = Book()
