"""What a good piece costs now against the baseline, item by item: usage, price, tariff.

Only less usage is credited. By Bennet usage is told at mean prices and prices at mean usage, so
that both add up to the change of the bill.
"""

from collections import defaultdict
from math import fsum, isfinite, nan
from typing import Any, NamedTuple

import numpy as np

from edge.engine.figures.costs import ELECTRICITY, items
from edge.engine.figures.extract import Extract
from edge.engine.figures.figures import totals
from edge.engine.figures.pricing import priced, rates_of
from edge.engine.verdicts import baselines
from edge.engine.verdicts.decomposition import Part, Split
from edge.engine.view import View, day_text
from edge.model import BOOL, F64
from edge.records.parts import Elements
from kpi.cost import UsageOnly, bennet, usage_only

Document = dict[str, Any]  # JSON
NOT_KEPT = ("exchange", "absorption")  # no foreign prices and no fixed costs are kept


class Used(NamedTuple):
    """What some days used, and what they made of it."""

    quantity: dict[str, float]
    won: dict[str, float]  # at the prices of the baseline, or of the day
    good: float


class Columns(NamedTuple):
    """Items of both sides: prices, and usage per good piece."""

    items: list[str]
    price: tuple[F64, F64]
    usage: tuple[F64, F64]

    @property
    def whole(self) -> tuple[F64, F64, F64, F64]:
        """As `kpi.cost` takes them."""
        return self.price[0], self.usage[0], self.price[1], self.usage[1]


def columns(view: View, frozen: list[Document], days: tuple[list[str], list[str]]) -> Columns:
    """Both sides of a comparison, item by item."""
    sides = [
        used(view, frozen, set(mine), before=i == 0)
        for i, mine in enumerate(days)  # before, after
    ]
    names = sorted({name for side in sides for name in side.quantity})
    prices, usage = [], []
    for side in sides:
        quantity = np.array([side.quantity.get(name, 0.0) for name in names], np.float64)
        won = np.array([side.won.get(name, 0.0) for name in names], np.float64)
        prices.append(np.divide(won, quantity, out=np.full(len(names), nan), where=quantity > 0))
        usage.append(quantity / side.good if side.good > 0 else np.full(len(names), nan))
    idle = [~(one > 0) for one in usage]  # what a side did not use has there the other's price
    price = tuple(np.where(idle[i], prices[1 - i], prices[i]) for i in range(2))
    return Columns(names, (price[0], price[1]), (usage[0], usage[1]))


def used(view: View, frozen: list[Document], days: set[str], *, before: bool) -> Used:
    """What the chosen days of all lines used."""
    quantity, won, good = (
        defaultdict[str, list[float]](list),
        defaultdict[str, list[float]](list),
        0.0,
    )
    for body in frozen:
        line = baselines.frozen_line(view, body)
        window = (
            (body["from_ns"], body["to_ns"]) if before else (body["to_ns"], view.clock.wall_ns())
        )
        table = baselines.frozen_prices(body) if before else rates_of(view.site)
        found = totals(view, line, window, "day", table)
        mine = chosen(found.rows, body["machine"], days)
        good += fsum(found.rows["gq"][mine].tolist())
        for each in items(Extract(found.rows, found.usage)):
            at = mine[each.row]
            amount, t0_ns = each.quantity[at], each.t0_ns[at]
            quantity[each.item].append(fsum(amount.tolist()))
            won[each.item].append(fsum((amount * priced(view, table, each.item, t0_ns)).tolist()))
    return Used(added(quantity), added(won), good)


def added(parts: dict[str, list[float]]) -> dict[str, float]:
    """The sum of each item's parts."""
    return {item: fsum(each) for item, each in parts.items()}


def chosen(rows: Elements, machine: str | None, days: set[str]) -> BOOL:
    """The rows of a machine, or of the line, on some production days."""
    known = {int(day): day_text(int(day)) in days for day in np.unique(rows["production_day"])}
    wanted = [day for day, is_in in known.items() if is_in]
    found: BOOL = (rows["machine"] == rows.code(machine)) & np.isin(rows["production_day"], wanted)
    return found


def bill(of: Columns, unit: str, ends: tuple[float, float]) -> Split:
    """The change of the bill per good piece."""
    blank = Split("bill", unit, "bennet", ends)
    if not of.items or not all(np.isfinite(one).all() for one in of.usage):
        return blank._replace(reason="no_figure")
    found = bennet(*of.whole)
    if not isfinite(found.total):
        return blank._replace(reason="price_missing")
    parts = [
        Part("usage", float(amount), item)
        for item, amount in zip(of.items, found.usage, strict=True)
    ]
    for item, amount in zip(of.items, found.price, strict=True):
        parts.append(Part("tariff" if item == ELECTRICITY else "price", float(amount), item))
    parts += [Part(code, nan, None, "not_kept") for code in NOT_KEPT]
    return blank._replace(parts=tuple(parts))


def less_used(of: Columns) -> UsageOnly:
    """How much less is used, at the prices before, at those of now, and between both."""
    return usage_only(*of.whole)
