"""A site as JSON and back: what figures depend on besides samples, and nothing else of it.

No address, no user and no secret is part of the vocabulary, so none can come into a package.
"""

from dataclasses import asdict, replace
from datetime import date
from typing import Any

from edge.engine.figures.pricing import day_of, price_of, tariff_of
from edge.site import (
    Dated,
    Day,
    Kind,
    Line,
    Machine,
    Reason,
    Shift,
    Signal,
    Site,
    Week,
)

Document = dict[str, Any]  # JSON
AT_HOME = ("demands", "peaks")  # of the whole factory, and in no figure of a package


def tables(site: Site, lines: list[str], symbols: Document) -> Document:
    """What figures of some lines depend on beside samples, and the texts behind symbols."""
    told = site_document(site, lines)
    return {"format": "lineproof-tables/1", "site": told, "symbols": symbols}


def site_document(site: Site, lines: list[str]) -> Document:
    """The site with some of its lines; the others stay at home."""
    mine = replace(site, lines=tuple(line for line in site.lines if line.id in lines))
    found: Document = plain(asdict(mine))
    return {key: value for key, value in found.items() if key not in AT_HOME}


def plain(value: Any) -> Any:  # noqa: ANN401 - what dataclasses hold
    """A value as JSON holds it: days and kinds as texts, tuples as lists."""
    match value:
        case dict():
            return {str(key): plain(each) for key, each in value.items()}
        case list() | tuple():
            return [plain(each) for each in value]
        case date():
            return value.isoformat()
        case Kind():
            return value.value
        case _:
            return value


def site_of(document: Document) -> Site:
    """The site that `site_document` was given, with the lines that it was asked for."""
    lines = tuple(line_of(each) for each in document["lines"])
    prices = tuple(price_of(each) for each in document["prices"])
    more = {
        "tariffs": tuple(tariff_of(each) for each in document.get("tariffs", ())),
        "reasons": tuple(reason_of(each) for each in document.get("reasons", ())),
    }
    return Site(**{**document, "lines": lines, "prices": prices, **more})


def line_of(document: Document) -> Line:
    """A line."""
    shifts = tuple(shift_of(each) for each in document["shifts"])
    machines = tuple(machine_of(each) for each in document["machines"])
    closed = tuple(date.fromisoformat(day) for day in document["closed"])
    more = {
        "weeks": tuple(week_of(each) for each in document.get("weeks", ())),
        "days": tuple(single_of(each) for each in document.get("days", ())),
    }
    known = {**document, "machines": machines, "shifts": shifts, "closed": closed}
    return Line(**{**known, **more})


def week_of(row: list[Any]) -> Week:
    """The shifts of a line from a day on."""
    valid_from, shifts = row
    return Week(date.fromisoformat(valid_from), tuple(shift_of(each) for each in shifts))


def single_of(row: list[Any]) -> Day:
    """A day that is not as its week is."""
    day, closed, shifts = row
    return Day(date.fromisoformat(day), closed, tuple(shift_of(each) for each in shifts))


def shift_of(document: Document) -> Shift:
    """A shift; packages of before plans were dated have none of these."""
    breaks = tuple((begin, end) for begin, end in document["breaks"])
    plans = tuple(Dated(value, day_of(day)) for value, day in document.get("plans", ()))
    return Shift(**{**document, "breaks": breaks, "plans": plans})


def machine_of(document: Document) -> Machine:
    """A machine."""
    signals = {
        name: Signal(**{**each, "kind": Kind(each["kind"])})
        for name, each in document["signals"].items()
    }
    cycles = {
        product: tuple(Dated(value, day_of(day)) for value, day in dated)
        for product, dated in document["ideal_cycle_s"].items()
    }
    return Machine(**{**document, "signals": signals, "ideal_cycle_s": cycles})


def reason_of(row: list[Any]) -> Reason:
    """A reason for stops."""
    name, ko, en, vi, line, valid_from, valid_to, offered = row
    span = date.fromisoformat(valid_from), day_of(valid_to)
    return Reason(name, ko, en, vi, line, *span, offered)
