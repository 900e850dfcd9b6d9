"""The daily roots of a site: what was signed of each day, in the order in which it was."""

import json
import zlib
from typing import NamedTuple

from sqlalchemy import Column, Integer, LargeBinary, Table, Text, insert, select, update

from edge.records.database import Records, metadata

Leaf = tuple[str, int, str]  # of a signal: path, rows, Merkle root of its hours

day_root = Table(
    "day_root",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("day", Text, nullable=False),  # UTC
    Column("document", LargeBinary, nullable=False),  # what was signed
    Column("signature", LargeBinary, nullable=False),
    Column("leaves", LargeBinary, nullable=False),  # packed: of every signal
    Column("parts", Text, nullable=False),  # the files of the day, as last looked at
)


class Kept(NamedTuple):
    """One root as it is kept."""

    n: int
    day: str
    document: bytes
    signature: bytes
    parts: str  # digest of the names and hashes of the day's files


def kept(records: Records) -> list[Kept]:
    """All roots, oldest first."""
    columns = [day_root.c[name] for name in Kept._fields]
    with records.reading() as db:
        return [Kept(*row) for row in db.execute(select(*columns).order_by(day_root.c.n))]


def leaves(records: Records, n: int) -> list[Leaf]:
    """What a root was computed from, by path."""
    with records.reading() as db:
        packed = db.execute(select(day_root.c.leaves).where(day_root.c.n == n)).scalar_one()
    return [(path, rows, root) for path, rows, root in json.loads(zlib.decompress(packed))]


def add(records: Records, root: Kept, found: list[Leaf]) -> None:
    """Keep a root with what it was computed from."""
    packed = zlib.compress(json.dumps(found, ensure_ascii=False).encode())
    with records.writing() as db:
        db.execute(insert(day_root), {**root._asdict(), "leaves": packed})


def look(records: Records, n: int, parts: str) -> None:
    """Note that a root still holds with other files: rows moved, none came."""
    with records.writing() as db:
        db.execute(update(day_root).where(day_root.c.n == n).values(parts=parts))
