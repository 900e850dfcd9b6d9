"""Shifts whose scrap people counted: late, in any order, twice, wrong at first, it is the truth.

The simulator knows what was scrapped. Its machines keep one counter; the rest is told by hand, an
hour at a time, after the shift was folded.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge.cli.demo_site import write_site
from edge.cli.site import site_of
from edge.clock import SYSTEM
from edge.engine.engine import Engine
from edge.history import History
from edge.records.database import Records
from edge.site import Line, Machine, Site
from edge.stores import Stores
from simulators.hard import silent
from simulators.manifest import describe
from simulators.site import lines
from tests.system.plant import (
    FROM_NS,
    HOUR_NS,
    SHIFT_NS,
    START_NS,
    deliver,
    exit_of,
    main_counter,
    paths_of,
    readings,
    shift_rows,
    truth_of,
)

pytestmark = pytest.mark.slow
COUNTERS = ("good", "scrap", "total", "rework")
LAST = 23  # hours of a day and a night


def kept(machine: Machine, paths: set[str]) -> Machine:
    """A machine without some of its signals."""
    return replace(
        machine, signals={n: s for n, s in machine.signals.items() if s.path not in paths}
    )


def without(site: Site, line_id: str, paths: set[str]) -> Site:
    """A site of one line that never had some signals."""
    line: Line = next(one for one in site.lines if one.id == line_id)
    line = replace(line, machines=tuple(kept(machine, paths) for machine in line.machines))
    return replace(site, lines=(line,))


@contextmanager
def factory(folder: Path, line: str) -> Iterator[Engine]:
    """The engine of a line that counts one thing at its exit, with a day and a night folded."""
    write_site(folder, describe(lines(2), START_NS, 4840, ("127.0.0.1", 1883)), 8000)
    loaded = site_of(folder)
    gone = paths_of(line, exit_of(line), *COUNTERS) - {main_counter(line)}
    site = without(loaded.site, line, gone)
    with Stores.open(loaded.data) as stores:
        records = Records.open(loaded.data / "records.db")
        engine = Engine(site, History(stores), records, SYSTEM)
        deliver(stores, loaded, silent(readings(line), gone, 0, 1 << 62))
        engine.catch_up(lambda _: None)
        yield engine


def tell(engine: Engine, line: str, hour: int, scrap: int, key: str) -> int:
    """Tell the scrap of one hour at the exit; the number of the fact."""
    begin = FROM_NS + hour * HOUR_NS
    span = {"from": engine.view.time(begin), "to": engine.view.time(begin + HOUR_NS)}
    cells = {"line": line, "machine": exit_of(line), "kind": "scrap", "quantity": str(scrap)}
    return int(engine.enter_fact({**cells, **span, "id": key})["id"])


@pytest.mark.parametrize("line", ["mask-1", "plating-a", "kit-1"])
def test_scrap_told_by_hand_is_the_truth_of_the_simulator(tmp_path: Path, line: str) -> None:
    """Made, good and scrap of both shifts, to the piece, and each row says that it was restated."""
    with factory(tmp_path, line) as engine:
        before = shift_rows(engine, line)[None, 0]
        truth = truth_of(line).exit
        made = [truth.counts(FROM_NS + h * HOUR_NS, FROM_NS + (h + 1) * HOUR_NS) for h in range(24)]
        order = np.random.default_rng(7).permutation(24).tolist()
        for hour in order:
            wrong = 1 if hour == LAST else 0
            number = tell(engine, line, hour, made[hour]["scrap"] + wrong, f"h{hour}")
            tell(engine, line, hour, made[hour]["scrap"] + wrong, f"h{hour}")
            if wrong:
                engine.correct_fact(number, 1, {"quantity": str(made[hour]["scrap"])})
            if hour % 5 == 0:
                engine.catch_up(lambda _: None)
        engine.catch_up(lambda _: None)
        rows = shift_rows(engine, line)
    assert before["elements"]["SQ"] is None
    for night in (0, 1):
        true = truth.counts(FROM_NS + night * SHIFT_NS, FROM_NS + (night + 1) * SHIFT_NS)
        for machine in (None, exit_of(line)):
            row = rows[machine, night]
            found = {name: row["elements"][name] for name in ("PQ", "GQ", "SQ", "RQ")}
            wanted = {"PQ": true["total"], "GQ": true["good"], "SQ": true["scrap"]}
            assert found == {**wanted, "RQ": 0}, (machine, night)
            assert row["status"] == "revised"
            assert row["measures"]["defect_rate"]["manual_share"] == 1
