"""What is left of a gain after 3, 6 and 12 months, against sums that anybody can do by hand."""

from math import log
from pathlib import Path
from typing import Any

import pytest

from edge.engine.tasks import task_notes, tasks
from tests.unit.edge.figure_desk import Desk, at
from tests.unit.edge.target_desk import BEFORE, agreed, days_of, desk_of, wave

LATER = 190  # days: six months behind the reporting window and its days


def task_of(desk: Desk, now_day: int) -> dict[str, Any]:
    """The task of the desk's target at noon of a day."""
    desk.clock.now_ns = at("12:00", now_day)
    if not tasks.listed(desk.engine.view)["tasks"]:
        agreed(desk, "throughput_per_hour")
        task_notes.propose(desk.engine.view, {"title": "a task", "target": "t1"})
    return tasks.shown(desk.engine.view, "k1")


@pytest.mark.parametrize(
    ("level", "label"),
    [(1190, "sustained"), (1110, "eroding"), (1020, "lost"), (1250, "sustained")],
)
def test_a_look_back_tells_the_share_of_the_gain_that_is_left(
    tmp_path: Path, level: int, label: str
) -> None:
    """1,000 became 1,200, and three months later it is `level`: the share of logarithms."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, BEFORE, gq=wave(1000))
    days_of(desk, BEFORE, 90, gq=wave(1200))
    days_of(desk, 90, LATER, gq=wave(level))
    found = task_of(desk, LATER)
    three, six, twelve = found["sustainment"]
    assert (three["state"], three["label"], three["n"]) == ("computed", label, BEFORE)
    assert three["share"] == pytest.approx(log(level / 1000) / log(1.2), rel=0.02)
    assert three["value"] == pytest.approx(level, rel=0.01)
    assert (six["state"], twelve["state"]) == ("waiting", "waiting")
    assert six["share"] is None
    first = found["verdict"]["report_from"][:10]
    assert three["from"] == f"{first[:5]}{int(first[5:7]) + 3:02}{first[7:]}"


def test_a_fall_in_between_is_seen_from_its_days(tmp_path: Path) -> None:
    """One-sided CUSUM: a drop by half the gain is told within days, a steady level never."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, BEFORE, gq=wave(1000))
    days_of(desk, BEFORE, 75, gq=wave(1200))
    days_of(desk, 75, 90, gq=wave(1100))
    assert task_of(desk, 75)["falls_from"] is None
    fallen = task_of(desk, 90)["falls_from"]
    begin = desk.engine.view.time(at("12:00", 75))[:10]
    assert fallen is not None
    assert begin <= fallen <= desk.engine.view.time(at("12:00", 78))[:10]


def test_without_a_proven_gain_nothing_is_looked_at(tmp_path: Path) -> None:
    """A line that did not change keeps nothing."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, LATER, gq=wave(1000))
    assert {one["state"] for one in task_of(desk, LATER)["sustainment"]} == {"no_gain"}


def test_a_gain_whose_window_is_not_over_is_waited_for(tmp_path: Path) -> None:
    """Enough days prove it already; what is left of it is a question for later, not answered no."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, BEFORE, gq=wave(1000))
    days_of(desk, BEFORE, 56, gq=wave(1200))
    found = task_of(desk, 56)
    assert (found["verdict"]["verdict"], found["verdict"]["report_complete"]) == (
        "improved_at_least_target",
        False,
    )
    assert {one["state"] for one in found["sustainment"]} == {"waiting"}


def test_a_window_with_too_few_days_has_no_share(tmp_path: Path) -> None:
    """Days that nobody saw are not made up."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, BEFORE, gq=wave(1000))
    days_of(desk, BEFORE, 62, gq=wave(1200))
    found = task_of(desk, 160)["sustainment"][0]
    assert (found["state"], found["share"], found["label"]) == ("insufficient_data", None, None)
