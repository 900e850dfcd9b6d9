"""The same question asked otherwise: other weights, fewer days, and where the level changed."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.unit.edge.figure_desk import at
from tests.unit.edge.target_desk import (
    AFTER,
    BEFORE,
    BLACKOUT,
    agreed,
    days_of,
    desk_of,
    hour_of,
    wave,
)

HOURS = [hour for hour in range(8, 20) if hour != 12]
REPORT = BEFORE + BLACKOUT
Document = dict[str, Any]


def rows(found: Document) -> dict[str, Document]:
    """The questions by their codes."""
    return {row["code"]: row for row in found["sensitivity"]["rows"]}


def two_products(folder: Path, after: tuple[float, float]) -> Document:
    """Six hours of A at 1,000 and five of B at 500; then two of A and nine of B at other speeds."""
    desk, told = desk_of(folder), []
    for day in range(60):
        many, speeds = (2, after) if day >= BEFORE else (6, (1000.0, 500.0))
        for nth, hour in enumerate(HOURS):
            is_b = nth >= many
            said: Document = {"product": "B" if is_b else "A", "gq": speeds[is_b]}
            told.append(hour_of(desk.site, at(f"{hour:02}:00", day), **said))
    desk.rows(*told)
    desk.lived(at("00:00"), at("00:00", 90))
    return agreed(desk, "throughput_per_hour")


def test_weights_of_both_sides_are_used(tmp_path: Path) -> None:
    """A a tenth and B a half faster: 1.1 and 1.5 weighed with the hours of then, and of now."""
    found = two_products(tmp_path, (1100.0, 750.0))
    told = rows(found)
    then = (6 * 1100 + 5 * 750) / (6 * 1000 + 5 * 500) - 1
    now = (2 * 1100 + 9 * 750) / (2 * 1000 + 9 * 500) - 1
    assert told["baseline_weights"]["improvement_rate"] == pytest.approx(then)
    assert told["current_weights"]["improvement_rate"] == pytest.approx(now)
    assert found["sensitivity"]["mix_dependent"] is False
    assert found["sensitivity"]["new_share"] == 0
    assert found["improvement_rate"] == pytest.approx((2 * 1100 + 9 * 750) / (6000 + 2500) - 1)


def test_weights_that_disagree_about_the_direction_are_told(tmp_path: Path) -> None:
    """A a fifth faster, B a fifth slower: better with the hours of then, worse with those now."""
    found = two_products(tmp_path, (1200.0, 400.0))
    told = rows(found)
    assert told["baseline_weights"]["improvement_rate"] == pytest.approx(700 / 8500)
    assert told["current_weights"]["improvement_rate"] == pytest.approx(-500 / 6500)
    assert found["sensitivity"]["mix_dependent"] is True


def test_what_is_new_is_left_out_and_its_share_is_told(tmp_path: Path) -> None:
    """Of eleven hours three are of a product that the baseline does not know."""
    desk, told = desk_of(tmp_path), []
    for day in range(60):
        late = day >= BEFORE
        for nth, hour in enumerate(HOURS):
            new = late and nth >= 8
            said: Document = {
                "product": "B" if new else "A",
                "gq": 9.0 if new else 1000.0 + 100 * late,
            }
            told.append(hour_of(desk.site, at(f"{hour:02}:00", day), **said))
    desk.rows(*told)
    desk.lived(at("00:00"), at("00:00", 90))
    found = agreed(desk, "throughput_per_hour")
    assert found["sensitivity"]["new_share"] == pytest.approx(3 / 11)
    assert rows(found)["current_weights"]["improvement_rate"] == pytest.approx(0.1)
    assert found["improvement_rate"] < 0


def test_the_best_and_the_worst_day_are_left_out_of_both_sides(tmp_path: Path) -> None:
    """One day of each side is far off either way; without them it is 1,000 and 1,200."""
    desk = desk_of(tmp_path)
    odd = {3: 1600.0, 5: 300.0, REPORT + 5: 2000.0, REPORT + 12: 500.0}

    def gq(day: int) -> float:
        return odd.get(day, wave(1200 if day >= BEFORE else 1000, 1)(day))

    days_of(desk, 0, 60, gq=gq)
    found = agreed(desk, "throughput_per_hour")
    told = rows(found)["without_extremes"]
    gone = [(date(2026, 3, 2).toordinal() + day) for day in odd]
    assert told["left_out"] == [date.fromordinal(day).isoformat() for day in gone]
    sides = [
        [wave(level, 1)(day) for day in span if day not in odd]
        for level, span in ((1000, range(BEFORE)), (1200, range(REPORT, REPORT + AFTER)))
    ]
    before, after = (sum(side) / len(side) for side in sides)
    assert told["improvement_rate"] == pytest.approx(after / before - 1)
    assert told["low"] < told["improvement_rate"] < told["high"]
    assert told["high"] - told["low"] < found["high"] - found["low"]
    assert told["verdict"] == "improved_at_least_target"


def test_lower_is_better_keeps_its_signs(tmp_path: Path) -> None:
    """5 % became 3 %: better is positive under every question."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, BEFORE, gq=950, sq=wave(50, 1))
    days_of(desk, BEFORE, 60, gq=970, sq=wave(30, 1))
    told = rows(agreed(desk, "defect_rate"))
    assert told.pop("same_conditions")["improvement_rate"] is None, "one product, the same hours"
    assert all(row["improvement_rate"] > 0.35 for row in told.values())
    trimmed = told["without_extremes"]
    assert 0 < trimmed["low"] < trimmed["improvement_rate"] < trimmed["high"]


@pytest.mark.parametrize(
    ("day", "place", "doubt"),
    [(BEFORE, "go_live", False), (BEFORE - 12, "before", True), (BEFORE - 9, "go_live", False)],
)
def test_a_change_that_came_before_go_live_is_told(
    tmp_path: Path, day: int, place: str, *, doubt: bool
) -> None:
    """The level rose on one day; more than a black-out before go-live nothing of ours did it."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, day, gq=wave(1000))
    days_of(desk, day, 60, gq=wave(1300))
    found = agreed(desk, "throughput_per_hour")
    shift = found["shift"]
    assert shift["day"] == date.fromordinal(date(2026, 3, 2).toordinal() + day).isoformat()
    assert shift["place"] == place
    assert (shift["before"], shift["after"]) == (
        pytest.approx(1000, rel=0.01),
        pytest.approx(1300, rel=0.01),
    )
    claimed = found["verdict"] in {"improved", "improved_at_least_target", "maturing"}
    assert shift["doubt"] is (doubt and claimed)


def test_a_change_long_after_go_live_is_told(tmp_path: Path) -> None:
    """Nothing happened for a black-out and five days more: what came then came otherwise."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, REPORT + 5, gq=wave(1000, 1))
    days_of(desk, REPORT + 5, 60, gq=wave(1300, 1))
    assert agreed(desk, "throughput_per_hour")["shift"]["place"] == "after"


def test_what_came_behind_the_reporting_window_is_no_part_of_it(tmp_path: Path) -> None:
    """A greater rise that came later says nothing of the gain that was claimed."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, BEFORE, gq=wave(1000, 1))
    days_of(desk, BEFORE, 66, gq=wave(1200, 1))
    days_of(desk, 66, 80, gq=wave(3000, 1))
    desk.clock.now_ns = at("12:00", 80)
    assert agreed(desk, "throughput_per_hour")["shift"]["place"] == "go_live"


def test_two_equal_periods_raise_no_doubt(tmp_path: Path) -> None:
    """Somewhere the level moved most, but nobody claims a gain of it."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, 60, gq=wave(1000))
    shift = agreed(desk, "throughput_per_hour")["shift"]
    assert shift["doubt"] is False
