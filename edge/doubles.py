"""Whole numbers as doubles: beyond 2^53 a double is not each of them, and its row has to say so.

What always holds: a number is judged by what was sent, not by the double that it became. One beyond
2^53 that a double is exactly, such as 2^60, is as good as any. The status is
`edge.model.STATUS_UNCERTAIN_ROUNDED`.
"""

import numpy as np
from numpy.typing import NDArray

from edge.model import BOOL, F64

EXACT = 2.0**53  # up to here a double is every whole number


def is_rounded(sent: float, value: float) -> bool:
    """Whether a number is not the double that it became.

    >>> [is_rounded(one, float(one)) for one in (2**53, 2**53 + 1, 2**60, 2**64 - 1)]
    [False, True, False, True]
    """
    return abs(value) >= EXACT and sent != value


def are_large(value: F64) -> bool:
    """Whether any lies where doubles are not every whole number; NaN lies nowhere."""
    return bool(np.count_nonzero(np.abs(value) >= EXACT))


def rounded(sent: NDArray[np.generic], value: F64) -> BOOL | None:
    """The same of many: which of them; None where none is, as nearly always.

    Without its upper half a number is small enough for a double to hold it and its rounding.

    Args:
        sent: numbers of any type, shape (rows,).
        value: what they became.
    """
    if sent.dtype.kind not in "iu" or sent.itemsize < value.itemsize:
        return None
    if not are_large(value):
        return None
    whole: NDArray[np.int64] = sent  # type: ignore[assignment]  # or unsigned
    high, low = whole >> 32, whole & 0xFFFF_FFFF
    wrong: BOOL = value - high * 4294967296.0 != low
    return wrong if wrong.any() else None
