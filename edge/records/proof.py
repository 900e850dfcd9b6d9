"""What people have agreed on: frozen baselines, targets, and what they said of stops.

Baselines and targets are written once and never changed; an edit is a new version beside the old
one. A stop's reason may change; every former answer is kept in `stop_edit`.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    Table,
    Text,
    insert,
    select,
)

from edge.records.audit import ADMIN, Actor, Change, add
from edge.records.database import Records, metadata
from edge.records.ids import next_id

Document = dict[str, Any]  # JSON

baseline = Table(
    "baseline",
    metadata,
    Column("id", Text, primary_key=True),
    Column("frozen_ns", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
)
target = Table(
    "target",
    metadata,
    Column("id", Text, primary_key=True),
    Column("agreed_ns", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
)
stop_edit = Table(
    "stop_edit",
    metadata,
    Column("stop", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("line", Text, nullable=False),
    Column("reason", Text),
    Column("note", Text),
    Column("edited_ns", BigInteger, nullable=False),
    Index("stop_edit_line", "line"),
)


PREFIX = {baseline.name: "b", target.name: "t"}
VERBS = {baseline.name: "baseline freeze", target.name: "target set"}
LOGGED = ("line", "lines", "machine", "measure", "name", "reason", "value", "from", "to", "digest")
"""What the audit log says of a document beside the hash of the whole."""


class Edit(NamedTuple):
    """What somebody said of a stop; version 0 = nobody said anything yet."""

    version: int = 0
    reason: str | None = None
    note: str | None = None


def keep(
    records: Records,
    table: Table,
    at_ns: int,
    make: Callable[[dict[str, Document]], Document],
    by: Actor = ADMIN,
) -> Document:
    """Add one document under the next id; it is never changed afterwards.

    Args:
        records: where.
        table: `baseline` or `target`.
        at_ns: this moment.
        make: the document without its id, from those there are; nobody adds one meanwhile. If it
            is one of them, nothing is written.
        by: who wants it; the audit log says so.
    """
    with records.writing() as db:
        known = documents(db, table)
        made = make(known)
        if made.get("id") in known:
            return made
        told = [*known, *(relied_on(db) if table is baseline else ())]
        name = next_id(db, PREFIX[table.name], VERBS[table.name], told)
        body = {"id": name, **made}
        text = json.dumps(body, ensure_ascii=False, sort_keys=True)
        db.execute(insert(table), {"id": name, table.c[1].name: at_ns, "body": text})
        said = {key: body[key] for key in LOGGED if body.get(key) is not None}
        said["sha256"] = hashlib.sha256(text.encode()).hexdigest()
        add(db, at_ns, by, Change(VERBS[table.name], name, None, said))
    return body


def relied_on(db: Connection) -> list[str]:
    """The ids of baselines that targets rest on, whether these are still there or not."""
    return [one for body in documents(db, target).values() for one in body["baselines"]]


def put(records: Records, table: Table, body: Document, at_ns: int) -> None:
    """Add a document that was kept elsewhere, under the id that it has."""
    text = json.dumps(body, ensure_ascii=False, sort_keys=True)
    with records.writing() as db:
        db.execute(insert(table), {"id": body["id"], table.c[1].name: at_ns, "body": text})


def kept(records: Records, table: Table) -> dict[str, Document]:
    """All documents of a table by id, oldest first."""
    with records.reading() as db:
        return documents(db, table)


def documents(db: Connection, table: Table) -> dict[str, Document]:
    """All documents of a table by id, oldest first."""
    rows = db.execute(select(table.c.id, table.c.body).order_by(table.c[1], table.c.id)).all()
    return {str(row.id): json.loads(row.body) for row in rows}


def edits(records: Records, line: str) -> dict[str, Edit]:
    """What was said last of each stop of a line."""
    columns = stop_edit.c.stop, stop_edit.c.version, stop_edit.c.reason, stop_edit.c.note
    query = select(*columns).where(stop_edit.c.line == line).order_by(stop_edit.c.version)
    with records.reading() as db:
        return {str(stop): Edit(*said) for stop, *said in db.execute(query)}


class Reasoned(NamedTuple):
    """One answer to why a machine stood still, as it was given then."""

    stop: str
    reason: str | None
    edited_ns: int


def reasoned(records: Records, line: str, from_ns: int, to_ns: int) -> list[Reasoned]:
    """All answers about stops of a line that were given in [from_ns, to_ns), of each in order."""
    query = (
        select(stop_edit.c.stop, stop_edit.c.reason, stop_edit.c.edited_ns)
        .where(stop_edit.c.line == line)
        .where(stop_edit.c.edited_ns >= from_ns, stop_edit.c.edited_ns < to_ns)
        .order_by(stop_edit.c.version)
    )
    with records.reading() as db:
        return [Reasoned(*row) for row in db.execute(query)]


def add_edit(
    records: Records, line: str, stop: str, at_ns: int, said: Edit, by: Actor = ADMIN
) -> bool:
    """Write down what was said; False, and nothing is written, unless it follows the last."""
    with records.writing() as db:
        last = last_edit(db, stop)
        if last.version != said.version - 1:
            return False
        put_edit(db, line, stop, at_ns, said)
        old = last._asdict() if last.version else None
        add(db, at_ns, by, Change("stop reason", stop, old, said._asdict()))
    return True


def last_edit(db: Connection, stop: str) -> Edit:
    """What was said last of a stop."""
    columns = stop_edit.c.version, stop_edit.c.reason, stop_edit.c.note
    newest = select(*columns).where(stop_edit.c.stop == stop).order_by(stop_edit.c.version.desc())
    found = db.execute(newest).first()
    return Edit(*found) if found else Edit()


def put_edit(db: Connection, line: str, stop: str, at_ns: int, said: Edit) -> None:
    """Add what is said of a stop, inside a transaction that has looked at the last."""
    row = {"stop": stop, "line": line, "edited_ns": at_ns, **said._asdict()}
    db.execute(insert(stop_edit), row)
