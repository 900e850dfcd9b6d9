"""What late and live data cost the engine: a late hour of a machine, 10,000 samples a second.

`python -m tests.bench.restating` folds a day of a line with 50 signals every second, then lets an
hour of one of its machines come late, and asks for the fold of what it touches. Apart from that,
an hour of 200 samples a second and some minutes of the next lie in journal and archive, the last
ten of 10,000 a second, and all of it is folded; each further second is committed, and what is timed
is the part of the engine from then on: mark, fold, and the frame that shows the new state. An
engine that has not passed over that second's block ends it with an error.
"""

import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from edge import sealing
from edge.engine.engine import Engine
from edge.engine.folding.fold import Fold
from edge.history import History
from edge.model import SECOND_NS, U32, Batch
from edge.records.database import Records
from edge.site import Kind, Machine, Signal, Site
from edge.stores import Stores
from tests.bench import dense
from tests.unit.edge.fake_clock import ToldClock

HOUR_S, LATE_S = 3600, 10 * 3600  # the hour that comes late
TIMES = 5
SENSORS = 490  # process values of a machine beside its ten signals
MINUTES = (14, 59)  # of the second hour, at which seconds begin to be timed
CROWDED_S, SECONDS = 600, 20  # with all signals; of them timed
SEAL_S = 50  # 500,000 rows, as the service does it


def measure() -> dict[str, float]:
    """Milliseconds until rows, or the picture of the present, are right again."""
    with TemporaryDirectory() as late:
        found = restated(Path(late))
    for minute in MINUTES:
        with TemporaryDirectory() as live:
            found |= followed(Path(live), minute)
    return found


def restated(data: Path) -> dict[str, float]:
    """A late hour of one machine, some times over, each time with other instants.

    Marked and folded as the service does it: in one transaction, on a file that is held open.
    """
    site, took_s, spent_s = dense.site_of(1), list[float](), list[float]()
    dense.write(data, site)
    dense.mark(data, site)
    with Stores.open(data) as stores:
        reader = History(stores)
        records = Records.open(data / "records.db")
        work = Fold(site, reader, records)
        while work.fold():
            pass
        with records.held():
            for nth in range(TIMES):
                with stores.journal.transaction():
                    stores.journal.append(late(reader, site.lines[0].machines[1], nth))
                began_s, spent_before_s = time.perf_counter(), time.process_time()
                with records.together():
                    work.scan(reader.blocks, reader.paths())
                    work.fold()
                took_s.append(time.perf_counter() - began_s)
                spent_s.append(time.process_time() - spent_before_s)
        if work.waits():
            raise ValueError("a mark is left, so not all of the hour was folded")
    return {
        "restating: ms for a late hour of a machine, 1 Hz": 1000 * statistics.median(took_s),
        "restating: the fastest of five": 1000 * min(took_s),
        "restating: CPU ms, the least of five": 1000 * min(spent_s),
    }


def late(reader: History, machine: Machine, nth: int) -> Batch:
    """The samples of an hour once more, some milliseconds later."""
    numbers = {path: number for number, path in reader.paths().items()}
    from_ns = dense.START_NS + LATE_S * SECOND_NS
    paths = [signal.path for signal in machine.signals.values()]
    found = reader.samples(paths, from_ns, from_ns + HOUR_S * SECOND_NS)
    batches = []
    for path, samples in found.items():
        times = samples.source_ns[:: nth + 2] + (nth + 1) * 1_000_000
        number = np.full(len(times), numbers[path], np.uint32)
        came = np.full(len(times), dense.START_NS + dense.DAY_S * SECOND_NS)
        rows = samples.value[:: nth + 2], samples.status[:: nth + 2]
        batches.append(Batch(number, times, came, *rows))
    return Batch.concat(batches)


def followed(data: Path, minute: int) -> dict[str, float]:
    """Seconds that come one by one, so many minutes into the second hour.

    Marked and folded as the service does it: on a file of records that is held open.
    """
    site, before_s = crowded(dense.site_of()), HOUR_S + 60 * minute
    known = {path: (s.kind.value, s.unit, s.source) for path, s in site.signals().items()}
    took, records = list[tuple[float, float]](), Records.open(data / "records.db")
    with Stores.open(data) as stores, records.held():
        with stores.journal.transaction():
            ids = stores.catalog.ids(known)
            day = dense.Day(dense.site_of(), [stores.catalog.symbol(p) for p in dense.PRODUCTS])
            stores.catalog.write()
        own = [ids[path] for path in dense.site_of().signals()]
        rest = np.array(sorted(set(ids.values()) - set(own)), np.uint32)
        clock = ToldClock(dense.START_NS)
        engine = Engine(site, History(stores), records, clock)
        for second, batch in enumerate(seconds_of(day, own, rest, before_s)):
            with stores.journal.transaction():
                stores.journal.append(batch)
            clock.now_ns = dense.START_NS + (second + 2) * SECOND_NS
            if second < before_s:
                if second % SEAL_S == 0 and second > before_s - CROWDED_S:
                    sealing.seal(stores)
                continue
            if second == before_s:
                caught_up(engine, stores)
                continue
            took.append(shown(engine, stores))
    what = f"live: ms from commit to frame, 10,000 samples/s, minute {minute}"
    took_s, spent_s = zip(*took, strict=True)
    return {
        what: 1000 * statistics.median(took_s),
        f"{what}, longest": 1000 * max(took_s),
        f"{what}, CPU ms": 1000 * statistics.median(spent_s),
    }


def shown(engine: Engine, stores: Stores) -> tuple[float, float]:
    """Seconds, and those of the CPU, until what was committed last is in a frame."""
    began_s, spent_before_s = time.perf_counter(), time.process_time()
    engine.keep_up()
    engine.frame()
    took = time.perf_counter() - began_s, time.process_time() - spent_before_s
    if engine.fold.scanned() != stores.journal.newest():
        raise RuntimeError("the last second is not shown: the engine is behind")
    return took


def caught_up(engine: Engine, stores: Stores) -> None:
    """Fold all that came so far, as a service that was there all the time has done."""
    while engine.fold.scanned() != stores.journal.newest() or engine.fold.waits():
        engine.keep_up()


def crowded(site: Site) -> Site:
    """The same with many process values beside what the fold reads."""

    def more(machine: Machine) -> Machine:
        paths = {f"sensor-{n}": f"{machine.path}/sensor-{n}" for n in range(SENSORS)}
        sensors = {n: Signal(p, n, Kind.GAUGE, "1", "plc") for n, p in paths.items()}
        return replace(machine, signals={**machine.signals, **sensors})

    lines = (replace(line, machines=tuple(map(more, line.machines))) for line in site.lines)
    return replace(site, lines=tuple(lines))


def seconds_of(day: dense.Day, own: list[int], rest: U32, before_s: int) -> Iterator[Batch]:
    """Batches of a second: what the machines say, and in the end process values beside it."""
    dice, second = np.random.default_rng(7), 0
    for block in day.blocks(own):
        for start in range(0, len(block), len(own)):
            if second > before_s + SECONDS:
                return
            mine, second = block.take(slice(start, start + len(own))), second + 1
            if second <= before_s - CROWDED_S:
                yield mine
                continue
            times = np.full(len(rest), mine.source_ns[0])
            value = np.round(dice.normal(50, 9, len(rest)), 1)
            status = np.zeros(len(rest), np.uint32)
            yield Batch.concat([mine, Batch(rest, times, times, value, status)])


if __name__ == "__main__":
    for what, figure in measure().items():
        sys.stdout.write(f"{what:<68} {figure:>10,.1f}\n")
