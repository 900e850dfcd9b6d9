"""Elements and measures of one line in an interval: the rows of `kpi` and of `GET /kpis`."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan
from typing import Any, Literal

import numpy as np

from edge.engine.costs import add_costs
from edge.engine.loose import add_loose
from edge.engine.reading import rows_between
from edge.engine.sums import Sums, or_none, summed
from edge.engine.unseen import HOUR_NS, with_unseen
from edge.engine.view import View, day_text
from edge.errors import Refused
from edge.model import I64, SECOND_NS
from edge.plant import Line
from edge.records.elements import STATUS
from edge.records.parts import Elements
from kpi.catalogue.index import MEASURES
from kpi.catalogue.registry import Bounds, Measure

Document = dict[str, Any]  # JSON
By = Literal["shift", "day", "hour", "product", "machine", "all"]
SECONDS = {
    "PBT": "pbt_ns",
    "APT": "apt_ns",
    "AUST": "aust_ns",
    "ADOT": "adot_ns",
    "U": "unknown_ns",
}
PIECES = {"PQ": "pq", "GQ": "gq", "SQ": "sq", "RQ": "rq"}
LEAST_COVERAGE = 0.80  # below it a figure has no value, only bounds (kpi.md 5.5)
GROUPS = ("shift", "day", "hour", "product", "machine", "all")


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure of one group."""

    measure: Measure
    value: float
    low: float
    high: float
    coverage: float
    days: int

    def document(self) -> Document:
        """As JSON; what is too little known has bounds and no value."""
        covered = isnan(self.coverage) or self.coverage >= LEAST_COVERAGE
        return {
            "value": or_none(self.value) if covered else None,
            "unit": self.measure.unit,
            "low": or_none(self.low),
            "high": or_none(self.high),
            "coverage": or_none(self.coverage),
            "n": self.days,
            "definition": self.measure.definition,
        }


def kpis(view: View, line_id: str, from_ns: int, to_ns: int, by: str) -> Document:
    """The answer of `GET /kpis`.

    Args:
        view: the site.
        line_id: of the line; the rows of its machines come too.
        from_ns: start of the interval.
        to_ns: end; what has not happened yet is left out.
        by: what a row stands for, one of GROUPS.

    Raises:
        NotFound: no such line.
        Refused: no such grouping.
    """
    if by not in GROUPS:
        raise Refused(f"by is '{by}'; write one of {', '.join(GROUPS)}, reason")
    now_ns = view.clock.wall_ns()
    line = view.line(line_id)
    rows, sums = totals(view, line, (from_ns, min(to_ns, now_ns)), by)
    figures = {name: figures_of(measure, sums) for name, measure in MEASURES.items()}
    documents = [row(view, line, rows, sums, figures, i) for i in range(len(sums))]
    return {"as_of": view.time(now_ns), "rows": documents}


def totals(view: View, line: Line, window: tuple[int, int], by: str) -> tuple[Elements, Sums]:
    """All rows of a window, unseen time included, and their sums per group."""
    hours = view.calendars[line.id].hours(window[0], max(window[1], window[0] + 1))
    machines = [machine.id for machine in line.machines]
    known = rows_between(view, line, *window)
    rows = with_unseen(known, machines, hours, window)
    if by == "machine":
        rows = rows.take(rows["machine"] != 0)
    sums = summed(view, line, rows, [rows["machine"], *keys(view, rows, by)])
    add_loose(view, line, rows, sums, window)
    add_costs(view, line, rows, sums, window)
    return rows, sums


def keys(view: View, rows: Elements, by: str) -> list[I64]:
    """The columns by which rows are told apart, besides the machine."""
    match by:
        case "shift":
            return [rows["production_day"], rows["shift_id"]]
        case "day":
            return [rows["production_day"]]
        case "hour":
            return [wall_hours(view, rows["t0_ns"])]
        case "product":
            return [rows["product"]]
        case _:
            return []


def wall_hours(view: View, t0_ns: I64) -> I64:
    """The start of the wall-clock hour of each instant; zones lie on quarter hours."""
    quarter = HOUR_NS // 4
    unique, back = np.unique(t0_ns // quarter, return_inverse=True)
    minutes = [int(view.time(int(q) * quarter)[14:16]) for q in unique]
    starts = unique * quarter - np.array(minutes, np.int64) * 60 * SECOND_NS
    return np.asarray(starts[back.reshape(-1)])


def figures_of(measure: Measure, sums: Sums) -> list[Figure]:
    """One measure of every group."""
    bounds: Bounds = measure.of(sums.elements)
    coverage = measure.coverage(sums.elements)
    return [
        Figure(
            measure,
            float(bounds.value[i]),
            float(bounds.low[i]),
            float(bounds.high[i]),
            float(coverage[i]),
            int(sums.days[i]),
        )
        for i in range(len(sums))
    ]


def row(
    view: View,
    line: Line,
    rows: Elements,
    sums: Sums,
    figures: Mapping[str, list[Figure]],
    i: int,
) -> Document:
    """One row as JSON; a dimension that was summed over is null."""
    mine = sums.rows[i]
    return {
        "site": view.site.id,
        "line": line.id,
        "machine": rows.words.get(int(rows["machine"][mine[0]])),
        "product": only(rows, "product", mine),
        "shift": shift_name(only(rows, "shift_id", mine)),
        "production_day": only_day(rows["production_day"][mine]),
        "from": view.time(int(sums.from_ns[i])),
        "to": view.time(int(sums.to_ns[i])),
        "status": STATUS[int(sums.status[i])],
        "revision": int(sums.revision[i]),
        "elements": elements(sums, i),
        "measures": {name: found[i].document() for name, found in figures.items()},
    }


def elements(sums: Sums, i: int) -> Document:
    """Times in seconds, quantities in pieces; ADET is own and external delay together."""
    found = sums.elements
    times = {name: int(found[column][i]) / SECOND_NS for name, column in SECONDS.items()}
    delays = int(found["adet_ns"][i]) + int(found["adet_external_ns"][i])
    pieces = {name: whole(float(found[column][i])) for name, column in PIECES.items()}
    return {**times, "ADET": delays / SECOND_NS, **pieces}


def whole(quantity: float) -> float | int | None:
    """Pieces as JSON: whole ones without a fraction."""
    if isnan(quantity):
        return None
    return int(quantity) if quantity.is_integer() else quantity


def only(rows: Elements, column: str, mine: I64) -> str | None:
    """The one text that all rows of a group share; None where they differ."""
    codes = np.unique(rows[column][mine])
    return rows.words.get(int(codes[0])) if len(codes) == 1 else None


def only_day(days: I64) -> str | None:
    """The one production day of a group."""
    return day_text(int(days[0])) if len(days) and (days == days[0]).all() else None


def shift_name(shift_id: str | None) -> str | None:
    """`2026-11-20/주간` -> `주간`."""
    return shift_id.partition("/")[2] if shift_id else None
