"""The fold beside pandas, and hourly increments beside InfluxDB: the same samples, equal figures.

`python -m tests.bench.compare` makes a line of five machines with 50 signals every second, a day in
which something goes wrong, and asks for (1) the states, stops, pieces and energy of each machine
and shift: from the archive to the element table by the fold, and from the same Parquet files by a
pandas program of the same rules (`by_pandas`), which has to find the same figures; (2) the hourly
increments of fifteen counters: from the archive by the fold's own arithmetic, and by a Flux query
from InfluxDB 2.7, which knows neither rollovers nor wrong readings: none of these has any.
CPU seconds on one core for the first, seconds until the answer for the second.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from edge.engine.folding.fold import Fold
from edge.engine.machine.counting import count
from edge.engine.machine.spread import Grid, spread
from edge.history import History
from edge.model import DAY_NS, HOUR_NS
from edge.records.database import Records
from edge.records.parts import read_elements
from edge.site import Machine, Site
from edge.stores import Stores
from tests.bench import dense
from tests.bench.by_pandas import table
from tests.bench.trouble import Trouble
from tests.servers.influxdb import MissingError
from tests.servers.influxdb_server import BUCKET, ORG, Server, running

VERSION = "2.7.12"
NAMES = ("scrap", "rework", "energy")  # counters without a modulus: InfluxDB knows none
LINES_AT_ONCE = 50_000
TIMES = 3
FLUX = """from(bucket: "{bucket}") |> range(start: {start}, stop: {stop})
  |> filter(fn: (r) => r._measurement == "counter") |> increase()
  |> aggregateWindow(every: 1h, fn: last, createEmpty: false)
  |> keep(columns: ["signal", "_time", "_value"])"""


def measure() -> dict[str, float]:
    """Seconds of ours and theirs, and how many times ours is faster."""
    with TemporaryDirectory() as name:
        data, site = Path(name, "data"), dense.site_of(1)
        dense.write(data, site, Trouble(site.lines[0].id))
        dense.mark(data, site)
        with TemporaryDirectory() as folder:
            return beside_pandas(data, site) | beside_influxdb(data, site, Path(folder))


def beside_pandas(data: Path, site: Site) -> dict[str, float]:
    """The shift fold of a line and a day."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    began_s = time.process_time()
    with Stores.open(data, readonly=True) as stores:
        work = Fold(site, History(stores), Records.open(data / "records.db"))
        while work.fold():
            pass
    ours_s = time.process_time() - began_s
    table(data, site)  # once before, so that none of its imports is counted
    began_s = time.process_time()
    theirs = table(data, site)
    theirs_s = time.process_time() - began_s
    os.sched_setaffinity(0, cores)
    hold_alike(folded(data, site, list(theirs.columns)), theirs)
    return {
        "shift fold: CPU s for 4.3 M samples, ours": ours_s,
        "shift fold: the same by pandas": theirs_s,
        "shift fold: pandas / ours": theirs_s / ours_s,
    }


def folded(data: Path, site: Site, names: list[str]) -> pd.DataFrame:
    """What the element table says of each machine and shift."""
    (line,) = site.lines
    rows = read_elements(Records.open(data / "records.db"), line.id, 0, 1 << 62)
    whose = {name: rows.texts(name) for name in ("machine", "shift_id")}
    every = pd.DataFrame({**whose, **{name: rows[name] for name in names}})
    found = every.dropna(subset=["machine"]).groupby(["machine", "shift_id"])[names].sum()
    return found.rename_axis(["machine", "shift"])


def hold_alike(ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    """Both tables must agree to the nanosecond and the piece; of energy, to a millionth."""
    apart = (ours.astype(float) - theirs.astype(float)).abs()
    if set(ours.index) != set(theirs.index) or apart.gt(1e-6).any(axis=None):
        raise ValueError(f"pandas finds\n{theirs}\nand the fold\n{ours}")


def beside_influxdb(data: Path, site: Site, folder: Path) -> dict[str, float]:
    """The hourly increments of fifteen counters; nothing where the server is not built."""
    try:
        with running(VERSION, folder) as server, Stores.open(data, readonly=True) as stores:
            reader = History(stores)
            for text in lines_of(reader, site):
                server.write(text)
            ours_s = min(timed(lambda: hourly(reader, site)) for _ in range(TIMES))
            theirs_s = min(timed(lambda: queried(server)) for _ in range(TIMES))
            hold(hourly(reader, site), queried(server))
    except MissingError:
        return {}
    return {
        "hourly increments: ms for 15 counters of a day, ours": 1000 * ours_s,
        "hourly increments: the same by InfluxDB 2.7": 1000 * theirs_s,
        "hourly increments: InfluxDB / ours": theirs_s / ours_s,
    }


def counters_of(site: Site) -> list[tuple[Machine, str]]:
    """The counters that are compared: machine and name."""
    return [(m, name) for line in site.lines for m in line.machines for name in NAMES]


def lines_of(reader: History, site: Site) -> Iterator[str]:
    """The good samples of these counters as line protocol."""
    for machine, name in counters_of(site):
        path = machine.signals[name].path
        found = reader.samples([path], 0, 1 << 62)[path]
        good = found.status == 0
        pairs = zip(found.value[good].tolist(), found.source_ns[good].tolist(), strict=True)
        lines = [f"counter,signal={path} value={value} {at_ns}" for value, at_ns in pairs]
        for start in range(0, len(lines), LINES_AT_ONCE):
            yield "\n".join(lines[start : start + LINES_AT_ONCE])


def hourly(reader: History, site: Site) -> dict[tuple[str, int], float]:
    """By counter and hour what it counted, by the arithmetic of the fold."""
    edges = np.arange(dense.START_NS, dense.START_NS + DAY_NS + 1, HOUR_NS)
    grid = Grid(edges, np.zeros(len(edges) - 1, np.int64))
    pairs = counters_of(site)
    found = reader.samples([m.signals[name].path for m, name in pairs], 0, 1 << 62)
    sums: dict[tuple[str, int], float] = {}
    for machine, name in pairs:
        signal = machine.signals[name]
        rows = count(machine, signal, found[signal.path], ((), None), edges)
        for nth, value in enumerate(spread(rows, grid, None).count.tolist()):
            sums[signal.path, nth] = value
    return sums


def queried(server: Server) -> dict[tuple[str, int], float]:
    """By counter and hour how far InfluxDB says that it had come."""
    start, stop = dense.START_NS // 10**9, (dense.START_NS + DAY_NS) // 10**9
    query = FLUX.format(bucket=BUCKET, start=start, stop=stop)
    _, text = server.ask("POST", f"/api/v2/query?org={ORG}", {"query": query})
    table = [line.split(",") for line in text.replace("\r", "").split("\n") if ",_result," in line]
    begin = pd.Timestamp(dense.START_NS, tz="UTC")
    found: dict[tuple[str, int], float] = {}
    for cells in table:
        when, value, path = cells[-3:]
        hours = (pd.Timestamp(when) - begin) // pd.Timedelta(hours=1)
        found[path, int(hours) - 1] = float(value)
    return found


def hold(ours: dict[tuple[str, int], float], theirs: dict[tuple[str, int], float]) -> None:
    """Both must have come as far at the end; at an hour's end we divide, InfluxDB does not."""
    for path in {path for path, _ in ours}:
        made = sum(value for (each, _), value in ours.items() if each == path)
        told = max(value for (each, _), value in theirs.items() if each == path)
        if abs(made - told) > 1e-6 * max(1.0, told):
            raise ValueError(f"{path}: {made} counted, InfluxDB has {told}")


def timed(ask: Callable[[], object]) -> float:
    """Seconds of one answer."""
    began_s = time.perf_counter()
    ask()
    return time.perf_counter() - began_s


if __name__ == "__main__":
    for what, figure in measure().items():
        sys.stdout.write(f"{what:<56} {figure:>10,.2f}\n")
