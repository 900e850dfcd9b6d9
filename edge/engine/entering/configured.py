"""The dated tables as the configuration has them, in the form of entries."""

from collections.abc import Callable, Iterator
from typing import Any

from edge.engine.floor.stop_tiles import OFFERED
from edge.entries import BANDS, CALENDARS, CYCLES, PRICES, REASONS, SEASONS
from edge.site import Line, Shift, Site, Tariff

Document = dict[str, Any]  # JSON
Row = tuple[str, Document]  # kind and entry


def configured(site: Site, table: str) -> list[Document]:
    """What the configuration says of a table, as entries without a number."""
    return [
        {
            "id": None,
            "version": None,
            "kind": kind,
            "origin": "configuration",
            "entry": entry,
            "note": None,
            "who": None,
            "entered": None,
            "withdrawn": False,
        }
        for kind, entry in ROWS[table](site)
    ]


def prices(site: Site) -> Iterator[Row]:
    """Prices, rates of exchange, tariffs, and what the greatest power costs and was."""
    for price in site.prices:
        yield "price", plain(price._asdict())
    yield from (("tariff", tariff_document(tariff)) for tariff in site.tariffs)
    yield from (("demand", plain(demand._asdict())) for demand in site.demands)
    for peak in site.peaks:
        yield "peak", {"month": peak.month.isoformat()[:7], "value": peak.value}


def tariff_document(tariff: Tariff) -> Document:
    """A tariff with its rates by season and band."""
    by_season = [dict(zip(BANDS, rates, strict=True)) for rates in tariff.rates]
    rates = dict(zip(SEASONS, by_season, strict=True))
    return {**plain(tariff._asdict()), "rates": rates}


def cycles(site: Site) -> Iterator[Row]:
    """Ideal cycles; without a day they hold since ever."""
    for line in site.lines:
        for machine in line.machines:
            for product, dated in machine.ideal_cycle_s.items():
                own = {"line": line.id, "machine": machine.id, "product": product}
                for one in dated:
                    yield "cycle", {**own, **plain(one._asdict())}


def calendars(site: Site) -> Iterator[Row]:
    """The weeks of every line, its closed days and its single days."""
    for line in site.lines:
        own = {"line": line.id}
        yield "week", {**own, "valid_from": None, "shifts": shifts(line.shifts)}
        for week in line.weeks:
            day = str(week.valid_from)
            yield "week", {**own, "valid_from": day, "shifts": shifts(week.shifts)}
        yield from (("day", {**own, **each}) for each in days(line))


def days(line: Line) -> Iterator[Document]:
    """The days of a line that are not as their week is."""
    for day in line.closed:
        yield {"day": str(day), "closed": True, "shifts": []}
    for one in line.days:
        yield {"day": str(one.day), "closed": one.closed, "shifts": shifts(one.shifts)}


def reasons(site: Site) -> Iterator[Row]:
    """The reasons of this release by sector, and those of the site."""
    for line in site.lines:
        for each in OFFERED.sectors.get(line.profile, ()):
            yield "reason", {**each, "line": line.id}
    for each in OFFERED.common:
        yield "reason", dict(each)
    for reason in site.reasons:
        yield "reason", plain(reason._asdict())


def shifts(found: tuple[Shift, ...]) -> list[Document]:
    """Shifts as entries have them."""
    return [
        {
            "name": shift.name,
            "start": shift.start,
            "end": shift.end,
            "days": shift.days,
            "breaks": [list(pair) for pair in shift.breaks],
            "plan": [plain(plan._asdict()) for plan in shift.plans] or shift.plan,
        }
        for shift in found
    ]


def plain(values: Document) -> Document:
    """Days as texts, tuples as lists."""
    return {name: said(value) for name, value in values.items()}


def said(value: Any) -> Any:  # noqa: ANN401 - what the site's vocabulary holds
    """One value as JSON has it."""
    if isinstance(value, tuple):
        return [said(each) for each in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


ROWS: dict[str, Callable[[Site], Iterator[Row]]] = {
    PRICES: prices,
    CYCLES: cycles,
    CALENDARS: calendars,
    REASONS: reasons,
}
