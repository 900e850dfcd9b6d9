"""What somebody should know of figures that are not wrong: found in the sums themselves.

Each is told with how much it is, and of what; whether it matters is for people to say.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np

from edge.engine.days import number
from edge.engine.extract import BUCKET_NS
from edge.engine.figures import Totals, totals
from edge.engine.sums import measured
from edge.engine.view import View
from edge.model import DAY_NS
from edge.records.parts import read_loose
from edge.site import Line, Machine
from kpi.catalogue.index import MEASURES

Document = dict[str, Any]  # JSON
SHARE = 0.005  # of pieces; less of them in conflict or loose is noise
SAME_DAYS = 5
WEEK_NS = 7 * DAY_NS
FAST = 1 + 1e-9


class Lint(NamedTuple):
    """One finding in the figures of a line, or of a machine of it."""

    code: str
    line: str
    machine: str | None
    amount: float  # pieces; of `fast_cycle` the effectiveness, of `constant_series` days
    of: float  # all pieces; of `fast_cycle` 1, of `constant_series` the pieces of each day

    def document(self) -> Document:
        """As JSON."""
        return {**self._asdict(), "amount": number(self.amount), "of": number(self.of)}


def of_week(view: View) -> list[Lint]:
    """All findings of the last seven days, line by line."""
    until_ns = view.clock.wall_ns() // BUCKET_NS * BUCKET_NS  # so that no bucket is cut
    window = until_ns - WEEK_NS, until_ns
    with view.records.seeing():  # rows and loose increments of one fold
        return [lint for line in view.site.lines for lint in lints(view, line, window)]


def lints(view: View, line: Line, window: tuple[int, int]) -> list[Lint]:
    """All findings of a line in a time, the line's first.

    Args:
        view: the site.
        line: with the ideal cycles that are to hold.
        window: [from_ns, to_ns).
    """
    found = totals(view, line, window, "interval")
    effectiveness = MEASURES["effectiveness"].of(measured(line, found.rows, found.sums)).value
    whose: list[Machine | None] = [None, *line.machines]
    all_found = list[Lint]()
    for machine in whose:
        name = machine.id if machine else None
        for group in found.of(name):
            mine = found, group, float(effectiveness[group])
            amounts = [*of_group(mine), *loose(view, line, name, window)]
            made = float(np.nan_to_num(found.sums.elements["pq"][group]))
            all_found += [
                Lint(code, line.id, name, amount, 1.0 if code == "fast_cycle" else made)
                for code, amount in amounts
                if code != "loose" or amount > SHARE * made
            ]
    return [*all_found, *constant(view, line, window)]


def of_group(mine: tuple[Totals, int, float]) -> Iterator[tuple[str, float]]:
    """What the sums of one machine or line show."""
    found, group, effectiveness = mine
    elements, rows = found.sums.elements, found.sums.rows[group]
    outside, made = (float(np.nan_to_num(elements[n][group])) for n in ("unplanned_pq", "pq"))
    if outside > 0:
        yield "unplanned_output", outside
    if effectiveness > FAST:
        yield "fast_cycle", effectiveness
    if (conflicts := float(elements["conflicts_n"][group])) > SHARE * made:
        yield "conflict", conflicts
    cycles, pieces = found.sums.cycle_s[rows], np.nan_to_num(found.rows["pq"][rows])
    without = np.isnan(cycles) & (pieces > 0)
    if without.any() and not np.isnan(cycles).all():  # who gives none at all wants no such figure
        yield "no_cycle", float(pieces[without].sum())


def loose(
    view: View, line: Line, machine: str | None, window: tuple[int, int]
) -> Iterator[tuple[str, float]]:
    """The pieces that no row may claim."""
    amounts = [
        abs(float(each["amount"] or 0.0))
        for each in read_loose(view.records, line.id, *window)
        if (each["machine"], each["quantity"]) == (machine, "pq")
    ]
    if amounts:
        yield "loose", sum(amounts)


def constant(view: View, line: Line, window: tuple[int, int]) -> Iterator[Lint]:
    """Days in a row of which each has exactly as many pieces as the one before."""
    found = totals(view, line, window, "day")
    groups = [i for i in found.of(None) if found.sums.elements["pbt_ns"][i]]
    groups.sort(key=lambda i: int(found.sums.keys[i, 1]))
    pieces = np.nan_to_num(found.sums.elements["pq"][groups]).tolist()
    for made, days in groupby(pieces):
        if made > 0 and (n := len(list(days))) >= SAME_DAYS:
            yield Lint("constant_series", line.id, None, float(n), made)
