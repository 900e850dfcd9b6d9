"""Findings in the sums of one machine, or of the line itself.

Each is a code, how much it is and of what.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple, Self

import numpy as np

from edge.engine.figures.extract import BUCKET_NS
from edge.engine.figures.groups import Grouping
from edge.engine.figures.loose import add_loose, touching
from edge.engine.figures.sums import Sums, cycles, measured, summed
from edge.engine.figures.unseen import with_unseen
from edge.engine.machine.gather import COUNTS, state_of
from edge.engine.view import View
from edge.records import progress
from edge.records.elements import COUNT_UNKNOWN
from edge.records.parts import Elements, read_loose
from edge.site import Line
from kpi.catalogue.index import MEASURES
from kpi.verdict import is_usable

Found = tuple[str, float, float]  # code, how much, of how much
SHARE = 0.005  # of pieces; less of them in conflict or loose is noise
FAST = 1 + 1e-9
ROUNDING = 1e-9  # cycles as close as that are one


class Part(NamedTuple):
    """The rows of one machine or of the line, and their sums; as one group unless said."""

    machine: str | None
    rows: Elements
    sums: Sums

    def sum(self, name: str) -> float:
        """The sum of an element; 0 where nobody knows it."""
        return float(np.nan_to_num(self.sums.elements[name][0]))


class Looked(NamedTuple):
    """Where lints are looked for: one line over one interval."""

    view: View
    line: Line  # with the ideal cycles that are to hold
    window: tuple[int, int]
    rows: Elements  # unseen time included
    loose: list[dict[str, Any]]  # increments that no row may claim
    others: tuple[Line, ...]  # the line with other ideal cycles that somebody relies on
    born_ns: dict[str, int]  # since when anything is known of each machine
    due: list[tuple[int, int]]  # of which rows are still to be made

    @classmethod
    def at(
        cls,
        view: View,
        line: Line,
        window: tuple[int, int],
        given: tuple[Elements, tuple[Line, ...]],
    ) -> Self:
        """All that is to be read besides what is given: rows of the element table, and `others`."""
        seen, others = given
        with view.records.seeing(), view.records.reading() as db:
            rows = with_unseen(view, line, seen, window)
            loose = read_loose(view.records, line.id, *window)
            lives, marks = progress.lives(db), progress.marks(db)
        born_ns = {
            machine: life.first_ns for (name, machine), life in lives.items() if name == line.id
        }
        due = [(mark.from_ns, mark.to_ns) for mark in marks if mark.line == line.id]
        return cls(view, line, window, rows, loose, others, born_ns, due)

    def part(self, machine: str | None, *keys: str) -> "Part | None":
        """What a machine, or for None the line itself, has by some keys; None without rows."""
        rows = self.rows.of(machine)
        if not len(rows):
            return None
        sums = summed(self.view, self.line, rows, [rows[key] for key in ("machine", *keys)])
        add_loose(sums, touching(self.view, rows, sums, self.loose))
        return Part(machine, rows, sums)


def of_part(looked: Looked, part: Part) -> Iterator[Found]:
    """All findings of a part."""
    yield from of_sums(looked, part)
    yield from loose(looked, part)
    yield from cycle_changed(looked, part)
    yield from rate_limit(part)
    yield from thin_shift(looked, part)


def of_sums(looked: Looked, part: Part) -> Iterator[Found]:
    """What the sums themselves show."""
    elements = measured(looked.line, part.rows, part.sums)
    effectiveness = float(MEASURES["effectiveness"].of(elements).value[0])
    made = part.sum("pq")
    if (outside := part.sum("unplanned_pq")) > 0:
        yield "unplanned_output", outside, made
    if effectiveness > FAST:
        yield "fast_cycle", effectiveness, 1.0
    if (conflicts := float(part.sums.elements["conflicts_n"][0])) > SHARE * made:
        yield "conflict", conflicts, made
    cycle_s, pieces = part.sums.cycle_s, np.nan_to_num(part.rows["pq"])
    without = np.isnan(cycle_s) & (pieces > 0)
    if without.any() and not np.isnan(cycle_s).all():  # who gives none at all wants no such figure
        yield "no_cycle", float(pieces[without].sum()), made


def loose(looked: Looked, part: Part) -> Iterator[Found]:
    """The pieces that no row may claim, and that no row still to be made will."""
    amount = sum(
        abs(float(each["amount"] or 0.0))
        for each in looked.loose
        if (each["machine"], each["quantity"]) == (part.machine, "pq")
        and not any(due[0] < each["t1_ns"] and each["t0_ns"] <= due[1] for due in looked.due)
    )
    if amount > SHARE * part.sum("pq"):
        yield "loose", amount, part.sum("pq")


def cycle_changed(looked: Looked, part: Part) -> Iterator[Found]:
    """Pieces whose ideal cycle is another one than somebody relies on."""
    pieces, own_s = np.nan_to_num(part.rows["pq"]), part.sums.cycle_s
    differs = np.zeros(len(pieces), np.bool_)
    for other in looked.others:
        differs |= np.abs(cycles(looked.view, other, part.rows) - own_s) > ROUNDING * own_s
    if (amount := float(pieces[differs].sum())) > 0:
        yield "cycle_changed", amount, part.sum("pq")


def rate_limit(part: Part) -> Iterator[Found]:
    """Quarter hours in which a counter rose past what the machine or the register can hold."""
    quarters = part.rows["t0_ns"] // BUCKET_NS
    untold = np.unique(quarters[(part.rows["flags"] & COUNT_UNKNOWN) > 0])
    if len(untold):
        yield "rate_limit", float(len(untold)), float(len(np.unique(quarters)))


def thin_shift(looked: Looked, part: Part) -> Iterator[Found]:
    """Whole shifts since the first sign of life of which too little is known to prove anything."""
    if not tells(looked, part.machine):
        return
    rows, names = part.rows, whole_shifts(looked, part.machine)
    shifts = Grouping([rows["shift_id"]])
    untold_ns = np.where(rows["planned"], rows["count_unknown_ns"], 0)
    worst_ns = np.maximum(shifts.whole(rows["unknown_ns"]), shifts.whole(untold_ns))
    planned_ns = shifts.whole(rows["pbt_ns"])
    own = [rows.words.get(code) in names for code in shifts.keys[0].tolist()]
    counts = np.array(own, np.bool_) & (planned_ns > 0)
    thin = ~is_usable(1 - worst_ns[counts] / planned_ns[counts])
    if thin.any():
        yield "thin_shift", float(thin.sum()), float(counts.sum())


def tells(looked: Looked, name: str | None) -> bool:
    """Whether a machine tells a state or counts; one that is only metered is known by nothing."""
    machine = looked.view.machine(looked.line.id, name)
    return machine is None or bool(state_of(machine) or set(COUNTS) & set(machine.signals))


def whole_shifts(looked: Looked, name: str | None) -> set[str]:
    """The shifts that lie in the window as a whole, since the machine first lived.

    One of which rows are still to be made is none: while a past is being imported most are.
    """
    line, (from_ns, to_ns) = looked.line.id, looked.window
    born = [at_ns for machine, at_ns in looked.born_ns.items() if name in (None, machine)]
    if not born:
        return set()
    hours = looked.view.calendars[line].hours(from_ns, max(to_ns, from_ns + 1))
    whole = (hours.shift_t0_ns >= max(from_ns, min(born))) & (hours.shift_t1_ns <= to_ns)
    for begin_ns, end_ns in looked.due:
        whole &= (hours.shift_t1_ns <= begin_ns) | (hours.shift_t0_ns > end_ns)
    return {hours.shift_id[place] for place in np.flatnonzero(whole).tolist()}
