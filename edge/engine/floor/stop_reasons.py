"""What was said of stops: by a person at the page, else by a fact that touches the stop.

A fact tells of its time and not of a stop by name, so it keeps its stop when late data move where
that begins.
"""

from dataclasses import dataclass

from edge.engine.floor.states import REACH_NS, Run
from edge.engine.view import View
from edge.facts import REASON, Fact
from edge.records import facts as kept
from edge.records import proof
from edge.records.proof import Edit


@dataclass(frozen=True, slots=True)
class Said:
    """What was said of the stops of a line around some time."""

    edits: dict[str, Edit]
    facts: tuple[Fact, ...]

    @classmethod
    def of(cls, view: View, line: str, from_ns: int, to_ns: int) -> "Said":
        """All that was said of the stops that touch [from_ns, to_ns)."""
        around = from_ns - REACH_NS, to_ns + REACH_NS
        with view.records.reading() as db:
            found = kept.holding(db, line, *around, kinds=(REASON,))
        return cls(proof.edits(view.records, line), tuple(one.fact for one in found))

    def last(self, stop: str, run: Run) -> Edit:
        """What holds of a stop, by its name `line/machine/begin`; version 0 is a fact's word."""
        if stop in self.edits:
            return self.edits[stop]
        machine = stop.split("/")[1]
        told = [f for f in self.facts if f.machine == machine and shared_ns(f, run) > 0]
        best = max(told, key=lambda fact: (shared_ns(fact, run), fact.name), default=None)
        return Edit() if best is None else Edit(0, best.what, best.note)


def shared_ns(fact: Fact, run: Run) -> int:
    """How much of a stop a fact speaks of; an instant is a nanosecond."""
    return min(fact.end_ns, run.t1_ns) - max(fact.from_ns, run.t0_ns)
