"""A file of facts: looked at as a whole, then stored, or not at all while anything is wrong."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from edge.engine.entering.entering import document, write
from edge.engine.entering.statements import Fault, Stater
from edge.engine.entering.statements import fault as made
from edge.engine.view import View
from edge.facts import IMPORTED, Fact
from edge.records import audit
from edge.records import facts as kept
from edge.records.audit import Actor, Change
from edge.records.facts import Outcome
from edge.tables.cells import Row, Sheet

Document = dict[str, Any]  # JSON
MOST_FAULTS = 100
SHOWN = 20
CELL = 60


class Options(NamedTuple):
    """How a file is taken."""

    preview: bool = False  # nothing is stored
    partly: bool = False  # rows without faults are stored though others have some
    who: str | None = None  # of rows that do not say


class Looked(NamedTuple):
    """What a file was found to hold."""

    facts: list[Fact]
    faults: list[Document]


def filed(view: View, name: str, sheet: Sheet, options: Options, by: Actor) -> Document:
    """Take the rows of a file of facts; the same file again adds nothing.

    Args:
        view: the site.
        name: of the file.
        sheet: what it holds.
        options: how it is taken.
        by: who brings it.
    """
    now_ns = view.clock.wall_ns()
    looked = look(Stater(view, IMPORTED, now_ns), sheet, options.who)
    stores = not options.preview and (options.partly or not looked.faults)
    if stores:
        with view.records.writing() as db:
            outcomes = kept.judged(db, looked.facts, now_ns)
            write(view, db, outcomes)
            became = counted(outcomes)
            if became["new"] + became["corrected"]:
                audit.add(db, now_ns, by, Change("facts import", name, None, {**became}))
    else:
        with view.records.reading() as db:
            outcomes = kept.judged(db, looked.facts, now_ns)
    return {
        "file": name,
        "rows": len(sheet.rows),
        "facts": len(looked.facts),
        **counted(outcomes),
        "stored": stores,
        "heading_row": sheet.heading_row,
        "sheet": sheet.name or None,
        "short_years": list(sheet.short_years),
        "left_out_columns": list(sheet.unknown),
        "faults": looked.faults[:MOST_FAULTS],
        "more_faults": max(0, len(looked.faults) - MOST_FAULTS),
        "first": [{**document(view, one.kept), "became": one.became} for one in outcomes[:SHOWN]],
    }


def counted(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """How many facts are new, the same as before, and corrections."""
    became = [one.became for one in outcomes]
    return {name: became.count(name) for name in ("new", "same", "corrected")}


def look(stater: Stater, sheet: Sheet, who: str | None) -> Looked:
    """The facts of all rows, and every fault by row and column."""
    found: dict[str, tuple[int, Fact]] = {}
    faults: list[Document] = []
    for row in sheet.rows:
        cells = {**row.cells, "who": row.cells.get("who") or who or ""}
        stated = stater.stated(cells)
        for fault in stated.faults:
            column = sheet.header.get(fault.column, fault.column)
            faults.append(fault_of(row, fault._replace(column=column)))
        for fact in stated.facts:
            number, other = found.setdefault(fact.name, (row.number, fact))
            if other != fact:
                column = sheet.header.get(fact.kind) or sheet.header.get("quantity", fact.kind)
                seen = "" if fact.quantity is None else f"{fact.quantity:g}"
                faults.append(fault_of(row, made(column, seen, "twice", n=number)))
    return Looked([fact for _, fact in found.values()], faults)


def fault_of(row: Row, fault: Fault) -> Document:
    """One fault as JSON; pages say its code in their own language."""
    seen = fault.value if len(fault.value) <= CELL else f"{fault.value[:CELL]}…"
    told = {"code": fault.code, "values": dict(fault.values)}
    where = {"row": row.number, "column": fault.column, "value": seen}
    return {**where, "message": fault.message, **told}
