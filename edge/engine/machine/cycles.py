"""Ideal cycles: how long one piece may take at best, by product and by day.

A product that nobody gave a cycle has none (NaN); it never borrows another product's.
"""

from math import isnan, nan
from zoneinfo import ZoneInfo

import numpy as np

from edge.engine.machine.turns import Turns
from edge.site import Dated, Line, Machine
from kpi.dated import EVER_NS, midnight_ns
from kpi.dated import in_force as held


def in_force(values: tuple[Dated, ...], at_ns: int, zone: ZoneInfo) -> float:
    """The value that holds at an instant; NaN before them."""
    begins = [midnight_ns(each.valid_from, zone) if each.valid_from else EVER_NS for each in values]
    return float(held(np.array([at_ns]), begins, [each.value for each in values])[0])


def ideal_s(machine: Machine, product: str | None, at_ns: int, zone: ZoneInfo) -> float:
    """Ideal seconds per piece of a product on one machine; NaN where nobody gave them."""
    return in_force(machine.ideal_cycle_s.get(product or "", ()), at_ns, zone)


def line_ideal_s(line: Line, product: str | None, at_ns: int, zone: ZoneInfo) -> float:
    """Ideal seconds per piece of a line: the slowest of its stations in series.

    n parallel machines of one station share the work: their rates add up. Stations without a
    cycle for the product are passed over, and those that count something else than the exit does,
    such as racks where it counts pieces; NaN where none is left.
    """
    rates: dict[str, float] = {}
    wanted = {unit for machine in line.machines if machine.exit for unit in counted_in(machine)}
    for machine in line.machines:
        cycle_s = ideal_s(machine, product, at_ns, zone)
        alike = not wanted or counted_in(machine) <= wanted
        if alike and not isnan(cycle_s):
            rates[machine.station] = rates.get(machine.station, 0.0) + 1 / cycle_s
    return 1 / min(rates.values()) if rates else nan


def counted_in(machine: Machine) -> set[str]:
    """What a machine's counters of output count: pieces, racks, sheets; nothing without any."""
    return {machine.signals[name].unit for name in ("good", "total") if name in machine.signals}


def shortest_s(machine: Machine) -> float:
    """The shortest of all cycles a machine was ever given; NaN without any."""
    cycles = [entry.value for dated in machine.ideal_cycle_s.values() for entry in dated]
    return min(cycles, default=nan)


def cycle_turns(*machines: Machine, zone: ZoneInfo) -> set[int]:
    """The instants at which an ideal cycle of some machines begins to hold, but since ever."""
    return {
        midnight_ns(entry.valid_from, zone)
        for machine in machines
        for dated in machine.ideal_cycle_s.values()
        for entry in dated
        if entry.valid_from is not None
    }


def cycles_at(machine: Machine, at_ns: int, zone: ZoneInfo) -> dict[str, tuple[Dated, ...]]:
    """The ideal cycles that hold at an instant, by product."""
    held = {p: in_force(dated, at_ns, zone) for p, dated in machine.ideal_cycle_s.items()}
    return {p: (Dated(value, None),) for p, value in held.items() if not isnan(value)}


def only_products(machine: Machine, zone: ZoneInfo) -> Turns[str | None]:
    """The product that a machine's single ideal cycle names, from when to when.

    None where it has several or none.
    """

    def single(at_ns: int) -> str | None:
        held = cycles_at(machine, at_ns, zone)
        return next(iter(held)) if len(held) == 1 else None

    return Turns.of(cycle_turns(machine, zone=zone), single)
