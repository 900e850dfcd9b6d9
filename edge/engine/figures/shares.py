"""How much of a figure people typed: the share by hand of the quantities that it divides."""

from collections.abc import Mapping

import numpy as np

from edge.engine.figures.rolling import most, of_station, places
from edge.engine.figures.sums import Sums
from edge.engine.folding.booking import book, held
from edge.engine.machine.byhand import counted_by
from edge.engine.machine.gather import COUNTS
from edge.engine.machine.placing import Placed
from edge.engine.view import View
from edge.facts import TOLD, UNDIVIDED
from edge.model import BOOL, F64
from edge.records.parts import Elements
from edge.site import Line, Machine
from kpi.catalogue.registry import Measure

ALONE = frozenset(TOLD.values())  # quantities that people tell and nothing else
OWN = {"good": "gq", "scrap": "sq", "rework": "rq", "total": "pq"}


class Shares:
    """Of every group of rows and every quantity the part that was told by hand."""

    def __init__(self, view: View, line: Line, rows: Elements, sums: Sums) -> None:
        self._sums, self._told = sums, dict[str, F64]()
        self._line, self._rows = line, rows
        self._spoken = dict[str, BOOL]()
        for placed in facts_of(view, line, rows):
            machine = next((m for m in line.machines if m.id == placed.fact.machine), None)
            for name in touched_by(placed.fact.kind, machine):
                self._add(name, placed, mine(rows, line, placed.fact.machine), rows)

    def of(self, measure: Measure) -> list[float]:
        """The greatest share of the quantities of a measure, from 0 to 1, per group."""
        found = np.zeros(len(self._sums))
        if not self._told:
            return found.tolist()
        if (each := of_station(measure)) is not None:
            stations = places(self._line, self._rows, self._sums)
            shares: list[float] = most(np.array(self.of(each)), stations).tolist()
            return shares
        for name in {plain(element) for element in measure.elements} & self._told.keys():
            found = np.maximum(found, self._part(name))
        return found.tolist()

    def _part(self, name: str) -> F64:
        """The part by hand of one quantity per group; of hours all of them, whosever they are."""
        total = np.nan_to_num(np.asarray(self._sums.elements[name], np.float64))
        spoken = self._spoken[name].astype(np.float64)
        if name in ALONE:
            return np.maximum(spoken, total > 0)
        part = np.divide(self._told[name], total, out=spoken, where=total > 0)
        return np.asarray(np.clip(part, 0.0, 1.0))

    def _add(self, name: str, placed: Placed, here: BOOL, rows: Elements) -> None:
        at = np.flatnonzero(here & placed.covers(rows["t0_ns"], rows["t1_ns"]))
        groups = self._sums.grouping.of_row[at]
        told = self._told.setdefault(name, np.zeros(len(self._sums)))
        np.add.at(told, groups, placed.within(rows["t0_ns"][at], rows["t1_ns"][at]))
        self._spoken.setdefault(name, np.zeros(len(self._sums), np.bool_))[groups] = True


def is_told(view: View, line: Line, from_ns: int, to_ns: int) -> bool:
    """Whether anybody told anything of an interval that is divided over time."""
    with view.records.reading() as db:
        return any(fact.kind not in UNDIVIDED for fact in held(db, line.id, from_ns, to_ns))


def facts_of(view: View, line: Line, rows: Elements) -> tuple[Placed, ...]:
    """The facts that are divided over some rows."""
    if not len(rows):
        return ()
    span = int(rows["t0_ns"].min()), int(rows["t1_ns"].max())
    with view.records.reading() as db:
        found = held(db, line.id, *span)
    return book(view.reader, view.refold.rules(line.id), found).placed


def mine(rows: Elements, line: Line, machine: str | None) -> BOOL:
    """The rows in which a fact of a machine counts: its own, and the line's where it is the exit.

    Hours of any machine count in the line's rows as well: all that are there were told.
    """
    code: BOOL = rows["machine"] == rows.code(machine)
    is_exit = machine is None or any(m.exit for m in line.machines if m.id == machine)
    return code | (rows["machine"] == 0) if is_exit else code


def touched_by(kind: str, machine: Machine | None) -> tuple[str, ...]:
    """The quantities that a fact of a kind changes."""
    if kind in TOLD:
        return (TOLD[kind],)
    counters = {name for name in COUNTS if machine is not None and name in machine.signals}
    own = OWN[kind]
    if kind in counted_by(counters):
        return own, "gq"
    if kind == "total":
        return (own,)
    return (own, "gq") if "total" in counters else (own, "pq")


def plain(element: str) -> str:
    """The quantity behind an element.

    >>> plain("ideal_gq_low_s"), plain("all_ideal_gq_s"), plain("planned_gq"), plain("sq")
    ('gq', 'gq', 'gq', 'sq')
    """
    name = element.removeprefix("all_").removeprefix("ideal_")
    name = name.removesuffix("_s") if name != element else name.removeprefix("planned_")
    return name.removesuffix("_low").removesuffix("_high")


def with_shares(
    shares: Shares, figures: Mapping[str, list[dict[str, object]]], measures: Mapping[str, Measure]
) -> None:
    """Add to every figure of every group what share of it is by hand, in place."""
    for name, documents in figures.items():
        for document, share in zip(documents, shares.of(measures[name]), strict=True):
            document["manual_share"] = share
