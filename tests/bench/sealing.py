"""How much memory sealing takes in the service: `python -m tests.bench.sealing`.

A journal of 200 rows a second that waits to be sealed, and a reader that has looked at it as the
engine does. Linux only: the peak is the process's own, set back before.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from edge import sealing
from edge.history import History
from edge.model import SECOND_NS
from edge.service.keeping import SEAL_ROWS, give_back
from edge.stores import Stores
from tests.bench.stores import LIVE_ROWS, SIGNALS, START_NS, commit, rows

QUARTER_S = 900


def measure() -> dict[str, float]:
    """MB more than before, at the most and afterwards."""
    seconds = sealing.ENOUGH_ROWS // LIVE_ROWS
    with TemporaryDirectory() as folder, Stores.open(Path(folder)) as stores:
        with stores.journal.transaction():
            stores.catalog.ids(
                {path: (one.kind.value, "1", "plc") for path, one in SIGNALS.items()}
            )
        seal(stores, 1)  # the first time loads what stays
        empty_mb = rss_mb()
        filled(stores, seconds)
        reader = looked_at(stores, seconds)
        before_mb = rss_mb()
        Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
        seal(stores, seconds)
        peak_mb = peak()
        reader.samples(list(SIGNALS)[:1], START_NS, START_NS + SECOND_NS)  # it learns of the seal
        give_back()
        after_mb = rss_mb()
    name = f"{sealing.ENOUGH_ROWS:,} rows"
    return {
        f"sealing: MB that {name} of the journal take, read": before_mb - empty_mb,
        f"sealing: MB more while {name} are sealed": peak_mb - before_mb,
        f"sealing: MB more after {name} were sealed": after_mb - empty_mb,
    }


def filled(stores: Stores, seconds: int) -> None:
    """A block for every second."""
    for second in range(1, seconds):
        commit(stores, rows(START_NS + second * SECOND_NS, SECOND_NS, LIVE_ROWS, second))


def looked_at(stores: Stores, seconds: int) -> History:
    """A reader that was asked for a quarter of an hour at a time, as the engine folds."""
    reader = History(stores)
    for second in range(0, seconds, 60):
        until_ns = START_NS + second * SECOND_NS
        reader.samples(list(SIGNALS), until_ns - QUARTER_S * SECOND_NS, until_ns)
    return reader


def seal(stores: Stores, least: int) -> None:
    """Seal what there is, at least a second of rows."""
    if least == 1:
        commit(stores, rows(START_NS, SECOND_NS, LIVE_ROWS, 0))
    done = sealing.seal(stores, most_rows=SEAL_ROWS)
    if done < (least - 1) * LIVE_ROWS:
        raise RuntimeError(f"{done} rows were sealed, fewer than {(least - 1) * LIVE_ROWS}")


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
