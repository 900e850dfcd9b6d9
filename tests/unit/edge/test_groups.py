"""What a row stands for: hours on the wall, shifts, days, products, machines; loose pieces."""

from pathlib import Path

import pytest

from edge.errors import NotFound, Refused
from edge.moment import parse
from edge.records.loosened import Unplaced
from edge.site import Dated, Shift
from tests.unit.edge.figure_desk import (
    DAY_NS,
    HOUR_NS,
    Desk,
    at,
    by,
    element,
    hourly,
    line_of,
    machine,
    site_of,
)
from tests.unit.edge.figure_rows import DAY_ONLY, HOUR_S, full_shift, measure, one


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """One body machine by day, which is the line's exit too."""
    return Desk(tmp_path, site_of(line_of(machine("body"), shifts=DAY_ONLY)))


def test_hours_are_those_on_the_wall(tmp_path: Path) -> None:
    """Where clocks go back, 02:00 to 03:00 comes twice, and each is a row of its own."""
    site = site_of(
        line_of(machine("body"), shifts=(Shift("long", "00:00", "12:00"),)), zone="Europe/Berlin"
    )
    start = parse("2026-10-25T00:00:00+02:00")
    desk = Desk(tmp_path, site, start + DAY_NS)
    for quarter in range(start, start + 6 * HOUR_NS, HOUR_NS // 4):
        desk.rows(element(site, "body", quarter, quarter + HOUR_NS // 4, gq=1))

    rows = by(desk.engine.kpis("mask", start, start + 5 * HOUR_NS, "hour")["rows"], machine="body")

    assert [row["from"][11:] for row in rows] == [
        "00:00:00+02:00",
        "01:00:00+02:00",
        "02:00:00+02:00",
        "02:00:00+01:00",
        "03:00:00+01:00",
    ]
    assert [row["elements"]["GQ"] for row in rows] == [4] * 5


def test_hours_of_a_zone_between_the_hours(tmp_path: Path) -> None:
    """Nepal lies at +05:45: its hours begin at a quarter past in UTC, unseen ones too."""
    site = site_of(
        line_of(machine("body"), shifts=(Shift("day", "08:00", "12:00"),)), zone="Asia/Kathmandu"
    )
    start = parse("2026-03-02T08:00:00+05:45")
    desk = Desk(tmp_path, site, start + DAY_NS)

    rows = by(desk.engine.kpis("mask", start, start + 4 * HOUR_NS, "hour")["rows"], machine="body")

    assert [row["from"][11:16] for row in rows] == ["08:00", "09:00", "10:00", "11:00"]
    assert [row["elements"]["U"] for row in rows] == [HOUR_S] * 4


def test_a_night_belongs_to_the_day_it_began(tmp_path: Path) -> None:
    """By day, what was made at three in the morning is yesterday's."""
    desk = Desk(tmp_path, now=at("12:00", 1))
    desk.rows(*hourly(desk.site, "body", at("20:00"), at("08:00", 1), gq=10))
    desk.rows(*hourly(desk.site, "body", at("08:00", 1), at("12:00", 1), gq=1))

    rows = by(desk.engine.kpis("mask", at("08:00"), at("12:00", 1), "day")["rows"], machine="body")

    assert [(row["production_day"], row["elements"]["GQ"]) for row in rows] == [
        ("2026-03-02", 120),
        ("2026-03-03", 4),
    ]
    assert [row["shift"] for row in rows] == [None, None]


def test_shifts_come_in_their_order(tmp_path: Path) -> None:
    """By begin, whatever numbers the table gave to their names; the line first, then machines."""
    desk = Desk(
        tmp_path, site_of(line_of(machine("zinc", exit=False), machine("body"))), at("08:00", 1)
    )
    desk.rows(*hourly(desk.site, "body", at("20:00"), at("08:00", 1), gq=10))
    desk.rows(*hourly(desk.site, "body", at("08:00"), at("20:00"), gq=10))

    rows = desk.engine.kpis("mask", at("08:00"), at("08:00", 1), "shift")["rows"]

    assert [(row["machine"], row["shift"]) for row in rows] == [
        (name, shift) for name in (None, "zinc", "body") for shift in ("day", "night")
    ]


def test_by_machine_there_are_machines_only(desk: Desk) -> None:
    """The line has no row there, and every other dimension was summed over."""
    desk.rows(*full_shift(desk), *full_shift(desk, None))

    (row,) = desk.engine.kpis("mask", at("08:00"), at("20:00"), "machine")["rows"]

    assert [row[key] for key in ("machine", "product", "shift", "production_day")] == [
        "body",
        None,
        None,
        None,
    ]


def test_by_product_each_has_its_cycle(desk: Desk) -> None:
    """OEE of each product by its own cycle; unseen time belongs to none."""
    cycles = {"A": (Dated(1.0, None),), "B": (Dated(2.0, None),)}
    desk.restart(site_of(line_of(machine("body", ideal_cycle_s=cycles), shifts=DAY_ONLY)))
    desk.rows(*hourly(desk.site, "body", at("08:00"), at("10:00"), gq=900))
    desk.rows(*hourly(desk.site, "body", at("10:00"), at("12:00"), gq=900, product="B"))

    rows = by(desk.engine.kpis("mask", at("08:00"), at("13:00"), "product")["rows"], machine="body")

    assert {row["product"]: row["measures"]["oee"]["value"] for row in rows} == {
        "A": 0.25,
        "B": 0.5,
    }
    whole = one(desk, "body", to_ns=at("12:00"))
    assert whole["measures"]["oee"]["value"] == pytest.approx((1800 + 3600) / (4 * HOUR_S))
    assert whole["product"] is None


def test_output_outside_planned_time_is_shown_and_divides_nothing(desk: Desk) -> None:
    """Pieces in the break are counted; the break's own hour has no figure of time."""
    desk.rows(*hourly(desk.site, "body", at("08:00"), at("20:00"), gq=100))

    rows = by(desk.engine.kpis("mask", at("08:00"), at("20:00"), "hour")["rows"], machine="body")

    assert rows[4]["elements"]["GQ"] == 100
    assert rows[4]["elements"]["PBT"] == 0
    assert measure(rows[4], "oee") == (None, None, None, None)
    assert one(desk, "body")["elements"]["GQ"] == 1200


def test_what_is_asked_for_must_be_there(desk: Desk) -> None:
    """Unknown lines and groupings are refused with what there is."""
    with pytest.raises(NotFound, match="there is no line 'mask-9'; there are mask"):
        desk.engine.kpis("mask-9", 0, 1, "day")
    with pytest.raises(
        Refused,
        match="by is 'week'; write one of shift, day, hour, product, order, machine, reason",
    ):
        desk.engine.kpis("mask", 0, 1, "week")
    assert desk.engine.kpis("mask", at("10:00"), at("09:00"), "day")["rows"] == []
    assert desk.engine.kpis("mask", at("21:00", 3), at("22:00", 3), "day")["rows"] == []


def loose(t0: str, t1: str, amount: float | None, low: float, high: float) -> Unplaced:
    """Pieces of the body that no bucket may claim."""
    return Unplaced("body", "gq", at(t0), at(t1), at(t1) - 1, amount, low, high)


def test_loose_pieces_belong_to_who_holds_them_whole(desk: Desk) -> None:
    """The shift holds the interval: amount and bounds. Hours only touch it: its high.

    Of an hour that it touches for half of it half the count is not known, and so no value is told.
    """
    desk.rows(*full_shift(desk))
    desk.loose(loose("09:30", "10:30", 50, 50, 70))

    shift = one(desk, "body")
    hours = by(desk.engine.kpis("mask", at("08:00"), at("20:00"), "hour")["rows"], machine="body")

    assert shift["elements"]["GQ"] == 9_950
    assert measure(shift, "throughput_per_hour")[:3] == (
        pytest.approx(9_950 / 11),
        pytest.approx(9_950 / 11),
        pytest.approx(9_970 / 11),
    )
    assert measure(shift, "oee")[0] == pytest.approx(9_950 / (11 * HOUR_S))
    assert [row["elements"]["GQ"] for row in hours[1:3]] == [900, 900]
    assert [measure(row, "throughput_per_hour") for row in hours[1:4]] == [
        (None, 900, 970, 0.5),
        (None, 900, 970, 0.5),
        (900, 900, 900, 1),
    ]
    assert [measure(row, "availability")[3] for row in hours[1:4]] == [1, 1, 1]
    assert measure(shift, "throughput_per_hour")[3] == 1


def test_time_that_loose_pieces_leave_uncounted_counts_once(desk: Desk) -> None:
    """Three counters of one machine were silent from 09:00, 09:15 and 09:30 to 10:12 or 10:30."""
    desk.rows(*full_shift(desk))
    ends = (("09:15", "10:30"), ("09:30", "10:12"), ("09:00", "10:12"))
    named = zip(("gq", "pq", "sq"), ends, strict=True)
    desk.loose(*(loose(*end, 50, 50, 70)._replace(quantity=name) for name, end in named))

    hours = by(desk.engine.kpis("mask", at("08:00"), at("20:00"), "hour")["rows"], machine="body")

    coverage = [measure(row, "throughput_per_hour")[3] for row in hours[:4]]
    assert coverage == [1, 0, 0.5, 1]


def test_loose_pieces_of_unknown_number_add_bounds_alone(desk: Desk) -> None:
    """The value stays, low and high say how wrong it can be; other machines do not hear of it."""
    desk.rows(*full_shift(desk), *full_shift(desk, None))
    desk.loose(loose("09:30", "10:30", None, 20, 70))

    assert measure(one(desk, "body"), "throughput_per_hour")[:3] == (
        900,
        pytest.approx(9_920 / 11),
        pytest.approx(9_970 / 11),
    )
    assert measure(one(desk, None), "throughput_per_hour")[:3] == (900, 900, 900)


def test_loose_pieces_between_two_products_are_held_by_neither(desk: Desk) -> None:
    """A product that ran before and after does not hold what lies in between."""
    desk.restart(
        site_of(
            line_of(
                machine("body", ideal_cycle_s={"A": (Dated(1.0, None),), "B": (Dated(2.0, None),)}),
                shifts=DAY_ONLY,
            )
        )
    )
    for hour, product in ((8, "A"), (9, "B"), (10, "A")):
        desk.rows(
            element(
                desk.site,
                "body",
                at(f"{hour:02}:00"),
                at(f"{hour + 1:02}:00"),
                gq=900,
                product=product,
            )
        )
    desk.loose(loose("08:30", "10:30", 50, 50, 50))

    rows = by(desk.engine.kpis("mask", at("08:00"), at("11:00"), "product")["rows"], machine="body")
    whole = one(desk, "body", to_ns=at("11:00"))

    assert {row["product"]: row["elements"]["GQ"] for row in rows} == {"A": 1800, "B": 900}
    assert whole["elements"]["GQ"] == 2750
    assert measure(whole, "oee")[0] is None  # whose cycle the fifty had nobody knows
    assert measure(whole, "oee")[1:3] == (
        pytest.approx((3600 + 50) / (3 * HOUR_S)),
        pytest.approx((3600 + 100) / (3 * HOUR_S)),
    )
