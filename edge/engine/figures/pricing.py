"""What one unit of an item costs at an instant: flat prices, tariffs by the hour, other currencies.

Of the prices of an item the one that began last and has not ended holds; where there is none, the
price is unknown.
"""

from collections.abc import Sequence
from datetime import date
from math import nan
from typing import Any, Protocol

import numpy as np

from edge.engine.view import View
from edge.model import F64, I64
from edge.site import Price, Rate, Site, Tariff
from kpi import tariff
from kpi.dated import in_force, midnight_ns

OWN = "KRW"  # what costs are told in; prices in another currency need its rate of exchange
LONG_AGO = date(1970, 1, 1)
FOREVER_NS = 2**63 - 1


def rates_of(site: Site) -> list[Rate]:
    """All prices and tariffs of a site."""
    return [*site.prices, *site.tariffs]


def of_item(rates: Sequence[Rate], item: str) -> list[Rate]:
    """The prices of one item by the day on which they begin."""
    return sorted((one for one in rates if one.item == item), key=lambda one: one.valid_from)


class Spanned(Protocol):
    """What holds from a local day on, perhaps up to another."""

    @property
    def valid_from(self) -> date:
        """The first day."""
        ...

    @property
    def valid_to(self) -> date | None:
        """The day with which it ends; None has no end."""
        ...


def holding(view: View, rates: Sequence[Spanned], at_ns: I64) -> I64:
    """Which of the prices of one item is in force at each instant; -1 where none is.

    Args:
        view: for the zone in which days begin.
        rates: of one item, as `of_item` gives them.
        at_ns: the instants.
    """
    spans = [
        (
            midnight_ns(rate.valid_from, view.zone),
            midnight_ns(rate.valid_to, view.zone) if rate.valid_to else FOREVER_NS,
        )
        for rate in rates
    ]
    turns = sorted({edge for span in spans for edge in span})
    last = [
        max((i for i, (begin, end) in enumerate(spans) if begin <= turn < end), default=-1)
        for turn in turns
    ]
    return np.nan_to_num(in_force(at_ns, turns, last), nan=-1.0).astype(np.int64)


def priced(view: View, rates: Sequence[Rate], item: str, at_ns: I64) -> F64:
    """The price of an item at instants in the site's currency; NaN where none was in force."""
    mine, found = of_item(rates, item), np.full(len(at_ns), nan)
    place = holding(view, mine, at_ns)
    for i, rate in enumerate(mine):
        held = place == i
        found[held] = worth(rate, at_ns[held])
        currency = rate.unit.partition("/")[0]
        if currency not in ("", OWN, item):
            found[held] *= priced(view, rates, currency, at_ns[held])
    return found


def worth(rate: Rate, at_ns: I64) -> F64:
    """What a rate says at instants in which it is in force, in its own currency."""
    if isinstance(rate, Price):
        return np.full(len(at_ns), rate.value)
    seasons, bands, factor = hours_of(rate, at_ns)
    return np.asarray(np.array(rate.rates)[seasons, bands] * factor, np.float64)


def hours_of(rate: Tariff, at_ns: I64) -> tuple[I64, I64, F64]:
    """Season and band of each instant as `kpi.tariff` counts them, and what multiplies the rate."""
    contract, holidays, last = rate.contract, rate.holidays, rate.deferred_until
    months = (at_ns + tariff.SEOUL_OFFSET_NS).astype("datetime64[ns]").astype("datetime64[M]")
    seasons = tariff.season(months.astype(np.int64) % 12 + 1)
    bands = tariff.band(at_ns, contract=contract, holidays=holidays, deferred_until=last)
    factor = tariff.energy_factor(at_ns, contract=contract, holidays=holidays, deferred_until=last)
    return seasons.astype(np.int64), bands.astype(np.int64), factor


def constant(prices: dict[str, float | None]) -> list[Price]:
    """Prices that hold at all times; an item without one has none."""
    return [Price(item, value, "", LONG_AGO) for item, value in prices.items() if value is not None]


def price_of(row: list[Any]) -> Price:
    """A price, of its fields as JSON holds them."""
    item, value, unit, valid_from, valid_to = row
    return Price(item, value, unit, date.fromisoformat(valid_from), day_of(valid_to))


def tariff_of(row: list[Any]) -> Tariff:
    """A tariff, of its fields as JSON holds them."""
    item, contract, rates, unit, valid_from, valid_to, holidays, deferred = row
    table = tuple(tuple(season) for season in rates)
    span = date.fromisoformat(valid_from), day_of(valid_to)
    days = tuple(date.fromisoformat(day) for day in holidays)
    return Tariff(item, contract, table, unit, *span, days, day_of(deferred))


def day_of(text: str | None) -> date | None:
    """A day, or none."""
    return date.fromisoformat(text) if text else None
