"""What stands behind the verdict of a package: its parts, other weights, fewer days, what is left.

A file of its own, which packages of an earlier form do not have.
"""

from typing import Any

from edge.engine.verdicts import targets
from edge.engine.verdicts.adjusting import CODE
from edge.engine.verdicts.behind import behind
from edge.engine.view import View
from edge.evidence import linting
from edge.evidence.results import Promise

Document = dict[str, Any]  # JSON
FILE = "parts.json"
FORMAT = "lineproof-parts/2"
FORMER = "lineproof-parts/1"  # did not ask for equal conditions


def document(view: View, promise: Promise) -> Document:
    """What stands behind the verdict of a target, at the instant of the view."""
    _, judged = targets.document(view, promise.target)
    return {"format": FORMAT, **behind(view, promise.target, judged)}


def as_filed(filed: Document, found: Document) -> Document:
    """What is computed here in the form in which it is filed: one of before asked less."""
    if found["format"] != FORMAT:
        return linting.as_told(filed, found)
    if filed["format"] != FORMER:
        return found
    told = found["sensitivity"]
    rows = [row for row in told["rows"] if row["code"] != CODE]
    less = {**told, "rows": rows}
    del less["conditions"]
    return {**found, "format": FORMER, "sensitivity": less}


def files(view: View, promise: Promise, result: Document) -> dict[str, Document]:
    """The files of a package that are of the present form alone.

    Args:
        view: the site as it was known at the instant of the state.
        promise: the target.
        result: its figures.
    """
    return {FILE: document(view, promise), linting.FILE: linting.document(view, promise, result)}
