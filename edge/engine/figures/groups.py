"""Rows of equal keys, and what of a column adds up exactly for each of them."""

from functools import cached_property
from itertools import pairwise
from math import fsum, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.model import F64, I64

ROOM, SHORT = 1 << 62, 1 << 16


class Grouping:
    """Rows of equal keys, group by group in the order of the keys.

    Rows that lie beside each other with equal keys, such as those of one machine and day, are taken
    together first: only these runs are sorted.
    """

    def __init__(self, keys: list[I64]) -> None:
        columns = [np.asarray(key, np.int64) for key in keys]
        self._runs = starts(columns)
        firsts = [column[self._runs] for column in columns]
        codes = packed(firsts)
        self._order = np.lexsort(codes[::-1]) if len(codes) > 1 else stable(codes[0])
        self._starts = starts([code[self._order] for code in codes])
        first = self._order[self._starts]
        self.keys = np.stack([column[first] for column in firsts])  # shape (key columns, groups)
        self.first = self._runs[first]  # place of each group's first row
        of_run = np.empty(len(self._runs), np.int64)
        of_run[self._order] = nth(self._starts, len(self._runs))
        self.of_row = of_run[nth(self._runs, len(columns[0]))]

    def __len__(self) -> int:
        return len(self._starts)

    @cached_property
    def members(self) -> list[I64]:
        """The places of each group's rows, in the order of the rows."""
        ends = np.cumsum(np.bincount(self.of_row, minlength=len(self)))
        return np.split(self._arranged, ends[:-1]) if len(self) else []

    @cached_property
    def _arranged(self) -> I64:
        """The places of all rows, group by group."""
        return stable(packed([self.of_row])[0])

    def whole(self, values: NDArray[Any]) -> I64:
        """Sums of integers."""
        if not len(self):
            return np.zeros(0, np.int64)
        runs = np.add.reduceat(values, self._runs, dtype=np.int64)
        return np.add.reduceat(runs[self._order], self._starts)

    def reduce(self, function: np.ufunc, values: NDArray[Any]) -> NDArray[Any]:
        """Something exact of each group's values, such as their maximum."""
        if not len(self):
            return np.zeros(0, values.dtype)
        runs = function.reduceat(values, self._runs)
        found: NDArray[Any] = function.reduceat(runs[self._order], self._starts)
        return found

    def floats(self, values: F64) -> F64:
        """Sums of floats: `fsum`, or plain where they are whole; NaN and infinity stay."""
        finite = np.isfinite(values)
        if finite.all():
            return self._exact(values)
        sums = self._exact(np.where(finite, values, 0.0))
        endless = self.reduce(np.logical_or, values == np.inf)
        lost = self.reduce(np.logical_or, np.isnan(values))
        return np.where(lost, np.nan, np.where(endless, np.inf, sums))

    def _exact(self, values: F64) -> F64:
        """Sums of finite floats; whole ones add up exactly in any order."""
        if bool(np.all((values == np.floor(values)) & (np.abs(values) < 2**32))):
            return self.reduce(np.add, values)
        ends = np.cumsum(np.bincount(self.of_row, minlength=len(self))).tolist()
        arranged = values[self._arranged].tolist()
        bounds = pairwise([0, *ends])
        return np.array([fsum(arranged[start:end]) for start, end in bounds])


def starts(columns: list[NDArray[Any]]) -> I64:
    """The places at which any of some columns changes; the first is one."""
    begins = np.zeros(len(columns[0]), np.bool_)
    begins[:1] = True
    for column in columns:
        begins[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(begins)


def nth(starts: I64, total: int) -> I64:
    """For each of so many places how many of the starts lie before it or at it, less one."""
    begins = np.zeros(total, np.int64)
    begins[starts] = 1
    return np.cumsum(begins) - 1


def stable(code: NDArray[Any]) -> I64:
    """Places in the order of a column; equal ones stay as they lie."""
    return code.argsort(kind="stable")


def packed(columns: list[I64]) -> list[NDArray[Any]]:
    """Columns as one that sorts alike, in 16 bits where they fit: that sorts ten times as fast.

    The columns themselves where no integer has room for all of them.
    """
    if not len(columns[0]):
        return list(columns)
    lows = [int(column.min()) for column in columns]
    sizes = [int(column.max()) - low + 1 for column, low in zip(columns, lows, strict=True)]
    if prod(sizes) >= ROOM:
        return list(columns)
    code = columns[0] - lows[0]
    for column, low, size in zip(columns[1:], lows[1:], sizes[1:], strict=True):
        code = code * size + (column - low)
    return [code.astype(np.uint16) if prod(sizes) <= SHORT else code]
