"""Entries of the dated tables as they are kept: every version of each, and which one holds.

An entry is never changed: a correction is a further version, and the last one holds. One that was
taken back has a last version that says so. Whoever writes counts `edition` up in the same
transaction, so that everybody who computes notices.
"""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Integer,
    RowMapping,
    Table,
    Text,
    UniqueConstraint,
    func,
    insert,
    select,
    update,
)

from edge.records import progress
from edge.records.database import metadata

EDITION = "tables"  # name of the state that tells how often any was written
entry = Table(
    "entry",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", Integer, nullable=False),  # that all its versions share
    Column("version", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False, index=True),  # what it speaks of, and from when
    Column("body", Text, nullable=False),  # JSON
    Column("note", Text),
    Column("who", Text, nullable=False),
    Column("entered_ns", BigInteger, nullable=False),
    Column("replaced_ns", BigInteger),  # null = holds
    Column("withdrawn", Boolean, nullable=False),
    UniqueConstraint("number", "version"),
)


class Written(NamedTuple):
    """One version of an entry."""

    number: int
    version: int  # 1, 2, …
    kind: str
    subject: str
    body: dict[str, Any]
    note: str | None
    who: str
    entered_ns: int
    withdrawn: bool = False


def edition(db: Connection) -> int:
    """How often entries were written; changes whenever what holds may have changed."""
    return int(progress.state(db, EDITION, "0"))


def next_number(db: Connection) -> int:
    """The number of the next entry."""
    return (db.execute(select(func.max(entry.c.number))).scalar_one_or_none() or 0) + 1


def put(db: Connection, versions: Iterable[Written]) -> None:
    """Write versions, each after the one that held, inside a write transaction."""
    written = list(versions)
    for one in written:
        held = entry.c.number == one.number, entry.c.replaced_ns.is_(None)
        db.execute(update(entry).where(*held).values(replaced_ns=one.entered_ns))
        row = {**one._asdict(), "body": json.dumps(one.body, ensure_ascii=False)}
        db.execute(insert(entry), {**row, "replaced_ns": None})
    if written:
        progress.put_state(db, EDITION, str(edition(db) + 1))


def of_subject(db: Connection, subject: str) -> Written | None:
    """The last version of what speaks of something; None where nothing ever did."""
    query = select(entry).where(entry.c.subject == subject).order_by(entry.c.id.desc()).limit(1)
    row = db.execute(query).mappings().first()
    return None if row is None else written_of(row)


def versions(db: Connection, number: int) -> list[Written]:
    """All versions of one entry, oldest first; none where there is no such entry."""
    query = select(entry).where(entry.c.number == number).order_by(entry.c.version)
    return [written_of(row) for row in db.execute(query).mappings()]


def holding(db: Connection, kinds: Iterable[str] = ()) -> list[Written]:
    """The entries that hold, in an order that never changes; of some kinds, or of all."""
    query = select(entry).where(entry.c.replaced_ns.is_(None), entry.c.withdrawn.is_(False))
    if wanted := tuple(kinds):
        query = query.where(entry.c.kind.in_(wanted))
    return [written_of(row) for row in db.execute(query.order_by(entry.c.number)).mappings()]


def written_of(row: RowMapping) -> Written:
    """One version out of its row."""
    told = {name: row[name] for name in Written._fields}
    return Written(**{**told, "body": json.loads(row["body"])})
