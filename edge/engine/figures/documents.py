"""Groups of element rows as JSON: what they are of, their elements, and their measures.

A year of a line by day is some two thousand rows of eighteen figures: columns are made first, and
each row is put together once.
"""

from collections.abc import Callable, Mapping
from math import isfinite, nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.engine.figures.sums import Sums
from edge.engine.view import View, day_text
from edge.model import BOOL, F64, I64, SECOND_NS
from edge.records.elements import STATUS
from edge.records.parts import Elements
from edge.site import Line
from kpi.catalogue.registry import Measure
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
UNPLANNED = {"PQ": "unplanned_pq", "GQ": "unplanned_gq"}  # of the same pieces, no plan covers them
DIMENSIONS = ("product", "shift", "production_day")  # null where a row has none of its own


def documents(
    view: View,
    line: Line,
    groups: tuple[Elements, Sums],
    kept: frozenset[str],
    figures: Mapping[str, list[Document]],
) -> list[Document]:
    """Every group as JSON; a dimension that was summed over is null.

    Args:
        view: the site.
        line: whose rows they are.
        groups: the rows, and their sums per group.
        kept: the dimensions that are told.
        figures: of each measure its figure of every group.
    """
    rows, sums = groups
    names = dict.fromkeys(DIMENSIONS) | {name: name for name in TOLD if name in kept}
    dimensions = [told(name, rows, sums) for name in names.values()]
    ends = zip(times(view, sums.from_ns), times(view, sums.to_ns), strict=True)
    facts = zip(ends, sums.status.tolist(), sums.revision.tolist(), strict=True)
    machines = texts(rows, rows["machine"][sums.grouping.first])
    output, measures = made_of(sums), zip(*figures.values(), strict=True)
    heads = zip(machines, zip(*dimensions, strict=True), facts, strict=True)
    return [
        {
            "site": view.site.id,
            "line": line.id,
            "machine": machine,
            **dict(zip(names, dimension, strict=True)),
            "from": begin,
            "to": end,
            "status": STATUS[status],
            "revision": revision,
            **made,
            "measures": dict(zip(figures, measure, strict=True)),
        }
        for (machine, dimension, ((begin, end), status, revision)), made, measure in zip(
            heads, output, measures, strict=True
        )
    ]


def told(name: str | None, rows: Elements, sums: Sums) -> list[str | None]:
    """A dimension of every group; None throughout where it is not told."""
    return [None] * len(sums) if name is None else TOLD[name](rows, sums)


def only(rows: Elements, column: str, sums: Sums) -> list[str | None]:
    """The one text that all rows of each group share; None where they differ."""
    return [None if code is None else rows.words.get(code) for code in shared(rows[column], sums)]


def shared(column: NDArray[Any], sums: Sums) -> list[int | None]:
    """The one value that all rows of each group share; None where they differ."""
    least, most = (sums.grouping.reduce(end, column) for end in (np.minimum, np.maximum))
    return nulled(least.tolist(), least != most)


def only_day(rows: Elements, sums: Sums) -> list[str | None]:
    """The one production day of each group."""
    days = shared(rows["production_day"], sums)
    return [None if day is None else day_text(day) for day in days]


def shift_name(shift_id: str | None) -> str | None:
    """`2026-11-20/주간` -> `주간`."""
    return shift_id.partition("/")[2] if shift_id else None


TOLD: Mapping[str, Callable[[Elements, Sums], list[str | None]]] = {
    "product": lambda rows, sums: only(rows, "product", sums),
    "shift": lambda rows, sums: [shift_name(each) for each in only(rows, "shift_id", sums)],
    "production_day": only_day,
    "order": lambda rows, sums: only(rows, "order", sums),
}
"""What the rows of a group may have in common; only what is asked for is looked at."""


def texts(rows: Elements, codes: NDArray[np.int32]) -> list[str | None]:
    """The texts behind the numbers of a coded column."""
    return [rows.words.get(code) for code in codes.tolist()]


def times(view: View, at_ns: I64) -> list[str]:
    """Instants as text; a line and its machines share most of them."""
    instants = at_ns.tolist()
    known = {at: view.time(at) for at in set(instants)}
    return [known[at] for at in instants]


def elements_of(sums: Sums) -> list[Document]:
    """Times in seconds, quantities in pieces; ADET is own and external delay together.

    Where no part of planned time has a known count, no piece is not zero pieces but null.
    """
    found = sums.elements
    times_ns = {name: found[column] for name, column in SECONDS.items()}
    times_ns["ADET"] = found["adet_ns"] + found["adet_external_ns"]
    unseen = (found["pbt_ns"] > 0) & (found["pbt_ns"] <= found["count_unknown_ns"])
    unseen &= found["pq"] == 0
    columns: dict[str, list[Any]] = {
        name: [each / SECOND_NS for each in column.tolist()] for name, column in times_ns.items()
    }
    columns |= {
        name: nulled([whole(each) for each in found[column].tolist()], unseen)
        for name, column in PIECES.items()
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def made_of(sums: Sums) -> list[Document]:
    """The elements of every group, and which of its pieces no plan covers."""
    both = zip(elements_of(sums), unplanned_of(sums), strict=True)
    return [{"elements": every, "unplanned": outside} for every, outside in both]


def unplanned_of(sums: Sums) -> list[Document]:
    """The pieces that were made outside of planned time; no figure per planned time counts them.

    Null where nobody counts them.
    """
    columns = [[whole(one) for one in sums.elements[name].tolist()] for name in UNPLANNED.values()]
    return [dict(zip(UNPLANNED, row, strict=True)) for row in zip(*columns, strict=True)]


def whole(quantity: float) -> float | int | None:
    """Pieces as JSON: whole ones without a fraction."""
    if not isfinite(quantity):
        return None
    return int(quantity) if quantity.is_integer() else quantity


def figures_of(
    measure: Measure, sums: Sums, elements: Mapping[str, NDArray[Any]]
) -> list[Document]:
    """One measure of every group as JSON; what is too little known has bounds and no value."""
    bounds = measure.of(elements)
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
    return nulled(column.tolist(), ~np.isfinite(column))


def nulled(values: list[Any], where: BOOL) -> list[Any]:
    """The values with null in some places, in place."""
    for at in np.flatnonzero(where).tolist():
        values[at] = None
    return values
