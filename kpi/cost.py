"""Unit cost and its change: only less usage at constant prices is an improvement.

Every split adds up to the change it explains. Prices are in the currency of the caller; a used
item without a price makes the result unknown, never cheaper.
"""

import math
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from kpi import formulas
from kpi.arrays import F64, I64, floats, not_negative, quotient, same_length, taken

MOST_WON = 9e18  # of a sum that still is a whole number of 64 bits


class Bennet(NamedTuple):
    """The change of unit cost by item; usage and price add up to the total."""

    usage: F64
    price: F64
    total: float


class UsageOnly(NamedTuple):
    """Improvement of usage: 1 less the quantity index, positive is better."""

    laspeyres: float  # at the prices before: the headline
    paasche: float
    fisher: float


class FixedPool(NamedTuple):
    """The change of a fixed cost per piece: by volume, and by what was spent."""

    absorption: float
    spending: float
    total: float


class FxSplit(NamedTuple):
    """A price effect in two: the foreign price, and the exchange rate."""

    price: float
    fx: float


class Variances(NamedTuple):
    """Accounting variances; positive is unfavourable."""

    price: float
    usage: float
    total: float


class EnergySplit(NamedTuple):
    """Energy as a base load and a slope."""

    base_kw: float
    kwh_per_standard_hour: float


def unit_cost(price: ArrayLike, quantity: ArrayLike, good: float) -> float:
    """Σ price·quantity per good piece.

    Args:
        price: per item; NaN where there is none.
        quantity: used, per item.
        good: good pieces.

    Returns:
        NaN where a used item has no price, or nothing good was made.
    """
    prices, used = _columns(price=price, quantity=quantity)
    _refuse_negative(quantity=used)
    if good < 0:
        raise ValueError(f"good is {good}; it must not be negative")
    worth, pieces = formulas.exactly(_value(prices, used)), formulas.exactly(good)
    return float(formulas.per_piece(worth, pieces).value)


def bennet(price0: ArrayLike, usage0: ArrayLike, price1: ArrayLike, usage1: ArrayLike) -> Bennet:
    """The change of unit cost, item by item: usage at mean prices and prices at mean usage.

    Args:
        price0: prices before.
        usage0: usage per good piece before.
        price1: prices after.
        usage1: usage after.

    Raises:
        ValueError: the arrays have not one shape, or a usage is negative.
    """
    p0, u0, p1, u1 = _columns(price0=price0, usage0=usage0, price1=price1, usage1=usage1)
    _refuse_negative(usage0=u0, usage1=u1)
    used = (u0 != 0) | (u1 != 0)  # an item that nobody used needs no price
    usage = np.where(used, (p0 + p1) * (u1 - u0) / 2, 0.0)
    price = np.where(used, (u0 + u1) * (p1 - p0) / 2, 0.0)
    return Bennet(usage, price, math.fsum([*usage, *price]))


def usage_only(
    price0: ArrayLike, usage0: ArrayLike, price1: ArrayLike, usage1: ArrayLike
) -> UsageOnly:
    """How much less is used, whatever the prices did.

    Args:
        price0: prices before.
        usage0: usage per good piece before.
        price1: prices after; they do not touch `laspeyres`.
        usage1: usage after.

    Raises:
        ValueError: the arrays have not one shape, or a usage is negative.
    """
    p0, u0, p1, u1 = _columns(price0=price0, usage0=usage0, price1=price1, usage1=usage1)
    _refuse_negative(usage0=u0, usage1=u1)
    at_old = quotient(_value(p0, u1), _value(p0, u0))
    at_new = quotient(_value(p1, u1), _value(p1, u0))
    product = at_old * at_new
    fisher = 1 - math.sqrt(product) if product >= 0 else math.nan
    return UsageOnly(1 - at_old, 1 - at_new, fisher)


def fixed_pool(cost0: float, good0: float, cost1: float, good1: float) -> FixedPool:
    """The change of a fixed cost per good piece.

    Args:
        cost0: cost before.
        good0: good pieces before.
        cost1: cost after.
        good1: good pieces after.

    Raises:
        ValueError: nothing good was made on a side.
    """
    if not good0 > 0 or not good1 > 0:
        raise ValueError(f"good0 and good1 must be positive: {good0}, {good1}")
    total = cost1 / good1 - cost0 / good0
    absorption = (cost0 + cost1) / 2 * (1 / good1 - 1 / good0)
    return FixedPool(absorption, total - absorption, total)


def fx_split(
    foreign0: float, rate0: float, foreign1: float, rate1: float, usage0: float, usage1: float
) -> FxSplit:
    """The Bennet price effect of an item bought in foreign money.

    Args:
        foreign0: foreign price before.
        rate0: exchange rate before.
        foreign1: foreign price after.
        rate1: exchange rate after.
        usage0: usage per good piece before.
        usage1: usage after.

    Raises:
        ValueError: a usage is negative.
    """
    _refuse_negative(usage0=usage0, usage1=usage1)
    usage = (usage0 + usage1) / 2
    price = (rate0 + rate1) / 2 * (foreign1 - foreign0) * usage
    return FxSplit(price, (foreign0 + foreign1) / 2 * (rate1 - rate0) * usage)


def variances(
    actual_price: float, standard_price: float, actual_quantity: float, standard_quantity: float
) -> Variances:
    """Price and usage variance against a standard.

    Raises:
        ValueError: a quantity is negative.
    """
    _refuse_negative(actual_quantity=actual_quantity, standard_quantity=standard_quantity)
    price = (actual_price - standard_price) * actual_quantity
    usage = (actual_quantity - standard_quantity) * standard_price
    return Variances(float(price), float(usage), float(price + usage))


def round_parts(parts: ArrayLike) -> I64:
    """Whole won that add up to the rounded sum, half to even.

    Floors first, then one more to the largest fractions, to the earlier of equal ones.

    Raises:
        ValueError: a part is not finite.
    """
    column = floats(parts, "parts")
    if not bool((np.abs(column) < MOST_WON).all()):
        raise ValueError("parts must be finite, and below 9e18")
    floors = np.floor(column)
    won: I64 = floors.astype(np.int64)
    missing = round(math.fsum(column)) - int(won.sum())
    whole = won.tolist()
    # in decimals: 1.2 has the fraction of 0.2, of which binary keeps a little less
    rest = [Fraction(f"{part:.15g}") - whole[at] for at, part in enumerate(column.tolist())]
    won[sorted(range(len(rest)), key=lambda at: -rest[at])[:missing]] += 1
    return won


def energy_split(kwh: ArrayLike, hours: ArrayLike, standard_hours: ArrayLike) -> EnergySplit:
    """Base load and energy per standard hour, by least squares without a constant.

    Args:
        kwh: energy per period.
        hours: length of the period.
        standard_hours: output of the period.

    Returns:
        NaN where the periods cannot tell the two apart, or something is missing.

    Raises:
        ValueError: the arrays have not one shape, or a number is negative.
    """
    energy, length, output = _columns(kwh=kwh, hours=hours, standard_hours=standard_hours)
    _refuse_negative(kwh=energy, hours=length, standard_hours=output)
    x = np.column_stack([length, output])
    if not bool(np.isfinite(x).all() and np.isfinite(energy).all()):
        return EnergySplit(math.nan, math.nan)
    coefficients, _, rank, _ = np.linalg.lstsq(x, energy, rcond=None)
    if rank < x.shape[1]:
        return EnergySplit(math.nan, math.nan)
    return EnergySplit(float(coefficients[0]), float(coefficients[1]))


def _columns(**arguments: ArrayLike) -> list[F64]:
    """The arguments as columns of one length."""
    columns = {name: floats(values, name) for name, values in arguments.items()}
    same_length(**columns)
    return list(columns.values())


def _refuse_negative(**quantities: ArrayLike) -> None:
    """Refuse quantities below zero by name; what was recovered is netted by the caller."""
    for name, values in quantities.items():
        not_negative(np.asarray(values, dtype=np.float64), name)


def _value(prices: F64, used: F64) -> float:
    """Σ price·quantity; an item that was not used needs no price."""
    return math.fsum(taken(prices, used))
