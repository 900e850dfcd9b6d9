"""The journal keeps what was committed, in order, and notices what was changed."""

import sqlite3
import struct
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import (
    JournalDamaged,
    JournalFull,
    JournalTrimmed,
    JournalUnwritable,
    NotFound,
    Occupied,
)
from edge.journal import Journal, connect
from edge.model import Batch, Row
from edge.packing import head, pack, unpack

STEP = st.binary(max_size=99) | st.integers(0, 9) | st.none()  # append rows, trim, crash
ROWS = st.binary(max_size=32 * 40)


def opened(path: Path) -> Journal:
    """A journal as a process would open it."""
    return Journal(connect(path))


def crash(journal: Journal) -> None:
    """End as a killed process does: what was not committed is gone."""
    journal._db.close()


def batch_of(raw: bytes) -> Batch:
    """Rows of any bytes: every bit pattern is somebody's value, NaN with a payload included."""
    raw = raw[: len(raw) // 32 * 32]
    words = np.frombuffer(raw, "<u4").reshape(-1, 8).T
    wide = np.frombuffer(raw, "<i8").reshape(-1, 4).T
    return Batch(
        words[0].copy(), wide[1].copy(), wide[2].copy(), wide[3].view("<f8").copy(), words[1].copy()
    )


def bits(batch: Batch) -> list[bytes]:
    """The columns to the bit."""
    columns = batch.signal, batch.source_ns, batch.received_ns, batch.value, batch.status
    return [column.tobytes() for column in columns]


def rows(*source_ns: int) -> Batch:
    """Rows of one signal at these times."""
    return Batch.of([Row(1, at_ns, at_ns + 1, float(at_ns), 0) for at_ns in source_ns])


@given(st.lists(STEP, max_size=20))
def test_a_reader_finds_what_was_committed(steps: list[bytes | int | None]) -> None:
    """Whatever is done in whatever order: nothing lost, doubled, moved, or there too early."""
    with TemporaryDirectory() as folder:
        journal, oracle, trimmed = opened(path := Path(folder, "journal.db")), list[Batch](), 0
        for step in steps:
            match step:
                case bytes(raw):
                    oracle.append(batch_of(raw))
                    with journal.transaction():
                        assert journal.append(oracle[-1]) == len(oracle)
                case int(upto):
                    trimmed = upto if trimmed < upto <= len(oracle) else trimmed
                    with journal.transaction():
                        journal.trim(upto)
                case None:
                    journal._db.execute("begin immediate")
                    journal.append(batch_of(b"in the middle of a transaction.."))
                    crash(journal)
                    journal = opened(path)
            found = journal.read(after=trimmed)
            assert [seq for seq, _ in found] == list(range(trimmed + 1, len(oracle) + 1))
            assert [bits(batch) for _, batch in found] == [bits(b) for b in oracle[trimmed:]]
            assert (journal.oldest(), journal.newest()) == (trimmed, len(oracle))
        crash(journal)


@given(ROWS)
def test_a_block_comes_back_to_the_bit(raw: bytes) -> None:
    """Any signals, times out of order, any NaN: packing loses nothing."""
    batch = batch_of(raw)
    assert bits(unpack(pack(batch))) == bits(batch)


@given(st.lists(ROWS, min_size=1, max_size=5))
def test_blocks_unpacked_together_are_those_unpacked_one_by_one(raws: list[bytes]) -> None:
    """Each begins anew, whatever the one before it ended with; empty ones among them too."""
    batches = [batch_of(raw) for raw in raws]
    together = unpack(*(pack(batch) for batch in batches))
    assert bits(together) == bits(Batch.concat(batches))


@given(ROWS, st.booleans())
def test_a_foreign_reader_decodes_a_block_by_its_description(raw: bytes, history: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    """The format printed in the module's head is all one needs: Python's integers, no numpy."""
    batch = batch_of(raw)
    body = pack(batch, history=history)
    kind, flags, zero, count, first, last = struct.unpack_from("<BBHIqq", body)
    frame = zstandard.ZstdDecompressor().decompress(body[24:], 32 * count)

    def column(start: int, width: int) -> list[int]:
        planes = frame[start * count : (start + width) * count]
        return [int.from_bytes(planes[row::count], "little") for row in range(count)]

    def times(coded: list[int]) -> list[int]:
        found, now = list[int](), 0
        for code in coded:
            now = (now + (code >> 1 ^ -(code & 1))) % 2**64
            found.append(now - 2**64 if now >> 63 else now)
        return found

    signal, source_ns = column(0, 4), times(column(4, 8))
    value, before = dict[int, int](), 0
    order = sorted(range(count), key=signal.__getitem__)  # Python's sort is stable
    for row, code in zip(order, column(20, 8), strict=True):
        before = value[row] = before ^ code
    assert (kind, flags, zero, count) == (1, int(history), 0, len(batch))
    assert signal == batch.signal.tolist()
    assert source_ns == batch.source_ns.tolist()
    assert times(column(12, 8)) == batch.received_ns.tolist()
    assert [value[row] for row in range(count)] == batch.value.view(np.uint64).tolist()
    assert column(28, 4) == batch.status.tolist()
    if count:
        assert (first, last) == (min(source_ns), max(source_ns))


def test_old_blocks_come_back_empty_and_unpacked_ones_whole(tmp_path: Path) -> None:
    """`since_ns` saves the unpacking, never a row that is not older."""
    journal = opened(tmp_path / "journal.db")
    with journal.transaction():
        for times in ((10, 30), (40, 20), (31, 31)):
            journal.append(rows(*times))
    assert [len(batch) for _, batch in journal.read(0, since_ns=31)] == [0, 2, 2]
    assert [len(batch) for _, batch in journal.read(0, since_ns=30)] == [2, 2, 2]
    crash(journal)


def test_a_head_says_what_is_inside() -> None:
    """Rows, first and last source time and the mark of an import, without unpacking."""
    assert head(pack(rows(7, 3, 5), history=True)) == (3, 3, 7, True)
    assert not head(pack(rows())).rows


@pytest.mark.parametrize(
    "damage",
    [
        "update block set body = cast(body || x'00' as blob) where seq = 2",
        "update block set link = zeroblob(32) where seq = 2",
        "delete from block where seq = 2",
        "update block set seq = 9 where seq = 3",
        "update block set body = (select body from block where seq = 1) where seq = 3",
    ],
)
def test_a_changed_block_is_found(tmp_path: Path, damage: str) -> None:
    """A byte, a link, a missing or an exchanged block: the chain breaks and says where."""
    journal = opened(tmp_path / "journal.db")
    with journal.transaction():
        for at_ns in (1, 2, 3):
            journal.append(rows(at_ns))
    journal._db.execute(damage)
    with pytest.raises(JournalDamaged, match=r"block \d does not follow \d; set the file aside"):
        journal.read(0)
    crash(journal)


@given(st.integers(0, 10**6))
def test_any_flipped_bit_of_a_block_is_found(place: int) -> None:
    """One bit of body or link, wherever it is."""
    with TemporaryDirectory() as folder:
        journal = opened(Path(folder, "journal.db"))
        with journal.transaction():
            journal.append(rows(1, 2, 3))
        raw = bytearray().join(
            journal._db.execute("select body, link from block where seq = 1").fetchone()
        )
        place %= 8 * len(raw)
        raw[place // 8] ^= 1 << place % 8
        journal._db.execute(
            "update block set body = ?, link = ? where seq = 1", (raw[:-32], raw[-32:])
        )
        with pytest.raises(JournalDamaged):
            journal.read(0)
        crash(journal)


def test_what_was_trimmed_is_asked_from_the_archive(tmp_path: Path) -> None:
    """The link on which the rest hangs stays; what lies before it is refused."""
    journal = opened(tmp_path / "journal.db")
    with journal.transaction():
        for at_ns in (1, 2, 3):
            journal.append(rows(at_ns))
    with journal.transaction():
        journal.trim(2)
    with pytest.raises(JournalTrimmed, match="block 1 is not in the journal; read the archive"):
        journal.read(1)
    assert [seq for seq, _ in journal.read(2)] == [3]
    assert journal.link(2) != journal.link(3)
    crash(journal)


def test_processes_take_turns_and_numbers_stay_without_a_hole(tmp_path: Path) -> None:
    """Each reads the number it continues under the write lock."""
    one, two = opened(tmp_path / "journal.db"), opened(tmp_path / "journal.db")
    for nth, journal in enumerate([one, two, two, one, two, one]):
        with journal.transaction():
            journal.append(rows(nth))
    assert [batch.source_ns.tolist() for _, batch in one.read(0)] == [[n] for n in range(6)]
    two._db.execute("pragma busy_timeout = 0")
    with one.transaction(), pytest.raises(Occupied, match="locked"), two.transaction():
        pytest.fail("the lock was free")
    crash(one)
    crash(two)


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """Not the first half of it either."""
    journal = opened(tmp_path / "journal.db")
    with suppress(ZeroDivisionError), journal.transaction():
        journal.append(rows(1))
        raise ZeroDivisionError
    assert journal.read(0) == []
    crash(journal)


def test_a_disk_that_takes_nothing_is_no_bug(tmp_path: Path) -> None:
    """It is told as what it is, nothing is written, and it goes on once the disk takes again."""
    journal = opened(tmp_path / "journal.db")
    journal._db.execute("pragma query_only = on")  # SQLite answers as on a read-only mount
    with pytest.raises(JournalUnwritable, match="goes on by itself"), journal.transaction():
        journal.append(batch_of(bytes(32)))
    journal._db.execute("pragma query_only = off")
    with journal.transaction():
        assert journal.append(batch_of(bytes(32))) == 1


def test_a_full_disk_is_named_and_passes(tmp_path: Path) -> None:
    """Nothing of the transaction stays; with room again it can be repeated."""
    journal = opened(tmp_path / "journal.db")
    pages = journal._db.execute("pragma page_count").fetchone()[0]
    journal._db.execute(f"pragma max_page_count = {pages + 1}")
    noise = batch_of(np.random.default_rng(1).bytes(32 * 1000))
    with pytest.raises(JournalFull, match="free disk"), journal.transaction():
        journal.append(noise)
    journal._db.execute("pragma max_page_count = 100000")
    with journal.transaction():
        assert journal.append(noise) == 1
    crash(journal)


def test_every_connection_flushes_what_it_commits(tmp_path: Path) -> None:
    """WAL and FULL are read back; freed pages are not overwritten, or a trim costs the card."""
    database = connect(tmp_path / "journal.db")
    pragmas = "journal_mode", "synchronous", "secure_delete"
    seen = [database.execute(f"pragma {name}").fetchone()[0] for name in pragmas]
    assert seen == ["wal", 2, 2]
    database.close()


def test_a_reader_creates_nothing_and_writes_nothing(tmp_path: Path) -> None:
    """A command that only looks leaves no trace."""
    with pytest.raises(NotFound, match=r"journal\.db is not there"):
        connect(tmp_path / "journal.db", readonly=True)
    assert not list(tmp_path.iterdir())
    connect(tmp_path / "journal.db").close()
    database = connect(tmp_path / "journal.db", readonly=True)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        database.execute("delete from block")
    database.close()


def test_a_file_that_is_no_database_is_set_aside_by_people(tmp_path: Path) -> None:
    """It is named, not overwritten."""
    path = tmp_path / "journal.db"
    path.write_bytes(b"something else " * 100)
    with pytest.raises(JournalDamaged, match="set the file aside"):
        connect(path)
    assert path.read_bytes().startswith(b"something else")
