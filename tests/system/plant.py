"""A simulated plant in one process: its readings imported as files, its figures, and its truth."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from edge.cli.demo_site import write_site
from edge.cli.import_samples import writing
from edge.cli.site import site_of
from edge.config.loader import Loaded
from edge.engine.engine import Engine
from edge.importing import import_files
from edge.stores import Stores
from simulators import history
from simulators.hard import Columns, silent
from simulators.line import SECOND_NS, Line, State
from simulators.manifest import describe
from simulators.signals import signals
from simulators.simulation import simulate
from simulators.site import SEED, lines
from simulators.truth import LineTruth, MachineTruth

START_NS = 1_725_231_600 * SECOND_NS  # 2024-09-02T08:00+09:00, whenever the test runs
HOUR_NS = 3_600 * SECOND_NS
SHIFT_NS = 12 * HOUR_NS
DAY_NS = 24 * HOUR_NS
FROM_NS = START_NS + DAY_NS  # a day shift, then a night shift
DEBOUNCE_NS = SECOND_NS
Document = dict[str, Any]


@cache
def truth_of(line: str) -> LineTruth:
    """What a line really did in three days."""
    return simulate(line_of(line), START_NS, START_NS + 3 * DAY_NS, SEED)


def line_of(line: str) -> Line:
    """One of the simulated lines."""
    return next(one for one in lines(2) if one.id == line)


@cache
def readings(line: str) -> Columns:
    """What its counters, states and texts showed around the day and the night, in order."""
    truth = truth_of(line)
    columns = history.rows([truth], FROM_NS - HOUR_NS, FROM_NS + DAY_NS + HOUR_NS)
    gauges = {one.path for one in signals(truth.line) if one.kind == "gauge"}
    return silent(columns, gauges, 0, 1 << 62)


@contextmanager
def plant(folder: Path) -> Iterator[tuple[Stores, Engine, Loaded]]:
    """A new site of all simulated lines, its stores and its engine."""
    write_site(folder, describe(lines(2), START_NS, 4840, ("127.0.0.1", 1883)), 8000)
    loaded = site_of(folder)
    with writing(loaded) as (stores, engine):
        yield stores, engine, loaded


def deliver(stores: Stores, loaded: Loaded, columns: Columns) -> None:
    """Import some readings as a file."""
    path = loaded.data / "readings.npz"
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **columns)
    import_files(stores, [path], loaded.site.signals())


def shift_rows(engine: Engine, line: str) -> dict[tuple[str | None, int], Document]:
    """The rows of the day and of the night, by machine and shift."""
    found = engine.kpis(line, FROM_NS, FROM_NS + DAY_NS, "shift")["rows"]
    return {(row["machine"], ("주간", "야간").index(row["shift"])): row for row in found}


def spans_of(truth: MachineTruth, from_ns: int, to_ns: int) -> dict[int, int]:
    """Nanoseconds in each state, where a state shorter than a second is none."""
    spent = dict[int, int]()
    before = State.PLANNED_DOWN.value
    for start_ns, end_ns, state in truth.intervals(from_ns - HOUR_NS, to_ns):
        now = before if end_ns - start_ns < DEBOUNCE_NS else state
        inside_ns = min(end_ns, to_ns) - max(start_ns, from_ns)
        spent[now] = spent.get(now, 0) + max(0, inside_ns)
        before = now
    return spent


def paths_of(line: str, machine: str | None = None, *names: str) -> set[str]:
    """The signals of a line, or of one of its machines, or some of them by name."""
    return {
        one.path
        for one in signals(line_of(line))
        if machine in (None, one.machine) and (not names or one.name in names)
    }


def exit_of(line: str) -> str:
    """The machine whose pieces are the line's."""
    return next(machine.id for machine in line_of(line).machines if machine.exit)


def main_counter(line: str) -> str:
    """The first counter at a line's exit: good pieces, or all where those are not counted."""
    found = paths_of(line, exit_of(line), "good") or paths_of(line, exit_of(line), "total")
    return found.pop()
