"""How much of a figure is by hand: hours, which nothing but people and files tells, on paper."""

from pathlib import Path

import pytest

from edge.engine.figures.figures import kpis
from edge.facts import IMPORTED, MANUAL, Fact
from tests.unit.edge.fact_desk import NOW, counting, enter, fact, morning
from tests.unit.edge.fold_desk import Desk, at, machine, site_of
from tests.unit.edge.test_entering import view_of

OF_HOURS = (
    *("mttr", "corrective_maintenance_ratio", "worker_efficiency"),
    *("output_per_labour_hour", "labour_per_good_piece"),
)


def told(desk: Desk, by: str = "shift") -> dict[str, dict[str, float]]:
    """Of the line and its machines what share of the figures that are known is by hand."""
    found = kpis(view_of(desk), "mask", at("08:00"), at("12:00"), by)["rows"]
    return {
        f"{row['machine'] or 'line'} {row['from'][11:16]}": {
            name: one["manual_share"]
            for name, one in row["measures"].items()
            if one["value"] is not None and (one["manual_share"] or name in OF_HOURS)
        }
        for row in found
    }


def morning_of(folder: Path, *facts: Fact) -> Desk:
    """A press before a body, which alone counts pieces, and what people say of the morning."""
    desk = Desk(site_of(machine("press", exit=False), counting("good", "scrap")), folder)
    desk.clock.now_ns = NOW
    desk.memory.write(morning(desk))
    enter(desk, *facts)
    desk.run()
    return desk


@pytest.mark.parametrize("origin", [MANUAL, IMPORTED])
def test_hours_are_by_hand_to_the_last(tmp_path: Path, origin: str) -> None:
    """Whoever said them of whatever: 3 h of work of 4 h of attendance are told, all of them."""
    desk = morning_of(
        tmp_path,
        fact("attendance", "08:00", "12:00", 4, machine=None, origin=origin),
        fact("work", "08:00", "12:00", 3, origin=origin),
    )
    names = "output_per_labour_hour", "labour_per_good_piece", "worker_efficiency"
    assert told(desk)["line 08:00"] == dict.fromkeys(names, 1)
    assert told(desk)["body 08:00"] == dict.fromkeys(names[:2], 1)  # nobody says who attended it


@pytest.mark.parametrize("body_h", [0, 3])
def test_hours_of_a_machine_before_the_exit_are_the_lines_as_well(
    tmp_path: Path, body_h: float
) -> None:
    """One hour at the press and those at the body are the line's, and all of them are told."""
    desk = morning_of(
        tmp_path,
        fact("work", "08:00", "12:00", 1, machine="press"),
        fact("work", "08:00", "12:00", body_h),
    )
    rows = kpis(view_of(desk), "mask", at("08:00"), at("12:00"), "shift")["rows"]
    (line,) = (row["measures"]["output_per_labour_hour"] for row in rows if not row["machine"])
    assert line["value"] == pytest.approx(4 * 3600 / (1 + body_h))  # a good piece a second
    assert line["manual_share"] == 1


def test_repair_and_maintenance_are_by_hand(tmp_path: Path) -> None:
    """A quarter hour of each, in the hours of which anybody speaks; figures of counters are not."""
    desk = morning_of(
        tmp_path,
        fact("repair", "09:00", "09:15", 0.25),
        fact("maintenance", "09:00", "10:00", 0.25),
    )
    found = told(desk, "hour")
    assert found["line 09:00"] == {"corrective_maintenance_ratio": 1}
    assert found["line 08:00"] == found["line 10:00"] == {}


def test_hours_after_the_last_row_of_a_machine_are_by_hand_in_it(tmp_path: Path) -> None:
    """Off since noon; what is told of the afternoon belongs to the last row of its shift."""
    desk = morning_of(tmp_path, fact("work", "13:00", "20:00", 6))
    found = told(desk)
    assert found["line 08:00"]["output_per_labour_hour"] == 1
    assert found["body 08:00"]["labour_per_good_piece"] == 1


def test_pieces_found_later_are_by_hand_in_proportion(tmp_path: Path) -> None:
    """96 of 384 bad ones: 288 were counted, one for every fifty good ones of four hours."""
    desk = morning_of(tmp_path, fact("scrap", "08:00", "12:00", 96))
    assert told(desk)["line 08:00"]["defect_rate"] == pytest.approx(96 / (4 * 3600 // 50 + 96))
