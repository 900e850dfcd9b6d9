"""What a memory card has to take: `python -m tests.bench.wear [SECONDS [COMMIT_MS]]`.

The service at 200 samples a second with its data on an ext4 image of its own, and every block that
reaches the device counted: journal, its log, the log brought home, records of the fold, and the
file system's own journal. Sealing and trimming are measured apart, over 500,000 rows. It needs
root and a loop device.
"""

import os
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from edge import sealing
from edge.model import SECOND_NS
from edge.stores import Stores
from tests.bench.bytecode import compiled
from tests.bench.factory import Plant, child, sensors, write
from tests.bench.service import COMES_UP_S, FURTHER, collects
from tests.bench.stores import LIVE_ROWS, SIGNALS, START_NS, commit, rows
from tests.faults.disk import ext4, run
from tests.servers.mosquitto import Mosquitto
from tests.servers.ports import free_port
from tests.system.rig import LINEPROOF, asked, until

SECONDS = 180.0
COMMIT_MS = 5_000  # as a card's configuration has it
WARM_UP_S = 30.0
SECTOR = 512
DAY_S = 86_400


def measure(seconds: float = SECONDS, commit_ms: float = COMMIT_MS) -> dict[str, float]:
    """Bytes per sample, by what wrote them."""
    live, rate = lived(seconds, int(commit_ms))
    seal = sealed()
    return {
        "wear: samples stored per second": rate,
        f"wear: B per sample, live at {commit_ms:.0f} ms": live,
        "wear: B per sample, sealed and trimmed": seal,
        "wear: GB a day at 200 samples a second": (live + seal) * 200 * DAY_S / 1e9,
    }


def lived(seconds: float, commit_ms: int) -> tuple[float, float]:
    """Bytes per sample of the whole service, and its samples per second."""
    compiled()
    with TemporaryDirectory() as folder, ExitStack() as stack:
        broker = stack.enter_context(Mosquitto(Path(folder, "broker")))
        plant, port = Plant(broker.port), free_port()
        data = Path(folder, "data")
        stack.enter_context(ext4(data, Path(folder, "card.img")))
        write(Path(folder), plant.described, port, FURTHER)
        with Path(folder, "lineproof.yaml").open("a", encoding="utf-8") as file:
            file.write(f"\nstorage: {{commit_every_ms: {commit_ms}}}\n")
        stack.enter_context(plant.playing(Path(folder)))
        log = stack.enter_context(Path(folder, "service.log").open("w"))
        command = [LINEPROOF, "run", "--config", folder]
        stack.enter_context(child(command, log.fileno()))
        stack.enter_context(sensors(broker.port, FURTHER))
        until(lambda: collects(port), "every source runs", COMES_UP_S)
        time.sleep(WARM_UP_S)
        before, stored, began_s = written(data), stored_rows(port), time.monotonic()
        time.sleep(seconds)
        after, more = written(data), stored_rows(port) - stored
        return (after - before) / more, more / (time.monotonic() - began_s)


def sealed() -> float:
    """Bytes per sample of moving the journal into the archive."""
    seconds = sealing.ENOUGH_ROWS // LIVE_ROWS
    with TemporaryDirectory() as folder, ExitStack() as stack:
        data = Path(folder, "data")
        stack.enter_context(ext4(data, Path(folder, "card.img")))
        stores = stack.enter_context(Stores.open(data))
        with stores.journal.transaction():
            stores.catalog.ids(
                {path: (one.kind.value, "1", "plc") for path, one in SIGNALS.items()}
            )
        for second in range(seconds):
            commit(stores, rows(START_NS + second * SECOND_NS, SECOND_NS, LIVE_ROWS, second))
        before = written(data)
        done = sealing.seal(stores)
        return (written(data) - before) / done


def stored_rows(port: int) -> int:
    """Rows of live sources that are stored."""
    sources = asked(port, "accounting")["sources"]
    return sum(one["stored"] for one in sources if one["id"] != "import")


def written(folder: Path) -> int:
    """Bytes that the device below a folder has been given, with all that waits flushed to it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    run("sync", "--file-system", str(folder))
    device = Path(run("findmnt", "--noheadings", "--output", "SOURCE", str(folder)).strip()).name
    return int(Path("/sys/block", device, "stat").read_text("ascii").split()[6]) * SECTOR


if __name__ == "__main__":
    for what, figure in measure(*map(float, sys.argv[1:])).items():
        sys.stdout.write(f"{what:60} {figure:8.2f}\n")
