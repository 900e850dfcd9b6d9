"""The stores' speed and size: journal, seal, import, and what a reader waits for.

`python -m tests.bench.stores [DAYS]` prints one line for each figure; `measure` returns them. The
rows are those of a factory of 80 signals: counters and states every 20 s, process values every
minute, product names; a hundredth is unknown.
"""

import resource
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from edge import sealing
from edge.history import History
from edge.importing import import_files
from edge.model import SECOND_NS, Batch
from edge.site import Kind, Signal
from edge.stores import Stores

DAYS = 8
DAY_ROWS = 250_000
DAY_NS = 86_400 * SECOND_NS
START_NS = 1_785_542_400 * SECOND_NS // DAY_NS * DAY_NS
KINDS = [Kind.COUNTER, Kind.STATE, Kind.GAUGE, Kind.GAUGE]
SIGNALS = {
    path: Signal(
        path, path.split("/")[-1], Kind.TEXT if at % 20 == 0 else KINDS[at % 4], "1", "plc"
    )
    for at in range(80)
    for path in [f"hanbit/mask-{at % 3}/machine-{at % 7}/signal-{at}"]
}
LIVE_ROWS = 200  # a second of a busy factory
COMMITS = 300


def measure(days: int = DAYS) -> dict[str, float]:
    """All figures, by what they are."""
    with TemporaryDirectory() as folder:
        return live(Path(folder, "live")) | history(Path(folder, "history"), days)


def live(data: Path) -> dict[str, float]:
    """One commit a second of 200 rows, as the service makes them; here without the waiting."""
    with Stores.open(data) as stores:
        with stores.journal.transaction():
            stores.catalog.ids(
                {path: (one.kind.value, "1", "plc") for path, one in SIGNALS.items()}
            )
        start_ns, waits_s = time.perf_counter_ns(), list[float]()
        for second in range(COMMITS):
            batch = rows(START_NS + second * SECOND_NS, SECOND_NS, LIVE_ROWS, second)
            waits_s.append(seconds(partial(commit, stores, batch)))
        took_s = (time.perf_counter_ns() - start_ns) / 1e9
        size = stores.db.execute("select sum(length(body)) from block").fetchone()[0]
        reader = History(stores)
        names = list(SIGNALS)[:20]
        span = START_NS, START_NS + COMMITS * SECOND_NS
        reader.samples(names, *span)
        tail_s = best(lambda: reader.samples(names, *span))
    return {
        "journal: rows per second in commits of 200": LIVE_ROWS * COMMITS / took_s,
        "journal: ms per commit, median": 1000 * float(np.median(waits_s)),
        "journal: bytes per sample in blocks of 200": size / (LIVE_ROWS * COMMITS),
        "history: ms for 20 signals of the tail": 1000 * tail_s,
    }


def history(data: Path, days: int) -> dict[str, float]:
    """Days that come as files, and what is read of them afterwards."""
    files = [written(data, day) for day in range(days)]
    with Stores.open(data) as stores:
        took_s = seconds(lambda: import_files(stores, iter(files), SIGNALS))
        parts = stores.archive.manifest.live()
        size, names, reader = sum(part.size for part in parts), list(SIGNALS), History(stores)
        whole_s = [seconds(partial(reader.samples, names, *span(day))) for day in range(days)]
        hour = START_NS, START_NS + DAY_NS // 24
        hour_s = best(lambda: reader.samples(names[:20], *hour))
        again_s = seconds(lambda: import_files(stores, iter(files[:2]), SIGNALS))
        journal_s, seal_s = apart(stores, days)
    total, most_mb = days * DAY_ROWS, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "import: rows per second, stored, sealed, verified": total / took_s,
        "import: rows per second that are there already": 2 * DAY_ROWS / again_s,
        "journal: rows per second in blocks of 100,000": 2 * DAY_ROWS / journal_s,
        "archive: rows per second sealed": 2 * DAY_ROWS / seal_s,
        "archive: bytes per sample": size / total,
        "archive: parts": len(parts),
        "history: ms for a day of 80 signals, median": 1000 * float(np.median(whole_s)),
        "history: ms for an hour of 20 signals": 1000 * hour_s,
        "import: MB of memory at the most": most_mb,
    }


def apart(stores: Stores, day: int) -> tuple[float, float]:
    """Seconds to journal two more days, and to seal them."""
    batches = [rows(span(day + more)[0], DAY_NS, DAY_ROWS, more) for more in (0, 1)]
    cuts = [
        batch.take(slice(at, at + 100_000)) for batch in batches for at in (0, 100_000, 200_000)
    ]

    def write() -> None:
        for cut in cuts:
            with stores.journal.transaction():
                stores.journal.append(cut, history=True)

    return seconds(write), seconds(lambda: sealing.seal(stores))


def commit(stores: Stores, batch: Batch) -> None:
    """One group commit."""
    with stores.journal.transaction():
        stores.journal.append(batch)


def span(day: int) -> tuple[int, int]:
    """The times of a day."""
    return START_NS + day * DAY_NS, START_NS + (day + 1) * DAY_NS


def rows(from_ns: int, length_ns: int, count: int, seed: int) -> Batch:
    """Rows of all signals in turn, times to the millisecond."""
    dice, at = np.random.default_rng(seed), np.arange(count)
    times = from_ns + np.sort(dice.integers(0, length_ns // 1_000_000, count)) * 1_000_000
    signal = at % len(SIGNALS)
    gauge = dice.normal(50, 9, count).round(2)
    value = np.where(
        signal % 4 == 0, at // len(SIGNALS), np.where(signal % 4 == 1, at // 977 % 5, gauge)
    )
    value = np.where(signal % 20 == 0, at // 50_000, value).astype(np.float64)
    value[dice.random(count) < 0.01] = np.nan
    status = np.where(np.isnan(value), 0x8031_0000, 0).astype(np.uint32)
    return Batch((1 + signal).astype(np.uint32), times, times + 120_000_000, value, status)


def written(folder: Path, day: int) -> Path:
    """A day as a file."""
    folder.mkdir(exist_ok=True)
    batch, path = rows(span(day)[0], DAY_NS, DAY_ROWS, day), folder / f"{day}.npz"
    np.savez(
        path,
        allow_pickle=False,
        signals=np.array(list(SIGNALS)),
        texts=np.array([f"KF94-{size}" for size in "SML12345"]),
        signal=batch.signal.astype(np.int32) - 1,
        source_time=batch.source_ns,
        value=batch.value,
        quality=batch.status,
    )
    return path


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    start_ns = time.perf_counter_ns()
    work()
    return (time.perf_counter_ns() - start_ns) / 1e9


def best(work: Callable[[], object]) -> float:
    """The shortest of ten."""
    return min(seconds(work) for _ in range(10))


if __name__ == "__main__":
    for what, figure in measure(*map(int, sys.argv[1:])).items():
        sys.stdout.write(f"{what:<52} {figure:>12,.1f}\n")
