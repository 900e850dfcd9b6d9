"""What stands behind a verdict: its parts, how far it holds otherwise, and whether it lasted.

It is the same on the page, in `target show` and in a package, where it is computed anew.
"""

from math import fsum, isfinite
from typing import Any

from edge.engine.figures.days import Days, number
from edge.engine.verdicts import baselines, sustainment
from edge.engine.verdicts.adjusting import adjustment
from edge.engine.verdicts.bill import bill, columns, less_used
from edge.engine.verdicts.decomposition import Split, daily_output, figure
from edge.engine.verdicts.judging import Judged
from edge.engine.verdicts.sensitivity import sensitivity
from edge.engine.verdicts.strata import strata
from edge.engine.verdicts.windows import BLACKOUT_DAYS
from edge.engine.view import View
from kpi.catalogue.index import MEASURES
from kpi.regression import change_point

Document = dict[str, Any]  # JSON
SEGMENT = 10  # days, the shortest stretch that a shift may begin or end
CLAIMED = (*sustainment.PROVEN, "maturing")


def behind(view: View, body: Document, judged: Judged) -> Document:
    """All that is told of a target beside its figures.

    Args:
        view: the site.
        body: the target as it was agreed.
        judged: what its days prove.
    """
    frozen = baselines.agreed_on(view.records, body)
    measure, sides = body["measure"], (judged.before_days.usable(), judged.after_days.usable())
    days = sides[0].day, sides[1].day
    parts = (
        strata(view, frozen, days[0], before=True),
        strata(view, frozen, days[1], before=False),
    )
    ends, used = (sides[0].ratio(), sides[1].ratio()), None
    if not all(days):
        splits = [Split("figure", MEASURES[measure].unit, "", ends, reason="no_days")]
    elif measure == "unit_cost":
        found = columns(view, frozen, days)
        splits, used = (
            [bill(found, MEASURES[measure].unit, (ends[0], judged.bill))],
            less_used(found),
        )
    else:
        splits = [figure(measure, parts, ends)]
    if all(days):
        told = a_day(sides[0]), a_day(sides[1])
        splits.append(daily_output(parts, told if measure == "throughput_per_hour" else None))
    asked, alike = sensitivity(judged, measure, parts, used), adjustment(view, body, judged)
    return {
        "decomposition": [split.document() for split in splits],
        "sensitivity": {**asked, "rows": [*asked["rows"], alike[0]], "conditions": alike[1]},
        "shift": shift(judged),
        "plan_cuts": [cut.document() for cut in judged.plan_cuts],
        "sustainment": sustainment.looks(view, body, judged),
        "falls_from": sustainment.falls_from(judged),
    }


def a_day(days: Days) -> float:
    """What stands above the line of a measure, per day."""
    return fsum(days.numerator.tolist()) / len(days)


def shift(judged: Judged) -> Document | None:
    """The one day on which the level of a figure changed most, and whether go-live explains it.

    A gain that began more than a black-out before go-live, or as much after it, is not proven to be
    the doing of what went live; `doubt` says so. None where there are too few days to look.
    """
    before, since = judged.before_days.usable(), judged.since_days.usable()
    since = since.between("", judged.windows.report[1])
    if len(before) < SEGMENT or len(since) < SEGMENT:
        return None
    level = [*(before.numerator / before.denominator), *(since.numerator / since.denominator)]
    if not all(map(isfinite, level)):
        return None
    found, days = change_point(level, min_segment=SEGMENT), [*before.day, *since.day]
    live = sum(day < judged.windows.go_live for day in days)
    apart = found.index - live  # production days
    place = "go_live" if abs(apart) <= BLACKOUT_DAYS else "before" if apart < 0 else "after"
    return {
        "day": days[found.index],
        "before": number(found.before),
        "after": number(found.after),
        "place": place,
        "doubt": place != "go_live" and judged.verdict.verdict in CLAIMED,
    }
