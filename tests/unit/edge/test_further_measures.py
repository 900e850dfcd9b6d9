"""Measures of order time, labour, energy, maintenance and change-overs: arithmetic on paper."""

from pathlib import Path

import numpy as np
import pytest

from edge.engine.figures.days import by_day
from tests.unit.edge.figure_desk import DAY, NIGHT, Desk, at, hourly, line_of, machine, site_of
from tests.unit.edge.figure_rows import DAY_ONLY, HOUR_S, full_shift, measure, one

MINUTE_NS = 60 * 10**9
SPLIT = {
    "aust_ns": 6 * MINUTE_NS,
    "adet_ns": 6 * MINUTE_NS,
    "adet_external_ns": 3 * MINUTE_NS,
    "adot_ns": 15 * MINUTE_NS,
}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """One body machine by day, which is the line's exit too."""
    return Desk(tmp_path, site_of(line_of(machine("body"), shifts=DAY_ONLY)))


def test_time_with_an_order_is_divided_as_on_paper(desk: Desk) -> None:
    """Of each hour 30 min run, 6 set-up, 6 + 3 delay, 15 without an order: 30/45 and 45/60."""
    rows = hourly(desk.site, "body", at("08:00"), at("12:00"), apt_s=1800, gq=900, **SPLIT)
    desk.rows(*rows)

    row = one(desk, "body", to_ns=at("12:00"))

    assert measure(row, "utilisation_efficiency") == pytest.approx((2 / 3, 2 / 3, 2 / 3, 1.0))
    assert measure(row, "allocation_efficiency") == (0.75, 0.75, 0.75, 1.0)


def test_unseen_time_may_have_been_with_an_order_or_without(desk: Desk) -> None:
    """Four hours as above and one of the five unseen: each bound takes the whole hour."""
    rows = hourly(desk.site, "body", at("08:00"), at("12:00"), apt_s=1800, gq=900, **SPLIT)
    desk.rows(*rows)
    desk.lived(at("08:00"), at("20:00"))

    row = one(desk, "body", to_ns=at("14:00"))

    assert row["elements"]["U"] == HOUR_S
    assert measure(row, "allocation_efficiency") == (0.6, 0.6, 0.8, 0.8)
    assert measure(row, "utilisation_efficiency")[:3] == pytest.approx((2 / 3, 2 / 4, 3 / 4))


def test_hours_of_work_divide_the_good_pieces(desk: Desk) -> None:
    """9,900 good pieces in 22 hours of two people: 450 an hour, 8 s a piece."""
    desk.rows(*({**row, "labour_ns": 110 * MINUTE_NS} for row in full_shift(desk)))

    row = one(desk, "body")

    assert measure(row, "output_per_labour_hour") == (450.0, 450.0, 450.0, 1.0)
    assert measure(row, "labour_per_good_piece") == (8.0, 8.0, 8.0, 1.0)


def test_hours_that_nobody_tells_are_unknown(desk: Desk) -> None:
    """Pieces there are, but nobody says who worked: null, not endless pieces an hour."""
    desk.rows(*full_shift(desk))

    row = one(desk, "body")

    assert measure(row, "output_per_labour_hour")[:3] == (None, None, None)
    assert measure(row, "labour_per_good_piece")[:3] == (None, None, None)


@pytest.mark.parametrize(("night_h", "expected"), [(4.0, 150.0), (0.0, None)])
def test_hours_of_one_shift_are_not_those_of_two(
    desk: Desk, night_h: float, expected: float | None
) -> None:
    """By day 600 pieces in 4 hours of work; a night without told hours leaves no figure."""
    site = site_of(line_of(machine("body"), shifts=(DAY, NIGHT)))
    desk.restart(site)
    desk.clock.now_ns = at("08:00", 1)
    day = hourly(site, "body", at("08:00"), at("12:00"), gq=150, labour_ns=60 * MINUTE_NS)
    night = hourly(site, "body", at("20:00"), at("00:00", 1), gq=150)
    night_ns = int(night_h / 4 * 60 * MINUTE_NS)
    desk.rows(*day, *({**row, "labour_ns": night_ns} for row in night))

    found = desk.engine.kpis("mask", at("08:00"), at("08:00", 1), "day")["rows"]
    rows = [row for row in found if row["machine"] == "body"]

    assert [row["measures"]["output_per_labour_hour"]["low"] for row in rows] == [expected]
    early = one(desk, "body", to_ns=at("12:00"))
    assert measure(early, "output_per_labour_hour")[0] == 150.0


def test_energy_is_told_of_all_pieces_too(desk: Desk) -> None:
    """Two kWh an hour for 1,000 pieces of which 900 are good."""
    desk.restart(
        site_of(
            line_of(machine("body", "state", "good", "scrap", "energy"), shifts=DAY_ONLY),
        )
    )
    keys = ("energy_kwh", "energy_kwh_low", "energy_kwh_high")
    desk.rows(*({**row, **dict.fromkeys(keys, 2.0)} for row in full_shift(desk)))

    row = one(desk, "body", to_ns=at("12:00"))

    assert measure(row, "energy_per_piece")[:3] == (0.002, 0.002, 0.002)
    assert measure(row, "energy_per_good_piece")[0] == pytest.approx(2 / 900)


@pytest.mark.parametrize(
    ("repair", "upkeep", "expected"), [(10, 30, 0.25), (10, 0, None), (0, 30, None)]
)
def test_repair_is_a_share_of_all_maintenance(
    desk: Desk, repair: int, upkeep: int, expected: float | None
) -> None:
    """Ten minutes of forty; where one of both is told by nobody there is no share."""
    told = {"repair_ns": repair * MINUTE_NS, "maintenance_ns": upkeep * MINUTE_NS}
    desk.rows(*({**row, **told} for row in full_shift(desk)))

    found = measure(one(desk, "body"), "corrective_maintenance_ratio")

    assert found[:3] == (expected, expected, expected)


def test_minutes_of_a_change_of_product(desk: Desk) -> None:
    """Four hours with six minutes of set-up each and two changes: twelve minutes a change."""
    rows = hourly(desk.site, "body", at("08:00"), at("12:00"), apt_s=1800, gq=900, **SPLIT)
    desk.rows(rows[0], {**rows[1], "changeovers_n": 1}, rows[2], {**rows[3], "changeovers_n": 1})

    assert measure(one(desk, "body", to_ns=at("12:00")), "minutes_per_changeover") == (
        12.0,
        12.0,
        12.0,
        1.0,
    )
    unseen = measure(one(desk, "body", to_ns=at("14:00")), "minutes_per_changeover")
    assert unseen[:3] == (12.0, 0.0, 42.0)  # an hour more of set-up, or further changes


def test_set_up_that_nothing_tells_takes_no_zero_minutes(desk: Desk) -> None:
    """Products change, but no state of the machine is set-up: null; so it is without a change."""
    rows = full_shift(desk)
    desk.rows({**rows[0], "changeovers_n": 1}, *rows[1:])

    assert measure(one(desk, "body"), "minutes_per_changeover")[:3] == (None, None, None)
    later = one(desk, "body", from_ns=at("14:00"))
    assert measure(later, "minutes_per_changeover")[:3] == (None, None, None)


@pytest.mark.parametrize("name", ["minutes_per_changeover", "output_per_labour_hour"])
def test_a_day_that_nobody_tells_of_has_nothing_to_compare(desk: Desk, name: str) -> None:
    """The sums behind a comparison are unknown where the figure is: no day of set-up in no time."""
    rows = full_shift(desk, machine=None)
    desk.rows({**rows[0], "changeovers_n": 1}, *rows[1:])

    days = by_day(desk.engine.view, desk.line, None, name, (at("08:00"), at("20:00")))

    assert np.isnan(days.numerator).tolist() == [True]


@pytest.mark.parametrize(
    ("work", "there", "expected"),
    [(45, 60, 0.75), (60, 60, 1.0), (0, 60, None), (45, 0, None), (120, 60, None)],
)
def test_work_is_a_share_of_attendance(
    desk: Desk, work: int, there: int, expected: float | None
) -> None:
    """Of each hour attended 45 minutes are work; told twice for two machines it cannot be true.

    Where one of both is told by nobody there is no share, and not 0 or endless work.
    """
    told = {"labour_ns": work * MINUTE_NS, "attendance_ns": there * MINUTE_NS}
    desk.rows(*({**row, **told} for row in full_shift(desk)))

    found = measure(one(desk, "body"), "worker_efficiency")

    assert found == ((expected,) * 3 + (1.0 if work and there else 0.0,))


@pytest.mark.parametrize("lacking", ["labour_ns", "attendance_ns"])
def test_a_shift_without_one_of_both_hours_leaves_no_worker_efficiency(
    desk: Desk, lacking: str
) -> None:
    """By day 6 of 8 hours; of a night as long one of both is not told: no figure for the day."""
    desk.restart(site_of(line_of(machine("body"), shifts=(DAY, NIGHT))))
    desk.clock.now_ns = at("08:00", 1)
    told = {"labour_ns": 45 * MINUTE_NS, "attendance_ns": 60 * MINUTE_NS}
    day = hourly(desk.site, "body", at("08:00"), at("16:00"), **told)
    night = hourly(desk.site, "body", at("20:00"), at("04:00", 1), **{**told, lacking: 0})
    desk.rows(*day, *night)

    span = at("08:00"), at("08:00", 1)
    found = desk.engine.kpis("mask", *span, "shift")["rows"]
    shifts = {row["shift"]: row for row in found if row["machine"] == "body"}
    assert measure(shifts["day"], "worker_efficiency")[:3] == (0.75,) * 3
    whole = one(desk, "body", "day", from_ns=span[0], to_ns=span[1])
    assert measure(whole, "worker_efficiency")[:3] == (None,) * 3


def test_the_card_says_what_people_have_to_tell(desk: Desk) -> None:
    """Without hours of both kinds the figure stays unknown, and the card names them."""
    assert desk.engine.definition("worker_efficiency")["told"] == ["work", "attendance"]
    assert desk.engine.definition("first_pass_yield")["told"] == ["inspected", "passed"]
    assert desk.engine.definition("oee")["told"] == []
