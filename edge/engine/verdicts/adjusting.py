"""What a change would be had the days before had the conditions of the days after.

Conditions are product mix, shifts, lot size, weekday, and signals that a target names. Which of
them are looked at is named when the target is agreed on, or is the order below: never what turns
out to fit. A condition enters whole or not at all, and the fit sees the days before alone. Beside
the verdict and never in its place.
"""

from collections.abc import Sequence
from math import nan
from typing import Any, NamedTuple

import numpy as np

from edge.engine.figures.days import number
from edge.engine.verdicts import baselines
from edge.engine.verdicts.circumstances import Circumstances, Column, told_of
from edge.engine.verdicts.judging import Judged
from edge.engine.view import View
from edge.model import F64
from kpi.adjustment import Adjusted, Side, adjusted_effect, depend
from kpi.verdict import MIN_DAYS

Document = dict[str, Any]  # JSON
CODE = "same_conditions"
IN_ORDER = ("mix", "shift", "lot", "weekday")  # where a target names none
DAYS_A_TERM = 10
MOST_OUTSIDE = 0.25  # of the days after


class Chosen(NamedTuple):
    """The conditions that enter, and why others do not."""

    columns: list[Column]
    terms: list[Document]


def adjustment(view: View, body: Document, judged: Judged) -> tuple[Document, Document]:
    """The row of the other questions, and what it rests on.

    Args:
        view: the site.
        body: the target as it was agreed.
        judged: what its days prove.
    """
    before, after = judged.before_days.usable(), judged.after_days.usable()
    named = tuple(body.get("conditions") or IN_ORDER)
    told: Document = {
        "terms": [],
        "named": body.get("conditions") is not None,
        "reason": None,
        "n_before": len(before),
        "n_after": len(after),
        "outside": [],
        "uncertainty": None,
        "method": None,
    }
    if min(len(before), len(after)) < MIN_DAYS:
        return row(None, judged), {**told, "reason": "too_few_days"}
    if not (min(before.numerator) > 0 and min(after.numerator) > 0):
        return row(None, judged), {**told, "reason": "no_logarithm"}
    frozen = [baselines.shown(view, one) for one in body["baselines"]]
    found = told_of(view, frozen, (before.day, after.day), named)
    chosen = choice(found, named, len(before) // DAYS_A_TERM)
    told |= {"terms": chosen.terms, "outside": outside(found, after.day)}
    if not chosen.columns:
        return row(None, judged), {**told, "reason": "no_terms"}
    if len(told["outside"]) > MOST_OUTSIDE * len(after):
        return row(None, judged), {**told, "reason": "extrapolation"}
    sides = [
        Side.of(days.numerator, days.denominator, matrix(chosen.columns, nth), str(nth))
        for nth, days in enumerate((before, after))
    ]
    made = adjusted_effect(*sides)
    said = {"uncertainty": number(made.uncertainty), "method": made.method}
    return row(made, judged), {**told, **said}


def row(made: Adjusted | None, judged: Judged) -> Document:
    """The answer as the other questions have it; better is positive, and it is no verdict."""
    effect, low, high = (made.effect, made.low, made.high) if made else (nan, nan, nan)
    if not judged.higher:
        effect, low, high = -effect, -high, -low
    return {
        "code": CODE,
        "improvement_rate": number(effect),
        "low": number(low),
        "high": number(high),
        "verdict": None,
        "left_out": [],
    }


def choice(found: Circumstances, named: Sequence[str], room: int) -> Chosen:
    """The conditions that enter, in their order, each whole, as long as there are days for them."""
    columns, terms = list[Column](), list[Document]()
    for name in named:
        mine = [one for one in found.columns if one.condition == name]
        varying = [one for one in mine if one.varies and not one.is_reference]
        state = "used"
        if name in found.untold or not mine:
            state = "not_told"
        elif not varying:
            state = "same"
        elif len(columns) + len(varying) > room:
            state = "no_room"
        elif depend(matrix([*columns, *varying], 0)):
            state = "dependent"
        if state == "used":
            columns += varying
        said = [one.level for one in (varying or mine)] if state != "not_told" else []
        terms.append({"condition": name, "state": state, "levels": said})
    return Chosen(columns, terms)


def matrix(columns: Sequence[Column], side: int) -> F64:
    """The conditions of one side, a row a day."""
    return np.stack([one.values[side] for one in columns], axis=1)


def outside(found: Circumstances, days: Sequence[str]) -> list[str]:
    """The days after on which some condition was as it never was before."""
    strange = np.zeros(len(days), np.bool_)
    for column in found.columns:
        strange |= column.strange()
    return [day for day, is_strange in zip(days, strange.tolist(), strict=True) if is_strange]
