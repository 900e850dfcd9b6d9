"""Stops as people see them: whole runs of delay, cut and joined as they were told to be.

Their seconds add up to the time that stood still, however often a stop is cut or joined.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from edge.engine.floor.states import FURTHEST_NS, REACH_NS, Run, add, gapless
from edge.engine.machine.shaping import CLASSES, STOPS, Shape
from edge.engine.view import View
from edge.facts import SHAPING
from edge.records import facts as kept
from edge.records.parts import Elements, read_spans
from edge.site import Line, Machine
from kpi.states import State

Grown = Callable[[Machine, Run], tuple[Run, bool]]


class Stop(NamedTuple):
    """A stop of one machine; `parts` are where it stood still, the first names it."""

    line: str
    machine: Machine
    parts: tuple[Run, ...]
    state: State  # as people call it
    was: State | None  # before somebody called it so; None = as it was found
    lasts: bool = False

    @property
    def name(self) -> str:
        """Line, machine and begin."""
        return f"{self.line}/{self.machine.id}/{self.t0_ns}"

    @property
    def t0_ns(self) -> int:
        """Where it begins."""
        return self.parts[0].t0_ns

    @property
    def t1_ns(self) -> int:
        """Where it ends."""
        return self.parts[-1].t1_ns

    @property
    def length_ns(self) -> int:
        """How long it stood still."""
        return sum(part.t1_ns - part.t0_ns for part in self.parts)


class Rules(NamedTuple):
    """What the listing of stops asks: whether a run is long enough, and whether it lasts."""

    is_stop: Callable[[Machine, Run], bool]
    grown: Grown


def whole_stops(view: View, line: Line, window: tuple[int, int], rules: Rules) -> list[Stop]:
    """All stops of a line that touch a window, from begin to end, by machine and begin.

    What is read is widened until no stop and no link reaches its edges.
    """
    reach_ns = REACH_NS
    while True:
        read = window[0] - reach_ns, window[1] + reach_ns
        spans, shapes = read_spans(view.records, line.id, *read), shapes_of(view, line, *read)
        found = [
            stop
            for machine in line.machines
            for stop in stops_in(
                spans.of(machine.id), (line.id, machine), shapes[machine.id], rules
            )
            if touches(stop, window)
        ]
        inside = all(stop.t0_ns > read[0] and stop.t1_ns < read[1] for stop in found)
        linked = any(b <= edge < e for s in shapes.values() for b, e in s.links for edge in read)
        if (inside and not linked) or reach_ns >= FURTHEST_NS:
            return found
        reach_ns *= 4


def touches(stop: Stop, window: tuple[int, int]) -> bool:
    """Whether any part of a stop lies in a window."""
    return any(part.t1_ns > window[0] and part.t0_ns < window[1] for part in stop.parts)


def shapes_of(view: View, line: Line, from_ns: int, to_ns: int) -> dict[str, Shape]:
    """What people did to the stops of each machine."""
    with view.records.reading() as db:
        found = [one.fact for one in kept.holding(db, line.id, from_ns, to_ns, kinds=SHAPING)]
    return {
        machine.id: Shape.of(fact for fact in found if fact.machine == machine.id)
        for machine in line.machines
    }


def stops_in(
    spans: Elements, whose: tuple[str, Machine], shape: Shape, rules: Rules
) -> Iterator[Stop]:
    """The stops of one machine: what is long enough, cut, joined and called as people said."""
    line, machine = whose
    if not len(spans):
        return
    runs = gapless(spans, int(spans["t0_ns"][0]), int(spans["t1_ns"][-1]))
    grown = [rules.grown(machine, run) for run in restored(runs, shape) if run.state in STOPS]
    last_ns = max((run.t1_ns for run, lasts in grown if lasts), default=None)
    long = [run for run, _ in grown if rules.is_stop(machine, run)]
    for parts in joined(cut(long, shape), shape):
        named = shape.class_at(parts[0].t0_ns)
        state = named.now if named else parts[0].state
        was = named.was if named and named.was is not state else None
        yield Stop(line, machine, parts, state, was, parts[-1].t1_ns == last_ns)


def restored(runs: list[Run], shape: Shape) -> list[Run]:
    """Runs as they were before people called some of them by another class.

    Their states may be those of before or after: rows are computed anew a moment later.
    """
    found: list[Run] = []
    edges = sorted({edge for one in shape.classes for edge in one[:2]})
    for run in runs:
        for part in pieces(run, edges):
            named = shape.class_at(part.t0_ns) if part.state in CLASSES.values() else None
            add(found, part._replace(state=named.was) if named else part)
    return found


def cut(runs: Iterable[Run], shape: Shape) -> list[Run]:
    """Runs in pieces where people cut them."""
    cuts = sorted(shape.cuts)
    return [piece for run in runs for piece in pieces(run, cuts)]


def pieces(run: Run, edges: list[int]) -> list[Run]:
    """A run cut at the instants that lie inside."""
    ends = [edge for edge in edges if run.t0_ns < edge < run.t1_ns]
    begins = [run.t0_ns, *ends]
    return [
        run._replace(t0_ns=t0, t1_ns=t1) for t0, t1 in zip(begins, [*ends, run.t1_ns], strict=True)
    ]


def joined(runs: Iterable[Run], shape: Shape) -> list[tuple[Run, ...]]:
    """Runs of one machine with those that go on with the one before."""
    found: list[tuple[Run, ...]] = []
    for run in runs:
        if found and shape.goes_on(found[-1][-1].t1_ns, run.t0_ns):
            found[-1] = (*found[-1], run)
        else:
            found.append((run,))
    return found


def name_of(state: State) -> str:
    """The class of a stop in one word.

    >>> name_of(State.DELAYED_EXTERNAL)
    'delayed:external'
    """
    return next(name for name, each in CLASSES.items() if each is state)
