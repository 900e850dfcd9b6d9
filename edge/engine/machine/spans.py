"""What held when: gapless intervals with a value, and sums of time over them. All integers."""

from typing import NamedTuple

import numpy as np

from edge.model import BOOL, I64

MANY = 4  # instants to an edge
FEW = 4_000  # instants; looking up each costs no more than finding out that they are in order


class Spans(NamedTuple):
    """Interval i is [t0_ns[i], t1_ns[i]); sorted and without gaps; neighbours may be equal."""

    t0_ns: I64
    t1_ns: I64
    value: I64

    @classmethod
    def of(cls, at_ns: I64, value: I64, end_ns: int) -> "Spans":
        """Values that hold from their instants on, the last until `end_ns`; equal ones united."""
        kept = np.ones(len(at_ns), np.bool_)
        kept[1:] = value[1:] != value[:-1]
        kept &= at_ns < end_ns
        start = at_ns[kept]
        end = np.append(start[1:], end_ns)[: len(start)]
        return cls(start, end, value[kept])

    @classmethod
    def empty(cls) -> "Spans":
        """No interval at all."""
        nothing = np.empty(0, np.int64)
        return cls(nothing, nothing, nothing)

    def at(self, t_ns: I64, outside: int = 0) -> I64:
        """The value at each instant; `outside` where no interval holds it."""
        if not len(self.t0_ns):
            return np.full(len(t_ns), outside, np.int64)
        place = passed(self.t0_ns, t_ns) - 1
        inside = (place >= 0) & (t_ns < self.t1_ns[-1])
        return np.where(inside, self.value[np.maximum(place, 0)], outside)

    def cut(self, from_ns: int, to_ns: int) -> "Spans":
        """What lies inside [from_ns, to_ns)."""
        rows = (self.t1_ns > from_ns) & (self.t0_ns < to_ns)
        return Spans(
            np.maximum(self.t0_ns[rows], from_ns),
            np.minimum(self.t1_ns[rows], to_ns),
            self.value[rows],
        )

    def then(self, later: "Spans") -> "Spans":
        """These and those that follow them, equal neighbours united."""
        if not len(self.t0_ns):
            return later
        if not len(later.t0_ns):
            return self
        at_ns = np.concatenate([self.t0_ns, later.t0_ns])
        value = np.concatenate([self.value, later.value])
        return Spans.of(at_ns, value, int(later.t1_ns[-1]))

    def pairs(self) -> list[tuple[int, int]]:
        """Start and value of each interval, as plain integers."""
        return list(zip(self.t0_ns.tolist(), self.value.tolist(), strict=True))


def passed(edges_ns: I64, t_ns: I64) -> I64:
    """How many of some sorted edges lie at or before each instant."""
    if len(t_ns) < max(FEW, MANY * len(edges_ns)) or not bool((t_ns[1:] >= t_ns[:-1]).all()):
        return edges_ns.searchsorted(t_ns, "right")
    ends = t_ns.searchsorted(edges_ns)  # in order: the few are looked for among the many
    between = np.diff(np.concatenate([[0], ends, [len(t_ns)]]))
    return np.repeat(np.arange(len(between)), between)


def distinct(values: I64) -> I64:
    """Sorted and each once; on sorted pieces joined, several times as fast as np.unique."""
    values = np.sort(values, kind="stable")
    kept = np.ones(len(values), np.bool_)
    kept[1:] = values[1:] != values[:-1]
    return values[kept]


class Elapsed:
    """How much of some disjoint intervals lies before an instant."""

    def __init__(self, t0_ns: I64, t1_ns: I64) -> None:
        self._t0, self._length = t0_ns, t1_ns - t0_ns
        self._before = np.concatenate([[0], np.cumsum(self._length)])

    @classmethod
    def of(cls, spans: Spans, rows: BOOL) -> "Elapsed":
        """The time of the chosen intervals."""
        return cls(spans.t0_ns[rows], spans.t1_ns[rows])

    def until(self, t_ns: I64) -> I64:
        """Nanoseconds of the intervals before each instant."""
        if not len(self._t0):
            return np.zeros(len(t_ns), np.int64)
        place = passed(self._t0, t_ns) - 1
        index = np.maximum(place, 0)
        inside = np.minimum(t_ns - self._t0[index], self._length[index])
        return np.where(place < 0, 0, self._before[index] + inside)

    def between(self, t0_ns: I64, t1_ns: I64) -> I64:
        """Nanoseconds of the intervals inside each [t0, t1)."""
        return self.until(t1_ns) - self.until(t0_ns)
