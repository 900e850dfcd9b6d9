"""Increments into buckets: none is lost, none counted twice, all parts exact.

An increment inside one bucket belongs to it. One that crosses edges is divided by the producing
time in each bucket (energy by length), whole pieces whole; without producing time it belongs to
the bucket of its reading. Across the end of a shift, product, order or day that is done for short
ones only; a long one is *loose*: nobody can say where its pieces were made.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from edge.engine.machine.counting import Increments, split_gap_ns
from edge.engine.machine.spans import Elapsed, passed
from edge.model import BOOL, F64, I64, U32
from edge.records import elements
from kpi.counters import Decision
from kpi.elements import apportion_each

SAID_BY: dict[int, int] = {
    Decision.ROLLOVER: elements.ROLLOVER,
    Decision.RESET: elements.RESET,
    Decision.GLITCH: elements.DROPPED,
    Decision.SPIKE: elements.DROPPED,
    Decision.UNKNOWN: elements.COUNT_UNKNOWN,
    Decision.EPOCH: elements.COUNT_UNKNOWN,
    Decision.QUARANTINE: elements.QUARANTINED | elements.COUNT_UNKNOWN,
    Decision.PENDING: elements.QUARANTINED | elements.COUNT_UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Grid:
    """The buckets of one machine or line."""

    edges_ns: I64  # one more than buckets
    stretch: I64  # per bucket; pieces may move freely between buckets of one stretch

    def __len__(self) -> int:
        return len(self.stretch)

    def holding(self, t_ns: I64) -> I64:
        """The bucket that holds each instant; the first and last reach for ever."""
        return passed(self.edges_ns[1:-1], t_ns)

    def ending(self, t_ns: I64) -> I64:
        """The bucket in which an interval lies last that ends, exclusively, at each instant."""
        place = self.edges_ns.searchsorted(t_ns, "left") - 1
        return np.clip(place, 0, len(self) - 1)


class Loose(NamedTuple):
    """An increment that belongs to no bucket; amount None = nobody knows it."""

    t0_ns: int
    t1_ns: int
    bucket: int
    amount: float | None
    low: float
    high: float

    def scaled(self, factor: float) -> "Loose":
        """The same in another unit."""
        amount = None if self.amount is None else self.amount * factor
        return self._replace(amount=amount, low=self.low * factor, high=self.high * factor)

    def times(self, sign: int) -> "Loose":
        """What it does to a quantity: 1 adds, -1 is taken off, 0 raises the upper bound alone."""
        if sign > 0:
            return self
        if sign == 0:
            return self._replace(amount=0.0, low=0.0)
        amount = None if self.amount is None else -self.amount
        return self._replace(amount=amount, low=-self.high, high=-self.low)


@dataclass(slots=True)
class Spread:
    """What the buckets got of one counter."""

    count: F64
    low: F64
    high: F64
    flags: U32
    loose: list[Loose]

    @classmethod
    def nothing(cls, buckets: int) -> "Spread":
        """No pieces anywhere."""
        count, low, high = np.zeros((3, buckets))
        return cls(count, low, high, np.zeros(buckets, np.uint32), [])

    def add(self, bucket: I64, count: F64, low: F64, high: F64) -> None:
        """Add to buckets, one after the other: sums depend on nothing but their own terms."""
        np.add.at(self.count, bucket, count)
        np.add.at(self.low, bucket, low)
        np.add.at(self.high, bucket, high)


def spread(increments: Increments, grid: Grid, producing: Elapsed | None) -> Spread:
    """Divide the increments of one counter among buckets.

    Args:
        increments: of the counter.
        grid: where they go.
        producing: producing time, by which pieces are divided; None = by length.
    """
    out = Spread.nothing(len(grid))
    note_decisions(out, increments, grid)
    rows = increments.telling
    rows = rows[increments.t_ns[rows] > grid.edges_ns[0]]
    first = grid.holding(increments.since_ns[rows])
    home = grid.holding(increments.t_ns[rows])
    is_loose = np.zeros(len(rows), np.bool_)
    crossing = np.flatnonzero((first != home) | (increments.since_ns[rows] < grid.edges_ns[0]))
    ends = first[crossing], home[crossing]
    is_loose[crossing] = loose_rows(increments, rows[crossing], grid, ends)
    unknown = np.isnan(increments.count[rows])
    whole = ~is_loose & ((first == home) | unknown)
    put_whole(out, increments, rows[whole], first[whole])
    for row, bucket in zip(rows[is_loose].tolist(), home[is_loose].tolist(), strict=True):
        put_loose(out, increments, row, bucket)
    split = ~is_loose & ~whole & (increments.high[rows] > 0)
    divide(out, increments, rows[split], grid, producing)
    put_frozen(out, increments, grid)
    return out


def note_decisions(out: Spread, increments: Increments, grid: Grid) -> None:
    """Flag the buckets that hold the readings on which something was decided."""
    for decision in np.flatnonzero(np.bincount(increments.decision)).tolist():
        if decision in SAID_BY:
            at_ns = increments.t_ns[increments.decision == decision]
            at_ns = at_ns[at_ns >= grid.edges_ns[0]]
            out.flags[grid.holding(at_ns)] |= SAID_BY[decision]


def loose_rows(increments: Increments, rows: I64, grid: Grid, buckets: tuple[I64, I64]) -> BOOL:
    """Which rows of several buckets belong to none; `buckets` hold begins and readings."""
    since_ns, t_ns = increments.since_ns[rows], increments.t_ns[rows]
    first, home = buckets
    last = np.maximum(home - (grid.edges_ns[home] == t_ns), 0)  # as `ending` has it
    outside = since_ns < grid.edges_ns[0]
    crosses = (grid.stretch[first] != grid.stretch[last]) | outside
    far = crosses & (t_ns - since_ns > split_gap_ns(increments.signal))
    far &= increments.high[rows] > 0
    loose: BOOL = far | (np.isnan(increments.count[rows]) & (outside | (first != last)))
    return loose


def put_whole(out: Spread, increments: Increments, rows: I64, bucket: I64) -> None:
    """Increments that lie in one bucket; an unknown count adds its bounds alone."""
    count = increments.count[rows]
    known = np.where(np.isnan(count), 0.0, count)
    out.add(bucket, known, increments.low[rows], increments.high[rows])


def put_loose(out: Spread, increments: Increments, row: int, bucket: int) -> None:
    """An increment of its own line; a loop over such rows is fine, they are rare."""
    amount = float(increments.count[row])
    out.flags[bucket] |= elements.LOOSE
    out.loose.append(
        Loose(
            int(increments.since_ns[row]),
            int(increments.t_ns[row]),
            bucket,
            None if np.isnan(amount) else amount,
            float(increments.low[row]),
            float(increments.high[row]),
        )
    )


def put_frozen(out: Spread, increments: Increments, grid: Grid) -> None:
    """What registers that stood still may have counted; a loop is fine, such jumps are rare."""
    for one in increments.frozen:
        t_ns = int(increments.t_ns[one.row])
        if t_ns >= grid.edges_ns[0]:
            bucket = int(grid.holding(np.array([t_ns]))[0])
            out.flags[bucket] |= elements.LOOSE
            out.loose.append(Loose(one.since_ns, t_ns, bucket, 0.0, 0.0, one.excess))


def divide(
    out: Spread, increments: Increments, rows: I64, grid: Grid, producing: Elapsed | None
) -> None:
    """Divide increments that cross edges, or end on one, among the buckets that they touch."""
    if not len(rows):
        return
    since_ns, t_ns = increments.since_ns[rows], increments.t_ns[rows]
    first, home = grid.holding(since_ns), grid.holding(t_ns)
    size = home - first + 1
    group = np.repeat(np.arange(len(rows)), size)
    begin = np.cumsum(size) - size
    bucket = np.repeat(first - begin, size) + np.arange(len(group))
    lo = np.maximum(np.repeat(since_ns, size), grid.edges_ns[bucket])
    hi = np.maximum(np.minimum(np.repeat(t_ns, size), grid.edges_ns[bucket + 1]), lo)
    weight = hi - lo if producing is None else producing.between(lo, hi)
    idle = np.add.reduceat(weight, begin) == 0
    weight[(begin + size - 1)[idle]] = 1  # the bucket that holds the reading
    total = increments.count[rows]
    parts = fractions(total, weight, begin)
    if producing is not None:  # pieces
        is_whole = np.repeat(total == np.floor(total), size)
        parts = np.where(is_whole, apportion_each(total.astype(np.int64), weight, begin), parts)
    extra = np.zeros(len(group))
    heaviest = last_weighted(weight, begin)
    several = grid.ending(t_ns) > first
    excess = increments.high[rows] - increments.count[rows]
    extra[heaviest] = np.where(several, 0.0, excess)
    out.add(bucket, parts, parts, parts + extra)
    divided = np.add.reduceat((weight > 0).astype(np.int64), begin) > 1
    out.flags[bucket[divided[group] & (parts > 0)]] |= elements.SPLIT
    for row in np.flatnonzero(several & (excess > 0)).tolist():  # resets alone
        out.flags[home[row]] |= elements.LOOSE
        span = int(since_ns[row]), int(t_ns[row]), int(home[row])
        out.loose.append(Loose(*span, 0.0, 0.0, float(excess[row])))


def last_weighted(weight: I64, begin: I64) -> I64:
    """Of each group the place of its last part with weight."""
    place = np.where(weight > 0, np.arange(len(weight)), -1)
    found: I64 = np.maximum.reduceat(place, begin)
    return found


def fractions(total: F64, weight: I64, begin: I64) -> F64:
    """Each group's total divided by weight; the last part takes what rounding leaves.

    Args:
        total: per group.
        weight: per part; no group is without.
        begin: place of each group's first part.
    """
    group = np.repeat(np.arange(len(total)), np.diff(np.append(begin, len(weight))))
    parts = total[group] * (weight / np.add.reduceat(weight, begin)[group])
    last = last_weighted(weight, begin)
    parts[last] = 0.0
    parts[last] = total - np.add.reduceat(parts, begin)
    return np.maximum(parts, 0.0)
