"""Before and after: four percentages that people confuse, each under its own name."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from kpi.arrays import floats, not_negative, quotient, same_length, taken
from kpi.several import ratio_of_sums, weighted_mean

HOUR_S = 3_600


class FourNumbers(NamedTuple):
    """Improvement, attainment, share of target, point change; fractions, NaN where undefined."""

    improvement_rate: float  # positive is better, whichever direction that is
    attainment_rate: float
    share_of_target: float
    point_change: float
    zero_defects: bool  # then attainment has no value, and is printed as "zero defects"


class DefectChange(NamedTuple):
    """A change of a defect rate, the three ways in which it must be printed."""

    before: float
    after: float
    relative: float
    points: float
    yield_change: float


class Companies(NamedTuple):
    """The change of several companies, as fractions; `ratio_of_sums` is the headline."""

    ratio_of_sums: float
    weighted_geometric: float
    mean_of_ratios: float
    median: float
    lowest: float
    highest: float


def four_numbers(
    before: float, after: float, target: float | None = None, *, higher_is_better: bool
) -> FourNumbers:
    """The four numbers of one measure.

    Args:
        before: value of the baseline.
        after: value of the reporting window.
        target: the value to be reached, or None.
        higher_is_better: the good direction.

    Raises:
        ValueError: a negative value.
    """
    if before < 0 or after < 0 or (target is not None and target < 0):
        raise ValueError(f"before, after, target must not be negative: {before}, {after}, {target}")
    sign = 1 if higher_is_better else -1
    aim = math.nan if target is None else target
    change = after - before
    return FourNumbers(
        improvement_rate=quotient(sign * change, before) + 0.0,  # + 0.0 turns -0.0 into 0.0
        attainment_rate=quotient(after, aim) if higher_is_better else quotient(aim, after),
        share_of_target=quotient(change, aim - before) + 0.0,
        point_change=float(change),
        zero_defects=bool(not higher_is_better and after == 0),
    )


def inverse_rate(rate: float) -> float:
    """What a reduction means the other way round: 1 / (1 - rate) - 1.

    Cost down by 34.3 % is 52.2 % more output per won.

    Raises:
        ValueError: the rate is not below 1.
    """
    if not rate < 1:
        raise ValueError(f"rate is {rate!r}; it must be below 1")
    return 1 / (1 - rate) - 1


def standard_hours(ideal_s: ArrayLike, good: ArrayLike) -> float:
    """Hours that the good pieces take at their ideal cycles.

    Args:
        ideal_s: ideal cycle per product; NaN is allowed where nothing was made.
        good: good pieces per product.

    Returns:
        Hours; NaN where a product with output has no cycle.
    """
    cycles, pieces = floats(ideal_s, "ideal_s"), not_negative(floats(good, "good"), "good")
    same_length(ideal_s=cycles, good=pieces)
    not_negative(cycles, "ideal_s")
    return math.fsum(taken(cycles, pieces)) / HOUR_S


def defect_change(defects0: float, n0: float, defects1: float, n1: float) -> DefectChange:
    """The change of a defect rate: relative, in points, and of the yield.

    Args:
        defects0: defective pieces before.
        n0: pieces before.
        defects1: defective pieces after.
        n1: pieces after.

    Raises:
        ValueError: negative numbers, or more defects than pieces.
    """
    for side, defects, n in ((0, defects0, n0), (1, defects1, n1)):
        if defects < 0 or n < 0:
            raise ValueError(f"defects{side}, n{side} must not be negative: {defects} of {n}")
        if defects > n:
            raise ValueError(f"defects{side}: more defects than pieces: {defects} of {n}")
    before, after = quotient(defects0, n0), quotient(defects1, n1)
    points = after - before
    return DefectChange(
        before, after, quotient(points, before), points, quotient(1 - after, 1 - before) - 1
    )


def companies(before: ArrayLike, after: ArrayLike, weights: ArrayLike | None = None) -> Companies:
    """The change of one measure over several companies.

    Args:
        before: values before, positive.
        after: values after, positive.
        weights: of the geometric mean, such as baseline standard hours; default `before`.

    Raises:
        ValueError: not the same length, no company, or values not positive.
    """
    old, new = floats(before, "before"), floats(after, "after")
    weight = old if weights is None else floats(weights, "weights")
    same_length(before=old, after=new, weights=weight)
    if not old.size:
        raise ValueError("there are no companies; before and after are empty")
    for column, name in ((old, "before"), (new, "after"), (weight, "weights")):
        if not bool(((column > 0) & (column < math.inf)).all()):
            raise ValueError(f"{name} must be positive and finite")
    changes = new / old - 1
    return Companies(
        ratio_of_sums=ratio_of_sums(old, new) - 1,
        weighted_geometric=math.expm1(weighted_mean(np.log(new / old), weight)),
        mean_of_ratios=math.fsum(changes) / changes.size,
        median=float(np.median(changes)),
        lowest=float(changes.min()),
        highest=float(changes.max()),
    )
