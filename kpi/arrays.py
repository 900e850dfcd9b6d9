"""Arrays with names, and the checks at the doors of the package.

A check looks at the whole array and names the argument, so that every other module may compute
without asking again. Integers stay integers: nanoseconds never pass through a float.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
U8 = NDArray[np.uint8]
BOOL = NDArray[np.bool_]

HOUR_NS = 3_600_000_000_000
SECOND_NS = 1_000_000_000
LEAST_TOO_GREAT = 1 << 63


def floats(values: ArrayLike, name: str) -> F64:
    """`values` as a 1-D float64 array; a scalar becomes one of length 1.

    Raises:
        ValueError: more than one dimension, or no numbers.
    """
    array = np.atleast_1d(np.asarray(values, dtype=np.float64))
    if array.ndim != 1:
        raise ValueError(f"{name} has shape {array.shape}; give one dimension")
    return array


def whole(values: ArrayLike, name: str) -> I64:
    """`values` as a 1-D int64 array; a scalar becomes one of length 1.

    Raises:
        ValueError: more than one dimension, or a value that is no integer.
    """
    array = np.atleast_1d(np.asarray(values))
    if array.ndim != 1:
        raise ValueError(f"{name} has shape {array.shape}; give one dimension")
    if array.dtype == np.int64:
        return array
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name} holds {array.dtype}; give integers")
    if array.dtype.kind == "f":
        broken = ~((array == np.floor(array)) & (np.abs(array) < LEAST_TOO_GREAT))
    else:
        broken = array >= LEAST_TOO_GREAT
    if bool(broken.any()):
        raise ValueError(f"{name} holds {array[broken][0].item()!r}; give integers of 64 bits")
    return array.astype(np.int64)


def instants(values: ArrayLike, name: str) -> I64:
    """`values` as instants in strictly increasing order.

    Raises:
        ValueError: two instants are equal or in the wrong order.
    """
    array = whole(values, name)
    if array.size > 1 and not bool((array[1:] > array[:-1]).all()):
        at = int(np.flatnonzero(array[1:] <= array[:-1])[0])
        raise ValueError(f"{name} must be strictly increasing; {array[at + 1]} follows {array[at]}")
    return array


def known(values: ArrayLike, name: str) -> F64:
    """`values` as finite numbers, none below zero.

    Raises:
        ValueError: NaN, infinite or negative values.
    """
    return not_negative(finite(values, name), name)


def finite(values: ArrayLike, name: str) -> F64:
    """`values` as finite numbers.

    Raises:
        ValueError: NaN or infinite values.
    """
    array = floats(values, name)
    if not bool(np.isfinite(array).all()):
        raise ValueError(f"{name} must be finite; leave out what is missing")
    return array


def not_negative(array: F64, name: str) -> F64:
    """The array itself, when nothing in it is below zero; NaN may be.

    Raises:
        ValueError: a negative value.
    """
    if bool((array < 0).any()):
        raise ValueError(f"{name} holds {array[array < 0][0].item()!r}; it must not be negative")
    return array


def same_length(**columns: F64) -> None:
    """Check that all columns have one length.

    Raises:
        ValueError: they do not; the message lists their lengths.
    """
    if len({column.size for column in columns.values()}) > 1:
        sizes = ", ".join(f"{name} {column.size}" for name, column in columns.items())
        raise ValueError(f"arrays must have the same shape, so the same length: {sizes}")


def divide(numerator: ArrayLike, denominator: ArrayLike) -> F64:
    """Element by element `numerator / denominator`; NaN where the denominator is 0 or NaN."""
    top, bottom = np.broadcast_arrays(
        np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    )
    result: F64 = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom != 0)
    return result


def taken(each: F64, amount: F64) -> F64:
    """Element by element `each · amount`; 0 where nothing was taken, whatever one would have been.

    So a piece that was not made needs no cycle, and an item that was not used no price.
    """
    with np.errstate(invalid="ignore"):
        return np.where(amount == 0, 0.0, each * amount)


def quotient(numerator: float, denominator: float) -> float:
    """`numerator / denominator`; NaN where the denominator is 0."""
    return numerator / denominator if denominator != 0 else float("nan")
