"""The audit log: who changed what, when and from where, and what it was before.

What always holds:
1. Entries are numbered 1, 2, 3 … and only ever added, in the transaction of the change itself: a
   change that cannot be logged does not happen.
2. hash(n) = SHA-256(hash(n-1), entry n as canonical JSON); the first hangs on 32 zeros.
3. seal(n) = HMAC-SHA256(key, hash(n)), and the head seals how many there are. The key is a file
   beside the database, readable by us alone.

So whoever has the database alone can neither edit, cut, reorder nor extend it unseen. Whoever also
has the key, or puts an older copy of both in its place, is found by a head that was kept elsewhere:
every evidence package holds one.
"""

import hashlib
import hmac
import json
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Row, Table, Text, insert, select
from sqlalchemy.exc import DatabaseError

from edge.errors import LineproofError, Misconfigured
from edge.records.database import Records, Transaction, entered, metadata
from edge.records.files import KEY

Document = dict[str, Any]  # JSON
ROOT = bytes(32)
KEY_BYTES = 32
HEAD = b"head"

audit = Table(
    "audit",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("at_ns", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("old", Text),
    Column("new", Text),
    Column("hash", LargeBinary, nullable=False),
    Column("seal", LargeBinary, nullable=False),
)
audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True),  # one row, 1
    Column("n", Integer, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("seal", LargeBinary, nullable=False),
)
TALK = ("evidence make", "task comment", "task visit", "task photo")
SAID = ("n", "at_ns", "who", "origin", "what", "subject", "old", "new")


class Actor(NamedTuple):
    """Who asks for a change, and from where."""

    who: str
    origin: str


ADMIN = Actor("admin", "this box")
"""Whoever sits at the box, while there are no accounts."""
SERVICE = Actor("lineproof", "service")


class Change(NamedTuple):
    """What is changed: a verb, a thing, and what it was and is; None = it was or is not there."""

    what: str
    subject: str
    old: Document | None = None
    new: Document | None = None


class Entry(NamedTuple):
    """One line of the log."""

    n: int
    at_ns: int
    by: Actor
    change: Change
    hash: str


class Head(NamedTuple):
    """How many entries there are, and the hash of the last."""

    n: int
    hash: str


def add(db: Transaction, at_ns: int, by: Actor, change: Change) -> int:
    """Write a change down, in the transaction that makes it; the number of the entry.

    Raises:
        Misconfigured: the key that seals the log is gone.
    """
    last = db.execute(select(audit_head)).first()
    n, before = (last.n, last.hash) if last else (0, ROOT)
    key = key_of(db, make=last is None)
    said = (n + 1, at_ns, *by, change.what, change.subject, told(change.old), told(change.new))
    found = chained(before, said)
    row = dict(zip(SAID, said, strict=True))
    db.execute(insert(audit), {**row, "hash": found, "seal": sealed(key, found)})
    head = {"n": n + 1, "hash": found, "seal": sealed(key, head_of(n + 1, found))}
    if last is None:
        db.execute(insert(audit_head), {"id": 1, **head})
    else:
        db.execute(audit_head.update(), head)
    entered(db, n + 1)
    return n + 1


def note_seen(
    records: Records, at_ns: int, what: str, present: Mapping[str, Document], by: Actor = SERVICE
) -> str:
    """Log what is found changed since it was last seen, such as the configuration at a start.

    It has been changed already, so a log that cannot be written stops nobody from working.

    Args:
        records: where the log is.
        at_ns: this moment.
        what: the verb of such changes.
        present: what is there now, by subject.
        by: who sees it.

    Returns:
        Why it could not be written; empty where it was.
    """
    try:
        with records.writing() as db:
            known = last_of(db, what)
            for subject in sorted(known | present.keys()):
                old, new = known.get(subject), present.get(subject)
                if old != new:
                    add(db, at_ns, by, Change(what, subject, old, new))
    except (DatabaseError, OSError, LineproofError) as error:
        return f"the audit log takes nothing: {error}"
    return ""


def last_of(db: Transaction, what: str) -> dict[str, Document]:
    """What a kind of change last led to, by subject; what is gone again is left out."""
    query = select(audit.c.subject, audit.c.new).where(audit.c.what == what).order_by(audit.c.n)
    found = {str(subject): new for subject, new in db.execute(query)}
    return {subject: json.loads(new) for subject, new in found.items() if new is not None}


def entries(records: Records, limit: int, before: int | None = None) -> list[Entry]:
    """The newest entries, newest first; `before` a number, to read on."""
    query = select(audit).order_by(audit.c.n.desc()).limit(limit)
    if before is not None:
        query = query.where(audit.c.n < before)
    with records.reading() as db:
        return [entry(row) for row in db.execute(query)]


def of_subject(records: Records, subject: str) -> list[Entry]:
    """All entries about one thing, oldest first."""
    query = select(audit).where(audit.c.subject == subject).order_by(audit.c.n)
    with records.reading() as db:
        return [entry(row) for row in db.execute(query)]


def entry(row: Row[Any]) -> Entry:
    """A line of the log out of its row."""
    change = Change(row.what, row.subject, read(row.old), read(row.new))
    return Entry(row.n, row.at_ns, Actor(row.who, row.origin), change, row.hash.hex())


def read(text: str | None) -> Document | None:
    """A document out of its text; one that somebody has spoiled is shown as it is."""
    try:
        return None if text is None else dict(json.loads(text))
    except (TypeError, ValueError):
        return {"spoiled": str(text)}


def head(records: Records) -> Head:
    """How many entries there are, and the hash of the last."""
    with records.reading() as db:
        row = db.execute(select(audit_head)).first()
    return Head(row.n, row.hash.hex()) if row else Head(0, ROOT.hex())


def last_about(records: Records, subjects: Collection[str]) -> Head | None:
    """The last entry about one of these that decides something: neither talk nor a package."""
    about = audit.c.subject.in_(sorted(subjects)), audit.c.what.not_in(TALK)
    query = select(audit.c.n, audit.c.hash).where(*about).order_by(audit.c.n.desc()).limit(1)
    with records.reading() as db:
        row = db.execute(query).first()
    return Head(row.n, row.hash.hex()) if row else None


def told(document: Document | None) -> str | None:
    """A document in the one form that is hashed."""
    if document is None:
        return None
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def chained(before: bytes, said: tuple[object, ...]) -> bytes:
    """The hash of an entry, from the hash of the one before it."""
    text = json.dumps(list(said), ensure_ascii=False, separators=(",", ":"), default=repr)
    return hashlib.sha256(before + text.encode(errors="surrogatepass")).digest()


def head_of(n: int, digest: bytes) -> bytes:
    """What the seal of the head covers."""
    return HEAD + n.to_bytes(8, "big") + digest


def sealed(key: bytes, content: bytes) -> bytes:
    """What only this box can write behind a content."""
    return hmac.digest(key, content, "sha256")


def key_file(db: Transaction) -> Path:
    """Where the key of a database's log lies."""
    return Path(str(db.engine.url.database)).parent / KEY


def key_of(db: Transaction, *, make: bool) -> bytes:
    """The key that seals the log.

    Args:
        db: a transaction that nobody else writes beside.
        make: make one where there is none, for nothing is sealed yet.

    Raises:
        Misconfigured: it is gone, and there are entries already.
    """
    path = key_file(db)
    if not path.exists():
        if not make:
            raise Misconfigured(
                f"{path} seals the audit log and is missing, so nothing may be changed; put the"
                " backup of it there"
            )
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(os.urandom(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
    return path.read_bytes()
