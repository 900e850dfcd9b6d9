"""Baselines: a period frozen with everything its figures depend on, before anyone promises more.

A baseline holds its days' sums, so that later restatements of those days cannot move it; the digest
of its element rows tells whether they were restated since.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from importlib.metadata import version
from typing import Any

import numpy as np

from edge.engine.figures.costs import mean_prices
from edge.engine.figures.days import Days, number, period
from edge.engine.figures.extract import Extract
from edge.engine.figures.figures import Totals
from edge.engine.figures.pricing import constant, price_of, tariff_of
from edge.engine.folding.lines import map_of
from edge.engine.machine.calendars import version_of
from edge.engine.verdicts.vouched import signals_of, vouched
from edge.engine.view import View
from edge.errors import NotFound, Refused
from edge.records import proof
from edge.records.audit import ADMIN, Actor
from edge.records.database import Records
from edge.records.elements import CODED, ELEMENT, META, NOT_COMPARED
from edge.records.parts import Elements
from edge.site import Dated, Line, Machine, Price, Rate, Tariff
from kpi.catalogue.index import MEASURES

Document = dict[str, Any]  # JSON
DATA = [name for name in ELEMENT if name not in META]
INSIDE = {"series", "signals", "samples", "tables", "unit_prices", "from_ns", "to_ns", "frozen_ns"}


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to freeze."""

    line: str
    machine: str | None
    measure: str
    from_ns: int
    to_ns: int
    name: str
    reason: str


def freeze(view: View, wish: Wish, by: Actor = ADMIN) -> Document:
    """Freeze a baseline; it never changes afterwards.

    Raises:
        NotFound: no such line or machine.
        Refused: the measure cannot be compared, the period has no day that could be used, or
            nobody says what it is called or why it was chosen.
    """
    if not wish.name.strip() or not wish.reason.strip():
        raise Refused("a baseline needs a name, and the reason why this period was chosen")
    asked = period(view, wish.line, wish.machine, wish.measure, (wish.from_ns, wish.to_ns))
    line, now_ns, window, found, _, days = asked
    if not len(days.usable()):
        raise Refused(
            f"no whole production day from {view.time(window[0])} to {view.time(window[1])} has"
            f" 95 % coverage and a value of {wish.measure}; choose another period"
        )
    signals = signals_of(line)
    facts = {
        "from": view.time(window[0]),
        "to": view.time(window[1]),
        "from_ns": window[0],
        "to_ns": window[1],
        "digest": digest(found.seen),
        "signals": signals,
        "samples": vouched(view, signals, window),
        "tables": tables(view, line, view.local_day(window[1] - 1)),
        "unit_prices": unit_prices(view, wish.machine, found),
        **series_document(days),
    }

    def make(known: Mapping[str, Document]) -> Document:
        of = wish.line, wish.machine, wish.measure
        last = max((b["version"] for b in known.values() if told_by(b) == of), default=0)
        return {**head(view, wish, last + 1, now_ns), **facts}

    return proof.keep(view.records, proof.baseline, now_ns, make, by)


def head(view: View, wish: Wish, edition: int, now_ns: int) -> Document:
    """What a baseline is of, by whom and when."""
    return {
        "version": edition,
        "name": wish.name,
        "reason": wish.reason,
        "line": wish.line,
        "machine": wish.machine,
        "measure": wish.measure,
        "unit": MEASURES[wish.measure].unit,
        "definition": MEASURES[wish.measure].definition,
        "frozen_at": view.time(now_ns),
        "frozen_ns": now_ns,
        "software": version("lineproof"),
    }


def series_document(days: Days) -> Document:
    """The days of a baseline and what they come to."""
    usable = days.usable()
    return {
        "days": len(usable),
        "value": number(usable.ratio()),
        "coverage": number(float(np.nan_to_num(days.coverage).mean())),
        "series": days.document(),
    }


def unit_prices(view: View, machine: str | None, found: Totals) -> Document:
    """What a unit of each item cost on average; null where it has no price."""
    prices = mean_prices(view, machine, Extract(found.rows, found.usage))
    return {item: number(price) for item, price in prices.items()}


def told_by(body: Document) -> tuple[str, str | None, str]:
    """What a baseline is of."""
    return body["line"], body["machine"], body["measure"]


def tables(view: View, line: Line, until: date | None = None) -> Document:
    """What figures of a line depend on besides its samples.

    Args:
        view: the site.
        line: the line.
        until: single days of the calendar after it do not count; None = all do.
    """
    tariffs = [{k: plain(v) for k, v in t._asdict().items()} for t in view.site.tariffs]
    return {
        "ideal_cycles": {machine.id: cycles(machine) for machine in line.machines},
        "state_maps": {machine.id: map_of(machine) for machine in line.machines},
        "thresholds": {m.id: [m.micro_after_s, m.stop_after_s] for m in line.machines},
        "prices": [{k: text(v) for k, v in p._asdict().items()} for p in view.site.prices],
        **({"tariffs": tariffs} if tariffs else {}),
        "calendar": hashlib.sha256(version_of(view.site, line, until).encode()).hexdigest(),
    }


def text(value: object) -> object:
    """A day as text; anything else as it is."""
    return value.isoformat() if isinstance(value, date) else value


def plain(value: object) -> object:
    """The same of tuples too, which become lists."""
    return [plain(each) for each in value] if isinstance(value, tuple) else text(value)


def cycles(machine: Machine) -> Document:
    """The ideal cycles of a machine: by product, values with the day from which they hold."""
    return {
        product: [[entry.value, text(entry.valid_from)] for entry in dated]
        for product, dated in machine.ideal_cycle_s.items()
    }


def frozen_line(view: View, body: Document) -> Line:
    """The line with the ideal cycles of a baseline; what held later than it is left out."""
    line, until = view.line(body["line"]), view.time(body["to_ns"] - 1)[:10]
    known = body["tables"]["ideal_cycles"]
    machines = tuple(
        replace(machine, ideal_cycle_s=dated(known.get(machine.id, {}), until))
        for machine in line.machines
    )
    return replace(line, machines=machines)


def dated(known: Document, until: str) -> dict[str, tuple[Dated, ...]]:
    """Ideal cycles as the site's vocabulary has them."""
    return {
        product: tuple(
            Dated(float(value), date.fromisoformat(day) if day else None)
            for value, day in entries
            if not day or day <= until
        )
        for product, entries in known.items()
    }


def prices_then(body: Document) -> list[Rate]:
    """The prices and tariffs of the site when a baseline was frozen, by which its days count."""
    known = body["tables"]
    prices = [price_of([each[name] for name in Price._fields]) for each in known["prices"]]
    tariffs = [[e[n] for n in Tariff._fields] for e in known.get("tariffs", ())]
    return [*prices, *(tariff_of(each) for each in tariffs)]


def frozen_prices(body: Document) -> list[Price]:
    """The prices of a baseline: what a unit of each item cost on average in it."""
    return constant(body["unit_prices"])


def digest(rows: Elements) -> str:
    """SHA-256 of element rows, whatever numbers this site gave to its words.

    It covers what two tables must share to be equal: neither revision and status nor
    the flag of late data.
    """
    machines = np.array([text or "" for text in rows.texts("machine")], np.str_)
    order, total = np.lexsort((rows["t0_ns"], machines)), hashlib.sha256()
    for name in DATA:
        column = rows[name][order]
        total.update(f"{name} {len(column)}\n".encode())
        if name in CODED:
            words = [rows.words.get(code) for code in column.tolist()]
            total.update(json.dumps(words, ensure_ascii=False).encode())
            continue
        if name == "flags":
            column &= ~NOT_COMPARED
        total.update(np.ascontiguousarray(column, column.dtype.newbyteorder("<")).tobytes())
    return total.hexdigest()


def listed(view: View) -> Document:
    """All baselines, without their days, and the measures of which there can be one.

    Which side of a baseline is better stands with it; null where its measure has none.
    """
    found = proof.kept(view.records, proof.baseline).values()
    measures = [name for name, one in MEASURES.items() if one.parts]
    better = {name: MEASURES[name].better for name in measures}
    told = [{**brief(body), "better": better.get(body["measure"])} for body in found]
    return {"baselines": told, "measures": measures}


def brief(body: Document) -> Document:
    """A baseline without its days and tables."""
    return {key: value for key, value in body.items() if key not in INSIDE}


def shown(view: View, baseline: str) -> Document:
    """One baseline with its days.

    Raises:
        NotFound: with the ids there are.
    """
    known = proof.kept(view.records, proof.baseline)
    if baseline not in known:
        ids = ", ".join(known) or "none"
        raise NotFound(f"there is no baseline '{baseline}'; there are {ids}")
    return known[baseline]


def agreed_on(records: Records, target: Document) -> list[Document]:
    """The baselines of a target, one a line.

    Raises:
        NotFound: one is no longer there, as after damage to the records; with what to do.
    """
    known = proof.kept(records, proof.baseline)
    lost = [one for one in target["baselines"] if one not in known]
    if lost:
        raise NotFound(
            f"target '{target['id']}' cannot be judged: its baseline"
            f" {', '.join(map(repr, lost))} is no longer in records.db; restore records.db from a"
            " backup that has it, or freeze a baseline and set the target anew"
        )
    return [known[one] for one in target["baselines"]]


def frozen_days(body: Document) -> Days:
    """The frozen days of a baseline."""
    return Days.of_document(body["series"])
