"""Loose increments: counts that no single row may claim, added where they belong.

A group that holds such an interval whole takes amount, low and high; one that it only touches takes
its high and nothing else, and its count is not known for the time that both share. The planned time
of a group is such a group too.
"""

from collections.abc import Iterable
from math import nan
from typing import Any, NamedTuple

import numpy as np

from edge.engine.figures.planned import counting, planned_name, unplanned_name
from edge.engine.figures.sums import Sums, all_ideal_name, ideal_name
from edge.engine.view import View
from edge.model import F64, I64
from edge.records.parts import Elements, read_loose
from edge.site import Line

PIECES = ("pq", "gq", "sq", "rq")
LOWS = (
    *("pq_low", "gq_low", ideal_name("pq_low"), ideal_name("gq_low")),
    *(planned_name("gq_low"), all_ideal_name("gq_low")),
)


NOWHERE = np.zeros((2, 0), np.int64)


class Touch(NamedTuple):
    """One loose increment and one group whose time it shares."""

    group: int
    quantity: str
    amount: float  # 0 where nobody knows it, and where the group does not hold it whole
    low: float
    high: float
    t0_ns: int
    t1_ns: int
    cycles_s: F64  # ideal cycles of the rows it touches in planned time
    all_cycles_s: F64  # of all rows it touches
    inside: bool | None = True  # whether all of it is planned time; None = no part of it is
    unknown_ns: int = 0  # planned time of the group for which it leaves the amount unknown
    uncounted: I64 = NOWHERE  # that of pieces of planned time: begins and ends, shape (2, rows)


def touches(
    view: View, line: Line, rows: Elements, sums: Sums, window: tuple[int, int]
) -> list[Touch]:
    """The loose increments of a window with the groups that they touch."""
    return touching(view, rows, sums, read_loose(view.records, line.id, *window))


def touching(
    view: View, rows: Elements, sums: Sums, loose: Iterable[dict[str, Any]]
) -> list[Touch]:
    """Some loose increments, as rows of the table, with the groups that they touch."""
    found: list[Touch] = []
    inside = counting(view, rows)
    for each in loose:
        name, t0_ns, t1_ns = each["machine"], int(each["t0_ns"]), int(each["t1_ns"])
        shared = np.minimum(rows["t1_ns"], t1_ns) - np.maximum(rows["t0_ns"], t0_ns)
        at = np.flatnonzero((rows["machine"] == rows.code(name)) & (shared > 0))
        for group in np.unique(sums.grouping.of_row[at]).tolist():
            mine = at[sums.grouping.of_row[at] == group]
            whole = int(shared[mine].sum()) == t1_ns - t0_ns
            amount, low, high = (float(each[name] or 0.0) for name in ("amount", "low", "high"))
            is_unknown = each["amount"] is None or (amount > 0 and not whole)
            if not whole:
                amount, low, high = 0.0, min(low, 0.0), max(high, 0.0)
            quantity = str(each["quantity"])
            bounds, span = (amount, low, high), (t0_ns, t1_ns)
            planned = inside[mine]
            where = bool(planned.all()) if planned.any() else None
            cycles_s = sums.cycle_s[mine[planned]], sums.cycle_s[mine]
            unknown_ns = int(shared[mine[planned]].sum()) if is_unknown else 0
            own = mine[planned] if each["amount"] and not (whole and where) else mine[:0]
            times = unknown_ns, np.clip([rows["t0_ns"][own], rows["t1_ns"][own]], *span)
            found.append(Touch(group, quantity, *bounds, *span, *cycles_s, where, *times))
    return found


def add_loose(sums: Sums, found: list[Touch]) -> None:
    """Add loose increments to the sums of the groups they touch, in place."""
    uncount(sums, found)
    for touch in found:
        if touch.quantity == "energy_kwh" and touch.unknown_ns:
            known = (
                sums.elements["pbt_ns"][touch.group] - sums.elements["unmetered_ns"][touch.group]
            )
            put(sums, touch.group, "unmetered_ns", min(touch.unknown_ns, int(known)))
        all_s = ideal_s(touch[2:5], touch.all_cycles_s)
        for name, more, more_s in zip(names(touch.quantity), touch[2:5], all_s, strict=True):
            put(sums, touch.group, name, more)
            put(sums, touch.group, all_ideal_name(name), more_s)
        if touch.inside is None:
            put(sums, touch.group, unplanned_name(touch.quantity), touch.amount)
            continue
        planned = in_planned_time(touch)
        planned_s = ideal_s(planned, touch.cycles_s)
        for name, more, more_s in zip(names(touch.quantity), planned, planned_s, strict=True):
            put(sums, touch.group, planned_name(name), more)
            put(sums, touch.group, ideal_name(name), more_s)
    for name in LOWS:  # once all is added: parts may be less than nothing
        np.maximum(sums.elements[name], 0, out=sums.elements[name])


def uncount(sums: Sums, found: list[Touch]) -> None:
    """Add the time for which loose increments leave the count of a group unknown, once."""
    of_group: dict[int, list[I64]] = {}
    for touch in found:
        if touch.quantity in PIECES and touch.uncounted.size:
            of_group.setdefault(touch.group, []).append(touch.uncounted)
    for group, parts in of_group.items():
        begin, end = np.concatenate(parts, axis=1)
        order = np.argsort(begin, kind="stable")
        until = np.maximum.accumulate(end[order])
        fresh = np.maximum(begin[order], np.append(begin[order][:1], until[:-1]))
        more = int(np.maximum(until - fresh, 0).sum())
        known = sums.elements["pbt_ns"][group] - sums.elements["count_unknown_ns"][group]
        put(sums, group, "count_unknown_ns", min(more, int(known)))


def names(quantity: str) -> tuple[str, str, str]:
    """`gq` -> `gq`, `gq_low`, `gq_high`."""
    return quantity, f"{quantity}_low", f"{quantity}_high"


def in_planned_time(touch: Touch) -> tuple[float, float, float]:
    """Amount, low and high of what was made in planned time, which it may only touch."""
    if touch.inside:
        return touch.amount, touch.low, touch.high
    return 0.0, min(touch.low, 0.0), max(touch.high, 0.0)


def put(sums: Sums, group: int, name: str, more: float) -> None:
    """Add to one sum of a group, where there is such a sum."""
    if name in sums.elements and more:
        sums.elements[name][group] += more


def ideal_s(pieces: tuple[float, float, float], cycles_s: F64) -> tuple[float, float, float]:
    """Ideal time of an amount, at least and at most, whichever of the cycles it took.

    What is taken off takes least at the shortest cycle, and so leaves most.
    """
    shortest, longest = float(cycles_s.min()), float(cycles_s.max())
    amount, low, high = pieces
    return (
        amount * only(cycles_s) if amount else 0.0,
        low * (shortest if low > 0 else longest) if low else 0.0,
        high * (longest if high > 0 else shortest) if high else 0.0,
    )


def only(cycles_s: F64) -> float:
    """The one cycle that all share; NaN where they differ, for nobody knows what was made."""
    return float(cycles_s[0]) if bool((cycles_s == cycles_s[0]).all()) else nan
