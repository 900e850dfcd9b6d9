"""What people wait for: a year of a line by day, and a verdict on sixty days before and after.

`python -m tests.bench.questions` fills the element table of one line of four machines by hand, a
row a quarter of an hour as the fold makes them, and asks the engine itself. Each figure is the
shortest of some answers; the first, which finds everything cold, is told apart.
"""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from edge.engine.verdicts.baselines import Wish as Freeze
from edge.engine.verdicts.targets import Wish
from edge.model import DAY_NS
from edge.records.shelves import compact
from tests.unit.edge.figure_desk import HOUR_NS, Desk, Row, at, element, line_of, machine, site_of

YEAR, SIDE, BLACKOUT = 365, 60, 10
MACHINES = ("body", "ear", "fold", "pack")
TIMES = 9
QUARTER_NS = HOUR_NS // 4
EPOCH_DAY = 20_514  # 2026-03-02


def measure() -> dict[str, float]:
    """Milliseconds by question."""
    with TemporaryDirectory() as folder:
        (year := Path(folder, "year")).mkdir()
        (sides := Path(folder, "sides")).mkdir()
        return asked(year) | judged(sides)


def asked(folder: Path) -> dict[str, float]:
    """A year of a line and its machines by day, with bounds."""
    desk = filled(folder, YEAR)
    engine, span = desk.engine, (at("08:00"), at("08:00", YEAR))
    first_s, least_s = timed(lambda: engine.kpis("mask", *span, "day"))
    assert len(engine.kpis("mask", *span, "day")["rows"]) == YEAR * (1 + len(MACHINES))
    return {
        "questions: ms for a year of a line by day": 1000 * least_s,
        "questions: the same, asked for the first time": 1000 * first_s,
    }


def judged(folder: Path) -> dict[str, float]:
    """A verdict with its interval, decomposition and gates."""
    desk = filled(folder, 2 * SIDE + BLACKOUT)
    window: Row = {"from_ns": at("08:00"), "to_ns": at("08:00", SIDE)}
    keys: Row = {
        "line": "mask",
        "machine": None,
        "measure": "oee",
        "name": "before",
        "reason": "it was",
    }
    frozen = desk.engine.freeze(Freeze(**{**keys, **window}))
    wish: Row = {"improve": 0.05, "value": None, "go_live_ns": at("08:00", SIDE)}
    target = desk.engine.agree(Wish(("mask",), None, "oee", (str(frozen["id"]),), **wish))
    first_s, least_s = timed(lambda: desk.engine.target(str(target["id"])))
    return {
        "questions: ms for a verdict on 60 + 60 days": 1000 * least_s,
        "questions: the same verdict, asked for the first time": 1000 * first_s,
    }


def filled(folder: Path, days: int) -> Desk:
    """A desk with so many days of the line, the second half a little better than the first."""
    site = site_of(line_of(*map(machine, MACHINES), maturity_days=0))
    desk = Desk(folder, site, at("12:00", days))
    desk.rows(*rows_of(desk, days))
    desk.lived(at("08:00"), at("08:00", days))
    with desk.records.writing() as db:
        compact(db, "mask", at("00:00"), at("00:00", days))  # days that are over lie in one part
    return desk


def rows_of(desk: Desk, days: int) -> Iterator[Row]:
    """The rows of one day, for every day with quantities of its own."""
    dice = np.random.default_rng(7)
    quarters = range(at("08:00"), at("08:00", 1), QUARTER_NS)
    keys: dict[str, Any] = {"gq": 100.0}
    first = [
        element(desk.site, name, t0_ns, t0_ns + QUARTER_NS, **keys)
        for name in (*MACHINES, None)
        for t0_ns in quarters
    ]
    for day in range(days):
        level = (0.7 if day < days // 2 else 0.76) + dice.normal(0, 0.02)
        for row in first:
            yield moved(row, day, level if row["planned"] else 0.0)


def moved(row: Row, day: int, level: float) -> Row:
    """A row of the first day on a later one; `level` is the share of time that it produced."""
    date = np.datetime64(EPOCH_DAY + day, "D")
    apt_ns = int(row["pbt_ns"] * level)
    made = float(apt_ns // 10**9)
    scrapped = made // 50
    shift = None if row["shift_id"] is None else f"{date}/{row['shift_id'].partition('/')[2]}"
    return {
        **row,
        "t0_ns": row["t0_ns"] + day * DAY_NS,
        "t1_ns": row["t1_ns"] + day * DAY_NS,
        "shift_id": shift,
        "production_day": row["production_day"] + day,
        "apt_ns": apt_ns,
        "adet_ns": row["pbt_ns"] - apt_ns,
        **dict.fromkeys(("pq", "pq_low", "pq_high"), made),
        **dict.fromkeys(("gq", "gq_low", "gq_high"), made - scrapped),
        "sq": scrapped,
    }


def timed(ask: Callable[[], object]) -> tuple[float, float]:
    """Seconds of the first answer and of the fastest."""
    took_s = []
    for _ in range(TIMES):
        began_s = time.perf_counter()
        ask()
        took_s.append(time.perf_counter() - began_s)
    return took_s[0], min(took_s)


if __name__ == "__main__":
    for what, figure in measure().items():
        sys.stdout.write(f"{what:<60} {figure:>10,.1f}\n")
