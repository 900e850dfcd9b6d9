"""Elements summed per group: what every figure of every page, report and target divides.

Sums are exact: integers, whole pieces, or `math.fsum`; so they do not depend on the order of rows.
"""

from dataclasses import dataclass
from functools import cache
from math import fsum, isnan, nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.engine.cycles import ideal_s, line_ideal_s, midnight_ns
from edge.engine.view import View
from edge.model import F64, I64
from edge.plant import Line
from edge.records.elements import DURATIONS, EVENTS, FINAL, PROVISIONAL, QUANTITIES, REVISED
from edge.records.parts import Elements

IDEAL = ("pq", "gq", "pq_low", "pq_high", "gq_low", "gq_high")


@dataclass(frozen=True, slots=True)
class Sums:
    """One row per group, in the order of the groups' keys."""

    keys: NDArray[np.int64]  # shape (groups, key columns)
    elements: dict[str, NDArray[Any]]  # every element by name, shape (groups,)
    from_ns: I64
    to_ns: I64
    days: I64  # production days with any known time
    revision: I64
    status: I64  # greatest of provisional > revised > final, as elements.STATUS
    rows: list[I64]  # positions of each group's rows

    def __len__(self) -> int:
        return len(self.from_ns)


def summed(view: View, line: Line, rows: Elements, keys: list[I64]) -> Sums:
    """Sum the rows of equal keys.

    Args:
        view: for the ideal cycles and their zone.
        line: whose rows they are.
        rows: element rows of the line and its machines.
        keys: columns of integers, each as long as the rows.
    """
    table = np.stack([np.asarray(key, np.int64) for key in keys], axis=1)
    unique, group = np.unique(table, axis=0, return_inverse=True)
    group = group.reshape(-1)
    order = np.argsort(group, kind="stable")
    cuts = np.searchsorted(group[order], np.arange(1, len(unique)))
    members = [np.asarray(part, np.int64) for part in np.split(order, cuts)] if len(rows) else []
    elements: dict[str, NDArray[Any]] = {
        name: whole_sums(rows[name], group, len(unique)) for name in (*DURATIONS, *EVENTS)
    }
    for name in QUANTITIES:
        elements[name] = float_sums(rows[name], group, members)
    cycle_s = cycles(view, line, rows)
    for name in IDEAL:
        made = rows[name]
        with np.errstate(invalid="ignore"):
            ideal = np.where(made == 0, 0.0, cycle_s * made)
        elements[ideal_name(name)] = float_sums(ideal, group, members)
    known = rows["unknown_ns"] < np.maximum(rows["pbt_ns"], 1)
    return Sums(
        keys=unique,
        elements=elements,
        from_ns=np.array([rows["t0_ns"][part].min() for part in members], np.int64),
        to_ns=np.array([rows["t1_ns"][part].max() for part in members], np.int64),
        days=np.array([len(set(rows["production_day"][p][known[p]].tolist())) for p in members]),
        revision=np.array([1 + int(rows["revision"][part].max()) for part in members], np.int64),
        status=np.array([joint_status(rows["status"][part]) for part in members], np.int64),
        rows=members,
    )


def joint_status(status: NDArray[Any]) -> int:
    """Provisional if one bucket is, else revised if one is, else final."""
    present = {int(one) for one in status.tolist()}
    return next(one for one in (PROVISIONAL, REVISED, FINAL) if one in present)


def ideal_name(name: str) -> str:
    """`pq_low` -> `ideal_pq_low_s`."""
    return f"ideal_{name}_s"


def whole_sums(values: NDArray[Any], group: I64, groups: int) -> I64:
    """Exact sums of integers per group."""
    sums = np.zeros(groups, np.int64)
    np.add.at(sums, group, values.astype(np.int64))
    return sums


def float_sums(values: F64, group: I64, members: list[I64]) -> F64:
    """Exact sums of floats per group: whole numbers add exactly, others by `fsum`."""
    with np.errstate(invalid="ignore"):
        whole = bool(np.all((values == np.floor(values)) & (np.abs(values) < 2**40)))
    if whole:
        sums = np.zeros(len(members))
        np.add.at(sums, group, values)
        return sums
    return np.array([plain_sum(values[part]) for part in members])


def plain_sum(values: F64) -> float:
    """`fsum`, in which a NaN makes the sum NaN and an infinity makes it infinite."""
    if np.isnan(values).any():
        return nan
    return float("inf") if np.isinf(values).any() else fsum(values.tolist())


def cycles(view: View, line: Line, rows: Elements) -> F64:
    """The ideal cycle of each row's machine and product on its day; NaN where nobody gave one."""
    texts = rows.words
    machines = {machine.id: machine for machine in line.machines}

    @cache
    def cycle(machine: int, product: int, since: int) -> float:
        name, at_ns = texts.get(product), int(changes_ns[since])
        if machine == 0:
            return line_ideal_s(line, name, at_ns, view.zone)
        own = machines.get(texts.get(machine, ""))
        return nan if own is None else ideal_s(own, name, at_ns, view.zone)

    changes_ns = changes(view, line)
    since = np.searchsorted(changes_ns, rows["t0_ns"], side="right") - 1
    keys = np.stack([rows["machine"], rows["product"], since], axis=1).astype(np.int64)
    unique, back = np.unique(keys, axis=0, return_inverse=True)
    found = [cycle(*(int(part) for part in key)) for key in unique]
    return np.array(found)[back.reshape(-1)] if len(rows) else np.zeros(0)


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


def or_none(value: float) -> float | None:
    """A number as JSON has it: what is not finite is null."""
    return None if isnan(value) or value in {float("inf"), float("-inf")} else float(value)
