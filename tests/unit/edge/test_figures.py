"""Rows of `kpi --json`: what they say follows on paper from the rows of the element table."""

import json
from math import ceil
from pathlib import Path
from typing import Any

import pytest

import edge.profiles
from edge.site import Shift
from kpi.catalogue.index import MEASURES
from tests.unit.edge.figure_desk import (
    Desk,
    at,
    element,
    hourly,
    line_of,
    machine,
    site_of,
)
from tests.unit.edge.figure_rows import DAY_ONLY, HOUR_S, full_shift, measure, one

PROFILES = Path(edge.profiles.__file__).parent


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """One body machine by day, which is the line's exit too."""
    return Desk(tmp_path, site_of(line_of(machine("body"), shifts=DAY_ONLY)))


def test_a_full_shift_says_what_paper_says(desk: Desk) -> None:
    """Eleven planned hours, three quarters of them producing, 900 of 1,000 pieces good."""
    desk.rows(*full_shift(desk))

    row = one(desk, "body")

    assert row["elements"] == {
        "PBT": 11 * HOUR_S,
        "APT": 11 * 2700.0,
        "AUST": 0.0,
        "ADET": 11 * 900.0,
        "ADOT": 0.0,
        "U": 0.0,
        "PQ": 11_000,
        "GQ": 9_900,
        "SQ": 1_100,
        "RQ": 0,
    }
    assert measure(row, "availability") == (0.75, 0.75, 0.75, 1.0)
    assert measure(row, "effectiveness")[0] == pytest.approx(11_000 / (11 * 2700))
    assert measure(row, "quality_ratio")[0] == pytest.approx(0.9)
    assert measure(row, "oee")[0] == pytest.approx(9_900 / (11 * 3600))
    assert measure(row, "throughput_per_hour") == (900.0, 900.0, 900.0, 1.0)
    assert measure(row, "defect_rate")[0] == pytest.approx(0.1)
    keys = ("site", "line", "machine", "product", "shift", "production_day", "status", "revision")
    assert [row[key] for key in keys] == [
        "hanbit",
        "mask",
        "body",
        None,
        "day",
        "2026-03-02",
        "final",
        1,
    ]
    assert (row["from"], row["to"]) == ("2026-03-02T08:00:00+09:00", "2026-03-02T20:00:00+09:00")
    assert row["measures"]["oee"]["n"] == 1
    assert row["measures"]["oee"]["definition"] == "iso22400/oee@2"


def test_planned_time_without_rows_is_unknown(desk: Desk) -> None:
    """The line has no rows at all: nothing is zero, everything has a coverage of 0."""
    desk.rows(*full_shift(desk))
    desk.lived(at("08:00"), at("20:00"))

    row = one(desk, None)

    assert row["elements"]["U"] == row["elements"]["PBT"] == 11 * HOUR_S
    assert row["elements"]["APT"] == 0
    assert [row["elements"][name] for name in ("PQ", "GQ", "SQ", "RQ")] == [None] * 4
    assert measure(row, "availability") == (None, 0.0, 1.0, 0.0)
    assert measure(row, "oee")[:2] == (None, 0.0)
    assert measure(row, "oee")[3] == 0.0
    assert row["measures"]["oee"]["n"] == 0


def test_what_is_half_unseen_has_bounds_and_no_value(desk: Desk) -> None:
    """Six of eleven hours seen: below 80 % there are the bounds alone, and they hold any truth."""
    desk.rows(*hourly(desk.site, "body", at("08:00"), at("12:00"), apt_s=2700, gq=900))
    desk.rows(*hourly(desk.site, "body", at("13:00"), at("15:00"), apt_s=2700, gq=900))

    row = one(desk, "body")

    assert row["elements"]["U"] == 5 * HOUR_S
    assert measure(row, "availability") == (
        None,
        pytest.approx(6 * 2700 / (11 * HOUR_S)),
        pytest.approx((6 * 2700 + 5 * HOUR_S) / (11 * HOUR_S)),
        pytest.approx(6 / 11),
    )
    cap = ceil(1.1 * 2 * 1.5 * 5 * HOUR_S) + 1  # two counters, 1.5 times the ideal speed
    assert measure(row, "throughput_per_hour") == (
        None,
        pytest.approx(5400 / 11),
        pytest.approx((5400 + cap) / 11, rel=1e-3),
        pytest.approx(6 / 11),
    )


def test_four_fifths_are_just_enough(desk: Desk) -> None:
    """At a coverage of 0.80 exactly the value is given, from known time alone."""
    site = site_of(line_of(machine("body"), shifts=(Shift("ten", "08:00", "18:00"),)))
    desk.restart(site)
    desk.rows(*hourly(site, "body", at("08:00"), at("16:00"), apt_s=2700, gq=900))

    assert measure(one(desk, "body"), "availability") == (
        0.75,
        pytest.approx(0.6),
        pytest.approx(0.8),
        pytest.approx(0.8),
    )


def test_a_running_shift_ends_now(desk: Desk) -> None:
    """Its row ends at this moment, and what has not been heard yet is unknown and provisional."""
    desk.clock.now_ns = at("10:30")
    desk.rows(*hourly(desk.site, "body", at("08:00"), at("10:00"), gq=900))
    desk.lived(at("08:00"), at("10:00"))

    row = one(desk, "body")

    assert row["to"] == "2026-03-02T10:30:00+09:00"
    assert row["elements"]["PBT"] == 2.5 * HOUR_S
    assert row["elements"]["U"] == 0.5 * HOUR_S
    assert row["status"] == "provisional"
    assert measure(row, "availability")[0] == 1.0


def test_nobody_counts_rejects(desk: Desk) -> None:
    """Good pieces alone say nothing of quality: null, not zero, also where nothing was seen."""
    line = line_of(machine("body", "state", "good"), shifts=DAY_ONLY)
    desk.restart(site_of(line))
    nobody = {"sq": float("nan"), "rq": float("nan")}
    rows = hourly(desk.site, "body", at("08:00"), at("19:00"), gq=900)  # with the break's
    desk.rows(*({**row, **nobody, "pq": row["gq"]} for row in rows))

    row = one(desk, "body")

    assert [row["elements"][name] for name in ("PQ", "GQ", "SQ", "RQ")] == [
        9_900,
        9_900,
        None,
        None,
    ]
    for name in ("defect_rate", "quality_ratio", "scrap_ratio", "rework_ratio"):
        assert measure(row, name)[:3] == (None, None, None), name
    assert measure(row, "oee")[0] is not None


def test_a_count_unknown_in_a_break_takes_no_planned_time(desk: Desk) -> None:
    """Four planned hours and the break were silent: coverage 0, not a quarter below it."""
    hour_ns = 3600 * 10**9
    silent: dict[str, Any] = {"unknown_ns": 4 * hour_ns, "count_unknown_ns": 4 * hour_ns}
    desk.rows(
        element(desk.site, "body", at("08:00"), at("12:00"), apt_s=0, **silent),
        element(desk.site, "body", at("12:00"), at("13:00"), count_unknown_ns=hour_ns),
    )

    row = one(desk, "body", from_ns=at("08:00"), to_ns=at("13:00"))

    assert measure(row, "throughput_per_hour")[3] == 0.0


def test_repair_that_nobody_writes_down_is_unknown(desk: Desk) -> None:
    """Stops there are, but no facts of their repair: null, not a repair in no time."""
    desk.rows(*full_shift(desk))

    assert measure(one(desk, "body"), "mttr")[:3] == (None, None, None)


def test_nobody_counts_at_all(desk: Desk) -> None:
    """A machine without counters has times and no pieces, and its gaps are gaps of state alone."""
    desk.restart(site_of(line_of(machine("body", "state"), machine("pack"), shifts=DAY_ONLY)))

    row = one(desk, "body")

    assert row["elements"]["PQ"] is None
    assert measure(row, "throughput_per_hour") == (None, None, None, 1.0)
    assert measure(row, "availability") == (None, 0.0, 1.0, 0.0)


def test_rework_nobody_counts_is_no_ratio(desk: Desk) -> None:
    """Beside known scrap rework is zero pieces, but its ratio is null."""
    desk.rows(*full_shift(desk))

    row = one(desk, "body")

    assert row["elements"]["RQ"] == 0
    assert measure(row, "rework_ratio")[0] is None
    assert measure(row, "defect_rate")[0] == pytest.approx(0.1)


@pytest.mark.parametrize("sector", ["mask", "plating", "kit", ""])
def test_measures_come_in_the_order_of_the_sector(tmp_path: Path, sector: str) -> None:
    """What a sector looks at first stands first, all others follow, none is missing."""
    line = line_of(machine("body"), shifts=DAY_ONLY, profile=sector)
    desk = Desk(tmp_path, site_of(line))
    desk.rows(*full_shift(desk))

    names = list(one(desk, "body")["measures"])

    first = (
        json.loads((PROFILES / f"{sector}.json").read_text("utf-8"))["measures"] if sector else []
    )
    assert names[: len(first)] == first
    assert sorted(names) == sorted(MEASURES)
