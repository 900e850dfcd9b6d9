"""Cumulative counters: readings in, increments out, and nothing invented in between.

One row comes out per reading, and every decision has a name. A count is exact, or it is NaN with
bounds; a reading that explains itself by nothing is quarantined, never guessed. Clean readings are
handled as whole arrays; only what follows an anomaly is looked at one reading at a time.
"""

import math
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from kpi.arrays import BOOL, F64, I64, SECOND_NS, U8, instants


class Decision(IntEnum):
    """What a reading was taken for; the numbers are stored and never change."""

    FIRST = 0
    COUNT = 1
    ROLLOVER = 2
    RESET = 3
    GLITCH = 4
    SPIKE = 5
    UNKNOWN = 6
    QUARANTINE = 7
    SKIPPED = 8
    EPOCH = 9
    PENDING = 10


class Increments(NamedTuple):
    """One row per reading, in its order."""

    # since the last accepted reading; NaN where nobody can know
    count: F64  # type: ignore[assignment]  # hides tuple.count, which nobody needs here
    low: F64
    high: F64
    since_ns: I64  # the row covers (since_ns, t_ns]; a row that covers nothing has its own time
    decision: U8


class Total(NamedTuple):
    """Sums of increments."""

    # NaN when a row is unknown
    count: float  # type: ignore[assignment]  # hides tuple.count, which nobody needs here
    low: float
    high: float
    unknown: int  # number of unknown rows


DROPPED = frozenset({Decision.GLITCH, Decision.SPIKE, Decision.PENDING})
OPEN = (Decision.PENDING, Decision.ROLLOVER, Decision.RESET)
Row = tuple[Decision, float, float, float]  # decision, count, low, high
Rows = I64 | slice  # positions, or all of a stretch: no copy


def reconstruct(  # noqa: PLR0913 - what a counter is configured with
    t_ns: ArrayLike,
    value: ArrayLike,
    *,
    max_rate: float,
    modulus: float | None = None,
    good: ArrayLike | None = None,
    epoch: ArrayLike | None = None,
    reset_allowed: ArrayLike = False,
) -> Increments:
    """What a cumulative counter counted between its readings.

    Cutting the input changes nothing, if the later call begins with the last accepted reading
    before the first row that `settled` leaves open, and repeats everything after it.

    Args:
        t_ns: source times, strictly increasing.
        value: readings, in counts.
        max_rate: most counts per second there can be; `inf` where there is no limit.
        modulus: the value at which the counter starts again from 0, or None.
        good: False where a reading is not to be used.
        epoch: comparable ids; a change says that two readings are not of one count.
        reset_allowed: per reading or for all, whether the counter may have been set to 0.

    Raises:
        ValueError: times not strictly increasing, lengths differ, rate or modulus not positive.
    """
    times = instants(t_ns, "t_ns")
    values = _column(value, times.size, "value", np.float64)
    if not max_rate > 0:
        raise ValueError(f"max_rate is {max_rate!r}; it must be positive")
    if modulus is not None and not modulus > 0:
        raise ValueError(f"modulus is {modulus!r}; it must be positive, or None")
    usable = np.isfinite(values) & (values >= 0) & (values < (modulus or math.inf))
    if good is not None:
        usable &= _column(good, times.size, "good", np.bool_)
    epochs = None if epoch is None else _column(epoch, times.size, "epoch", None)
    resets = _column(reset_allowed, times.size, "reset_allowed", np.bool_)
    counter = _Counter(times, values, epochs, resets, max_rate, modulus)
    return counter.increments(np.flatnonzero(usable))


def total(increments: Increments) -> Total:
    """The sums of count, low and high, and how many rows nobody knows the count of."""
    unknown = int(np.isnan(increments.count).sum())
    return Total(
        math.nan if unknown else math.fsum(increments.count),
        math.fsum(increments.low),
        math.fsum(increments.high),
        unknown,
    )


def settled(increments: Increments) -> int:
    """How many leading rows no later reading can change.

    The last usable reading is open where it fell or jumped: what follows may show a glitch.
    """
    usable = np.flatnonzero(increments.decision != Decision.SKIPPED)
    if usable.size and increments.decision[usable[-1]] in OPEN:
        return int(usable[-1])
    return increments.decision.size


class _Counter:
    """One counter's readings, and the table of decisions of the specification."""

    __slots__ = ("_epoch", "_modulus", "_rate", "_resets", "_t_ns", "_value")

    def __init__(
        self,
        t_ns: I64,
        value: F64,
        epoch: np.ndarray | None,
        resets: BOOL,
        rate: float,
        modulus: float | None,
    ) -> None:
        self._t_ns, self._value, self._epoch, self._resets = t_ns, value, epoch, resets
        self._rate, self._modulus = float(rate), modulus

    def increments(self, usable: I64) -> Increments:
        """The rows of all readings, of which those at `usable` count."""
        n = self._t_ns.size
        out = Increments(
            np.zeros(n), np.zeros(n), np.zeros(n), self._t_ns.copy(), np.full(n, 8, np.uint8)
        )
        if not usable.size:
            return out
        before, after = neighbours(usable, n)
        delta = self._value[after] - self._value[before]
        clean = self._clean(before, after, delta)
        for column in (out.count, out.low, out.high):
            column[after] = delta
        out.since_ns[after] = self._t_ns[before]
        out.decision[after] = Decision.COUNT
        out.decision[usable[0]] = Decision.FIRST
        if not clean.all():
            self._walk(usable.tolist(), clean, out)
        return out

    def _clean(self, before: Rows, after: Rows, delta: F64) -> BOOL:
        """Whether each usable reading counts on from the one before it."""
        gap_ns = self._t_ns[after] - self._t_ns[before]
        clean: BOOL = (delta >= 0) & (delta <= caps(self._rate, gap_ns))
        if self._modulus is not None:
            clean &= counted(self._rate, gap_ns) <= self._modulus
        if self._epoch is not None:
            clean &= np.asarray(self._epoch[after] == self._epoch[before], dtype=np.bool_)
        return clean

    def _walk(self, usable: list[int], clean: BOOL, out: Increments) -> None:
        """Decide anomalies one by one, from each until readings count on again."""
        done = 0
        for start in np.flatnonzero(~clean).tolist():  # pair `start` ends in reading start + 1
            if start < done:
                continue
            at, last = start + 1, start
            while at < len(usable) and not clean[last]:  # what follows a clean one is never dropped
                p, i = usable[last], usable[at]
                row = self._decide(p, i, usable[at + 1] if at + 1 < len(usable) else None)
                self._put(out, p, i, row)
                last = last if row[0] in DROPPED else at
                at += 1
            done = at

    def _put(self, out: Increments, p: int, i: int, row: Row) -> None:
        """Write the row of reading `i`, compared with the accepted reading `p`."""
        decision, out.count[i], out.low[i], out.high[i] = row
        out.decision[i] = decision
        covers_nothing = decision in {Decision.GLITCH, Decision.SPIKE}
        out.since_ns[i] = self._t_ns[i if covers_nothing else p]

    def _decide(self, p: int, i: int, after: int | None) -> Row:
        """What reading `i` is, after the accepted `p` and before the usable `after`."""
        cap = self._cap(p, i)
        if self._differ(p, i):
            return Decision.EPOCH, math.nan, 0.0, cap
        delta = float(self._value[i] - self._value[p])
        if self._modulus is not None and self._wraps(p, i):
            least = 0.0 if self._resets[i] else delta % self._modulus
            return Decision.UNKNOWN, math.nan, least, cap
        j = None if after is None or self._differ(i, after) else after
        if delta > cap:
            return self._jump(p, j, cap)
        if delta < 0:
            return self._fall(p, i, j, cap)
        return Decision.COUNT, delta, delta, delta

    def _jump(self, p: int, j: int | None, cap: float) -> Row:
        """A reading higher than the machine can count: a spike, if the next one knows better."""
        if j is None:
            return Decision.PENDING, math.nan, 0.0, cap
        if self._returns(p, j) or self._rolls(p, j):
            return Decision.SPIKE, 0.0, 0.0, 0.0
        return Decision.QUARANTINE, math.nan, 0.0, cap

    def _fall(self, p: int, i: int, j: int | None, cap: float) -> Row:
        """A reading lower than the one before: glitch, rollover or reset, in the table's order."""
        here = float(self._value[i])
        back = j is not None and self._returns(p, j)
        if back and j is not None and self._value[j] - here > self._cap(i, j):
            return Decision.GLITCH, 0.0, 0.0, 0.0
        if self._modulus is not None and self._value[p] > self._modulus / 2:
            wrapped = float((here - self._value[p]) % self._modulus)
            if wrapped <= cap:
                return Decision.ROLLOVER, wrapped, wrapped, wrapped
        if self._resets[i] and here <= cap:
            return Decision.RESET, here, here, cap
        if back:
            return Decision.GLITCH, 0.0, 0.0, 0.0
        return Decision.PENDING if j is None else Decision.QUARANTINE, math.nan, 0.0, cap

    def _returns(self, p: int, j: int) -> bool:
        """Whether `j` counts on from `p` as if nothing had been between them."""
        return bool(0 <= self._value[j] - self._value[p] <= self._cap(p, j))

    def _rolls(self, p: int, j: int) -> bool:
        """Whether `j`, which does not count on from `p`, does so through one rollover."""
        rise = self._value[j] - self._value[p]
        modulus = None if self._wraps(p, j) else self._modulus
        return modulus is not None and bool(rise % modulus <= self._cap(p, j))

    def _wraps(self, a: int, b: int) -> bool:
        """Whether the counter could have gone round more than once from `a` to `b`."""
        gap_ns = self._t_ns[b] - self._t_ns[a]
        return self._modulus is not None and bool(counted(self._rate, gap_ns) > self._modulus)

    def _differ(self, a: int, b: int) -> bool:
        """Whether two readings are of different epochs."""
        return self._epoch is not None and bool(self._epoch[a] != self._epoch[b])

    def _cap(self, a: int, b: int) -> float:
        """Most counts there can be from `a` to `b`."""
        return float(caps(self._rate, self._t_ns[b] - self._t_ns[a]))


def neighbours(usable: I64, n: int) -> tuple[Rows, Rows]:
    """Of `n` readings the usable ones that have a follower, and these followers."""
    if usable.size == n:
        return slice(0, n - 1), slice(1, n)
    return usable[:-1], usable[1:]


def caps(rate: float, gap_ns: I64 | np.int64) -> F64:
    """Most counts in some time: ⌈1.1·rate·seconds⌉ + 1."""
    caps: F64 = np.ceil(counted(11 * rate / 10, gap_ns)) + 1
    return caps


def counted(rate: float, gap_ns: I64 | np.int64) -> F64:
    """Counts at a rate in some time; the last bits of the product make no further piece."""
    product: F64 = rate * np.asarray(gap_ns, dtype=np.float64) / SECOND_NS
    return product * (1 - 1e-13)


def _column(values: ArrayLike, n: int, name: str, dtype: type | None) -> np.ndarray:
    """`values` as a column of length `n`; a scalar stands for all rows."""
    column = np.asarray(values, dtype=dtype)
    if column.ndim == 0:
        return np.full(n, column)
    if column.shape != (n,):
        raise ValueError(f"{name} has shape {column.shape}; give {n} values, as many as t_ns")
    return column
