"""Killed at any step of a seal, a store loses nothing, doubles nothing and goes on by itself."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from edge import sealing
from edge.archive.columns import Sheet
from edge.archive.vault import Vault
from edge.errors import ArchiveDamaged, JournalDamaged, JournalFull, Misconfigured
from edge.history import History
from edge.model import Batch, Row
from edge.stores import Stores

HOUR_NS = 3_600_000_000_000
MINUTE_NS = HOUR_NS // 60
START_NS = 490_000 * HOUR_NS
PATHS = ["s/l/m/one", "s/l/m/two"]
BLOCKS = 12
SEAL = """
import sys
from pathlib import Path
from edge import sealing
from edge.stores import Stores
sealing.TRIM_BLOCKS = 3
with Stores.open(Path(sys.argv[1])) as stores:
    sealing.seal(stores, 8)
    sealing.seal(stores)
print("sealed")
"""
POINTS = {
    "seal.1": 2,
    "seal.2": 6,
    "seal.3": 6,
    "seal.4": 6,
    "seal.5": 6,
    "seal.6": 2,
    "seal.7": 2,
    "trim.1": 5,
}


def batch_at(*minutes: int) -> Batch:
    """A row of each signal at these minutes."""
    return Batch.of(
        [
            Row(signal, START_NS + minute * MINUTE_NS, START_NS + 5 * HOUR_NS, minute, 0)
            for minute in minutes
            for signal in (1, 2)
        ]
    )


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    """Twelve blocks over four hours."""
    with Stores.open(tmp_path) as made:
        with made.journal.transaction():
            made.catalog.ids(dict.fromkeys(PATHS, ("gauge", "1", "plc")))
        for nth in range(BLOCKS):
            with made.journal.transaction():
                made.journal.append(batch_at(nth * 20, nth))
        yield made


def check_whole(stores: Stores) -> None:
    """All twelve blocks are there, each row once."""
    found = History(stores).samples(PATHS, 0, 2**62)
    minutes = sorted([nth * 20 for nth in range(BLOCKS)] + list(range(BLOCKS)))
    for path in PATHS:
        assert found[path].value.tolist() == minutes
        assert found[path].source_ns.tolist() == [START_NS + m * MINUTE_NS for m in minutes]


def visits() -> list[tuple[str, int]]:
    """Each crash point at its first, a middle and its last visit."""
    return [
        (point, nth) for point, last in POINTS.items() for nth in sorted({1, (last + 1) // 2, last})
    ]


@pytest.mark.parametrize(("point", "nth"), visits())
def test_killed_at_any_step_nothing_is_lost_or_doubled(
    stores: Stores, tmp_path: Path, point: str, nth: int
) -> None:
    """Read as it was left, tidied, sealed again: at each stage every row is there once."""
    crash = {**os.environ, "LINEPROOF_CRASH": f"{point}:{nth}"}
    done = subprocess.run(
        [sys.executable, "-c", SEAL, str(tmp_path)], env=crash, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (-9, b""), done.stderr.decode()
    check_whole(stores)
    found = sealing.tidy(stores)
    check_whole(stores)
    files = {
        file.relative_to(tmp_path / "archive").as_posix()
        for file in (tmp_path / "archive").glob("2*/*")
    }
    assert files == {part.path for part in stores.archive.manifest.live()}
    assert not list((tmp_path / "archive/.part").iterdir())
    assert stores.journal.oldest() == stores.archive.manifest.state().through
    assert bool(found) == (point in {"seal.5", "seal.6"})  # linked and not recorded: set aside
    sealing.seal(stores)
    check_whole(stores)
    assert stores.archive.manifest.state().through == stores.journal.oldest() == BLOCKS
    assert not sealing.tidy(stores)
    stores.archive.manifest.check()


def test_the_crash_points_are_as_often_as_the_tests_say(tmp_path: Path, stores: Stores) -> None:
    """One visit later than the last, and the seal comes through."""
    for point in ("seal.7", "trim.1"):
        crash = {**os.environ, "LINEPROOF_CRASH": f"{point}:{POINTS[point] + 1}"}
        folder = tmp_path / point
        with Stores.open(folder) as other, other.journal.transaction():
            for _, batch in stores.journal.read(0):
                other.journal.append(batch)
        done = subprocess.run(
            [sys.executable, "-c", SEAL, str(folder)], env=crash, capture_output=True, check=False
        )
        assert (done.returncode, done.stdout) == (0, b"sealed\n"), done.stderr.decode()


def test_an_hour_is_due_five_minutes_after_its_end(tmp_path: Path) -> None:
    """With the stragglers that came by then; a block of the new hour alone waits for its own."""
    with Stores.open(tmp_path) as stores:
        with stores.journal.transaction():
            for minutes in ((10,), (59, 60), (61,), (58,), (62,)):
                stores.journal.append(batch_at(*minutes))
        assert sealing.due(stores, START_NS + 65 * MINUTE_NS - 1) is None
        assert sealing.due(stores, START_NS + 65 * MINUTE_NS) == 4
        sealing.seal(stores, 4)
        assert sealing.due(stores, START_NS + 65 * MINUTE_NS) is None
        assert sealing.due(stores, START_NS + 125 * MINUTE_NS) == 5


def test_a_back_fill_does_not_wait_for_the_hour(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the clock says, so many rows are enough."""
    monkeypatch.setattr(sealing, "ENOUGH_ROWS", BLOCKS * 4)
    assert sealing.due(stores, 0) == BLOCKS
    monkeypatch.setattr(sealing, "ENOUGH_ROWS", BLOCKS * 4 + 1)
    assert sealing.due(stores, 0) is None


def test_memory_holds_a_round_and_not_the_journal(stores: Stores) -> None:
    """A long backlog goes in rounds; a block larger than a round still goes."""
    rounds = list[int]()
    assert sealing.seal(stores, progress=rounds.append, most_rows=10) == BLOCKS * 4
    assert rounds == [8] * 6
    check_whole(stores)
    with stores.journal.transaction():
        stores.journal.append(batch_at(1, 2, 3))
    assert sealing.seal(stores, most_rows=1) == 6


def test_two_sealers_take_turns(stores: Stores, tmp_path: Path) -> None:
    """A service and an import seal the same journal at the same time: each row once."""

    def run(_: int) -> int:
        with Stores.open(tmp_path) as own:
            return sealing.seal(own)

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(run, range(3))) == BLOCKS * 4
    check_whole(stores)


def test_rows_that_read_back_wrong_are_not_sealed(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer with bad memory: refused, nothing recorded, nothing trimmed."""
    original = Vault.stage

    def stage(self: Vault, sheet: Sheet, about: str) -> Path:
        path = original(self, sheet, about)
        path.write_bytes(path.read_bytes()[:-100])
        return path

    monkeypatch.setattr(Vault, "stage", stage)
    with pytest.raises(ArchiveDamaged, match="cannot be read back"):
        sealing.seal(stores)
    assert (stores.journal.oldest(), stores.archive.manifest.live()) == (0, [])
    monkeypatch.undo()
    sealing.seal(stores)
    check_whole(stores)


def test_blocks_that_break_their_chain_are_not_sealed(stores: Stores) -> None:
    """What was changed in the journal does not become a sound-looking part."""
    stores.db.execute("update block set link = zeroblob(32) where seq = 5")
    with pytest.raises(JournalDamaged, match="block 5"):
        sealing.seal(stores)
    assert stores.archive.manifest.live() == []


def test_a_full_disk_keeps_the_blocks(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a part is written, flushed, linked or recorded: said, cleaned up, done again."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    def no_page(*_: object) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    steps = {
        "edge.archive.vault.Vault.stage": full,
        "edge.sealing.flush": full,
        "os.link": full,
        "edge.archive.manifest.Manifest.record": no_page,
    }
    for name, fails in steps.items():
        monkeypatch.setattr(name, fails)
        with pytest.raises(JournalFull, match="free disk"):
            sealing.seal(stores)
        monkeypatch.undo()
        assert not list((stores.archive.folder / ".part").iterdir())
        check_whole(stores)
    sealing.seal(stores)
    check_whole(stores)


def test_a_start_without_a_free_inode_is_no_fault_of_the_file_system(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said to be full, which passes, and not to be of the wrong kind, which does not."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.link", full)
    with pytest.raises(JournalFull, match="No space left on device; free disk"):
        sealing.tidy(stores)
    monkeypatch.undo()
    assert not sealing.tidy(stores)


def test_the_start_puts_the_archive_in_order(stores: Stores, tmp_path: Path) -> None:
    """Foreign files are set aside, missing and shortened parts are named; nobody is refused."""
    sealing.seal(stores)
    one, two, *_ = stores.archive.manifest.live()
    archive = tmp_path / "archive"
    (archive / one.path).unlink()
    (archive / two.path).write_bytes(b"short")
    stray = archive / "2025-11-24/notes.parquet"
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"mine")
    assert sealing.tidy(stores) == [
        "archive/2025-11-24/notes.parquet is in no record; set aside in archive/.orphan",
        f"archive/{one.path} is missing; its rows are a gap",
        f"archive/{two.path} is 5 bytes instead of {two.size}; its rows are a gap",
    ]
    assert (archive / ".orphan/2025-11-24_notes.parquet").read_bytes() == b"mine"
    assert set(stores.archive.damaged) == {one.path, two.path}


def test_a_file_system_without_hard_links_is_refused(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A FAT stick would make parts that are not whole; the message says what to use."""

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", refuse)
    with pytest.raises(Misconfigured, match="needs hard links: use ext4"):
        sealing.tidy(stores)
