"""The journal: the one place where a sample becomes durable.

At every instant, and after any crash:
1. Blocks are numbered 1, 2, 3 … without a hole, and no number is used twice.
2. link(n) = SHA-256(link(n-1), n, body(n)). The oldest row has no body: the chain hangs on it.
3. A block is on the disk, with all that shares its transaction, when the transaction has ended.

Several processes may write: each takes the write lock before it reads the number it continues. How
the body of a block is packed stands at the head of `edge.packing`; n is 8 bytes big-endian in the
chain.
"""

import errno
import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from edge.errors import JournalDamaged, JournalFull, JournalTrimmed, JournalUnwritable, NotFound
from edge.mishap import meaning
from edge.model import Batch
from edge.packing import Head, head, is_before, pack, unpack

BUSY_S = 10.0
TABLE = """create table if not exists block
    (seq integer primary key, link blob, body blob not null) strict"""
NEWEST = "select seq, link from block order by seq desc limit 1"
FROM = "select seq, link, body from block where seq >= ? order by seq limit ?"
HEADS = "select seq, substr(body, 1, 24) from block where seq > ? order by seq limit ?"


def connect(path: Path, *, readonly: bool = False) -> sqlite3.Connection:
    """Open `journal.db` as every room must: WAL, and a commit is on the disk when it returns.

    Raises:
        NotFound: to be read only, and nobody has written there yet.
        JournalDamaged: the file is no SQLite database, or does not keep what it is told to.
        JournalFull: no room even for the log of a database; there is no harm in trying again.
        JournalUnwritable: the disk does not let it be opened.
        PermissionError: this user may not read it.
    """
    if readonly and not path.exists():
        raise NotFound(f"{path} is not there; start the service once, or name another directory")
    if path.exists() and not os.access(path, os.R_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    uri = f"{path.absolute().as_uri()}?mode={'ro' if readonly else 'rwc'}"
    db = sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None)
    try:
        prepare(db, readonly=readonly)
    except sqlite3.DatabaseError as error:
        db.close()
        if isinstance(ours := meaning(error, str(path)), JournalFull | JournalUnwritable):
            raise ours from error
        raise JournalDamaged(f"{path}: {error}; set the file aside") from error
    return db


def prepare(db: sqlite3.Connection, *, readonly: bool) -> None:
    """Set what must hold on every connection, and read it back."""
    db.execute("pragma synchronous = full")
    if readonly:
        db.execute("pragma query_only = on")
        return
    mode = db.execute("pragma journal_mode = wal").fetchone()[0]
    db.execute("pragma secure_delete = fast")  # else a trim writes all it frees, twice
    db.execute("pragma journal_size_limit = 16777216")
    full = db.execute("pragma synchronous").fetchone()[0]
    if (mode, full) != ("wal", 2):
        raise sqlite3.DatabaseError(f"mode {mode!r} and synchronous {full}, not 'wal' and 2")
    if not db.execute("select 1 from sqlite_master where name = 'block'").fetchone():
        db.execute("begin immediate")
        db.execute(TABLE)
        db.execute("insert or ignore into block values (0, zeroblob(32), x'')")
        db.execute("commit")


class Journal:
    """Numbered blocks of samples, oldest first, in a database shared with catalog and ledger."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside, by whichever room, is on the disk at its end; or nothing is.

        Raises:
            JournalFull: no room on the disk; free some and do it again.
            JournalUnwritable: the disk is read-only or broken; mend it and do it again.
            Occupied: another process did not let go of the write lock.
        """
        try:
            self._db.execute("begin immediate")
            with self._db:
                yield
        except sqlite3.DatabaseError as error:
            if (ours := meaning(error, "journal.db")) is not None:
                raise ours from error
            raise

    def append(self, batch: Batch, *, history: bool = False) -> int:
        """Add `batch` as one block, and return its number; only inside a transaction."""
        return self.add(pack(batch, history=history))

    def add(self, body: bytes) -> int:
        """Add a block that was packed before the transaction, which is then a short one."""
        seq, link = self._db.execute(NEWEST).fetchone()
        seq += 1
        self._db.execute("insert into block values (?, ?, ?)", (seq, chain(link, seq, body), body))
        return int(seq)

    def read(
        self, after: int, limit: int = 64, since_ns: int | None = None
    ) -> list[tuple[int, Batch]]:
        """The blocks that follow number `after`, oldest first, each checked against the chain.

        A list, not a generator: a cursor left open keeps the WAL file from shrinking. A block that
        ends before `since_ns` in source time comes back empty and is not unpacked.

        Raises:
            JournalTrimmed: block `after` is gone, so what follows it cannot be checked here.
            JournalDamaged: a block was changed or is missing.
        """
        return [
            (seq, Batch.of([]) if is_before(body, since_ns) else unpack(body))
            for seq, body in self.bodies(after, limit)
        ]

    def bodies(self, after: int, limit: int = 64) -> list[tuple[int, bytes]]:
        """As `read`, with the blocks still packed."""
        rows = self._db.execute(FROM, (after, limit + 1)).fetchall()
        if not rows or rows[0][0] != after:
            raise JournalTrimmed(f"block {after} is not in the journal; read the archive")
        for (hook, link, _), (seq, claimed, body) in pairwise(rows):
            if seq != hook + 1 or claimed != chain(link, seq, body):
                raise JournalDamaged(f"block {seq} does not follow {hook}; set the file aside")
        return [(seq, body) for seq, _, body in rows[1:]]

    def heads(self, after: int, limit: int = -1) -> list[tuple[int, Head]]:
        """What the blocks after `after` say about themselves, unchecked; cheap for any number."""
        rows = self._db.execute(HEADS, (after, limit)).fetchall()
        return [(seq, head(start)) for seq, start in rows if start]

    def newest(self) -> int:
        """The number of the newest block; 0 before the first."""
        return int(self._db.execute(NEWEST).fetchone()[0])

    def oldest(self) -> int:
        """The smallest number after which can be read."""
        return int(self._db.execute("select min(seq) from block").fetchone()[0])

    def link(self, seq: int) -> bytes:
        """The link of block `seq`: what the archive notes as the head of the chain it holds."""
        row = self._db.execute("select link from block where seq = ?", (seq,)).fetchone()
        if row is None:
            raise JournalTrimmed(f"block {seq} is not in the journal; read the archive")
        return bytes(row[0])

    def trim(self, upto: int) -> None:
        """Forget the blocks up to `upto`, but not the link on which the rest hangs."""
        if self._db.execute("update block set body = x'' where seq = ?", (upto,)).rowcount:
            self._db.execute("delete from block where seq < ?", (upto,))


def chain(link: bytes, seq: int, body: bytes) -> bytes:
    """The link of block `seq`, from the link of the block before it."""
    return hashlib.sha256(link + seq.to_bytes(8, "big") + body).digest()
