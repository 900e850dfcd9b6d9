"""The journal: the one place where a sample becomes durable.

At every instant, and after any crash:
1. Blocks are numbered 1, 2, 3 … without a hole, and no number is used twice.
2. link(n) = SHA-256(link(n-1), n, body(n)). The oldest row has no body: the chain hangs on it.
3. A block is on the disk, with all that shares its transaction, when the transaction has ended.

Several processes may write: each takes the write lock before it reads the number it continues.

A body, for foreign readers; numbers are little-endian, n is 8 bytes big-endian in the chain:

    u8 format = 1 · u8 flags · u16 zero · u32 rows · i64 first · i64 last source time in ns
    one Zstandard frame of 32 bytes per row, column after column:
        signal u32 · source_ns u64 · received_ns u64 · value u64 · status u32

Each column lies in byte planes: the lowest byte of every row, then the next byte of every row.
`source_ns` and `received_ns` are differences to the row before, the first to 0, modulo 2^64, zigzag
coded: (d << 1) ^ (d >> 63). `value` holds the 64 bits of the doubles, rows stably sorted by signal,
each XOR the one before it. Flag 1: the source times are history, not to be doubted (an import).
"""

import errno
import hashlib
import os
import sqlite3
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import zstandard
from numpy.typing import NDArray

from edge.errors import JournalDamaged, JournalFull, JournalTrimmed, JournalUnwritable, NotFound
from edge.mishap import meaning
from edge.model import F64, I64, U32, Batch

U64 = NDArray[np.uint64]

BUSY_S = 10.0
HEAD = struct.Struct("<BBHIqq")
FORMAT = 1
HISTORY = 1  # flag: rows of an import are filed by their source time, however old
ROW_BYTES = 32
TABLE = """create table if not exists block
    (seq integer primary key, link blob, body blob not null) strict"""
NEWEST = "select seq, link from block order by seq desc limit 1"
FROM = "select seq, link, body from block where seq >= ? order by seq limit ?"
HEADS = "select seq, substr(body, 1, 24) from block where seq > ? order by seq limit ?"


class Head(NamedTuple):
    """What a body says about itself without being unpacked."""

    rows: int
    first_ns: int
    last_ns: int
    history: bool


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


def head(body: bytes) -> Head:
    """What a body says about itself; an empty block ends before all time."""
    _, flags, _, rows, first_ns, last_ns = HEAD.unpack_from(body)
    return Head(rows, first_ns, last_ns, bool(flags & HISTORY))


def is_before(body: bytes, since_ns: int | None) -> bool:
    """Whether all rows of a body are older; never, where no time is given."""
    return since_ns is not None and head(body).last_ns < since_ns


def pack(batch: Batch, *, history: bool = False) -> bytes:
    """The body of a block, to the bit; see the module's head."""
    times = batch.source_ns
    first_ns, last_ns = (int(times.min()), int(times.max())) if len(batch) else (0, -(1 << 63))
    raw = np.zeros((ROW_BYTES, len(batch)), np.uint8)
    lay(raw[:4], batch.signal)
    lay(raw[4:12], zigzag(times))
    lay(raw[12:20], zigzag(batch.received_ns))
    lay(raw[20:28], xor(batch.value, by_signal(batch.signal)))
    lay(raw[28:], batch.status)
    frame = zstandard.ZstdCompressor(level=1).compress(raw.data)
    flags = HISTORY if history else 0
    return HEAD.pack(FORMAT, flags, 0, len(batch), first_ns, last_ns) + frame


def unpack(*bodies: bytes) -> Batch:
    """The rows of one block or more, one after the other, to the bit.

    Small blocks are unpacked together: what numpy asks for a call is more than their rows do.

    Raises:
        JournalDamaged: a body is of a format that a later version wrote.
    """
    decompress = zstandard.ZstdDecompressor().decompress
    found = [planes_of(body, decompress) for body in bodies]
    planes = found[0] if len(found) == 1 else np.concatenate(found, axis=1)
    counts = np.array([one.shape[1] for one in found if one.shape[1]], np.int64)
    begins = np.cumsum(counts) - counts
    signal = numbers(planes[:4]).view("<u4")
    order = by_signal(signal)
    if len(begins) > 1:
        order = order[by_signal(np.repeat(np.arange(len(begins), dtype=np.uint32), counts)[order])]
    return Batch(
        signal,
        unzigzag(numbers(planes[4:12]).view("<u8"), begins),
        unzigzag(numbers(planes[12:20]).view("<u8"), begins),
        unxor(numbers(planes[20:28]).view("<u8"), order, begins),
        numbers(planes[28:]).view("<u4"),
    )


def planes_of(body: bytes, decompress: Callable[[bytes, int], bytes]) -> NDArray[np.uint8]:
    """The byte planes of a block, shape (ROW_BYTES, rows)."""
    if body[0] != FORMAT:
        raise JournalDamaged(f"a block has format {body[0]}, not {FORMAT}; use a newer version")
    rows = head(body).rows
    raw = decompress(body[HEAD.size :], rows * ROW_BYTES)
    return np.frombuffer(raw, np.uint8).reshape(ROW_BYTES, rows)


def numbers(planes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The bytes of a column, row after row, from its planes."""
    return np.ascontiguousarray(planes.T).reshape(-1)


def lay(planes: NDArray[np.uint8], column: U32 | U64) -> None:
    """Lay the bytes of a column into planes of zeros, the lowest byte of every row first.

    Equal bytes side by side pack well. Planes that stay zeros are not touched: of differences the
    first row alone is large.
    """
    width = len(planes)
    raw = np.ascontiguousarray(column).view(np.uint8).reshape(-1, width)
    used = (int(column[1:].max(initial=0)).bit_length() + 7) // 8
    planes[:used] = raw.T[:used]
    planes[:, :1] = raw[:1].T


def zigzag(times: I64) -> U64:
    """Differences to the row before, modulo 2^64, small ones of either sign as small numbers."""
    step = times.copy()
    step[1:] -= times[:-1]
    sign = step >> 63
    step <<= 1
    step ^= sign
    return step.view(np.uint64)


def unzigzag(coded: U64, begins: I64) -> I64:
    """The times whose `zigzag` this is; at each of `begins` they are counted from 0 again."""
    step = (coded >> np.uint64(1)) ^ (np.uint64(0) - (coded & np.uint64(1)))
    step[begins[1:]] -= np.add.reduceat(step, begins)[:-1]
    return np.cumsum(step, dtype=np.uint64).view(np.int64)


def by_signal(signal: U32) -> NDArray[np.intp]:
    """Positions in stable order of signal; few signals sort as 16-bit numbers, in linear time."""
    narrow = signal.astype(np.uint16) if len(signal) and signal.max() < 1 << 16 else signal
    return np.argsort(narrow, kind="stable")


def xor(value: F64, order: NDArray[np.intp]) -> U64:
    """The bits of the values in that order, each XOR the one before it."""
    bits = value.view(np.uint64)[order]
    coded = bits.copy()
    coded[1:] ^= bits[:-1]
    return coded


def unxor(coded: U64, order: NDArray[np.intp], begins: I64) -> F64:
    """The values whose `xor` this is; at each of `begins` the first stands as it is."""
    coded = coded.copy()
    coded[begins[1:]] ^= np.bitwise_xor.reduceat(coded, begins)[:-1]
    value = np.empty(len(coded), np.float64)
    value.view(np.uint64)[order] = np.bitwise_xor.accumulate(coded)
    return value
