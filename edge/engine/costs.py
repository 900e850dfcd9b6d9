"""What the metered usage of a group costs: energy and materials at the prices of their day.

A used item without a price makes the cost unknown; a line that meters nothing has none.
"""

from math import fsum, nan

import numpy as np

from edge.engine.cycles import midnight_ns
from edge.engine.sums import Sums
from edge.engine.view import View
from edge.model import F64, I64
from edge.plant import Line
from edge.records.parts import Elements, read_elements

ELECTRICITY = "electricity"
FOREVER_NS = 2**63 - 1


def add_costs(view: View, line: Line, rows: Elements, sums: Sums, window: tuple[int, int]) -> None:
    """Add `cost_krw` to the sums of every group, in place."""
    kwh = rows["energy_kwh"]
    prices = priced(view, ELECTRICITY, rows["t0_ns"])
    with np.errstate(invalid="ignore"):
        won = np.where(kwh == 0, 0.0, prices * kwh)
    used = read_elements(view.records, line.id, *window, kind="usage")
    costs = []
    for mine in sums.rows:
        machine = int(rows["machine"][mine[0]])
        inside = (used["machine"] == machine) & np.isin(used["t0_ns"], rows["t0_ns"][mine])
        materials = [
            material(view, used.words[int(used["material"][at])], used, int(at))
            for at in np.flatnonzero(inside)
        ]
        costs.append(added([*won[mine].tolist(), *materials], metered=meters(line)))
    sums.elements["cost_krw"] = np.array(costs)


def meters(line: Line) -> bool:
    """Whether anything of the line's usage is measured."""
    signals = [signal for machine in line.machines for signal in machine.signals.values()]
    return any(signal.name == "energy" or signal.material for signal in signals)


def added(costs: list[float], *, metered: bool) -> float:
    """The sum; NaN where something is unknown or nothing is metered."""
    return fsum(costs) if metered and not np.isnan(costs).any() else nan


def material(view: View, item: str, used: Elements, at: int) -> float:
    """What one row of usage cost."""
    quantity = float(used["quantity"][at])
    price = float(priced(view, item, used["t0_ns"][at : at + 1])[0])
    return 0.0 if quantity == 0 else price * quantity


def priced(view: View, item: str, at_ns: I64) -> F64:
    """The price of an item at instants; NaN where none was in force."""
    found = np.full(len(at_ns), nan)
    for price in sorted(view.site.prices, key=lambda one: one.valid_from):
        if price.item == item:
            begin = midnight_ns(price.valid_from, view.zone)
            end = midnight_ns(price.valid_to, view.zone) if price.valid_to else FOREVER_NS
            holds = (at_ns >= begin) & (at_ns < end)
            found[holds] = price.value
    return found
