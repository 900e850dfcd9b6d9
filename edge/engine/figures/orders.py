"""Orders that were planned, how far they have come, and what a plan asks of a shift."""

from typing import Any

import numpy as np

from edge.engine.figures.documents import whole
from edge.engine.figures.figures import Totals, totals
from edge.engine.machine.placing import place
from edge.engine.view import View
from edge.facts import PLAN, Fact
from edge.records import facts as kept
from edge.site import Line

Document = dict[str, Any]  # JSON
PIECES = {"good": "gq", "made": "pq", "scrap": "sq"}


def orders(view: View, line_id: str, from_ns: int, to_ns: int) -> Document:
    """The document of `GET /lines/{id}/orders`: plans that touch an interval, by their begin.

    What was made of an order is counted from its planned begin up to now, whenever it was made.
    """
    line, now_ns = view.line(line_id), view.clock.wall_ns()
    planned = plans(view, line, from_ns, to_ns)
    begin_ns = min((fact.from_ns for fact in planned), default=now_ns)
    made = totals(view, line, (begin_ns, now_ns), "order") if begin_ns < now_ns else None
    return {
        "as_of": view.time(now_ns),
        "orders": [document(view, fact, made, now_ns) for fact in planned],
    }


def plans(view: View, line: Line, from_ns: int, to_ns: int) -> list[Fact]:
    """The plans of a line that hold and touch an interval, by their begin."""
    with view.records.reading() as db:
        found = kept.holding(db, line.id, from_ns, to_ns, kinds=(PLAN,))
    return [one.fact for one in found]


def document(view: View, fact: Fact, made: Totals | None, now_ns: int) -> Document:
    """One order as JSON; what nobody counts is null."""
    counts = {name: None if made is None else of_order(made, fact, name) for name in PIECES}
    placed = place(fact, view.calendars[fact.line].hours(fact.from_ns, fact.end_ns))
    due_now = placed.within(np.array([fact.from_ns]), np.array([max(fact.from_ns, now_ns)]))
    return {
        "order": fact.order,
        "product": fact.product,
        "lot": fact.lot,
        "machine": fact.machine,
        "planned": whole(fact.quantity or 0.0),
        "from": view.time(fact.from_ns),
        "to": view.time(fact.to_ns),
        "due": fact.due,
        "target_now": float(due_now[0]),
        **counts,
    }


def of_order(made: Totals, fact: Fact, name: str) -> float | int | None:
    """What was made of an order; by product alone where a plan names no order."""
    column, text = ("order", fact.order) if fact.order else ("product", fact.product)
    rows, sums = made.rows, made.sums
    code = rows.code(text)
    named = rows[column][sums.grouping.first] == code
    mine = [i for i in made.of(fact.machine) if code > 0 and named[i]]
    values = [float(sums.elements[PIECES[name]][i]) for i in mine]
    return whole(sum(values)) if values else 0


def planned_in(view: View, line: Line, from_ns: int, to_ns: int) -> int | None:
    """The pieces that plans ask of a shift, by the planned time they share; None without any."""
    found = [fact for fact in plans(view, line, from_ns, to_ns) if fact.machine is None]
    if not found:
        return None
    edges = np.array([from_ns, to_ns], np.int64)
    span = min(fact.from_ns for fact in found), max(fact.end_ns for fact in found)
    hours = view.calendars[line.id].hours(*span)
    never = (-(1 << 62), 1 << 62)
    return int(sum(float(place(fact, hours).pieces(edges, never)[0]) for fact in found))
