"""What somebody should know of figures that are not wrong: found in the sums themselves.

Each is told with how much it is, and of what; whether it matters is for people to say. A week of
many machines takes a while, so it is looked through in pieces: whoever has the thread may let
others have their turn between any two.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise
from typing import Any, NamedTuple

import numpy as np

from edge.engine.figures.days import number
from edge.engine.figures.extract import BUCKET_NS, rows_between
from edge.engine.findings.late_reasons import late_reasons
from edge.engine.findings.machine_lints import Looked, Part, of_part
from edge.engine.findings.promised import promised_lines
from edge.engine.findings.stations import between_stations
from edge.engine.verdicts.plan_cuts import days_with_cuts, plan_cuts
from edge.engine.verdicts.windows import ONE_DAY
from edge.engine.view import View
from edge.model import DAY_NS, HOUR_NS
from edge.records.parts import Elements, joined, read_elements
from edge.site import Line

Document = dict[str, Any]  # JSON
SAME_DAYS = 5
WEEK_NS = 7 * DAY_NS


class Lint(NamedTuple):
    """One finding in the figures of a line, of a machine of it, or of a station."""

    code: str
    line: str
    machine: str | None
    amount: float  # pieces; or what the sentence `lint.<code>` of the texts says
    of: float  # all of them

    def document(self) -> Document:
        """As JSON."""
        return {**self._asdict(), "amount": number(self.amount), "of": number(self.of)}


def of_week(view: View) -> Iterator[list[Lint]]:
    """All findings of the last seven days, line by line and piece by piece."""
    until_ns = view.clock.wall_ns() // BUCKET_NS * BUCKET_NS  # so that no bucket is cut
    window = until_ns - WEEK_NS, until_ns
    others = promised_lines(view, window)
    yield []
    for line in view.site.lines:
        days = list[Elements]()
        for span in utc_days(window):
            days.append(read_elements(view.records, line.id, *span))
            yield []
        columns = joined([day.columns for day in days], "element")
        seen = Elements(columns, days[-1].words)  # numbers of words are for good
        yield from pieces(view, line, window, (seen, tuple(others.get(line.id, ()))))


def lints(
    view: View, line: Line, window: tuple[int, int], others: Iterable[Line] = ()
) -> list[Lint]:
    """All findings of a line in a time, the line's first.

    Args:
        view: the site.
        line: with the ideal cycles that are to hold.
        window: [from_ns, to_ns).
        others: the line with other ideal cycles that somebody relies on.
    """
    given = rows_between(view, line, *window), tuple(others)
    return [lint for piece in pieces(view, line, window, given) for lint in piece]


def pieces(
    view: View, line: Line, window: tuple[int, int], given: tuple[Elements, tuple[Line, ...]]
) -> Iterator[list[Lint]]:
    """The findings of a line in a time, some at once.

    Args:
        view: the site.
        line: as `lints` has it.
        window: [from_ns, to_ns).
        given: the rows of the element table, and `others`.
    """
    looked = Looked.at(view, line, window, given)
    yield []
    parts = dict[str, Part]()
    for name in (None, *(machine.id for machine in line.machines)):
        part = looked.part(name)
        if part is None:
            continue
        if name is not None:
            parts[name] = part
        yield [Lint(code, line.id, name, much, of) for code, much, of in of_part(looked, part)]
    between = between_stations(line, parts)
    yield [Lint(code, line.id, name, much, of) for code, name, much, of in between]
    yield list(constant(looked))
    yield from shrunk(looked)
    late = late_reasons(view, line, window)
    yield [Lint("late_reason", line.id, name, much, of) for name, much, of in late]


def constant(looked: Looked) -> Iterator[Lint]:
    """Days in a row of which each has exactly as many pieces as the one before."""
    by_day = looked.part(None, "production_day")
    if by_day is None:
        return
    elements = by_day.sums.elements
    pieces_of = np.nan_to_num(elements["pq"][elements["pbt_ns"] > 0]).tolist()
    for made, same in groupby(pieces_of):
        if made > 0 and (n := len(list(same))) >= SAME_DAYS:
            yield Lint("constant_series", looked.line.id, None, float(n), made)


def shrunk(looked: Looked) -> Iterator[list[Lint]]:
    """Hours that were planned, and were planned no more once they were over; a day at a time."""
    view, line = looked.view, looked.line.id
    was_ns = less_ns = 0
    for day in days_with_cuts(view, line, looked.window):
        reach = day.isoformat(), (day + 2 * ONE_DAY).isoformat()  # a night ends on the next day
        for cut in plan_cuts(view, [line], reach):
            if cut.day == reach[0]:
                was_ns, less_ns = was_ns + cut.was_ns, less_ns + cut.was_ns - cut.is_ns
        yield []
    if less_ns:
        yield [Lint("plan_shrunk", line, None, less_ns / HOUR_NS, was_ns / HOUR_NS)]


def utc_days(window: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """A time cut where days of the archive begin; no row reaches over that."""
    first = (window[0] // DAY_NS + 1) * DAY_NS
    return pairwise([window[0], *range(first, window[1], DAY_NS), window[1]])
