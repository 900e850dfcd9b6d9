"""Micro-stops as far as anybody could see them: none seen is not none where none could be."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.engine.figures.groups import Grouping
from edge.model import BOOL, F64
from edge.records.elements import HIDES_MICRO_STOPS
from edge.records.parts import Elements

Sum = NDArray[Any]


def micro_sums(
    groups: Grouping, rows: Elements, sums: Mapping[str, Sum], counted: BOOL, cycle_s: F64
) -> dict[str, Sum]:
    """Micro-stops of every group, and the production time in which they would have been seen.

    A bucket is watched where its counts are known and its readings close enough to tell them.

    Args:
        groups: of the rows.
        rows: element rows.
        sums: of the rows, per group.
        counted: of each group whether anybody counts its pieces.
        cycle_s: ideal cycle of each row; without one nobody can say what a gap is.
    """
    apt_ns, known, n = sums["apt_ns"], counted, sums["micro_n"].astype(np.float64)
    no_cycle = np.isnan(cycle_s)
    if no_cycle.any():
        known = counted & (groups.whole(no_cycle & (rows["apt_ns"] > 0)) == 0)
    seen, seen_ns = n, apt_ns
    unwatched = (rows["flags"] & HIDES_MICRO_STOPS > 0) | (rows["count_unknown_ns"] > 0)
    if unwatched.any():
        seen = n - groups.whole(np.where(unwatched, rows["micro_n"], 0))
        seen_ns = apt_ns - groups.whole(np.where(unwatched, rows["apt_ns"], 0))
    return {
        "micro_n": np.where(known, n, np.nan),
        "watched_micro_n": np.where(known, seen, np.nan),
        "watched_apt_ns": np.where(known, seen_ns, np.nan),
        "unwatched_ns": apt_ns - np.where(known, seen_ns, 0),
    }
