"""What the metered usage of a group costs: energy and materials at the prices of their day.

A used item without a price makes the cost unknown; what meters nothing has no cost.
"""

from collections.abc import Sequence
from math import fsum, nan
from typing import NamedTuple

import numpy as np

from edge.engine.figures.extract import Extract
from edge.engine.figures.loose import Touch
from edge.engine.figures.pricing import priced, rates_of
from edge.engine.figures.sums import Sums
from edge.engine.machine.counts import counts_of
from edge.engine.view import View
from edge.model import F64, I64
from edge.records.parts import Elements
from edge.site import Line, Rate
from kpi.arrays import taken
from kpi.elements import edges

ELECTRICITY = "electricity"
SIDES = {"": "amount", "_low": "low", "_high": "high"}


class Used(NamedTuple):
    """Quantities of one item, each in the row of an element table and at an instant."""

    item: str
    row: I64
    t0_ns: I64
    quantity: F64


def add_costs(
    view: View,
    line: Line,
    extract: Extract,
    sums: Sums,
    found: Sequence[Touch] = (),
    prices: Sequence[Rate] | None = None,
) -> None:
    """Add `cost_krw` and its bounds to the sums of every group, in place.

    Args:
        view: the site.
        line: whose rows they are.
        extract: the rows that were summed, and what they used.
        sums: of them.
        found: loose increments.
        prices: those that are to hold; default the site's.
    """
    rows, table = extract.rows, rates_of(view.site) if prices is None else prices
    metered = {rows.code(each.id): counts_of(line, each).meters for each in line.machines}
    metered[0] = counts_of(line, None).meters
    first = rows["machine"][sums.grouping.first].tolist()
    has = np.array([metered.get(code, False) for code in first], np.bool_)
    for side, bound in SIDES.items():
        won = np.zeros(len(rows))
        for used in items(extract, side):
            price = priced(view, table, used.item, used.t0_ns)
            np.add.at(won, used.row, taken(price, used.quantity))
        costs = sums.grouping.floats(won)
        for touch in found:
            item, more = item_of(touch.quantity), float(getattr(touch, bound))
            if more and item not in sums.elements:
                span = touch.t0_ns, touch.t1_ns
                costs[touch.group] += more * over_time(view, table, item, span)
        sums.elements[f"cost_krw{side}"] = np.where(has, costs, nan)


def items(extract: Extract, side: str = "") -> list[Used]:
    """All that was used, item by item, energy first, materials by name; or one of the bounds.

    The order is that of the names, as costs are added in it, and not that in which they came up.
    """
    rows, usage = extract
    kwh = rows[f"energy_kwh{side}"]
    metered = np.flatnonzero(~np.isnan(kwh) & (kwh != 0))
    found = [Used(ELECTRICITY, metered, rows["t0_ns"][metered], kwh[metered])]
    place = places(rows, usage)
    codes = np.unique(usage["material"]).tolist()
    for name, code in sorted((usage.words.get(code, ""), code) for code in codes):
        mine = np.flatnonzero((usage["material"] == code) & (place >= 0))
        found.append(Used(name, place[mine], usage["t0_ns"][mine], usage[f"quantity{side}"][mine]))
    return found


def item_of(quantity: str) -> str:
    """The item that prices a quantity: of energy it is electricity."""
    return ELECTRICITY if quantity == "energy_kwh" else quantity


def places(rows: Elements, usage: Elements) -> I64:
    """The row in which each usage lies: the one of its machine that begins with it; -1 = none."""
    if not len(usage):
        return np.zeros(0, np.int64)
    codes = np.unique(usage["machine"]).tolist()
    names = {code: rows.code(usage.words.get(code)) for code in codes}
    keys = zip(rows["machine"].tolist(), rows["t0_ns"].tolist(), strict=True)
    known = {key: at for at, key in enumerate(keys)}
    wanted = zip(usage["machine"].tolist(), usage["t0_ns"].tolist(), strict=True)
    return np.array([known.get((names[code], at_ns), -1) for code, at_ns in wanted], np.int64)


def over_time(view: View, rates: Sequence[Rate], item: str, span: tuple[int, int]) -> float:
    """The mean price over a span of what nobody saw come; NaN where any part has none.

    So usage over several bands or days is divided by length. Bands and days begin on quarter hours.
    """
    at_ns = edges(*span)
    each = priced(view, rates, item, at_ns[:-1])
    if (each == each[0]).all():
        return float(each[0])
    return fsum(each * np.diff(at_ns)) / (span[1] - span[0])


def mean_prices(view: View, machine: str | None, extract: Extract) -> dict[str, float]:
    """What one unit of each item cost on average in some rows; without use, the last price known.

    Usage at these prices costs exactly what it did, so they may stand for all the prices of it.
    """
    code = extract.rows.code(machine)
    last = np.array([int(extract.rows["t1_ns"].max(initial=0)) - 1], np.int64)
    table = rates_of(view.site)
    found = {each.item: float(priced(view, table, each.item, last)[0]) for each in table}
    for used in items(extract):
        mine = extract.rows["machine"][used.row] == code
        quantity = used.quantity[mine]
        price = priced(view, table, used.item, used.t0_ns[mine])
        if fsum(quantity):
            found[used.item] = fsum(price * quantity) / fsum(quantity)
    return found
