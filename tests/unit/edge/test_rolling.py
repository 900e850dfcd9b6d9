"""Yields rolled along a line: stations multiplied on paper, and nothing where one is not known.

A cutter, two welders side by side and a packer at the exit. Of 100 the cutter passes 90; the
welders together 100 of 120; the packer 95 of 100. So 0.9 · 5/6 · 0.95 = 0.7125, whereas the mean of
the welders' own yields, 0.8 and 1, would make it 0.7695.
"""

from collections.abc import Mapping
from dataclasses import replace
from math import nan, prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.engine.explaining.explaining import Question
from edge.facts import Fact
from edge.records import facts
from kpi.formulas import Bounds, rolled
from tests.unit.edge.figure_desk import NIGHT, Desk, at, hourly, line_of, machine, site_of
from tests.unit.edge.figure_rows import DAY_ONLY, measure, one

UNIT, FIRST = "rolled_unit_yield", "rolled_throughput_yield"
MADE: Mapping[str | None, tuple[int, int]] = {
    "cut": (90, 10),
    "weld-1": (80, 20),
    "weld-2": (20, 0),
    "pack": (95, 5),
    None: (95, 5),
}
"""Good pieces and scrap of an hour."""
PAPER = 0.7125
Rows = dict[str | None, dict[str, Any]]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """The line by day; all counters are known."""
    welders = (machine(name, station="weld", exit=False) for name in ("weld-1", "weld-2"))
    cutter = machine("cut", exit=False)
    return Desk(tmp_path, site_of(line_of(cutter, *welders, machine("pack"), shifts=DAY_ONLY)))


def fill(desk: Desk, changed: Rows | None = None, begin: str = "08:00", end: str = "20:00") -> None:
    """The rows of every planned hour, of some machines with other elements."""
    for name, (good, scrap) in MADE.items():
        told = {"gq": good, "sq": scrap, **(changed or {}).get(name, {})}
        spans = ((begin, "12:00"), ("13:00", end)) if begin == "08:00" else ((begin, end),)
        for span in spans:
            day = int(at(span[1]) <= at(span[0]))
            desk.rows(*hourly(desk.site, name, at(span[0]), at(span[1], day), apt_s=3600, **told))


@pytest.mark.parametrize("by", ["shift", "day", "product"])
def test_the_stations_of_a_line_are_multiplied(desk: Desk, by: str) -> None:
    """Whatever a row stands for; machines side by side are one, and none of them has one."""
    fill(desk)

    found = measure(one(desk, None, by), UNIT)

    assert found == (pytest.approx(PAPER), pytest.approx(PAPER), pytest.approx(PAPER), 1.0)
    for name in ("cut", "weld-1", "pack"):
        assert measure(one(desk, name, by), UNIT)[:3] == (None,) * 3


def test_each_row_multiplies_what_belongs_to_it(desk: Desk) -> None:
    """By night the cutter passes 50 of 100, and the day is as it was."""
    desk.restart(site_of(replace(desk.line, shifts=(*DAY_ONLY, NIGHT))))
    desk.clock.now_ns = at("08:00", 1)
    fill(desk)
    fill(desk, {"cut": {"gq": 50, "sq": 50}}, "20:00", "08:00")

    rows = desk.engine.kpis("mask", at("08:00"), at("08:00", 1), "shift")["rows"]
    found = {row["shift"]: measure(row, UNIT)[0] for row in rows if row["machine"] is None}

    night = 0.5 * (100 / 120) * 0.95
    assert found == {"day": pytest.approx(PAPER), "night": pytest.approx(night)}


def test_first_passes_are_multiplied_where_every_station_tells_them(desk: Desk) -> None:
    """Of pieces inspected 8 of 10, 15 of 20 (two welders) and 9 of 10 passed: 0.54."""
    told = {"cut": (10, 8), "weld-1": (10, 9), "weld-2": (10, 6), "pack": (10, 9), None: (10, 9)}
    fill(desk, {name: {"first_in": n, "first_good": good} for name, (n, good) in told.items()})

    found = measure(one(desk, None), FIRST)

    assert found == (pytest.approx(0.54), pytest.approx(0.54), pytest.approx(0.54), 1.0)
    assert measure(one(desk, None), UNIT)[0] == pytest.approx(PAPER)


def test_a_station_that_does_not_tell_first_passes_leaves_none(desk: Desk) -> None:
    """One of two welders is not inspected: what its station lets through is not known."""
    told: Rows = {name: {"first_in": 10, "first_good": 9} for name in MADE}
    fill(desk, {**told, "weld-2": {"first_in": nan, "first_good": nan}})

    assert measure(one(desk, None), FIRST)[:3] == (None,) * 3
    assert measure(one(desk, None), UNIT)[0] == pytest.approx(PAPER)


@pytest.mark.parametrize("name", ["cut", "weld-2", "pack"])
def test_a_station_whose_rejects_nobody_counts_leaves_none(desk: Desk, name: str) -> None:
    """Good pieces alone say nothing of quality: no value, and no bound that flatters."""
    blind = {"sq": nan}
    fill(desk, {name: blind, **({None: blind} if name == "pack" else {})})

    assert measure(one(desk, None), UNIT)[:3] == (None,) * 3


def test_a_station_that_made_nothing_leaves_none(desk: Desk) -> None:
    """Nothing divided by nothing is no yield of 0 or of 1."""
    fill(desk, {"cut": {"gq": 0, "sq": 0}})

    assert measure(one(desk, None), UNIT)[:3] == (None,) * 3


def test_what_a_station_may_have_made_besides_bounds_the_line(desk: Desk) -> None:
    """The cutter may have made 50 more an hour, good or not: 90/150 to 140/150 of them passed."""
    hidden = {"gq_high": 140.0, "pq_high": 150.0}
    fill(desk, {"cut": hidden})

    value, low, high, _ = measure(one(desk, None), UNIT)

    assert value == pytest.approx(PAPER)
    assert low == pytest.approx(90 / 150 * (100 / 120) * 0.95)
    assert high == pytest.approx(min(140 / 100, 1.0) * (100 / 120) * 0.95)


def test_the_coverage_is_that_of_the_worst_station(desk: Desk) -> None:
    """Half of the cutter's time is uncounted: half a line is no line, so there are bounds alone."""
    half_ns = 1800 * 10**9
    fill(desk, {"cut": {"count_unknown_ns": half_ns, "gq_high": 190.0, "pq_high": 200.0}})

    value, low, high, coverage = measure(one(desk, None), UNIT)

    assert (value, coverage) == (None, pytest.approx(0.5))
    assert low == pytest.approx(90 / 200 * (100 / 120) * 0.95)
    assert high == pytest.approx(100 / 120 * 0.95)
    assert measure(one(desk, None), "quality_count")[3] == 1.0


def test_a_station_that_was_not_seen_at_all_leaves_bounds_alone(desk: Desk) -> None:
    """A saw of which nothing came may have let through nothing or all: from 0 to the others'."""
    fill(desk)
    desk.clock.now_ns = at("20:00", 1)
    desk.restart(
        site_of(replace(desk.line, machines=(machine("saw", exit=False), *desk.line.machines)))
    )

    assert measure(one(desk, None), UNIT) == (None, 0.0, pytest.approx(PAPER), 0.0)


@pytest.mark.parametrize(
    ("kind", "quantity", "shares"), [("inspected", 110.0, (1.0, 0.0)), ("scrap", 55.0, (0.0, 0.5))]
)
def test_what_people_told_of_any_station_is_its_share(
    desk: Desk, kind: str, quantity: float, shares: tuple[float, float]
) -> None:
    """First passes are told by hand alone; half of the cutter's scrap makes half of the figure so.

    The line's own yield is the packer's, of which nobody told anything.
    """
    fill(desk, {name: {"first_in": 10, "first_good": 9} for name in MADE})
    told = Fact("x", "mask", "cut", kind, at("08:00"), at("20:00"), quantity)
    with desk.records.writing() as db:
        facts.tell(db, facts.judged(db, [told], 0))

    row = one(desk, None)["measures"]

    assert (row[FIRST]["manual_share"], row[UNIT]["manual_share"]) == shares
    assert row["quality_count"]["manual_share"] == 0.0


def test_a_rolled_figure_leads_to_the_samples_of_every_station(desk: Desk) -> None:
    """The counters of all machines, once each, and the elements it multiplies."""
    fill(desk)

    found = desk.engine.explain(Question("mask", at("08:00"), at("20:00"), None, UNIT))

    assert found["figures"][UNIT]["value"] == pytest.approx(PAPER)
    assert found["elements"]["unit_rolled"] == pytest.approx(PAPER)
    counters = [one["signal"] for one in found["samples"] if one["role"] in {"good", "scrap"}]
    assert sorted(counters) == sorted(
        f"hanbit/mask/{name}/{counter}" for name in MADE if name for counter in ("good", "scrap")
    )


def test_the_card_says_what_has_to_be_told(desk: Desk) -> None:
    """First passes come from people or files; counts need nobody."""
    assert desk.engine.definition(FIRST)["told"] == ["inspected", "passed"]
    assert desk.engine.definition(UNIT)["told"] == []


SHARE = st.floats(0, 1)


@given(st.lists(st.tuples(SHARE, SHARE, SHARE).map(sorted), min_size=1, max_size=5))
def test_bounds_of_a_product_hold_every_product_within(stations: list[list[float]]) -> None:
    """Each yield somewhere between its bounds: their product lies between the bounds of all."""
    columns = [np.array([[one[end]] for one in stations]) for end in range(3)]

    found = rolled(Bounds(*columns))

    assert found.value[0] == pytest.approx(prod(one[1] for one in stations))
    assert found.low[0] <= found.value[0] <= found.high[0]
