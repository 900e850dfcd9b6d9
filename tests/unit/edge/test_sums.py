"""Sums of element rows: exact, whatever the order; ideal time by machine, product and day."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from math import inf, isnan, nan
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.engine.figures.extract import rows_between
from edge.engine.figures.groups import Grouping
from edge.engine.figures.sums import Sums, measured, summed
from edge.records.elements import FINAL, PROVISIONAL, REVISED
from edge.site import Dated
from tests.unit.edge.figure_desk import Desk, Row, at, element, line_of, machine, site_of

FLOATS = st.sampled_from([0.1, 0.2, 0.3, 1e9, 1e-9, 7.0, 0.0, nan, inf]) | st.floats(0, 1e6)


@given(st.lists(st.tuples(st.integers(-2, 2), st.integers(0, 2), FLOATS), min_size=1), st.randoms())
def test_sums_do_not_depend_on_the_order_of_rows(
    rows: list[tuple[int, int, float]], random: Random
) -> None:
    """Each group's sum is the rounded exact one; NaN makes it NaN, infinity infinite."""
    exact: dict[tuple[int, int], list[float]] = {}
    for first, second, value in rows:
        exact.setdefault((first, second), []).append(value)
    random.shuffle(rows)
    columns = [np.array(column) for column in zip(*rows, strict=True)]

    groups = Grouping(columns[:2])
    found = groups.floats(columns[2].astype(np.float64))

    assert [tuple(key) for key in groups.keys.T.tolist()] == sorted(exact)
    for key, total in zip(sorted(exact), found.tolist(), strict=True):
        mine = exact[key]
        if any(isnan(one) for one in mine):
            assert isnan(total)
        elif inf in mine:
            assert total == inf
        else:
            assert total == float(sum(map(Fraction, mine)))


@given(st.lists(st.tuples(st.integers(-1, 1), st.integers(0, 2))))
def test_every_row_belongs_to_the_group_of_its_key(rows: list[tuple[int, int]]) -> None:
    """However rows of one key are scattered, its group knows all of them, the first one first."""
    places: dict[tuple[int, int], list[int]] = {}
    for place, key in enumerate(rows):
        places.setdefault(key, []).append(place)

    groups = Grouping([np.array([row[i] for row in rows], np.int64) for i in (0, 1)])

    wanted = [places[key] for key in sorted(places)]
    assert [mine.tolist() for mine in groups.members] == wanted
    assert groups.first.tolist() == [mine[0] for mine in wanted]
    assert [wanted[group][0] for group in groups.of_row.tolist()] == [
        places[key][0] for key in rows
    ]
    whole = groups.whole(np.arange(len(rows), dtype=np.int32))
    assert whole.tolist() == [sum(mine) for mine in wanted]


def test_integers_add_up_beyond_the_reach_of_floats() -> None:
    """A year of nanoseconds of a hundred machines keeps its last one."""
    groups = Grouping([np.zeros(101, np.int64)])

    assert groups.whole(np.array([31_536_000_000_000_000] * 100 + [1])).tolist() == [
        3_153_600_000_000_000_001
    ]


def total(desk: Desk, machine: str | None = None) -> tuple[Sums, int]:
    """The sums of all rows by machine, and the place of one."""
    rows = rows_between(desk.engine.view, desk.line, at("00:00", -40), at("00:00", 40))
    sums = summed(desk.engine.view, desk.line, rows, [rows["machine"]])
    return sums, sums.keys[:, 0].tolist().index(rows.code(machine))


@pytest.fixture
def series(tmp_path: Path) -> Desk:
    """Body, two parallel welders and a packer, of which product B has no cycle at the packer."""
    dated = (Dated(0.6, None), Dated(0.9, date(2026, 3, 3)))
    return Desk(
        tmp_path,
        site_of(
            line_of(
                machine("body", exit=False, ideal_cycle_s={"A": (Dated(0.75, None),)}),
                machine(
                    "weld-1", exit=False, station="weld", ideal_cycle_s={"A": (Dated(1.0, None),)}
                ),
                machine(
                    "weld-2", exit=False, station="weld", ideal_cycle_s={"A": (Dated(1.0, None),)}
                ),
                machine("pack", ideal_cycle_s={"A": dated}),
            )
        ),
    )


def test_a_line_is_as_fast_as_its_slowest_station(series: Desk) -> None:
    """Two welders of 1 s share the work: 0.5 s; the body's 0.75 s, then the packer's 0.9 s."""
    series.rows(
        element(series.site, None, at("23:00"), at("23:15"), gq=100, sq=4),
        element(series.site, None, at("00:00", 1), at("00:15", 1), gq=100),
        element(series.site, "weld-1", at("23:00"), at("23:15"), gq=100),
    )

    sums, own = total(series)
    assert sums.elements["ideal_gq_s"][own] == pytest.approx(100 * 0.75 + 100 * 0.9)
    assert sums.elements["ideal_pq_s"][own] == pytest.approx(104 * 0.75 + 100 * 0.9)
    sums, weld = total(series, "weld-1")
    assert sums.elements["ideal_gq_s"][weld] == 100


def test_a_station_that_counts_racks_does_not_set_the_pace_of_pieces(tmp_path: Path) -> None:
    """A rack of 25 takes 180 s; the dryer behind it counts pieces, one in 7.2 s."""
    plate = machine("plate", exit=False, ideal_cycle_s={"A": (Dated(180.0, None),)})
    signals = {name: replace(each, unit="{rack}") for name, each in plate.signals.items()}
    dry = machine("dry", ideal_cycle_s={"A": (Dated(7.2, None),)})
    desk = Desk(tmp_path, site_of(line_of(replace(plate, signals=signals), dry)))
    desk.rows(
        element(desk.site, None, at("09:00"), at("10:00"), gq=400),
        element(desk.site, "plate", at("09:00"), at("10:00"), gq=16),
    )

    sums, own = total(desk)
    assert sums.elements["ideal_gq_s"][own] == pytest.approx(400 * 7.2)
    sums, plate_own = total(desk, "plate")
    assert sums.elements["ideal_gq_s"][plate_own] == 16 * 180


def test_a_product_without_a_cycle_matters_only_where_it_was_made(series: Desk) -> None:
    """It never borrows another product's cycle, and a row without output needs none."""
    series.rows(
        element(series.site, "body", at("09:00"), at("09:15"), gq=100),
        element(series.site, "body", at("09:15"), at("09:30"), product="B"),
        element(series.site, "pack", at("09:00"), at("09:15"), gq=100),
        element(series.site, "pack", at("09:15"), at("09:30"), product="B", gq=1),
    )

    sums, body = total(series, "body")
    assert sums.elements["ideal_gq_s"][body] == 75
    sums, pack = total(series, "pack")
    assert isnan(sums.elements["ideal_gq_s"][pack])
    assert sums.elements["gq"][pack] == 101


def test_bounds_of_an_unknown_product_take_the_longest_cycle(series: Desk) -> None:
    """What nobody saw may have been any product, so the upper bound takes the slowest of all."""
    series.rows(element(series.site, "body", at("09:00"), at("09:15"), product=None, gq_high=10.0))

    sums, body = total(series, "body")
    assert sums.elements["ideal_gq_s"][body] == 0
    assert sums.elements["ideal_gq_high_s"][body] == 10  # the welders' second, the slowest of all


def test_a_group_is_as_final_as_its_least_final_row(tmp_path: Path) -> None:
    """Provisional if one bucket is, else revised if one is; restatements are counted."""
    desk = Desk(tmp_path, site_of(line_of(machine("a"), machine("b"), machine("c"))))
    rows: list[tuple[str, int, Row]] = [
        ("a", 8, {"status": FINAL}),
        ("a", 9, {"status": REVISED, "revision": 2, "knowledge_ns": 7}),
        ("b", 8, {"status": REVISED, "revision": 1, "knowledge_ns": 7}),
        ("b", 9, {"status": REVISED, "revision": 1, "knowledge_ns": 8}),
        ("b", 10, {"status": REVISED, "revision": 1, "knowledge_ns": 9}),
        ("c", 8, {"status": REVISED, "revision": 1, "knowledge_ns": 7}),
        ("c", 9, {"status": PROVISIONAL}),
    ]
    for name, hour, more in rows:
        desk.rows(element(desk.site, name, at(f"{hour:02}:00"), at(f"{hour:02}:15"), **more))

    found = {
        name: (int(s.status[i]), int(s.revision[i]))
        for name in "abc"
        for s, i in [total(desk, name)]
    }
    assert found == {"a": (REVISED, 3), "b": (REVISED, 4), "c": (PROVISIONAL, 2)}


def test_a_day_counts_where_anything_of_it_is_known(tmp_path: Path) -> None:
    """A day with a break alone, or wholly unseen, is no day behind a figure."""
    desk = Desk(tmp_path)
    hidden: Row = {"apt_s": 0, "unknown_ns": 900 * 10**9, "count_unknown_ns": 900 * 10**9}
    desk.rows(
        element(desk.site, "body", at("09:00"), at("09:15"), gq=1),
        element(desk.site, "body", at("09:00", 1), at("09:15", 1), **hidden),
        element(desk.site, "body", at("12:00", 2), at("12:15", 2)),
        element(
            desk.site, "body", at("09:00", 3), at("09:15", 3), **hidden | {"count_unknown_ns": 0}
        ),
        element(desk.site, "body", at("07:00", 5), at("07:15", 5), gq=1),
        element(desk.site, "body", at("12:00", 6), at("12:15", 6), unplanned_run_ns=1),
    )

    sums, body = total(desk, "body")
    assert sums.days[body] == 4  # 0 and 3, the night that began on 4, and who ran on 6


def test_rework_that_nobody_counts_is_no_measure_though_it_is_zero(tmp_path: Path) -> None:
    """The table holds 0 beside known scrap; measures are told that nobody looked."""
    names = ("state", "good", "scrap", "rework")
    desk = Desk(tmp_path, site_of(line_of(machine("body", exit=False), machine("pack", *names))))
    for name in ("body", "pack"):
        desk.rows(element(desk.site, name, at("09:00"), at("09:15"), gq=10, sq=1))

    rows = rows_between(desk.engine.view, desk.line, at("09:00"), at("10:00"))
    sums = summed(desk.engine.view, desk.line, rows, [rows["machine"]])
    found = dict(
        zip(
            (rows.words[k] for k in sums.keys[:, 0].tolist()),
            measured(desk.line, rows, sums)["rq"].tolist(),
            strict=True,
        )
    )
    assert isnan(found["body"])
    assert found["pack"] == 0
