"""The past as files: one `.npz` of columns per UTC day, rows of all lines in source-time order.

Columns: `signal` (index into `signals`), `source_time` (ns), `value` (of a text the index into
`texts`), `quality` (OPC UA StatusCode). Counters and states come every 20 s, states and texts also
at the instant of each change, a text once a minute and a gauge as often as it is logged. A file
appears under its name only when it is complete, and days appear in order.
"""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simulators.line import F64, I64, SECOND_NS, Line
from simulators.readings import changes, read
from simulators.shifts import DAY_NS
from simulators.signals import Signal, signals
from simulators.simulation import simulate
from simulators.truth import LineTruth
from simulators.workers import workers

COUNT_NS = 20 * SECOND_NS
TEXT_NS = 60 * SECOND_NS
GOOD = 0

Column = NDArray[np.generic]

_truths: list[LineTruth] = []  # of a worker process, set once at its start


def write(
    lines: tuple[Line, ...],
    span: tuple[int, int],
    seed: int,
    folder: Path,
    progress: Callable[[str, int, int], None],
) -> None:
    """Write the readings of [start, end) into `folder`.

    Args:
        lines: what to simulate, from the first instant of the span on.
        span: start and end.
        seed: of the simulation.
        folder: made if absent; files are called `2026-03-01.npz`.
        progress: called with the day's name, days done and days in all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    days = list(_days(*span))
    with workers(len(lines)) as pool:
        truths = pool.starmap(simulate, [(line, *span, seed) for line in lines], chunksize=1)
    with workers(os.cpu_count() or 1, _know, truths) as pool:
        tasks = [(from_ns, to_ns, folder) for from_ns, to_ns in days]
        for done, (path, (from_ns, _)) in enumerate(
            zip(pool.imap(_write_day, tasks), days, strict=True), 1
        ):
            path.rename(folder / f"{_name(from_ns)}.npz")
            progress(_name(from_ns), done, len(days))


def rows(truths: list[LineTruth], from_ns: int, to_ns: int) -> dict[str, Column]:
    """The columns of all readings in [from_ns, to_ns), in source-time order."""
    paths, texts, parts = list[str](), list[str](), list[tuple[int, I64, F64]]()
    for truth in truths:
        for signal in signals(truth.line):
            at_ns = instants(truth, signal, from_ns, to_ns)
            value = read(truth, signal, at_ns)
            if signal.kind == "text":
                value += len(texts)
            parts.append((len(paths), at_ns, value))
            paths.append(signal.path)
        texts.extend(truth.line.products)
    source_ns = np.concatenate([at_ns for _, at_ns, _ in parts])
    order = np.argsort(source_ns, kind="stable")
    number = np.repeat([n for n, _, _ in parts], [at_ns.size for _, at_ns, _ in parts])
    return {
        "signals": np.array(paths),
        "texts": np.array(texts),
        "signal": number[order].astype(np.int32),
        "source_time": source_ns[order],
        "value": np.concatenate([value for _, _, value in parts])[order],
        "quality": np.full(order.size, GOOD, np.uint32),
    }


def instants(truth: LineTruth, signal: Signal, from_ns: int, to_ns: int) -> I64:
    """When history has a reading of a signal: on its grid, and where it changes."""
    step_ns = COUNT_NS if signal.kind in ("counter", "state") else TEXT_NS
    if signal.gauge is not None:
        step_ns = signal.gauge.logged_s * SECOND_NS
    grid = np.arange(-(-from_ns // step_ns) * step_ns, to_ns, step_ns)
    if signal.live:
        return grid
    return np.union1d(grid, changes(truth, signal, from_ns, to_ns))


def _days(start_ns: int, end_ns: int) -> Iterator[tuple[int, int]]:
    """The UTC days of a span, the first and the last of them cut."""
    for day_ns in range(start_ns // DAY_NS * DAY_NS, end_ns, DAY_NS):
        yield max(day_ns, start_ns), min(day_ns + DAY_NS, end_ns)


def _know(truths: list[LineTruth]) -> None:
    _truths[:] = truths


def _write_day(task: tuple[int, int, Path]) -> Path:
    from_ns, to_ns, folder = task
    path = folder / f".{_name(from_ns)}.npz.part"
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **rows(_truths, from_ns, to_ns))
    return path


def _name(at_ns: int) -> str:
    return datetime.fromtimestamp(at_ns // SECOND_NS, UTC).date().isoformat()
