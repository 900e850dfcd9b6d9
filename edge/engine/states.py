"""The states of machines over an interval, without gaps: that nobody knows is a state too."""

from typing import Any

from edge.engine.now import WORDS, scheduled
from edge.engine.view import View
from edge.plant import Line
from edge.records.parts import Elements, read_spans
from kpi.states import State

Document = dict[str, Any]  # JSON
Run = tuple[int, int, State]  # from, to, what


def line_states(view: View, line_id: str, from_ns: int, to_ns: int) -> Document:
    """The document of `GET /lines/{id}/states`."""
    line, now_ns = view.line(line_id), view.clock.wall_ns()
    end_ns = max(from_ns, min(to_ns, now_ns))
    spans = read_spans(view.records, line.id, from_ns, end_ns)
    machines = [
        {
            "id": machine.id,
            "name": machine.name,
            "spans": [span(view, line, run) for run in runs(spans.of(machine.id), from_ns, end_ns)],
        }
        for machine in line.machines
    ]
    return {
        "as_of": view.time(now_ns),
        "line": line.id,
        "from": view.time(from_ns),
        "to": view.time(to_ns),
        "machines": machines,
    }


def runs(spans: Elements, from_ns: int, to_ns: int) -> list[Run]:
    """Spans joined where they were only cut, with the unknown in between."""
    found: list[Run] = []
    at_ns = from_ns
    columns = (spans[name].tolist() for name in ("t0_ns", "t1_ns", "state"))
    for start, end, state in zip(*columns, strict=True):
        begin, finish = max(start, from_ns), min(end, to_ns)
        if finish <= at_ns:
            continue
        if begin > at_ns:
            add(found, (at_ns, begin, State.UNKNOWN))
        add(found, (max(begin, at_ns), finish, State(state)))
        at_ns = finish
    if at_ns < to_ns:
        add(found, (at_ns, to_ns, State.UNKNOWN))
    return found


def add(found: list[Run], run: Run) -> None:
    """Add a run, or lengthen the last one."""
    if found and found[-1][2] is run[2] and found[-1][1] == run[0]:
        found[-1] = found[-1][0], run[1], run[2]
    else:
        found.append(run)


def span(view: View, line: Line, run: Run) -> Document:
    """One run as JSON."""
    word, cause = WORDS[scheduled(view, line, run[2], run[0])]
    return {"state": word, "cause": cause, "from": view.time(run[0]), "to": view.time(run[1])}
