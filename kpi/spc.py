"""Control charts: limits of counts, single values and subgroups.

Excluded points do not enter centre, spread or moving ranges; limits are returned for them all the
same. Limits of a proportion stay in [0, 1], of a count above 0.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from kpi.arrays import BOOL, F64, divide, floats, known, quotient, same_length
from kpi.capability import Capability, capability
from kpi.distributions import chi2_sf
from kpi.patterns import (
    Cusum,
    Ewma,
    Nelson,
    WesternElectric,
    cusum,
    ewma,
    nelson,
    western_electric,
)
from kpi.subgroups import D2, SubgroupLimits, moving_range, xbar_r, xbar_s

__all__ = [
    "Capability",
    "Cusum",
    "Ewma",
    "IndividualsLimits",
    "LaneyLimits",
    "Limits",
    "Nelson",
    "Overdispersion",
    "SubgroupLimits",
    "WesternElectric",
    "c_chart",
    "capability",
    "cusum",
    "ewma",
    "individuals",
    "laney_p",
    "laney_u",
    "nelson",
    "np_chart",
    "overdispersion",
    "p_chart",
    "u_chart",
    "western_electric",
    "xbar_r",
    "xbar_s",
]

RANGE_FACTOR = 3.267


class Limits(NamedTuple):
    """Centre, limits and sigma per sample."""

    center: float
    lower: F64
    upper: F64
    sigma: F64


class LaneyLimits(NamedTuple):
    """The same, with sigma widened by how far samples really scatter."""

    center: float
    lower: F64
    upper: F64
    sigma: F64
    sigma_z: float


class IndividualsLimits(NamedTuple):
    """Limits of single values and of their moving range."""

    center: float
    lower: float
    upper: float
    sigma: float
    range_center: float
    range_upper: float


class Overdispersion(NamedTuple):
    """How much counts scatter beyond chance; a ratio above 1 with a small p-value is too much."""

    ratio: float
    statistic: float
    p_value: float


def p_chart(counts: ArrayLike, sizes: ArrayLike, *, exclude: Sequence[int] = ()) -> Limits:
    """Limits of a proportion: p̄ ± 3·√(p̄(1 - p̄)/n).

    Args:
        counts: defective pieces per sample.
        sizes: pieces per sample, positive.
        exclude: positions of samples that do not enter p̄.

    Raises:
        ValueError: more counts than pieces, or sizes not positive.
    """
    center, sigma, _, _ = _proportion(counts, sizes, exclude)
    return Limits(center, *_within(center, 3 * sigma, 1.0), sigma)


def np_chart(counts: ArrayLike, size: ArrayLike, *, exclude: Sequence[int] = ()) -> Limits:
    """Limits of a count in samples of one size.

    Args:
        counts: defective pieces per sample.
        size: pieces in every sample.
        exclude: positions of samples that do not enter the mean.

    Raises:
        ValueError: more than one size, or as `p_chart`.
    """
    n = _one_size(size)
    hits = floats(counts, "counts")
    center, sigma, _, _ = _proportion(hits, np.full(hits.size, n), exclude)
    return Limits(n * center, *_within(n * center, 3 * n * sigma, n), n * sigma)


def c_chart(counts: ArrayLike, *, exclude: Sequence[int] = ()) -> Limits:
    """Limits of a count of defects: c̄ ± 3·√c̄.

    Args:
        counts: defects per sample.
        exclude: positions of samples that do not enter c̄.
    """
    hits = known(counts, "counts")
    center, sigma, _, _ = _rate(hits, np.ones(hits.size), exclude)
    return Limits(center, *_within(center, 3 * sigma, math.inf), sigma)


def u_chart(counts: ArrayLike, sizes: ArrayLike, *, exclude: Sequence[int] = ()) -> Limits:
    """Limits of defects per unit: ū ± 3·√(ū/n).

    Args:
        counts: defects per sample.
        sizes: units per sample, positive.
        exclude: positions of samples that do not enter ū.

    Raises:
        ValueError: negative counts, or sizes not positive.
    """
    center, sigma, _, _ = _rate(counts, sizes, exclude)
    return Limits(center, *_within(center, 3 * sigma, math.inf), sigma)


def laney_p(counts: ArrayLike, sizes: ArrayLike, *, exclude: Sequence[int] = ()) -> LaneyLimits:
    """Laney's P': the limits of `p_chart` widened by the scatter from sample to sample.

    Without any defective piece, or any good one, nothing scatters and all but the center is NaN.
    The default for automatic counts, where 10⁵ pieces a day make plain limits absurd.

    Args:
        counts: defective pieces per sample.
        sizes: pieces per sample, positive.
        exclude: positions of samples that enter neither p̄ nor the moving ranges.
    """
    center, sigma, shares, kept = _proportion(counts, sizes, exclude)
    return _laney(center, sigma, shares, kept, 1.0)


def laney_u(counts: ArrayLike, sizes: ArrayLike, *, exclude: Sequence[int] = ()) -> LaneyLimits:
    """Laney's U': the limits of `u_chart` widened by the scatter from sample to sample.

    Args:
        counts: defects per sample.
        sizes: units per sample, positive.
        exclude: positions of samples that enter neither ū nor the moving ranges.
    """
    center, sigma, rates, kept = _rate(counts, sizes, exclude)
    return _laney(center, sigma, rates, kept, math.inf)


def individuals(x: ArrayLike, *, exclude: Sequence[int] = ()) -> IndividualsLimits:
    """Limits of single values from their moving range, I-MR.

    Args:
        x: values in order of time.
        exclude: positions that enter neither the mean nor the moving ranges; none is made across
            them.

    Raises:
        ValueError: fewer than two values are left.
    """
    values = floats(x, "x")
    kept = _kept(values.size, exclude)
    if int(kept.sum()) < 2:  # noqa: PLR2004 - a range needs two
        raise ValueError("x needs at least 2 values that are not excluded")
    center, spread = math.fsum(values[kept]) / int(kept.sum()), moving_range(values, kept)
    sigma = spread / D2[2]
    return IndividualsLimits(
        center, center - 3 * sigma, center + 3 * sigma, sigma, spread, RANGE_FACTOR * spread
    )


def overdispersion(counts: ArrayLike, size: ArrayLike | None = None) -> Overdispersion:
    """Whether counts scatter more than chance alone would make them.

    Args:
        counts: per sample.
        size: pieces in every sample, for defective pieces; None for counts of defects.

    Returns:
        Ratio of the variances, (n - 1)·ratio, and the upper tail of chi-square.

    Raises:
        ValueError: fewer than two counts, or more than `size`, or more than one size.
    """
    hits, most = known(counts, "counts"), math.inf if size is None else _one_size(size)
    n = hits.size
    if n < 2 or bool((hits > most).any()):  # noqa: PLR2004 - a variance
        raise ValueError("counts needs at least 2 values, none above size")
    mean = math.fsum(hits) / n
    theory = mean * (1 - mean / most)
    ratio = quotient(math.fsum((hits - mean) ** 2) / (n - 1), theory)
    statistic = (n - 1) * ratio
    return Overdispersion(
        ratio, statistic, math.nan if math.isnan(ratio) else chi2_sf(statistic, n - 1)
    )


def _one_size(size: ArrayLike) -> float:
    """The size that all samples have."""
    sizes = known(size, "size")
    if not sizes.size or not bool(((sizes > 0) & (sizes == sizes[0])).all()):
        raise ValueError("size must be one number above 0; for several use p_chart")
    return float(sizes[0])


def _proportion(
    counts: ArrayLike, sizes: ArrayLike, exclude: Sequence[int]
) -> tuple[float, F64, F64, BOOL]:
    """Mean proportion, sigma and proportion per sample, and which samples count."""
    hits, tries, kept = _samples(counts, sizes, exclude)
    if bool((hits > tries).any()):
        raise ValueError("counts must not exceed sizes")
    center = math.fsum(hits[kept]) / math.fsum(tries[kept])
    return center, np.sqrt(center * (1 - center) / tries), hits / tries, kept


def _rate(
    counts: ArrayLike, sizes: ArrayLike, exclude: Sequence[int]
) -> tuple[float, F64, F64, BOOL]:
    """Mean rate, sigma and rate per sample, and which samples count."""
    hits, tries, kept = _samples(counts, sizes, exclude)
    center = math.fsum(hits[kept]) / math.fsum(tries[kept])
    return center, np.sqrt(center / tries), hits / tries, kept


def _samples(counts: ArrayLike, sizes: ArrayLike, exclude: Sequence[int]) -> tuple[F64, F64, BOOL]:
    """Counts and sizes, checked."""
    hits, tries = known(counts, "counts"), known(sizes, "sizes")
    same_length(counts=hits, sizes=tries)
    if not bool((tries > 0).all()):
        raise ValueError("sizes must be positive")
    kept = _kept(hits.size, exclude)
    if not kept.any():
        raise ValueError("counts needs at least one sample that is not excluded")
    return hits, tries, kept


def _kept(n: int, exclude: Sequence[int]) -> BOOL:
    """True for the samples that count."""
    kept = np.ones(n, dtype=np.bool_)
    positions = np.asarray(exclude, dtype=np.int64)
    if bool(((positions < 0) | (positions >= n)).any()):
        raise ValueError(f"exclude holds a position outside 0 to {n - 1}")
    kept[positions] = False
    return kept


def _within(center: float, width: F64, most: float) -> tuple[F64, F64]:
    """Limits that do not leave [0, most]."""
    return np.maximum(center - width, 0.0), np.minimum(center + width, most)


def _laney(center: float, sigma: F64, values: F64, kept: BOOL, most: float) -> LaneyLimits:
    """Limits with sigma times the scatter of the standardised values; NaN where there is none."""
    z = divide(values - center, sigma)
    sigma_z = moving_range(z, kept) / D2[2]
    wide = sigma * sigma_z
    return LaneyLimits(center, *_within(center, 3 * wide, most), wide, sigma_z)
