"""Stops: found in the states, explained and shaped by people.

A stop is a whole run of delay of one machine, longer than a micro-stop, unless somebody cut it or
joined it with another. It is named by where it begins, so an interval's edges never change one, and
a reason given stays with it. Every answer is kept.
"""

from collections.abc import Iterable
from math import isnan
from typing import Any

from edge.engine.floor import auditing
from edge.engine.floor.conditions import stale_after_s
from edge.engine.floor.grouping import Rules, Stop, name_of, whole_stops
from edge.engine.floor.states import WORDS, Run, whole_runs
from edge.engine.floor.stop_reasons import Said
from edge.engine.floor.stop_tiles import reasons_of
from edge.engine.machine.cycles import ideal_s
from edge.engine.view import View
from edge.errors import NotFound
from edge.model import SECOND_NS
from edge.records import audit
from edge.records.parts import read_spans
from edge.site import Line, Machine
from kpi.states import State, usual_micro_after_ns

Document = dict[str, Any]  # JSON


def listed(view: View, line_id: str, from_ns: int, to_ns: int) -> Document:
    """The document of `GET /stops`: stops that touch the interval, whole, newest last."""
    line, now_ns = view.line(line_id), view.clock.wall_ns()
    end_ns = min(to_ns, now_ns)
    said = Said.of(view, line.id, from_ns, end_ns)
    found = sorted(every(view, line, from_ns, end_ns), key=lambda stop: stop.t0_ns)
    return {
        "as_of": view.time(now_ns),
        "stops": [document(view, stop, said) for stop in found],
        "reasons": reasons_of(view.site, line, view.local_day(now_ns)),
    }


def every(view: View, line: Line, from_ns: int, to_ns: int) -> list[Stop]:
    """All stops of a line's machines that touch an interval, by machine and begin."""
    now_ns = view.clock.wall_ns()
    rules = Rules(
        lambda machine, run: run.t1_ns - run.t0_ns > micro_after_ns(view, machine, run),
        lambda machine, run: going(view, line, machine, run, now_ns),
    )
    return whole_stops(view, line, (from_ns, to_ns), rules)


def going(view: View, line: Line, machine: Machine, run: Run, now_ns: int) -> tuple[Run, bool]:
    """A run up to this moment and True, where it lasts and the machine is still heard of."""
    silent_ns = now_ns - run.t1_ns
    if not 0 <= silent_ns <= stale_after_s(machine) * SECOND_NS:
        return run, False
    later = read_spans(view.records, line.id, run.t1_ns, now_ns + 1).of(machine.id)
    return (run, False) if len(later) else (run._replace(t1_ns=now_ns), True)


def micro_after_ns(view: View, machine: Machine, run: Run) -> float:
    """How long a stop must be at least to be none of the micro-stops.

    A gap between pieces above `stop_after_s` is a stop in any case, and a cycle longer than what it
    lost.
    """
    cycle_s = ideal_s(machine, run.product, run.t0_ns, view.zone)
    cycle_ns = 0.0 if isnan(cycle_s) else cycle_s * SECOND_NS
    told_s = machine.micro_after_s
    micro_ns = float(usual_micro_after_ns(cycle_ns)) if told_s is None else told_s * SECOND_NS
    return min(micro_ns, max(machine.stop_after_s * SECOND_NS - cycle_ns, 0.0))


def document(view: View, stop: Stop, said: Said) -> Document:
    """One stop as JSON; `parts` are where it stood still, `was` its class before somebody's."""
    word, cause = WORDS[stop.state]
    return {
        "id": stop.name,
        "line": stop.line,
        "machine": stop.machine.id,
        "from": view.time(stop.t0_ns),
        "to": None if stop.lasts else view.time(stop.t1_ns),
        "seconds": stop.length_ns / SECOND_NS,
        "state": word,
        "cause": cause,
        "was": None if stop.was is None else name_of(stop.was),
        "parts": [
            {"from": view.time(part.t0_ns), "to": view.time(part.t1_ns)} for part in stop.parts
        ],
        **said.last(stop.name, stop.parts[0])._asdict(),
    }


def document_of(view: View, stop: Stop) -> Document:
    """One stop with what was said of it."""
    return document(view, stop, Said.of(view, stop.line, stop.t0_ns, stop.t1_ns))


def find(view: View, stop: str) -> Stop:
    """The stop of a name.

    Raises:
        NotFound: no machine stopped then.
    """
    line, begin = stop.partition("/")[0], stop.rpartition("/")[2]
    if begin.isascii() and begin.isdigit() and len(begin) < 20:  # noqa: PLR2004 - int64
        for found in every(view, view.line(line), int(begin), int(begin) + 1):
            if found.name == stop:
                return found
    raise NotFound(f"there is no stop '{stop}'; `/stops` lists those of an interval")


def history(view: View, stop: str) -> Document:
    """Who did what to a stop, when, and what it was before; also of one that was joined since."""
    view.line(stop.partition("/")[0])
    found = audit.of_subject(view.records, stop)
    return {"history": [auditing.document(view, one) for one in found]}


def by_reason(view: View, line_id: str, from_ns: int, to_ns: int) -> Document:
    """The answer of `GET /kpis?by=reason`: time lost inside an interval, the most first.

    Stops of the machine that tells the line's state by their reasons, and its change-overs; `n`
    counts those that touch the interval, `seconds` only what lies in it.
    """
    line, end_ns = view.line(line_id), min(to_ns, view.clock.wall_ns())
    machine = next(each for each in line.machines if each.id == line.line_state)
    said = Said.of(view, line.id, from_ns, end_ns)
    stops = [s for s in every(view, line, from_ns, end_ns) if s.machine is machine]
    lost = [(said.last(s.name, s.parts[0]).reason, s.state, s.parts) for s in stops]
    called = [part for s in stops if s.state is State.SETUP for part in s.parts]
    setups = whole_runs(view, line, (from_ns, end_ns), {State.SETUP})[machine.id]
    lost += [(None, State.SETUP, own) for run in setups if (own := without(run, called))]
    found: dict[tuple[str | None, str], tuple[int, int]] = {}
    for reason, state, parts in lost:
        key = reason, name_of(state)
        lasted_ns, n = found.get(key, (0, 0))
        found[key] = lasted_ns + inside_ns(parts, from_ns, end_ns), n + 1
    rows = [
        {"reason": reason, "state": state, "seconds": lasted_ns / SECOND_NS, "n": n}
        for (reason, state), (lasted_ns, n) in found.items()
    ]
    return {"reasons": sorted(rows, key=seconds, reverse=True)}


def seconds(row: Document) -> float:
    """How long a reason lasted."""
    return float(row["seconds"])


def inside_ns(parts: Iterable[Run], from_ns: int, to_ns: int) -> int:
    """How much of some parts lies in an interval."""
    return sum(max(0, min(p.t1_ns, to_ns) - max(p.t0_ns, from_ns)) for p in parts)


def without(run: Run, others: Iterable[Run]) -> tuple[Run, ...]:
    """What is left of a run without the time of others, which are sorted and disjoint."""
    left, begin_ns = list[Run](), run.t0_ns
    for other in others:
        if other.t1_ns > begin_ns and other.t0_ns < run.t1_ns:
            if other.t0_ns > begin_ns:
                left.append(run._replace(t0_ns=begin_ns, t1_ns=other.t0_ns))
            begin_ns = other.t1_ns
    return (*left, run._replace(t0_ns=begin_ns)) if begin_ns < run.t1_ns else tuple(left)
