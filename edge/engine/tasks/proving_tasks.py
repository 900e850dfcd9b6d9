"""What the figures say of an improvement task: its verdict, and when it moves which."""

from datetime import date
from typing import Any, NamedTuple

from edge.engine.tasks.attribution import Influence
from edge.engine.verdicts import sustainment, targets
from edge.engine.verdicts.windows import blackout
from edge.engine.view import View
from edge.errors import NotFound
from edge.moment import parse
from edge.records import proof
from edge.records.tasks import Kept

Document = dict[str, Any]  # JSON
TOLD = (
    *("id", "verdict", "reasons", "before", "after", "after_low", "after_high", "target"),
    *("improvement_rate", "low", "high", "coverage", "n_before", "n_after", "status"),
    *("baseline", "go_live", "report_from", "report_to", "report_complete", "gates"),
)
"""What a task says of its target; the rest is on the target's own page."""


class Proof(NamedTuple):
    """One target, judged at this moment."""

    told: Document
    looks: list[Document]
    falls_from: str | None
    lines: frozenset[str]
    settled_ns: int
    ends_ns: int
    baseline_ns: int


def proof_of(view: View, target: str) -> Proof:
    """Judge a target.

    Raises:
        NotFound: there is none.
    """
    known = proof.kept(view.records, proof.target)
    if target not in known:
        raise NotFound(f"there is no target '{target}'; there are {', '.join(known) or 'none'}")
    found, judged = targets.document(view, known[target])
    frozen = proof.kept(view.records, proof.baseline)
    return Proof(
        told={key: found[key] for key in TOLD},
        looks=sustainment.looks(view, known[target], judged),
        falls_from=sustainment.falls_from(judged),
        lines=frozenset(known[target]["lines"]),
        settled_ns=view.begin_of(date.fromisoformat(judged.windows.report[0])),
        ends_ns=view.begin_of(date.fromisoformat(judged.windows.wanted_to)),
        baseline_ns=min(frozen[one]["from_ns"] for one in known[target]["baselines"]),
    )


def influence(one: Kept, found: Proof | None) -> Influence:
    """Which figure a task moves, and from when on."""
    terms = one.terms
    go_live_ns = parse(terms["go_live"]) if terms["go_live"] else None
    lines = found.lines if found else frozenset({terms["line"]})
    told = Influence(one.id, lines, terms["machine"], terms["measure"], go_live_ns)
    if found is None:
        return told
    return told._replace(
        settled_ns=found.settled_ns, ends_ns=found.ends_ns, baseline_ns=found.baseline_ns
    )


def settling(view: View, terms: Document, found: Proof | None) -> Document:
    """When the black-out behind go-live is over; None where nobody can say.

    That is where nobody said when it goes live, or the site no longer has its line.
    """
    if found is not None:
        return {"settled": view.time(found.settled_ns)}
    if terms["go_live"] is None or terms["line"] not in view.calendars:
        return {"settled": None}
    _, day = blackout(view, terms["line"], parse(terms["go_live"]))
    return {"settled": view.time(view.begin_of(date.fromisoformat(day)))}
