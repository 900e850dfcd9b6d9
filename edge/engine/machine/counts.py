"""What a machine or a line counts, and how many pieces time that nobody saw can hold at most."""

from collections.abc import Collection
from math import inf
from typing import NamedTuple

from edge.engine.machine.counting import limits
from edge.engine.machine.gather import COUNTS
from edge.site import Line, Machine

GIVES = (
    ({"good", "scrap"}, {"pq", "gq", "sq", "rq"}),
    ({"good", "total"}, {"pq", "gq", "sq", "rq"}),
    ({"scrap", "total"}, {"pq", "gq", "sq", "rq"}),
    ({"good"}, {"pq", "gq"}),
    ({"total"}, {"pq"}),
)
"""Counters and the quantities they give, first match wins."""


class Counts(NamedTuple):
    """What is known of the pieces and meters of a machine or a line."""

    pieces: frozenset[str]  # of pq gq sq rq: those that somebody counts
    rework: bool  # whether rework has a counter of its own; else rq is 0 and says nothing
    energy: bool
    materials: bool
    per_s: float  # pieces a second at most; inf where nothing limits them

    @property
    def meters(self) -> bool:
        """Whether anything of what is used is measured."""
        return self.energy or self.materials


def counts_of(line: Line, machine: Machine | None) -> Counts:
    """What a machine counts; for None the line, whose pieces are those of its exit."""
    exits = [each for each in line.machines if each.exit] or [line.machines[-1]]
    counting = [each for each in ([machine] if machine else exits) if each.signals.keys() & COUNTS]
    metering = [machine] if machine else line.machines
    signals = [signal for each in metering for signal in each.telling]
    known = [given(each) for each in counting]
    return Counts(
        pieces=frozenset.intersection(*known) if known else frozenset(),
        rework=any("rework" in each.signals for each in counting),
        energy=any("energy" in each.signals for each in metering),
        materials=any(signal.material is not None for signal in signals),
        per_s=sum(fastest(each) for each in counting),
    )


def given(machine: Machine, told: Collection[str] = ()) -> frozenset[str]:
    """The quantities that a machine's counters give, and the kinds that people tell beside them."""
    found = {*told, *(signal.name for signal in machine.telling)}
    return next((frozenset(known) for names, known in GIVES if names <= found), frozenset())


def fastest(machine: Machine) -> float:
    """Pieces a second of all its counters together; inf where one has no limit."""
    named = [machine.signals[name] for name in COUNTS if name in machine.signals]
    return sum((limits(machine, signal)[0] * signal.scale for signal in named), 0.0) or inf
