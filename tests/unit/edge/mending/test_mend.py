"""A damaged journal never keeps the service from starting, and what is lost is named."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from edge import sealing
from edge.ledger import Gap
from edge.mending.examining import examined
from edge.mending.mend import mend, reports
from edge.model import SECOND_NS
from edge.newest import note
from edge.stores import Stores
from tests.unit.edge.mending import wreck
from tests.unit.edge.mending.wreck import BLOCKS, EVER, NOW_NS, SEALED, Truth

PAGE = 4096
FLIPS, MENDED = 300, 6
MEND = """
import sys
from pathlib import Path
from edge.mending.mend import mend
mend(Path(sys.argv[1]), int(sys.argv[2]), ["plc"])
"""
POINTS = ("mend.1", "mend.2", "mend.3", "mend.4")


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    """A sound directory that nobody writes to, all of it in `journal.db`."""
    data = tmp_path_factory.mktemp("past")
    truth = wreck.build(data)
    wreck.whole_file(data)
    assert examined(data) == []
    return data, truth


@pytest.fixture
def data(past: tuple[Path, Truth], tmp_path: Path) -> Path:
    """A directory to be damaged."""
    return wreck.copied(past[0], tmp_path / "data")


@pytest.fixture
def truth(past: tuple[Path, Truth]) -> Truth:
    """What it holds; may be added to."""
    return Truth(dict(past[1].values), dict(past[1].block))


def changed(data: Path, *statements: str) -> None:
    """Change a journal as no program of ours would."""
    with closing(sqlite3.connect(data / "journal.db")) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()


def check(data: Path, truth: Truth) -> set[int]:
    """Hold what readers get against the truth; the blocks that are lost, each of them named."""
    assert examined(data) == []
    got = wreck.found(data)
    assert got.items() <= truth.values.items(), "something was made up"
    lost = {truth.block[at_ns] for _, at_ns in truth.values.keys() - got.keys()}
    with Stores.open(data) as stores:
        gaps = [
            gap for gap in stores.ledger.gaps(*EVER) if gap.reason.startswith("journal damaged")
        ]
        assert all(named(block, gaps, truth) for block in lost), (lost, gaps)
        assert bool(gaps) or not lost
        assert stores.journal.newest() >= BLOCKS, "a number is given out again"
        assert {1: "s/l/m/one", 2: "s/l/m/two"}.items() <= stores.catalog.paths().items()
        alive = [stores.ledger.life("plc", gap.from_ns + 1, gap.to_ns) for gap in gaps]
        assert not any(map(len, alive)), "taken for alive in a gap"
        assert stores.ledger.counts()["plc"].stored == len(got), "the accounts do not say so"
    return lost


def named(block: int, gaps: list[Gap], truth: Truth) -> bool:
    """Whether a gap of the source covers a block's rows."""
    times = sorted(at_ns for at_ns, number in truth.block.items() if number == block)
    inner = times[0] + 2 * SECOND_NS, times[-1]  # its neighbours' rows may overlap by a moment
    return any(
        gap.source == "plc" and gap.from_ns <= inner[0] and gap.to_ns >= inner[1] for gap in gaps
    )


def test_a_sound_journal_is_left_alone(data: Path, truth: Truth) -> None:
    """Nothing is set aside where nothing is wrong."""
    before = (data / "journal.db").read_bytes()
    assert not mend(data, NOW_NS, ["plc"])
    assert (data / "journal.db").read_bytes() == before
    assert reports(data) == {}
    assert check(data, truth) == set()


def test_an_empty_directory_is_no_damage(tmp_path: Path) -> None:
    """The first start has nothing to mend, nor the one that was killed while it made the file."""
    assert not mend(tmp_path, NOW_NS)
    (tmp_path / "journal.db").touch()
    assert not mend(tmp_path, NOW_NS)


def test_every_flip_in_a_block_is_found(data: Path) -> None:
    """Of bits turned in bodies and links none stays unseen, whichever block it is."""
    chance, file = random.Random(11), data / "journal.db"
    raw = file.read_bytes()
    with closing(sqlite3.connect(file)) as db:
        blocks = db.execute("select link, body from block where seq > ?", (SEALED,)).fetchall()
    pieces = [(raw.index(piece), len(piece)) for pair in blocks for piece in pair]
    places = [8 * at + bit for at, size in pieces for bit in range(8 * size)]
    for bit in chance.sample(places, FLIPS):
        wreck.flip(file, bit)
        assert examined(data) != [], f"bit {bit}"
        wreck.flip(file, bit)
    assert examined(data) == []


def test_whatever_bit_is_flipped_the_journal_goes_on(
    past: tuple[Path, Truth], tmp_path: Path
) -> None:
    """Anywhere in the file: what is not mended reads as it was, what is has its loss named."""
    chance, mended = random.Random(5), 0
    while mended < MENDED:
        data = wreck.copied(past[0], tmp_path / "data")
        wreck.flip(data / "journal.db", chance.randrange((data / "journal.db").stat().st_size * 8))
        mended += mend(data, NOW_NS, ["plc"])
        check(data, past[1])


@pytest.mark.parametrize("page", range(2, 24, 3))
def test_a_lost_page_takes_no_more_than_its_own_blocks(data: Path, truth: Truth, page: int) -> None:
    """A page of zeros: what other pages hold is kept, and the damaged file too."""
    with (data / "journal.db").open("r+b") as file:
        file.seek((page - 1) * PAGE)
        file.write(bytes(PAGE))
    damaged = (data / "journal.db").read_bytes()
    if mend(data, NOW_NS, ["plc"]):
        (aside,) = reports(data)
        assert (data / aside).read_bytes() == damaged, "the evidence was changed"
    assert len(check(data, truth)) <= BLOCKS - SEALED


def test_one_flipped_link_loses_nothing(data: Path, truth: Truth) -> None:
    """The link that ought to stand there is proven by the next block."""
    changed(data, "update block set link = zeroblob(32) where seq = 20")
    assert mend(data, NOW_NS, ["plc"])
    assert check(data, truth) == set()


@pytest.mark.parametrize(
    ("statement", "lost"),
    [
        ("update block set body = zeroblob(40) where seq = 20", {20}),
        ("delete from block where seq = 20", {20, 21}),  # who would prove 21?
        ("delete from block where seq between 15 and 17", {15, 16, 17, 18}),
        ("delete from block where seq = 30", {30}),
        ("update block set seq = 9000000 where seq = 30", {30}),
    ],
)
def test_a_lost_block_is_named_and_the_others_are_kept(
    data: Path, truth: Truth, statement: str, lost: set[int]
) -> None:
    """The ledger says which numbers are lost, and when their rows came."""
    changed(data, statement)
    assert mend(data, NOW_NS, ["plc"])
    assert check(data, truth) == lost
    with Stores.open(data) as stores:
        assert stores.journal.newest() == BLOCKS
        assert [gap.reason for gap in stores.ledger.gaps(*EVER)] == [
            f"journal damaged: blocks {min(lost)} to {max(lost)}"
        ]
        assert stores.ledger.cursor("influx").block == SEALED + 3
        assert stores.ledger.key("plc") == b"key"


@pytest.mark.parametrize("ruin", [b"", b"this is no database", os.urandom(20 * PAGE)])
def test_a_file_that_is_no_database_is_set_aside(data: Path, truth: Truth, ruin: bytes) -> None:
    """The archive is listed anew from its own parts, and no number is used again."""
    for left in data.glob("journal.db-*"):
        left.unlink()
    (data / "journal.db").write_bytes(ruin)
    assert mend(data, NOW_NS, ["plc"])
    assert check(data, truth) == set(range(SEALED + 1, BLOCKS + 1))
    with Stores.open(data) as stores:
        parts = stores.archive.manifest.live()
        assert set(stores.archive.manifest.relisted()) == {part.path for part in parts}
        assert sum(part.rows for part in parts) == SEALED * 2 * wreck.ROWS
        stores.archive.manifest.check()
        assert stores.journal.newest() > BLOCKS, "its numbers may have been given out"
    (aside,) = reports(data)
    assert (data / aside).read_bytes() == ruin


def test_a_missing_journal_is_noticed(data: Path, truth: Truth) -> None:
    """With parts of an archive there, an absent file is no first start."""
    (data / "journal.db").unlink()
    assert mend(data, NOW_NS, ["plc"])
    assert check(data, truth) == set(range(SEALED + 1, BLOCKS + 1))


def test_a_lost_wal_file_is_noticed(data: Path, truth: Truth, tmp_path: Path) -> None:
    """The last commits are gone without a trace in the file; the note beside it tells."""
    with Stores.open(data) as stores:
        wreck.append(stores, BLOCKS + 1, truth)
        wreck.append(stores, BLOCKS + 2, truth)
        note(data, BLOCKS + 2)
        cut = wreck.copied(data, tmp_path / "cut")  # while it is open: with its WAL
    (cut / "journal.db-wal").unlink()
    assert mend(cut, NOW_NS + 120 * SECOND_NS, ["plc"])
    assert check(cut, truth) == {BLOCKS + 1, BLOCKS + 2}


@pytest.mark.parametrize(
    "statement",
    [
        "update sealed set through = through - 3",
        "update sealed set through = through + 3",
        "delete from sealed",
        "delete from part",
        "update part set rows = rows + 1",
        "delete from part where n = 1",
    ],
)
def test_a_changed_list_of_parts_hides_and_doubles_nothing(
    data: Path, truth: Truth, statement: str
) -> None:
    """The boundary is found again, and every row counts once."""
    changed(data, statement)
    assert mend(data, NOW_NS, ["plc"])
    assert check(data, truth) == set()


def test_a_list_lost_while_a_seal_went_on_doubles_nothing(
    data: Path, truth: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts that were linked and not yet recorded are in no list; their blocks are still there."""

    def die(_name: str) -> None:
        if _name == "seal.6":
            raise KeyboardInterrupt

    monkeypatch.setattr(sealing, "crash_point", die)
    with Stores.open(data) as stores, pytest.raises(KeyboardInterrupt):
        sealing.seal(stores, BLOCKS - 4)
    changed(data, "delete from part", "delete from sealed")
    assert mend(data, NOW_NS, ["plc"])
    assert check(data, truth) == set()


def test_a_journal_of_an_earlier_day_counts_what_was_sealed_since(data: Path, truth: Truth) -> None:
    """A backup of that file alone: what came between is there or named, and the accounts agree."""
    backup = (data / "journal.db").read_bytes()
    with Stores.open(data) as stores:
        for block in range(BLOCKS + 1, BLOCKS + 7):
            wreck.append(stores, block, truth)
            if block == BLOCKS + 4:
                sealing.seal(stores)
        note(data, stores.journal.newest())
    for file in data.glob("journal.db*"):
        file.unlink()
    (data / "journal.db").write_bytes(backup)
    assert mend(data, NOW_NS + 600 * SECOND_NS, ["plc"])
    assert check(data, truth) == {BLOCKS + 5, BLOCKS + 6}


@pytest.mark.parametrize(
    "change",
    [
        "update signal set path = 's/l/m/onf' where id = 1",
        "update signal set id = 7 where id = 2",
        "delete from signal where id = 2",
        "update symbol set text = '가나라'",
    ],
)
def test_a_changed_name_is_found_and_taken_from_the_archive(
    data: Path, truth: Truth, change: str
) -> None:
    """An id or a symbol never comes to mean another thing."""
    changed(data, change)
    assert mend(data, NOW_NS, ["plc"])
    assert check(data, truth) == set()
    with Stores.open(data) as stores:
        with stores.journal.transaction():
            (fresh,) = stores.catalog.ids({"s/l/m/new": ("gauge", "1", "plc")}).values()
        assert fresh > 2, "an id is given out again"
        assert "가나라" not in stores.catalog.symbols().values()


def test_what_was_mended_is_sealed_and_goes_on(data: Path, truth: Truth) -> None:
    """New blocks follow, sealing passes over the lost one, and all of it is found."""
    changed(data, "update block set body = zeroblob(40) where seq = 20")
    mend(data, NOW_NS, ["plc"])
    with Stores.open(data) as stores:
        wreck.append(stores, BLOCKS + 1, truth)
        sealing.seal(stores)
        assert stores.journal.heads(0) == []
    assert check(data, truth) == {20}


@pytest.mark.parametrize("visit", [(point, nth) for point in POINTS for nth in (1, 2)])
def test_killed_while_it_mends_it_goes_on(data: Path, truth: Truth, visit: tuple[str, int]) -> None:
    """At every step the next start finishes; the damaged bytes are there all the time."""
    changed(data, "update block set body = zeroblob(40) where seq = 20")
    (data / "journal.db-wal").write_bytes(b"")
    damaged = (data / "journal.db").read_bytes()
    crash = {**os.environ, "LINEPROOF_CRASH": f"{visit[0]}:{visit[1]}"}
    done = subprocess.run([sys.executable, "-c", MEND, data, str(NOW_NS)], env=crash, check=False)
    assert done.returncode in {0, -signal.SIGKILL}
    assert damaged in [file.read_bytes() for file in data.glob("journal.d*")]
    mend(data, NOW_NS + SECOND_NS, ["plc"])
    assert check(data, truth) == {20}
    assert len(reports(data)) <= 2
    assert not list(data.glob("journal.mended-*")) + list(data.glob("journal.draft*"))


def test_without_room_nothing_is_changed(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be mended now is mended once there is room."""
    changed(data, "update block set body = zeroblob(40) where seq = 20")
    before = (data / "journal.db").read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("edge.mending.mend.flush", full)
    with pytest.raises(Exception, match="No space left"):
        mend(data, NOW_NS)
    assert (data / "journal.db").read_bytes() == before
