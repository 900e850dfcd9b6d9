"""Improvement tasks as people and programs see them: the record, and what the figures say of it.

The system verifies the figure of a task by its target; whose gain it is stands beside it. Nothing
computed is kept here: a verdict is that of this moment.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from edge.engine.tasks import proving_tasks
from edge.engine.tasks.attribution import joint, shared
from edge.engine.tasks.proving_tasks import Proof
from edge.engine.tasks.task_steps import STEPS, Facts, missing, standing, withdrawn
from edge.engine.verdicts.windows import BLACKOUT_DAYS
from edge.engine.view import View
from edge.errors import NotFound
from edge.moment import parse
from edge.records import tasks
from edge.records.packages import packages
from edge.records.tasks import Kept
from kpi.catalogue.index import MEASURES

Document = dict[str, Any]  # JSON
LISTED = {"comment": "comments", "visit": "visits", "photo": "photos"}
LISTED |= {"countermeasure": "countermeasures", "sign_off": "sign_offs", "step": "history"}
SHORT = ("countermeasures", "sign_offs")  # of these a list tells all, of others how many there are


@dataclass(slots=True)
class Book:
    """All tasks at one moment, each target judged once."""

    view: View
    chosen: Callable[[Kept], bool] = lambda _: True  # what is asked for; others only beside it
    kept: dict[str, Kept] = field(init=False)
    joint: dict[str, list[str]] = field(init=False)
    shared: set[str] = field(init=False)
    proofs: dict[str, Proof | str] = field(default_factory=dict)  # by target; or why there is none

    def __post_init__(self) -> None:
        self.kept = tasks.kept(self.view.records)
        figures = {figure_of(one) for one in self.kept.values() if self.chosen(one)}
        every = [
            proving_tasks.influence(one, self.proof(one))
            for one in self.kept.values()
            if one.terms["measure"] is not None
            and one.terms["status"] != "rejected"
            and figure_of(one) in figures
        ]
        self.joint, self.shared = joint(every), shared(every)

    def proof(self, one: Kept) -> Proof | None:
        """What the figures say of a task's target; None where it has none, or it was lost."""
        found = self._judged(one.terms["target"])
        return found if isinstance(found, Proof) else None

    def unjudged(self, one: Kept) -> str | None:
        """Why nothing can be said of a task's target, and what to do; None where nothing is amiss.

        As where damaged records lost it or its baseline.
        """
        found = self._judged(one.terms["target"])
        return found if isinstance(found, str) else None

    def _judged(self, target: str | None) -> Proof | str | None:
        """A target, judged at this moment."""
        if target is not None and target not in self.proofs:
            try:
                self.proofs[target] = proving_tasks.proof_of(self.view, target)
            except NotFound as error:
                self.proofs[target] = str(error)
        return None if target is None else self.proofs[target]

    def of(self, task: str) -> Kept:
        """The task of an id.

        Raises:
            NotFound: with the ids there are.
        """
        if task not in self.kept:
            known = ", ".join(self.kept) or "none"
            raise NotFound(f"there is no task '{task}'; there are {known}")
        return self.kept[task]

    def facts(self, one: Kept) -> Facts:
        """What its steps may depend on."""
        proof, go_live = self.proof(one), one.terms["go_live"]
        live = go_live is not None and parse(go_live) <= self.view.clock.wall_ns()
        if proof is None:
            return Facts(None, live, kept=False)
        return Facts(str(proof.told["verdict"]), live, kept=proof.looks[-1]["label"] == "sustained")


def figure_of(one: Kept) -> tuple[str | None, str | None]:
    """Which figure a task moves, whatever its line: only such tasks are looked at together."""
    return one.terms["measure"], one.terms["machine"]


def listed(view: View, target: str | None = None) -> Document:
    """All tasks, or those of a target; a list tells of comments, visits and photos how many."""
    book = Book(view, lambda one: target in (None, one.terms["target"]))
    chosen = [one for one in book.kept.values() if book.chosen(one)]
    return {
        "as_of": view.time(view.clock.wall_ns()),
        "tasks": [shortened(document(book, one)) for one in chosen],
    }


def shown(view: View, task: str) -> Document:
    """One task with everything that was noted of it.

    Raises:
        NotFound: with the ids there are.
    """
    book = Book(view, lambda one: one.id == task)
    return document(book, book.of(task))


def shortened(body: Document) -> Document:
    """A task for a list."""
    return {
        key: len(value) if key in LISTED.values() and key not in SHORT else value
        for key, value in body.items()
    }


def document(book: Book, one: Kept) -> Document:
    """A task with what the figures say of it."""
    view, terms, proof = book.view, one.terms, book.proof(one)
    return {
        "id": one.id,
        "version": one.version,
        "made_at": view.time(one.made_ns),
        **terms,
        **named(view, terms),
        "due_days": days_until(view, terms["due"]),
        **proving_tasks.settling(view, terms, proof),
        "blackout_days": BLACKOUT_DAYS,
        "next": ways(book, one),
        "verdict": proof.told if proof else None,
        "unjudged": book.unjudged(one),
        "attribution": attribution(book, one),
        "sustainment": proof.looks if proof else [],
        "falls_from": proof.falls_from if proof else None,
        "evidence": evidence(view, terms["target"]),
        **notes(view, one),
    }


def named(view: View, terms: Document) -> Document:
    """The name of its line, and what its measure is."""
    measure = MEASURES.get(terms["measure"] or "")
    names = {line.id: line.name for line in view.site.lines}
    return {
        "line_name": names.get(terms["line"], terms["line"]),
        "unit": measure.unit if measure else None,
        "definition": measure.definition if measure else None,
        "higher_is_better": measure.better == "higher" if measure else None,
    }


def days_until(view: View, due: str | None) -> int | None:
    """Days from today to the due date; negative behind it."""
    if due is None:
        return None
    today = date.fromisoformat(view.time(view.clock.wall_ns())[:10])
    return (date.fromisoformat(due) - today).days


def ways(book: Book, one: Kept) -> list[Document]:
    """The steps that it may take, who may take them, and what they need still."""
    facts = book.facts(one)
    return [
        {"to": step.to, "roles": list(step.roles), "missing": missing(step, one, facts, None)}
        for step in STEPS[one.terms["status"]]
    ]


def attribution(book: Book, one: Kept) -> Document:
    """Whether the gain is this task's own: alone, separable, joint, or none without a figure."""
    if one.id not in book.joint:
        return {"kind": "none", "with": []}
    others = book.joint[one.id]
    kind = "joint" if others else "separable" if one.id in book.shared else "alone"
    return {"kind": kind, "with": others}


def evidence(view: View, target: str | None) -> str | None:
    """The hash of the last package of its target."""
    made = [one.manifest for one in packages(view.records) if one.target == target]
    return made[-1] if made else None


def notes(view: View, one: Kept) -> Document:
    """Everything that was noted, by kind; what was taken back says so."""
    gone, stands = withdrawn(one), {note.n for note in standing(one)}
    found: Document = {name: [] for name in LISTED.values()}
    for note in one.notes:
        if note.kind not in LISTED:
            continue
        body = {"n": note.n, "at": view.time(note.at_ns), **note.body, "withdrawn": note.n in gone}
        if note.kind == "sign_off":
            body = {**body, "stands": note.n in stands}
            del body["terms"]
        found[LISTED[note.kind]].append(body)
    return found
