"""The hours behind the days of a target: what each adds to the two sums of its day.

A piece that was counted over an edge of hours belongs to its day and to no hour; it stands in a row
of its own, without an hour, as does what a frozen day says otherwise than its rows say now.
"""

from collections import defaultdict
from math import fsum, isfinite
from typing import Any

from edge.engine.figures.days import comparable
from edge.engine.figures.figures import totals
from edge.engine.figures.sums import measured
from edge.engine.verdicts import baselines
from edge.engine.view import View, day_text
from edge.evidence.results import Promise

Document = dict[str, Any]  # JSON
FILE = "hours.json"
FORMAT = "lineproof-hours/1"
SMALL = 1e-9
PARTS = ("numerator", "denominator")


def document(view: View, promise: Promise, result: Document) -> Document:
    """The hours of both windows of a target.

    Args:
        view: the site as it was known at the instant of the state.
        promise: the target.
        result: its figures, with the days that they are sums of.
    """
    found: Document = {"format": FORMAT}
    for side in ("baseline", "report"):
        days = {row["day"]: row for row in result["days"][side]}
        rows = [row for body in promise.baselines for row in of_line(view, body, side, set(days))]
        found[side] = sorted([*rows, *rests(days, rows)], key=place)
    return found


def of_line(view: View, body: Document, side: str, days: set[str]) -> list[Document]:
    """What each hour of one line adds to some days, by the tables of its baseline."""
    line = baselines.frozen_line(view, body)
    before = side == "baseline"
    ends = (body["from_ns"], body["to_ns"]) if before else (body["to_ns"], view.clock.wall_ns())
    prices = baselines.prices_then(body) if before else baselines.frozen_prices(body)
    sums = totals(view, line, ends, "hour", prices)
    elements = measured(line, sums.rows, sums.sums)
    parts = comparable(body["measure"])
    above, below = parts.above(elements), parts.below(elements)
    found = []
    for i in sums.of(body["machine"]):  # hours, not samples
        rows = sums.sums.rows[i]
        whose = {day_text(int(day)) for day in sums.rows["production_day"][rows].tolist()}
        used = sorted(whose & days)
        if len(whose) == 1 and used and isfinite(above[i]) and (above[i] or below[i]):
            found.append(
                {
                    "day": used[0],
                    "line": line.id,
                    "hour": view.time(int(sums.sums.keys[i][1])),
                    "numerator": float(above[i]),
                    "denominator": float(below[i]),
                }
            )
    return found


def rests(days: dict[str, Document], rows: list[Document]) -> list[Document]:
    """What days say and their hours do not."""
    sums: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in rows:
        for part in PARTS:
            sums[row["day"], part].append(row[part])
    found = []
    for day, told in days.items():
        rest = {part: told[part] - fsum(sums[day, part]) for part in PARTS}
        if any(abs(rest[part]) > SMALL * abs(told[part]) for part in PARTS):
            found.append({"day": day, "line": None, "hour": None, **rest})
    return found


def place(row: Document) -> tuple[str, str, str]:
    """Where a row stands: by day, line and hour; what has no hour comes last."""
    return row["day"], row["line"] or "~", row["hour"] or "~"
