"""What a figure does not know and what it leaves out, each with its reason."""

from typing import Any, Protocol

import numpy as np

from edge.engine.explaining.sources import Source
from edge.engine.folding.lines import LineRules
from edge.engine.machine.gather import CODE, state_of
from edge.engine.view import View
from edge.ledger import Gap, SetAside
from edge.model import BOOL, SECOND_NS, STATUS_UNCERTAIN_CLOCK
from edge.records.parts import Elements, read_spans
from edge.site import Machine, Signal
from kpi.states import State

Document = dict[str, Any]  # JSON


class Accounts(Protocol):
    """What is known of what was lost or set aside."""

    def gaps(self, from_ns: int, to_ns: int) -> list[Gap]:
        """What the sources themselves lost in an interval."""
        ...

    def set_aside(self, from_ns: int, to_ns: int) -> list[SetAside]:
        """Rows set aside that came in an interval, by source and reason."""
        ...


def gaps(
    view: View,
    accounts: Accounts,
    subject: tuple[LineRules, Machine | None, list[Source]],
    rows: tuple[Elements, BOOL],
    window: tuple[int, int],
) -> Document:
    """Time of which something is not known.

    Args:
        view: the site.
        accounts: of its sources.
        subject: whose figure, and what tells it.
        rows: the rows of the figure, and which of them are time that nobody saw.
        window: [from_ns, to_ns).
    """
    rules, machine, told = subject
    every, is_unseen = rows
    ids, planned = {source.signal.source for source in told}, every["planned"].astype(np.bool_)
    uncounted = planned & (every["count_unknown_ns"] > 0)
    return {
        "state_unknown": unknown_states(view, rules, machine, window),
        "count_unknown": spans(view, every, uncounted, "count_unknown_ns"),
        "unseen": spans(view, every, is_unseen & planned, "unknown_ns"),
        "sources": [
            {
                "source": gap.source,
                "reason": gap.reason,
                "from": view.time(gap.from_ns),
                "to": view.time(gap.to_ns),
            }
            for gap in accounts.gaps(*window)
            if gap.source in ids
        ],
    }


def spans(view: View, rows: Elements, chosen: BOOL, name: str) -> list[Document]:
    """Neighbouring buckets with unknown time as one, with the seconds of it."""
    found: list[list[int]] = []
    order = np.flatnonzero(chosen)[np.argsort(rows["t0_ns"][chosen], kind="stable")]
    for at in order.tolist():  # buckets, not samples
        t0_ns, t1_ns, unknown_ns = (int(rows[each][at]) for each in ("t0_ns", "t1_ns", name))
        if found and found[-1][1] == t0_ns:
            found[-1][1:] = [t1_ns, found[-1][2] + unknown_ns]
        else:
            found.append([t0_ns, t1_ns, unknown_ns])
    return [
        {"from": view.time(t0), "to": view.time(t1), "seconds": ns / SECOND_NS}
        for t0, t1, ns in found
    ]


def unknown_states(
    view: View, rules: LineRules, machine: Machine | None, window: tuple[int, int]
) -> list[Document]:
    """Each stretch of unknown state and why it began: silence, Bad quality, an unmapped value."""
    own = machine or rules.line_state
    found = read_spans(view.records, rules.line.id, *window).of(own.id)
    signal, documents = state_of(own), list[Document]()
    for at in np.flatnonzero(found["state"] == State.UNKNOWN).tolist():
        t0_ns = max(int(found["t0_ns"][at]), window[0])
        t1_ns = min(int(found["t1_ns"][at]), window[1])
        why, value = because(view, signal, t0_ns) if signal else ("no_signal", None)
        if documents and documents[-1]["to"] == view.time(t0_ns):
            documents[-1]["to"] = view.time(t1_ns)
            continue
        span = {"machine": own.id, "from": view.time(t0_ns), "to": view.time(t1_ns)}
        documents.append({**span, "why": why, "value": value})
    return documents


def because(view: View, signal: Signal, at_ns: int) -> tuple[str, float | str | None]:
    """Why a state was unknown from an instant on, and the value that said so."""
    last = view.reader.before([signal.path], at_ns + 1)[signal.path]
    if not len(last.source_ns):
        return "never_told", None
    status, value = int(last.status[0]), float(last.value[0])
    if status & CODE == STATUS_UNCERTAIN_CLOCK:
        return "doubtful_time", value
    if status >> 30 or np.isnan(value):
        return "not_good", None
    text = view.reader.symbols().get(int(value), "") if signal.values_are_text else f"{value:g}"
    return ("silent", None) if text in signal.map else ("not_in_state_map", text)


def exclusions(
    view: View, accounts: Accounts, told: list[Source], rows: Elements, window: tuple[int, int]
) -> Document:
    """What was there and is not in the figure."""
    ids = {source.signal.source for source in told}
    outside = ~rows["planned"].astype(np.bool_)
    return {
        "not_planned": not_planned(view, rows, outside),
        "set_aside": [
            {"source": one.source, "reason": one.reason, "rows": one.rows}
            for one in accounts.set_aside(*window)
            if one.source in ids
        ],
    }


def not_planned(view: View, rows: Elements, outside: BOOL) -> list[Document]:
    """Breaks, maintenance and time outside shifts; neighbours of one kind as one."""
    found: list[Document] = []
    order = np.flatnonzero(outside)[np.argsort(rows["t0_ns"][outside], kind="stable")]
    for at in order.tolist():  # buckets, not samples
        why = "planned_down" if rows["pot_ns"][at] else "not_scheduled"
        begin, end = view.time(int(rows["t0_ns"][at])), view.time(int(rows["t1_ns"][at]))
        pieces = float(np.nan_to_num(rows["pq"][at]))
        if found and (found[-1]["to"], found[-1]["why"]) == (begin, why):
            found[-1]["to"] = end
            found[-1]["pieces"] += pieces
        else:
            found.append({"from": begin, "to": end, "why": why, "pieces": pieces})
    return found
