"""What the used items of a figure cost: item by item, price by price, band by band.

The rows add up to the cost that the figure divides; an item without a price has none, and neither
has the figure.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import fsum, nan
from typing import Any, NamedTuple

import numpy as np

from edge.engine.figures.costs import Used, item_of, items, over_time
from edge.engine.figures.days import number
from edge.engine.figures.extract import Extract
from edge.engine.figures.figures import Totals
from edge.engine.figures.pricing import holding, hours_of, of_item, priced, rates_of
from edge.engine.view import View
from edge.entries import BANDS, SEASONS
from edge.model import BOOL, F64, I64
from edge.site import Rate, Tariff
from kpi.arrays import taken

Document = dict[str, Any]  # JSON
NONE = -1


class Priced(NamedTuple):
    """Some use of one item: which of its prices held, in which hours, and what a unit cost."""

    rate: I64  # place among the prices of the item; -1 = none held
    season: I64  # -1 where the price does not ask for the hour
    band: I64
    factor: F64  # what the rate of the band was multiplied by
    won: F64  # a unit; NaN = unknown

    def distinct(self) -> Iterator[BOOL]:
        """The places of each different price, in the order of rates, seasons, bands and prices."""
        columns = np.stack([*self[:4], np.nan_to_num(self.won, nan=NONE)], axis=1)
        _, place = np.unique(columns, axis=0, return_inverse=True)
        place = place.reshape(-1)
        for i in range(int(place.max(initial=NONE)) + 1):
            yield place == i


def charges(
    view: View,
    found: Totals,
    mine: I64,
    loose: Iterable[Mapping[str, Any]],
    prices: Sequence[Rate] | None = None,
) -> list[Document]:
    """What each item of some rows cost at each of its prices.

    Args:
        view: the site.
        found: all rows of the window.
        mine: places of those that are meant.
        loose: what no bucket may claim, and whether it lies in the window whole.
        prices: those that are to hold; default the site's.
    """
    table, told = rates_of(view.site) if prices is None else prices, list[Document]()
    for used in items(Extract(found.rows, found.usage)):
        own = np.isin(used.row, mine)
        chosen = Used(used.item, used.row[own], used.t0_ns[own], used.quantity[own])
        told += [*of_used(view, of_item(table, used.item), table, chosen)]
    return [*told, *of_loose(view, table, found, loose)]


def of_used(
    view: View, rates: Sequence[Rate], table: Sequence[Rate], used: Used
) -> Iterator[Document]:
    """The rows of one item."""
    each = told_prices(view, rates, table, used)
    for at in each.distinct():
        first = int(np.flatnonzero(at)[0])
        quantity, won = used.quantity[at], each.won[at]
        rate = rates[each.rate[first]] if each.rate[first] != NONE else None
        hours = int(each.season[first]), int(each.band[first]), float(each.factor[first])
        yield {
            **row(used.item, rate, hours, float(won[0])),
            "quantity": fsum(quantity),
            "cost_krw": number(fsum(taken(won, quantity))),
            "buckets": int(at.sum()),
        }


def told_prices(view: View, rates: Sequence[Rate], table: Sequence[Rate], used: Used) -> Priced:
    """The price of every use of one item."""
    place = holding(view, rates, used.t0_ns)
    season, band = np.full(len(place), NONE), np.full(len(place), NONE)
    factor = np.ones(len(place))
    for i, rate in enumerate(rates):
        at = place == i
        if isinstance(rate, Tariff):
            season[at], band[at], factor[at] = hours_of(rate, used.t0_ns[at])
    return Priced(place, season, band, factor, priced(view, table, used.item, used.t0_ns))


def of_loose(
    view: View, table: Sequence[Rate], found: Totals, loose: Iterable[Mapping[str, Any]]
) -> Iterator[Document]:
    """The rows of what no bucket may claim: at the mean price of the time over which it came."""
    for each in loose:
        item, amount = item_of(str(each["quantity"])), float(each["amount"] or 0.0)
        if each["whole"] and amount and item not in found.sums.elements:
            price = over_time(view, table, item, (int(each["t0_ns"]), int(each["t1_ns"])))
            yield {
                **row(item, None, (NONE, NONE, 1.0), price),
                "quantity": amount,
                "cost_krw": number(price * amount),
                "buckets": 0,
            }


def row(item: str, rate: Rate | None, hours: tuple[int, int, float], won: float = nan) -> Document:
    """What is told of a price: whose it is, in which hours, since when, and what a unit costs."""
    season, band, factor = hours
    return {
        "item": item,
        "contract": rate.contract if isinstance(rate, Tariff) else None,
        "season": None if season == NONE else SEASONS[season],
        "band": None if band == NONE else BANDS[band],
        "factor": factor,
        "unit": (rate.unit or None) if rate else None,  # a mean price has none, and no first day
        "valid_from": rate.valid_from.isoformat() if rate and rate.unit else None,
        "price_krw": number(won),
    }
