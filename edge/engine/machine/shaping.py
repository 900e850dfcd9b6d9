"""What people do to stops, as the fold applies it: cuts, links and classes.

Each is a fact of its own time, so what comes out depends on which hold and never on their order.
None of them makes or takes away time: a cut and a link change how many stops there are, a class
only the state of time that was a stop.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from edge.engine.machine.spans import Spans
from edge.facts import CLASS, CUT, LINK, Fact
from edge.model import BOOL, I64
from kpi.states import State

STOPS = (State.DELAYED, State.DELAYED_EXTERNAL)
CLASSES: Mapping[str, State] = {
    "delayed": State.DELAYED,
    "delayed:external": State.DELAYED_EXTERNAL,
    "setup": State.SETUP,
    "idle": State.IDLE,
}
"""What a stop may be called; planned stops are the calendar's, and no time leaves the plan here."""


class Classed(NamedTuple):
    """A stop that is called by another class over [from_ns, to_ns)."""

    from_ns: int
    to_ns: int
    was: State
    now: State


class Shape(NamedTuple):
    """What people did to the stops of one machine."""

    cuts: frozenset[int] = frozenset()
    links: tuple[tuple[int, int], ...] = ()  # a stop that begins inside goes on with the one before
    classes: tuple[Classed, ...] = ()  # the widest first: the narrowest holds

    @classmethod
    def of(cls, facts: Iterable[Fact]) -> "Shape":
        """Out of the facts of one machine, in whatever order."""
        every = sorted(facts, key=lambda fact: (fact.from_ns - fact.to_ns, fact.name))
        return cls(
            frozenset(fact.from_ns for fact in every if fact.kind == CUT),
            tuple(sorted((f.from_ns, f.to_ns) for f in every if f.kind == LINK)),
            tuple(classed(fact) for fact in every if fact.kind == CLASS),
        )

    def reclassed(self, states: Spans) -> Spans:
        """States with stops called as people call them; other states are never touched."""
        if not self.classes or not len(states.t0_ns):
            return states
        edges = [edge for one in self.classes for edge in one[:2]]
        at_ns = np.unique(np.concatenate([states.t0_ns, np.array(edges, np.int64)]))
        end_ns = int(states.t1_ns[-1])
        at_ns = at_ns[(at_ns >= states.t0_ns[0]) & (at_ns < end_ns)]
        value = states.at(at_ns)
        stopped: BOOL = np.isin(value, STOPS)
        for one in self.classes:  # a handful: what people wrote
            value[stopped & (at_ns >= one.from_ns) & (at_ns < one.to_ns)] = one.now
        return Spans.of(at_ns, value, end_ns)

    def begins(self, states: Spans) -> I64:
        """When own stops begin: where delay does, without those that go on, and at every cut."""
        starts: I64 = states.t0_ns[1:][states.value[1:] == State.DELAYED]
        if not self.cuts and not self.links:
            return starts
        own = [not self.goes_on(at_ns, at_ns) for at_ns in starts.tolist()]
        starts = starts[np.array(own, np.bool_)]
        cuts = np.array(sorted(self.cuts), np.int64)
        both = (states.at(cuts) == State.DELAYED) & (states.at(cuts - 1) == State.DELAYED)
        return np.unique(np.concatenate([starts, cuts[both]]))

    def goes_on(self, before_ns: int, at_ns: int) -> bool:
        """Whether a stop from an instant on goes on with the one that ended before."""
        return at_ns not in self.cuts and any(
            begin <= before_ns and at_ns < end for begin, end in self.links
        )

    def class_at(self, at_ns: int) -> Classed | None:
        """How a stop is called at an instant; None where nobody said anything."""
        found = [one for one in self.classes if one.from_ns <= at_ns < one.to_ns]
        return found[-1] if found else None


AS_FOUND = Shape()


def classed(fact: Fact) -> Classed:
    """What a fact calls a stop."""
    was, _, now = (fact.what or "").partition(">")
    return Classed(fact.from_ns, fact.to_ns, CLASSES[was], CLASSES[now])
