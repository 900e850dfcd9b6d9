"""Process capability: how the spread of a characteristic fits between its limits.

Within-sigma comes from ranges of neighbours or subgroups, overall sigma from all values. Meant for
stable characteristics of 100 values and more; with fewer the figure is preliminary.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from kpi.arrays import F64, floats
from kpi.distributions import chi2_ppf, normal_ppf, tail
from kpi.subgroups import D2, moving_range, subgroups


class Capability(NamedTuple):
    """Indices with intervals; NaN where a limit they need is not given."""

    cp: float
    cpl: float
    cpu: float
    cpk: float
    cpm: float
    pp: float
    ppk: float
    ppm: float
    cp_low: float
    cp_high: float
    cpk_low: float
    cpk_high: float
    sigma_within: float
    sigma_overall: float
    n: int


def capability(
    x: ArrayLike,
    *,
    lower: float | None = None,
    upper: float | None = None,
    target: float | None = None,
    confidence: float = 0.95,
) -> Capability:
    """Capability against a specification.

    Args:
        x: single values (n,), whose sigma is by the moving range, or subgroups (k, 2 to 10), by R̄.
        lower: lower limit, or None.
        upper: upper limit, or None.
        target: aim; default the middle of two limits.
        confidence: of the two-sided intervals.

    Raises:
        ValueError: no limit, or limits in the wrong order.
    """
    low, high = _limits(lower, upper)
    values, within = _values(x)
    n, mean = values.size, math.fsum(values) / values.size
    overall = 0.0 if bool((values == values[0]).all()) else float(values.std(ddof=1))
    aim = (low + high) / 2 if target is None else target
    cpl, cpu = _index(mean - low, 3 * within), _index(high - mean, 3 * within)
    ppl, ppu = _index(mean - low, 3 * overall), _index(high - mean, 3 * overall)
    cp, pp = _index(high - low, 6 * within), _index(high - low, 6 * overall)
    cpk, out = _least(cpl, cpu), tail(confidence)
    half = normal_ppf(1 - out) * math.sqrt(1 / (9 * n) + cpk**2 / (2 * (n - 1)))
    return Capability(
        cp=cp,
        cpl=cpl,
        cpu=cpu,
        cpk=cpk,
        cpm=cp / math.hypot(1, _index(mean - aim, within)),
        pp=pp,
        ppk=_least(ppl, ppu),
        ppm=pp / math.hypot(1, _index(mean - aim, overall)),
        cp_low=cp * math.sqrt(chi2_ppf(out, n - 1) / (n - 1)),
        cp_high=cp * math.sqrt(chi2_ppf(1 - out, n - 1) / (n - 1)),
        cpk_low=cpk - half,
        cpk_high=cpk + half,
        sigma_within=within,
        sigma_overall=overall,
        n=n,
    )


def _limits(lower: float | None, upper: float | None) -> tuple[float, float]:
    """The specification; NaN for a limit that is not there."""
    if lower is None and upper is None:
        raise ValueError("a specification has at least one limit; give lower or upper")
    if lower is not None and upper is not None and not lower < upper:
        raise ValueError(f"the lower limit {lower} must be below the upper limit {upper}")
    return math.nan if lower is None else lower, math.nan if upper is None else upper


def _values(x: ArrayLike) -> tuple[F64, float]:
    """All values, and their sigma by short distances."""
    array = np.asarray(x, dtype=np.float64)
    if array.ndim == 2:  # noqa: PLR2004 - subgroups
        groups = subgroups(array)
        spread = float(np.mean(groups.max(axis=1) - groups.min(axis=1)))
        return groups.ravel(), spread / D2[groups.shape[1]]
    values = floats(array, "x")
    if values.size < 2 or not bool(np.isfinite(values).all()):  # noqa: PLR2004 - a spread
        raise ValueError("x needs at least 2 finite values")
    return values, moving_range(values, np.ones(values.size, dtype=np.bool_)) / D2[2]


def _index(width: float, sigma: float) -> float:
    """A width in sigmas; NaN without spread."""
    return width / sigma if sigma > 0 else math.nan


def _least(one: float, other: float) -> float:
    """The lesser of two indices, or the one that there is."""
    return float(np.fmin(one, other))
