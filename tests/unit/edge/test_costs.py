"""What a piece costs: prices of their day, and no price is no cost."""

from dataclasses import replace
from datetime import date
from itertools import pairwise, permutations
from pathlib import Path

import pytest

from edge.records.loosened import Unplaced
from edge.site import Price, Site
from tests.unit.edge.figure_desk import (
    DAY,
    NIGHT,
    Desk,
    at,
    hourly,
    line_of,
    machine,
    signal,
    site_of,
)
from tests.unit.edge.figure_rows import DAY_ONLY, measure, one


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """One body machine by day, which is the line's exit too."""
    return Desk(tmp_path, site_of(line_of(machine("body"), shifts=DAY_ONLY)))


ELECTRICITY = Price("electricity", 100.0, "KRW/kW.h", date(2026, 1, 1), date(2026, 3, 3))
DEARER = Price("electricity", 150.0, "KRW/kW.h", date(2026, 3, 3))
ENDED = Price("electricity", 100.0, "KRW/kW.h", date(2026, 1, 1), date(2026, 3, 2))
FILM = Price("film", 10.0, "KRW/m", date(2026, 1, 1))


def metered(*prices: Price) -> Site:
    """A site whose body meters energy and film."""
    body = machine("body", "state", "good", "scrap", "energy", "film")
    film = signal("body", "film", material="film", unit="m")
    own = replace(body, signals={**body.signals, "film": film}, exit=False)
    return site_of(line_of(own, machine("pack"), shifts=(DAY, NIGHT)), prices=prices)


def test_what_a_piece_costs_follows_the_prices_of_its_day(desk: Desk) -> None:
    """Two hours at 100, two after midnight at 150 won, film at 10 won a metre."""
    desk.restart(metered(ELECTRICITY, DEARER, FILM))
    desk.clock.now_ns = at("08:00", 1)
    desk.rows(*hourly(desk.site, "body", at("22:00"), at("02:00", 1), gq=100, energy_kwh=8.0))
    keys = ("machine", "t0_ns", "t1_ns", "product", "shift_id", "production_day", "planned")
    desk.rows(*hourly(desk.site, "pack", at("22:00"), at("02:00", 1), gq=100))
    for row in hourly(desk.site, "body", at("22:00"), at("02:00", 1)):
        where = {key: row[key] for key in keys}
        desk.usage({**where, "material": "film", "quantity": 20.0})
        desk.usage({**where, "material": "glue", "quantity": 0.0, "quantity_high": 1.0})

    row = one(desk, "body", from_ns=at("22:00"), to_ns=at("02:00", 1))

    assert measure(row, "unit_cost")[0] == pytest.approx(
        (2 * 8 * 100 + 2 * 8 * 150 + 4 * 20 * 10) / 400
    )
    assert measure(row, "energy_per_good_piece")[0] == pytest.approx(0.08)
    pack = one(desk, "pack", from_ns=at("22:00"), to_ns=at("02:00", 1))
    assert measure(pack, "throughput_per_hour")[0] == 100
    assert measure(pack, "unit_cost")[0] is None  # it meters nothing


def test_energy_that_a_meter_may_have_missed_may_have_cost(desk: Desk) -> None:
    """From 8 to 12 kWh in each of two hours, 100 won each: the bounds of the cost, and no value."""
    desk.restart(metered(ELECTRICITY, FILM))
    desk.clock.now_ns = at("00:00", 1)
    missed = {"energy_kwh": 8.0, "energy_kwh_low": 8.0, "energy_kwh_high": 12.0}
    desk.rows(*hourly(desk.site, "body", at("22:00"), at("00:00", 1), gq=100, **missed))
    desk.rows(*hourly(desk.site, "pack", at("22:00"), at("00:00", 1), gq=100))

    row = one(desk, "body", from_ns=at("22:00"), to_ns=at("00:00", 1))

    assert measure(row, "unit_cost") == (None, 8.0, 12.0, 0.0)
    assert measure(row, "energy_per_good_piece") == (None, 0.08, 0.12, 0.0)
    assert measure(row, "throughput_per_hour")[0] == 100


def test_energy_that_came_in_an_unknown_amount_leaves_its_time_unmetered(desk: Desk) -> None:
    """The meter was changed over an hour that no row may claim: an eighth of planned time."""
    desk.restart(metered(ELECTRICITY, FILM))
    desk.clock.now_ns = at("06:00", 1)
    known = dict.fromkeys(("energy_kwh", "energy_kwh_low", "energy_kwh_high"), 8.0)
    desk.rows(*hourly(desk.site, "body", at("22:00"), at("06:00", 1), gq=100, **known))
    desk.rows(*hourly(desk.site, "pack", at("22:00"), at("06:00", 1), gq=100))
    desk.loose(
        Unplaced("body", "energy_kwh", at("23:00"), at("00:00", 1), at("23:00"), None, 0.0, 80.0)
    )

    row = one(desk, "body", from_ns=at("22:00"), to_ns=at("06:00", 1))

    assert measure(row, "energy_per_good_piece") == pytest.approx((0.08, 0.08, 0.18, 7 / 8))


@pytest.mark.parametrize(
    "came", list(permutations((("energy_kwh", 0.3), ("film", 0.1), ("glue", 0.2))))
)
def test_a_cost_does_not_depend_on_what_came_first(
    desk: Desk, came: tuple[tuple[str, float], ...]
) -> None:
    """To the last bit: 0.3, 0.1 and 0.2 won are 0.6 or 0.6000000000000001, but always the same.

    Once as increments that no row may claim, each of which was known before the next one came, and
    once as what one row used of materials whose names came up in that order.
    """
    glue, film = FILM._replace(item="glue", value=1.0), FILM._replace(value=1.0)
    desk.restart(metered(ELECTRICITY._replace(value=1.0), film, glue))
    hours = at("09:00"), at("10:00"), at("11:00")
    lacks = hourly(desk.site, "body", *hours[:2], gq=1, energy_kwh=0.0)
    meters = hourly(desk.site, "body", *hours[1:], gq=1, energy_kwh=dict(came)["energy_kwh"])
    desk.rows(*lacks, *meters)
    keys = ("machine", "t0_ns", "t1_ns", "product", "shift_id", "production_day", "planned")
    for n, (item, amount) in enumerate(came):
        known = [Unplaced("body", name, *hours[:2], hours[0], *[many] * 3) for name, many in came]
        desk.loose(*known[: n + 1])
        if item != "energy_kwh":
            where = {key: meters[0][key] for key in keys}
            desk.usage({**where, "material": item, "quantity": amount})

    found = [
        measure(one(desk, "body", from_ns=from_ns, to_ns=to_ns), "unit_cost")[0]
        for from_ns, to_ns in pairwise(hours)
    ]

    assert found == [(0.3 + 0.1) + 0.2] * 2


@pytest.mark.parametrize(
    ("prices", "known"),
    [((ELECTRICITY,), True), ((ELECTRICITY, FILM), True), ((FILM,), False), ((ENDED,), False)],
)
def test_a_used_item_without_a_price_makes_the_cost_unknown(
    desk: Desk, prices: tuple[Price, ...], *, known: bool
) -> None:
    """Nothing is cheaper for lack of a price; an item that was not used needs none."""
    desk.restart(metered(*prices))
    desk.rows(*hourly(desk.site, "body", at("08:00"), at("12:00"), gq=100, energy_kwh=8.0))

    found = measure(one(desk, "body", to_ns=at("12:00")), "unit_cost")[0]

    assert found == (pytest.approx(8.0) if known else None)
