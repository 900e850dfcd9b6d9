"""Verdicts and gates: what days prove, and what stands in their way."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.unit.edge.figure_desk import (
    DAY,
    HOUR_NS,
    at,
    line_of,
    machine,
    site_of,
)
from tests.unit.edge.target_desk import (
    AFTER,
    BEFORE,
    BLACKOUT,
    Amount,
    agreed,
    days_of,
    desk_of,
    frozen,
    line,
    wave,
    wished,
)


def test_too_few_days_say_so(tmp_path: Path) -> None:
    """Two days of report: no interval, no verdict, and the gate that is in the way."""
    desk = desk_of(tmp_path)
    desk.clock.now_ns = at("12:00", BEFORE + BLACKOUT + 2)
    days_of(desk, 0, BEFORE + BLACKOUT + 2, gq=wave(1000))

    found = agreed(desk, "throughput_per_hour")

    assert found["verdict"] == "insufficient_data"
    assert found["reasons"] == ["interval", "days_report"]
    assert found["gates"][1] == {"code": "days_report", "passed": False, "seen": 2, "needed": 20}
    assert found["improvement_rate"] is not None
    assert [found[key] for key in ("low", "high", "interval", "after_low")] == [None] * 4
    assert (found["n_after"], found["status"]) == (2, "provisional")


def test_nothing_after_go_live_yet(tmp_path: Path) -> None:
    """In the black-out nothing is known of after: null, not zero."""
    desk = desk_of(tmp_path)
    desk.clock.now_ns = at("12:00", BEFORE + 2)
    days_of(desk, 0, BEFORE + 2, gq=wave(1000))

    found = agreed(desk, "throughput_per_hour")

    empty = (
        "after",
        "improvement_rate",
        "attainment_rate",
        "point_change",
        "coverage",
        "coverage_after",
    )
    assert [found[key] for key in empty] == [None] * len(empty)
    assert found["n_after"] == 0
    assert found["verdict"] == "insufficient_data"


@pytest.mark.parametrize(
    ("after", "verdict", "reasons"),
    [
        (wave(1000), "inconclusive", []),
        (wave(1050), "improved", []),
        (wave(900), "worse", []),
        (lambda day: 4 * day + wave(1000, 20)(day), "maturing", []),
    ],
)
def test_each_verdict_has_its_days(
    tmp_path: Path, after: Amount, verdict: str, reasons: list[str]
) -> None:
    """No change, some, the wrong way, and still rising."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, BEFORE, gq=wave(1000))
    days_of(desk, BEFORE, 60, gq=after)

    found = agreed(desk, "throughput_per_hour")

    assert (found["verdict"], found["reasons"]) == (verdict, reasons)


@pytest.mark.parametrize(
    ("rise", "verdict", "reasons"),
    [
        (10.0, "inconclusive", ["drift"]),  # each day resembles the one before
        (2.0, "inconclusive", ["drift"]),  # a slope, t = 4.6, where chance alone reaches 3.0
        (1.0, "improved_at_least_target", []),  # t = 2.1, beyond 1.96 and yet no slope
    ],
)
def test_a_baseline_that_rises_by_itself_proves_nothing(
    tmp_path: Path, rise: float, verdict: str, reasons: list[str]
) -> None:
    """What would have gone on rising is no improvement."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, BEFORE, gq=lambda day: wave(1000, 20)(day) + rise * day)
    days_of(desk, BEFORE, 60, gq=wave(1400))

    found = agreed(desk, "throughput_per_hour")

    assert (found["verdict"], found["reasons"]) == (verdict, reasons)


def test_thin_days_enter_no_evidence(tmp_path: Path) -> None:
    """Three of 24 days are half unseen: out of figures and interval, and the gate counts them."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, BEFORE, gq=wave(1000))
    thin: dict[str, Any] = {
        "gq": 9999.0,
        "apt_s": 0,
        "unknown_ns": HOUR_NS,
        "count_unknown_ns": HOUR_NS // 2,
    }
    days_of(desk, BEFORE, BEFORE + BLACKOUT, gq=wave(1200))
    days_of(desk, BEFORE + BLACKOUT, BEFORE + BLACKOUT + 3, **thin)
    days_of(desk, BEFORE + BLACKOUT + 3, 60, gq=wave(1200))

    found = agreed(desk, "throughput_per_hour")

    assert found["n_after"] == AFTER - 3
    assert found["after"] == pytest.approx(np.mean([wave(1200)(day) for day in range(37, 58)]))
    gates = {gate["code"]: gate for gate in found["gates"]}
    assert gates["coverage_report"] == {
        "code": "coverage_report",
        "passed": False,
        "seen": pytest.approx(21 / 24),
        "needed": 0.9,
    }
    assert gates["coverage_unequal"]["seen"] == pytest.approx(3 * 0.5 / 24)
    assert found["verdict"] == "insufficient_data"
    assert found["reasons"] == ["coverage_report", "coverage_unequal"]
    assert [day["value"] for day in found["series"][34:37]] == [None] * 3


def test_quality_must_mature(tmp_path: Path) -> None:
    """With ten days to wait, 14 of 24 are ripe: too few, and that is the reason; time heals it."""
    desk = desk_of(tmp_path, line(maturity_days=10))
    days_of(desk, 0, BEFORE, gq=wave(1000))
    days_of(desk, BEFORE, 70, gq=wave(1200))

    young = agreed(desk, "throughput_per_hour")
    desk.clock.now_ns = at("12:00", BEFORE + BLACKOUT + AFTER + 10)
    ripe = desk.engine.target(young["id"])

    assert (young["n_after"], young["report_complete"]) == (14, False)
    assert (young["verdict"], young["reasons"]) == (
        "insufficient_data",
        ["days_report", "maturity"],
    )
    assert (ripe["n_after"], ripe["report_complete"]) == (24, True)
    assert ripe["verdict"] == "improved_at_least_target"


def test_a_baseline_frozen_too_early_is_not_mature(tmp_path: Path) -> None:
    """Scrap of its last days could still be found when it was frozen."""
    desk = desk_of(tmp_path, line(maturity_days=10))
    days_of(desk, 0, BEFORE, gq=wave(1000))
    days_of(desk, BEFORE, 70, gq=wave(1200))
    now_ns, desk.clock.now_ns = at("12:00", 70), at("12:00", BEFORE + 9)
    name = frozen(desk, "throughput_per_hour")
    desk.clock.now_ns = now_ns

    found = desk.engine.agree(wished("throughput_per_hour", name))

    assert (found["verdict"], found["reasons"]) == ("insufficient_data", ["maturity"])


def test_availability_looks_at_no_piece_and_is_mature_at_once(tmp_path: Path) -> None:
    """Nothing that is found later changes how long a machine ran."""
    desk = desk_of(tmp_path, line(maturity_days=30))
    days_of(desk, 0, BEFORE, apt_s=wave(2000))
    days_of(desk, BEFORE, 60, apt_s=wave(2500))

    assert agreed(desk, "availability")["verdict"] == "improved_at_least_target"


def test_a_changed_calendar_or_state_map_breaks_the_comparison(tmp_path: Path) -> None:
    """Breaks count as planned time or not: two different figures under one name."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, BEFORE, gq=wave(1000))
    days_of(desk, BEFORE, 60, gq=wave(1200))
    name = agreed(desk, "throughput_per_hour")["id"]
    desk.restart(site_of(line(shifts=(replace(DAY, breaks=()),))))
    calendar = desk.engine.target(name)
    stops = machine("body", stop_after_s=60.0)
    desk.restart(site_of(line_of(stops, shifts=(DAY,), maturity_days=0)))
    thresholds = desk.engine.target(name)
    body = machine("body")
    state = replace(body.signals["state"], map={"1": "idle"})
    mapped = replace(body, signals={**body.signals, "state": state})
    desk.restart(site_of(line_of(mapped, shifts=(DAY,), maturity_days=0)))
    states = desk.engine.target(name)

    assert "tables" in calendar["reasons"]
    assert thresholds["reasons"] == ["tables"]
    assert states["reasons"] == ["state_map"]


LATE = BEFORE + BLACKOUT + 8
"""A day of the reporting window, on which scrap of others was found."""


def told(folder: Path, measure: str, names: tuple[str, ...], **each: Amount) -> dict[str, Any]:
    """What a target says where the line's hours are such."""
    folder.mkdir(exist_ok=True)
    desk = desk_of(folder, line_of(machine("body", *names), shifts=(DAY,), maturity_days=0))
    days_of(desk, 0, BEFORE + BLACKOUT + AFTER, 0, **each)
    found = agreed(desk, measure)
    listed = desk.engine.targets()
    assert [one["id"] for one in listed["targets"]] == [found["id"]], "and so does the list"
    return found


def good_beside(scrap: dict[int, float]) -> Amount:
    """What is left of a thousand pieces an hour."""
    return lambda day: 1000 - scrap[day]


def test_scrap_found_on_a_day_that_made_less(tmp_path: Path) -> None:
    """Fifty too many are fifty fewer of the day before: the same figure, interval and verdict."""
    level = {day: 1000.0 if day < BEFORE else 1300.0 for day in range(BEFORE + BLACKOUT + AFTER)}
    late = {**level, LATE: -50.0}
    alike = {**level, LATE - 1: 1250.0, LATE: 0.0}
    counters = ("state", "good", "scrap")

    one, other = (
        told(tmp_path / name, "throughput_per_hour", counters, gq=made.__getitem__)
        for name, made in (("late", late), ("alike", alike))
    )

    share = (21 * 1300 - 50 + 2 * 1300) / (24 * 1300)
    assert one["after"] == pytest.approx(1300 * share)
    for key in ("after", "after_low", "after_high", "verdict", "interval", "improvement_rate"):
        assert one[key] == other[key], key
    assert one["verdict"] == "improved_at_least_target"


@pytest.mark.parametrize("turn", [1, -1], ids=["later", "earlier"])
@pytest.mark.parametrize("level", [0.125, 32.0], ids=["few", "many"])
def test_a_piece_that_two_counters_book_to_two_days_is_no_event(
    tmp_path: Path, turn: int, level: float
) -> None:
    """Total less good is less than nothing, and as much more the day before or after."""
    every = range(BEFORE + BLACKOUT + AFTER)
    even = {day: level * ((day - LATE - turn) % 4 == 0) for day in every}
    odd = {**even, LATE: -level / 2, LATE + turn: level * 1.5}
    counters = ("state", "good", "total")

    one, other = (
        told(
            tmp_path / name,
            "defect_rate",
            counters,
            pq=lambda _: 1000.0,
            gq=good_beside(scrap),
            sq=scrap.__getitem__,
        )
        for name, scrap in (("odd", odd), ("even", even))
    )

    for key in ("after", "after_low", "after_high", "verdict", "interval"):
        assert one[key] == other[key], key


@pytest.mark.parametrize("side", [0, BEFORE], ids=["before", "after"])
def test_less_than_nothing_proves_nothing(tmp_path: Path, side: int) -> None:
    """A good counter that runs ahead of the total: the figure is told, and no change of it."""
    scrap = {
        day: -1.0 if side <= day < side + BEFORE + BLACKOUT else 5.0
        for day in range(BEFORE + BLACKOUT + AFTER)
    }
    found = told(
        tmp_path,
        "defect_rate",
        ("state", "good", "total"),
        pq=lambda _: 1000.0,
        gq=good_beside(scrap),
        sq=scrap.__getitem__,
    )
    assert found["before" if side == 0 else "after"] < 0
    assert (found["verdict"], found["reasons"]) == ("insufficient_data", ["interval"])
    assert [found[key] for key in ("improvement_rate", "attainment_rate", "low")] == [None] * 3
    assert found["decomposition"][0]["reason"] == "no_figure"
