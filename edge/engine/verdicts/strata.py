"""A window of one comparison in parts: what each line made of each product on days that count.

The days are those that the verdict rests on, the ideal cycles and prices those of the baseline, so
that what is told of the parts is told of the very figure.
"""

from collections import defaultdict
from dataclasses import dataclass
from math import fsum
from typing import Any

import numpy as np

from edge.engine.figures.days import comparable
from edge.engine.figures.figures import Totals, totals
from edge.engine.figures.sums import measured
from edge.engine.verdicts import baselines
from edge.engine.view import View, day_text
from edge.model import F64, SECOND_NS
from edge.site import Line

Document = dict[str, Any]  # JSON
TIMES = (
    *("pbt_ns", "apt_ns", "unknown_ns"),
    *("aust_ns", "adet_ns", "adet_external_ns", "adot_ns"),
)
PIECES = ("planned_pq", "planned_gq", "planned_sq", "ideal_pq_s", "ideal_gq_s")
Key = tuple[str, str]  # id of a line, name of a product; empty = nobody said which


@dataclass(frozen=True, slots=True)
class Strata:
    """The sums of one window, each product of each line by itself."""

    keys: tuple[Key, ...]
    sums: dict[str, F64]  # shape (keys,): seconds of TIMES by their names, PIECES, above and below
    days: int  # production days that count
    machines: dict[str, float]  # of each line those of its exit that made pieces, on average

    def of(self, name: str, keys: list[Key]) -> F64:
        """A sum of the given products; 0 of one that this window does not have."""
        mine = dict(zip(self.keys, self.sums[name].tolist(), strict=True))
        return np.array([mine.get(key, 0.0) for key in keys], np.float64)

    def of_line(self, name: str, keys: list[Key]) -> F64:
        """The same sum of the whole line that each product belongs to."""
        whole = defaultdict[str, list[float]](list)
        for (line, _), value in zip(self.keys, self.sums[name].tolist(), strict=True):
            whole[line].append(value)
        return np.array([fsum(whole[line]) for line, _ in keys], np.float64)

    def whole(self, name: str) -> float:
        """The sum of everything."""
        return fsum(self.sums[name].tolist())


def strata(view: View, frozen: list[Document], days: list[str], *, before: bool) -> Strata:
    """One side of a comparison.

    Args:
        view: the site.
        frozen: the baselines, one a line.
        days: the production days that count on this side.
        before: whether it is the side of the baselines, or what came since.
    """
    keys, columns, machines = list[Key](), dict[str, list[float]](), dict[str, float]()
    for body in frozen:
        line = baselines.frozen_line(view, body)
        now_ns = view.clock.wall_ns()
        window = (body["from_ns"], body["to_ns"]) if before else (body["to_ns"], now_ns)
        prices = baselines.frozen_prices(body)
        found = totals(view, line, window, "day_product", prices)
        parts = by_product(found, line, body, set(days))
        keys += [(line.id, product) for product in parts]
        for sums in parts.values():
            for name, value in sums.items():
                columns.setdefault(name, []).append(value)
        machines[line.id] = at_work(found, line, body["machine"], set(days))
    names = ("above", "below", *TIMES, *PIECES)
    whole = {name: np.array(columns.get(name, []), np.float64) for name in names}
    return Strata(tuple(keys), whole, len(days), machines)


def by_product(
    found: Totals, line: Line, body: Document, days: set[str]
) -> dict[str, dict[str, float]]:
    """The sums of some days of a line or its machine, by product."""
    elements, parts = measured(line, found.rows, found.sums), comparable(body["measure"])
    columns = {name: elements[name] / SECOND_NS for name in TIMES}
    columns |= {name: elements[name] for name in PIECES}
    below = parts.below(elements)
    unplanned = np.isnan(below) & (elements["pbt_ns"] == 0)  # nothing of it was to be divided
    columns |= {"above": parts.above(elements), "below": np.where(unplanned, 0.0, below)}
    groups = defaultdict[str, list[int]](list)
    for i in found.of(body["machine"]):  # a group for each day and product
        if day_text(int(found.sums.keys[i, 1])) in days:
            groups[found.rows.words.get(int(found.sums.keys[i, 2])) or ""].append(i)
    return {
        product: {name: fsum(column[groups[product]].tolist()) for name, column in columns.items()}
        for product in sorted(groups)
    }


def at_work(found: Totals, line: Line, machine: str | None, days: set[str]) -> float:
    """How many machines of the exit made pieces, on average over planned time; at least 1 a day."""
    if machine is not None:
        return 1.0
    planned, made = defaultdict[str, float](float), defaultdict[str, set[str]](set)
    for i in found.of(None):
        planned[day_text(int(found.sums.keys[i, 1]))] += float(found.sums.elements["pbt_ns"][i])
    for each in (one.id for one in line.machines if one.exit):
        for i in found.of(each):
            if found.sums.elements["planned_pq"][i] > 0:
                made[day_text(int(found.sums.keys[i, 1]))].add(each)
    told = {day: weight for day, weight in planned.items() if day in days and weight > 0}
    total = fsum(told.values())
    if not total:
        return 1.0
    return fsum(weight * max(1, len(made[day])) for day, weight in told.items()) / total
