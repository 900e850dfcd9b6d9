"""Least squares with errors that remember: levels, slopes and breaks of a daily series."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from kpi.arrays import F64, floats

LEAST_SEGMENT = 2
_ROUNDING = 1e-12  # gains closer than this, beside the sum of squares, are equal


class Regression(NamedTuple):
    """Coefficients and their standard errors."""

    coef: F64
    se: F64


class ChangePoint(NamedTuple):
    """One shift of the mean."""

    # length of the first segment
    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody needs here
    before: float
    after: float
    gain: float  # how much the shift lowers the sum of squares


def ols_hac(y: ArrayLike, x: ArrayLike, *, maxlags: int, small_sample: bool = False) -> Regression:
    """Least squares with standard errors that allow for correlation up to `maxlags`.

    Newey and West: Bartlett weights 1 - l/(maxlags + 1).

    Args:
        y: values in order of time.
        x: regressors with their constant, shape (n, k).
        maxlags: longest lag.
        small_sample: multiply the covariance by n/(n - k).

    Raises:
        ValueError: shapes do not agree, regressors depend on each other, or maxlags is negative.
    """
    values, regressors = floats(y, "y"), np.asarray(x, dtype=np.float64)
    if regressors.ndim != 2 or regressors.shape[0] != values.size:  # noqa: PLR2004 - rows, columns
        raise ValueError(f"x has shape {regressors.shape}; give ({values.size}, k), a row per y")
    if maxlags < 0:
        raise ValueError(f"maxlags is {maxlags}; it must not be negative")
    if bool(np.isinf(values).any()) or not bool(np.isfinite(regressors).all()):
        raise ValueError("x must be finite, and y not infinite; leave such days out")
    n, k = regressors.shape
    coef, _, rank, _ = np.linalg.lstsq(regressors, values, rcond=None)
    if rank < k:
        raise ValueError("the columns of x depend on each other; leave one out")
    scores = regressors * (values - regressors @ coef)[:, None]
    middle = scores.T @ scores
    for lag in range(1, min(maxlags, n - 1) + 1):
        product = scores[lag:].T @ scores[:-lag]
        middle += (1 - lag / (maxlags + 1)) * (product + product.T)
    inverse = np.linalg.pinv(regressors)
    bread = inverse @ inverse.T
    spread = np.diag(bread @ middle @ bread)
    factor = 1.0 if not small_sample else n / (n - k) if n > k else math.nan
    se: F64 = np.sqrt(np.maximum(spread * factor, 0.0))
    return Regression(np.asarray(coef, dtype=np.float64), se)


def interrupted_series(y: ArrayLike, go_live: int, *, maxlags: int | None = None) -> Regression:
    """Level and slope before, and their changes at go-live.

    y = b0 + b1·t + b2·post + b3·(t - go_live)·post, t = 0, 1, …, post from go_live on.

    Args:
        y: daily values.
        go_live: index of the first day after.
        maxlags: longest lag; default ⌈1.3·√n⌉.

    Raises:
        ValueError: one of the segments has fewer than 2 points.
    """
    values = floats(y, "y")
    n = values.size
    if go_live < LEAST_SEGMENT or n - go_live < LEAST_SEGMENT:
        raise ValueError(
            f"both segments beside go_live need 2 points; there are {go_live} and {n - go_live}"
        )
    t = np.arange(n, dtype=np.float64)
    post = (t >= go_live).astype(np.float64)
    x = np.column_stack([np.ones(n), t, post, (t - go_live) * post])
    lags = usual_lags(n) if maxlags is None else maxlags
    return ols_hac(values, x, maxlags=lags, small_sample=True)


def usual_lags(n: int) -> int:
    """Over how many days errors are taken to correlate where nobody said: ⌈1.3·√n⌉."""
    return math.ceil(1.3 * math.sqrt(n))


def change_point(y: ArrayLike, *, min_segment: int = 10) -> ChangePoint:
    """The one shift of the mean that lowers the sum of squares most; of equal ones the first.

    Args:
        y: daily values.
        min_segment: least days on each side.

    Raises:
        ValueError: segments of no day, y shorter than two of them, or not finite.
    """
    values = floats(y, "y")
    n = values.size
    if min_segment < 1:
        raise ValueError(f"min_segment is {min_segment}; segments need at least one value")
    if n < 2 * min_segment:
        raise ValueError(f"y has {n} values; two segments of {min_segment} do not fit")
    if not bool(np.isfinite(values).all()):
        raise ValueError("y must be finite")
    first = np.arange(min_segment, n - min_segment + 1)
    above = values - values[0]  # the mean of a high level would take its own last digits
    centred = above - math.fsum(above) / n
    sums = np.cumsum(centred)[first - 1]
    gains = sums**2 * n / (first * (n - first))  # the sum of all centred values is 0
    equal = gains >= gains.max() - _ROUNDING * float(centred @ centred)
    at = int(np.argmax(equal))  # the first of them
    best = int(first[at])
    return ChangePoint(
        best, float(values[:best].mean()), float(values[best:].mean()), float(gains[at])
    )
