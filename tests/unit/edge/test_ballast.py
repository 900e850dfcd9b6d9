"""Room is kept back while there is some, given up on a full disk, and made again."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import inspect

from edge.ballast import MOST_BYTES, Ballast, Room
from edge.clock import SYSTEM
from edge.errors import JournalFull
from edge.intake.dating import Dating
from edge.intake.writing import IntakeStores, Writer
from edge.ledger import Gap
from edge.model import SECOND_NS, Batch
from edge.records.database import Records
from edge.service.absence import name_absence
from edge.service.desk import Desk
from edge.service.keeping import keep_room
from edge.status import Status
from edge.stores import Stores

MB = 1 << 20
BLOCK = 4096


class Disk:
    """What `statvfs` says of a disk, as a test has it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, total: int, free: int) -> None:
        self.total, self.free, self.files = total, free, 1000
        monkeypatch.setattr(os, "statvfs", self.statvfs)

    def statvfs(self, _folder: Path) -> SimpleNamespace:
        """As the system has it: in blocks."""
        return SimpleNamespace(
            f_frsize=BLOCK,
            f_blocks=self.total // BLOCK,
            f_bavail=self.free // BLOCK,
            f_files=1000,
            f_favail=self.files,
        )


@pytest.mark.parametrize(
    ("total_mb", "free_mb", "kept"),
    [(32_000, 1000, MOST_BYTES), (64, 60, 4 * MB), (32_000, 47, 0), (32_000, 48, MOST_BYTES)],
)
def test_a_sixteenth_is_kept_back_where_there_is_room_for_three(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, total_mb: int, free_mb: int, kept: int
) -> None:
    """At most 16 MB, on the disk in blocks and not as a hole."""
    Disk(monkeypatch, total_mb * MB, free_mb * MB)
    ballast = Ballast(tmp_path)
    assert not ballast.tend()
    assert ballast.size() == kept
    if kept:
        assert (tmp_path / "ballast").stat().st_blocks * 512 >= kept


def test_a_full_disk_gets_the_room_and_a_roomy_one_gives_it_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given up once; not made again before three of it would fit; many names end it as well."""
    disk = Disk(monkeypatch, 32_000 * MB, 1000 * MB)
    ballast = Ballast(tmp_path)
    ballast.tend()
    disk.free = 4 * MB
    assert not ballast.tend()
    disk.free = 4 * MB - BLOCK
    assert ballast.tend()
    assert ballast.size() == 0
    disk.free = 20 * MB
    assert not ballast.tend()
    assert ballast.size() == 0
    disk.free = 1000 * MB
    ballast.tend()
    assert ballast.size() == MOST_BYTES
    disk.files = 7
    assert ballast.tend()
    assert not ballast.tend()
    assert ballast.size() == 0


def test_a_disk_that_takes_no_file_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is quicker takes the room; then nothing half made is left."""
    Disk(monkeypatch, 32_000 * MB, 1000 * MB)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    assert not Ballast(tmp_path).tend()
    assert not list(tmp_path.iterdir())


def test_a_real_disk_has_room() -> None:
    """What the system says is taken as it is."""
    found = os.statvfs("/")
    room = Room.of(Path("/"))
    assert room.total == found.f_blocks * found.f_frsize
    assert 0 <= room.free <= room.total


class Ended(Exception):
    """Ends a room that goes on until cancelled."""


class Once:
    """A clock whose sleep ends what sleeps."""

    wall_ns = staticmethod(SYSTEM.wall_ns)
    monotonic_ns = staticmethod(SYSTEM.monotonic_ns)
    trusted = staticmethod(SYSTEM.trusted)

    async def sleep(self, _seconds: float) -> None:
        """End."""
        raise Ended


async def test_on_a_full_disk_all_that_waits_is_sealed_and_people_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the ballast's room; the finding goes once it is made again."""
    disk, status, sealed = Disk(monkeypatch, 64 * MB, 60 * MB), Status(), list[Path]()

    def seal(stores: Stores, _upto: int) -> int:
        sealed.append(stores.data)
        return len(sealed)

    monkeypatch.setattr("edge.sealing.seal", seal)
    desk = Desk(lambda: Stores.open(tmp_path), "sealer")
    ballast = Ballast(tmp_path)
    seen = []
    for free in (60 * MB, 0, 0, 60 * MB):
        disk.free = free
        with pytest.raises(Ended):
            await keep_room(ballast, desk, status, Once())
        seen.append((len(sealed), [f"{one.owner}/{one.code}" for one in status.findings()]))
    desk.close()
    assert seen == [(0, []), (1, ["disk/ballast"]), (1, ["disk/ballast"]), (1, [])]


def test_an_absence_that_a_full_disk_does_not_take_is_owed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The start goes on, and the first commit names it."""
    at_ns = 1_795_000_000 * SECOND_NS
    with Stores.open(tmp_path) as stores:
        with stores.journal.transaction():
            stores.ledger.alive("plc1", at_ns - SECOND_NS, at_ns)

        def full(*_: object) -> None:
            raise JournalFull("free disk")

        monkeypatch.setattr("edge.ledger.Ledger.gap", full)
        dating = Dating(at_ns + 60 * SECOND_NS, SECOND_NS, "one", is_trusted=True)
        owed = name_absence(stores, dating)
    gap = Gap("service", "service was not running", at_ns, at_ns + 60 * SECOND_NS)
    assert owed == (("service", gap[1:]),)
    monkeypatch.undo()
    with Stores.open(tmp_path) as stores:
        writer = Writer(
            IntakeStores(stores.journal, stores.catalog, stores.ledger, owed=owed), Batch.of([])
        )
        writer.write([], dating)
        writer.write([], dating)
        assert stores.ledger.gaps(0, 1 << 62) == [gap]


def test_a_start_with_the_signals_of_before_writes_nothing(tmp_path: Path) -> None:
    """Not a page: on a full disk the service starts, with the same ids."""
    signals = {"s/l/m/one": ("gauge", "1", "plc1"), "s/l/m/two": ("counter", "1", "plc1")}
    with Stores.open(tmp_path) as stores:
        with stores.journal.transaction():
            ids = stores.catalog.ids(signals)
        wal = (tmp_path / "journal.db-wal").stat().st_size
        with stores.journal.transaction():
            assert stores.catalog.ids(signals) == ids
        assert (tmp_path / "journal.db-wal").stat().st_size == wal
        signals["s/l/m/one"] = ("gauge", "kW", "plc1")
        with stores.journal.transaction():
            assert stores.catalog.ids(signals) == ids
        assert stores.catalog.entries()["s/l/m/one"][2] == "kW"


def test_records_without_room_say_so_in_words(tmp_path: Path) -> None:
    """And what was begun is undone, though SQLite has ended the transaction by itself."""
    records = Records.open(tmp_path / "records.db")
    with pytest.raises(JournalFull, match=r"records\.db: no room for more; free disk"):
        too_much(records)
    with records.reading() as db:
        assert "filler" not in inspect(db).get_table_names()


def too_much(records: Records) -> None:
    """Write more than the file may hold."""
    with records.writing() as db:
        pages = db.exec_driver_sql("pragma page_count").scalar_one()
        db.exec_driver_sql(f"pragma max_page_count = {pages}")
        db.exec_driver_sql("create table filler as select zeroblob(100000) as much")
