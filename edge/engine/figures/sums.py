"""Elements summed per group: what every figure of every page, report and target divides.

Sums are exact: integers, whole pieces, or `math.fsum`; so they do not depend on the order of rows.
"""

from dataclasses import dataclass
from functools import cache
from math import nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.engine.figures.groups import Grouping
from edge.engine.figures.hours_told import told_sums
from edge.engine.figures.planned import counting, planned_sums
from edge.engine.figures.watched import micro_sums
from edge.engine.machine.counts import counts_of
from edge.engine.machine.cycles import ideal_s, line_ideal_s
from edge.engine.view import View
from edge.model import BOOL, F64, I64
from edge.records.elements import DURATIONS, EVENTS, FINAL, PROVISIONAL, QUANTITIES, REVISED
from edge.records.parts import Elements
from edge.site import Line
from kpi.arrays import taken
from kpi.dated import midnight_ns

IDEAL = ("pq", "gq", "pq_low", "pq_high", "gq_low", "gq_high")
GOOD = ("gq", "gq_low", "gq_high")


@dataclass(frozen=True, slots=True)
class Sums:
    """One row per group, in the order of the groups' keys."""

    grouping: Grouping
    elements: dict[str, NDArray[Any]]  # every element by name, shape (groups,)
    from_ns: I64
    to_ns: I64
    days: I64  # production days of which anything is known
    revision: I64
    status: I64  # as elements.STATUS
    cycle_s: F64  # ideal cycle of each row

    @property
    def keys(self) -> NDArray[np.int64]:
        """The groups' keys, shape (groups, key columns)."""
        return self.grouping.keys.T

    @property
    def rows(self) -> list[I64]:
        """The places of each group's rows."""
        return self.grouping.members

    def __len__(self) -> int:
        return len(self.from_ns)


def summed(view: View, line: Line, rows: Elements, keys: list[I64]) -> Sums:
    """Sum the rows of equal keys.

    Args:
        view: for the zone of the ideal cycles.
        line: whose rows they are, with the ideal cycles that are to hold.
        rows: element rows of the line and its machines.
        keys: columns of integers, each as long as the rows.
    """
    groups = Grouping(keys)
    elements: dict[str, NDArray[Any]] = {}
    elements |= {name: groups.whole(rows[name]) for name in (*DURATIONS, *EVENTS)}
    elements |= {name: groups.floats(rows[name]) for name in QUANTITIES}
    planned_unknown_ns = np.where(rows["planned"], rows["count_unknown_ns"], 0)
    elements["count_unknown_ns"] = groups.whole(planned_unknown_ns)  # coverage is of planned time
    unmetered = rows["energy_kwh_high"] > rows["energy_kwh"]  # the meter may have counted more
    elements["unmetered_ns"] = groups.whole(np.where(unmetered, rows["pbt_ns"], 0))
    elements |= told_sums(groups, rows, elements)
    cycle_s, inside = cycles(view, line, rows), counting(view, rows)
    elements |= planned_sums(groups, rows, elements, inside)
    ideal = ideal_sums(line, rows, groups, (cycle_s, inside))
    elements |= ideal | all_ideal_sums(line, rows, groups, (cycle_s, inside), ideal)
    return Sums(
        grouping=groups,
        elements=elements,
        from_ns=groups.reduce(np.minimum, rows["t0_ns"]),
        to_ns=groups.reduce(np.maximum, rows["t1_ns"]),
        days=known_days(rows, groups),
        revision=revisions(rows, groups),
        status=joint_status(rows, groups),
        cycle_s=cycle_s,
    )


def ideal_sums(
    line: Line, rows: Elements, groups: Grouping, each: tuple[F64, BOOL]
) -> dict[str, F64]:
    """Ideal seconds of the pieces: pieces of one cycle are added first, then multiplied.

    A product that is not known counts with the longest cycle in the upper bounds; a product with
    output and without a cycle makes its sums NaN.

    Args:
        line: whose rows they are.
        rows: element rows.
        groups: of the rows.
        each: of every row its ideal cycle, and whether its output counts.
    """
    (cycle_s, inside), longest = each, longest_s(line)
    bound_s = np.where(np.isnan(cycle_s) & (rows["product"] == 0), longest, cycle_s)
    found = {}
    for cycle, names in ((cycle_s, IDEAL[:3] + IDEAL[4:5]), (bound_s, (IDEAL[3], IDEAL[5]))):
        known, place = np.unique(cycle, return_inverse=True)
        parts = Grouping([groups.of_row, place.reshape(-1)])
        whole = Grouping([parts.keys[0]])
        each_s = known[parts.keys[1]]
        for name in names:
            made = parts.floats(np.where(inside, rows[name], 0.0))
            found[ideal_name(name)] = whole.floats(taken(each_s, made))
    return found


def all_ideal_sums(
    line: Line,
    rows: Elements,
    groups: Grouping,
    each: tuple[F64, BOOL],
    planned: dict[str, F64],
) -> dict[str, F64]:
    """Ideal seconds of the good pieces of all time, planned or not.

    Args:
        line: whose rows they are.
        rows: element rows.
        groups: of the rows.
        each: of every row its ideal cycle, and whether `planned` counts its output.
        planned: what `ideal_sums` found.
    """
    cycle_s, inside = each
    if any(np.any(rows[name][~inside] != 0) for name in GOOD):  # rarely is there anything
        planned = ideal_sums(line, rows, groups, (cycle_s, np.ones_like(inside)))
    return {all_ideal_name(name): planned[ideal_name(name)].copy() for name in GOOD}


def ideal_name(name: str) -> str:
    """`pq_low` -> `ideal_pq_low_s`."""
    return f"ideal_{name}_s"


def all_ideal_name(name: str) -> str:
    """`gq_low` -> `all_ideal_gq_low_s`."""
    return f"all_{ideal_name(name)}"


def longest_s(line: Line) -> float:
    """The longest ideal cycle that any machine of the line was ever given; NaN without one."""
    every = [
        entry.value
        for machine in line.machines
        for dated in machine.ideal_cycle_s.values()
        for entry in dated
    ]
    return max(every, default=nan)


def known_days(rows: Elements, groups: Grouping) -> I64:
    """Of how many production days each group knows any state or count."""
    planned_ns = rows["pbt_ns"]
    known: BOOL = (rows["unknown_ns"] < planned_ns) | (rows["count_unknown_ns"] < planned_ns)
    known |= rows["unplanned_run_ns"] > 0
    if not known.any():
        return np.zeros(len(groups), np.int64)
    days = Grouping([groups.of_row[known], rows["production_day"][known]])
    return np.bincount(days.keys[0], minlength=len(groups))


def revisions(rows: Elements, groups: Grouping) -> I64:
    """1 and the restatements that touched each group, as far as its latest rows tell."""
    found: I64 = groups.reduce(np.maximum, rows["revision"]).astype(np.int64)
    restated = rows["status"] == REVISED
    if restated.any():
        folds = Grouping([groups.of_row[restated], rows["knowledge_ns"][restated]])
        found = np.maximum(found, np.bincount(folds.keys[0], minlength=len(groups)))
    return found + 1


def joint_status(rows: Elements, groups: Grouping) -> I64:
    """Provisional if one bucket is, else revised if one is, else final."""
    least = groups.reduce(np.minimum, rows["status"])
    most = groups.reduce(np.maximum, rows["status"])
    status: I64 = np.where(most == REVISED, REVISED, FINAL)
    return np.where(least == PROVISIONAL, PROVISIONAL, status)


def measured(line: Line, rows: Elements, sums: Sums) -> dict[str, NDArray[Any]]:
    """The elements as measures want them: rework that nobody counts is NaN there, not 0.

    Where there is some, somebody counted it. Micro-stops that nobody can see are NaN as well.
    """
    told = {rows.code(each.id): counts_of(line, each) for each in line.machines}
    told[0] = counts_of(line, None)
    each = [told.get(code) for code in rows["machine"][sums.grouping.first].tolist()]
    rework = np.array([one is not None and one.rework for one in each], np.bool_)
    counted = np.array([one is not None and bool(one.pieces) for one in each], np.bool_)
    rq = sums.elements["rq"]
    return {
        **sums.elements,
        **micro_sums(sums.grouping, rows, sums.elements, counted, sums.cycle_s),
        "rq": np.where(rework | (rq > 0), rq, nan),
    }


def cycles(view: View, line: Line, rows: Elements) -> F64:
    """The ideal cycle of each row's machine and product on its day; NaN where nobody gave one."""
    texts = rows.words
    machines = {machine.id: machine for machine in line.machines}
    changes_ns = changes(view, line)

    @cache
    def cycle(machine: int, product: int, since: int) -> float:
        name, at_ns = texts.get(product), int(changes_ns[since])
        if machine == 0:
            return line_ideal_s(line, name, at_ns, view.zone)
        own = machines.get(texts.get(machine, ""))
        return nan if own is None else ideal_s(own, name, at_ns, view.zone)

    since = np.searchsorted(changes_ns, rows["t0_ns"], side="right") - 1
    alike = Grouping([rows["machine"], rows["product"], since])
    found = np.array([cycle(*key) for key in alike.keys.T.tolist()], np.float64)
    return found[alike.of_row] if len(found) else np.zeros(0)


def changes(view: View, line: Line) -> I64:
    """The instants at which an ideal cycle of the line begins to hold; the first is long ago."""
    days = {
        entry.valid_from
        for machine in line.machines
        for dated in machine.ideal_cycle_s.values()
        for entry in dated
        if entry.valid_from is not None
    }
    instants = sorted(midnight_ns(day, view.zone) for day in days)
    return np.array([np.iinfo(np.int64).min, *instants], np.int64)
