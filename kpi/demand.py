"""Billing demand: the power that an electricity contract charges for, whatever was used besides.

It is the greatest mean of a quarter hour in some months, and never below a floor. A quarter hour of
which something is not known can only have been higher than what is known of it.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from kpi.arrays import F64, HOUR_NS, I64, floats, same_length, whole
from kpi.elements import durations
from kpi.tariff import SEOUL_OFFSET_NS

QUARTER_NS = HOUR_NS // 4
PER_HOUR = HOUR_NS // QUARTER_NS
WINDOW_MONTHS = 12  # the month of the bill is the last of them
MONTHS = 12


class Quarters(NamedTuple):
    """Energy by quarter hours: at least and at most."""

    low: F64  # kWh
    high: F64  # kWh; inf where nobody can say


class Peak(NamedTuple):
    """The greatest quarter hour of some time."""

    kw: float  # what it was at least; NaN where nothing is known
    place: int  # of that quarter hour; -1 without one
    unknown: int  # quarter hours that may have been higher


def months_of(t_ns: ArrayLike) -> I64:
    """The month of each instant by the clock of the tariff, in months since January 1970."""
    days = (whole(t_ns, "t_ns") + SEOUL_OFFSET_NS) // (24 * HOUR_NS)
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def month_ns(month: int) -> int:
    """The instant at which a month begins by the clock of the tariff."""
    days = np.datetime64(month, "M").astype("datetime64[D]").astype(np.int64)
    return int(days) * 24 * HOUR_NS - SEOUL_OFFSET_NS


def quarters(
    since_ns: ArrayLike,
    t_ns: ArrayLike,
    kwh: tuple[ArrayLike, ArrayLike],
    span: tuple[int, int],
    *,
    even_ns: int,
) -> Quarters:
    """Energy that came between readings, by quarter hours.

    What came inside a quarter hour belongs to it. What came across an edge is divided by length
    where it came in a short time; otherwise any of it may have come in any of its quarter hours.

    Args:
        since_ns: begins of the increments.
        t_ns: their ends; increments do not overlap.
        kwh: energy of each, at least and at most.
        span: whole quarter hours, [from_ns, to_ns).
        even_ns: up to this length energy came evenly; at most a quarter hour.

    Raises:
        ValueError: lengths differ, the span is not of whole quarter hours, or `even_ns` too long.
    """
    begin, end = whole(since_ns, "since_ns"), whole(t_ns, "t_ns")
    bounds = floats(kwh[0], "kwh"), floats(kwh[1], "kwh")
    times = {"since_ns": begin.astype(np.float64), "t_ns": end.astype(np.float64)}
    same_length(**times, kwh_low=bounds[0], kwh_high=bounds[1])
    if span[0] % QUARTER_NS or span[1] % QUARTER_NS or span[1] <= span[0]:
        raise ValueError(f"span {span} is not of whole quarter hours")
    if even_ns > QUARTER_NS:
        raise ValueError(f"even_ns is {even_ns}; a quarter hour is the most")
    at = np.flatnonzero((end > span[0]) & (begin < span[1]) & (end > begin))
    came = Came(begin[at], end[at], span, even_ns)
    low, high = came.surely(bounds[0][at]), came.surely(bounds[1][at]) + came.perhaps(bounds[1][at])
    covered = durations(begin[at], end[at], np.zeros(len(at), np.int64), edges(span), codes=1)[:, 0]
    return Quarters(low[1:-1], np.where(covered < QUARTER_NS, np.inf, high[1:-1]))


class Came:
    """In which quarter hours increments came; one more at each end stands for what reaches over."""

    def __init__(self, begin: I64, end: I64, span: tuple[int, int], even_ns: int) -> None:
        self._buckets = (span[1] - span[0]) // QUARTER_NS + 2
        self._first = (begin - span[0]) // QUARTER_NS
        self._last = (end - 1 - span[0]) // QUARTER_NS
        crosses = self._last > self._first
        self._short = crosses & (end - begin <= even_ns)
        self._far = crosses & (end - begin > even_ns)
        self._part = (span[0] + self._last * QUARTER_NS - begin) / (end - begin)

    def surely(self, kwh: F64) -> F64:
        """What came in one quarter hour, or in two of them evenly."""
        sums, short, alone = np.zeros(self._buckets), self._short, self._first == self._last
        np.add.at(sums, 1 + self._first[alone], kwh[alone])
        np.add.at(sums, 1 + self._first[short], kwh[short] * self._part[short])
        np.add.at(sums, 1 + self._last[short], kwh[short] * (1 - self._part[short]))
        return sums

    def perhaps(self, kwh: F64) -> F64:
        """What came in a long time across edges: in any of its quarter hours all of it."""
        first = np.maximum(self._first[self._far], -1)
        last = np.minimum(self._last[self._far], self._buckets - 2)
        length, sums = last - first + 1, np.zeros(self._buckets)
        group = np.repeat(np.arange(len(length)), length)
        place = np.repeat(first - np.cumsum(length) + length, length) + np.arange(len(group))
        np.add.at(sums, 1 + place, kwh[self._far][group])
        return sums


def edges(span: tuple[int, int]) -> I64:
    """The edges of the quarter hours of some time."""
    return np.arange(span[0], span[1] + 1, QUARTER_NS, dtype=np.int64)


def peak(of: Quarters) -> Peak:
    """The greatest mean power of a quarter hour; of equal ones the first.

    Where no power is known of any there is no greatest one: its place is -1.
    """
    if not of.low.any() and not np.isfinite(of.high).any():
        return Peak(np.nan, -1, len(of.low))
    place = int(np.argmax(of.low))
    most = float(of.low[place])
    return Peak(most * PER_HOUR, place if most else -1, int((of.high > most).sum()))


def counted_months(month: int, named: Iterable[int]) -> list[int]:
    """The months whose peaks a bill looks at: its own, and the named ones of the eleven before it.

    Args:
        month: of the bill, in months since January 1970.
        named: months of the year, 1 to 12.
    """
    wanted = set(named)
    every = range(month - WINDOW_MONTHS + 1, month + 1)
    return [one for one in every if one == month or one % MONTHS + 1 in wanted]


def billing_kw(peaks: Mapping[int, float], floor_kw: float) -> tuple[float, int | None]:
    """The power that is charged, and the month that gave it; None where the floor did.

    Args:
        peaks: kW by month; NaN where nothing is known of one.
        floor_kw: the least that is charged.
    """
    known = {month: kw for month, kw in peaks.items() if kw > floor_kw}
    if not known:
        return floor_kw, None
    month = max(known, key=lambda one: known[one])
    return known[month], month
