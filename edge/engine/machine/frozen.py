"""Registers that stood still and then jumped: what they may have counted meanwhile.

A jump that no machine can make in the time since the last reading is quarantined, with no more
pieces than that time allows. Where the register had shown one value for longer, it may have been
frozen while the machine went on: then all of the jump may have been made since it last moved. That
excess belongs to no bucket; it is a loose increment that raises the upper bound alone.
"""

from typing import NamedTuple

import numpy as np

from edge.model import BOOL, F64, I64, SECOND_NS
from kpi.counters import Decision, Increments, caps

REACH_NS = 3_600 * SECOND_NS
"""How far back it matters since when a register stood. A fold without a kept anchor begins as far
before its window, so that all folds see the same."""
JUMPS = (Decision.QUARANTINE, Decision.PENDING)
IS_JUMP = np.array([decision in JUMPS for decision in Decision])


class Frozen(NamedTuple):
    """An excess over the bound of one reading."""

    row: int  # of the reading that jumped
    since_ns: int  # when the register last moved, at most REACH_NS before
    excess: float  # counts beyond the bound of the reading itself


class Stood(NamedTuple):
    """Since when the register had shown the value of each accepted reading."""

    numbers: I64  # of the readings, among the accepted ones, at which it had moved
    since_ns: I64  # when these were

    def at(self, number: int) -> int:
        """The same of one accepted reading, by its number among them."""
        return int(self.since_ns[self.numbers.searchsorted(number, "right") - 1])


def same_since(t_ns: I64, value: F64, accepted: I64, before_ns: int | None) -> Stood:
    """Of each accepted reading since when the register had shown its value.

    Args:
        t_ns: of all readings.
        value: of all readings.
        accepted: places of those with which later ones are compared.
        before_ns: the same of the first of them, where it is known.
    """
    shown = value if len(accepted) == len(value) else value[accepted]
    moved = np.ones(len(accepted), np.bool_)
    moved[1:] = shown[1:] != shown[:-1]
    numbers = np.flatnonzero(moved)
    since_ns = t_ns[accepted[numbers]]
    if before_ns is not None:
        since_ns[:1] = before_ns
    return Stood(numbers, since_ns)


def frozen(
    rows: Increments, t_ns: I64, value: F64, accepted: tuple[I64, Stood], rate: float
) -> tuple[Frozen, ...]:
    """The excesses of one counter.

    Args:
        rows: what was decided, in counts.
        t_ns: of the readings.
        value: of the readings.
        accepted: places of accepted readings, and since when each had shown its value.
        rate: counts per second at most.
    """
    place, stood = accepted
    found = []
    jumps: BOOL = IS_JUMP[rows.decision]
    for row in np.flatnonzero(jumps).tolist():  # jumps are rare
        before = int(place.searchsorted(row)) - 1
        if before < 0:
            continue
        p, begin_ns = int(place[before]), stood.at(before)
        most = float(value[row] - value[p])
        far = int(t_ns[row]) - REACH_NS
        if begin_ns > far:  # else nobody looked how long it stood: the jump itself is the bound
            most = min(most, float(caps(rate, t_ns[row] - np.int64(begin_ns))))
        is_still = begin_ns < t_ns[p] and far < t_ns[p]  # a long silence bounds enough by itself
        if is_still and most > rows.high[row]:
            found.append(Frozen(row, max(begin_ns, far), most - float(rows.high[row])))
    return tuple(found)
