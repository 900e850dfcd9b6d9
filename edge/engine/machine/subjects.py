"""What rows are made of: a machine, or a line seen through some of its machines."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from edge.engine.machine.counting import Increments
from edge.engine.machine.gaps import NO_GAPS, Gaps
from edge.engine.machine.naming import Words
from edge.engine.machine.placing import EMPTY, Book
from edge.engine.machine.shaping import AS_FOUND, Shape
from edge.engine.machine.spans import Spans
from edge.engine.machine.spread import Grid, Loose
from edge.engine.machine.tracks import Track
from edge.model import BOOL, I64
from edge.records.parts import Columns
from edge.site import Machine
from kpi.states import State

HasIdeal = Callable[[I64, I64], BOOL]
"""Whether products, as words, have an ideal cycle at instants."""
BEST_FIRST = (
    State.PRODUCING,
    State.SETUP,
    State.DELAYED,
    State.DELAYED_EXTERNAL,
    State.IDLE,
    State.UNKNOWN,
    State.PLANNED_DOWN,
    State.NOT_SCHEDULED,
)


@dataclass(frozen=True, slots=True)
class Subject:
    """What rows are made of: one machine, or a line seen through some of its machines."""

    machine: Machine | None  # None = the line itself
    signalled: Spans  # its states as the signals tell them
    products: Spans
    orders: Spans
    counted: tuple[Track, ...]  # whose pieces
    metered: tuple[Track, ...]  # whose energy and material
    counting: tuple[Machine, ...]  # who would count its pieces, heard or not
    counts: bool  # whether anything counts its pieces
    meters: bool  # whether anything measures its energy
    unseen: tuple[I64, I64]  # begins and ends of time in which nothing that counts lived
    infers: bool  # its state comes from pieces
    last_product: int  # before all this
    has_ideal: HasIdeal
    doubtful_ns: I64
    words: Words
    states: Spans  # where stops are delay, whatever the signals tell
    gaps: Gaps = NO_GAPS
    book: Book = EMPTY
    shape: Shape = AS_FOUND
    life: tuple[int, int] = (0, 1 << 62)  # its first and last proof of life

    @property
    def name(self) -> str | None:
        """Id of the machine; None of the line."""
        return None if self.machine is None else self.machine.id

    @property
    def end_ns(self) -> int:
        """Its last proof of life, or the horizon."""
        return int(self.signalled.t1_ns[-1])

    @property
    def pieces(self) -> list[Increments]:
        """The counters that count its pieces."""
        return [counter for track in self.counted for counter in track.pieces]


class Buckets(NamedTuple):
    """The buckets of a subject and what holds in each."""

    grid: Grid
    shift: I64  # index into the hours; -1 = outside
    planned: BOOL
    product: I64
    order: I64
    day: I64


class LooseRow(NamedTuple):
    """A loose increment and the quantity it belongs to."""

    quantity: str
    increment: Loose


class Made(NamedTuple):
    """All rows of a subject over its buckets."""

    columns: Columns
    usage: Columns
    loose: list[LooseRow]


def best(told: list[Spans], from_ns: int, to_ns: int) -> Spans:
    """The best that any of several machines did at each instant; UNKNOWN where none was seen."""
    edges = [np.array([from_ns], np.int64)]
    for spans in told:
        edges += [spans.t0_ns, spans.t1_ns]
    at_ns = np.unique(np.concatenate(edges))
    at_ns = at_ns[(at_ns >= from_ns) & (at_ns < to_ns)]
    order = np.array(BEST_FIRST, np.int64)
    rank = np.argsort(order)
    least = np.min([rank[spans.at(at_ns)] for spans in told], axis=0)
    return Spans.of(at_ns, order[least], to_ns)
