"""What a baseline would be, before it is frozen: its days, shifts, products, and what is left out.

Nothing is stored. The days that would count are those that freezing would take; of every other day
it is said why it is left out, and by how much the figure would differ with it.
"""

from collections import Counter, defaultdict
from datetime import date, timedelta
from math import fsum, nan
from typing import Any, NamedTuple

import numpy as np

from edge.engine.figures.days import Days, number, period
from edge.engine.figures.figures import Totals
from edge.engine.verdicts.changes import wanders
from edge.engine.verdicts.windows import day_of, maturity_days
from edge.engine.view import View, day_text
from edge.model import BOOL
from edge.records.elements import PROVISIONAL
from edge.site import Line
from kpi.catalogue.index import MEASURES
from kpi.verdict import MIN_DAYS, is_usable, mean_coverage

Document = dict[str, Any]  # JSON
WANTED_DAYS = 40
WEEK = 7


class Question(NamedTuple):
    """Of what, and of when."""

    line: str
    machine: str | None
    measure: str
    from_ns: int
    to_ns: int


def preview(view: View, of: Question) -> Document:
    """What freezing a period would take.

    Raises:
        NotFound: no such line or machine.
        Refused: the measure cannot be compared, or the period has not begun.
    """
    asked = period(view, of.line, of.machine, of.measure, (of.from_ns, of.to_ns))
    line, now_ns, window, found, whole, days = asked
    used = days.usable()
    mine = counted(found, of.machine, set(used.day))
    return {
        "as_of": view.time(now_ns),
        "line": line.id,
        "line_name": line.name,
        "machine": of.machine,
        "measure": of.measure,
        "unit": MEASURES[of.measure].unit,
        "definition": MEASURES[of.measure].definition,
        "from": view.time(window[0]),
        "to": view.time(window[1]),
        "days": len(used),
        "needed": MIN_DAYS,
        "wanted": WANTED_DAYS,
        "value": number(used.ratio()),
        "value_with_all": number(known(days).ratio()),
        "coverage": number(mean_coverage(days.coverage)),
        "shifts": shifts(found, mine),
        "products": products(found, mine),
        "excluded": [*left_out(days), *cut(view, line, window, whole)],
        "warnings": warnings(view, of, days),
        "series": [day_document(days, i, set(used.day)) for i in range(len(days))],
    }


def known(days: Days) -> Days:
    """All days of which both sums are known, however little of them was seen."""
    there = np.isfinite(days.numerator) & (np.nan_to_num(days.denominator) > 0)
    return days.take(np.flatnonzero(there).tolist())


def counted(found: Totals, machine: str | None, days: set[str]) -> BOOL:
    """The rows of a machine or the line on the days that count."""
    rows = found.rows
    wanted = [day for day in np.unique(rows["production_day"]).tolist() if day_text(day) in days]
    mine: BOOL = (rows["machine"] == rows.code(machine)) & np.isin(rows["production_day"], wanted)
    return mine


def shifts(found: Totals, mine: BOOL) -> list[Document]:
    """How many shifts of each name the days that count have."""
    planned = mine & (found.rows["pbt_ns"] > 0)
    ids = {
        found.rows.words.get(code) for code in np.unique(found.rows["shift_id"][planned]).tolist()
    }
    names = Counter(each.partition("/")[2] for each in ids if each)
    return [{"shift": name, "n": n} for name, n in sorted(names.items())]


def products(found: Totals, mine: BOOL) -> list[Document]:
    """Good pieces of each product, the most first; the share is of all good pieces."""
    made = defaultdict[str | None, float](float)
    rows = found.rows
    for code in np.unique(rows["product"][mine]).tolist():
        made[rows.words.get(code)] += fsum(rows["gq"][mine & (rows["product"] == code)].tolist())
    whole = fsum(made.values())
    ranked = sorted(made.items(), key=lambda one: (-np.nan_to_num(one[1]), one[0] or ""))
    return [
        {"product": name, "good": number(good), "share": number(good / whole) if whole else None}
        for name, good in ranked
        if good != 0
    ]


def left_out(days: Days) -> list[Document]:
    """Whole days that would not count, and by how much each would move the figure."""
    used, found = days.usable(), []
    taken, value = set(used.day), used.ratio()
    for i, day in enumerate(days.day):
        if day in taken:
            continue
        thin = not is_usable(days.coverage[i])
        above, below = float(days.numerator[i]), float(days.denominator[i])
        with_it = nan  # of a day without a value nobody can say
        if below > 0 and value:
            total = fsum([*used.denominator.tolist(), below])
            with_it = fsum([*used.numerator.tolist(), above]) / total / value
        found.append(
            {
                "day": day,
                "reason": "coverage" if thin else "no_figure",
                "coverage": number(float(days.coverage[i])),
                "value": number(above / below) if below > 0 else None,
                "effect": number(with_it - 1),
            }
        )
    return found


def cut(view: View, line: Line, window: tuple[int, int], whole: set[int]) -> list[Document]:
    """Production days of which the period holds a part only; they never count."""
    hours = view.calendars[line.id].hours(*window)
    inside = (hours.shift_t1_ns > window[0]) & (hours.shift_t0_ns < window[1])
    parts = set(hours.shift_day[inside].tolist()) - whole
    nothing = {"coverage": None, "value": None, "effect": None}
    return [{"day": day_text(int(day)), "reason": "cut", **nothing} for day in sorted(parts)]


def warnings(view: View, of: Question, days: Days) -> list[str]:
    """What stands against freezing this period; none of it forbids to."""
    used = days.usable()
    if not len(used):
        return ["no_days"]
    first, last = date.fromisoformat(days.day[0]), date.fromisoformat(days.day[-1])
    waiting = timedelta(days=maturity_days(view, [of.line], of.measure))
    raised = {
        "few_days": len(days) < MIN_DAYS,
        "short": MIN_DAYS <= len(days) < WANTED_DAYS,
        "weeks": ((last - first).days + 1) % WEEK != 0,
        "maturity": last + waiting >= day_of(view, view.clock.wall_ns()),
        "provisional": bool((used.status == PROVISIONAL).any()),
        "wanders": wanders(used),
    }
    return [code for code, is_so in raised.items() if is_so]


def day_document(days: Days, i: int, used: set[str]) -> Document:
    """One day of the chart."""
    above, below = float(days.numerator[i]), float(days.denominator[i])
    return {
        "day": days.day[i],
        "value": number(above / below) if below > 0 else None,
        "coverage": number(float(days.coverage[i])),
        "used": days.day[i] in used,
    }
