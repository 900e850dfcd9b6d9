"""A look at the whole audit log: is every entry as it was written?

The first that is not is named: edited, cut out, put in another's place, or put behind the last.
"""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any, NamedTuple

from sqlalchemy import Row, select

from edge.records.audit import (
    ROOT,
    SAID,
    Head,
    audit,
    audit_head,
    chained,
    head_of,
    key_file,
    sealed,
)
from edge.records.database import Records
from edge.records.files import KEY


class Verdict(NamedTuple):
    """What a look at the whole log says."""

    entries: int
    head: Head
    bad: int | None  # number of the first entry that is not as it was written
    why: str


def verify(records: Records, kept: tuple[Head, ...] = ()) -> Verdict:
    """Look at every entry; the first that is not as it was written is named.

    Args:
        records: where the log is.
        kept: heads that somebody kept elsewhere; a hash may be cut to its first digits.
    """
    with records.reading() as db:
        rows = db.execute(select(audit).order_by(audit.c.n)).all()
        last = db.execute(select(audit_head)).first()
        key = key_file(db).read_bytes() if key_file(db).exists() else b""
    found = Head(rows[-1].n, rows[-1].hash.hex()) if rows else Head(0, ROOT.hex())
    if not key and (rows or last):
        return Verdict(len(rows), found, 0, f"{KEY} is missing; put the backup of it there")
    faults = [*faults_of_entries(rows, key), *faults_of_head(rows, last, key), *missed(rows, kept)]
    bad, why = min(faults, default=(None, ""))
    return Verdict(len(rows), found, bad, why)


def faults_of_entries(rows: Sequence[Row[Any]], key: bytes) -> Iterator[tuple[int, str]]:
    """The first entry that does not follow from the one before it."""
    before = ROOT
    for n, row in zip(count(1), rows, strict=False):
        if row.n != n:
            yield n, f"entry {n} is missing"
            return
        if row.hash != chained(before, tuple(row)[: len(SAID)]):
            yield n, f"entry {n} was changed, or stands in the place of another"
            return
        if row.seal != sealed(key, row.hash):
            yield n, f"entry {n} was not written by this box"
            return
        before = row.hash


def faults_of_head(
    rows: Sequence[Row[Any]], last: Row[Any] | None, key: bytes
) -> Iterator[tuple[int, str]]:
    """Entries that are gone from the end, or were put behind it."""
    if last is None:
        if rows:
            yield 1, "the head is missing, so nobody knows how many entries there were"
        return
    if last.seal != sealed(key, head_of(last.n, last.hash)):
        yield len(rows), f"the head behind entry {len(rows)} was not written by this box"
    elif last.n > len(rows):
        yield len(rows) + 1, f"entry {len(rows) + 1} is missing; there were {last.n}"
    elif last.n < len(rows):
        yield last.n + 1, f"entry {last.n + 1} was put behind the last, which is {last.n}"


def missed(rows: Sequence[Row[Any]], kept: tuple[Head, ...]) -> Iterator[tuple[int, str]]:
    """Heads kept elsewhere that this log does not know."""
    known = {row.n: row.hash.hex() for row in rows}
    for one in kept:
        if one.n and not known.get(one.n, "").startswith(one.hash):
            yield one.n, f"entry {one.n} is not the one whose hash was kept elsewhere"
