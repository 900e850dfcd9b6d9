"""How much memory sealing takes: `python -m tests.bench.sealing`.

A journal of 200 rows a second that waits to be sealed, and a reader that has looked at it as the
engine does; sealed in the process that reads, and in one of its own as the service does it. Linux
only: the peaks are those of the processes themselves.
"""

import asyncio
import resource
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from edge import sealing
from edge.history import History
from edge.model import SECOND_NS
from edge.service.apart import ROWS, sealed_apart
from edge.service.heap import give_back
from edge.stores import Stores
from tests.bench.stores import LIVE_ROWS, SIGNALS, START_NS, commit, rows

QUARTER_S = 900


def measure() -> dict[str, float]:
    """MB more than before, at the most and afterwards."""
    with TemporaryDirectory() as folder, Stores.open(Path(folder)) as stores:
        with stores.journal.transaction():
            stores.catalog.ids(
                {path: (one.kind.value, "1", "plc") for path, one in SIGNALS.items()}
            )
        apart, apart_s = waited(stores, 0, here=False)
        child_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e6
        here, here_s = waited(stores, 1, here=True)
    name = f"{sealing.ENOUGH_ROWS:,} rows"
    return {
        f"sealing: MB more while {name} are sealed here": here,
        f"sealing: MB more while {name} are sealed apart": apart,
        "sealing: MB of the process that seals apart": child_mb,
        f"sealing: s until {name} are sealed here": here_s,
        f"sealing: s until {name} are sealed apart": apart_s,
    }


def waited(stores: Stores, nth: int, *, here: bool) -> tuple[float, float]:
    """MB more in this process while rows are sealed, and how long it took."""
    seconds = sealing.ENOUGH_ROWS // LIVE_ROWS
    first = nth * (seconds + 1)
    for second in range(first, first + seconds):
        commit(stores, rows(START_NS + second * SECOND_NS, SECOND_NS, LIVE_ROWS, second))
    looked_at(stores, first, seconds)
    give_back()
    before_mb = rss_mb()
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    began_s, newest = time.monotonic(), stores.journal.newest()
    if here:
        done = sealing.seal(stores, most_rows=ROWS)
    else:
        done = asyncio.run(sealed_apart(stores.data, newest))
    took_s = time.monotonic() - began_s
    if done < seconds * LIVE_ROWS:
        raise RuntimeError(f"{done} rows were sealed, fewer than {seconds * LIVE_ROWS}")
    return peak() - before_mb, took_s


def looked_at(stores: Stores, first: int, seconds: int) -> None:
    """A reader that was asked for a quarter of an hour at a time, as the engine folds."""
    reader = History(stores)
    for second in range(first, first + seconds, 60):
        until_ns = START_NS + second * SECOND_NS
        reader.samples(list(SIGNALS), until_ns - QUARTER_S * SECOND_NS, until_ns)


def rss_mb() -> float:
    """Memory of this process."""
    return float(psutil.Process().memory_info().rss) / 1e6


def peak() -> float:
    """The most memory of this process since it was set back, in MB."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    for what, figure in measure().items():
        sys.stdout.write(f"{what:60} {figure:8.1f}\n")
