"""How far a result hangs on its weights and on single days: the same question asked otherwise.

None of this changes a verdict. It is printed beside it, so that who must defend the figure knows
what it would be with another mix, or without its best and its worst day.
"""

from math import fsum, isfinite, nan
from typing import Any

import numpy as np

from edge.engine.figures.days import Days, number
from edge.engine.verdicts.changes import Change, change, drifts, is_moving
from edge.engine.verdicts.judging import Judged, target_theta
from edge.engine.verdicts.strata import Strata
from kpi.cost import UsageOnly
from kpi.decompose import weighted_rates
from kpi.verdict import decide

Document = dict[str, Any]  # JSON
MANY_NEW = 0.2  # share of new products above which a new baseline is asked for


def sensitivity(
    judged: Judged, measure: str, sides: tuple[Strata, Strata], used: UsageOnly | None
) -> Document:
    """The improvement rate under other weights, without extreme days, and at other prices.

    Returns:
        `mix_dependent` where the two sets of weights disagree about the direction; `new_share` is
        the part of what is below the line now that has no product to compare with; and a row for
        each question.
    """
    weighted = {
        f"{name}_weights": rate(sides, weights, judged)
        for name, weights in (("baseline", sides[0]), ("current", sides[1]))
    }
    rows = [row(code, value) for code, value in weighted.items()]
    rows.append(without_extremes(judged, measure))
    if used is not None:
        rows += [row("present_prices", used.paasche), row("mean_prices", used.fisher)]
    one, two = weighted.values()
    return {
        "mix_dependent": bool(one * two < 0),
        "new_share": number(new_share(sides)),
        "rows": rows,
    }


def row(code: str, value: float) -> Document:
    """A question whose answer is one figure."""
    return {
        "code": code,
        "improvement_rate": number(value),
        "low": None,
        "high": None,
        "verdict": None,
        "left_out": [],
    }


def rate(sides: tuple[Strata, Strata], weights: Strata, judged: Judged) -> float:
    """The improvement rate at the mix of one side; products that both sides made alone count."""
    keys = [key for key in sides[0].keys if key in sides[1].keys]
    below = [one.of("below", keys) for one in sides]
    there = (below[0] > 0) & (below[1] > 0)
    weight = np.where(there, weights.of("below", keys), 0.0)
    before, after = (
        weighted_rates(one.of("above", keys), under, weight)
        for one, under in zip(sides, below, strict=True)
    )
    if not before > 0 or not isfinite(after):
        return nan
    return (after / before - 1) * (1 if judged.higher else -1)


def new_share(sides: tuple[Strata, Strata]) -> float:
    """The share of now that is of products which the baseline does not know."""
    total = sides[1].whole("below")
    known = set(sides[0].keys)
    fresh = [key for key in sides[1].keys if key not in known]
    return fsum(sides[1].of("below", fresh).tolist()) / total if total > 0 else nan


def without_extremes(judged: Judged, measure: str) -> Document:
    """The verdict once the best and the worst day of either side are left out."""
    sides = [side.usable() for side in (judged.before_days, judged.after_days)]
    (before, first), (after, last) = (trimmed(side) for side in sides)
    kept, gone = (before, after), [*first, *last]
    found = change(*kept, measure)
    if found is None:
        return {**row("without_extremes", nan), "left_out": gone}
    low, high = found.bounds
    value = judged.numbers(kept[0].ratio(), kept[1].ratio()).improvement_rate
    return {
        **row("without_extremes", value),
        "low": number(low if judged.higher else -high),
        "high": number(high if judged.higher else -low),
        "verdict": verdict(judged, found, kept),
        "left_out": gone,
    }


def trimmed(days: Days) -> tuple[Days, list[str]]:
    """Days without the best and the worst, and which these are."""
    if len(days) < 3:  # noqa: PLR2004 - the best, the worst, and one that stays
        return days, []
    ratio = days.numerator / days.denominator
    ends = sorted({int(np.argmin(ratio)), int(np.argmax(ratio))})
    return days.take([i for i in range(len(days)) if i not in ends]), [days.day[i] for i in ends]


def verdict(judged: Judged, found: Change, kept: tuple[Days, Days]) -> str:
    """What the days that stay prove, under the same conditions."""
    told = decide(
        *(found.theta, found.low, found.high),
        higher_is_better=judged.higher,
        target_theta=target_theta(judged.target, kept[0].ratio()),
        failed_gates=judged.gates.failed,
        maturing=is_moving(kept[1], good=1 if judged.higher else -1),
        drift=drifts(found, kept[0]),
    )
    return told.verdict
