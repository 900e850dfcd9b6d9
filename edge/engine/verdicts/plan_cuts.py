"""Planned time that was taken away once its hours were over: a figure per planned hour rises by it.

Rows that restate what was final tell why. Where the calendar or the configuration did it and a day
has less planned time than before, that day no longer compares with the baseline's.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.engine.verdicts.windows import ONE_DAY, day_of
from edge.engine.view import PlanCut, View, day_text
from edge.model import I64
from edge.records.elements import IDENTITY
from edge.records.parts import Columns, joined, known_at, known_words, load, spans
from edge.records.revisions import ANEW, CONFIGURED, DATED
from kpi.verdict import is_usable

OF_LINE = 0  # the word of rows that are the line's own


def plan_cuts(view: View, lines: Iterable[str], days: tuple[str, str]) -> list[PlanCut]:
    """The days of some lines that were cut, oldest first; of a package, those that it tells of.

    A day that is closed as a whole is none where it would have entered no figure anyway, because
    nobody saw it and nothing was made.

    Args:
        view: the site.
        lines: their ids.
        days: the first, and the one after the last, such as `2026-11-20`.
    """
    if view.plan_cuts is not None:
        told = [cut for cut in view.plan_cuts if days[0] <= cut.day < days[1]]
        return [cut for cut in told if cut.line in set(lines)]
    return sorted(cut for line in lines for cut in of_line(view, line, days))


def days_with_cuts(view: View, line: str, window: tuple[int, int]) -> list[date]:
    """The production days of a time that may have been cut: rows of them were replaced."""
    first, last = (day_of(view, at_ns) for at_ns in (window[0], window[1] - 1))
    days = [first + n * ONE_DAY for n in range((last - first).days + 1)]
    if view.plan_cuts is not None:
        told = {cut.day for cut in view.plan_cuts if cut.line == line}
        return [day for day in days if day.isoformat() in told]
    with view.records.reading() as db:
        there = spans(db, "element_replaced", line, *window)
    found = []
    for day in days:
        begin_ns, end_ns = view.begin_of(day), view.begin_of(day + 2 * ONE_DAY)
        if any(from_ns < end_ns and to_ns > begin_ns for from_ns, to_ns in there):
            found.append(day)
    return found


def of_line(view: View, line: str, days: tuple[str, str]) -> list[PlanCut]:
    """The days of one line that were cut."""
    first, end = (date.fromisoformat(day) for day in days)
    span = view.begin_of(first), view.begin_of(end + ONE_DAY)  # a night ends on the next day
    with view.records.reading() as db:
        replaced = load(db, "element_replaced", line, span[0], span[1])
        if not len(replaced["t0_ns"]):
            return []
        rows = joined([load(db, "element", line, span[0], span[1]), replaced], "element")
        words = known_words(db)
    rows = {name: column[rows["machine"] == OF_LINE] for name, column in rows.items()}
    ours = [code for code, text in words.items() if is_plan(text)]
    by_plan = np.isin(rows["reason"], ours)
    last = known(rows, int(rows["knowledge_ns"].max(initial=0)))
    now, made = planned(last), pieces(last)
    found = []
    for day in np.unique(rows["production_day"][by_plan]).tolist():
        turn_ns = rows["knowledge_ns"][by_plan & (rows["production_day"] == day)].min()
        before = known(rows, int(turn_ns) - 1)
        was_ns, is_ns = planned(before).get(day, 0), now.get(day, 0)
        counts = is_ns or made.get(day) or seen(before, day)
        if is_ns < was_ns and counts and days[0] <= day_text(day) < days[1]:
            found.append(PlanCut(line, day_text(day), was_ns, is_ns))
    return found


def is_plan(reason: str) -> bool:
    """Whether a row changed because of a table or of the configuration."""
    return reason in {CONFIGURED, ANEW} or reason.startswith(DATED)


def known(rows: Columns, at_ns: int) -> Columns:
    """The rows that held at an instant."""
    return known_at(rows, IDENTITY["element"], at_ns)


def planned(rows: Columns) -> dict[int, int]:
    """Planned busy time by production day."""
    return sums(rows["production_day"], rows["pbt_ns"])


def seen(rows: Columns, day: int) -> bool:
    """Whether enough of a day was known that it entered a figure."""
    unknown_ns = sums(rows["production_day"], rows["unknown_ns"]).get(day, 0)
    return bool(is_usable(1 - unknown_ns / max(planned(rows).get(day, 0), 1)))


def pieces(rows: Columns) -> dict[int, int]:
    """Pieces by production day, those that may have been made included."""
    return sums(rows["production_day"], np.nan_to_num(rows["pq_high"]))


def sums(days: I64, amounts: NDArray[Any]) -> dict[int, int]:
    """Amounts by day, in whole units."""
    known_days, at = np.unique(days, return_inverse=True)
    total = np.bincount(at, amounts, len(known_days))
    return dict(zip(known_days.tolist(), np.rint(total).astype(np.int64).tolist(), strict=True))
