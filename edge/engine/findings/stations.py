"""Findings between the stations of a line: what comes out of one was made by the one before.

A finding is a code, the station, how many pieces, and of how many.
"""

from collections.abc import Iterator, Mapping
from itertools import groupby, pairwise
from math import fsum, isnan
from typing import NamedTuple

from edge.engine.findings.machine_lints import SHARE, Part
from edge.engine.machine.cycles import counted_in
from edge.site import Line, Machine

Found = tuple[str, str, float, float]


class Station(NamedTuple):
    """What the parallel machines of a station made together."""

    id: str
    units: frozenset[str]  # what they count
    made: float
    low: float
    high: float
    good: float  # at least
    rework: float
    first: float  # presented for the first time; NaN where nobody tells


def between_stations(line: Line, parts: Mapping[str, Part]) -> Iterator[Found]:
    """All findings of a line's stations, each held against the last one before it that counts."""
    counting = stations(line, parts)
    for station in counting:
        yield from rework_twice(station, station.first)
    for before, station in pairwise(counting):
        if before.units != station.units:
            continue  # racks are no pieces
        if isnan(station.first):
            yield from rework_twice(station, before.high)
        if (more := station.good - before.high) > SHARE * before.made:
            yield "wip_drift", station.id, more, before.made


def rework_twice(station: Station, came: float) -> Iterator[Found]:
    """Reworked pieces that were counted as made again when they came back.

    There are more made than came in for the first time, and no more of them than rework explains:
    where only some are inspected, or a part of the line is not counted, it is far more.
    """
    again, noise = station.low - came, SHARE * station.made
    if noise < again <= station.rework + noise:
        yield "rework_twice", station.id, min(again, station.rework), station.made


def stations(line: Line, parts: Mapping[str, Part]) -> list[Station]:
    """The stations whose machines all count what they make, in the order of the line."""
    found = []
    for name, machines in groupby(line.machines, lambda machine: machine.station):
        station = station_of(name, list(machines), parts)
        if station is not None:
            found.append(station)
    return found


def station_of(name: str, machines: list[Machine], parts: Mapping[str, Part]) -> Station | None:
    """What a station made; None where one of its machines counts nothing."""
    units = frozenset(unit for machine in machines for unit in counted_in(machine))
    own = [parts[machine.id] for machine in machines if machine.id in parts]
    if not units or len(own) < len(machines):
        return None

    def total(element: str) -> float:
        return fsum(float(part.sums.elements[element][0]) for part in own)

    made = total("pq")
    if not made > 0:
        return None
    rework = fsum(part.sum("rq") for part in own)
    bounds = total("pq_low"), total("pq_high"), total("gq_low")
    return Station(name, units, made, *bounds, rework, total("first_in"))
