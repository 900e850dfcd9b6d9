"""What the metered usage of a group costs: energy and materials at the prices of their day.

A used item without a price makes the cost unknown; what meters nothing has no cost.
"""

from collections.abc import Sequence
from datetime import date
from math import fsum, nan
from typing import NamedTuple

import numpy as np

from edge.engine.counts import counts_of
from edge.engine.cycles import midnight_ns
from edge.engine.extract import Extract
from edge.engine.loose import Touch
from edge.engine.sums import Sums
from edge.engine.view import View
from edge.model import F64, I64
from edge.records.parts import Elements
from edge.site import Line, Price, Rate, Site
from kpi import tariff
from kpi.arrays import taken
from kpi.tariff import SEOUL_OFFSET_NS

OWN = "KRW"  # what costs are told in; prices in another currency need its rate of exchange
ELECTRICITY = "electricity"
LONG_AGO = date(1970, 1, 1)
FOREVER_NS = 2**63 - 1


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
    """Add `cost_krw` to the sums of every group, in place.

    Args:
        view: the site.
        line: whose rows they are.
        extract: the rows that were summed, and what they used.
        sums: of them.
        found: loose increments.
        prices: those that are to hold; default the site's.
    """
    rows, table = extract.rows, rates_of(view.site) if prices is None else prices
    won = np.zeros(len(rows))
    for used in items(extract):
        price = priced(view, table, used.item, used.t0_ns)
        np.add.at(won, used.row, taken(price, used.quantity))
    costs = sums.grouping.floats(won)
    for touch in found:
        item = ELECTRICITY if touch.quantity == "energy_kwh" else touch.quantity
        if touch.amount and item not in sums.elements:
            at_ns = np.array([touch.t1_ns], np.int64)
            costs[touch.group] += touch.amount * float(priced(view, table, item, at_ns)[0])
    metered = {rows.code(each.id): counts_of(line, each).meters for each in line.machines}
    metered[0] = counts_of(line, None).meters
    first = rows["machine"][sums.grouping.first].tolist()
    has = np.array([metered.get(code, False) for code in first], np.bool_)
    sums.elements["cost_krw"] = np.where(has, costs, nan)


def items(extract: Extract) -> list[Used]:
    """All that was used, item by item; energy first."""
    rows, usage = extract
    kwh = rows["energy_kwh"]
    metered = np.flatnonzero(~np.isnan(kwh) & (kwh != 0))
    found = [Used(ELECTRICITY, metered, rows["t0_ns"][metered], kwh[metered])]
    place = places(rows, usage)
    for code in np.unique(usage["material"]).tolist():
        mine = np.flatnonzero((usage["material"] == code) & (place >= 0))
        name = usage.words.get(code, "")
        found.append(Used(name, place[mine], usage["t0_ns"][mine], usage["quantity"][mine]))
    return found


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


def rates_of(site: Site) -> list[Rate]:
    """All prices and tariffs of a site."""
    return [*site.prices, *site.tariffs]


def priced(view: View, rates: Sequence[Rate], item: str, at_ns: I64) -> F64:
    """The price of an item at instants in the site's currency; NaN where none was in force."""
    found = np.full(len(at_ns), nan)
    for rate in sorted(rates, key=lambda one: one.valid_from):
        if rate.item == item:
            begin = midnight_ns(rate.valid_from, view.zone)
            end = midnight_ns(rate.valid_to, view.zone) if rate.valid_to else FOREVER_NS
            held = (at_ns >= begin) & (at_ns < end)
            found[held] = worth(rate, at_ns[held])
            currency = rate.unit.partition("/")[0]
            if currency not in ("", OWN, item):
                found[held] *= priced(view, rates, currency, at_ns[held])
    return found


def worth(rate: Rate, at_ns: I64) -> F64:
    """What a rate says at instants in which it is in force, in its own currency."""
    if isinstance(rate, Price):
        return np.full(len(at_ns), rate.value)
    contract, holidays, last = rate.contract, rate.holidays, rate.deferred_until
    months = (at_ns + SEOUL_OFFSET_NS).astype("datetime64[ns]").astype("datetime64[M]")
    seasons = tariff.season(months.astype(np.int64) % 12 + 1)
    bands = tariff.band(at_ns, contract=contract, holidays=holidays, deferred_until=last)
    factor = tariff.energy_factor(at_ns, contract=contract, holidays=holidays, deferred_until=last)
    return np.asarray(np.array(rate.rates)[seasons, bands] * factor, np.float64)


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


def constant(prices: dict[str, float | None]) -> list[Price]:
    """Prices that hold at all times; an item without one has none."""
    return [Price(item, value, "", LONG_AGO) for item, value in prices.items() if value is not None]
