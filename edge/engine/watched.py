"""Micro-stops as far as anybody could see them: none seen is not none where none could be."""

import numpy as np
from numpy.typing import NDArray

from edge.engine.groups import Grouping
from edge.model import BOOL, F64
from edge.records.elements import HIDES_MICRO_STOPS
from edge.records.parts import Elements

Sum = NDArray[np.generic]


def micro_sums(groups: Grouping, rows: Elements, counted: BOOL, cycle_s: F64) -> dict[str, Sum]:
    """Micro-stops of every group, and the production time in which they would have been seen.

    A bucket is watched where its counts are known and its readings close enough to tell them.

    Args:
        groups: of the rows.
        rows: element rows.
        counted: of each group whether anybody counts its pieces.
        cycle_s: ideal cycle of each row; without one nobody can say what a gap is.
    """
    apt_ns, n = rows["apt_ns"], rows["micro_n"].astype(np.int64)
    watched = (rows["flags"] & HIDES_MICRO_STOPS == 0) & (rows["count_unknown_ns"] == 0)
    no_cycle = groups.whole(np.isnan(cycle_s) & (apt_ns > 0)) > 0
    known = counted & ~no_cycle
    seen_ns = np.where(known, groups.whole(np.where(watched, apt_ns, 0)), 0)
    return {
        "micro_n": np.where(known, groups.whole(n), np.nan),
        "watched_micro_n": np.where(known, groups.whole(np.where(watched, n, 0)), np.nan),
        "watched_apt_ns": np.where(known, seen_ns, np.nan),
        "unwatched_ns": groups.whole(apt_ns) - seen_ns,
    }
