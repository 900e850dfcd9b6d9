"""Output of planned time apart from all other: what is divided by planned time was made in it.

Pieces made in a break, behind a shift or on a day without one are pieces, and count as such; no
figure per planned hour may take them. They are told beside it.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.engine.figures.groups import Grouping
from edge.engine.view import View
from edge.model import BOOL, F64
from edge.records.parts import Elements

PLANNED = ("pq", "gq", "sq", "gq_low", "gq_high")
TOLD = ("pq", "gq")


def planned_name(name: str) -> str:
    """`gq` -> `planned_gq`."""
    return f"planned_{name}"


def unplanned_name(name: str) -> str:
    """`gq` -> `unplanned_gq`."""
    return f"unplanned_{name}"


def counting(view: View, rows: Elements) -> BOOL:
    """Which rows' output figures over planned time count; by definitions of before all rows'."""
    planned = rows["planned"].astype(np.bool_)
    return np.ones_like(planned) if view.counts_unplanned else planned


def planned_sums(
    groups: Grouping, rows: Elements, sums: dict[str, NDArray[Any]], inside: BOOL
) -> dict[str, F64]:
    """The output of planned time, and that of all other time, of every group.

    Args:
        groups: of the rows.
        rows: element rows.
        sums: all output of every group.
        inside: which rows count, as `counting` says.
    """
    found: dict[str, F64] = {}
    for name in PLANNED:
        outside = np.where(inside, 0.0, rows[name]).any()  # rarely is there anything
        own = groups.floats(np.where(inside, rows[name], 0.0)) if outside else sums[name].copy()
        found[planned_name(name)] = own
    return found | unplanned_sums(groups, rows, sums)


def unplanned_sums(
    groups: Grouping, rows: Elements, sums: dict[str, NDArray[Any]]
) -> dict[str, F64]:
    """The output of all time that was not planned; NaN where nobody counts it.

    Who has no row outside of planned time made nothing there, if anybody counts at all.
    """
    outside = ~rows["planned"].astype(np.bool_)
    told = groups.whole(outside) > 0
    found: dict[str, F64] = {}
    for name in TOLD:
        made = groups.floats(np.where(outside, rows[name], 0.0))
        found[unplanned_name(name)] = np.where(~told & np.isnan(sums[name]), np.nan, made)
    return found
