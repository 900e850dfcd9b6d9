"""A change taken apart into factors, prices and mix, so that the parts add up to it."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from kpi.arrays import BOOL, F64, floats, known, not_negative, quotient, same_length, taken

_NEAR = 0.5  # growth below which log1p is the better logarithm


class Lmdi(NamedTuple):
    """Additive effects, whose sum is total1 - total0, and ratios, whose product is their ratio."""

    total0: float
    total1: float
    effects: F64  # per factor
    ratios: F64  # NaN when a total is 0


class PriceIndex(NamedTuple):
    """Price indices as ratios; fisher · fisher_quantity is the ratio of values."""

    laspeyres: float
    paasche: float
    fisher: float
    fisher_quantity: float
    value_ratio: float


class Standardised(NamedTuple):
    """A rate at fixed weights, and the one that the mix made."""

    rate: float
    crude: float


def lmdi(before: ArrayLike, after: ArrayLike) -> Lmdi:
    """Logarithmic mean Divisia index: the change of a sum of products, factor by factor.

    Ang 2005. Zeros take their limits (Ang, Zhang, Choi 1998): an item that appears gives its
    change in equal parts to the factors that were zero, mirrored when it disappears.

    Args:
        before: factors of each item, shape (items, factors).
        after: the same afterwards.

    Raises:
        ValueError: the shapes differ, or a factor is negative or NaN.
    """
    x0, x1 = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    if x0.shape != x1.shape or x0.ndim != 2:  # noqa: PLR2004 - items and factors
        raise ValueError(f"before {x0.shape} and after {x1.shape} need one shape (items, factors)")
    if not bool(((x0 >= 0) & (x1 >= 0) & np.isfinite(x0 + x1)).all()):
        raise ValueError(
            "before and after: factors must not be negative, nor missing, nor infinite"
        )
    value0, value1 = x0.prod(axis=1), x1.prod(axis=1)
    lasting = (value0 > 0) & (value1 > 0)
    logs = _each(math.log, np.divide(x1, x0, out=np.ones_like(x0), where=lasting[:, None]))
    parts = _log_mean(value1, value0, lasting)[:, None] * logs
    parts += _appeared(x0, value1, (value0 == 0) & (value1 > 0))
    parts -= _appeared(x1, value0, (value1 == 0) & (value0 > 0))
    effects = np.array([math.fsum(column) for column in parts.T])
    total0, total1 = math.fsum(value0), math.fsum(value1)
    return Lmdi(total0, total1, effects, _ratios(effects, total0, total1))


def price_index(
    price0: ArrayLike, quantity0: ArrayLike, price1: ArrayLike, quantity1: ArrayLike
) -> PriceIndex:
    """Laspeyres, Paasche and Fisher.

    Args:
        price0: prices before; NaN where there is none, as of a product that did not yet exist.
        quantity0: quantities before.
        price1: prices after; NaN where there is none.
        quantity1: quantities after.

    Returns:
        NaN where an index needs a price that there is not, or divides by nothing; a quantity of 0
        needs no price.

    Raises:
        ValueError: not the same length, negative, or a quantity missing.
    """
    p0, q0 = not_negative(floats(price0, "price0"), "price0"), known(quantity0, "quantity0")
    p1, q1 = not_negative(floats(price1, "price1"), "price1"), known(quantity1, "quantity1")
    same_length(price0=p0, quantity0=q0, price1=p1, quantity1=q1)
    old, new = math.fsum(taken(p0, q0)), math.fsum(taken(p1, q1))
    old_at_new, new_at_old = math.fsum(taken(p1, q0)), math.fsum(taken(p0, q1))
    laspeyres, paasche = quotient(old_at_new, old), quotient(new, new_at_old)
    quantity = quotient(new_at_old, old) * quotient(new, old_at_new)
    return PriceIndex(
        laspeyres,
        paasche,
        math.sqrt(laspeyres * paasche),
        math.sqrt(quantity),
        quotient(new, old),
    )


def standardise(events: ArrayLike, trials: ArrayLike, weights: ArrayLike) -> Standardised:
    """A rate as it would be at a fixed mix: Σw·rate / Σw.

    Args:
        events: per stratum, such as a product.
        trials: per stratum; none are needed where the weight is 0.
        weights: of the fixed mix.

    Returns:
        `rate` NaN where a stratum that has weight has no trials.

    Raises:
        ValueError: not the same length, more events than trials, weights negative or all zero.
    """
    hits, tries = known(events, "events"), known(trials, "trials")
    shares = not_negative(floats(weights, "weights"), "weights")
    same_length(events=hits, trials=tries, weights=shares)
    if bool((hits > tries).any()):
        raise ValueError("events must not exceed trials")
    if not math.fsum(shares) > 0:
        raise ValueError("weights must not all be zero")
    crude = quotient(math.fsum(hits), math.fsum(tries))
    return Standardised(weighted_rates(hits, tries, shares) / math.fsum(shares), crude)


def weighted_rates(above: F64, below: F64, weights: F64) -> float:
    """Σw·above/below: what a fixed mix would come to; divided by Σw it is a rate at that mix.

    NaN where a stratum that has weight has nothing below the line.
    """
    rates = np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)
    return math.fsum(np.where(weights > 0, weights * rates, 0.0))


def _log_mean(a: F64, b: F64, where: BOOL) -> F64:
    """(a - b) / ln(a/b), and a where they are equal; 0 outside `where`.

    Of nearly equal values ln(a/b) would have few digits left; their difference is exact.
    """
    growth = np.divide(a - b, b, out=np.zeros_like(a), where=where)
    ratio = np.divide(a, b, out=np.ones_like(a), where=where)
    near = _each(math.log1p, np.maximum(growth, -_NEAR))
    log = np.where(np.abs(growth) < _NEAR, near, _each(math.log, ratio))
    mean: F64 = np.divide(a - b, log, out=np.where(where, a, 0.0), where=log != 0)
    return mean


def _each(function: Callable[[float], float], values: F64) -> F64:
    """A function of `math` of every value, such as a factor of an item.

    numpy's own logarithm differs in its last digit from one processor to the next, and who
    recomputes evidence has another one.
    """
    found: F64 = np.vectorize(function, otypes=[np.float64])(values)
    return found


def _appeared(before: F64, value: F64, items: BOOL) -> F64:
    """The value of new items in equal parts for the factors that were zero."""
    zero = (before == 0) & items[:, None]
    share: F64 = zero / np.maximum(zero.sum(axis=1, keepdims=True), 1)
    return share * value[:, None]


def _ratios(effects: F64, total0: float, total1: float) -> F64:
    """exp(effect / L(total1, total0)); NaN when a total is 0."""
    if total0 == 0 or total1 == 0:
        return np.full(effects.shape, np.nan)
    mean = _log_mean(np.array([total1]), np.array([total0]), np.array([True]))
    ratios: F64 = np.exp(effects / mean)
    return ratios
