"""The bill of a period: what was used at which price, and what the greatest power costs beside it.

Unit cost divides the first alone. The demand charge is a fixed cost of the site: it never moves a
verdict, a baseline or the usage of anybody.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from edge.engine.explaining.explaining import Question, has_cost, loose_of, measure_of
from edge.engine.figures.charging import charges
from edge.engine.figures.days import number
from edge.engine.figures.demand import Own, demand_charge, read_ahead
from edge.engine.figures.figures import sums_of, totals
from edge.engine.view import View
from edge.errors import Refused
from edge.model import DAY_NS

Document = dict[str, Any]  # JSON
LONGEST_DAYS = 366


def bill_of(view: View, question: Question) -> Document:
    """The answer of `GET /costs`.

    Raises:
        NotFound: no such line or machine.
        Refused: more time than a year.
    """
    line = view.line(question.line)
    view.machine(question.line, question.machine)
    if question.to_ns - question.from_ns > LONGEST_DAYS * DAY_NS:
        raise Refused(f"at most {LONGEST_DAYS} days are answered; ask for less")
    now_ns = view.clock.wall_ns()
    window = question.from_ns, max(question.from_ns, min(question.to_ns, now_ns))
    found = totals(view, line, window, "interval")
    group = next(iter(found.of(question.machine)), None)
    mine = found.sums.rows[group] if group is not None else np.empty(0, np.int64)
    said = sums_of(found, group, ("energy_kwh", "gq", "cost_krw"))
    return {
        "as_of": view.time(now_ns),
        "line": line.id,
        "machine": question.machine,
        "from": view.time(window[0]),
        "to": view.time(window[1]),
        "energy_kwh": number(said[0]),
        "good": number(said[1]),
        "cost_krw": number(said[2]),
        "charges": charges(view, found, mine, loose_of(view, question, window)),
        "demand": demand_charge(view, window, Own(said[0], said[1])),
    }


def read_for(view: View, question: Question, longest_days: int) -> Iterator[int]:
    """Read what the demand charge of an answer needs, some at a time; others may ask between.

    Args:
        view: the site.
        question: of `bill_of` or `explaining.explain`.
        longest_days: nothing is read for more; the answer will refuse it.

    Raises:
        NotFound: no such line, machine or measure.
    """
    view.line(question.line)
    view.machine(question.line, question.machine)
    length_ns = question.to_ns - question.from_ns
    if has_cost(measure_of(question.measure)) and length_ns <= longest_days * DAY_NS:
        yield from read_ahead(view, (question.from_ns, min(question.to_ns, view.clock.wall_ns())))
