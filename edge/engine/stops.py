"""Stops: found in the states, explained by people.

A stop is a whole run of delay of one machine, longer than a micro-stop. It is named by where it
begins, so an interval's edges never change one, and a reason given stays with it. Every answer is
kept.
"""

from math import isnan
from typing import Any

from edge.engine.conditions import stale_after_s
from edge.engine.cycles import ideal_s
from edge.engine.reasons import reasons_of
from edge.engine.saying import Said
from edge.engine.states import WORDS, Run, whole_runs
from edge.engine.view import View
from edge.errors import Changed, NotFound, Refused
from edge.model import SECOND_NS
from edge.records import proof
from edge.records.audit import Actor
from edge.records.parts import read_spans
from edge.records.proof import Edit
from edge.site import Line, Machine
from kpi.states import State

Document = dict[str, Any]  # JSON
STOPS = {State.DELAYED, State.DELAYED_EXTERNAL}
LOSSES = {*STOPS, State.SETUP}
LEAST_MICRO_S = 3.0  # of the default, which is twice the ideal cycle (`kpi.md` 5.3)


def listed(view: View, line_id: str, from_ns: int, to_ns: int) -> Document:
    """The document of `GET /stops`: stops that touch the interval, whole, newest last."""
    line, now_ns = view.line(line_id), view.clock.wall_ns()
    return {
        "as_of": view.time(now_ns),
        "stops": stops_of(view, line, from_ns, min(to_ns, now_ns)),
        "reasons": reasons_of(line.profile),
    }


def stops_of(view: View, line: Line, from_ns: int, to_ns: int) -> list[Document]:
    """All stops of a line's machines that touch an interval, by their begin."""
    said, now_ns = Said.of(view, line.id, from_ns, to_ns), view.clock.wall_ns()
    every = whole_runs(view, line, (from_ns, to_ns), STOPS)
    found = [
        document(view, line, machine, going(view, line, machine, run, now_ns), said)
        for machine in line.machines
        for run in every[machine.id]
        if run.t1_ns - run.t0_ns > micro_after_ns(view, machine, run)
    ]
    return sorted(found, key=lambda stop: int(str(stop["id"]).rpartition("/")[2]))


def going(view: View, line: Line, machine: Machine, run: Run, now_ns: int) -> tuple[Run, bool]:
    """A run up to this moment and True, where it lasts and the machine is still heard of."""
    silent_ns = now_ns - run.t1_ns
    if not 0 <= silent_ns <= stale_after_s(machine) * SECOND_NS:
        return run, False
    later = read_spans(view.records, line.id, run.t1_ns, now_ns + 1).of(machine.id)
    return (run, False) if len(later) else (run._replace(t1_ns=now_ns), True)


def micro_after_ns(view: View, machine: Machine, run: Run) -> float:
    """How long a stop must be at least to be none of the micro-stops."""
    if machine.micro_after_s is not None:
        return machine.micro_after_s * SECOND_NS
    cycle_s = ideal_s(machine, run.product, run.t0_ns, view.zone)
    return max(0.0 if isnan(cycle_s) else 2 * cycle_s, LEAST_MICRO_S) * SECOND_NS


def document(
    view: View,
    line: Line,
    machine: Machine,
    lasting: tuple[Run, bool],
    said: Said,
) -> Document:
    """One stop as JSON."""
    run, still = lasting
    name = f"{line.id}/{machine.id}/{run.t0_ns}"
    word, cause = WORDS[run.state]
    return {
        "id": name,
        "line": line.id,
        "machine": machine.id,
        "from": view.time(run.t0_ns),
        "to": None if still else view.time(run.t1_ns),
        "seconds": (run.t1_ns - run.t0_ns) / SECOND_NS,
        "state": word,
        "cause": cause,
        **said.last(name, run)._asdict(),
    }


def explain(view: View, stop: str, said: Edit, by: Actor) -> Document:
    """Give a stop its reason; all former answers are kept.

    Args:
        view: the site.
        stop: its id.
        said: reason and note, with the version that they are to follow.
        by: who says so.

    Raises:
        NotFound: no such stop.
        Refused: no such reason.
        Changed: somebody else was faster; the present answer is in it.
    """
    found = find(view, stop)
    line = str(found["line"])
    known = [one["id"] for one in reasons_of(view.line(line).profile)]
    if said.reason is not None and said.reason not in known:
        raise Refused(f"'{said.reason}' is no reason; take one of {', '.join(known)}")
    edit = said._replace(version=said.version + 1)
    if not proof.add_edit(view.records, line, stop, view.clock.wall_ns(), edit, by):
        raise Changed(find(view, stop))
    return {**found, **edit._asdict()}


def find(view: View, stop: str) -> Document:
    """The stop of a name.

    Raises:
        NotFound: no machine stopped then.
    """
    line, begin = stop.partition("/")[0], stop.rpartition("/")[2]
    if begin.isascii() and begin.isdigit() and len(begin) < 20:  # noqa: PLR2004 - int64
        for found in stops_of(view, view.line(line), int(begin), int(begin) + 1):
            if found["id"] == stop:
                return found
    raise NotFound(f"there is no stop '{stop}'; `/stops` lists those of an interval")


def by_reason(view: View, line_id: str, from_ns: int, to_ns: int) -> Document:
    """The answer of `GET /kpis?by=reason`: time lost inside an interval, the most first.

    Stops of the machine that tells the line's state by their reasons, and its change-overs; `n`
    counts those that touch the interval, `seconds` only what lies in it.
    """
    line, end_ns = view.line(line_id), min(to_ns, view.clock.wall_ns())
    machine = next(each for each in line.machines if each.id == line.line_state)
    said = Said.of(view, line.id, from_ns, end_ns)
    found: dict[tuple[str | None, str], tuple[int, int]] = {}
    for run in whole_runs(view, line, (from_ns, end_ns), LOSSES)[machine.id]:
        is_stop = run.state in STOPS
        if is_stop and run.t1_ns - run.t0_ns <= micro_after_ns(view, machine, run):
            continue
        reason = said.last(f"{line.id}/{machine.id}/{run.t0_ns}", run).reason
        key = reason if is_stop else None, state_name(run.state)
        lasted_ns, n = found.get(key, (0, 0))
        inside_ns = min(run.t1_ns, end_ns) - max(run.t0_ns, from_ns)
        found[key] = lasted_ns + inside_ns, n + 1
    rows = [
        {"reason": reason, "state": state, "seconds": lasted_ns / SECOND_NS, "n": n}
        for (reason, state), (lasted_ns, n) in found.items()
    ]
    return {"reasons": sorted(rows, key=seconds, reverse=True)}


def seconds(row: Document) -> float:
    """How long a reason lasted."""
    return float(row["seconds"])


def state_name(state: State) -> str:
    """`setup`, `delayed` or `delayed:external`."""
    word, cause = WORDS[state]
    return f"{word}:external" if cause == "external" else word
