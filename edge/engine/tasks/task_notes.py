"""Doing something with an improvement task: propose, amend, note, sign, take a step."""

from dataclasses import dataclass
from typing import Any

from edge.engine.tasks import task_terms, tasks
from edge.engine.tasks.task_steps import STEPS, checked, known_role, withdrawn
from edge.engine.tasks.tasks import Book
from edge.engine.view import View
from edge.errors import Changed, NotFound, Refused
from edge.records import tasks as records
from edge.records.audit import ADMIN, Actor
from edge.records.tasks import Kept, Note

Document = dict[str, Any]  # JSON
MOST_NOTES = 1_000
MOST_PHOTOS = 60
LETTERS = {"text": 2_000, "reason": 500, "said": 500, "caption": 200, "name": 80, "owner": 80}
NEEDED = {
    "comment": ("name", "text"),
    "visit": ("name", "day", "text"),
    "countermeasure": ("text", "owner", "day"),
    "photo": ("name", "sha256"),
    "withdrawal": ("of", "name", "reason"),
    "sign_off": ("role", "name"),
}
"""What each kind of note must say."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A step that somebody wants to take."""

    to: str
    role: str
    name: str
    reason: str | None = None


def propose(view: View, given: Document, by: Actor = ADMIN) -> Document:
    """Write a task down.

    Raises:
        NotFound: no such line, machine, baseline or target.
        Refused: its parts do not fit together.
    """
    terms = task_terms.fresh(view, given)
    name = records.propose(view.records, view.clock.wall_ns(), terms, by)
    return tasks.shown(view, name)


def amend(view: View, task: str, version: int, given: Document, by: Actor = ADMIN) -> Document:
    """Change the terms of a task.

    Raises:
        NotFound: no such task, or what it names.
        Refused: it may no longer be changed.
        Changed: somebody else was faster; the task as it is now is in it.
    """
    one = Book(view).of(task)
    if one.version != version:
        raise Changed(tasks.shown(view, task))
    terms = task_terms.checked(view, one.terms, given)
    if not records.amend(view.records, task, version, view.clock.wall_ns(), terms, by):
        raise Changed(tasks.shown(view, task))
    return tasks.shown(view, task)


def add(view: View, task: str, kind: str, body: Document, by: Actor = ADMIN) -> Document:
    """Note something of a task.

    Raises:
        NotFound: no such task.
        Refused: something is missing or too long, or there is no more room.
    """
    book = Book(view)
    one = book.of(task)
    said = {**worded(kind, body), **signed(book, one, kind, body)}

    def check(now: Kept) -> None:
        if kind == "sign_off" and task_terms.digest(now.terms) != said["terms"]:
            raise Changed(tasks.shown(view, task))
        roomy(now, kind, said)

    records.note(view.records, task, Note(0, kind, view.clock.wall_ns(), said), by, check)
    return tasks.shown(view, task)


def take(view: View, task: str, step: Wanted, by: Actor = ADMIN) -> Document:
    """Take a step with a task.

    Raises:
        NotFound: no such task.
        Refused: there is no such step, this role may not take it, or it needs something still.
    """
    book = Book(view)
    one = book.of(task)
    body = worded("step", {"role": step.role, "name": step.name, "reason": step.reason})
    said = {"from": one.terms["status"], "to": step.to, **body}

    def check(now: Kept) -> None:
        checked(now, step.to, step.role, book.facts(now), step.reason)
        roomy(now, "step", said)

    check(one)
    records.note(view.records, task, Note(0, "step", view.clock.wall_ns(), said), by, check)
    return tasks.shown(view, task)


def worded(kind: str, body: Document) -> Document:
    """What is noted, if all of it was said and nothing is too long.

    Raises:
        Refused: with what is missing or too long.
    """
    for name in NEEDED.get(kind, ("role", "name")):
        if not str(body.get(name) or "").strip():
            raise Refused(f"a {kind.replace('_', '-')} needs '{name}'; say it")
    for name, most in LETTERS.items():
        if len(body.get(name) or "") > most:
            raise Refused(f"{name} has {len(body[name])} letters; at most {most}")
    if "day" in body:
        return {**body, "day": task_terms.day(body["day"])}
    return body


def signed(book: Book, one: Kept, kind: str, body: Document) -> Document:
    """What a signature stands under: the terms, the status and the verdict of this moment.

    Raises:
        Refused: no such role, or the task is closed.
    """
    if kind != "sign_off":
        return {}
    known_role(body["role"])
    if not STEPS[one.terms["status"]]:
        raise Refused(f"task {one.id} is {one.terms['status']}; nothing is signed any more")
    proof = book.proof(one)
    return {
        "status": one.terms["status"],
        "verdict": proof.told["verdict"] if proof else None,
        "terms": task_terms.digest(one.terms),
    }


def roomy(now: Kept, kind: str, said: Document) -> None:
    """Refuse a note for which there is no room, or which takes back what is not there.

    Raises:
        Refused: too many notes or photos, or the note to take back is none.
    """
    photos = sum(note.kind == "photo" for note in now.notes)
    if len(now.notes) >= MOST_NOTES or (kind == "photo" and photos >= MOST_PHOTOS):
        raise Refused(f"task {now.id} has {len(now.notes)} notes and {photos} photos; that is all")
    if kind == "withdrawal":
        open_ones = {n.n for n in now.notes if n.kind not in {"step", "withdrawal"}}
        if said["of"] not in open_ones - withdrawn(now):
            unknown = f"task {now.id} has no note {said['of']} that could be taken back"
            raise Refused(f"{unknown}; the task shows each note with its number")


def has_photo(view: View, task: str, sha256: str) -> None:
    """Refuse a photo that is not of this task.

    Raises:
        NotFound: it has none of this hash.
    """
    one = Book(view).of(task)
    known = {note.body["sha256"] for note in one.notes if note.kind == "photo"}
    if sha256 not in known:
        raise NotFound(f"task {task} has no photo '{sha256}'; GET /api/v1/tasks/{task} lists them")
