"""Elements and measures of one line in an interval: the rows of `kpi` and of `GET /kpis`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from math import nan
from typing import NamedTuple

import numpy as np

from edge.engine.figures.calendar_time import calendar_sums, off_unknown
from edge.engine.figures.costs import add_costs
from edge.engine.figures.documents import Document, documents, figures_of
from edge.engine.figures.extract import Extract, read
from edge.engine.figures.loose import add_loose, touches
from edge.engine.figures.rolling import rolled_sums
from edge.engine.figures.shares import Shares, with_shares
from edge.engine.figures.sums import Sums, measured, summed
from edge.engine.figures.unseen import with_unseen
from edge.engine.view import View
from edge.errors import Refused
from edge.model import HOUR_NS, I64, SECOND_NS
from edge.profiles.sector import profile_of
from edge.records.parts import Elements
from edge.site import Line, Rate
from kpi.catalogue.index import MEASURES

KEPT: Mapping[str, frozenset[str]] = {
    "shift": frozenset({"production_day", "shift"}),
    "day": frozenset({"production_day"}),
    "hour": frozenset({"production_day", "shift"}),
    "product": frozenset({"product"}),
    "order": frozenset({"product", "order"}),
    "machine": frozenset(),
}
"""What a row may be asked by, and the dimensions that such a row still has besides its machine."""


NAMED = ("product", "order")


class Totals(NamedTuple):
    """All rows of a window, unseen time included, and their sums per group."""

    rows: Elements
    sums: Sums
    usage: Elements
    seen: Elements  # the rows of the element table alone

    def of(self, machine: str | None) -> list[int]:
        """The groups of a machine; for None those of the line itself."""
        own = self.rows["machine"][self.sums.grouping.first] == self.rows.code(machine)
        return [int(i) for i in np.flatnonzero(own)]


def kpis(view: View, line_id: str, from_ns: int, to_ns: int, by: str) -> Document:
    """The answer of `GET /kpis`.

    Args:
        view: the site.
        line_id: of the line; the rows of its machines come too.
        from_ns: start of the interval.
        to_ns: end; what has not happened yet is left out.
        by: what a row stands for, one of KEPT.

    Raises:
        NotFound: no such line.
        Refused: no such grouping.
    """
    if by not in KEPT:
        raise Refused(f"by is '{by}'; write one of {', '.join(KEPT)}, reason")
    now_ns = view.clock.wall_ns()
    line = view.line(line_id)
    with view.records.seeing():  # rows, loose increments and facts of one fold
        window = from_ns, min(to_ns, now_ns)
        found = with_off_time(view, line, window, totals(view, line, window, by))
        shares = Shares(view, line, found.rows, found.sums)
    elements = measured(line, found.rows, found.sums)
    elements |= rolled_sums(line, found.rows, found.sums, elements)
    names = in_order(line.profile)
    figures = {name: figures_of(MEASURES[name], found.sums, elements) for name in names}
    with_shares(shares, figures, MEASURES)
    every = documents(view, line, (found.rows, found.sums), KEPT[by], figures)
    return {"as_of": view.time(now_ns), "rows": [every[i] for i in shown(line, found, by)]}


def shown(line: Line, found: Totals, by: str) -> list[int]:
    """The groups that make rows: the line's first, then machine by machine, each by time.

    By product or order, breaks that nobody saw are none of their own.
    """
    sums, order = found.sums, {0: -1}
    order |= {found.rows.code(machine.id): at for at, machine in enumerate(line.machines)}
    machines = sums.keys[:, 0].tolist()
    groups = [i for i in range(len(sums)) if by not in NAMED or sums.keys[i, 1] or told(sums, i)]
    return sorted(groups, key=lambda i: (order.get(machines[i], len(order)), int(sums.from_ns[i])))


def told(sums: Sums, i: int) -> bool:
    """Whether a group has planned time or output."""
    names = ("pbt_ns", "unplanned_run_ns", "pq", "energy_kwh")
    return any(np.nan_to_num(sums.elements[name][i]) > 0 for name in names)


def totals(
    view: View,
    line: Line,
    window: tuple[int, int],
    by: str,
    prices: Sequence[Rate] | None = None,
) -> Totals:
    """All rows of a window, unseen time included, and their sums per group.

    Args:
        view: the site.
        line: of the site; its ideal cycles are those that are to hold.
        window: [from_ns, to_ns).
        by: one of KEPT, or `day_product`.
        prices: those that are to hold; default the site's.
    """
    found = read(view, line, *window)
    rows = with_unseen(view, line, found.rows, window, by_hour=by == "hour")
    if by == "machine":
        rows = rows.take(rows["machine"] != 0)
    sums = summed(view, line, rows, [rows["machine"], *keys(view, rows, by)])
    loose = touches(view, line, rows, sums, window)
    add_loose(sums, loose)
    add_costs(view, line, Extract(rows, found.usage), sums, loose, prices)
    sums.elements["calendar_ns"] = calendar_sums(view, line, window, by, (rows, sums))
    sums.elements["off_unknown_ns"] = np.full(len(sums), nan)  # see `with_off_time`
    return Totals(rows, sums, found.usage, found.rows)


def with_off_time(view: View, line: Line, window: tuple[int, int], found: Totals) -> Totals:
    """The same, with what is unknown outside of the plan; only who shows it has to read states."""
    off_ns = off_unknown(view, line, window, (found.rows, found.sums))
    found.sums.elements["off_unknown_ns"] = off_ns
    return found


def sums_of(found: Totals, group: int | None, names: Sequence[str]) -> list[float]:
    """Some sums of a group; NaN without one."""
    if group is None:
        return [nan] * len(names)
    return [float(found.sums.elements[name][group]) for name in names]


@cache
def in_order(profile: str) -> tuple[str, ...]:
    """The names of all measures, those that a sector looks at first before the others."""
    return tuple(dict.fromkeys((*profile_of(profile).measures, *MEASURES)))


def keys(view: View, rows: Elements, by: str) -> list[I64]:
    """The columns by which rows are told apart, besides the machine."""
    match by:
        case "shift":
            return [rows["production_day"], rows["shift_id"]]
        case "day":
            return [rows["production_day"]]
        case "hour":
            return [wall_hours(view, rows["t0_ns"])]
        case "product" | "order":
            return [rows[by]]
        case "day_product":
            return [rows["production_day"], rows["product"]]
        case _:
            return []


def wall_hours(view: View, t0_ns: I64) -> I64:
    """The start of the wall-clock hour of each instant; zones lie on quarter hours."""
    quarter_ns = HOUR_NS // 4
    unique, back = np.unique(t0_ns // quarter_ns, return_inverse=True)
    moments = (datetime.fromtimestamp(quarter * 900, view.zone) for quarter in unique.tolist())
    minutes = np.fromiter((moment.minute for moment in moments), np.int64, len(unique))
    starts = unique * quarter_ns - minutes * 60 * SECOND_NS
    return np.asarray(starts[back.reshape(-1)], np.int64)
