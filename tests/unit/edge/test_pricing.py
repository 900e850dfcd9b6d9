"""What a kilowatt hour costs and when: Korea's bands by hour and day, every price from paper."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.engine.explaining.explaining import Question
from edge.engine.figures.pricing import priced, rates_of
from edge.engine.views import Views
from edge.moment import parse
from edge.records.loosened import Unplaced
from edge.site import Price, Rate, Tariff
from tests.unit.edge.figure_desk import Desk, at, hourly, line_of, machine, site_of
from tests.unit.edge.figure_rows import DAY_ONLY, measure, one

SUMMER, SPRING, WINTER = (110.0, 160.0, 240.0), (100.0, 140.0, 200.0), (105.0, 150.0, 210.0)
RATES = SUMMER, SPRING, WINTER  # off-peak, mid, peak
CHILDREN = date(2026, 5, 5)  # a Tuesday
EUL = Tariff("electricity", "industrial-eul", RATES, "KRW/kW.h", date(2026, 1, 1))
APRIL_15, APRIL_16 = 44, 45  # days after the test's


def desk_of(folder: Path, *rates: Rate) -> Desk:
    """A line of one metered body by day, and what electricity costs there."""
    site = site_of(line_of(machine("body", "state", "good", "scrap", "energy"), shifts=DAY_ONLY))
    prices = tuple(rate for rate in rates if isinstance(rate, Price))
    tariffs = tuple(rate for rate in rates if isinstance(rate, Tariff))
    return Desk(folder, replace(site, prices=prices, tariffs=tariffs), at("08:00", 60))


def won(folder: Path, wall: str, *rates: Rate) -> float:
    """The price at an instant in Seoul."""
    desk = desk_of(folder, *rates)
    view = Views(desk.site, desk.memory, desk.records, desk.clock).now()
    at_ns = np.array([parse(f"{wall}:00+09:00")], np.int64)
    return float(priced(view, rates_of(view.site), "electricity", at_ns)[0])


@pytest.mark.parametrize(
    ("wall", "price"),
    [
        ("2026-04-15T07:59", 100),  # a Wednesday by the old hours
        ("2026-04-15T08:00", 140),
        ("2026-04-15T11:30", 200),
        ("2026-04-15T12:30", 140),
        ("2026-04-15T19:30", 140),
        ("2026-04-15T22:00", 100),
        ("2026-04-16T07:59", 100),  # a Thursday by the new ones
        ("2026-04-16T11:30", 140),
        ("2026-04-16T12:30", 140),
        ("2026-04-16T15:00", 200),
        ("2026-04-16T19:30", 200),
        ("2026-04-16T21:00", 140),
        ("2026-04-18T19:30", 140),  # a Saturday: the peak is billed as mid
        ("2026-04-18T12:30", 70),  # and three hours at noon cost half
        ("2026-04-11T12:30", 140),  # but not before the reform
        ("2026-04-19T19:30", 100),  # a Sunday
        ("2026-04-19T13:59", 50),
        ("2026-05-05T19:30", 100),  # a holiday of the tariff
        ("2026-05-05T11:00", 50),
        ("2026-05-06T19:30", 200),  # and the day after it
        ("2026-07-01T19:30", 240),  # summer; the clock is never changed in Korea
        ("2026-07-05T12:30", 110),  # a Sunday in summer has no discount
        ("2026-12-01T10:30", 210),  # winter kept its hours
        ("2026-12-01T19:30", 150),
    ],
)
def test_an_hour_costs_what_its_band_says(tmp_path: Path, wall: str, price: float) -> None:
    """The bands of industrial 을 before and after 16 April 2026, with one tariff for the year."""
    assert won(tmp_path, wall, EUL._replace(holidays=(CHILDREN,))) == price


@pytest.mark.parametrize(
    ("wall", "price"),
    [("2026-04-19T12:30", 100), ("2026-05-31T11:30", 100), ("2026-05-29T11:30", 200)],
)
def test_a_site_that_defers_keeps_the_old_hours(tmp_path: Path, wall: str, price: float) -> None:
    """Through its last day, and without the discount; the day after it the new ones hold."""
    deferring = EUL._replace(deferred_until=date(2026, 5, 31))
    assert won(tmp_path, wall, deferring) == price
    assert won(tmp_path, "2026-06-01T11:30", deferring) == 160


@pytest.mark.parametrize(("day", "price"), [("2026-04-16", 200), ("2026-06-01", 160)])
def test_the_other_contract_changes_in_june(tmp_path: Path, day: str, price: float) -> None:
    """갑Ⅱ: half past eleven is peak through May, and mid from June on."""
    assert won(tmp_path, f"{day}T11:30", EUL._replace(contract="industrial-gap2")) == price


def test_a_price_that_ends_gives_way_to_the_one_it_covered(tmp_path: Path) -> None:
    """A tariff without an end, and for one week a flat price: the one that began last holds."""
    flat = Price("electricity", 99.0, "KRW/kW.h", date(2026, 4, 6), date(2026, 4, 13))
    found = [won(tmp_path, f"2026-04-{day}T11:30", EUL, flat) for day in ("03", "06", "10", "13")]
    assert found == [200, 99, 99, 200]


@pytest.mark.parametrize(("day", "evening"), [(APRIL_15, 140), (APRIL_16, 200)])
def test_a_piece_costs_the_bands_of_its_hours(tmp_path: Path, day: int, evening: int) -> None:
    """3 kWh from eight at 140 and 5 from seven in the evening, over 4 good pieces."""
    desk = desk_of(tmp_path, EUL)
    kwh, span = {at("08:00", day): 3.0, at("19:00", day): 5.0}, (at("08:00", day), at("20:00", day))
    each: dict[str, Any] = {
        "gq": lambda t: 2 * (t in kwh),
        "energy_kwh": lambda t: kwh.get(t, 0.0),
    }
    desk.rows(*hourly(desk.site, "body", *span, **each))

    row = one(desk, "body", from_ns=span[0], to_ns=span[1])

    assert measure(row, "unit_cost")[0] == (3 * 140 + 5 * evening) / 4


def test_energy_that_came_over_several_bands_is_priced_by_length(tmp_path: Path) -> None:
    """8 kWh from seven to nine were counted when the meter was read again: half off-peak, half mid.

    Over noon of the sixteenth it is 11 to 13 o'clock, mid all through; and a price unknown in one
    part leaves the cost unknown.
    """
    desk = desk_of(tmp_path, EUL)
    for wall in ("07:00", "08:00"):
        desk.rows(*hourly(desk.site, "body", at(wall, 45), at(wall, 45) + 3600 * 10**9, gq=2))
    t0_ns, t1_ns = at("07:00", 45), at("09:00", 45)
    desk.loose(Unplaced("body", "energy_kwh", t0_ns, t1_ns, t0_ns, 8.0, 8.0, 8.0))

    row = one(desk, "body", "machine", from_ns=t0_ns, to_ns=t1_ns)

    assert measure(row, "unit_cost")[0] == (4 * 100 + 4 * 140) / 4
    desk.restart(replace(desk.site, tariffs=(EUL._replace(valid_from=date(2026, 4, 17)),)))
    row = one(desk, "body", "machine", from_ns=t0_ns, to_ns=t1_ns)
    assert measure(row, "unit_cost")[0] is None


def test_the_explanation_of_a_cost_names_band_and_price(tmp_path: Path) -> None:
    """Sunday 19 April: 4 kWh from one o'clock at half the off-peak rate, and 6 in the evening.

    The rows add up to the cost that the figure divides.
    """
    desk = desk_of(tmp_path, EUL)
    kwh, span = {at("13:00", 48): 4.0, at("19:00", 48): 6.0}, (at("08:00", 48), at("20:00", 48))
    each: dict[str, Any] = {"gq": 1, "energy_kwh": lambda t: kwh.get(t, 0.0)}
    desk.rows(*hourly(desk.site, "body", *span, **each))

    found = desk.engine.explain(Question("mask", *span, "body", "unit_cost"))

    known = {"item": "electricity", "contract": "industrial-eul", "season": "spring_autumn"}
    more = {"unit": "KRW/kW.h", "valid_from": "2026-01-01", "band": "off_peak"}
    row: dict[str, Any] = {**known, **more, "buckets": 1}
    assert found["charges"] == [
        {**row, "factor": 0.5, "price_krw": 50.0, "quantity": 4.0, "cost_krw": 200.0},
        {**row, "factor": 1.0, "price_krw": 100.0, "quantity": 6.0, "cost_krw": 600.0},
    ]
    assert found["elements"]["cost_krw"] == 800
    (tariff,) = found["tables"]["tariffs"]
    assert (tariff["contract"], tariff["rates"]["summer"]["peak"]) == ("industrial-eul", 240)


def test_use_without_a_price_is_told_without_a_cost(tmp_path: Path) -> None:
    """The tariff begins on the next day: what it cost is not known, and that is what is said."""
    desk = desk_of(tmp_path, EUL._replace(valid_from=date(2026, 4, 17)))
    span = at("08:00", APRIL_16), at("20:00", APRIL_16)
    desk.rows(*hourly(desk.site, "body", *span, gq=1, energy_kwh=1.0))

    found = desk.engine.explain(Question("mask", *span, "body", "unit_cost"))

    (row,) = found["charges"]
    told = ("quantity", "price_krw", "cost_krw", "contract", "valid_from")
    assert [row[name] for name in told] == [12.0, None, None, None, None]
    assert found["figures"]["unit_cost"]["value"] is None


def test_what_came_over_a_gap_is_told_at_its_mean_price(tmp_path: Path) -> None:
    """8 kWh from seven to nine, of which one hour is off-peak and one mid."""
    desk = desk_of(tmp_path, EUL)
    t0_ns, t1_ns = at("07:00", APRIL_16), at("09:00", APRIL_16)
    desk.rows(*hourly(desk.site, "body", t0_ns, t1_ns, gq=2))
    desk.loose(Unplaced("body", "energy_kwh", t0_ns, t1_ns, t0_ns, 8.0, 8.0, 8.0))

    found = desk.engine.explain(Question("mask", t0_ns, t1_ns, "body"))

    (row,) = found["charges"]
    assert (row["price_krw"], row["quantity"], row["cost_krw"]) == (120, 8, 960)
    assert (row["contract"], row["band"], row["buckets"]) == (None, None, 0)
    assert found["elements"]["cost_krw"] == 960
