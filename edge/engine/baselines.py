"""Baselines: a period frozen with everything its figures depend on, before anyone promises more.

A baseline holds its days' sums, so that later restatements of those days cannot move it; the digest
of its element rows tells whether they were restated since.
"""

import hashlib
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from edge.engine.calendars import version_of
from edge.engine.days import Days, by_day, number
from edge.engine.reading import rows_between
from edge.engine.view import View
from edge.errors import NotFound, Refused
from edge.plant import Line
from edge.records import proof
from edge.records.elements import CODED, ELEMENT, META
from kpi.catalogue.index import MEASURES

Document = dict[str, Any]  # JSON
DATA = [name for name in ELEMENT if name not in META]


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


def freeze(view: View, wish: Wish) -> Document:
    """Freeze a baseline; it never changes afterwards.

    Raises:
        NotFound: no such line or machine.
        Refused: the measure cannot be compared, or the period has no day that could be used.
    """
    line, now_ns = view.line(wish.line), view.clock.wall_ns()
    view.machine(wish.line, wish.machine)
    window = wish.from_ns, min(wish.to_ns, now_ns)
    if window[1] <= window[0]:
        raise Refused(f"{view.time(wish.from_ns)} to {view.time(wish.to_ns)} holds nothing yet")
    days = by_day(view, line, wish.machine, wish.measure, window)
    if not len(days.usable()):
        raise Refused("no day of the period has 95 % coverage; choose another period")
    known = proof.kept(view.records, proof.baseline)
    same = [b for b in known.values() if told_by(b) == (wish.line, wish.machine, wish.measure)]
    body = {
        "id": f"b{len(known) + 1}",
        "version": len(same) + 1,
        "name": wish.name,
        "reason": wish.reason,
        "line": wish.line,
        "machine": wish.machine,
        "measure": wish.measure,
        "unit": MEASURES[wish.measure].unit,
        "definition": MEASURES[wish.measure].definition,
        "from": view.time(window[0]),
        "to": view.time(window[1]),
        "from_ns": window[0],
        "to_ns": window[1],
        "days": len(days.usable()),
        "value": number(days.usable().ratio()),
        "coverage": number(float(np.nan_to_num(days.coverage).mean())),
        "frozen_at": view.time(now_ns),
        "digest": digest(view, line, window),
        "tables": tables(view, line),
        "software": version("lineproof"),
        "series": days.document(),
    }
    proof.keep(view.records, proof.baseline, "frozen_ns", now_ns, body)
    return body


def told_by(body: Document) -> tuple[str, str | None, str]:
    """What a baseline is of."""
    return body["line"], body["machine"], body["measure"]


def tables(view: View, line: Line) -> Document:
    """What figures of a line depend on besides its samples."""
    cycles = {
        machine.id: {product: list(map(str, dated)) for product, dated in m.items()}
        for machine in line.machines
        if (m := machine.ideal_cycle_s)
    }
    maps = {
        signal.path: dict(signal.map)
        for machine in line.machines
        for signal in machine.signals.values()
        if signal.map
    }
    prices = [{k: str(v) for k, v in asdict_of(price).items()} for price in view.site.prices]
    calendar = hashlib.sha256(version_of(view.site, line).encode()).hexdigest()
    return {"ideal_cycles": cycles, "state_maps": maps, "prices": prices, "calendar": calendar}


def asdict_of(price: Any) -> Document:  # noqa: ANN401 - a named tuple
    """A named tuple by its fields."""
    found: Document = price._asdict()
    return found


def digest(view: View, line: Line, window: tuple[int, int]) -> str:
    """SHA-256 of the element rows of a window, whatever numbers this site gave to its words."""
    rows = rows_between(view, line, *window)
    machines = [text or "" for text in rows.texts("machine")]
    order = np.lexsort((rows["t0_ns"], np.array(machines, dtype=np.str_)))
    total = hashlib.sha256()
    for name in DATA:
        column = rows[name][order]
        if name in CODED:
            words = (rows.words.get(code) or "" for code in column.tolist())
            total.update("\n".join(words).encode())
        else:
            total.update(np.ascontiguousarray(column).tobytes())
    return total.hexdigest()


def listed(view: View) -> Document:
    """All baselines, without their days."""
    found = proof.kept(view.records, proof.baseline).values()
    return {"baselines": [brief(body) for body in found]}


def brief(body: Document) -> Document:
    """A baseline without its days."""
    return {key: value for key, value in body.items() if key not in {"series", "tables"}}


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


def days_of(body: Document) -> Days:
    """The frozen days of a baseline."""
    return Days.of_document(body["series"])
