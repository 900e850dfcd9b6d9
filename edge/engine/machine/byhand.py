"""What people say of pieces and hours, brought into the rows beside what signals say.

A fact of a kind that no counter tells stands in for one: in the shifts of which anybody speaks the
kind is known, in the others it is not, and not zero. Scrap or rework that is told beside a counter
of its kind was found later among the good pieces: these become fewer, and no more were made.
"""

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from edge.engine.machine.placing import Book, Placed
from edge.engine.machine.spread import Grid, Spread
from edge.facts import FIRSTS, HOURS, PIECES
from edge.model import BOOL, F64, U32
from edge.records import elements
from edge.records.parts import Columns

Life = tuple[int, int]
Given = Callable[[Mapping[str, Spread], int], dict[str, F64]]
DERIVED = (({"good", "total"}, "scrap"), ({"scrap", "total"}, "good"), ({"good", "scrap"}, "total"))
FOUND = {"scrap": "sq", "rework": "rq"}  # what may be found later, and the quantity it adds to


def counted_by(counters: set[str]) -> set[str]:
    """The kinds of pieces that some counters tell, directly or as a difference.

    >>> sorted(counted_by({"good", "total"})), sorted(counted_by({"good"}))
    (['good', 'scrap', 'total'], ['good'])
    """
    return counters | {more for names, more in DERIVED if names <= counters}


class Hand:
    """The facts of one machine over some buckets."""

    def __init__(self, book: Book, machine: str | None, grid: Grid, life: Life) -> None:
        self._book, self._machine, self._grid, self._life = book, machine, grid, life

    def quantities(self, spreads: Mapping[str, Spread], given: Given) -> dict[str, F64]:
        """A machine's quantities with what people say of its pieces.

        Args:
            spreads: of its counters, by name.
            given: from counters to quantities, over so many buckets.
        """
        n, counted = len(self._grid), counted_by(set(spreads))
        told = {kind: self._of(kind) for kind in PIECES if kind not in counted}
        stand_in = {kind: facts for kind, facts in told.items() if facts}
        found = given(spreads, n)
        spoken = np.zeros(n, np.int64)  # which kinds people speak of, as bits
        for bit, facts in enumerate(stand_in.values()):
            spoken |= self._told(facts).astype(np.int64) << bit
        for kinds in np.unique(spoken[spoken > 0]).tolist():
            more = {k: self._spread(k) for i, k in enumerate(stand_in) if kinds >> i & 1}
            with_facts = given({**spreads, **more}, n)
            for name, column in with_facts.items():
                found[name] = np.where(spoken == kinds, column, found[name])
        for kind, quantity in FOUND.items():
            if kind in counted and (facts := self._of(kind)):
                found_later(found, quantity, self._sum(facts))
        return found

    def firsts(self) -> dict[str, F64]:
        """First presentations and those good at once; NaN in shifts of which nobody speaks."""
        return {kind: self._known(self._of(kind)) for kind in FIRSTS}

    def flags(self, kinds: Iterable[str] = (*PIECES, *FIRSTS)) -> U32:
        """Which buckets hold something of these kinds that was told by hand, or a part of it."""
        found = np.zeros(len(self._grid), np.uint32)
        for fact in self._book.of(self._machine, kinds):
            here = fact.covers(self._grid.edges_ns[:-1], self._grid.edges_ns[1:])
            found[here] |= elements.MANUAL
            if here.sum() > 1 and fact.fact.quantity:
                found[here] |= elements.SPLIT
        return found

    def add_hours(self, columns: Columns) -> None:
        """Add working hours to their columns."""
        for kind, name in HOURS.items():
            for fact in self._of(kind):
                columns[name] = columns[name] + fact.hours_ns(self._grid.edges_ns, self._life)

    def _of(self, kind: str) -> list[Placed]:
        return self._book.of(self._machine, (kind,))

    def _told(self, facts: list[Placed]) -> BOOL:
        told = [fact.tells(self._grid.edges_ns[:-1]) for fact in facts]
        return np.asarray(np.logical_or.reduce(told), np.bool_)

    def _sum(self, facts: list[Placed]) -> F64:
        parts = [fact.pieces(self._grid.edges_ns, self._life) for fact in facts]
        return np.asarray(np.sum(parts, axis=0), np.float64)

    def _spread(self, kind: str) -> Spread:
        """Facts of one kind as the counter would have given them that nobody has."""
        out, parts = Spread.nothing(len(self._grid)), self._sum(self._of(kind))
        out.count, out.low, out.high = parts, parts.copy(), parts.copy()
        return out

    def _known(self, facts: list[Placed]) -> F64:
        if not facts:
            return np.full(len(self._grid), np.nan)
        return np.where(self._told(facts), self._sum(facts), np.nan)


def found_later(found: dict[str, F64], quantity: str, pieces: F64) -> None:
    """Take pieces that proved bad from the good ones; how many were made stays."""
    found[quantity] = found[quantity] + pieces
    for name in ("gq", "gq_low", "gq_high"):
        found[name] = found[name] - pieces
