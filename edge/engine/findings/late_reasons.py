"""Reasons of stops that somebody gave once the shift was over, when few remember.

A stop that begins outside of all shifts has no shift to be late for.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np

from edge.engine.machine.rows import within
from edge.engine.verdicts.windows import day_of
from edge.engine.view import Explained, View, day_text
from edge.records import proof
from edge.records.proof import Reasoned
from edge.site import Line

MANY = 0.1  # of the reasons; a stop that ends a shift is often explained behind it
Given = tuple[str, int, int]  # machine, begin of the stop, when its present reason was given


def late_reasons(
    view: View, line: Line, window: tuple[int, int]
) -> Iterator[tuple[str, float, float]]:
    """The machines of a line with many late reasons: how many, and of how many."""
    late, given = Counter[str](), Counter[str]()
    for one in explained(view, [line.id], window, view.clock.wall_ns()):
        late[one.machine] += one.late
        given[one.machine] += one.of
    for machine in line.machines:
        if late[machine.id] > MANY * given[machine.id]:
            yield machine.id, float(late[machine.id]), float(given[machine.id])


def explained(
    view: View, lines: Iterable[str], window: tuple[int, int], until_ns: int
) -> list[Explained]:
    """What was explained of the stops of a time, by machine and day; as a package tells it.

    Args:
        view: the site.
        lines: their ids.
        window: [from_ns, to_ns), in which the stops begin.
        until_ns: what was said after it does not count.
    """
    names = set(lines)
    if view.explained is not None:
        first, last = (day_of(view, at_ns).isoformat() for at_ns in (window[0], window[1] - 1))
        return [one for one in view.explained if one.line in names and first <= one.day <= last]
    return sorted(one for line in names for one in of_line(view, line, window, until_ns))


def of_line(view: View, line: str, window: tuple[int, int], until_ns: int) -> Iterator[Explained]:
    """The same of one line."""
    told = proof.reasoned(view.records, line, window[0], until_ns)
    given = [one for one in present(line, told) if window[0] <= one[1] < window[1]]
    if not given:
        return
    hours, begin = view.calendars[line].hours(*window), np.array([at for _, at, _ in given])
    place = within(hours.shift_t0_ns, hours.shift_t1_ns, begin)
    found, late = Counter[tuple[str, int]](), Counter[tuple[str, int]]()
    for (machine, _, given_ns), shift in zip(given, place.tolist(), strict=True):
        if shift >= 0:
            key = machine, int(hours.shift_day[shift])
            found[key] += 1
            late[key] += given_ns > int(hours.shift_t1_ns[shift])
    for machine, day in found:
        counts = late[machine, day], found[machine, day]
        yield Explained(line, machine, day_text(day), *counts)


def present(line: str, told: Iterable[Reasoned]) -> Iterator[Given]:
    """Of each stop that has a reason now when somebody gave it; what was said of each is in order.

    Saying the same again does not make it later.
    """
    last: dict[str, Reasoned] = {}
    for one in told:
        before = last.get(one.stop)
        if before is None or before.reason != one.reason:
            last[one.stop] = one
    for stop, one in last.items():
        if one.reason is not None:
            machine, _, begin = stop.removeprefix(f"{line}/").rpartition("/")
            yield machine, int(begin), one.edited_ns
