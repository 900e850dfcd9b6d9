"""Stops: found in the states, explained by people.

A stop is a whole run of delay of one machine. It is named by where it begins, so an interval's
edges never change one, and a reason given stays with it. Every answer is kept.
"""

from typing import Any

from edge.engine.now import WORDS
from edge.engine.reasons import reasons_of
from edge.engine.states import Run, runs
from edge.engine.unseen import HOUR_NS
from edge.engine.view import View
from edge.errors import Changed, NotFound, Refused
from edge.model import SECOND_NS
from edge.plant import Line, Machine
from edge.records.edits import UNSAID, Edit, keep_edit, last_edits
from edge.records.parts import read_spans
from kpi.states import State

Document = dict[str, Any]  # JSON
REACH_NS = 24 * HOUR_NS  # a stop is looked for this far beyond an interval's edges
STOPS = {State.DELAYED, State.DELAYED_EXTERNAL}


def listed(view: View, line_id: str, from_ns: int, to_ns: int) -> Document:
    """The document of `GET /stops`: stops that touch the interval, whole, newest last."""
    line, now_ns = view.line(line_id), view.clock.wall_ns()
    return {
        "as_of": view.time(now_ns),
        "stops": stops_of(view, line, from_ns, min(to_ns, now_ns)),
        "reasons": reasons_of(line.profile),
    }


def stops_of(view: View, line: Line, from_ns: int, to_ns: int) -> list[Document]:
    """All stops of a line's machines that are longer than a micro-stop."""
    spans = read_spans(view.records, line.id, from_ns - REACH_NS, to_ns + REACH_NS)
    edits = last_edits(view.records, line.id)
    found = []
    for machine in line.machines:
        own = spans.of(machine.id)
        if not len(own):
            continue
        last_ns = int(own["t1_ns"][-1])
        found += [
            document(view, line, machine, run, edits, still=run[1] == last_ns)
            for run in runs(own, int(own["t0_ns"][0]), last_ns)
            if run[2] in STOPS and run[1] > from_ns and run[0] < to_ns and is_long(machine, run)
        ]
    return sorted(found, key=lambda stop: str(stop["from"]))


def is_long(machine: Machine, run: Run) -> bool:
    """Whether a delay is more than a micro-stop."""
    return run[1] - run[0] >= (machine.micro_after_s or 0) * SECOND_NS


def document(
    view: View,
    line: Line,
    machine: Machine,
    run: Run,
    edits: dict[str, Edit],
    *,
    still: bool,
) -> Document:
    """One stop as JSON."""
    name = f"{line.id}/{machine.id}/{run[0]}"
    word, cause = WORDS[run[2]]
    return {
        "id": name,
        "line": line.id,
        "machine": machine.id,
        "from": view.time(run[0]),
        "to": None if still else view.time(run[1]),
        "seconds": (run[1] - run[0]) / SECOND_NS,
        "state": word,
        "cause": cause,
        **edits.get(name, UNSAID)._asdict(),
    }


def explain(view: View, stop: str, version: int, reason: str | None, note: str | None) -> Document:
    """Give a stop its reason; all former answers are kept.

    Raises:
        NotFound: no such stop.
        Refused: no such reason.
        Changed: somebody else was faster; the present answer is in it.
    """
    found = find(view, stop)
    known = [one["id"] for one in reasons_of(view.line(str(found["line"])).profile)]
    if reason is not None and reason not in known:
        raise Refused(f"'{reason}' is no reason; take one of {', '.join(known)}")
    edit = Edit(version + 1, reason, note)
    if not keep_edit(view.records, str(found["line"]), stop, edit, view.clock.wall_ns()):
        raise Changed(find(view, stop))
    return {**found, **edit._asdict()}


def find(view: View, stop: str) -> Document:
    """The stop of a name.

    Raises:
        NotFound: no machine stopped then.
    """
    line_id, _, begin = stop.partition("/")[0], None, stop.rpartition("/")[2]
    if begin.isdigit():
        for found in stops_of(view, view.line(line_id), int(begin), int(begin) + 1):
            if found["id"] == stop:
                return found
    raise NotFound(f"there is no stop '{stop}'; `/stops` lists those of an interval")


def by_reason(view: View, line_id: str, from_ns: int, to_ns: int) -> Document:
    """The answer of `GET /kpis?by=reason`: seconds and number of stops, longest first."""
    line = view.line(line_id)
    totals: dict[tuple[str | None, str], list[float]] = {}
    for stop in stops_of(view, line, from_ns, min(to_ns, view.clock.wall_ns())):
        if stop["machine"] != line.line_state:
            continue
        entry = totals.setdefault((stop["reason"], state_name(stop)), [0.0, 0])
        entry[0] += stop["seconds"]
        entry[1] += 1
    rows: list[Document] = [
        {"reason": reason, "state": state, "seconds": seconds, "n": int(n)}
        for (reason, state), (seconds, n) in totals.items()
    ]
    return {"reasons": sorted(rows, key=lambda row: row["seconds"], reverse=True)}


def state_name(stop: Document) -> str:
    """`delayed` or `delayed:external`."""
    return "delayed:external" if stop["cause"] == "external" else "delayed"
