"""A data directory with a past, the truth of it, and ways to damage it."""

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from edge import sealing
from edge.again import Recounted, Spot
from edge.config.loader import Loaded
from edge.history import History
from edge.model import SECOND_NS, Batch, Row
from edge.newest import note
from edge.site import Site
from edge.stores import Stores

HOUR_NS = 3_600 * SECOND_NS
START_NS = 490_000 * HOUR_NS
PATHS = ["s/l/m/one", "s/l/m/two"]
SEALED, BLOCKS, ROWS = 8, 30, 40
NOW_NS = START_NS + (BLOCKS + 1) * 60 * SECOND_NS
EVER = (0, 2**62)


class Truth(NamedTuple):
    """What was stored: (signal, source time) to value, and the block of each time."""

    values: dict[tuple[str, int], float]
    block: dict[int, int]


def build(data: Path) -> Truth:
    """Thirty blocks of a minute each, eight of them sealed; with names, ledger and a cursor."""
    truth = Truth({}, {})
    data.mkdir(parents=True, exist_ok=True)
    with Stores.open(data) as stores:
        with stores.journal.transaction():
            stores.catalog.ids(dict.fromkeys(PATHS, ("gauge", "1", "plc")))
            stores.catalog.symbol("가나다")
            stores.catalog.write()
        for block in range(1, BLOCKS + 1):
            append(stores, block, truth)
            if block == SEALED:
                sealing.seal(stores)
        with stores.journal.transaction():
            stores.ledger.move("influx", SEALED + 3, 100)
            stores.ledger.set_key("plc", b"key")
        note(data, stores.journal.newest())
    return truth


def fill_ledger(data: Path, now_ns: int) -> None:
    """Rows in every table of the ledger of a past that was built; the log is in the file."""
    with Stores.open(data) as stores, stores.journal.transaction():
        for n in range(20):
            stores.ledger.gap("plc", f"gap {n}", n, n + 1)
            entry = stores.ledger.quarantine("plc", f"reason {n}", bytes([n]) * 100, n, rows=n)
            stores.ledger.whole(entry, f"topic/{n}")
            stores.again.refused(entry, "influx", [Spot(n, n, n + 1)])
        stores.ledger.discard(3, now_ns)
        stores.again.note("influx", Recounted(1, 2, 3, 4, 5))
    whole_file(data)


def loaded(data: Path) -> Loaded:
    """The configuration of a site without lines and sources, as a start has it."""
    return Loaded(
        folder=data,
        data=data,
        site=Site("hanbit", "한빛", "Asia/Seoul", "08:00", ()),
        sources=(),
        sinks=(),
        host="127.0.0.1",
        port=8000,
        commit_every_ms=1000,
    )


def append(stores: Stores, block: int, truth: Truth) -> None:
    """One block: both signals, every second and a half of its minute, with life."""
    begin_ns = START_NS + block * 60 * SECOND_NS
    chance = random.Random(block)
    rows = []
    for nth in range(ROWS):
        at_ns = begin_ns + nth * SECOND_NS * 3 // 2
        truth.block[at_ns] = block
        for signal, path in enumerate(PATHS, 1):
            truth.values[path, at_ns] = value = chance.random()
            rows.append(Row(signal, at_ns, at_ns + 1, value, 0))
    with stores.journal.transaction():
        stores.journal.append(Batch.of(rows))
        stores.ledger.count("plc", len(rows), 0, 0)
        stores.ledger.alive("plc", begin_ns, begin_ns + 60 * SECOND_NS)


def found(data: Path) -> dict[tuple[str, int], float]:
    """What readers get."""
    with Stores.open(data, readonly=True) as stores:
        samples = History(stores).samples(PATHS, *EVER)
    return {
        (path, at_ns): value
        for path, some in samples.items()
        for at_ns, value in zip(some.source_ns.tolist(), some.value.tolist(), strict=True)
    }


def whole_file(data: Path) -> None:
    """Have everything in `journal.db` itself, no WAL beside it."""
    with closing(sqlite3.connect(data / "journal.db")) as db:
        db.execute("pragma wal_checkpoint(truncate)")


def copied(data: Path, to: Path) -> Path:
    """Another directory with the same contents."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(data, to)
    return to


def flip(path: Path, bit: int) -> None:
    """Turn one bit of a file."""
    with path.open("r+b") as file:
        file.seek(bit // 8)
        (byte,) = file.read(1)
        file.seek(bit // 8)
        file.write(bytes([byte ^ 1 << bit % 8]))
