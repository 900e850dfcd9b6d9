"""Sums over columns of element rows, checked.

Durations add up as Python's integers, pieces by `math.fsum`: the order of rows changes no bit.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from kpi.arrays import floats, not_negative, taken, whole
from kpi.formulas import Bounds


def duration(column_ns: ArrayLike, name: str) -> int:
    """The sum of a column of durations.

    Raises:
        ValueError: one of them is negative.
    """
    array = whole(column_ns, name)
    if bool((array < 0).any()):
        raise ValueError(f"{name} holds {array.min()}; a duration must not be negative")
    return int(array.sum())


def quantity(column: ArrayLike, name: str) -> float:
    """The sum of a column of pieces; NaN where one of them is.

    Raises:
        ValueError: one of them is negative.
    """
    return math.fsum(not_negative(floats(column, name), name))


def same_rows(**columns: ArrayLike | None) -> None:
    """Check that columns are of the same rows; a scalar is for all of them.

    Raises:
        ValueError: two columns of different lengths; the message lists them.
    """
    sizes = {name: np.size(column) for name, column in columns.items() if column is not None}
    if len(set(sizes.values()) - {1}) > 1:
        listed = ", ".join(f"{name} {size}" for name, size in sizes.items())
        raise ValueError(f"columns of rows must have the same length: {listed}")


def ideal_sum_s(ideal_s: ArrayLike, pieces: ArrayLike, name: str) -> float:
    """Ideal time of some pieces, in seconds; a cycle counts only where there are pieces.

    Returns:
        NaN where pieces have no cycle.

    Raises:
        ValueError: negative cycles or pieces, or columns that do not belong together.
    """
    column = not_negative(floats(pieces, name), name)
    cycles = not_negative(floats(ideal_s, "ideal_s"), "ideal_s")
    if column.size != cycles.size and 1 not in {column.size, cycles.size}:
        raise ValueError(f"ideal_s and {name} must have the same length")
    return math.fsum(taken(cycles, column))


def ideal_bounds_s(
    ideal_s: ArrayLike,
    pieces: ArrayLike,
    name: str,
    least: ArrayLike | None = None,
    most: ArrayLike | None = None,
) -> Bounds:
    """The same with its bounds, which default to the pieces themselves."""
    value = ideal_sum_s(ideal_s, pieces, name)
    low = value if least is None else ideal_sum_s(ideal_s, least, f"{name}_low")
    high = value if most is None else ideal_sum_s(ideal_s, most, f"{name}_high")
    return Bounds(*map(np.asarray, (low, value, high)))
