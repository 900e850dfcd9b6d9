"""The steps of an improvement task: from where to where, who may take it, and what it needs.

proposed → agreed → running → claimed → verified → sustained, and rejected from any open one. Until
there are accounts, role and name are what somebody typed: the record says so.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from edge.engine.tasks.task_terms import digest
from edge.errors import Refused
from edge.records.tasks import Kept, Note

Document = dict[str, Any]  # JSON
ROLES = ("firm", "mentor", "sponsor")
STATUSES = ("proposed", "agreed", "running", "claimed", "verified", "sustained", "rejected")
PROVEN = ("improved", "improved_at_least_target")
JUDGES = ("mentor", "sponsor")


class Step(NamedTuple):
    """One way from a status to another."""

    to: str
    roles: tuple[str, ...]  # who may take it
    needs: tuple[str, ...] = ()  # codes of `missing`


STEPS: Mapping[str, tuple[Step, ...]] = {
    "proposed": (
        Step("agreed", ("firm", "mentor"), ("target", "signed_firm", "signed_mentor")),
        Step("rejected", ROLES, ("reason",)),
    ),
    "agreed": (
        Step("running", ("firm",)),
        Step("rejected", ROLES, ("reason",)),
    ),
    "running": (
        Step("claimed", ("firm",), ("live",)),
        Step("rejected", JUDGES, ("reason",)),
    ),
    "claimed": (
        Step("verified", JUDGES, ("proven", "claim_signed")),
        Step("running", ROLES, ("reason",)),
        Step("rejected", JUDGES, ("reason",)),
    ),
    "verified": (
        Step("sustained", JUDGES, ("kept",)),
        Step("rejected", JUDGES, ("reason",)),
    ),
    "sustained": (),
    "rejected": (),
}
MEANS = {
    "target": "it has no target yet; set one and link it",
    "signed_firm": "the firm has not signed these terms",
    "signed_mentor": "the mentor has not signed these terms",
    "live": "it has not gone live yet",
    "proven": "its target shows no improvement that stands; see the conditions of its verdict",
    "claim_signed": "neither mentor nor sponsor has signed since it was claimed",
    "kept": "twelve months have not shown yet that the gain is kept",
    "reason": "say why, as a note",
}


class Facts(NamedTuple):
    """What a step may depend on besides the record itself."""

    verdict: str | None  # of the linked target
    live: bool  # go-live has passed
    kept: bool  # the look after twelve months found the gain sustained


def missing(step: Step, kept: Kept, facts: Facts, reason: str | None) -> list[str]:
    """Codes of what a step still needs."""
    claims = [note.n for note in kept.notes if note.kind == "step" and note.body["to"] == "claimed"]
    signed = {note.body["role"] for note in standing(kept)}
    late = {note.body["role"] for note in standing(kept) if note.n > max(claims, default=0)}
    holds = {
        "target": kept.terms["target"] is not None,
        "signed_firm": "firm" in signed,
        "signed_mentor": "mentor" in signed,
        "live": facts.live,
        "proven": facts.verdict in PROVEN,
        "claim_signed": bool(late & set(JUDGES)),
        "kept": facts.kept,
        "reason": bool((reason or "").strip()),
    }
    return [code for code in step.needs if not holds[code]]


def standing(kept: Kept) -> list[Note]:
    """The signatures under the terms as they are now, not taken back."""
    now, gone = digest(kept.terms), withdrawn(kept)
    return [
        note
        for note in kept.notes
        if note.kind == "sign_off" and note.body["terms"] == now and note.n not in gone
    ]


def withdrawn(kept: Kept) -> set[int]:
    """The numbers of notes that were taken back."""
    return {int(note.body["of"]) for note in kept.notes if note.kind == "withdrawal"}


def checked(kept: Kept, to: str, role: str, facts: Facts, reason: str | None) -> Step:
    """The step that is wanted.

    Raises:
        Refused: there is none, this role may not take it, or it still needs something.
    """
    known_role(role)
    status = kept.terms["status"]
    ways = {step.to: step for step in STEPS[status]}
    if to not in ways:
        allowed = ", ".join(ways) or "nothing any more"
        raise Refused(f"task {kept.id} is {status}; from there it becomes {allowed}, not '{to}'")
    step = ways[to]
    if role not in step.roles:
        raise Refused(f"the {role} may not make it {to}; {' or '.join(step.roles)} may")
    lacks = missing(step, kept, facts, reason)
    if lacks:
        raise Refused(
            f"task {kept.id} cannot become {to}: {'; '.join(MEANS[code] for code in lacks)}"
        )
    return step


def known_role(role: str) -> str:
    """A role that there is.

    Raises:
        Refused: there is none of that name.
    """
    if role not in ROLES:
        raise Refused(f"'{role}' is no role; take one of {', '.join(ROLES)}")
    return role
