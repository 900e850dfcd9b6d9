"""Buckets of time and how durations and pieces fall into them.

Integers throughout: the parts add up to the whole, to the last nanosecond and piece.
"""

from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from kpi.arrays import I64, SECOND_NS, floats, whole

GRID_NS = 900 * SECOND_NS
_ROOM = 1 << 62


def edges(
    start_ns: int, end_ns: int, *, boundaries_ns: ArrayLike = (), grid_ns: int = GRID_NS
) -> I64:
    """The edges of the buckets of a window: the grid and every boundary inside it.

    Args:
        start_ns: first edge.
        end_ns: last edge.
        boundaries_ns: further edges, in any order; those outside the window are left out.
        grid_ns: distance of the grid, whose edges are its UTC multiples.

    Raises:
        ValueError: end_ns is not after start_ns, or the grid is not positive.
    """
    if end_ns <= start_ns:
        raise ValueError(f"end_ns {end_ns} must be after start_ns {start_ns}")
    if grid_ns <= 0:
        raise ValueError(f"grid_ns is {grid_ns}; it must be positive")
    grid = np.arange(start_ns // grid_ns + 1, -(-end_ns // grid_ns), dtype=np.int64) * grid_ns
    cuts = whole(np.ravel(boundaries_ns), "boundaries_ns")
    cuts = cuts[(cuts > start_ns) & (cuts < end_ns)]
    return np.unique(np.concatenate([grid, cuts, np.array([start_ns, end_ns], dtype=np.int64)]))


def durations(
    t0_ns: ArrayLike, t1_ns: ArrayLike, code: ArrayLike, edges_ns: ArrayLike, *, codes: int = 8
) -> I64:
    """How long each code lasted in each bucket.

    Args:
        t0_ns: begins of the intervals, which may overhang the buckets.
        t1_ns: their ends.
        code: what they are, 0 to `codes` - 1.
        edges_ns: edges of the buckets, in order.
        codes: number of codes.

    Returns:
        Nanoseconds, shape (buckets, codes).

    Raises:
        ValueError: lengths differ, an interval is negative, or a code is out of range.
    """
    begins, ends, kinds = whole(t0_ns, "t0_ns"), whole(t1_ns, "t1_ns"), whole(code, "code")
    cuts = whole(edges_ns, "edges_ns")
    _check_intervals(begins, ends, kinds, codes)
    if cuts.size < 2 or bool((np.diff(cuts) < 0).any()):  # noqa: PLR2004 - a bucket has two edges
        raise ValueError("edges_ns needs at least two edges, in order")
    out = np.zeros((cuts.size - 1, codes), dtype=np.int64)
    for kind in np.unique(kinds).tolist():
        mine = kinds == kind
        out[:, kind] = np.diff(_elapsed(begins[mine], cuts) - _elapsed(ends[mine], cuts))
    return out


def apportion(total: int, weights: ArrayLike) -> I64:
    """Whole pieces divided by weight: largest remainder, ties to the earlier part.

    Args:
        total: pieces, not negative.
        weights: of the parts; integers, and floats to 15 digits, are divided exactly.

    Returns:
        Pieces per part; their sum is `total`.

    Raises:
        ValueError: a weight is negative or not finite, or all are zero.
    """
    pieces = int(whole(total, "total").item())
    if pieces < 0:
        raise ValueError(f"total is {pieces}; it must not be negative")
    array = np.atleast_1d(np.asarray(weights))
    shares = floats(array, "weights")
    if not shares.any() or not bool((np.isfinite(shares) & (shares >= 0)).all()):
        raise ValueError("weights must be finite and not negative, nor all zero")
    if array.dtype.kind in "iu":
        return _apportion_exactly(pieces, array.tolist())
    return _apportion_exactly(pieces, [Fraction(f"{share:.15g}") for share in shares.tolist()])


def apportion_each(totals: I64, weights: I64, begin: I64) -> I64:
    """`apportion` of many totals at once, each by integer weights of its own.

    Args:
        totals: pieces, one number a group.
        weights: of the parts, group after group; no group is without any.
        begin: place of each group's first part.

    Returns:
        Pieces per part.
    """
    size = np.diff(np.append(begin, weights.size))
    if max(int(totals.max()), weights.size) * int(weights.max()) > _ROOM:
        cuts = np.split(weights, begin[1:])
        each = zip(totals.tolist(), cuts, strict=True)
        return np.concatenate([_apportion_exactly(n, cut.tolist()) for n, cut in each])
    group = np.repeat(np.arange(totals.size), size)
    product = totals[group] * weights
    sums = np.add.reduceat(weights, begin)[group]
    parts, rest = product // sums, product % sums
    left = totals - np.add.reduceat(parts, begin)
    rank = np.empty(weights.size, np.int64)
    rank[np.lexsort((-rest, group))] = np.arange(weights.size) - begin[group]
    counts: I64 = parts + (rank < left[group])
    return counts


def _apportion_exactly(pieces: int, weights: list[int] | list[Fraction]) -> I64:
    """The same in Python's own numbers, for nanoseconds times pieces outgrow 64 bits."""
    whole_weight = sum(weights)
    parts, left = zip(*(divmod(pieces * weight, whole_weight) for weight in weights), strict=True)
    counts = np.array(parts, dtype=np.int64)
    order = sorted(range(len(left)), key=lambda part: -left[part])
    counts[order[: pieces - sum(parts)]] += 1
    return counts


def _check_intervals(begins: I64, ends: I64, kinds: I64, codes: int) -> None:
    """Refuse what is no list of intervals."""
    if not begins.size == ends.size == kinds.size:
        raise ValueError("t0_ns, t1_ns and code must have the same length")
    if bool((ends < begins).any()):
        raise ValueError("t1_ns is before t0_ns in an interval; durations must not be negative")
    if kinds.size and not 0 <= int(kinds.min()) <= int(kinds.max()) < codes:
        raise ValueError(f"code must be 0 to {codes - 1}")


def _elapsed(instants: I64, cuts: I64) -> I64:
    """At each cut, the sum of the time passed since every instant before it.

    Sums may pass 2^63 and wrap; the difference of two of them is exact all the same.
    """
    ordered = np.sort(instants - cuts[0], kind="stable")
    sums = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(ordered)])
    shifted = cuts - cuts[0]
    count = np.searchsorted(ordered, shifted)
    result: I64 = count * shifted - sums[count]
    return result
