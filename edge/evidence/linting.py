"""Findings in the figures of both windows of a target: what a reader should know of them.

A file of its own, which packages of an earlier form do not have; some tell less.
"""

from collections.abc import Iterator
from typing import Any

from edge.engine.findings.lints import Lint, lints
from edge.engine.verdicts import baselines
from edge.engine.view import View
from edge.evidence.results import Promise, report_window
from edge.text.catalogue import finding

Document = dict[str, Any]  # JSON
FILE = "lints.json"
FORMAT = "lineproof-lints/2"
FORMER = "lineproof-lints/1"
TOLD_BEFORE = frozenset(
    {"unplanned_output", "fast_cycle", "conflict", "no_cycle", "loose", "constant_series"}
)
"""All that packages of the former form looked for."""
OF_LINES = frozenset({"plan_shrunk"})  # what is said of a line holds for each of its machines
SIDES = ("baseline", "report")


def document(view: View, promise: Promise, result: Document) -> Document:
    """Findings of every line of a target, by the ideal cycles of its baseline.

    Args:
        view: the site as it was known at the instant of the state.
        promise: the target.
        result: its figures, with the ends of the reporting window.
    """
    report = report_window(view, result)
    found: Document = {"format": FORMAT, "baseline": [], "report": []}
    for body in promise.baselines:
        line, now = baselines.frozen_line(view, body), view.line(body["line"])
        windows = {"baseline": (body["from_ns"], body["to_ns"]), "report": report}
        for side, window in windows.items():
            for one in lints(view, line, (window[0], max(window)), [now]):
                if is_of(one, body["machine"]):
                    found[side].append(one.document())
    return found


def is_of(lint: Lint, machine: str | None) -> bool:
    """Whether a finding concerns the figures of a machine; of the line for None."""
    return machine in (None, lint.machine) or lint.code in OF_LINES


def as_told(filed: Document, now: Document) -> Document:
    """What is found now, as far as a document of its form could tell it; any other as it is."""
    if filed["format"] != FORMER:
        return now
    kept = {side: [one for one in now[side] if one["code"] in TOLD_BEFORE] for side in SIDES}
    return {"format": FORMER, **kept}


def printed(language: str, found: Document) -> Iterator[tuple[str, str, str]]:
    """Window, thing and sentence of each finding, those of a line once for all of its machines.

    What a package of the former form tells is not printed, as it was not when it was made.
    """
    if found.get("format") != FORMAT:
        return
    for side in SIDES:
        whole = {(one["code"], one["line"]) for one in found[side] if one["machine"] is None}
        for one in found[side]:
            if one["machine"] is None or (one["code"], one["line"]) not in whole:
                thing = "/".join(each for each in (one["line"], one["machine"]) if each)
                yield side, thing, finding(language, one["code"], one["amount"], one["of"])
