"""What both sides of a comparison share: windows, ideal cycles and prices."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.site import Dated, Price
from tests.unit.edge.figure_desk import (
    DAY,
    at,
    line_of,
    machine,
    site_of,
)
from tests.unit.edge.target_desk import (
    BEFORE,
    agreed,
    days_of,
    desk_of,
    line,
    wave,
)


def test_every_day_has_its_window(tmp_path: Path) -> None:
    """Baseline, the days until go-live, black-out, report, and what came after."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, 60, gq=wave(1000))
    desk.clock.now_ns = at("12:00", 63)

    found = agreed(desk, "throughput_per_hour", go_live_ns=at("15:00", BEFORE + 2))

    windows = [day["window"] for day in found["series"]]
    counted = ["baseline"] * 24 + ["outside"] * 2 + ["blackout"] * 10 + ["report"] * 24
    assert windows[:60] == counted
    assert windows[60:] == ["outside"] * 3
    assert [found["series"][i]["day"] for i in (0, 26, 36, 59)] == [
        "2026-03-02",
        "2026-03-28",
        "2026-04-07",
        "2026-04-30",
    ]
    assert (found["report_from"], found["report_to"]) == (
        "2026-04-07T08:00:00+09:00",
        "2026-05-01T08:00:00+09:00",
    )
    assert found["series"][62] == {
        "day": "2026-05-03",
        "value": None,
        "coverage": 0,
        "window": "outside",
    }


def test_days_without_a_shift_are_no_days(tmp_path: Path) -> None:
    """Sundays are neither days of the black-out nor thin days of a window."""
    weekdays = replace(DAY, days="mon-sat")
    desk = desk_of(tmp_path, line(shifts=(weekdays,)))
    desk.clock.now_ns = at("12:00", 70)
    for first in range(0, 70, 7):
        days_of(desk, first, first + 6, gq=wave(1000))
        days_of(desk, first + 6, first + 7, gq=500)  # somebody came on Sunday all the same

    found = agreed(desk, "throughput_per_hour", go_live_ns=at("00:00", BEFORE + 4))

    assert found["n_before"] == 21
    assert [day["window"] for day in found["series"]].count("blackout") == 10
    assert found["report_from"][:10] == "2026-04-10"  # ten working days from Monday 30 March
    assert found["coverage"] == 1.0


def test_a_day_of_planned_maintenance_is_no_day(tmp_path: Path) -> None:
    """A shift that was no planned time at all is neither thin nor counted."""
    desk = desk_of(tmp_path)
    resting: dict[str, Any] = {"pbt_ns": 0, "apt_ns": 0, "adet_ns": 0, "planned": False}
    days_of(desk, 0, 5, gq=wave(1000))
    days_of(desk, 5, 6, **resting)
    days_of(desk, 6, 60, gq=wave(1000))

    found = agreed(desk, "throughput_per_hour")

    assert (found["n_before"], found["coverage_before"]) == (BEFORE - 1, 1.0)
    assert found["gates"][0]["seen"] == BEFORE - 1


def test_a_window_that_somebody_names(tmp_path: Path) -> None:
    """It stands in place of go-live and black-out; half days at its edges are left out."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, BEFORE, gq=wave(1000))
    days_of(desk, BEFORE, 60, gq=wave(1200))

    found = agreed(desk, "throughput_per_hour", from_ns=at("09:00", 30), to_ns=at("20:00", 52))

    assert found["n_after"] == 22
    assert (found["report_from"][:10], found["report_to"][:10]) == ("2026-04-02", "2026-04-24")


def test_ideal_cycles_of_the_baseline_count_on_both_sides(tmp_path: Path) -> None:
    """Who makes the cycle longer afterwards has not produced a second more."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, BEFORE, gq=wave(1000))
    days_of(desk, BEFORE, 60, gq=wave(1000))
    name = agreed(desk, "standard_hours_productivity")["id"]
    before = desk.engine.target(name)
    longer = {"A": (Dated(1.0, None), Dated(2.0, date(2026, 3, 28)))}
    desk.restart(
        site_of(line_of(machine("body", ideal_cycle_s=longer), shifts=(DAY,), maturity_days=0))
    )

    assert desk.engine.target(name) == before
    assert before["verdict"] == "inconclusive"


def test_cost_is_proven_at_the_prices_of_the_baseline(tmp_path: Path) -> None:
    """A fifth less energy a piece at twice the price: 20 % better, and the bill 60 % higher."""
    prices = (
        Price("electricity", 100.0, "KRW/kW.h", date(2026, 1, 1), date(2026, 3, 26)),
        Price("electricity", 200.0, "KRW/kW.h", date(2026, 3, 26)),
    )
    body = machine("body", "state", "good", "scrap", "energy")
    desk = desk_of(tmp_path, line_of(body, shifts=(DAY,), maturity_days=0), prices=prices)
    days_of(desk, 0, BEFORE, gq=1000, energy_kwh=wave(50, 0.5))
    days_of(desk, BEFORE, 60, gq=1000, energy_kwh=wave(40, 0.4))

    found = agreed(desk, "unit_cost")
    change_kwh = np.mean([wave(40, 0.4)(d) for d in range(34, 58)]) / np.mean(
        [wave(50, 0.5)(d) for d in range(BEFORE)]
    )

    assert found["before"] == pytest.approx(np.mean([wave(50, 0.5)(d) for d in range(BEFORE)]) / 10)
    assert found["improvement_rate"] == pytest.approx(1 - change_kwh)
    assert found["bill_effect"] == pytest.approx(2 * change_kwh - 1)
    assert found["verdict"] == "improved_at_least_target"
    dearer = (prices[0], prices[1]._replace(value=400.0))
    desk.restart(site_of(desk.line, prices=dearer))
    again = desk.engine.target(found["id"])
    assert again["improvement_rate"] == found["improvement_rate"]
    assert again["verdict"] == found["verdict"]
    assert again["bill_effect"] == pytest.approx(4 * change_kwh - 1)


def test_a_price_that_changed_inside_the_baseline_is_its_average(tmp_path: Path) -> None:
    """Equal usage before and after has no effect, whatever was paid in between."""
    prices = (
        Price("electricity", 100.0, "KRW/kW.h", date(2026, 1, 1), date(2026, 3, 10)),
        Price("electricity", 160.0, "KRW/kW.h", date(2026, 3, 10)),
    )
    body = machine("body", "state", "good", "scrap", "energy")
    desk = desk_of(tmp_path, line_of(body, shifts=(DAY,), maturity_days=0), prices=prices)
    days_of(desk, 0, 60, gq=1000, energy_kwh=50.0)

    found = agreed(desk, "unit_cost")

    mean = (8 * 100 + 16 * 160) / 24
    assert found["before"] == pytest.approx(50 * mean / 1000)
    assert found["improvement_rate"] == pytest.approx(0, abs=1e-12)
    assert found["bill_effect"] == pytest.approx(160 / mean - 1)
