"""Findings in the figures of both windows of a target: what a reader should know of them.

A file of its own, which packages of an earlier form do not have.
"""

from typing import Any

from edge.engine import baselines
from edge.engine.lints import lints
from edge.engine.view import View
from edge.evidence.results import Promise
from edge.moment import parse

Document = dict[str, Any]  # JSON
FILE = "lints.json"
FORMAT = "lineproof-lints/1"


def document(view: View, promise: Promise, result: Document) -> Document:
    """Findings of every line of a target, by the ideal cycles of its baseline.

    Args:
        view: the site as it was known at the instant of the state.
        promise: the target.
        result: its figures, with the ends of the reporting window.
    """
    told = result["target"]
    report = parse(told["report_from"]), min(parse(told["report_to"]), view.clock.wall_ns())
    found: Document = {"format": FORMAT, "baseline": [], "report": []}
    for body in promise.baselines:
        line = baselines.frozen_line(view, body)
        windows = {"baseline": (body["from_ns"], body["to_ns"]), "report": report}
        for side, window in windows.items():
            for one in lints(view, line, (window[0], max(window))):
                if body["machine"] in (None, one.machine):
                    found[side].append(one.document())
    return found
