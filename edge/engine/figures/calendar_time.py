"""Calendar time of groups of rows: that of whole production days and whole shifts, and no other.

Off time has no rows, so calendar time is no sum of them. A part of a day would flatter: its shift
alone has no night. Where a group is no whole day or shift there is no calendar time, so no TEEP.
"""

from datetime import timedelta

import numpy as np

from edge.engine.figures.sums import Sums
from edge.engine.machine.spans import Elapsed
from edge.engine.view import EPOCH_DAY, View
from edge.model import F64, I64
from edge.records.parts import Elements, read_spans
from edge.site import Line
from kpi.states import State

Window = tuple[int, int]


def calendar_sums(
    view: View, line: Line, window: Window, by: str, groups: tuple[Elements, Sums]
) -> F64:
    """Calendar time of every group in ns; NaN where it is none of whole days or shifts.

    Args:
        view: the site.
        line: whose rows they are.
        window: [from_ns, to_ns), up to now.
        by: what a group stands for.
        groups: the rows, and their sums per group.
    """
    rows, sums = groups
    match by:
        case "shift":
            return of_shifts(view, line, window, rows, sums)
        case "day":
            return of_days(view, line, window, sums)
        case "machine" | "interval":
            whole = all(is_turn(view, line, at_ns) for at_ns in window)
            return np.full(len(sums), window[1] - window[0] if whole else np.nan)
        case _:
            return np.full(len(sums), np.nan)


def off_unknown(view: View, line: Line, window: Window, groups: tuple[Elements, Sums]) -> F64:
    """Of every group's calendar time what lies outside of the plan and has no known state, in ns.

    NaN where there is no calendar time. Rows do not tell it: there, unknown is planned time alone.
    Where no row lies, before the first proof of life and after the last one, nothing is known.
    """
    rows, sums = groups
    calendar_ns: F64 = sums.elements["calendar_ns"]
    if bool(np.isnan(calendar_ns).all()):
        return calendar_ns
    off = np.flatnonzero(~rows["planned"].astype(np.bool_))
    seen_ns = np.zeros(len(rows), np.int64)
    spans = read_spans(view.records, line.id, *window)
    known = spans["state"] != State.UNKNOWN
    for code in np.unique(rows["machine"][off]).tolist():
        mine = off[rows["machine"][off] == code]
        own = known & (spans["machine"] == spans.code(rows.words.get(code)))
        order = np.argsort(spans["t0_ns"][own], kind="stable")
        lived = Elapsed(spans["t0_ns"][own][order], spans["t1_ns"][own][order])
        seen_ns[mine] = lived.between(rows["t0_ns"][mine], rows["t1_ns"][mine])
    open_ns: F64 = calendar_ns - sums.elements["pbt_ns"] - sums.grouping.whole(seen_ns)
    return open_ns


def of_shifts(view: View, line: Line, window: Window, rows: Elements, sums: Sums) -> F64:
    """The length of each group's shift, breaks included, where the window holds all of it."""
    hours = view.calendars[line.id].hours(window[0], max(window[1], window[0] + 1))
    lasted_ns = (hours.shift_t1_ns - hours.shift_t0_ns).tolist()
    known = dict(zip(hours.shift_id, lasted_ns, strict=True))
    names = [rows.words.get(code, "") for code in sums.keys[:, 2].tolist()]
    length_ns = np.array([known.get(name, np.nan) for name in names], np.float64)
    return np.where(sums.elements["pot_ns"] == length_ns, length_ns, np.nan)


def of_days(view: View, line: Line, window: Window, sums: Sums) -> F64:
    """The length of each group's production day, where the window holds it and all its shifts."""
    hours = view.calendars[line.id].hours(window[0], max(window[1], window[0] + 1))
    in_shifts_ns = dict[int, int]()
    lasted_ns: I64 = hours.shift_t1_ns - hours.shift_t0_ns
    for day, ns in zip(hours.shift_day.tolist(), lasted_ns.tolist(), strict=True):
        in_shifts_ns[day] = in_shifts_ns.get(day, 0) + ns
    days = sums.keys[:, 1].tolist()
    length_ns = {day: day_ns(view, day, window) for day in set(days)}
    whole = sums.elements["pot_ns"] == [in_shifts_ns.get(day, 0) for day in days]
    return np.where(whole, [length_ns[day] for day in days], np.nan)


def day_ns(view: View, day: int, window: Window) -> float:
    """The length of a production day, in days since 1970; NaN where a window cuts it."""
    first = EPOCH_DAY + timedelta(days=day)
    begin_ns, end_ns = view.begin_of(first), view.begin_of(first + timedelta(days=1))
    return end_ns - begin_ns if window[0] <= begin_ns and end_ns <= window[1] else np.nan


def is_turn(view: View, line: Line, at_ns: int) -> bool:
    """Whether a production day or a shift begins or ends at an instant."""
    if view.begin_of(view.day_of(at_ns)) == at_ns:
        return True
    hours = view.calendars[line.id].hours(at_ns, at_ns + 1)
    return at_ns in {*hours.shift_t0_ns.tolist(), *hours.shift_t1_ns.tolist()}
