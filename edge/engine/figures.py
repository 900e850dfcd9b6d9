"""Elements and measures of one line in an interval: the rows of `kpi` and of `GET /kpis`."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from math import isfinite, nan
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge.engine.costs import add_costs
from edge.engine.extract import Extract, read
from edge.engine.loose import add_loose, touches
from edge.engine.shares import Shares, with_shares
from edge.engine.sums import Sums, measured, summed
from edge.engine.unseen import with_unseen
from edge.engine.view import View, day_text
from edge.errors import Refused
from edge.model import F64, HOUR_NS, I64, SECOND_NS
from edge.profiles.sector import profile_of
from edge.records.elements import STATUS
from edge.records.parts import Elements
from edge.site import Line, Rate
from kpi.catalogue.index import MEASURES
from kpi.catalogue.registry import Bounds, Measure
from kpi.verdict import publish_status

Document = dict[str, Any]  # JSON
SECONDS = {
    "PBT": "pbt_ns",
    "APT": "apt_ns",
    "AUST": "aust_ns",
    "ADOT": "adot_ns",
    "U": "unknown_ns",
}
PIECES = {"PQ": "pq", "GQ": "gq", "SQ": "sq", "RQ": "rq"}
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
        code = self.rows.code(machine)
        return [i for i, mine in enumerate(self.sums.rows) if self.rows["machine"][mine[0]] == code]


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
    found = totals(view, line, (from_ns, min(to_ns, now_ns)), by)
    elements = measured(line, found.rows, found.sums)
    names = in_order(line.profile)
    figures = {name: figures_of(MEASURES[name], found.sums, elements) for name in names}
    with_shares(Shares(view, line, found.rows, found.sums), figures, MEASURES)
    documents = [
        row(view, line, found, KEPT[by], {name: each[i] for name, each in figures.items()}, i)
        for i in shown(line, found, by)
    ]
    return {"as_of": view.time(now_ns), "rows": documents}


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
    return Totals(rows, sums, found.usage, found.rows)


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


def figures_of(
    measure: Measure, sums: Sums, elements: Mapping[str, NDArray[Any]]
) -> list[Document]:
    """One measure of every group as JSON; what is too little known has bounds and no value."""
    bounds: Bounds = measure.of(elements)
    coverage = measure.coverage(elements)
    shares, place = np.unique(coverage, return_inverse=True)
    known = [publish_status(share) != "insufficient" for share in shares.tolist()]
    covered = np.array(known, np.bool_)[place.reshape(-1)]
    columns = (np.where(covered, bounds.value, nan), bounds.low, bounds.high, coverage)
    each = zip(*(or_nulls(column) for column in columns), sums.days.tolist(), strict=True)
    unit, definition = measure.unit, measure.definition
    return [
        {
            "value": value,
            "unit": unit,
            "low": low,
            "high": high,
            "coverage": share,
            "n": n,
            "definition": definition,
        }
        for value, low, high, share, n in each
    ]


def unknown(measure: Measure) -> Document:
    """A figure of which nothing is known."""
    return {
        "value": None,
        "unit": measure.unit,
        "low": None,
        "high": None,
        "coverage": None,
        "n": 0,
        "definition": measure.definition,
    }


def or_nulls(column: F64) -> list[float | None]:
    """Numbers as JSON has them: what is not finite is null."""
    found = column.astype(object)
    found[~np.isfinite(column)] = None
    return list(found.tolist())


def row(
    view: View,
    line: Line,
    found: Totals,
    kept: frozenset[str],
    figures: Document,
    i: int,
) -> Document:
    """One row as JSON; a dimension that was summed over is null."""
    rows, sums, mine = found.rows, found.sums, found.sums.rows[i]
    named = dict.fromkeys(("product", "shift", "production_day"), None) | {
        name: DIMENSIONS[name](rows, mine) for name in DIMENSIONS if name in kept
    }
    return {
        "site": view.site.id,
        "line": line.id,
        "machine": rows.words.get(int(rows["machine"][mine[0]])),
        **named,
        "from": view.time(int(sums.from_ns[i])),
        "to": view.time(int(sums.to_ns[i])),
        "status": STATUS[int(sums.status[i])],
        "revision": int(sums.revision[i]),
        "elements": elements_of(sums, i),
        "measures": figures,
    }


@cache
def in_order(profile: str) -> tuple[str, ...]:
    """The names of all measures, those that a sector looks at first before the others."""
    return tuple(dict.fromkeys((*profile_of(profile).measures, *MEASURES)))


def elements_of(sums: Sums, i: int) -> Document:
    """Times in seconds, quantities in pieces; ADET is own and external delay together.

    Where no part of planned time has a known count, no piece is not zero pieces but null.
    """
    found = sums.elements
    times = {name: int(found[column][i]) / SECOND_NS for name, column in SECONDS.items()}
    delays = int(found["adet_ns"][i]) + int(found["adet_external_ns"][i])
    unseen = 0 < found["pbt_ns"][i] <= found["count_unknown_ns"][i] and not found["pq"][i]
    pieces = {
        name: None if unseen else whole(float(found[column][i])) for name, column in PIECES.items()
    }
    return {**times, "ADET": delays / SECOND_NS, **pieces}


def whole(quantity: float) -> float | int | None:
    """Pieces as JSON: whole ones without a fraction."""
    if not isfinite(quantity):
        return None
    return int(quantity) if quantity.is_integer() else quantity


def only(rows: Elements, column: str, mine: I64) -> str | None:
    """The one text that all rows of a group share; None where they differ."""
    codes = rows[column][mine]
    return rows.words.get(int(codes[0])) if (codes == codes[0]).all() else None


def only_day(days: I64) -> str | None:
    """The one production day of a group."""
    return day_text(int(days[0])) if len(days) and (days == days[0]).all() else None


def shift_name(shift_id: str | None) -> str | None:
    """`2026-11-20/주간` -> `주간`."""
    return shift_id.partition("/")[2] if shift_id else None


DIMENSIONS: Mapping[str, Callable[[Elements, I64], str | None]] = {
    "product": lambda rows, mine: only(rows, "product", mine),
    "shift": lambda rows, mine: shift_name(only(rows, "shift_id", mine)),
    "production_day": lambda rows, mine: only_day(rows["production_day"][mine]),
    "order": lambda rows, mine: only(rows, "order", mine),
}
"""What the rows of a group may have in common; only what is asked for is looked at."""
