"""A part that is not what was recorded is found before a row is used, and its time is named."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge import sealing
from edge.history import History
from edge.model import SECOND_NS, Batch, Row
from edge.stores import Stores

HOUR_NS = 3_600 * SECOND_NS
START_NS = 490_000 * HOUR_NS
HOURS, FLIPS = 3, 150
PATH, DAMAGED = "s/l/m/one", 1  # which hour
EVER = (0, 2**62)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Three hours, each in a part of its own, of a source that lived all the time."""
    with Stores.open(tmp_path) as stores:
        for hour in range(HOURS):
            begin_ns = START_NS + hour * HOUR_NS
            times = [begin_ns + nth * 60 * SECOND_NS for nth in range(60)]
            with stores.journal.transaction():
                (number,) = stores.catalog.ids({PATH: ("gauge", "1", "plc")}).values()
                stores.journal.append(Batch.of([Row(number, at, at, at % 97, 0) for at in times]))
                stores.ledger.alive("plc", begin_ns, begin_ns + HOUR_NS)
        sealing.seal(stores)
    return tmp_path


@pytest.fixture
def files(data: Path) -> list[Path]:
    """The parts, by hour."""
    return sorted((data / "archive").glob("[0-9]*/*.parquet"))


def check(data: Path, part: str) -> None:
    """The damaged hour is empty, named and unproven; the others are as they were."""
    with Stores.open(data) as stores:
        history = History(stores)
        begin_ns, end_ns = START_NS + DAMAGED * HOUR_NS, START_NS + (DAMAGED + 1) * HOUR_NS
        (gap,) = history.gaps(*EVER)
        last_ns = end_ns - 60 * SECOND_NS
        assert gap == ("plc", f"archive damaged: {part}", begin_ns, last_ns + 1)
        assert list(history.damaged) == [part]
        found = history.samples([PATH], *EVER)[PATH].source_ns
        assert len(found) == 60 * (HOURS - 1)
        assert not ((found >= begin_ns) & (found < end_ns)).any()
        life = history.life("plc", *EVER)
        assert not ((life >= begin_ns) & (life <= last_ns)).any(), "taken for alive"
        assert (life < begin_ns).any()
        assert (life >= end_ns).any()
        assert history.gaps(START_NS, begin_ns) == [], "another hour is blamed"


def zeroed(file: Path, _: Path) -> None:
    """A block of the disk that was never written."""
    raw = file.read_bytes()
    file.write_bytes(bytes(min(4096, len(raw))) + raw[4096:])


def made_a_folder(file: Path, _: Path) -> None:
    """Something else under its name."""
    file.unlink()
    file.mkdir()


RUINS: dict[str, Callable[[Path, Path], object]] = {
    "missing": lambda file, _: file.unlink(),
    "empty": lambda file, _: file.write_bytes(b""),
    "cut": lambda file, _: file.write_bytes(file.read_bytes()[:-100]),
    "without footer": lambda file, _: file.write_bytes(file.read_bytes()[:-8] + bytes(8)),
    "zeroed": zeroed,
    "another part's bytes": lambda file, other: file.write_bytes(other.read_bytes()),
    "a folder": made_a_folder,
}


@pytest.mark.parametrize("ruin", RUINS)
def test_a_damaged_part_is_named_and_the_rest_is_read(
    data: Path, files: list[Path], ruin: str
) -> None:
    """Whatever was done to it, no figure uses it, and no other hour suffers."""
    RUINS[ruin](files[DAMAGED], files[0])
    check(data, files[DAMAGED].relative_to(data / "archive").as_posix())


def test_swapped_parts_are_both_found(data: Path, files: list[Path]) -> None:
    """Each is a sound file, but not the one of its name."""
    one, two = files[0].read_bytes(), files[1].read_bytes()
    files[0].write_bytes(two)
    files[1].write_bytes(one)
    with Stores.open(data) as stores:
        history = History(stores)
        assert len(history.samples([PATH], *EVER)[PATH].source_ns) == 60
        assert len(history.gaps(*EVER)) == 2


def test_every_flipped_bit_is_found(data: Path, files: list[Path]) -> None:
    """Anywhere in the file, the footer too."""
    chance, file = random.Random(3), files[DAMAGED]
    raw = file.read_bytes()
    for _ in range(FLIPS):
        bit = chance.randrange(8 * len(raw))
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        file.write_bytes(changed)
        with Stores.open(data) as stores:
            assert len(History(stores).gaps(*EVER)) == 1, f"bit {bit}"


def test_a_part_that_is_put_back_counts_again(data: Path, files: list[Path]) -> None:
    """From a backup: its gap was never written down."""
    raw = files[DAMAGED].read_bytes()
    files[DAMAGED].write_bytes(b"?")
    with Stores.open(data) as stores:
        history = History(stores)
        assert len(history.gaps(*EVER)) == 1
        files[DAMAGED].write_bytes(raw)
        assert history.gaps(*EVER) == []
        assert len(history.samples([PATH], *EVER)[PATH].source_ns) == 60 * HOURS


def test_a_foreign_file_is_set_aside(data: Path, files: list[Path]) -> None:
    """In a folder of a day it is read by nobody, and kept."""
    foreign = files[0].with_name("99.1.parquet")
    foreign.write_bytes(files[0].read_bytes())
    with Stores.open(data) as stores:
        (found,) = sealing.tidy(stores)
        assert "99.1.parquet" in found
        assert len(History(stores).samples([PATH], *EVER)[PATH].source_ns) == 60 * HOURS
    assert not foreign.exists()
    assert list((data / "archive" / ".orphan").iterdir())


@pytest.fixture
def clock() -> Iterator[int]:
    """Instants as the service looks, one after the other."""
    return iter(range(0, HOURS * sealing.SCRUB_EVERY_NS, sealing.SCRUB_EVERY_NS))


def test_the_scrub_looks_at_every_part_in_turn(
    data: Path, files: list[Path], clock: Iterator[int]
) -> None:
    """Also at one that was sound when it was read first."""
    with Stores.open(data) as stores:
        History(stores).samples([PATH], *EVER)
        raw = files[DAMAGED].read_bytes()
        files[DAMAGED].write_bytes(bytes([raw[0] ^ 1]) + raw[1:])
        assert stores.archive.damaged == {}
        for now_ns in clock:
            sealing.scrub(stores, now_ns)
        assert len(stores.archive.damaged) == 1
