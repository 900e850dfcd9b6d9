"""Whose gain it is: several tasks on one figure are joint, unless their go-lives are separable.

The figure is proven, not the task. Of two tasks on one figure the earlier is told apart from the
later where its reporting window ends before the later goes live, and the later's baseline begins
when the earlier has settled. Where one of them has no target yet, their go-lives must lie at least
a black-out and twelve days apart, or no design could tell them apart.
"""

from itertools import combinations
from typing import NamedTuple

from edge.engine.verdicts.windows import BLACKOUT_DAYS
from edge.model import DAY_NS

POINTS = 12  # production days a side, at least, for an interrupted series
LEAST_NS = (BLACKOUT_DAYS + POINTS) * DAY_NS


class Influence(NamedTuple):
    """Which figure a task moves, and when."""

    task: str
    lines: frozenset[str]
    machine: str | None
    measure: str
    go_live_ns: int | None
    settled_ns: int | None = None  # where its reporting window begins
    ends_ns: int | None = None  # and where that ends
    baseline_ns: int | None = None  # where its baseline begins


def joint(all_of_them: list[Influence]) -> dict[str, list[str]]:
    """By task the others that cannot be told apart from it; empty for one that stands alone."""
    found = {one.task: list[str]() for one in all_of_them}
    for one, other in combinations(all_of_them, 2):
        if same_figure(one, other) and not separable(one, other):
            found[one.task].append(other.task)
            found[other.task].append(one.task)
    return found


def shared(all_of_them: list[Influence]) -> set[str]:
    """The tasks that are not alone on their figure."""
    pairs = combinations(all_of_them, 2)
    return {each.task for one, other in pairs if same_figure(one, other) for each in (one, other)}


def same_figure(one: Influence, other: Influence) -> bool:
    """Whether two tasks move the same figure."""
    same = (one.machine, one.measure) == (other.machine, other.measure)
    return same and bool(one.lines & other.lines)


def separable(one: Influence, other: Influence) -> bool:
    """Whether the effects of two tasks on one figure can be told apart."""
    if one.go_live_ns is None or other.go_live_ns is None:
        return False
    first, second = sorted((one, other), key=lambda each: each.go_live_ns or 0)
    begin_ns, next_ns = first.go_live_ns or 0, second.go_live_ns or 0
    if first.ends_ns is None or first.settled_ns is None or second.baseline_ns is None:
        return next_ns - begin_ns >= LEAST_NS
    return first.ends_ns <= next_ns and second.baseline_ns >= first.settled_ns
