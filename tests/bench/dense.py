"""A dense day: 200 signals every second, from the archive to the element table on one core.

`python -m tests.bench.dense` makes four lines of five machines, 17.3 million samples, and folds
them in a process of its own that has one core. Of a machine's ten signals the fold needs five or
six: its counters, its state and the product; the rest are process values. What was folded is held
against what the simulated machines made: a wrong figure is an error, not a fast result.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import count as counting
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from edge import sealing
from edge.engine.folding.fold import Fold
from edge.history import History
from edge.model import F64, SECOND_NS, STATUS_BAD, STATUS_GOOD, Batch
from edge.records.database import Records
from edge.records.parts import read_elements
from edge.site import Dated, Kind, Line, Machine, Shift, Signal, Site
from edge.stores import Stores

LINES, MACHINES = 4, 5
DAY_S = 86_400
START_NS = 1_772_409_600 * SECOND_NS  # 2026-03-02T00:00Z
BLOCK_S = 450  # 90,000 rows
STATES = {"1": "producing", "2": "delayed", "3": "setup", "4": "idle"}
RUN_S, STOP_S = 1500, 200  # of a machine, on average
PRODUCT_S = 4 * 3600  # of one product
PRODUCTS = ("KF94-L", "KF94-M", "KF80-L")
COUNTERS = ("good", "scrap", "rework", "energy")
GAUGES = ("temperature", "pressure", "speed", "tension", "humidity")
SHIFTS = (
    Shift("day", "08:00", "20:00", breaks=(("12:00", "13:00"),)),
    Shift("night", "20:00", "08:00"),
)
MODULUS = 10_000
UNKNOWN = 1e-4  # share of samples that are bad
KWH_A_SECOND = 0.002
HIGHEST = "VmHWM:"  # ru_maxrss would begin with that of the process that started us
Spoil = Callable[[Batch, Mapping[str, int]], Batch]  # samples as they came; ids by path
FOLDER = "import sys; from tests.bench import dense; dense.fold(*sys.argv[1:])"


def measure() -> dict[str, float]:
    """Seconds and memory of the fold, and what it takes to mark the day before."""
    with TemporaryDirectory() as name:
        data, site = Path(name), site_of()
        made = write(data, site)
        marked_s = mark(data, site)
        command = [sys.executable, "-c", FOLDER, name]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        took_s, first_mb, most_mb = map(float, done.stdout.split())
        check(data, made)
    return {
        "dense day: s to fold 17.3 M samples on one core": took_s,
        "dense day: M samples per second": LINES * MACHINES * 10 * DAY_S / took_s / 1e6,
        "dense day: MB of memory before": first_mb,
        "dense day: MB of memory at the most": most_mb,
        "dense day: s to mark it, block by block": marked_s,
    }


def site_of(count: int = LINES) -> Site:
    """So many lines; of each the last machine counts the line's output."""
    lines = [f"line-{n}" for n in range(count)]
    return Site("bench", "bench", "Asia/Seoul", "08:00", tuple(line_of(line) for line in lines))


def line_of(line: str) -> Line:
    """A line whose first machine names the product."""
    machines = tuple(machine_of(line, n) for n in range(MACHINES))
    return Line(line, line, f"bench/{line}", machines, SHIFTS, line_state=machines[-1].id)


def machine_of(line: str, number: int) -> Machine:
    """A machine with ten signals."""
    name = f"machine-{number}"
    path = f"bench/{line}/{name}"
    kinds = {
        **dict.fromkeys(COUNTERS, Kind.COUNTER),
        "state": Kind.STATE,
        **dict.fromkeys(GAUGES, Kind.GAUGE),
    }
    if number == 0:
        del kinds["humidity"]
        kinds["product"] = Kind.TEXT
    units = {"energy": "kW.h", "state": "1"}
    signals = {
        each: Signal(
            f"{path}/{each}",
            each,
            kind,
            units.get(each, "{piece}"),
            "meter" if each == "energy" else "plc",
            map=STATES if kind is Kind.STATE else {},
            modulus=MODULUS if each == "good" else None,
        )
        for each, kind in kinds.items()
    }
    cycles = {product: (Dated(cycle_s(number), None),) for product in PRODUCTS}
    last = number == MACHINES - 1
    return Machine(name, name, path, signals, cycles, station=name, exit=last)


def cycle_s(number: int) -> float:
    """Ideal seconds for a piece."""
    return 0.75 * (number + 1)


class Day:
    """What the machines did: a value for each signal and second."""

    def __init__(self, site: Site, symbols: list[int]) -> None:
        dice, columns, made = np.random.default_rng(7), dict[str, F64](), dict[str, float]()
        for line in site.lines:
            for number, machine in enumerate(line.machines):
                state = states(dice)
                pieces = np.floor(np.cumsum(state == 1) / (cycle_s(number) * 1.1))
                rejected = np.cumsum(np.diff(pieces, prepend=0) * (dice.random(DAY_S) < 0.02))
                good = pieces - rejected
                own = {
                    "good": good % MODULUS,
                    "scrap": np.floor(rejected * 0.9),
                    "rework": np.floor(rejected * 0.1),
                    "energy": np.round(np.cumsum(KWH_A_SECOND * (0.2 + (state == 1))), 4),
                    "state": state,
                    "product": np.array(symbols)[np.arange(DAY_S) // PRODUCT_S % len(symbols)],
                }
                gauge = np.round(50 + np.cumsum(dice.normal(0, 0.02, DAY_S)), 1)
                columns |= {s.path: own.get(s.name, gauge) for s in machine.signals.values()}
                made[machine.path] = float(good[-1] - good[0])
        self.made = made
        self._values = np.stack(list(columns.values()), axis=1)
        self._dice = dice

    def blocks(self, ids: list[int]) -> Iterator[Batch]:
        """All samples as they came: second by second, each device with its own phase."""
        number = np.array(ids, np.uint32)
        phase_ns = self._dice.integers(0, 900, len(ids) // 10).repeat(10) * 1_000_000
        for second in range(0, DAY_S, BLOCK_S):
            part = slice(second, second + BLOCK_S)
            value = self._values[part].ravel()
            jitter_ns = self._dice.integers(0, 20, (BLOCK_S, len(ids) // 10)).repeat(10, axis=1)
            at_ns = START_NS + np.arange(second, second + BLOCK_S)[:, None] * SECOND_NS
            times = (at_ns + phase_ns + jitter_ns * 1_000_000).ravel()
            bad = self._dice.random(value.size) < UNKNOWN
            status = np.where(bad, STATUS_BAD, STATUS_GOOD).astype(np.uint32)
            signal = np.tile(number, BLOCK_S)
            yield Batch(signal, times, times + 150_000_000, value, status)


def states(dice: np.random.Generator) -> F64:
    """A state for each second: runs and stops of random lengths."""
    runs = dice.exponential(RUN_S, 2000), dice.exponential(STOP_S, 2000)
    lengths = np.stack(runs, axis=1).ravel().astype(np.int64) + 5
    kinds = np.ones(lengths.size)
    kinds[1::2] = dice.integers(2, 5, 2000)
    return np.repeat(kinds, lengths)[:DAY_S]


def write(data: Path, site: Site, spoil: Spoil | None = None) -> dict[str, float]:
    """Put the day into the archive, as it was or spoilt; the pieces that each machine made."""
    with Stores.open(data) as stores:
        known = {path: (s.kind.value, s.unit, s.source) for path, s in site.signals().items()}
        with stores.journal.transaction():
            ids = stores.catalog.ids(known)
            day = Day(site, [stores.catalog.symbol(text) for text in PRODUCTS])
            stores.catalog.write()
        for n, batch in zip(counting(1), day.blocks([ids[path] for path in known]), strict=False):
            with stores.journal.transaction():
                stores.journal.append(spoil(batch, ids) if spoil else batch)
            if n % 8 == 0:
                sealing.seal(stores)
        sealing.seal(stores)
    return day.made


def mark(data: Path, site: Site) -> float:
    """Pass over all blocks, as the engine does while they come; seconds."""
    with Stores.open(data) as stores:
        reader = History(stores)
        work = Fold(site, reader, Records.open(data / "records.db"))
        began_s, paths = time.perf_counter(), reader.paths()
        while work.scan(reader.blocks, paths, readings=16):
            pass
        return time.perf_counter() - began_s


def fold(name: str) -> None:
    """Fold what is marked, on one core; prints seconds, and MB before and at the most."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    data, first_mb = Path(name), highest_mb()
    with Stores.open(data, readonly=True) as stores:
        began_s = time.process_time()
        work = Fold(site_of(), History(stores), Records.open(data / "records.db"))
        while work.fold():
            pass
        took_s = time.process_time() - began_s
    sys.stdout.write(f"{took_s} {first_mb} {highest_mb()}\n")


def highest_mb() -> float:
    """The most memory that this process ever held."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(HIGHEST))


def check(data: Path, made: dict[str, float]) -> None:
    """Hold what was folded against what was made."""
    records = Records.open(data / "records.db")
    for line in site_of().lines:
        rows = read_elements(records, line.id, START_NS, START_NS + 2 * DAY_S * SECOND_NS)
        for machine in line.machines:
            found = float(np.nansum(rows.of(machine.id)["gq"]))
            if abs(found - made[machine.path]) > 0:
                raise ValueError(
                    f"{machine.path}: {found} pieces folded, {made[machine.path]} made"
                )


if __name__ == "__main__":
    for what, figure in measure().items():
        sys.stdout.write(f"{what:<52} {figure:>12,.2f}\n")
