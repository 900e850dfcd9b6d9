"""The fold beside pandas, and hourly increments beside InfluxDB: the same samples, equal figures.

`python -m tests.bench.compare` makes a line of five machines with 50 signals every second, a day,
and asks for (1) good pieces, scrap and producing time of each machine and shift: from the archive
to the element table by the fold, and from the same Parquet files by a plain pandas program, which
knows nothing of glitches, resets, silence and late data; (2) the hourly increments of fifteen
counters: from the archive by the fold's own arithmetic, and by a Flux query from InfluxDB 2.7.
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

from edge.engine.calendars import Calendar, Hours
from edge.engine.counting import count
from edge.engine.fold import Fold
from edge.engine.spread import Grid, spread
from edge.history import History
from edge.model import HOUR_NS, I64
from edge.records.database import Records
from edge.records.parts import read_elements
from edge.site import Machine, Site
from edge.stores import Stores
from tests.bench import dense
from tests.servers.influxdb import MissingError
from tests.servers.influxdb_server import BUCKET, ORG, Server, running

DAY_NS = 24 * HOUR_NS
VERSION = "2.7.12"
NAMES = ("scrap", "rework", "energy")  # counters without a modulus: InfluxDB knows none
LINES_AT_ONCE = 50_000
TIMES = 3
FLUX = """from(bucket: "{bucket}") |> range(start: {start}, stop: {stop})
  |> filter(fn: (r) => r._measurement == "counter") |> increase()
  |> aggregateWindow(every: 1h, fn: last, createEmpty: false)
  |> keep(columns: ["signal", "_time", "_value"])"""
Told = dict[tuple[str, str], tuple[float, float, int]]  # machine, shift: good, scrap, producing


def measure() -> dict[str, float]:
    """Seconds of ours and theirs, and how many times ours is faster."""
    with TemporaryDirectory() as name:
        data, site = Path(name, "data"), dense.site_of(1)
        dense.write(data, site)
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
    began_s = time.process_time()
    theirs = by_pandas(data, site)
    theirs_s = time.process_time() - began_s
    os.sched_setaffinity(0, cores)
    if (ours := folded(data, site)) != theirs:
        raise ValueError(f"pandas finds {theirs}, the fold {ours}")
    return {
        "shift fold: CPU s for 4.3 M samples, ours": ours_s,
        "shift fold: the same by pandas": theirs_s,
        "shift fold: pandas / ours": theirs_s / ours_s,
    }


def folded(data: Path, site: Site) -> Told:
    """What the element table says of each machine and shift."""
    (line,) = site.lines
    rows = read_elements(Records.open(data / "records.db"), line.id, 0, 1 << 62)
    found: Told = {}
    for machine in line.machines:
        mine = rows.of(machine.id)
        shifts = np.array([text or "" for text in mine.texts("shift_id")])
        for shift in np.unique(shifts).tolist():
            at = shifts == shift
            good, scrap = (float(mine[name][at].sum()) for name in ("gq", "sq"))
            found[machine.id, shift] = (good, scrap, int(mine["apt_ns"][at].sum()))
    return found


def by_pandas(data: Path, site: Site) -> Told:
    """The same from the files, as a program for a single report would do it."""
    (line,) = site.lines
    hours = Calendar(site, line).hours(dense.START_NS, dense.START_NS + DAY_NS)
    found: Told = {}
    wanted = [m.signals[name].path for m in line.machines for name in ("good", "scrap", "state")]
    files = sorted((data / "archive").glob("*/*.parquet"))
    columns = ["signal", "source_ns", "value", "status"]
    read = (pd.read_parquet(f, columns=columns, filters=[("signal", "in", wanted)]) for f in files)
    frame = pd.concat(read).sort_values(["signal", "source_ns"])
    rows = {str(path): group for path, group in frame.groupby("signal")}
    for machine in line.machines:
        good, scrap, state = (
            rows[machine.signals[name].path] for name in ("good", "scrap", "state")
        )
        pieces = [shares(good, hours, dense.MODULUS), shares(scrap, hours, None)]
        lasted = produced(state, hours)
        for nth, shift in enumerate(hours.shift_id):
            if shift in lasted:
                found[machine.id, shift] = (pieces[0][nth], pieces[1][nth], lasted[shift])
    return found


def shares(rows: pd.DataFrame, hours: Hours, modulus: int | None) -> list[float]:
    """The pieces of one counter by shift; an increment across its end is divided by time."""
    rows = rows[rows.status == 0]
    delta = rows.value.diff().fillna(0.0)
    delta = delta.where(delta >= 0, delta + (modulus or 0))
    steps = pd.DataFrame({"t": rows.source_ns, "since": rows.source_ns.shift(), "delta": delta})
    total = steps.groupby(np.searchsorted(hours.shift_t0_ns, steps.t, "right") - 1).delta.sum()
    by_shift = total.reindex(range(len(hours.shift_id)), fill_value=0.0)
    for nth, edge_ns in enumerate(hours.shift_t0_ns.tolist()):
        across = steps[(steps.since < edge_ns) & (steps.t >= edge_ns)]
        before = np.floor(across.delta * (edge_ns - across.since) / (across.t - across.since) + 0.5)
        by_shift.loc[nth] -= before.sum()
        by_shift.loc[nth - 1] = by_shift.get(nth - 1, 0.0) + before.sum()
    return [float(by_shift.loc[nth]) for nth in range(len(hours.shift_id))]


def produced(rows: pd.DataFrame, hours: Hours) -> dict[str, int]:
    """Planned nanoseconds that a machine produced, by shift."""
    t_ns = rows.source_ns.to_numpy()
    runs = ((rows.value == 1) & (rows.status == 0)).to_numpy()[:-1]
    until = np.concatenate([[0], np.cumsum(np.diff(t_ns) * runs)])
    found: dict[str, int] = {}
    for t0_ns, t1_ns in zip(
        hours.planned_t0_ns.tolist(), hours.planned_t1_ns.tolist(), strict=True
    ):
        if t1_ns > t_ns[0] and t0_ns < t_ns[-1]:
            begin, end = elapsed(t_ns, runs, until, np.clip([t0_ns, t1_ns], t_ns[0], t_ns[-1]))
            shift = hours.shift_id[int(np.searchsorted(hours.shift_t0_ns, t0_ns, "right")) - 1]
            found[shift] = found.get(shift, 0) + end - begin
    return found


def elapsed(t_ns: I64, runs: I64, until: I64, at_ns: I64) -> list[int]:
    """Producing nanoseconds before each instant."""
    place = np.minimum(np.searchsorted(t_ns, at_ns, "right") - 1, len(runs) - 1)
    found: list[int] = (until[place] + (at_ns - t_ns[place]) * runs[place]).tolist()
    return found


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
