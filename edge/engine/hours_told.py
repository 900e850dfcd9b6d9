"""Hours that people tell: of repair, maintenance and work; none told is unknown, not zero."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.engine.groups import Grouping
from edge.model import BOOL, F64
from edge.records.parts import Elements

ALONE = ("repair_ns", "maintenance_ns")  # a shift may well have had none


def told_sums(groups: Grouping, rows: Elements, sums: dict[str, NDArray[Any]]) -> dict[str, F64]:
    """The sums of every group, NaN where nobody told any or where a part is missing.

    Args:
        groups: of the rows.
        rows: element rows.
        sums: their plain sums.
    """
    found = {name: sums[name].astype(np.float64) for name in (*ALONE, "labour_ns")}
    known = {name: each > 0 for name, each in found.items()}
    if known["labour_ns"].any():
        known["labour_ns"] &= ~with_idle_hands(groups, rows)
    return {name: np.where(known[name], each, np.nan) for name, each in found.items()}


def with_idle_hands(groups: Grouping, rows: Elements) -> BOOL:
    """Which groups hold a shift whose good pieces nobody worked for, as far as hours are told."""
    shifts = Grouping([groups.of_row, rows["production_day"], rows["shift_id"]])
    made = shifts.whole(np.nan_to_num(rows["gq"]) > 0)
    in_shift = shifts.keys[2] != 0  # a piece outside of all shifts asks for nobody's hours
    missing = in_shift & (made > 0) & (shifts.whole(rows["labour_ns"]) == 0)
    return np.bincount(shifts.keys[0][missing], minlength=len(groups)) > 0
