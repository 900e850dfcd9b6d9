"""Why a figure has no value: what is missing first, in the order in which one would ask."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.facts import TOLD
from edge.model import F64
from kpi.arrays import divide
from kpi.catalogue.parts import can_be_true
from kpi.catalogue.registry import Measure
from kpi.verdict import publish_status

Document = dict[str, Any]  # JSON
Arrays = Mapping[str, NDArray[Any]]
HOURS = ("labour_ns", "attendance_ns", "untold_ns")


def lacks(measure: Measure, elements: Arrays, group: int) -> Document:
    """What keeps a figure of a group from having a value, and the elements that nobody knows.

    Args:
        measure: of the figure.
        elements: as the measure wants them.
        group: whose figure has no value.
    """
    mine = {name: np.asarray(elements[name])[group : group + 1] for name in measure.elements}
    absent = [name for name, one in mine.items() if np.isnan(one[0])]
    mine |= {name: elements[name][group : group + 1] for name in ("pbt_ns", *measure.depends)}
    return {"code": code_of(measure, mine, absent), "elements": absent}


def code_of(measure: Measure, mine: Arrays, absent: list[str]) -> str:
    """The first reason that holds."""
    planned_ns, rare_ns, untold_ns = (
        mine.get(name, np.zeros(1))[0] for name in ("pbt_ns", "unwatched_ns", "untold_ns")
    )
    hours = [mine[name] for name in HOURS if name in mine]
    reasons = {
        "not_planned": not planned_ns,
        "not_whole_days": "calendar_ns" in absent,
        "not_told": not {*TOLD.values()}.isdisjoint(absent) or untold_ns > 0,
        "more_work_than_attendance": len(hours) == len(HOURS) and not can_be_true(*hours)[0],
        "not_known": bool(absent),
        "read_too_rarely": insufficient(1 - divide(rare_ns, planned_ns)),
        "too_little_seen": insufficient(measure.coverage(mine)[0]),
    }
    return next((code for code, holds in reasons.items() if holds), "nothing_to_divide_by")


def insufficient(coverage: float | F64) -> bool:
    """Whether so little is covered that a figure has no value."""
    return publish_status(float(coverage)) == "insufficient"
