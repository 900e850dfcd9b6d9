"""What a target would mean, before anybody agrees on it: from what to what, and which days count.

Nothing is stored. What agreeing would refuse is refused; the figures are those that would hold.
"""

from datetime import date
from typing import Any, NamedTuple

from edge.engine.figures.days import number
from edge.engine.verdicts import baselines
from edge.engine.verdicts.judging import aim, joined
from edge.engine.verdicts.targets import Wish, meant, window_document
from edge.engine.verdicts.windows import BLACKOUT_DAYS, ONE_DAY, windows_of
from edge.engine.view import View
from kpi.catalogue.index import MEASURES
from kpi.verdict import MIN_DAYS

Document = dict[str, Any]  # JSON


class Aim(NamedTuple):
    """How much better, and when."""

    improve: float | None  # fraction to the good side
    value: float | None  # or the value itself
    go_live_ns: int
    due: date | None


def against(view: View, baseline: str, aim: Aim) -> Wish:
    """An aim against one baseline, which says of which line, machine and measure.

    Raises:
        NotFound: no such baseline.
    """
    line, machine, measure = baselines.told_by(baselines.shown(view, baseline))
    return Wish((line,), machine, measure, (baseline,), *aim)


def preview(view: View, wish: Wish) -> Document:
    """What agreeing on a target would promise, and on which days it would be judged.

    Raises:
        NotFound: no such line, machine or baseline.
        Refused: as `targets.agree` refuses it.
    """
    body, frozen = meant(view, wish)
    measure, windows = MEASURES[wish.measure], windows_of(view, body, frozen)
    days = joined([baselines.frozen_days(one) for one in frozen])
    before = days.usable().ratio()
    target = aim(body, before, higher=measure.better == "higher")
    first, end = (date.fromisoformat(day) for day in (windows.report[0], windows.wanted_to))
    raised = {
        "few_days": len(days) < MIN_DAYS,
        "frozen_late": bool(body["frozen_late"]),
        "due_early": wish.due is not None and wish.due < end - ONE_DAY,
    }
    return {
        "as_of": view.time(view.clock.wall_ns()),
        **{key: body[key] for key in ("lines", "machine", "measure", "baselines", "frozen_late")},
        "line_name": view.line(wish.lines[0]).name,
        "unit": measure.unit,
        "definition": measure.definition,
        "higher_is_better": measure.better == "higher",
        "before": number(before),
        "target": number(target),
        "improvement_rate": number(abs(target / before - 1)) if before else None,
        **window_document(view, body, windows),
        "blackout_days": BLACKOUT_DAYS if wish.from_ns is None else None,
        "report_from": view.time(view.begin_of(first)),
        "report_to": view.time(view.begin_of(end)),
        "warnings": [code for code, is_so in raised.items() if is_so],
    }
