"""Improvement tasks: their terms, and everything that was said and done about them.

The terms of a task have a version, so that of two people who edit it the second is told. What is
noted of it (a comment, a counter-measure, a sign-off, a step) is numbered and never changed: who
was wrong takes a note back by another. Every change is in the audit log.
"""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    insert,
    select,
    update,
)

from edge.records.audit import Actor, Change, add
from edge.records.database import Records, Transaction, metadata
from edge.records.ids import next_id

Document = dict[str, Any]  # JSON
PREFIX = "k"

task = Table(
    "task",
    metadata,
    Column("id", Text, primary_key=True),
    Column("n", Integer, nullable=False, unique=True),
    Column("made_ns", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
)
task_note = Table(
    "task_note",
    metadata,
    Column("task", Text, nullable=False),
    Column("n", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at_ns", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("task", "n"),
)


class Note(NamedTuple):
    """One thing that was noted of a task."""

    n: int
    kind: str  # comment, visit, countermeasure, photo, sign_off, step, withdrawal
    at_ns: int
    body: Document


class Kept(NamedTuple):
    """A task as it is kept."""

    id: str
    made_ns: int
    version: int
    terms: Document
    notes: tuple[Note, ...]


Check = Callable[[Kept], None]
"""Raises where what is wanted must not be done to the task as it is now."""


def propose(records: Records, at_ns: int, terms: Document, by: Actor) -> str:
    """Add a task; its id."""
    with records.writing() as db:
        told = [*db.scalars(select(task.c.id)), *db.scalars(select(task_note.c.task).distinct())]
        name = next_id(db, PREFIX, "task add", told)
        n = int(name.removeprefix(PREFIX))
        row = {"id": name, "n": n, "made_ns": at_ns, "version": 1, "body": text_of(terms)}
        db.execute(insert(task), row)
        add(db, at_ns, by, Change("task add", name, None, terms))
    return name


def amend(
    records: Records, name: str, version: int, at_ns: int, terms: Document, by: Actor
) -> bool:
    """Replace the terms of a task; False, and nothing is written, unless `version` holds still."""
    with records.writing() as db:
        known = found(db, name).get(name)
        if known is None or known.version != version:
            return False
        replace(db, known, terms)
        old = {key: known.terms.get(key) for key in terms if terms[key] != known.terms.get(key)}
        new = {key: terms[key] for key in old}
        add(db, at_ns, by, Change("task set", name, old, new))
    return True


def note(records: Records, name: str, said: Note, by: Actor, check: Check) -> int:
    """Add a note to a task that is there; its number. A step also changes the status.

    Args:
        records: where.
        name: of the task.
        said: what is noted, whatever its number; of a step, `to` is the new status.
        by: who does it.
        check: is asked while nobody else can write.
    """
    with records.writing() as db:
        known = found(db, name)[name]
        check(known)
        n = known.notes[-1].n + 1 if known.notes else 1  # some of them may be lost
        row = said._replace(n=n)._asdict()
        db.execute(insert(task_note), {**row, "task": name, "body": text_of(said.body)})
        old = None
        if said.kind == "step":
            old = {"status": known.terms["status"]}
            replace(db, known, {**known.terms, "status": said.body["to"]})
        what = f"task {said.kind.replace('_', '-')}"
        add(db, said.at_ns, by, Change(what, name, old, {"n": n, **said.body}))
    return n


def replace(db: Transaction, known: Kept, terms: Document) -> None:
    """Write other terms, under the next version."""
    changed = {"body": text_of(terms), "version": known.version + 1}
    db.execute(update(task).where(task.c.id == known.id), changed)


def kept(records: Records) -> dict[str, Kept]:
    """All tasks by id, oldest first, each with its notes."""
    with records.reading() as db:
        return found(db)


def found(db: Transaction, name: str | None = None) -> dict[str, Kept]:
    """Tasks by id, oldest first; of an id, or all."""
    tasks, said = select(task).order_by(task.c.n), select(task_note).order_by(task_note.c.n)
    if name is not None:
        tasks, said = tasks.where(task.c.id == name), said.where(task_note.c.task == name)
    notes = dict[str, list[Note]]()
    for row in db.execute(said):
        notes.setdefault(row.task, []).append(
            Note(row.n, row.kind, row.at_ns, json.loads(row.body))
        )
    return {
        str(row.id): Kept(
            row.id, row.made_ns, row.version, json.loads(row.body), tuple(notes.get(row.id, ()))
        )
        for row in db.execute(tasks)
    }


def text_of(body: Document) -> str:
    """A document as it is kept."""
    return json.dumps(body, ensure_ascii=False, sort_keys=True)
