"""Targets: four numbers, gates and verdicts follow from the days, on paper."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from math import exp, log
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.engine.baselines import Wish as Freeze
from edge.engine.changes import change
from edge.engine.days import Days
from edge.engine.targets import Wish
from edge.errors import NotFound, Refused
from edge.plant import Dated, Line, Price, Site
from edge.records.elements import PROVISIONAL, REVISED
from kpi.inference import ratio_change_interval
from tests.unit.edge.figure_desk import (
    DAY,
    HOUR_NS,
    Desk,
    Row,
    at,
    element,
    line_of,
    machine,
    site_of,
)

TARGET = {
    *("id", "lines", "line", "line_name", "machine", "measure", "unit", "higher_is_better"),
    *("definition", "baseline", "before", "after", "after_low", "after_high", "target"),
    *("improvement_rate", "low", "high", "attainment_rate", "share_of_target", "point_change"),
    *("zero_defects", "bill_effect", "coverage", "coverage_before", "coverage_after"),
    *("n_before", "n_after", "verdict", "reasons", "not_checked", "gates", "go_live"),
    *("report_from", "report_to", "report_complete", "due", "due_days", "manual_share"),
    *("interval", "status"),
}
BEFORE, BLACKOUT, AFTER = 24, 10, 24
WAVE = (0, 3, -2, 1, -3, 2, -1)
"""A week of ups and downs, without a slope and without correlation from day to day."""
Amount = Callable[[int], float]


def line(**more: Any) -> Line:  # noqa: ANN401 - any key of a line
    """A line of one body, by day and without breaks that blur the arithmetic."""
    return line_of(machine("body"), **{"shifts": (DAY,), "maturity_days": 0, **more})


def days_of(desk: Desk, first: int, last: int, place: int = 0, **each: Amount | float) -> None:
    """A row an hour of the line for some days; amounts are those of a planned hour."""
    site, name, rows = desk.site, desk.site.lines[place].id, []
    for day in range(first, last):
        said: dict[str, Any] = {
            key: value(day) if callable(value) else value for key, value in each.items()
        }
        hours = [h for h in range(8, 20) if h != 12]
        starts = [at(f"{hour:02}:00", day) for hour in hours]
        rows += [hour_of(site, start, line=place, **said) for start in starts]
    desk.rows(*rows, line=name)
    desk.lived(at("00:00"), at("00:00", 90), line=name)


def hour_of(site: Site, t0_ns: int, **said: Any) -> Row:  # noqa: ANN401 - any argument of a row
    """The line's row of one hour."""
    return element(site, None, t0_ns, t0_ns + HOUR_NS, **said)


def wave(level: float, step: float = 10.0) -> Amount:
    """A level with a week's ups and downs."""
    return lambda day: level + step * WAVE[day % 7]


def desk_of(folder: Path, *lines: Line, prices: tuple[Price, ...] = ()) -> Desk:
    """A desk at noon after baseline, black-out and report."""
    site = site_of(*(lines or (line(),)), prices=prices)
    return Desk(folder, site, at("12:00", BEFORE + BLACKOUT + AFTER))


def frozen(desk: Desk, measure: str, line: str = "mask", **more: Any) -> str:  # noqa: ANN401 - any key of a wish
    """A baseline of the first days; its id."""
    keys = {
        "from_ns": at("00:00"),
        "to_ns": at("00:00", BEFORE),
        "name": "before",
        "reason": "as it was",
    }
    found = desk.engine.freeze(
        Freeze(**{"line": line, "machine": None, "measure": measure, **keys, **more})
    )
    return str(found["id"])


def wished(measure: str, *baselines: str, lines: Sequence[str] = ("mask",), **more: Any) -> Wish:  # noqa: ANN401 - any key of a wish
    """A target a tenth better, live when the baseline ends."""
    keys: dict[str, Any] = {
        "improve": 0.1,
        "value": None,
        "go_live_ns": at("00:00", BEFORE),
        **more,
    }
    return Wish(tuple(lines), None, measure, baselines, **keys)


def agreed(desk: Desk, measure: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any key of a wish
    """The target document of a baseline and a wish."""
    return desk.engine.agree(wished(measure, frozen(desk, measure), **more))


def test_more_pieces_an_hour(tmp_path: Path) -> None:
    """1,000 before, 1,200 after, 1,100 promised: the four numbers by name, better is positive."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, BEFORE, gq=wave(1000))
    days_of(desk, BEFORE, 60, gq=wave(1200))
    found = agreed(desk, "throughput_per_hour")

    days = [
        np.array([11 * wave(level)(day) for day in window])
        for level, window in ((1000, range(BEFORE)), (1200, range(BEFORE + BLACKOUT, 58)))
    ]
    before, after = (float(one.mean()) / 11 for one in days)
    assert (found["before"], found["after"]) == (pytest.approx(before), pytest.approx(after))
    assert found["target"] == pytest.approx(1.1 * before)
    assert found["improvement_rate"] == pytest.approx(after / before - 1)
    assert found["attainment_rate"] == pytest.approx(after / (1.1 * before))
    assert found["share_of_target"] == pytest.approx((after - before) / (0.1 * before))
    assert found["point_change"] == pytest.approx(after - before)
    hours = [np.full(len(one), 11.0) for one in days]
    oracle = ratio_change_interval(days[0], hours[0], days[1], hours[1])
    assert (found["low"], found["high"]) == (
        pytest.approx(oracle.change_low),
        pytest.approx(oracle.change_high),
    )
    assert (found["after_low"], found["after_high"]) == (
        pytest.approx(before * exp(oracle.low)),
        pytest.approx(before * exp(oracle.high)),
    )
    assert found["interval"] == {
        "method": oracle.method,
        "confidence": 0.95,
        "n_eff_before": pytest.approx(oracle.n_eff0),
        "n_eff_after": pytest.approx(oracle.n_eff1),
        "p_value": pytest.approx(oracle.p_value),
    }
    assert found["verdict"] == "improved_at_least_target"


def test_a_target_has_the_keys_of_the_contract(tmp_path: Path) -> None:
    """With its gates in their order, its days, its due date; the list lacks the series alone."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, BEFORE, gq=wave(1000))
    days_of(desk, BEFORE, 60, gq=wave(1200))
    found = agreed(desk, "throughput_per_hour", due=date(2026, 5, 9))

    assert found["reasons"] == []
    assert (found["n_before"], found["n_after"]) == (BEFORE, AFTER)
    assert (found["coverage"], found["coverage_before"], found["coverage_after"]) == (1, 1, 1)
    assert [gate["code"] for gate in found["gates"]] == [
        *("days_baseline", "days_report", "coverage_baseline", "coverage_report"),
        *("coverage_unequal", "tables", "state_map", "maturity"),
    ]
    assert all(gate["passed"] for gate in found["gates"])
    assert found["gates"][0] == {"code": "days_baseline", "passed": True, "seen": 24, "needed": 20}
    assert found["not_checked"] == ["reconciliation", "inspection", "events"]
    assert (found["status"], found["report_complete"]) == ("final", True)
    assert (found["due"], found["due_days"]) == ("2026-05-09", 10)
    assert found["baseline"]["id"] == "b1"
    assert found.keys() == TARGET | {"series"}
    (listed,) = desk.engine.targets()["targets"]
    assert listed == {key: value for key, value in found.items() if key != "series"}


def test_fewer_defects(tmp_path: Path) -> None:
    """5 % before, 3 % after, 4 % promised: lower is better and has the right signs throughout."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, BEFORE, gq=950, sq=wave(50, 1))
    days_of(desk, BEFORE, 60, gq=970, sq=wave(30, 1))
    found = agreed(desk, "defect_rate", improve=None, value=0.04)

    before, after = found["before"], found["after"]
    assert (before, after) == (pytest.approx(0.05, rel=1e-2), pytest.approx(0.03, rel=1e-2))
    assert found["higher_is_better"] is False
    assert found["improvement_rate"] == pytest.approx((before - after) / before)
    assert found["attainment_rate"] == pytest.approx(0.04 / after)
    assert found["share_of_target"] == pytest.approx((before - after) / (before - 0.04))
    assert found["point_change"] == pytest.approx(after - before)
    assert found["point_change"] < 0
    assert 0 < found["low"] < found["improvement_rate"] < found["high"]
    assert found["after_low"] < after < found["after_high"] < before
    assert (found["verdict"], found["zero_defects"]) == ("improved_at_least_target", False)


def test_no_defect_at_all_is_an_answer(tmp_path: Path) -> None:
    """Zero defects have no attainment and no logarithm; the score interval still proves them."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, BEFORE, gq=950, sq=wave(50, 1))
    days_of(desk, BEFORE, 60, gq=1000, sq=0)

    found = agreed(desk, "defect_rate", improve=0.5)

    assert found["zero_defects"] is True
    assert (found["after"], found["improvement_rate"], found["attainment_rate"]) == (0, 1, None)
    assert found["interval"]["method"] == "koopman"
    assert 0.99 < found["low"] < found["high"] == 1
    assert found["verdict"] == "improved_at_least_target"


def days(numerator: Sequence[float], denominator: float) -> Days:
    """Days without names."""
    n = len(numerator)
    above, below = np.array(numerator, np.float64), np.full(n, float(denominator))
    return Days([str(i) for i in range(n)], above, below, np.ones(n), np.ones(n, np.int64))


def test_few_events_that_come_in_clusters_prove_less() -> None:
    """The same eleven events over three days instead of eleven widen the interval."""
    before = days([5] * 20, 1000)
    even = change(before, days([1] * 11 + [0] * 9, 1000), "defect_rate")
    clustered = change(before, days([4, 0, 0, 0, 4, 0, 0, 0, 3, 0] + [0] * 10, 1000), "defect_rate")

    assert even is not None
    assert clustered is not None
    assert even.theta == clustered.theta == pytest.approx(log(11 / 100))
    assert (even.method, clustered.method) == ("koopman", "katz")
    assert clustered.high > even.high
    assert change(days([0] * 20, 1000), days([0] * 20, 1000), "defect_rate") is None
    assert change(days([5] * 5, 1000), before, "defect_rate") is None


def test_too_few_days_say_so(tmp_path: Path) -> None:
    """Two days of report: no interval, no verdict, and the gate that is in the way."""
    desk = desk_of(tmp_path)
    desk.clock.now_ns = at("12:00", BEFORE + BLACKOUT + 2)
    days_of(desk, 0, BEFORE + BLACKOUT + 2, gq=wave(1000))

    found = agreed(desk, "throughput_per_hour")

    assert found["verdict"] == "insufficient_data"
    assert found["reasons"] == ["interval", "days_report"]
    assert found["gates"][1] == {"code": "days_report", "passed": False, "seen": 2, "needed": 20}
    assert found["improvement_rate"] is not None
    assert [found[key] for key in ("low", "high", "interval", "after_low")] == [None] * 4
    assert (found["n_after"], found["status"]) == (2, "provisional")


def test_nothing_after_go_live_yet(tmp_path: Path) -> None:
    """In the black-out nothing is known of after: null, not zero."""
    desk = desk_of(tmp_path)
    desk.clock.now_ns = at("12:00", BEFORE + 2)
    days_of(desk, 0, BEFORE + 2, gq=wave(1000))

    found = agreed(desk, "throughput_per_hour")

    empty = (
        "after",
        "improvement_rate",
        "attainment_rate",
        "point_change",
        "coverage",
        "coverage_after",
    )
    assert [found[key] for key in empty] == [None] * len(empty)
    assert found["n_after"] == 0
    assert found["verdict"] == "insufficient_data"


@pytest.mark.parametrize(
    ("after", "verdict", "reasons"),
    [
        (wave(1000), "inconclusive", []),
        (wave(1050), "improved", []),
        (wave(900), "worse", []),
        (lambda day: 4 * day + wave(1000, 20)(day), "maturing", []),
    ],
)
def test_each_verdict_has_its_days(
    tmp_path: Path, after: Amount, verdict: str, reasons: list[str]
) -> None:
    """No change, some, the wrong way, and still rising."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, BEFORE, gq=wave(1000))
    days_of(desk, BEFORE, 60, gq=after)

    found = agreed(desk, "throughput_per_hour")

    assert (found["verdict"], found["reasons"]) == (verdict, reasons)


def test_a_baseline_that_rises_by_itself_proves_nothing(tmp_path: Path) -> None:
    """What would have gone on rising is no improvement."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, BEFORE, gq=lambda day: wave(1000)(day) + 10 * day)
    days_of(desk, BEFORE, 60, gq=wave(1400))

    found = agreed(desk, "throughput_per_hour")

    assert (found["verdict"], found["reasons"]) == ("inconclusive", ["drift"])


def test_thin_days_enter_no_evidence(tmp_path: Path) -> None:
    """Three of 24 days are half unseen: out of figures and interval, and the gate counts them."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, BEFORE, gq=wave(1000))
    thin: dict[str, Any] = {
        "gq": 9999.0,
        "apt_s": 0,
        "unknown_ns": HOUR_NS,
        "count_unknown_ns": HOUR_NS // 2,
    }
    days_of(desk, BEFORE, BEFORE + BLACKOUT, gq=wave(1200))
    days_of(desk, BEFORE + BLACKOUT, BEFORE + BLACKOUT + 3, **thin)
    days_of(desk, BEFORE + BLACKOUT + 3, 60, gq=wave(1200))

    found = agreed(desk, "throughput_per_hour")

    assert found["n_after"] == AFTER - 3
    assert found["after"] == pytest.approx(np.mean([wave(1200)(day) for day in range(37, 58)]))
    gates = {gate["code"]: gate for gate in found["gates"]}
    assert gates["coverage_report"] == {
        "code": "coverage_report",
        "passed": False,
        "seen": pytest.approx(21 / 24),
        "needed": 0.9,
    }
    assert gates["coverage_unequal"]["seen"] == pytest.approx(3 * 0.5 / 24)
    assert found["verdict"] == "insufficient_data"
    assert found["reasons"] == ["coverage_report", "coverage_unequal"]
    assert [day["value"] for day in found["series"][34:37]] == [None] * 3


def test_every_day_has_its_window(tmp_path: Path) -> None:
    """Baseline, the days until go-live, black-out, report, and what came after."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, 60, gq=wave(1000))
    desk.clock.now_ns = at("12:00", 63)

    found = agreed(desk, "throughput_per_hour", go_live_ns=at("15:00", BEFORE + 2))

    windows = [day["window"] for day in found["series"]]
    counted = ["baseline"] * 24 + ["outside"] * 2 + ["blackout"] * 10 + ["report"] * 24
    assert windows[:60] == counted
    assert windows[60:] == ["outside"] * 3
    assert [found["series"][i]["day"] for i in (0, 26, 36, 59)] == [
        "2026-03-02",
        "2026-03-28",
        "2026-04-07",
        "2026-04-30",
    ]
    assert (found["report_from"], found["report_to"]) == (
        "2026-04-07T08:00:00+09:00",
        "2026-05-01T08:00:00+09:00",
    )
    assert found["series"][62] == {
        "day": "2026-05-03",
        "value": None,
        "coverage": 0,
        "window": "outside",
    }


def test_days_without_a_shift_are_no_days(tmp_path: Path) -> None:
    """Sundays are neither days of the black-out nor thin days of a window."""
    weekdays = replace(DAY, days="mon-sat")
    desk = desk_of(tmp_path, line(shifts=(weekdays,)))
    desk.clock.now_ns = at("12:00", 70)
    for first in range(0, 70, 7):
        days_of(desk, first, first + 6, gq=wave(1000))

    found = agreed(desk, "throughput_per_hour", go_live_ns=at("00:00", BEFORE + 4))

    assert found["n_before"] == 21
    assert [day["window"] for day in found["series"]].count("blackout") == 10
    assert found["report_from"][:10] == "2026-04-10"  # ten working days from Monday 30 March
    assert found["coverage"] == 1.0


def test_a_window_that_somebody_names(tmp_path: Path) -> None:
    """It stands in place of go-live and black-out; half days at its edges are left out."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, BEFORE, gq=wave(1000))
    days_of(desk, BEFORE, 60, gq=wave(1200))

    found = agreed(desk, "throughput_per_hour", from_ns=at("09:00", 30), to_ns=at("20:00", 52))

    assert found["n_after"] == 22
    assert (found["report_from"][:10], found["report_to"][:10]) == ("2026-04-02", "2026-04-24")


def test_quality_must_mature(tmp_path: Path) -> None:
    """With ten days to wait, 14 of 24 are ripe: too few, and that is the reason; time heals it."""
    desk = desk_of(tmp_path, line(maturity_days=10))
    days_of(desk, 0, BEFORE, gq=wave(1000))
    days_of(desk, BEFORE, 70, gq=wave(1200))

    young = agreed(desk, "throughput_per_hour")
    desk.clock.now_ns = at("12:00", BEFORE + BLACKOUT + AFTER + 10)
    ripe = desk.engine.target(young["id"])

    assert (young["n_after"], young["report_complete"]) == (14, False)
    assert (young["verdict"], young["reasons"]) == (
        "insufficient_data",
        ["days_report", "maturity"],
    )
    assert (ripe["n_after"], ripe["report_complete"]) == (24, True)
    assert ripe["verdict"] == "improved_at_least_target"


def test_a_baseline_frozen_too_early_is_not_mature(tmp_path: Path) -> None:
    """Scrap of its last days could still be found when it was frozen."""
    desk = desk_of(tmp_path, line(maturity_days=10))
    days_of(desk, 0, BEFORE, gq=wave(1000))
    days_of(desk, BEFORE, 70, gq=wave(1200))
    now_ns, desk.clock.now_ns = at("12:00", 70), at("12:00", BEFORE + 9)
    name = frozen(desk, "throughput_per_hour")
    desk.clock.now_ns = now_ns

    found = desk.engine.agree(wished("throughput_per_hour", name))

    assert (found["verdict"], found["reasons"]) == ("insufficient_data", ["maturity"])


def test_availability_looks_at_no_piece_and_is_mature_at_once(tmp_path: Path) -> None:
    """Nothing that is found later changes how long a machine ran."""
    desk = desk_of(tmp_path, line(maturity_days=30))
    days_of(desk, 0, BEFORE, apt_s=wave(2000))
    days_of(desk, BEFORE, 60, apt_s=wave(2500))

    assert agreed(desk, "availability")["verdict"] == "improved_at_least_target"


def test_a_changed_calendar_or_state_map_breaks_the_comparison(tmp_path: Path) -> None:
    """Breaks count as planned time or not: two different figures under one name."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, BEFORE, gq=wave(1000))
    days_of(desk, BEFORE, 60, gq=wave(1200))
    name = agreed(desk, "throughput_per_hour")["id"]
    desk.restart(site_of(line(shifts=(replace(DAY, breaks=()),))))
    calendar = desk.engine.target(name)
    stops = machine("body", stop_after_s=60.0)
    desk.restart(site_of(line_of(stops, shifts=(DAY,), maturity_days=0)))
    thresholds = desk.engine.target(name)
    body = machine("body")
    state = replace(body.signals["state"], map={"1": "idle"})
    mapped = replace(body, signals={**body.signals, "state": state})
    desk.restart(site_of(line_of(mapped, shifts=(DAY,), maturity_days=0)))
    states = desk.engine.target(name)

    assert "tables" in calendar["reasons"]
    assert thresholds["reasons"] == ["tables"]
    assert states["reasons"] == ["state_map"]


def test_ideal_cycles_of_the_baseline_count_on_both_sides(tmp_path: Path) -> None:
    """Who makes the cycle longer afterwards has not produced a second more."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, BEFORE, gq=wave(1000))
    days_of(desk, BEFORE, 60, gq=wave(1000))
    name = agreed(desk, "standard_hours_productivity")["id"]
    before = desk.engine.target(name)
    longer = {"A": (Dated(1.0, None), Dated(2.0, date(2026, 3, 28)))}
    desk.restart(
        site_of(line_of(machine("body", ideal_cycle_s=longer), shifts=(DAY,), maturity_days=0))
    )

    assert desk.engine.target(name) == before
    assert before["verdict"] == "inconclusive"


def test_cost_is_proven_at_the_prices_of_the_baseline(tmp_path: Path) -> None:
    """A fifth less energy a piece at twice the price: 20 % better, and the bill 60 % higher."""
    prices = (
        Price("electricity", 100.0, "KRW/kW.h", date(2026, 1, 1), date(2026, 3, 26)),
        Price("electricity", 200.0, "KRW/kW.h", date(2026, 3, 26)),
    )
    body = machine("body", "state", "good", "scrap", "energy")
    desk = desk_of(tmp_path, line_of(body, shifts=(DAY,), maturity_days=0), prices=prices)
    days_of(desk, 0, BEFORE, gq=1000, energy_kwh=wave(50, 0.5))
    days_of(desk, BEFORE, 60, gq=1000, energy_kwh=wave(40, 0.4))

    found = agreed(desk, "unit_cost")
    change_kwh = np.mean([wave(40, 0.4)(d) for d in range(34, 58)]) / np.mean(
        [wave(50, 0.5)(d) for d in range(BEFORE)]
    )

    assert found["before"] == pytest.approx(np.mean([wave(50, 0.5)(d) for d in range(BEFORE)]) / 10)
    assert found["improvement_rate"] == pytest.approx(1 - change_kwh)
    assert found["bill_effect"] == pytest.approx(2 * change_kwh - 1)
    assert found["verdict"] == "improved_at_least_target"
    dearer = (prices[0], prices[1]._replace(value=400.0))
    desk.restart(site_of(desk.line, prices=dearer))
    again = desk.engine.target(found["id"])
    assert again["improvement_rate"] == found["improvement_rate"]
    assert again["verdict"] == found["verdict"]
    assert again["bill_effect"] == pytest.approx(4 * change_kwh - 1)


def test_a_price_that_changed_inside_the_baseline_is_its_average(tmp_path: Path) -> None:
    """Equal usage before and after has no effect, whatever was paid in between."""
    prices = (
        Price("electricity", 100.0, "KRW/kW.h", date(2026, 1, 1), date(2026, 3, 10)),
        Price("electricity", 160.0, "KRW/kW.h", date(2026, 3, 10)),
    )
    body = machine("body", "state", "good", "scrap", "energy")
    desk = desk_of(tmp_path, line_of(body, shifts=(DAY,), maturity_days=0), prices=prices)
    days_of(desk, 0, 60, gq=1000, energy_kwh=50.0)

    found = agreed(desk, "unit_cost")

    mean = (8 * 100 + 16 * 160) / 24
    assert found["before"] == pytest.approx(50 * mean / 1000)
    assert found["improvement_rate"] == pytest.approx(0, abs=1e-12)
    assert found["bill_effect"] == pytest.approx(160 / mean - 1)


def test_several_lines_are_the_ratio_of_their_sums(tmp_path: Path) -> None:
    """300 of 100 + 500 pieces an hour more at one line of two: not the mean of their changes."""
    second = line_of(machine("body", line="tin"), name="tin", shifts=(DAY,), maturity_days=0)
    desk = desk_of(tmp_path, line(), second)
    for place, (before, after) in enumerate(((100, 130), (500, 500))):
        days_of(desk, 0, BEFORE, place, gq=wave(before, 1))
        days_of(desk, BEFORE, 60, place, gq=wave(after, 1))
    names = [frozen(desk, "throughput_per_hour", line=one) for one in ("mask", "tin")]

    found = desk.engine.agree(
        wished("throughput_per_hour", *names, lines=("mask", "tin"), improve=0.04)
    )

    assert found["before"] == pytest.approx(300, rel=1e-3)
    assert found["improvement_rate"] == pytest.approx(30 / 600, rel=1e-2)
    assert (found["lines"], found["line"], found["n_after"]) == (["mask", "tin"], "mask", AFTER)


@pytest.mark.parametrize(("status", "said"), [(REVISED, "revised"), (PROVISIONAL, "provisional")])
def test_a_target_is_as_final_as_its_days(tmp_path: Path, status: int, said: str) -> None:
    """One restated or open bucket of the window is enough."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, 50, gq=wave(1000))
    days_of(desk, 50, 51, gq=1000, status=status)
    days_of(desk, 51, 60, gq=wave(1000))

    assert agreed(desk, "throughput_per_hour")["status"] == said


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"improve": None}, "say either by which fraction to improve, or which value to reach"),
        ({"value": 5.0}, "say either by which fraction to improve, or which value to reach"),
        ({"improve": -0.1}, "improve is -0.1; a tenth better is 0.1"),
        (
            {"improve": None, "value": 900.0},
            "900.0 is not better than the baseline's 1000; higher is better",
        ),
        ({"go_live_ns": at("00:00", BEFORE - 1)}, "must begin when the baseline has ended"),
        (
            {"from_ns": at("00:00", BEFORE - 1), "to_ns": at("00:00", 50)},
            "must begin when the baseline",
        ),
        ({"from_ns": at("00:00", 50)}, "a window needs a begin and a later end"),
        (
            {"from_ns": at("00:00", 50), "to_ns": at("00:00", 50)},
            "a window needs a begin and a later",
        ),
    ],
)
def test_a_wish_that_cannot_be_meant_is_refused(
    tmp_path: Path, more: dict[str, Any], message: str
) -> None:
    """With why, and nothing is stored."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, BEFORE, gq=1000)
    name = frozen(desk, "throughput_per_hour")

    with pytest.raises(Refused, match=message):
        desk.engine.agree(wished("throughput_per_hour", name, **more))
    assert desk.engine.targets()["targets"] == []


def test_a_target_needs_baselines_of_its_own(tmp_path: Path) -> None:
    """Of that measure and line, one each, of the same days."""
    second = line_of(machine("body", line="tin"), name="tin", shifts=(DAY,))
    desk = desk_of(tmp_path, line(), second)
    for place in (0, 1):
        days_of(desk, 0, BEFORE, place, gq=950, sq=50)
    mask, tin = (
        frozen(desk, "defect_rate"),
        frozen(desk, "defect_rate", line="tin", to_ns=at("00:00", 20)),
    )

    with pytest.raises(NotFound, match="there is no baseline 'b9'; there are b1, b2"):
        desk.engine.agree(wished("defect_rate", "b9"))
    with pytest.raises(Refused, match="the baselines are not of scrap_ratio of mask"):
        desk.engine.agree(wished("scrap_ratio", mask))
    with pytest.raises(Refused, match="the baselines are not of defect_rate of tin, mask"):
        desk.engine.agree(wished("defect_rate", mask, tin, lines=("tin", "mask")))
    with pytest.raises(Refused, match="the baselines are of different days"):
        desk.engine.agree(wished("defect_rate", mask, tin, lines=("mask", "tin")))
    with pytest.raises(Refused, match="and nothing falls below 0"):
        desk.engine.agree(wished("defect_rate", mask, improve=1.0))
    with pytest.raises(NotFound, match="there is no target 't1'; there are none"):
        desk.engine.target("t1")
