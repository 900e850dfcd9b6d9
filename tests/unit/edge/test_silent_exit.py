"""A line of which others live while its exit is silent: bounds hold what it may have made.

The truth is by hand: both machines make a good piece a second by day, or the exit rests from ten
on. Nobody hears the exit behind ten.
"""

from pathlib import Path

import pytest

from edge.engine.figures.figures import kpis
from edge.model import SECOND_NS, Row
from edge.site import Kind, Machine
from tests.unit.edge.fact_desk import TEN_S
from tests.unit.edge.fold_desk import MAP, Desk, at, machine, moved, signal, site_of
from tests.unit.edge.test_entering import view_of

NOW = at("+3 09:00")
COUNTERS = [("good", "scrap"), ("good", "total"), ("scrap", "total"), ("good",), ("total",)]


def station(name: str, *counters: str, is_exit: bool = False) -> Machine:
    """A machine with a state and counters."""
    told = [signal(name, "state", Kind.STATE, map=MAP), *(signal(name, each) for each in counters)]
    return machine(name, *told, exit=is_exit)


def made(desk: Desk, name: str, begin: str, end: str) -> list[Row]:
    """Readings of a machine that makes a good piece a second from eight on the first day."""
    times = range(at(begin), at(end) + 1, TEN_S)
    signals = [path.split("/")[-1] for path in desk.memory.paths.values() if f"/{name}/" in path]
    rows = []
    for each in signals:
        rate = {"state": 0, "scrap": 0}.get(each, 1)
        told = [(t, 1 if each == "state" else rate * (t - at("08:00")) // SECOND_NS) for t in times]
        rows += desk.told(name, each, *told)
    return moved(rows, NOW)


@pytest.mark.parametrize("counters", COUNTERS, ids="+".join)
def test_what_the_exit_may_have_made_lies_within_the_bounds(
    tmp_path: Path, counters: tuple[str, ...]
) -> None:
    """39,600 in eleven planned hours, or none since ten, and the same a day later."""
    site = site_of(station("body", "good"), station("pack", *counters, is_exit=True))
    desk = Desk(site, tmp_path)
    desk.clock.now_ns = NOW
    desk.memory.write(made(desk, "pack", "08:00", "10:00"))
    desk.memory.write(made(desk, "body", "08:00", "+1 20:00"))
    desk.run()

    for day, least in (("+0", 7_200), ("+1", 0)):
        found = kpis(view_of(desk), "mask", at(f"{day} 08:00"), at(f"{day} 20:00"), "shift")["rows"]
        (line,) = (row for row in found if row["machine"] is None)
        figure = line["measures"]["throughput_per_hour"]
        assert (figure["value"], figure["coverage"] < 0.2) == (None, True)
        assert figure["low"] <= least / 11
        assert figure["high"] >= 39_600 / 11


def test_once_it_is_heard_again_the_counter_tells(tmp_path: Path) -> None:
    """Its register went on: the second day is exact, as if there had been no silence."""
    site = site_of(station("body", "good"), station("pack", "good", "scrap", is_exit=True))
    desk = Desk(site, tmp_path)
    desk.clock.now_ns = NOW
    desk.memory.write(made(desk, "pack", "08:00", "10:00"))
    desk.memory.write(made(desk, "body", "08:00", "+1 20:00"))
    desk.run()
    desk.memory.write(made(desk, "pack", "+1 08:00", "+1 20:00"))
    desk.run()
    sums = desk.sums(None, "+1 08:00", "+1 20:00")
    assert [sums[name] for name in ("gq", "gq_low", "gq_high", "pq_high")] == [43_200] * 4
