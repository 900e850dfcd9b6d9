"""Why a figure has no value: what is missing first, in the order in which one would ask."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.facts import TOLD
from kpi.catalogue.parts import can_be_true
from kpi.catalogue.registry import Measure
from kpi.verdict import publish_status

Document = dict[str, Any]  # JSON
Arrays = Mapping[str, NDArray[Any]]
HOURS = dict.fromkeys(("labour_ns", "attendance_ns", "untold_ns"))


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
    if not mine["pbt_ns"][0]:
        return "not_planned"
    if "calendar_ns" in absent:
        return "not_whole_days"
    if not {*TOLD.values()}.isdisjoint(absent) or mine.get("untold_ns", np.zeros(1))[0] > 0:
        return "not_told"
    if mine.keys() >= HOURS.keys() and not can_be_true(*(mine[name] for name in HOURS))[0]:
        return "more_work_than_attendance"
    if absent:
        return "not_known"
    known = publish_status(float(measure.coverage(mine)[0])) != "insufficient"
    return "nothing_to_divide_by" if known else "too_little_seen"
