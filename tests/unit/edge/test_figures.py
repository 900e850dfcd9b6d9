"""Rows of `kpi --json`: what they say follows on paper from the rows of the element table."""

from collections.abc import Callable
from datetime import date
from itertools import pairwise
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.engine.fold import Fold
from edge.errors import NotFound, Refused
from edge.model import SECOND_NS, Batch
from edge.moment import parse
from edge.plant import Dated, Price, Shift
from edge.records.loosened import Unplaced
from tests.unit.edge.figure_desk import (
    DAY,
    DAY_NS,
    HOUR_NS,
    Desk,
    Row,
    at,
    by,
    element,
    hourly,
    line_of,
    machine,
    signal,
    site_of,
)

DAY_ONLY = (DAY,)
HOUR_S = 3600.0


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """One body machine by day, which is the line's exit too."""
    return Desk(tmp_path, site_of(line_of(machine("body"), shifts=DAY_ONLY)))


def full_shift(desk: Desk, machine: str | None = "body") -> list[Row]:
    """Ten pieces less one scrapped in every of the eleven planned hours, at one second each."""
    return hourly(
        desk.site,
        machine,
        at("08:00"),
        at("20:00"),
        apt_s=2700,
        gq=lambda t: 900 if t != at("12:00") else 0,
        sq=lambda t: 100 if t != at("12:00") else 0,
    )


def one(desk: Desk, machine: str | None, by: str = "shift", **span: int) -> dict[str, Any]:
    """The only row of a machine."""
    rows = desk.engine.kpis(
        "mask", span.get("from_ns", at("08:00")), span.get("to_ns", at("20:00")), by
    )["rows"]
    (found,) = [row for row in rows if row["machine"] == machine]
    return dict(found)


def measure(row: dict[str, Any], name: str) -> tuple[Any, ...]:
    """Value, bounds and coverage of a measure."""
    return tuple(row["measures"][name][key] for key in ("value", "low", "high", "coverage"))


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
    assert row["measures"]["oee"]["definition"] == "iso22400/oee@1"


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
    cap = 20 * (ceil(1.1 * 2 * 1.5 * 900) + 1)  # twenty quarters, two counters, 1.5 times the cycle
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


def test_nobody_counts_at_all(desk: Desk) -> None:
    """A machine without counters has times and no pieces, and its gaps are gaps of state alone."""
    desk.restart(site_of(line_of(machine("body", "state"), machine("pack"), shifts=DAY_ONLY)))

    row = one(desk, "body")

    assert row["elements"]["PQ"] is None
    assert measure(row, "throughput_per_hour")[:3] == (None, None, None)
    assert measure(row, "availability") == (None, 0.0, 1.0, 0.0)


def test_rework_nobody_counts_is_no_ratio(desk: Desk) -> None:
    """Beside known scrap rework is zero pieces, but its ratio is null."""
    desk.rows(*full_shift(desk))

    row = one(desk, "body")

    assert row["elements"]["RQ"] == 0
    assert measure(row, "rework_ratio")[0] is None
    assert measure(row, "defect_rate")[0] == pytest.approx(0.1)


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
        Refused, match="by is 'week'; write one of shift, day, hour, product, machine, reason"
    ):
        desk.engine.kpis("mask", 0, 1, "week")
    assert desk.engine.kpis("mask", at("10:00"), at("09:00"), "day")["rows"] == []
    assert desk.engine.kpis("mask", at("21:00", 3), at("22:00", 3), "day")["rows"] == []


def loose(t0: str, t1: str, amount: float | None, low: float, high: float) -> Unplaced:
    """Pieces of the body that no bucket may claim."""
    return Unplaced("body", "gq", at(t0), at(t1), at(t1) - 1, amount, low, high)


def test_loose_pieces_belong_to_who_holds_them_whole(desk: Desk) -> None:
    """The shift holds the interval: amount and bounds. Hours only touch it: its high."""
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
    assert [measure(row, "throughput_per_hour")[:3] for row in hours[1:4]] == [
        (900, 900, 970),
        (900, 900, 970),
        (900, 900, 900),
    ]


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


ELECTRICITY = Price("electricity", 100.0, "KRW/kW.h", date(2026, 1, 1), date(2026, 3, 3))
DEARER = Price("electricity", 150.0, "KRW/kW.h", date(2026, 3, 3))
FILM = Price("film", 10.0, "KRW/m", date(2026, 1, 1))


def metered(*prices: Price) -> Any:  # noqa: ANN401 - a site
    """A site whose body meters energy and film."""
    body = machine("body", "state", "good", "scrap", "energy", "film")
    film = signal("body", "film", material="film", unit="m")
    signals = {**body.signals, "film": film}
    own = type(body)(
        **{n: getattr(body, n) for n in body.__dataclass_fields__}
        | {"signals": signals, "exit": False}
    )
    return site_of(
        line_of(own, machine("pack"), shifts=(DAY, Shift("night", "20:00", "08:00"))), prices=prices
    )


def test_what_a_piece_costs_follows_the_prices_of_its_day(desk: Desk) -> None:
    """Two hours at 100, two after midnight at 150 won, film at 10 won a metre."""
    desk.restart(metered(ELECTRICITY, DEARER, FILM))
    desk.clock.now_ns = at("08:00", 1)
    desk.rows(*hourly(desk.site, "body", at("22:00"), at("02:00", 1), gq=100, energy_kwh=8.0))
    keys = ("machine", "t0_ns", "t1_ns", "product", "shift_id", "production_day", "planned")
    for row in hourly(desk.site, "body", at("22:00"), at("02:00", 1)):
        desk.usage({**{key: row[key] for key in keys}, "material": "film", "quantity": 20.0})

    row = one(desk, "body", from_ns=at("22:00"), to_ns=at("02:00", 1))

    assert measure(row, "unit_cost")[0] == pytest.approx(
        (2 * 8 * 100 + 2 * 8 * 150 + 4 * 20 * 10) / 400
    )
    assert measure(row, "energy_per_good_piece")[0] == pytest.approx(0.08)
    pack = one(desk, "pack", from_ns=at("22:00"), to_ns=at("02:00", 1))
    assert measure(pack, "unit_cost")[0] is None


@pytest.mark.parametrize(
    ("prices", "known"), [((ELECTRICITY,), True), ((ELECTRICITY, FILM), True), ((FILM,), False)]
)
def test_a_used_item_without_a_price_makes_the_cost_unknown(
    desk: Desk, prices: tuple[Price, ...], *, known: bool
) -> None:
    """Nothing is cheaper for lack of a price; an item that was not used needs none."""
    desk.restart(metered(*prices))
    desk.rows(*hourly(desk.site, "body", at("08:00"), at("12:00"), gq=100, energy_kwh=8.0))

    found = measure(one(desk, "body", to_ns=at("12:00")), "unit_cost")[0]

    assert found == (pytest.approx(8.0) if known else None)


@settings(max_examples=15, deadline=None)
@given(st.sets(st.integers(1, 47), max_size=4), st.randoms(use_true_random=False))
def test_cutting_an_interval_leaves_the_sums(cuts: set[int], random: Any) -> None:  # noqa: ANN401 - of Hypothesis
    """The elements of adjacent intervals add up to those of the whole, seen or unseen."""
    with TemporaryDirectory() as folder:
        desk = Desk(Path(folder), site_of(line_of(machine("body"), shifts=DAY_ONLY)))
        quarters = [
            t for t in range(at("08:00"), at("20:00"), HOUR_NS // 4) if random.random() < 0.8
        ]
        made = [{"apt_s": random.randrange(900), "gq": random.randrange(99)} for _ in quarters]
        desk.rows(
            *(
                element(desk.site, "body", t, t + HOUR_NS // 4, **m)
                for t, m in zip(quarters, made, strict=True)
            )
        )
        bounds = [
            at("08:00"),
            *(at("08:00") + cut * HOUR_NS // 4 for cut in sorted(cuts)),
            at("20:00"),
        ]
        parts = [one(desk, "body", from_ns=a, to_ns=b)["elements"] for a, b in pairwise(bounds)]
        whole = one(desk, "body")["elements"]

    for name, value in whole.items():
        assert sum(part[name] or 0 for part in parts) == pytest.approx(value or 0, rel=1e-12), name


def told(
    desk: Desk, rows: dict[str, Callable[[int], float]], from_ns: int, to_ns: int, every_s: int
) -> None:
    """Let signals of the body speak, and fold what they say."""
    numbers = {path: number for number, path in enumerate(desk.site.signals(), start=1)}
    times = np.arange(from_ns, to_ns, every_s * SECOND_NS)
    batches = []
    for name, value in rows.items():
        path = f"hanbit/mask/body/{name}"
        values = np.array([value(int(t)) for t in times], np.float64)
        desk.memory.say(path, *zip(times.tolist(), values.tolist(), strict=True))
        number = np.full(len(times), numbers[path], np.uint32)
        batches.append(Batch(number, times, times, values, np.zeros(len(times), np.uint32)))
    batch = Batch.concat(batches)
    fold = Fold(desk.site, desk.memory, desk.records, desk.clock)
    fold.scan(
        lambda after, limit: [(1, batch)][after : after + limit], {n: p for p, n in numbers.items()}
    )
    while fold.fold():
        pass


def test_an_edge_inside_a_bucket_folds_it_anew(desk: Desk) -> None:
    """Parts of a bucket add up to it; each has its own time to the nanosecond and its pieces."""
    producing = 1.0
    told(
        desk,
        {
            "good": lambda t: (t - at("08:00")) // SECOND_NS // 2,
            "scrap": lambda _: 0.0,
            "state": lambda t: producing if t < at("09:07") else 3.0,
        },
        at("08:00"),
        at("10:00:01"),
        10,
    )
    edge = at("09:05:30") + 7

    first = one(desk, "body", from_ns=at("09:00"), to_ns=edge)["elements"]
    second = one(desk, "body", from_ns=edge, to_ns=at("09:15"))["elements"]
    bucket = one(desk, "body", from_ns=at("09:00"), to_ns=at("09:15"))["elements"]

    assert first["APT"] == first["PBT"] == 330.000000007
    assert second["APT"] == pytest.approx(90 - 7e-9, abs=1e-12)
    assert second["ADET"] == pytest.approx(480)
    assert first["GQ"] == 165
    assert first["GQ"] + second["GQ"] == bucket["GQ"]
    assert (
        desk.engine.kpis("mask", at("09:00"), edge, "shift")["rows"][0]["to"]
        == "2026-03-02T09:05:30.000000007+09:00"
    )
    again = one(desk, "body", from_ns=at("09:00"), to_ns=at("09:15"))["elements"]
    assert again == bucket  # nothing of it was stored


def test_a_part_is_as_provisional_as_its_bucket(desk: Desk) -> None:
    """Parts keep status and revision of the row they are cut from."""
    told(
        desk,
        {"good": lambda t: t // SECOND_NS, "scrap": lambda _: 0.0, "state": lambda _: 1.0},
        at("08:00"),
        at("10:00:01"),
        10,
    )
    status = {
        end: one(desk, "body", from_ns=at("08:00"), to_ns=at(end))["status"]
        for end in ("08:20", "08:45", "09:58")
    }

    assert status == {"08:20": "final", "08:45": "final", "09:58": "provisional"}
