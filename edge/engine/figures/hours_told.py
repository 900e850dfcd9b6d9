"""Hours that people tell: of repair, maintenance, work and attendance; none told is unknown."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.engine.figures.groups import Grouping
from edge.model import BOOL, F64, I64
from edge.records.parts import Elements

ALONE = ("repair_ns", "maintenance_ns")  # a shift may well have had none
WORK, ATTENDANCE = "labour_ns", "attendance_ns"


def told_sums(groups: Grouping, rows: Elements, sums: dict[str, NDArray[Any]]) -> dict[str, F64]:
    """The sums of every group, NaN where nobody told any or where a part is missing.

    Args:
        groups: of the rows.
        rows: element rows.
        sums: their plain sums.
    """
    found = {name: sums[name].astype(np.float64) for name in (*ALONE, WORK, ATTENDANCE)}
    known = {name: each > 0 for name, each in found.items()}
    untold_ns: I64 = sums["pbt_ns"]
    if known[WORK].any() or known[ATTENDANCE].any():
        shifts = Grouping([groups.of_row, rows["production_day"], rows["shift_id"]])
        known[WORK] &= ~lacking_hours(shifts, rows, len(groups))
        told = known[WORK] | known[ATTENDANCE]
        untold_ns = np.where(told, half_told_ns(shifts, rows, len(groups)), untold_ns)
    elements = {name: np.where(known[name], each, np.nan) for name, each in found.items()}
    return elements | {"untold_ns": untold_ns}


def lacking_hours(shifts: Grouping, rows: Elements, n: int) -> BOOL:
    """Which of n groups hold a shift with good pieces of which nobody tells hours of work."""
    missing = made_in(shifts, rows) & (shifts.whole(rows[WORK]) == 0)
    return np.bincount(shifts.keys[0][missing], minlength=n) > 0


def half_told_ns(shifts: Grouping, rows: Elements, n: int) -> I64:
    """Of n groups the planned time of shifts with people, of which not both hours are told.

    There were people where good pieces were made, or where anybody tells hours of either kind.
    """
    both = [shifts.whole(rows[name]) > 0 for name in (WORK, ATTENDANCE)]
    lacks = (made_in(shifts, rows) | both[0] | both[1]) & ~(both[0] & both[1])
    planned_ns = np.where(lacks, shifts.whole(rows["pbt_ns"]), 0)
    found = np.zeros(n, np.int64)
    np.add.at(found, shifts.keys[0], planned_ns)
    return found


def made_in(shifts: Grouping, rows: Elements) -> BOOL:
    """Which shifts made good pieces; one outside of all shifts asks for nobody's hours."""
    made = shifts.whole(np.nan_to_num(rows["gq"]) > 0)
    return np.asarray((made > 0) & (shifts.keys[2] != 0), np.bool_)
