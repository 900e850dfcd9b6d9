"""The states of machines over an interval, without gaps: that nobody knows is a state too."""

from collections.abc import Collection
from typing import Any, NamedTuple

from edge.engine.floor.schedule import QUIET, edges, scheduled
from edge.engine.view import View
from edge.model import HOUR_NS
from edge.records.parts import Elements, read_spans
from edge.site import Line
from kpi.states import State

Document = dict[str, Any]  # JSON
REACH_NS = 26 * HOUR_NS
FURTHEST_NS = 64 * REACH_NS
WORDS = {
    State.UNKNOWN: ("unknown", None),
    State.PRODUCING: ("producing", None),
    State.SETUP: ("setup", None),
    State.DELAYED: ("delayed", "internal"),
    State.DELAYED_EXTERNAL: ("delayed", "external"),
    State.IDLE: ("idle", None),
    State.PLANNED_DOWN: ("planned_down", None),
    State.NOT_SCHEDULED: ("not_scheduled", None),
}


class Run(NamedTuple):
    """One state of a machine, from its begin to its end however often it was cut."""

    t0_ns: int
    t1_ns: int
    state: State
    product: str | None = None  # at its begin


def line_states(view: View, line_id: str, from_ns: int, to_ns: int) -> Document:
    """The document of `GET /lines/{id}/states`; what has not happened yet is left out."""
    line, now_ns = view.line(line_id), view.clock.wall_ns()
    end_ns = max(from_ns, min(to_ns, now_ns))
    spans = read_spans(view.records, line.id, from_ns, end_ns)
    shown = {
        machine.id: by_calendar(view, line, gapless(spans.of(machine.id), from_ns, end_ns))
        for machine in line.machines
    }
    return {
        "as_of": view.time(now_ns),
        "line": line.id,
        "from": view.time(from_ns),
        "to": view.time(to_ns),
        "machines": [
            {"id": m.id, "name": m.name, "spans": [document(view, run) for run in shown[m.id]]}
            for m in line.machines
        ],
    }


def gapless(spans: Elements, from_ns: int, to_ns: int) -> list[Run]:
    """Spans of one machine joined where they were only cut, with the unknown in between."""
    found: list[Run] = []
    at_ns = from_ns
    columns = (spans[name].tolist() for name in ("t0_ns", "t1_ns", "state", "product"))
    for start, end, state, product in zip(*columns, strict=True):
        begin, finish = max(start, from_ns), min(end, to_ns)
        if finish <= at_ns:
            continue
        if begin > at_ns:
            add(found, Run(at_ns, begin, State.UNKNOWN))
        name = spans.words.get(product)
        add(found, Run(max(begin, at_ns), finish, State(state), name))
        at_ns = finish
    if at_ns < to_ns:
        add(found, Run(at_ns, to_ns, State.UNKNOWN))
    return found


def add(found: list[Run], run: Run) -> None:
    """Add a run, or lengthen the last one."""
    if found and found[-1].state is run.state and found[-1].t1_ns == run.t0_ns:
        found[-1] = found[-1]._replace(t1_ns=run.t1_ns)
    else:
        found.append(run)


def by_calendar(view: View, line: Line, runs: list[Run]) -> list[Run]:
    """Quiet runs cut where breaks and off time begin, and named after them."""
    if not runs:
        return runs
    hours = view.calendars[line.id].hours(runs[0].t0_ns, runs[-1].t1_ns)
    all_edges, found = edges(hours), list[Run]()
    for run in runs:
        if run.state not in QUIET:
            add(found, run)
            continue
        inside = all_edges[(all_edges > run.t0_ns) & (all_edges < run.t1_ns)].tolist()
        for begin, end in zip([run.t0_ns, *inside], [*inside, run.t1_ns], strict=True):
            add(found, Run(begin, end, scheduled(hours, run.state, begin)))
    return found


def document(view: View, run: Run) -> Document:
    """One run as JSON."""
    word, cause = WORDS[run.state]
    from_, to = view.time(run.t0_ns), view.time(run.t1_ns)
    return {"state": word, "cause": cause, "from": from_, "to": to}


def whole_runs(
    view: View, line: Line, window: tuple[int, int], wanted: Collection[State]
) -> dict[str, list[Run]]:
    """Of each machine all runs of some states that touch a window, from begin to end.

    What is read is widened until no such run reaches its edges, so a run is the same whatever the
    window.
    """
    reach_ns = REACH_NS
    while True:
        from_ns, to_ns = window[0] - reach_ns, window[1] + reach_ns
        spans = read_spans(view.records, line.id, from_ns, to_ns)
        found = {m.id: touching(spans.of(m.id), window, wanted) for m in line.machines}
        every = [run for runs in found.values() for run in runs]
        inside = all(run.t0_ns > from_ns and run.t1_ns < to_ns for run in every)
        if inside or reach_ns >= FURTHEST_NS:
            return found
        reach_ns *= 4


def touching(spans: Elements, window: tuple[int, int], wanted: Collection[State]) -> list[Run]:
    """The runs of some states that touch a window."""
    if not len(spans):
        return []
    runs = gapless(spans, int(spans["t0_ns"][0]), int(spans["t1_ns"][-1]))
    near = (run for run in runs if run.t1_ns > window[0] and run.t0_ns < window[1])
    return [run for run in near if run.state in wanted]
