"""Several companies, several measures, or a control: what more than one comparison proves."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from kpi.arrays import F64, floats, same_length
from kpi.distributions import t_ppf, tail


class Pooled(NamedTuple):
    """The mean change of several companies, with its interval and the spread between them."""

    theta: float
    low: float
    high: float
    tau2: float
    df: int


def difference_in_differences(
    treated0: float, treated1: float, control0: float, control1: float
) -> float:
    """The change of the treated less the change of the control."""
    return float((treated1 - treated0) - (control1 - control0))


def ratio_of_sums(before: ArrayLike, after: ArrayLike) -> float:
    """All companies' output together, after / before; NaN where nothing was made before.

    Four mask makers together, which is not the mean of their ratios (1.695):

    >>> round(ratio_of_sums([4, 20, 30, 38], [10, 24, 45, 60]), 4)
    1.5109

    Args:
        before: one quantity of one kind a company, all in the same unit.
        after: the same, in the same order.

    Raises:
        ValueError: the two are not of the same length.
    """
    old, new = floats(before, "before"), floats(after, "after")
    same_length(before=old, after=new)
    total = math.fsum(old)
    return math.fsum(new) / total if total > 0 else math.nan


def weighted_mean(theta: ArrayLike, weight: ArrayLike) -> float:
    """Σw·θ / Σw of some changes on the log scale.

    Args:
        theta: the changes.
        weight: how much each counts, such as hours planned before.

    Returns:
        NaN where no weight is above zero or a change is not finite.
    """
    changes, weights = floats(theta, "theta"), floats(weight, "weight")
    same_length(theta=changes, weight=weights)
    total = math.fsum(weights)
    if not total > 0 or not bool(np.isfinite(changes).all()):
        return math.nan
    return math.fsum(weights * changes) / total


def weighted_variance(variance: ArrayLike, weight: ArrayLike) -> float:
    """The variance of `weighted_mean` where the changes are independent: Σw²·v / (Σw)².

    Args:
        variance: of each change; NaN makes it NaN.
        weight: as there.
    """
    spreads, weights = floats(variance, "variance"), floats(weight, "weight")
    same_length(variance=spreads, weight=weights)
    total = math.fsum(weights)
    return math.fsum(weights**2 * spreads) / total**2 if total > 0 else math.nan


def weighted_ratio(theta: ArrayLike, weight: ArrayLike) -> float:
    """The weighted geometric mean of several companies' ratios: exp(Σw·θ / Σw).

    >>> round(weighted_ratio([math.log(2), math.log(0.5)], [3, 1]), 4)
    1.4142

    Args:
        theta: changes on the log scale.
        weight: how much each counts, such as hours planned before.

    Returns:
        The ratio; NaN where no weight is above zero or a change is not finite.
    """
    return math.exp(weighted_mean(theta, weight))


def pool(theta: ArrayLike, variance: ArrayLike, *, confidence: float = 0.95) -> Pooled:
    """The mean of several companies' changes: DerSimonian-Laird, Hartung-Knapp.

    Args:
        theta: changes on the log scale.
        variance: their variances, positive.
        confidence: of the two-sided interval.

    Raises:
        ValueError: fewer than 2 companies, or variances not positive.
    """
    changes, spreads = floats(theta, "theta"), floats(variance, "variance")
    same_length(theta=changes, variance=spreads)
    k = changes.size
    if k < 2:  # noqa: PLR2004 - a mean of one is no pool
        raise ValueError(f"pool needs at least 2 companies; there are {k}")
    if not bool(np.isfinite(changes).all() and (np.isfinite(spreads) & (spreads > 0)).all()):
        raise ValueError("theta must be finite and variance positive, and finite too")
    fixed = 1 / spreads
    mean = math.fsum(fixed * changes) / math.fsum(fixed)
    excess = math.fsum(fixed * (changes - mean) ** 2) - (k - 1)
    scale = math.fsum(fixed) - math.fsum(fixed**2) / math.fsum(fixed)
    tau2 = max(0.0, excess / scale)
    weight = 1 / (spreads + tau2)
    mean = math.fsum(weight * changes) / math.fsum(weight)
    q = math.fsum(weight * (changes - mean) ** 2) / (k - 1)
    half = t_ppf(1 - tail(confidence), k - 1) * math.sqrt(max(1.0, q) / math.fsum(weight))
    return Pooled(mean, mean - half, mean + half, tau2, k - 1)


def holm(p_values: ArrayLike) -> F64:
    """P-values adjusted for being several, in the order given.

    Raises:
        ValueError: one of them is no probability.
    """
    p = floats(p_values, "p_values")
    if not bool(((p >= 0) & (p <= 1)).all()):
        raise ValueError("p_values must lie from 0 to 1")
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted
