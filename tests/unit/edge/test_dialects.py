"""OEE and availability by the dialects `vorne` and `teep`: arithmetic on paper."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.engine.explaining.explaining import Question
from edge.engine.figures.days import comparable
from edge.errors import Refused
from edge.moment import parse
from edge.records.elements import HIDES_MICRO_STOPS
from kpi.states import State
from tests.unit.edge.figure_desk import DAY, NIGHT, Desk, at, hourly, line_of, machine, site_of
from tests.unit.edge.figure_rows import DAY_ONLY, measure, one

HOUR_NS = 3600 * 10**9
ORDERLESS = {"adot_ns": HOUR_NS // 4, "adet_ns": HOUR_NS // 4}
"""Of each hour half is producing, a quarter without an order, a quarter delay."""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """The day after a day shift of eleven planned hours, each with 900 good at one second."""
    desk = Desk(tmp_path, site_of(line_of(machine("body"), shifts=DAY_ONLY)), at("09:00", 1))
    desk.rows(*worked(desk, at("20:00")))
    desk.lived(at("08:00"), at("20:00"))
    return desk


def worked(desk: Desk, to_ns: int) -> list[dict[str, Any]]:
    """Rows from eight on, none in the break."""
    rows = hourly(desk.site, "body", at("08:00"), to_ns, apt_s=1800, gq=900, **ORDERLESS)
    return [row for row in rows if row["planned"]]


def test_time_without_an_order_is_not_planned_by_vorne(desk: Desk) -> None:
    """Of 11 h 2.75 are without an order: 5.5/8.25 of them run, 9,900 s of 29,700 are ideal."""
    row = one(desk, "body")

    assert measure(row, "availability_vorne") == pytest.approx((2 / 3, 2 / 3, 2 / 3, 1.0))
    assert measure(row, "oee_vorne") == pytest.approx((1 / 3, 1 / 3, 1 / 3, 1.0))
    assert measure(row, "availability")[0] == 0.5
    assert measure(row, "oee")[0] == 0.25


def test_unseen_time_may_have_been_without_an_order(tmp_path: Path) -> None:
    """Of eleven planned hours ten are seen, 2.5 of them without an order: 8.5 h are left, 7.5 seen.

    Of them five run: 5/7.5, at least 5/8.5, at most 6/8.5. OEE is 9,000 s of 8.5 h; where the
    unseen hour had no order, all that may have been made by then is divided by 7.5 h.
    """
    desk = Desk(tmp_path, site_of(line_of(machine("body"), shifts=DAY_ONLY)))
    desk.rows(*worked(desk, at("19:00")))
    desk.lived(at("08:00"), at("20:00"))

    row = one(desk, "body")

    assert measure(row, "availability_vorne")[:3] == pytest.approx((5 / 7.5, 5 / 8.5, 6 / 8.5))
    value, low, high, _ = measure(row, "oee_vorne")
    assert (value, low) == pytest.approx((2.5 / 8.5, 2.5 / 8.5))
    assert high == pytest.approx(row["measures"]["oee"]["high"] * 11 / 7.5)


def test_calendar_time_is_that_of_the_whole_day(desk: Desk) -> None:
    """9,900 s of 86,400; production 5.5 h of 24."""
    row = one(desk, "body", "day", to_ns=at("08:00", 1))

    assert measure(row, "teep") == pytest.approx((9900 / 86400,) * 3 + (1.0,))
    off = 24 - 11  # hours of which nobody told a state
    assert measure(row, "availability_teep") == pytest.approx(
        (5.5 / 24, 5.5 / 24, (5.5 + off) / 24, 1.0)
    )


def test_a_shift_is_as_long_as_it_lasts_with_its_breaks(desk: Desk) -> None:
    """9,900 s of the twelve hours from eight to eight."""
    assert measure(one(desk, "body"), "teep")[:3] == pytest.approx((9900 / 43200,) * 3)


def test_output_outside_of_a_plan_was_made_in_calendar_time(desk: Desk) -> None:
    """600 pieces and half an hour of production after work: TEEP takes them, OEE does not."""
    late = hourly(desk.site, "body", at("20:00"), at("21:00"), gq=600)
    desk.rows(*({**row, "unplanned_run_ns": HOUR_NS // 2} for row in late))

    row = one(desk, "body", "day", to_ns=at("08:00", 1))

    assert measure(row, "teep")[:3] == pytest.approx((10_500 / 86400,) * 3)
    assert measure(row, "availability_teep")[:2] == pytest.approx((6 / 24,) * 2)
    assert measure(row, "oee")[0] == 0.25


def test_days_of_23_and_25_hours_are_as_long_as_they_are(tmp_path: Path) -> None:
    """In Berlin the clocks change on 2026-03-29 and 2026-10-25, in the day that began before."""
    site = site_of(line_of(machine("body"), shifts=DAY_ONLY), zone="Europe/Berlin")
    for day, hours in (("2026-03-28", 23), ("2026-03-30", 24), ("2026-10-24", 25)):
        folder = tmp_path / day
        folder.mkdir()
        begin = parse(f"{day}T08:00:00{'+02:00' if hours != 23 else '+01:00'}")
        end = begin + hours * HOUR_NS
        desk = Desk(folder, site, end + HOUR_NS)
        desk.rows(*hourly(site, "body", begin, begin + 12 * HOUR_NS, gq=900))
        desk.lived(begin, begin + 12 * HOUR_NS)

        row = one(desk, "body", "day", from_ns=begin, to_ns=end)

        assert measure(row, "teep")[0] == pytest.approx(12 * 900 / (hours * 3600)), day


@pytest.mark.parametrize(
    ("by", "from_ns", "to_ns"),
    [
        ("shift", at("08:00"), at("19:00")),
        ("day", at("08:00"), at("20:00")),
        ("day", at("09:00"), at("08:00", 1)),
        ("hour", at("09:00"), at("10:00")),
        ("product", at("08:00"), at("08:00", 1)),
        ("machine", at("08:00"), at("21:00")),
    ],
)
def test_a_part_of_a_day_has_no_teep(desk: Desk, by: str, from_ns: int, to_ns: int) -> None:
    """Neither figure nor bound: the night that is left out would flatter it. OEE stands."""
    rows = desk.engine.kpis("mask", from_ns, to_ns, by)["rows"]
    row = next(row for row in rows if row["machine"] == "body")

    assert measure(row, "teep")[:3] == (None, None, None)
    assert measure(row, "availability_teep")[:3] == (None, None, None)
    assert row["measures"]["oee"]["high"] is not None


def test_a_day_that_is_not_over_has_no_teep(desk: Desk) -> None:
    """At seven in the morning an hour of the production day is to come."""
    desk.clock.now_ns = at("07:00", 1)
    row = one(desk, "body", "day", to_ns=at("08:00", 1))
    assert measure(row, "teep")[0] is None


@pytest.mark.parametrize(
    ("to_ns", "hours"), [(at("08:00", 1), 24), (at("20:00"), 12), (at("20:00", 1), 36)]
)
def test_a_window_that_begins_and_ends_with_a_shift_is_its_length(
    desk: Desk, to_ns: int, hours: int
) -> None:
    """A machine over one production day, one shift, or a day and a half of which half is unseen."""
    desk.clock.now_ns = at("09:00", 2)
    row = one(desk, "body", "machine", to_ns=to_ns)
    assert row["measures"]["teep"]["low"] == pytest.approx(9900 / (hours * 3600))


def test_unknown_time_stays_unknown_in_calendar_time(tmp_path: Path) -> None:
    """Four of eleven planned hours seen: no value, production of 2 h and up to 7 more of 24."""
    desk = Desk(tmp_path, site_of(line_of(machine("body"), shifts=DAY_ONLY)), at("09:00", 1))
    desk.rows(*worked(desk, at("12:00")))
    desk.lived(at("08:00"), at("20:00"))

    row = one(desk, "body", "day", to_ns=at("08:00", 1))

    value, low, high, coverage = measure(row, "availability_teep")
    assert (value, coverage) == (None, pytest.approx(4 / 11))
    assert (low, high) == pytest.approx((2 / 24, (2 + 7 + 13) / 24))
    value, low, high, coverage = measure(row, "teep")
    assert (value, coverage) == (None, pytest.approx(4 / 11))
    assert low == pytest.approx(3600 / 86400)
    assert high > low


def test_off_time_raises_the_high_as_far_as_nobody_knows_its_state(desk: Desk) -> None:
    """Of 13 hours outside of the plan: idle in 9, running in half a one, unknown in the rest."""
    late = hourly(desk.site, "body", at("20:00"), at("21:00"), gq=600)
    desk.rows(*({**row, "unplanned_run_ns": HOUR_NS // 2} for row in late))
    desk.rows(*hourly(desk.site, "body", at("21:00"), at("07:00", 1), gq=0))
    middle = at("20:00") + HOUR_NS // 2
    desk.spans(
        "body",
        (at("20:00"), middle, State.PRODUCING),
        (middle, at("21:00"), State.UNKNOWN),
        (at("21:00"), at("06:00", 1), State.IDLE),
        (at("06:00", 1), at("07:00", 1), State.UNKNOWN),
    )

    row = one(desk, "body", "day", to_ns=at("08:00", 1))

    unknown = 13 - 9 - 0.5  # hours: of the break, the late hour, and the early ones
    found = measure(row, "availability_teep")
    assert found == pytest.approx((6 / 24, 6 / 24, (6 + unknown) / 24, 1.0))
    question = Question("mask", at("08:00"), at("08:00", 1), "body", "availability_teep")
    told = desk.engine.explain(question)["elements"]
    assert told["off_unknown_ns"] == unknown * HOUR_NS


def test_two_shifts_add_up_to_their_day(tmp_path: Path) -> None:
    """By day 900 an hour, by night 450: 12 h and 12 h, and a day that is neither's mean of ratios.

    A night that ends with the production day belongs to it whole.
    """
    site = site_of(line_of(machine("body"), shifts=(DAY, NIGHT)))
    desk = Desk(tmp_path, site, at("09:00", 1))
    desk.rows(*[r for r in hourly(site, "body", at("08:00"), at("20:00"), gq=900) if r["planned"]])
    desk.rows(*hourly(site, "body", at("20:00"), at("08:00", 1), gq=450))
    desk.lived(at("08:00"), at("08:00", 1))

    span = {"from_ns": at("08:00"), "to_ns": at("08:00", 1)}
    rows = desk.engine.kpis("mask", at("08:00"), at("08:00", 1), "shift")["rows"]
    shifts = {row["shift"]: measure(row, "teep")[0] for row in rows if row["machine"] == "body"}

    assert shifts == pytest.approx({"day": 9900 / 43200, "night": 5400 / 43200})
    assert measure(one(desk, "body", "day", **span), "teep")[0] == pytest.approx(15_300 / 86400)


def test_each_dialect_has_a_card_and_an_explanation_of_its_own(desk: Desk) -> None:
    """Its elements add up from buckets and give the figure; no name stands for two figures."""
    ids = {"oee": "iso22400/oee@2", "oee_vorne": "vorne/oee@1", "teep": "teep/oee@1"}
    cards = {name: desk.engine.definition(ids[name]) for name in ids}
    assert len({card["formula"] for card in cards.values()}) == 3
    assert cards["teep"]["measure"] == "teep"
    assert {"planned_down", "not_scheduled"} <= set(cards["teep"]["states"])

    span = at("08:00"), at("08:00", 1)
    found = desk.engine.explain(Question("mask", *span, "body", "teep"))
    made = sum(b["elements"]["gq"] * b["ideal_cycle_s"] for b in found["buckets"] if b["product"])
    assert found["elements"]["all_ideal_gq_s"] == made == 9900
    assert found["elements"]["calendar_ns"] == 24 * HOUR_NS
    figure = found["figures"]["teep"]
    assert figure["definition"] == "teep/oee@1"
    assert figure["value"] == pytest.approx(made / (24 * 3600))


def test_a_target_is_not_set_on_calendar_time() -> None:
    """Who works on Sundays would reach it; on the dialect of orders there may be one."""
    with pytest.raises(Refused, match="teep"):
        comparable("teep")
    times = {"pbt_ns": np.array([10 * HOUR_NS]), "adot_ns": np.array([4 * HOUR_NS])}
    assert comparable("oee_vorne").below(times) == 6 * 3600


def test_a_figure_without_a_value_says_why(desk: Desk) -> None:
    """A part of a day, hours that nobody tells, a meter that is not there: each by its name."""

    def lacks(name: str, to_ns: int) -> dict[str, Any]:
        span = at("08:00"), to_ns
        found = desk.engine.explain(Question("mask", *span, "body", name))["figures"][name]
        return dict(found["lacks"] or {})

    assert lacks("teep", at("12:00")) == {"code": "not_whole_days", "elements": ["calendar_ns"]}
    assert lacks("teep", at("20:00")) == {}
    told = {"code": "not_told", "elements": ["labour_ns", "attendance_ns"]}
    assert lacks("worker_efficiency", at("20:00")) == told
    assert lacks("mttr", at("20:00"))["code"] == "not_told"
    assert lacks("energy_per_good_piece", at("20:00"))["code"] == "not_known"
    assert lacks("minutes_per_changeover", at("20:00"))["code"] == "nothing_to_divide_by"


def test_hours_that_cannot_be_true_are_named(desk: Desk) -> None:
    """Two hours of work to each of attendance; and most of a shift unseen is too little."""
    told = {"labour_ns": 2 * HOUR_NS, "attendance_ns": HOUR_NS}
    desk.rows(
        *({**row, **told} for row in hourly(desk.site, "body", at("08:00", 1), at("09:00", 1)))
    )
    desk.clock.now_ns = at("20:00", 1)

    def code(name: str, to_ns: int, from_ns: int = at("08:00", 1)) -> str:
        asked = Question("mask", from_ns, to_ns, "body", name)
        return str(desk.engine.explain(asked)["figures"][name]["lacks"]["code"])

    assert code("worker_efficiency", at("09:00", 1)) == "more_work_than_attendance"
    assert code("availability", at("20:00", 1)) == "too_little_seen"
    assert code("availability", at("13:00", 1), at("12:00", 1)) == "not_planned"


def test_a_counter_that_is_read_too_rarely_is_named(desk: Desk) -> None:
    """All of it was seen, and no reading would have shown a micro-stop."""
    rows = hourly(desk.site, "body", at("08:00", 1), at("09:00", 1), gq=900)
    desk.rows(*({**row, "flags": HIDES_MICRO_STOPS} for row in rows))
    name = "micro_stops_per_hour"
    asked = Question("mask", at("08:00", 1), at("09:00", 1), "body", name)
    found = desk.engine.explain(asked)["figures"][name]
    assert found["lacks"] == {"code": "read_too_rarely", "elements": []}
