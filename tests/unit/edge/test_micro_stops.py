"""Micro-stops per running hour: counted where readings can tell them, unknown where they cannot."""

from pathlib import Path

import pytest

from edge.engine.figures.days import comparable
from edge.engine.figures.figures import totals
from edge.engine.figures.sums import measured
from edge.model import SECOND_NS
from edge.records.elements import HIDES_MICRO_STOPS
from edge.site import Kind
from tests.unit.edge import fold_desk
from tests.unit.edge.figure_desk import Desk, at, hourly, line_of, machine, site_of
from tests.unit.edge.figure_rows import DAY_ONLY, measure, one

NAME = "micro_stops_per_hour"
SIX_EACH = {"apt_s": 1800, "gq": 900, "micro_n": 6}
"""Half of each hour is producing, with six micro-stops: twelve an hour of running."""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """One body machine by day."""
    return Desk(tmp_path, site_of(line_of(machine("body"), shifts=DAY_ONLY)))


def test_micro_stops_are_divided_by_running_hours(desk: Desk) -> None:
    """24 in four hours of which two ran."""
    desk.rows(*hourly(desk.site, "body", at("08:00"), at("12:00"), **SIX_EACH))
    assert measure(one(desk, "body", to_ns=at("12:00")), NAME) == (12.0, 12.0, 12.0, 1.0)


def test_none_that_could_have_been_seen_are_none(desk: Desk) -> None:
    """A machine that ran without one has 0, and not nothing."""
    desk.rows(*hourly(desk.site, "body", at("08:00"), at("12:00"), apt_s=1800, gq=900))
    assert measure(one(desk, "body", to_ns=at("12:00")), NAME) == (0.0, 0.0, 0.0, 1.0)


def test_time_in_which_they_may_hide_is_left_out(desk: Desk) -> None:
    """One of four hours is read too rarely: 18 in 1.5 h; at least 18 in 2 h; no limit above.

    Half an hour of four is not watched.
    """
    rows = hourly(desk.site, "body", at("08:00"), at("12:00"), **SIX_EACH)
    desk.rows(*rows[:3], {**rows[3], "micro_n": 0, "flags": HIDES_MICRO_STOPS})
    assert measure(one(desk, "body", to_ns=at("12:00")), NAME) == (12.0, 9.0, None, 0.875)


def test_where_all_readings_are_too_rare_nothing_is_known(desk: Desk) -> None:
    """No micro-stop was seen in any hour, and none is told: null without a value of 0."""
    rows = hourly(desk.site, "body", at("08:00"), at("12:00"), apt_s=3600, gq=900)
    desk.rows(*({**row, "flags": HIDES_MICRO_STOPS} for row in rows))
    value, low, high, coverage = measure(one(desk, "body", to_ns=at("12:00")), NAME)
    assert (value, low, high, coverage) == (None, 0.0, None, 0.0)


def test_a_gap_in_the_counts_hides_them_too(desk: Desk) -> None:
    """One hour of unknown counts is no hour without a micro-stop."""
    rows = hourly(desk.site, "body", at("08:00"), at("12:00"), **SIX_EACH)
    desk.rows(*rows[:3], {**rows[3], "micro_n": 0, "count_unknown_ns": 900 * SECOND_NS})
    value, low, high, _ = measure(one(desk, "body", to_ns=at("12:00")), NAME)
    assert (value, low, high) == (12.0, 9.0, None)


def test_unseen_time_may_have_run_without_one_or_with_many(desk: Desk) -> None:
    """24 in two hours seen; at least 24 in three, at most nobody knows."""
    desk.rows(*hourly(desk.site, "body", at("08:00"), at("12:00"), **SIX_EACH))
    desk.lived(at("08:00"), at("20:00"))
    found = measure(one(desk, "body", to_ns=at("14:00")), NAME)
    assert found == (12.0, 8.0, None, pytest.approx(0.8))


def test_without_a_counter_or_a_cycle_nobody_knows_of_gaps(tmp_path: Path) -> None:
    """A machine with a state alone, and a product without an ideal cycle: null, bounds too."""
    site = site_of(line_of(machine("body", "state"), machine("ear"), shifts=DAY_ONLY))
    desk = Desk(tmp_path, site)
    desk.rows(*hourly(site, "body", at("08:00"), at("12:00")))
    desk.rows(*hourly(site, "ear", at("08:00"), at("12:00"), gq=900, product="X"))
    for name in ("body", "ear"):
        found = measure(one(desk, name, to_ns=at("12:00")), NAME)
        assert found == (None, None, None, 0.0), name


def test_days_are_compared_by_the_same_sums(desk: Desk) -> None:
    """Above and below the line of a day give its figure: 18 in 1.5 h."""
    rows = hourly(desk.site, "body", at("08:00"), at("12:00"), **SIX_EACH)
    desk.rows(*rows[:3], {**rows[3], "flags": HIDES_MICRO_STOPS})
    found = totals(desk.engine.view, desk.line, (at("08:00"), at("12:00")), "day")
    elements = measured(desk.line, found.rows, found.sums)
    (mine,) = found.of("body")
    parts = comparable(NAME)
    assert (parts.above(elements)[mine], parts.below(elements)[mine]) == (18.0, 1.5)


@pytest.mark.parametrize(
    ("every_s", "pieces", "hides"),
    [
        (60, 60, False),  # at the ideal speed there is no room between two readings
        (60, 58, False),  # two seconds lost leave a gap of three, no more than is allowed
        (60, 57, True),  # and three one of four
        (60, 30, True),
        (1, 1, False),
        (10, 1, False),  # a single piece hides nothing: its gap is seen
        (4, 2, False),
        (6, 2, True),
    ],
)
def test_readings_hide_a_micro_stop_where_there_is_room_for_one(
    tmp_path: Path,
    every_s: int,
    pieces: int,
    hides: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """One second a piece; a gap above three is a micro-stop."""
    own = fold_desk.body(fold_desk.signal("body", "product", Kind.TEXT))
    desk = fold_desk.Desk(fold_desk.site_of(own), tmp_path)
    begin, end = fold_desk.at("09:00"), fold_desk.at("09:30")
    instants = range(begin, end + 1, every_s * SECOND_NS)
    desk.say("body", "state", *[(t, 1) for t in range(begin, end + 1, 10 * SECOND_NS)])
    desk.say("body", "product", (begin, "A"))
    desk.say("body", "good", *[(t, n * pieces) for n, t in enumerate(instants)])
    desk.run()
    for who in ("body", None):
        flags = desk.rows(who)["flags"]
        assert (flags & HIDES_MICRO_STOPS > 0).tolist() == [hides] * 2, who


def test_a_rare_reading_marks_the_quarters_that_it_covers(tmp_path: Path) -> None:
    """Read each second, but for seven minutes over the edge of a quarter, with little made."""
    own = fold_desk.body(fold_desk.signal("body", "product", Kind.TEXT))
    desk = fold_desk.Desk(fold_desk.site_of(own), tmp_path)
    begin, end = fold_desk.at("09:00"), fold_desk.at("10:00")
    away = fold_desk.at("09:12"), fold_desk.at("09:19")
    instants = [t for t in range(begin, end + 1, SECOND_NS) if not away[0] < t < away[1]]
    desk.say("body", "state", *[(t, 1) for t in range(begin, end + 1, 10 * SECOND_NS)])
    desk.say("body", "product", (begin, "A"))
    made = [min(t, away[0]) + max(0, t - away[1]) - begin for t in instants]
    counts = [
        n // SECOND_NS + (100 if t >= away[1] else 0) for n, t in zip(made, instants, strict=True)
    ]
    desk.say("body", "good", *zip(instants, counts, strict=True))
    desk.run()
    flags = desk.rows()["flags"]
    assert (flags & HIDES_MICRO_STOPS > 0).tolist() == [True, True, False, False]
