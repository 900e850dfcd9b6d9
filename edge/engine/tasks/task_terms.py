"""The terms of an improvement task: what may be said, and when it may still be changed.

The words of a task may be mended as long as it is open. What its proof rests on (line, measure,
baseline, target, dates) is settled when it is agreed: another aim is another task.
"""

import hashlib
import json
from datetime import date
from typing import Any

from edge.engine.figures.days import comparable
from edge.engine.verdicts import baselines
from edge.engine.view import View
from edge.errors import NotFound, Refused
from edge.moment import parse
from edge.records import proof

Document = dict[str, Any]  # JSON
WORDS = {"title": 120, "company": 120, "mentor": 80, "problem": 2_000, "hypothesis": 2_000}
"""Free texts, and how many letters each may have."""
SETTLED = ("line", "machine", "measure", "baseline", "target", "due", "go_live")
"""What is settled when a task is agreed."""
FIELDS = (*WORDS, *SETTLED)
CLOSED = ("sustained", "rejected")


def fresh(view: View, given: Document) -> Document:
    """The terms of a new task.

    Raises:
        NotFound: no such line, machine, baseline or target.
        Refused: no title, no line, a text that is too long, or parts that do not fit together.
    """
    empty: Document = dict.fromkeys(FIELDS)
    return checked(view, {**empty, "company": view.site.name, "status": "proposed"}, given)


def checked(view: View, old: Document, given: Document) -> Document:
    """Terms with some of them changed.

    Args:
        view: the site.
        old: the terms so far.
        given: what shall be another; None takes it back.

    Raises:
        NotFound: no such line, machine, baseline or target.
        Refused: it may no longer be changed, or does not fit together.
    """
    if old["status"] in CLOSED:
        raise Refused(f"the task is {old['status']}; nothing of it changes any more")
    terms = {**old, **given}
    moved = [name for name in SETTLED if terms[name] != old[name]]
    if moved and old["status"] != "proposed":
        raise Refused(
            f"{', '.join(moved)} was settled when the task was {old['status']};"
            " reject it and propose another"
        )
    for name, most in WORDS.items():
        if len(terms[name] or "") > most:
            raise Refused(f"{name} has {len(terms[name])} letters; at most {most}")
    if not (terms["title"] or "").strip():
        raise Refused("a task needs a title; say in a few words what shall become better")
    return fitting(view, filled(view, terms))


def filled(view: View, terms: Document) -> Document:
    """Terms with what follows from their target: it says line, measure, baseline and dates.

    Raises:
        NotFound: no such target.
        Refused: something else was said of the same thing.
    """
    if terms["target"] is None:
        return terms
    known = proof.kept(view.records, proof.target)
    if terms["target"] not in known:
        ids = ", ".join(known) or "none"
        raise NotFound(f"there is no target '{terms['target']}'; there are {ids}")
    body = known[terms["target"]]
    told = {
        "line": body["lines"][0],
        "machine": body["machine"],
        "measure": body["measure"],
        "baseline": body["baselines"][0],
        "due": body["due"],
        "go_live": view.time(body["go_live_ns"]),
    }
    for name in ("line", "machine", "measure", "baseline"):
        if terms[name] not in (None, told[name]):
            raise Refused(
                f"{name} is '{terms[name]}', but target {body['id']} is of '{told[name]}';"
                " leave it out, or link another target"
            )
    return {**terms, **told}


def fitting(view: View, terms: Document) -> Document:
    """The same terms, if their parts belong together.

    Raises:
        NotFound: no such line, machine or baseline.
        Refused: they do not.
    """
    if terms["line"] is None:
        raise Refused("a task is of a line; name it, or link a target")
    view.machine(terms["line"], terms["machine"])
    view.line(terms["line"])
    if terms["measure"] is not None:
        comparable(terms["measure"])
    if terms["baseline"] is not None:
        body = baselines.shown(view, terms["baseline"])
        subject = terms["line"], terms["machine"], terms["measure"]
        if baselines.told_by(body) != subject:
            raise Refused(
                f"baseline {body['id']} is of {body['measure']} of {body['line']}; name one of the"
                " task's own measure"
            )
    return {**terms, "due": day(terms["due"]), "go_live": instant(view, terms["go_live"])}


def day(text: str | None) -> str | None:
    """A local day, as it is written.

    Raises:
        Refused: where it is none.
    """
    try:
        return date.fromisoformat(text).isoformat() if text else None
    except ValueError:
        raise Refused(f"'{text}' is no day; write 2026-12-31") from None


def instant(view: View, text: str | None) -> str | None:
    """An instant, in the site's own time."""
    if text is None:
        return None
    return view.time(parse(text, view.zone, view.site.production_day_starts))


def digest(terms: Document) -> str:
    """SHA-256 of what a signature stands under: all terms but the status and the mentor's name."""
    said = {name: terms[name] for name in FIELDS if name != "mentor"}
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
