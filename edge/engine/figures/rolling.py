"""Yields rolled along a line: those of its stations, multiplied, in the rows of the line itself.

Machines of one station are one: their pieces are added first. The station that the line ends with
is the line's own row, whose counts are its exit's. A station without a yield leaves none.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.engine.figures.sums import Sums
from edge.model import F64, I64
from edge.records.parts import Elements
from edge.site import Line
from kpi.arrays import divide
from kpi.catalogue.index import MEASURES
from kpi.catalogue.registry import STATION_ELEMENTS, Measure
from kpi.formulas import Bounds, rolled

NONE = -1
OF_STATION: Mapping[str, Measure] = {
    "first_rolled": MEASURES["first_pass_yield"],
    "unit_rolled": MEASURES["quality_count"],
}
"""What is multiplied, by the element that it makes."""
Arrays = Mapping[str, NDArray[Any]]


def of_station(measure: Measure) -> Measure | None:
    """The yield of a station behind a measure of all of them; None of any other measure."""
    return OF_STATION.get(measure.elements[0])


def rolled_sums(line: Line, rows: Elements, sums: Sums, elements: Arrays) -> dict[str, F64]:
    """The elements that all stations give together; NaN for groups of a machine.

    Args:
        line: whose rows they are.
        rows: of the line and all its machines.
        sums: of the rows, per group.
        elements: of the groups, as measures want them.
    """
    own, stations = places(line, rows, sums)
    found = {name: np.full(len(sums), np.nan) for name in STATION_ELEMENTS}
    unknown_ns = elements["count_unknown_ns"].astype(np.float64)
    if len(own):
        shares = [uncounted(elements, station) for station in stations]
        unknown_ns[own] = np.fmax.reduce(shares) * elements["pbt_ns"][own]
    for name, measure in OF_STATION.items() if len(own) else ():
        each = [measure.of(together(measure.elements, elements, at)) for at in stations]
        ends = rolled(Bounds(*(np.stack(column) for column in zip(*each, strict=True))))
        for end, column in zip(("_low", "", "_high"), ends, strict=True):
            found[f"{name}{end}"][own] = column
    return found | {"station_unknown_ns": unknown_ns}


def places(line: Line, rows: Elements, sums: Sums) -> tuple[I64, list[I64]]:
    """The groups of the line itself, and of each station those of its machines beside them.

    Returns:
        Shape (own,), and of each station (machines, own); NONE where a machine has no such group.
    """
    keys = [tuple(key) for key in sums.keys.tolist()]  # groups, not samples
    group = {key: i for i, key in enumerate(keys)}
    own = [i for i, key in enumerate(keys) if key[0] == rows.code(None)]
    stations: dict[str, list[list[int]]] = {}
    for machine in line.machines:
        code = rows.code(machine.id)
        beside = own if machine.exit else [group.get((code, *keys[i][1:]), NONE) for i in own]
        mine = stations.setdefault(machine.station, [])
        if not machine.exit or not mine:
            mine.append(beside)
    return np.array(own, np.int64), [np.array(each, np.int64) for each in stations.values()]


def together(names: tuple[str, ...], elements: Arrays, station: I64) -> dict[str, F64]:
    """Elements of the machines of a station added; one that made nothing adds nothing."""
    there = station != NONE
    some = there.any(axis=0)
    return {
        name: np.where(some, np.where(there, elements[name][station], 0).sum(axis=0), np.nan)
        for name in names
    }


def uncounted(elements: Arrays, station: I64) -> F64:
    """The share of its planned time in which nobody knows what a station made."""
    found = together(("count_unknown_ns", "pbt_ns"), elements, station)
    return divide(found["count_unknown_ns"], found["pbt_ns"])


def most(shares: F64, stations: tuple[I64, list[I64]]) -> F64:
    """Of every group of the line the greatest share of any machine that it rolls; else 0."""
    own, every = stations
    found = np.zeros(len(shares))
    for station in every if len(own) else ():
        each = np.where(station != NONE, shares[station], 0.0)
        found[own] = np.maximum(found[own], each.max(axis=0))
    return found
