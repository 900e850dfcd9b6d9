"""The ratios of ISO 22400-2 over sums, each written once: with what bounds, and when there is none.

`kpi.measures` hands them the sums of its rows, `kpi.catalogue` those of many groups at once. Times
are nanoseconds or seconds as the names say, and everything may be a number or an array.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from kpi.arrays import F64, SECOND_NS, divide
from kpi.distributions import chi2_ppf


class Bounds(NamedTuple):
    """A figure per group, shape (groups,): low <= value <= high where they are not NaN."""

    low: F64
    value: F64
    high: F64


def share_of_span(part_ns: ArrayLike, span_ns: ArrayLike, unknown_ns: ArrayLike) -> Bounds:
    """Part / span, such as availability.

    `value` leaves the unknown part of the span out of both; `low` counts it in the span alone,
    `high` in both.
    """
    part, span, unknown = np.asarray(part_ns), np.asarray(span_ns), np.asarray(unknown_ns)
    return Bounds(divide(part, span), divide(part, span - unknown), divide(part + unknown, span))


def share_with_order(adot_ns: ArrayLike, pbt_ns: ArrayLike, unknown_ns: ArrayLike) -> Bounds:
    """AUBT / PBT, allocation efficiency: the share of planned time in which there was an order.

    AUBT is time that somebody saw, so unknown time counts as with an order in `high` alone.
    """
    pbt, unknown = np.asarray(pbt_ns), np.asarray(unknown_ns)
    busy = pbt - unknown - np.asarray(adot_ns)
    return Bounds(divide(busy, pbt), divide(busy, pbt), divide(busy + unknown, pbt))


def effectiveness(
    made_s: Bounds, apt_ns: ArrayLike, span_ns: ArrayLike, unknown_ns: ArrayLike
) -> Bounds:
    """Ideal time of all pieces / APT, or / (availability · span) where part of the span is unknown.

    So availability · effectiveness · quality is always the OEE. `low` takes all unknown time for
    production.
    """
    apt, span, unknown = np.asarray(apt_ns), np.asarray(span_ns), np.asarray(unknown_ns)
    return Bounds(
        low=divide(made_s.low, (apt + unknown) / SECOND_NS),
        value=divide(made_s.value, apt / SECOND_NS) * divide(span - unknown, span),
        high=divide(made_s.high, apt / SECOND_NS),
    )


def oee(good_s: Bounds, span_ns: ArrayLike) -> Bounds:
    """Ideal time of good pieces / span, whatever the state was meanwhile."""
    span_s = np.asarray(span_ns) / SECOND_NS
    return Bounds(*(divide(ideal_s, span_s) for ideal_s in good_s))


def nee(
    index: Bounds, made_s: ArrayLike, aust_ns: ArrayLike, apt_ns: ArrayLike, unknown_ns: ArrayLike
) -> Bounds:
    """OEE with set-up as use: AUPT / PBT · effectiveness · quality, AUPT = APT + AUST.

    Ideal time of all pieces cancels out, but without any there is no quality, and so no value.
    Unknown time is production in `low`, set-up in `high`.
    """
    apt, aust, unknown = np.asarray(apt_ns), np.asarray(aust_ns), np.asarray(unknown_ns)
    has_quality = divide(made_s, made_s)  # 1, or NaN
    return Bounds(
        low=index.low * (1 + divide(aust, apt + unknown)),
        value=index.value * (1 + divide(aust, apt)) * has_quality,
        high=index.high * (1 + divide(aust + unknown, apt)),
    )


def quality(good: Bounds, made: Bounds) -> Bounds:
    """Good / made, of pieces or of their ideal time.

    `low` divides the least good by the most made, `high` the most good by the least made, but is
    never above 1.
    """
    most = np.minimum(divide(good.high, made.low), 1.0)
    return Bounds(divide(good.low, made.high), divide(good.value, made.value), most)


def rolled(yields: Bounds) -> Bounds:
    """The yields of stations in series multiplied, ISO 13053-1: what passes all of them.

    Args:
        yields: of every station and group, shape (stations, groups), each from 0 to 1.

    Returns:
        Shape (groups,); NaN where a station has none, for nobody knows what it lets through. One
        that has a lower bound alone lets through all at most.

    >>> each = np.array([[0.9, 1.0], [0.5, np.nan]])
    >>> rolled(Bounds(each, each, each)).value.tolist()
    [0.45, nan]
    """
    all_pass = np.isnan(yields.high) & ~np.isnan(yields.low)
    bounded = yields._replace(high=np.where(all_pass, 1.0, yields.high))
    return Bounds(*(np.prod(each, axis=0) for each in bounded))


def share_of_both(part_ns: ArrayLike, other_ns: ArrayLike, unknown_ns: ArrayLike) -> Bounds:
    """Part / (part + other); unknown time is the other in `low`, the part in `high`.

    Set-up ratio AUST / (AUST + APT), technical efficiency APT / (APT + ADET), utilisation
    APT / (APT + AUST + ADET) and corrective maintenance CMT / (CMT + PMT) are such shares.
    """
    part, unknown = np.asarray(part_ns), np.asarray(unknown_ns)
    both = part + np.asarray(other_ns)
    most = (both + unknown).astype(np.float64)
    return Bounds(divide(part, most), divide(part, both), divide(part + unknown, most))


def between_failures(operating_s: Bounds, failures: ArrayLike, tail: float) -> Bounds:
    """Operating time / failures with its exact Poisson interval; without one only a `low`.

    Args:
        operating_s: of each bound.
        failures: their number.
        tail: what the interval leaves out on each side.
    """
    number = np.asarray(failures, dtype=np.float64)
    worst = chi2_ppf(1 - tail, 2 * number + 2)
    best = chi2_ppf(tail, np.maximum(2 * number, 1))
    return Bounds(
        low=divide(2 * operating_s.low, worst),
        value=divide(operating_s.value, number),
        high=np.where(number > 0, divide(2 * operating_s.high, best), np.nan),
    )


def per_piece(amount: Bounds, pieces: Bounds) -> Bounds:
    """Something used / pieces: `low` divides by the most pieces, `high` by the fewest."""
    return Bounds(
        divide(amount.low, pieces.high),
        divide(amount.value, pieces.value),
        divide(amount.high, pieces.low),
    )


def exactly(amount: ArrayLike) -> Bounds:
    """An amount that is known exactly: low, value and high are the same."""
    known = np.asarray(amount, dtype=np.float64)
    return Bounds(known, known, known)
