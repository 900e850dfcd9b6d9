"""Charts of subgroups of 2 to 10 values, and the constants that turn ranges into sigma."""

import math
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from kpi.arrays import BOOL, F64

_D2 = (1.128, 1.693, 2.059, 2.326, 2.534, 2.704, 2.847, 2.970, 3.078)
_D3 = (0.8525, 0.8884, 0.8798, 0.8641, 0.8480, 0.8332, 0.8198, 0.8078, 0.7971)
D2 = MappingProxyType(dict(enumerate(_D2, start=2)))
"""Mean range of n normal values in sigmas, as printed in the tables."""

D3 = MappingProxyType(dict(enumerate(_D3, start=2)))
"""Standard deviation of that range."""


class SubgroupLimits(NamedTuple):
    """Limits of the subgroup means and of their spread."""

    center: float
    lower: float
    upper: float
    sigma: float  # of a single value
    spread_center: float
    spread_lower: float
    spread_upper: float


def xbar_r(x: ArrayLike) -> SubgroupLimits:
    """Limits by the mean range: sigma = R̄/d2.

    Args:
        x: shape (subgroups, 2 to 10).

    Raises:
        ValueError: another shape.
    """
    values = subgroups(x)
    n = values.shape[1]
    spread = float(np.mean(values.max(axis=1) - values.min(axis=1)))
    sigma = spread / D2[n]
    return _limits(values, sigma, spread, 3 * D3[n] * sigma)


def xbar_s(x: ArrayLike) -> SubgroupLimits:
    """Limits by the mean standard deviation: sigma = S̄/c4.

    Args:
        x: shape (subgroups, 2 to 10).

    Raises:
        ValueError: another shape.
    """
    values = subgroups(x)
    factor = c4(values.shape[1])
    spread = float(np.mean(values.std(axis=1, ddof=1)))
    sigma = spread / factor
    return _limits(values, sigma, spread, 3 * sigma * math.sqrt(1 - factor**2))


def subgroups(x: ArrayLike) -> F64:
    """The values as subgroups.

    Raises:
        ValueError: not two dimensions, or not 2 to 10 values a subgroup, or not finite.
    """
    values = np.asarray(x, dtype=np.float64)
    if values.ndim != 2 or values.shape[1] not in D2 or not values.shape[0]:  # noqa: PLR2004
        raise ValueError(f"x has shape {values.shape}; subgroups have 2 to 10 values")
    if not bool(np.isfinite(values).all()):
        raise ValueError("x must be finite; leave subgroups with missing values out")
    return values


def c4(n: int) -> float:
    """Mean standard deviation of n normal values in sigmas."""
    return math.sqrt(2 / (n - 1)) * math.exp(math.lgamma(n / 2) - math.lgamma((n - 1) / 2))


def moving_range(values: F64, kept: BOOL) -> float:
    """Mean distance of neighbours, where both of them count; NaN where there is no such pair.

    A removed point enters neither of its two ranges, and none is made across it: what lies two
    points apart is no neighbour, and would count drift as scatter. (R's qcc and qicharts2 take the
    points left over for neighbours.)
    """
    pairs = kept[1:] & kept[:-1]
    steps = np.abs(np.diff(values))[pairs]
    return math.fsum(steps) / steps.size if steps.size else math.nan


def _limits(values: F64, sigma: float, spread: float, width: float) -> SubgroupLimits:
    """Three sigmas of the mean, and the spread with its own width."""
    center, half = float(values.mean()), 3 * sigma / math.sqrt(values.shape[1])
    return SubgroupLimits(
        center,
        center - half,
        center + half,
        sigma,
        spread,
        max(0.0, spread - width),
        spread + width,
    )
