"""A desk for tests of facts: a morning of one machine, and people who say something of it."""

from pathlib import Path
from typing import Any

from edge.engine.entering.entering import write
from edge.engine.folding.anew import Refold
from edge.engine.view import View
from edge.facts import Fact
from edge.model import SECOND_NS, Row
from edge.records import facts as kept
from edge.site import Kind, Machine, Signal
from tests.unit.edge.fold_desk import MAP, Desk, at, machine, moved, signal, site_of

TEN_S = 10 * SECOND_NS
NOW = at("+1 09:00")


def counting(*names: str, **more: Any) -> Machine:  # noqa: ANN401 - any key of a machine
    """A body with a state and these signals."""
    told: list[Signal] = [signal("body", "state", Kind.STATE, map=MAP)]
    texts = {"product", "order"}
    told += [signal("body", n, Kind.TEXT if n in texts else Kind.COUNTER) for n in names]
    return machine("body", *told, **more)


def desk_in(folder: Path, *names: str, name: str = "records", **more: Any) -> Desk:  # noqa: ANN401 - any key of a machine
    """A desk on the day after."""
    desk = Desk(site_of(counting(*names, **more)), folder, name)
    desk.clock.now_ns = NOW
    return desk


def morning(desk: Desk, begin: str = "08:00", end: str = "12:00") -> list[Row]:
    """Rows of a machine that makes a good piece a second, and one of fifty scrap where counted."""
    times = range(at(begin), at(end) + 1, TEN_S)
    known = {path.split("/")[-1] for path in desk.memory.paths.values()}
    passed = [(t - at("08:00")) // SECOND_NS for t in times]
    rows = desk.told("body", "state", *[(t, 1) for t in times])
    if "good" in known:
        rows += desk.told("body", "good", *zip(times, passed, strict=True))
    if "scrap" in known:
        rows += desk.told(
            "body", "scrap", *[(t, n // 50) for t, n in zip(times, passed, strict=True)]
        )
    if "total" in known:
        rows += desk.told(
            "body", "total", *[(t, n + n // 50) for t, n in zip(times, passed, strict=True)]
        )
    return moved(rows, NOW)


def fact(kind: str, from_: str, to: str | None, quantity: float | None, **more: Any) -> Fact:  # noqa: ANN401 - any key of a fact
    """A fact of the body; of an instant where it has no end."""
    span = at(from_), at(to or from_)
    keys = {"name": f"{kind} {from_} {to} {more}", "line": "mask", "machine": "body", **more}
    return Fact(kind=kind, from_ns=span[0], to_ns=span[1], quantity=quantity, **keys)


def enter(desk: Desk, *facts: Fact) -> None:
    """Tell facts as a person or a file would, without folding."""
    view = View(
        desk.site,
        desk.memory,
        desk.records,
        desk.clock,
        Refold(desk.site, desk.memory, desk.records),
    )
    with desk.records.writing() as db:
        write(view, db, kept.judged(db, facts, desk.clock.now_ns))
