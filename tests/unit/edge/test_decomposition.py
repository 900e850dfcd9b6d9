"""What a change is made of: each part against a sum on paper, and all against the change."""

from dataclasses import replace
from datetime import date
from math import fsum, log
from pathlib import Path
from typing import Any

import pytest

from edge.engine.verdicts import baselines
from edge.model import SECOND_NS
from edge.records.loosened import Unplaced
from edge.site import Price, Tariff
from tests.unit.edge.figure_desk import (
    DAY,
    DAY_NS,
    Desk,
    at,
    element,
    line_of,
    machine,
    site_of,
)
from tests.unit.edge.target_desk import (
    AFTER,
    BEFORE,
    BLACKOUT,
    agreed,
    days_of,
    desk_of,
    hour_of,
    line,
)

HOURS = [hour for hour in range(8, 20) if hour != 12]
LAST = BEFORE + BLACKOUT + AFTER
Document = dict[str, Any]


def amounts(of: Document) -> dict[str, Any]:
    """The parts by code, after a look at whether they add up to the change, but for noise."""
    known = [part["amount"] for part in of["parts"] if part["amount"] is not None]
    assert fsum(known) == pytest.approx(of["change"], abs=1e-11 * max(of["before"], of["after"]))
    return {part["code"]: part["amount"] for part in of["parts"]}


def log_mean(a: float, b: float) -> float:
    """(a - b) / ln(a / b)."""
    return (a - b) / log(a / b)


def hours_of(desk: Desk, days: range, **each: list[tuple[int, float]]) -> None:
    """Rows of whole hours: of each product how many hours a day, and its good pieces in one."""
    rows = []
    for day in days:
        hours = iter(HOURS)
        for product, stretches in each.items():
            for count, good in stretches:
                starts = [at(f"{next(hours):02}:00", day) for _ in range(count)]
                rows += [hour_of(desk.site, t, product=product, gq=good) for t in starts]
    desk.rows(*rows)
    desk.lived(at("00:00"), at("00:00", 90))


def test_more_pieces_an_hour_are_availability_speed_and_quality(tmp_path: Path) -> None:
    """0.8 · 1,250 · 0.95 became 0.9 · 1,300 · 0.98: each its own logarithm of the whole."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, BEFORE, apt_s=2880.0, gq=950, sq=50)
    days_of(desk, BEFORE, 60, apt_s=3240.0, gq=1146.6, sq=23.4)

    figure, output = agreed(desk, "throughput_per_hour")["decomposition"]

    weight = log_mean(1146.6, 950)
    found = amounts(figure)
    assert (figure["of"], figure["unit"], figure["method"]) == ("figure", "{piece}/h", "lmdi")
    assert (figure["before"], figure["after"]) == (pytest.approx(950), pytest.approx(1146.6))
    assert found == {
        "mix": 0,
        "availability": pytest.approx(weight * log(0.9 / 0.8)),
        "speed": pytest.approx(weight * log(1300 / 1250)),
        "quality": pytest.approx(weight * log(0.98 / 0.95)),
        "rest": 0,
    }
    assert amounts(output) == pytest.approx(
        {"hours": 0, "machines": 0, **{code: 11 * value for code, value in found.items()}}
    )
    credited = {part["code"] for part in output["parts"] if part["credited"]}
    assert credited == {"availability", "speed", "quality"}


def test_time_that_nobody_saw_went_like_the_rest(tmp_path: Path) -> None:
    """3 % of each hour is unknown: availability is of the known time, and nothing is left over."""
    desk = desk_of(tmp_path)
    unseen_ns = 108 * SECOND_NS
    days_of(desk, 0, BEFORE, apt_s=2880.0, unknown_ns=unseen_ns, gq=950)
    days_of(desk, BEFORE, 60, apt_s=3240.0, unknown_ns=unseen_ns, gq=1100)

    figure, _ = agreed(desk, "throughput_per_hour")["decomposition"]

    weight, found = log_mean(1100, 950), amounts(figure)
    assert found["availability"] == pytest.approx(weight * log(3240 / 2880))
    assert found["speed"] == pytest.approx(weight * log((1100 / 3240) / (950 / 2880)))
    assert found["rest"] == 0


def test_longer_days_are_hours_and_nothing_else(tmp_path: Path) -> None:
    """Half of each hour planned, then all of it: the output doubles, the figure stays."""
    desk = desk_of(tmp_path)
    half_ns = 1800 * SECOND_NS
    days_of(desk, 0, BEFORE, gq=500, pbt_ns=half_ns, adet_ns=0, apt_s=1800.0)
    days_of(desk, BEFORE, 60, gq=1000)

    figure, output = agreed(desk, "throughput_per_hour")["decomposition"]

    assert amounts(figure) == pytest.approx(dict.fromkeys(amounts(figure), 0))
    found = amounts(output)
    assert found["hours"] == pytest.approx(5500)
    assert found == pytest.approx({**dict.fromkeys(found, 0), "hours": 5500})


def test_more_of_the_faster_product_is_mix(tmp_path: Path) -> None:
    """Six hours of A at 1,200 and five of B at 600 became nine and two: nobody got better."""
    desk = desk_of(tmp_path)
    hours_of(desk, range(BEFORE), A=[(6, 1200)], B=[(5, 600)])
    hours_of(desk, range(BEFORE, 60), A=[(9, 1200)], B=[(2, 600)])

    figure, _ = agreed(desk, "throughput_per_hour")["decomposition"]

    found = amounts(figure)
    assert found["mix"] == pytest.approx((9 * 1200 + 2 * 600 - 6 * 1200 - 5 * 600) / 11)
    assert found == pytest.approx({**dict.fromkeys(found, 0), "mix": found["mix"]})


def test_a_product_that_is_new_is_mix(tmp_path: Path) -> None:
    """B was never made before: what it adds is no gain in speed."""
    desk = desk_of(tmp_path)
    hours_of(desk, range(BEFORE), A=[(11, 1000)])
    hours_of(desk, range(BEFORE, 60), A=[(8, 1000)], B=[(3, 400)])

    figure, _ = agreed(desk, "throughput_per_hour")["decomposition"]

    found = amounts(figure)
    assert found == pytest.approx({**dict.fromkeys(found, 0), "mix": -3 * 600 / 11})


def test_a_second_machine_is_a_machine(tmp_path: Path) -> None:
    """Two parallel machines at the exit, of which one made nothing before."""
    pair = [machine(name, station="pack") for name in ("one", "two")]
    desk = Desk(
        tmp_path, site_of(line_of(*pair, shifts=(DAY,), maturity_days=0)), at("12:00", LAST)
    )
    rows = []
    for day in range(60):
        names = ("one",) if day < BEFORE else ("one", "two")
        for t0_ns in (at(f"{hour:02}:00", day) for hour in HOURS):
            ends = t0_ns, t0_ns + 3600 * SECOND_NS
            rows += [element(desk.site, name, *ends, gq=500) for name in names]
            rows.append(hour_of(desk.site, t0_ns, gq=500.0 * len(names)))
    desk.rows(*rows)
    desk.lived(at("00:00"), at("00:00", 90))

    figure, output = agreed(desk, "throughput_per_hour")["decomposition"]

    assert amounts(figure)["speed"] == pytest.approx(500)
    found = amounts(output)
    assert found == pytest.approx({**dict.fromkeys(found, 0), "machines": 5500})


def test_ideal_time_is_taken_apart_like_pieces(tmp_path: Path) -> None:
    """OEE 0.25 became 0.3, all of it speed; without an ideal cycle it is not taken apart."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, BEFORE, gq=900)
    days_of(desk, BEFORE, 60, gq=1080)
    figure, _ = agreed(desk, "oee")["decomposition"]
    found = amounts(figure)
    assert found == pytest.approx({**dict.fromkeys(found, 0), "speed": 0.05})


def test_rejects_that_nobody_counts_leave_quality_unknown(tmp_path: Path) -> None:
    """All that is told is good: the part is a dash with its reason, never a zero."""
    body = machine("body", "state", "good")
    desk = desk_of(tmp_path, line_of(body, shifts=(DAY,), maturity_days=0))
    for first, last, gq in ((0, BEFORE, 900), (BEFORE, 60, 1080)):
        days_of(desk, first, last, gq=gq, pq=gq, sq=float("nan"), rq=float("nan"))
    figure, _ = agreed(desk, "throughput_per_hour")["decomposition"]
    found = amounts(figure)
    assert found["quality"] is None
    assert found["speed"] == pytest.approx(180)
    (quality,) = [part for part in figure["parts"] if part["code"] == "quality"]
    assert quality["reason"] == "rejects_uncounted"


def test_a_defect_rate_is_rates_and_mix(tmp_path: Path) -> None:
    """A 2 % to 1 %, B stays at 6 %, and more of B is made: by hand, product for product."""
    desk = desk_of(tmp_path)
    rows = []
    for day in range(60):
        late = day >= BEFORE
        for hour in HOURS:
            is_b = hour >= (16 if late else 18)
            bad = 60 if is_b else 10 if late else 20
            said: Document = {"product": "B" if is_b else "A", "gq": 1000 - bad, "sq": bad}
            rows.append(hour_of(desk.site, at(f"{hour:02}:00", day), **said))
    desk.rows(*rows)
    desk.lived(at("00:00"), at("00:00", 90))

    figure, output = agreed(desk, "defect_rate")["decomposition"]

    shares = {"A": (9 / 11, 7 / 11), "B": (2 / 11, 4 / 11)}
    rates = {"A": (0.02, 0.01), "B": (0.06, 0.06)}
    rate, mix = 0.0, 0.0
    for product, (w0, w1) in shares.items():
        r0, r1 = rates[product]
        weight = log_mean(w1 * r1, w0 * r0)
        rate, mix = rate + weight * log(r1 / r0), mix + weight * log(w1 / w0)
    assert amounts(figure) == {
        "mix": pytest.approx(mix),
        "rate": pytest.approx(rate),
        "rest": 0,
    }
    assert amounts(output)["quality"] > 0, "volume stands beside every rate"


def test_energy_while_nothing_is_made_is_a_part_of_its_own(tmp_path: Path) -> None:
    """11 hours of 5 kWh and an hour of 4 without a piece, which is switched off now."""
    body = machine("body", "state", "good", "scrap", "energy")
    desk = desk_of(tmp_path, line_of(body, shifts=(DAY,), maturity_days=0))
    rows = []
    for day in range(60):
        idle: Document = {"product": "", "gq": 0.0, "energy_kwh": 0.0 if day >= BEFORE else 4.0}
        busy: Document = {"gq": 100.0, "energy_kwh": 5.0}
        told = [(12, idle), *((hour, busy) for hour in HOURS)]
        rows += [hour_of(desk.site, at(f"{hour:02}:00", day), **said) for hour, said in told]
    desk.rows(*rows)
    desk.lived(at("00:00"), at("00:00", 90))

    figure, _ = agreed(desk, "energy_per_good_piece")["decomposition"]

    assert amounts(figure) == pytest.approx(
        {"mix": 0, "rate": 0, "without_output": -4 / 1100, "rest": 0}
    )


def test_availability_is_its_losses(tmp_path: Path) -> None:
    """0.7 became 0.85: less delay and less set-up, as shares of planned time."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, BEFORE, apt_s=2520.0, aust_ns=360 * SECOND_NS, adet_ns=720 * SECOND_NS)
    days_of(desk, BEFORE, 60, apt_s=3060.0, aust_ns=180 * SECOND_NS, adet_ns=360 * SECOND_NS)
    figure, _ = agreed(desk, "availability")["decomposition"]
    assert amounts(figure) == pytest.approx(
        {"setup": 0.05, "delay": 0.1, "waiting": 0, "no_order": 0, "rest": 0}
    )


def test_a_bill_is_usage_and_tariff(tmp_path: Path) -> None:
    """0.05 kWh a piece at 100 won became 0.04 at 150: by Bennet, at mean prices and mean usage."""
    body = machine("body", "state", "good", "scrap", "energy")
    dear = at("00:00", BEFORE) // DAY_NS
    later = date.fromordinal(date(1970, 1, 1).toordinal() + dear + 1)
    prices = (
        Price("electricity", 100.0, "KRW/kW.h", date(2026, 1, 1), later),
        Price("electricity", 150.0, "KRW/kW.h", later),
    )
    desk = desk_of(tmp_path, line_of(body, shifts=(DAY,), maturity_days=0), prices=prices)
    days_of(desk, 0, BEFORE, gq=100, energy_kwh=5.0)
    days_of(desk, BEFORE, 60, gq=100, energy_kwh=4.0)

    found = agreed(desk, "unit_cost")

    bill, output = found["decomposition"]
    assert (bill["of"], bill["before"], bill["after"]) == (
        "bill",
        pytest.approx(5),
        pytest.approx(6),
    )
    told = {(part["code"], part["item"]): part["amount"] for part in bill["parts"]}
    assert amounts(bill)["rest"] == 0
    assert told["usage", "electricity"] == pytest.approx(125 * -0.01)
    assert told["tariff", "electricity"] == pytest.approx(0.045 * 50)
    assert told["exchange", None] is told["absorption", None] is None
    assert [part["code"] for part in bill["parts"] if part["credited"]] == ["usage"]
    assert amounts(output)["speed"] == pytest.approx(0)
    rows = {row["code"]: row["improvement_rate"] for row in found["sensitivity"]["rows"]}
    assert rows["present_prices"] == pytest.approx(0.2)
    assert rows["mean_prices"] == pytest.approx(0.2)


def test_equal_usage_in_other_bands_is_all_tariff(tmp_path: Path) -> None:
    """The same kilowatt hours in the same hours, before and after the reform of 16 April 2026.

    Before: 18 weekdays of 6 hours at 200 and 5 at 100 won, 6 days at weekends at 100.
    """
    body = machine("body", "state", "good", "scrap", "energy")
    season = (100.0, 100.0, 200.0)
    rates = (season, season, season)
    tariff = Tariff("electricity", "industrial-eul", rates, "KRW/kW.h", date(2026, 1, 1))
    site = site_of(line_of(body, shifts=(DAY,), maturity_days=0))
    desk = Desk(tmp_path, replace(site, tariffs=(tariff,)), at("12:00", LAST))
    days_of(desk, 0, 60, gq=100, energy_kwh=5.0)

    bill, _ = agreed(desk, "unit_cost")["decomposition"]

    told = {(part["code"], part["item"]): part["amount"] for part in bill["parts"]}
    assert bill["before"] == pytest.approx(0.05 * (18 * 1700 + 6 * 1100) / (24 * 11))
    assert bill["change"] != 0
    assert told["usage", "electricity"] == 0
    assert told["tariff", "electricity"] == pytest.approx(bill["change"])
    assert amounts(bill)["rest"] == 0


def test_a_bill_without_a_price_is_not_taken_apart(tmp_path: Path) -> None:
    """No price now: no part of it is a number, and the reason is told."""
    body = machine("body", "state", "good", "scrap", "energy")
    ended = Price("electricity", 100.0, "KRW/kW.h", date(2026, 1, 1), date(2026, 4, 1))
    desk = desk_of(tmp_path, line_of(body, shifts=(DAY,), maturity_days=0), prices=(ended,))
    days_of(desk, 0, BEFORE, gq=100, energy_kwh=5.0)
    days_of(desk, BEFORE, 60, gq=100, energy_kwh=4.0)
    bill, _ = agreed(desk, "unit_cost")["decomposition"]
    assert (bill["reason"], bill["parts"]) == ("price_missing", [])


def test_what_no_product_can_claim_is_the_rest(tmp_path: Path) -> None:
    """Eleven pieces a day that were counted while A became B belong to the day alone."""
    desk = desk_of(tmp_path)
    hours_of(desk, range(BEFORE), A=[(6, 1000)], B=[(5, 1000)])
    hours_of(desk, range(BEFORE, 60), A=[(6, 1000)], B=[(5, 1000)])
    edges = [(at("14:30", day), at("15:30", day)) for day in range(BEFORE, 60)]
    names, counted = ("pq", "gq"), (11.0, 11.0, 11.0)
    desk.loose(*(Unplaced(None, name, *e, e[0], *counted) for e in edges for name in names))
    figure, output = agreed(desk, "throughput_per_hour")["decomposition"]
    assert amounts(figure)["rest"] == pytest.approx(1)
    assert amounts(output)["rest"] == pytest.approx(11)


def test_a_frozen_day_that_was_restated_is_the_rest(tmp_path: Path) -> None:
    """What was frozen counts; what its rows say now beyond it is told apart."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, BEFORE, gq=1000)
    days_of(desk, BEFORE, 60, gq=1200)
    found = agreed(desk, "throughput_per_hour")
    t0_ns = at("20:00", 3)
    more = {"production_day": t0_ns // DAY_NS, "planned": True}
    desk.rows({**hour_of(desk.site, t0_ns, gq=264.0), **more})
    figure = desk.engine.target(found["id"])["decomposition"][0]
    assert figure["before"] == found["decomposition"][0]["before"] == pytest.approx(1000)
    assert amounts(figure)["rest"] == pytest.approx(264 / 11 / BEFORE)


def test_nothing_is_taken_apart_without_days(tmp_path: Path) -> None:
    """Just after go-live there is no second side; the reason is told in place of parts."""
    desk = desk_of(tmp_path, line())
    days_of(desk, 0, BEFORE, gq=1000)
    desk.clock.now_ns = at("12:00", BEFORE + 2)
    (figure,) = agreed(desk, "throughput_per_hour")["decomposition"]
    assert (figure["reason"], figure["parts"], figure["change"]) == ("no_days", [], None)
    assert baselines.listed(desk.engine.view)["baselines"]
