"""What a package computes: which days of which lines, with all that people told and did."""

from edge.engine.findings.late_reasons import explained
from edge.engine.verdicts.plan_cuts import plan_cuts
from edge.engine.verdicts.windows import windows_of
from edge.engine.view import View
from edge.evidence import decisions, results
from edge.evidence.refold import Scope
from edge.evidence.results import Promise, Reach
from edge.records import progress


def scope_of(now: View, promise: Promise, at_ns: int, reach: Reach) -> Scope:
    """What is computed: from days before the first baseline up to the instant of the state.

    Args:
        now: the site at this moment, with the lines that are wanted.
        promise: the target.
        at_ns: the instant of the state.
        reach: how much time around that is looked at.
    """
    until_ns = reach.until(at_ns)
    with now.records.reading() as db:
        lives = {
            key: life._replace(
                last_ns=min(life.last_ns, until_ns), watermark_ns=min(life.watermark_ns, until_ns)
            )
            for key, life in progress.lives(db).items()
            if key[0] in promise.lines and life.first_ns < until_ns
        }
    first_ns = results.first_day(promise.from_ns, reach.before)
    span = first_ns, results.last_day(at_ns)
    facts = decisions.told(now.records, now.site, (first_ns, at_ns))
    windows = windows_of(now, promise.target, promise.baselines)
    cuts = plan_cuts(now, promise.lines, (windows.report[0], windows.wanted_to))
    told = explained(now, promise.lines, (promise.from_ns, at_ns), at_ns)
    return Scope(now.site, lives, *span, at_ns, facts, tuple(cuts), tuple(told))
