"""What people have agreed on: frozen baselines, targets, and what they said of stops.

Baselines and targets are written once and never changed; an edit is a new version beside the old
one. A stop's reason may change; every former answer is kept in `stop_edit`.
"""

import json
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, insert, select

from edge.records.database import Records, metadata

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


def keep(records: Records, table: Table, when: str, at_ns: int, body: Document) -> None:
    """Add one document under its id; it is never changed afterwards."""
    text = json.dumps(body, ensure_ascii=False, sort_keys=True)
    with records.writing() as db:
        db.execute(insert(table), {"id": body["id"], when: at_ns, "body": text})


def kept(records: Records, table: Table) -> dict[str, Document]:
    """All documents of a table by id, oldest first."""
    with records.reading() as db:
        rows = db.execute(select(table.c.id, table.c.body).order_by(table.c[1], table.c.id)).all()
    return {str(row.id): json.loads(row.body) for row in rows}
