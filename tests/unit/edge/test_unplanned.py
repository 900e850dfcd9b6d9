"""Output outside planned time is told apart, and no figure per planned time counts it."""

from math import isclose, nan
from pathlib import Path
from typing import Any

import pytest

from edge.engine.verdicts import baselines
from edge.records import proof
from edge.records.loosened import Unplaced
from kpi.catalogue.index import MEASURES
from tests.unit.edge.figure_desk import DAY, Desk, at, hourly, line_of, machine, site_of
from tests.unit.edge.target_desk import (
    AFTER,
    BEFORE,
    BLACKOUT,
    agreed,
    days_of,
    desk_of,
    frozen,
    hour_of,
    wished,
)

PER_PLANNED_TIME = {
    "throughput_per_hour": 600.0,  # (11 · 600) pieces in 11 hours
    "oee": 600 * 1.0 / 3600,  # one second each
    "standard_hours_productivity": 600 * 1.0 / 3600,
    "effectiveness": 660 * 1.0 / 1800,  # half of each hour producing
    "nee": 600 * 1.0 / 3600,
    "quality_ratio": 600 / 660,
}
MADE = {"gq": 600 * 11 + 700 + 1200, "sq": 60 * 11 + 100 + 300}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Eleven planned hours of 600 good and 60 scrapped; 700 and 100 in the break, then overtime.

    The overtime makes 600 good and 150 scrapped in each of two hours, at another rate of rejects.
    """
    found = Desk(tmp_path, site_of(line_of(machine("body"), shifts=(DAY,))), at("23:00"))
    outside = {at("12:00"): (700, 100), at("20:00"): (600, 150), at("21:00"): (600, 150)}
    found.rows(
        *hourly(
            found.site,
            None,
            at("08:00"),
            at("22:00"),
            apt_s=1800,
            gq=lambda t: outside.get(t, (600, 60))[0],
            sq=lambda t: outside.get(t, (600, 60))[1],
        )
    )
    found.lived(at("08:00"), at("22:00"))
    return found


def rows_of(desk: Desk, by: str) -> list[dict[str, Any]]:
    """The line's rows of the day."""
    found = desk.engine.kpis("mask", at("08:00"), at("22:00"), by)["rows"]
    return [row for row in found if row["machine"] is None]


@pytest.mark.parametrize("by", ["day", "shift"])
@pytest.mark.parametrize("name", PER_PLANNED_TIME)
def test_a_figure_per_planned_time_counts_what_was_made_in_it(
    desk: Desk, by: str, name: str
) -> None:
    """A day and its only shift say the same, with bounds that hold no other piece."""
    row = rows_of(desk, by)[0]

    figure = row["measures"][name]

    assert figure["value"] == pytest.approx(PER_PLANNED_TIME[name])
    assert figure["low"] == pytest.approx(figure["value"])
    assert figure["high"] == pytest.approx(figure["value"])


def test_the_parts_of_a_day_multiply_to_its_oee(desk: Desk) -> None:
    """A · E · Q is the OEE of the day, whatever was made in the break."""
    (row,) = rows_of(desk, "day")
    a, e, q, whole = (
        row["measures"][name]["value"]
        for name in ("availability", "effectiveness", "quality_ratio", "oee")
    )
    assert isclose(a * e * q, whole, rel_tol=1e-12)


def test_pieces_as_such_are_all_pieces(desk: Desk) -> None:
    """Counts and shares of pieces take overtime too; what of it no plan covers stands apart."""
    (row,) = rows_of(desk, "day")

    assert row["elements"]["GQ"] == MADE["gq"]
    assert row["elements"]["SQ"] == MADE["sq"]
    assert row["unplanned"]["GQ"] == 700 + 1200
    assert row["unplanned"]["PQ"] == 700 + 1200 + 100 + 300
    rate = row["measures"]["defect_rate"]["value"]
    assert rate == pytest.approx(MADE["sq"] / (MADE["sq"] + MADE["gq"]))


def test_what_was_made_outside_of_shifts_has_a_row(desk: Desk) -> None:
    """Its pieces are told; there is no figure of them, for nothing was planned."""
    inside, outside = rows_of(desk, "shift")

    assert (inside["shift"], outside["shift"]) == ("day", None)
    assert (inside["unplanned"]["GQ"], outside["unplanned"]["GQ"]) == (700, 1200)
    assert outside["elements"]["PBT"] == 0
    assert outside["measures"]["throughput_per_hour"]["value"] is None


def test_a_product_without_a_cycle_outside_of_shifts_hides_no_figure(tmp_path: Path) -> None:
    """Trials after work, of a product that nobody gave a cycle, leave the OEE of the day."""
    desk = Desk(tmp_path, site_of(line_of(machine("body"), shifts=(DAY,))), at("23:00"))
    rows = hourly(desk.site, None, at("08:00"), at("20:00"), gq=600)
    trial = hourly(desk.site, None, at("20:00"), at("21:00"), gq=50, product="trial")
    desk.rows(*rows, *trial)
    desk.lived(at("08:00"), at("22:00"))

    (row,) = rows_of(desk, "day")

    assert row["measures"]["oee"]["value"] == pytest.approx(600 / 3600)


def test_output_that_nobody_counts_is_unknown_outside_of_a_plan_too(tmp_path: Path) -> None:
    """A machine with a state and no counter made no zero pieces in overtime: null, like its GQ."""
    site = site_of(line_of(machine("body", "state"), machine("ear"), shifts=(DAY,)))
    desk = Desk(tmp_path, site, at("23:00"))
    nobody = dict.fromkeys(("pq", "gq", "sq", "rq", "pq_low", "pq_high", "gq_low", "gq_high"), nan)
    desk.rows(*({**row, **nobody} for row in hourly(site, "body", at("08:00"), at("12:00"))))
    desk.rows(*hourly(site, "ear", at("08:00"), at("12:00"), gq=600))

    found = desk.engine.kpis("mask", at("08:00"), at("12:00"), "shift")["rows"]
    rows = {row["machine"]: row for row in found}

    assert rows["body"]["elements"]["GQ"] is None
    assert rows["body"]["unplanned"] == {"PQ": None, "GQ": None}
    assert rows["ear"]["unplanned"] == {"PQ": 0, "GQ": 0}


@pytest.mark.parametrize(
    ("span", "value", "high", "uncounted_h"),
    [
        ((at("19:00"), at("20:00")), 11 * 600 + 90, 11 * 600 + 90, 0),
        ((at("19:30"), at("20:30")), 11 * 600, 11 * 600 + 90, 0.5),
        ((at("20:15"), at("20:45")), 11 * 600, 11 * 600, 0),
    ],
)
def test_a_loose_count_belongs_to_planned_time_where_it_lies_in_it(
    tmp_path: Path, span: tuple[int, int], value: float, high: float, uncounted_h: float
) -> None:
    """One that reaches over the end of the shift may have been made in it, and need not."""
    desk = Desk(tmp_path, site_of(line_of(machine("body"), shifts=(DAY,))), at("23:00"))
    desk.rows(*hourly(desk.site, None, at("08:00"), at("22:00"), gq=counted))
    desk.lived(at("08:00"), at("22:00"))
    desk.loose(Unplaced(None, "gq", *span, span[1] - 1, 90.0, 90.0, 90.0))

    (row,) = rows_of(desk, "day")

    figure = row["measures"]["throughput_per_hour"]
    assert (figure["value"], figure["low"], figure["high"]) == (
        pytest.approx(value / 11),
        pytest.approx(value / 11),
        pytest.approx(high / 11),
    )
    assert figure["coverage"] == pytest.approx(1 - uncounted_h / 11)
    assert row["measures"]["oee"]["value"] == pytest.approx(value / 11 / 3600)
    assert row["elements"]["GQ"] == 11 * 600 + 90


def counted(t0_ns: int) -> float:
    """Good pieces of an hour that is planned; none in the break and after work."""
    return 600 if t0_ns < at("20:00") and t0_ns != at("12:00") else 0


def overtime(desk: Desk, first: int, last: int) -> None:
    """Two hours a day behind the shift, at the very pace of the shift."""
    days = range(first, last)
    rows = [hour_of(desk.site, at(f"{h}:00", d), gq=560) for d in days for h in (20, 21)]
    desk.rows(*rows)


def test_longer_days_without_a_plan_are_no_improvement(tmp_path: Path) -> None:
    """560 an hour before and after, with two more hours a day that no calendar has: no change."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, BEFORE, gq=560)
    days_of(desk, BEFORE, BEFORE + BLACKOUT + AFTER, gq=560)
    overtime(desk, BEFORE, BEFORE + BLACKOUT + AFTER)

    found = agreed(desk, "throughput_per_hour")

    assert (found["before"], found["after"]) == (pytest.approx(560), pytest.approx(560))
    assert found["improvement_rate"] == pytest.approx(0)
    assert found["verdict"] not in ("improved", "improved_at_least_target")
    figure, output = found["decomposition"]
    for split in (figure, output):
        assert {part["code"]: part["amount"] for part in split["parts"]} == pytest.approx(
            {part["code"]: 0 for part in split["parts"]}
        )


@pytest.mark.parametrize("pieces", [0, 5])
def test_a_baseline_that_counted_overtime_is_not_compared(tmp_path: Path, pieces: int) -> None:
    """Its days are of another definition where anything was made in a break, and only there."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, BEFORE + BLACKOUT + AFTER, gq=560)
    desk.rows(hour_of(desk.site, at("20:00", 3), gq=pieces))
    older = dict(baselines.shown(desk.engine.view, frozen(desk, "throughput_per_hour")))
    older |= {"id": "b9", "definition": "lineproof/throughput_per_hour@1"}
    proof.put(desk.records, proof.baseline, older, 0)

    found = desk.engine.agree(wished("throughput_per_hour", "b9"))

    assert ("tables" in {gate["code"] for gate in found["gates"] if not gate["passed"]}) is bool(
        pieces
    )


def test_every_figure_over_planned_time_asks_for_planned_output() -> None:
    """None of them may take all pieces: what is divided by planned time was made in it."""
    pieces = {"pq", "gq", "sq", "pq_low", "pq_high", "gq_low", "gq_high"}
    over = [one for one in MEASURES.values() if "pbt_ns" in one.elements]

    assert {one.name for one in over} >= PER_PLANNED_TIME.keys() - {"quality_ratio"}
    assert [one.name for one in over if pieces & set(one.elements)] == []
