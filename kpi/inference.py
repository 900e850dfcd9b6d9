"""What a change of a daily ratio proves, when days resemble their neighbours.

The unit is the production day. Two estimates of the uncertainty are made, and the wider one counts:
at a lag-1 correlation of 0.6 and 40 days the usual interval covers 66 % instead of 95 %.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from kpi.arrays import F64, finite, floats, known, same_length
from kpi.distributions import t_ppf, t_sf, tail
from kpi.proportions import (
    Interval,
    difference_interval,
    poisson_interval,
    proportion_interval,
    rate_ratio_interval,
    risk_ratio_interval,
)
from kpi.regression import ChangePoint, Regression, change_point, interrupted_series, ols_hac
from kpi.several import Pooled, difference_in_differences, holm, pool

__all__ = [
    "ChangeInterval",
    "ChangePoint",
    "EffectiveN",
    "Interval",
    "LongRun",
    "Pooled",
    "Regression",
    "change_point",
    "difference_in_differences",
    "difference_interval",
    "effective_n",
    "ewc",
    "holm",
    "interrupted_series",
    "ols_hac",
    "poisson_interval",
    "pool",
    "proportion_interval",
    "rate_ratio_interval",
    "ratio_change_interval",
    "risk_ratio_interval",
]

LEAST_DAYS = 6
LEAST_COSINES = 4
LEAST_N_EFF = 2.0
MOST_RHO = 0.99
NOISE = 1e-13  # residuals this small beside the ratio are rounding: the series has no variance


class EffectiveN(NamedTuple):
    """Lag-1 correlation, corrected for bias and limited to [0, 0.99], and what it leaves of n."""

    rho: float
    n_eff: float


class LongRun(NamedTuple):
    """Variance of a mean by equal-weighted cosines, and its degrees of freedom."""

    variance: float
    df: float


class ChangeInterval(NamedTuple):
    """θ = ln(R1/R0) with the wider of two intervals, as logs and as fractions of change."""

    theta: float
    low: float
    high: float
    change: float
    change_low: float
    change_high: float
    method: str  # "ar1" or "ewc", whichever is wider
    se_ar1: float
    df_ar1: float
    se_ewc: float
    df_ewc: float
    rho0: float
    rho1: float
    n_eff0: float
    n_eff1: float
    n0: int
    n1: int
    p_value: float


class _Side(NamedTuple):
    """One window: its ratio, and per method the variance of its logarithm with df."""

    ratio: float
    n: int
    spread: EffectiveN
    ar1: LongRun
    ewc: LongRun


def ratio_change_interval(
    num0: ArrayLike,
    den0: ArrayLike,
    num1: ArrayLike,
    den1: ArrayLike,
    *,
    confidence: float = 0.95,
) -> ChangeInterval:
    """The change of a ratio of daily sums, from window 0 to window 1.

    Args:
        num0: daily numerators before, in order of time; missing days are left out.
        den0: daily denominators before.
        num1: daily numerators after.
        den1: daily denominators after.
        confidence: of the two-sided interval.

    Raises:
        ValueError: fewer than 6 days on a side, values not finite, denominators not positive, or
            a side with ratio 0: it has no logarithm, use the methods for few-events.
    """
    before, after = _side(num0, den0, "0"), _side(num1, den1, "1")
    theta = math.log(after.ratio / before.ratio)
    se_ar1, df_ar1 = _welch(before.ar1, after.ar1)
    se_ewc, df_ewc = _welch(before.ewc, after.ewc)
    inner = 1 - tail(confidence)
    half_ar1, half_ewc = t_ppf(inner, df_ar1) * se_ar1, t_ppf(inner, df_ewc) * se_ewc
    method, half, se, df = max(
        ("ar1", half_ar1, se_ar1, df_ar1), ("ewc", half_ewc, se_ewc, df_ewc), key=lambda one: one[1]
    )
    return ChangeInterval(
        theta,
        theta - half,
        theta + half,
        math.expm1(theta),
        math.expm1(theta - half),
        math.expm1(theta + half),
        method,
        se_ar1,
        df_ar1,
        se_ewc,
        df_ewc,
        before.spread.rho,
        after.spread.rho,
        before.spread.n_eff,
        after.spread.n_eff,
        before.n,
        after.n,
        _p_value(theta, se, df),
    )


def effective_n(x: ArrayLike) -> EffectiveN:
    """How many independent days a series is worth; it is centred first.

    Args:
        x: finite values in order of time, at least 2.
    """
    return _effective_n(_centred(x, 2))


def ewc(x: ArrayLike) -> LongRun:
    """Variance of the mean of a series by equal-weighted cosines; it is centred first.

    Lazarus, Lewis, Stock, Watson 2018: robust against any correlation that fades.

    Args:
        x: finite values in order of time, at least 2.
    """
    return _ewc(_centred(x, 2))


def _side(num: ArrayLike, den: ArrayLike, which: str) -> _Side:
    """One window's ratio and the variance of its logarithm, both ways."""
    a, b = known(num, f"num{which}"), finite(den, f"den{which}")
    same_length(**{f"num{which}": a, f"den{which}": b})
    if a.size < LEAST_DAYS:
        raise ValueError(f"a side needs at least 6 days; side {which} has {a.size}")
    if not bool((b > 0).all()):
        raise ValueError(f"den{which} must be positive; leave out days without any")
    ratio = math.fsum(a) / math.fsum(b)
    if ratio == 0:
        raise ValueError(f"side {which} has ratio 0, so no logarithm; use a few-events method")
    u = (a - ratio * b) / b.mean() / ratio
    if float(np.abs(u).max()) <= NOISE:
        u = np.zeros_like(u)
    spread = _effective_n(u)
    variance = math.fsum(u * u) / (u.size - 1) / spread.n_eff
    return _Side(ratio, a.size, spread, LongRun(variance, spread.n_eff - 1), _ewc(u))


def _centred(x: ArrayLike, least: int) -> F64:
    """The series less its mean."""
    values = floats(x, "x")
    if values.size < least or not bool(np.isfinite(values).all()):
        raise ValueError(f"x needs at least {least} finite values; it has {values.size}")
    if bool((values == values[0]).all()):
        return np.zeros_like(values)
    centred: F64 = values - math.fsum(values) / values.size
    return centred


def _effective_n(u: F64) -> EffectiveN:
    """Lag-1 correlation of a centred series, corrected for its bias in short ones."""
    n, power = u.size, math.fsum(u * u)
    r1 = math.fsum(u[:-1] * u[1:]) / power if power > 0 else -1.0
    rho = min(max(0.0, r1 + (1 + 4 * r1) / n), MOST_RHO)
    return EffectiveN(rho, max(LEAST_N_EFF, n * (1 - rho) / (1 + rho)))


def _ewc(u: F64) -> LongRun:
    """Mean square of the first cosine transforms of a centred series, over n."""
    n = u.size
    order = max(LEAST_COSINES, round(0.4 * n ** (2 / 3)))
    angles = np.outer(np.arange(1, order + 1), np.arange(n) + 0.5) * (math.pi / n)
    transforms = math.sqrt(2 / n) * (np.cos(angles) @ u)
    return LongRun(math.fsum(transforms**2) / order / n, float(order))


def _welch(before: LongRun, after: LongRun) -> tuple[float, float]:
    """Standard error of the sum of two variances, and its degrees of freedom."""
    variance = before.variance + after.variance
    if variance == 0:
        return 0.0, before.df + after.df
    parts = before.variance**2 / before.df + after.variance**2 / after.df
    return math.sqrt(variance), variance**2 / parts


def _p_value(theta: float, se: float, df: float) -> float:
    """Two-sided probability of a change at least this large where there is none."""
    if se == 0:
        return 1.0 if theta == 0 else 0.0
    return 2 * t_sf(abs(theta) / se, df)
