"""Signals over time: memory charts, and the two sets of run rules, which are not the same.

"Beyond" is strict, "within" includes the bound. A rule reports the positions that complete it, and
none before there are as many points as it looks at.
"""

from math import isnan, nan
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike

from kpi.arrays import BOOL, F64, I64, floats


class Ewma(NamedTuple):
    """Exponentially weighted means and their limits, per point."""

    z: F64
    lower: F64
    upper: F64


class Cusum(NamedTuple):
    """Upper and lower sums, both >= 0, and the positions at which they exceed h."""

    high: F64
    low: F64
    signals_high: I64
    signals_low: I64


class WesternElectric(NamedTuple):
    """Positions per rule."""

    rule1: I64  # beyond 3 sigma
    rule2: I64  # 2 of 3 beyond 2 sigma on one side
    rule3: I64  # 4 of 5 beyond 1 sigma on one side
    rule4: I64  # 8 in a row on one side


class Nelson(NamedTuple):
    """Positions per rule."""

    rule1: I64  # beyond 3 sigma
    rule2: I64  # 9 in a row on one side
    rule3: I64  # 6 in a row rising or falling
    rule4: I64  # 14 in a row alternating
    rule5: I64  # 2 of 3 beyond 2 sigma on one side
    rule6: I64  # 4 of 5 beyond 1 sigma on one side
    rule7: I64  # 15 in a row within 1 sigma
    rule8: I64  # 8 in a row beyond 1 sigma, on both sides


def ewma(
    x: ArrayLike, *, center: float, sigma: float, weight: float = 0.2, width: float = 3.0
) -> Ewma:
    """Exponentially weighted moving average, begun at the center.

    Args:
        x: plotted points; NaN is missing, and the mean goes on behind it as if it were not there.
        center: of the process.
        sigma: of a plotted point.
        weight: of the newest point, in (0, 1].
        width: of the limits, in sigmas.

    Raises:
        ValueError: a weight outside (0, 1], or sigma or width negative.
    """
    values = floats(x, "x")
    if not 0 < weight <= 1:
        raise ValueError(f"weight is {weight!r}; it must lie in (0, 1]")
    if sigma < 0 or width < 0:
        raise ValueError("sigma and width must not be negative")
    means, last = np.full_like(values, nan), center
    seen = ~np.isnan(values)
    for at in np.flatnonzero(seen).tolist():  # plotted points: hundreds
        last = weight * float(values[at]) + (1 - weight) * last
        means[at] = last
    i = np.cumsum(seen)
    half = width * sigma * np.sqrt(weight / (2 - weight) * (1 - (1 - weight) ** (2 * i)))
    return Ewma(means, center - half, center + half)


def cusum(x: ArrayLike, *, center: float, sigma: float, k: float = 0.5, h: float = 5.0) -> Cusum:
    """Cumulated sums of what goes beyond k sigmas on either side.

    Args:
        x: plotted points; NaN is missing, and the sums go on behind it.
        center: of the process.
        sigma: of a plotted point, positive.
        k: slack, in sigmas.
        h: signal level, in sigmas.

    Raises:
        ValueError: sigma not positive, or k or h negative.
    """
    if not sigma > 0 or k < 0 or h < 0:
        raise ValueError(f"sigma must be positive, k and h not negative: {sigma}, {k}, {h}")
    z = (floats(x, "x") - center) / sigma
    high, low = np.empty_like(z), np.empty_like(z)
    up = down = 0.0
    for at, value in enumerate(z.tolist()):  # plotted points: hundreds
        if isnan(value):
            high[at] = low[at] = nan
            continue
        up, down = max(0.0, up + value - k), max(0.0, down - value - k)
        high[at], low[at] = up, down
    return Cusum(high, low, np.flatnonzero(high > h), np.flatnonzero(low > h))


def western_electric(z: ArrayLike) -> WesternElectric:
    """The four rules of the Western Electric handbook.

    Args:
        z: standardised points.
    """
    points = floats(z, "z")
    return WesternElectric(
        np.flatnonzero(np.abs(points) > 3),  # noqa: PLR2004 - sigmas
        _several(points, 2, of=3, beyond=2),
        _several(points, 4, of=5, beyond=1),
        _one_side(points, 8),
    )


def nelson(z: ArrayLike) -> Nelson:
    """Nelson's eight rules.

    Args:
        z: standardised points.
    """
    points = floats(z, "z")
    steps = np.sign(np.diff(points))
    turns = np.r_[False, False, (steps[1:] * steps[:-1]) < 0]
    outside, inside = np.abs(points) > 1, np.abs(points) <= 1  # NaN is neither
    return Nelson(
        np.flatnonzero(np.abs(points) > 3),  # noqa: PLR2004 - sigmas
        _one_side(points, 9),
        np.union1d(_run(np.r_[False, steps > 0], 5), _run(np.r_[False, steps < 0], 5)),
        _run(turns, 12),
        _several(points, 2, of=3, beyond=2),
        _several(points, 4, of=5, beyond=1),
        _run(inside, 15),
        _both_sides(points, outside, 8),
    )


def _one_side(z: F64, length: int) -> I64:
    """Positions that complete a run on one side of the center."""
    return np.union1d(_run(z > 0, length), _run(z < 0, length))


def _both_sides(z: F64, outside: BOOL, length: int) -> I64:
    """Positions that complete a run outside the inner zone, not all of it on one side."""
    return np.setdiff1d(_run(outside, length), _one_side(z, length))


def _run(true: BOOL, length: int) -> I64:
    """Positions at which `true` has held for `length` points."""
    if true.size < length:
        return np.empty(0, dtype=np.int64)
    return np.flatnonzero(sliding_window_view(true, length).all(axis=1)) + length - 1


def _several(z: F64, count: int, *, of: int, beyond: float) -> I64:
    """Positions beyond a bound that are the `count`-th or more of the last `of` points."""
    found = np.empty(0, dtype=np.int64)
    if z.size < of:
        return found
    for outside in (z > beyond, z < -beyond):
        enough = sliding_window_view(outside, of).sum(axis=1) >= count
        found = np.union1d(found, np.flatnonzero(enough & outside[of - 1 :]) + of - 1)
    return found
