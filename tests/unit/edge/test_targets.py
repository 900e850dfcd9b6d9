"""Targets: four numbers, documents and refusals follow from the days, on paper."""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from math import exp, log
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import delete

from edge.engine.figures.days import Days
from edge.engine.verdicts.changes import change
from edge.errors import NotFound, Refused
from edge.evidence.results import Promise
from edge.model import SECOND_NS
from edge.records import proof
from edge.records.audit import entries
from edge.records.elements import PROVISIONAL, REVISED
from kpi.inference import ratio_change_interval
from tests.unit.edge.figure_desk import (
    DAY,
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
    frozen,
    line,
    wave,
    wished,
)

TARGET = {
    *("id", "lines", "line", "line_name", "machine", "measure", "unit", "higher_is_better"),
    *(
        "definition",
        "baseline",
        "frozen_late",
        "before",
        "after",
        "after_low",
        "after_high",
        "target",
    ),
    *("improvement_rate", "low", "high", "attainment_rate", "share_of_target", "point_change"),
    *("zero_defects", "bill_effect", "coverage", "coverage_before", "coverage_after"),
    *("n_before", "n_after", "verdict", "reasons", "not_checked", "gates", "go_live"),
    *("report_from", "report_to", "report_complete", "due", "due_days", "manual_share"),
    *("interval", "status"),
}
BEHIND = {
    "series",
    "decomposition",
    "sensitivity",
    "shift",
    "plan_cuts",
    "sustainment",
    "falls_from",
}
"""What one target alone tells, beside what the list says of it."""


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
    """With its gates in their order, its days, its due date; the list lacks what stands behind."""
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
    assert found["frozen_late"] is True, "frozen today, long after go-live"
    assert found.keys() == TARGET | BEHIND
    (listed,) = desk.engine.targets()["targets"]
    assert listed == {key: value for key, value in found.items() if key not in BEHIND}


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


def test_several_lines_are_the_ratio_of_their_sums(tmp_path: Path) -> None:
    """300 of 100 + 500 pieces an hour more at one line of two: not the mean of their changes."""
    second = line_of(machine("body", line="tin"), name="tin", shifts=(DAY,), maturity_days=0)
    desk = desk_of(tmp_path, line(), second)
    for place, (before, after) in enumerate(((100, 130), (500, 500))):
        days_of(desk, 0, BEFORE, place, gq=wave(before, 1))
        days_of(desk, BEFORE, 50, place, gq=wave(after, 1))
        days_of(desk, 51, 60, place, gq=wave(after, 1))
    days_of(desk, 50, 51, 0, gq=wave(130, 1))  # a day of which the second line knows nothing
    names = [frozen(desk, "throughput_per_hour", line=one) for one in ("mask", "tin")]

    found = desk.engine.agree(
        wished("throughput_per_hour", *names, lines=("mask", "tin"), improve=0.04)
    )

    assert found["before"] == pytest.approx(300, rel=1e-3)
    assert found["improvement_rate"] == pytest.approx(30 / 600, rel=1e-2)
    assert (found["lines"], found["line"], found["n_after"]) == (["mask", "tin"], "mask", AFTER - 1)
    assert found["coverage_after"] == pytest.approx(1 - 1 / AFTER)


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
        (
            {"improve": None, "value": math.inf},
            "value is inf, which nobody reaches; write a number",
        ),
        ({"improve": None, "value": math.nan}, "nan is not better than the baseline's 1000"),
        ({"go_live_ns": at("00:00", BEFORE - 1)}, "must begin when the baseline has ended"),
        (
            {"from_ns": at("00:00", BEFORE - 1), "to_ns": at("00:00", 50)},
            "must begin when the baseline",
        ),
        ({"improve": 5.0}, "improve is 5, which makes it 6 times as good"),
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


def test_a_percentage_is_not_taken_for_a_share(tmp_path: Path) -> None:
    """95 of an availability would be 9,500 %."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, BEFORE, apt_ns=2700 * SECOND_NS, adet_ns=900 * SECOND_NS)
    name = frozen(desk, "availability")
    with pytest.raises(
        Refused, match=r"value is 95, and availability is a share of 1; 95 of a hundred is 0\.95"
    ):
        desk.engine.agree(wished("availability", name, improve=None, value=95.0))
    desk.engine.agree(wished("availability", name, improve=None, value=0.95))


@pytest.mark.parametrize("blank", [{"reason": " "}, {"name": ""}])
def test_a_baseline_is_not_frozen_without_a_reason(tmp_path: Path, blank: dict[str, str]) -> None:
    """Who was not there asks why this period, and nobody would know."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, BEFORE, gq=1000)
    with pytest.raises(Refused, match="a baseline needs a name, and the reason why"):
        frozen(desk, "throughput_per_hour", **blank)


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


def test_a_promise_that_is_sent_twice_is_one(tmp_path: Path) -> None:
    """As after an answer that never came; another aim, day or condition is another promise."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, 60, gq=wave(1000))
    name = frozen(desk, "throughput_per_hour")
    wish = wished("throughput_per_hour", name, due=date(2026, 6, 30), conditions=("weekday",))
    first = desk.engine.agree(wish)
    logged = entries(desk.records, 100)

    again = desk.engine.agree(wish)

    assert again["id"] == first["id"] == "t1"
    assert entries(desk.records, 100) == logged
    others: list[dict[str, Any]] = [
        {"improve": 0.2},
        {"improve": None, "value": 1200.0},
        {"due": None},
        {"conditions": None},
        {"go_live_ns": at("00:00", BEFORE + 1)},
    ]
    for n, other in enumerate(others, 2):
        assert desk.engine.agree(replace(wish, **other))["id"] == f"t{n}"
    assert len(desk.engine.targets()["targets"]) == 1 + len(others)


MORNING_AND_AFTERNOON = (("08:00", "12:00"), ("13:00", "20:00"))


def test_a_line_or_machine_that_is_gone_leaves_the_other_targets(tmp_path: Path) -> None:
    """Renamed in the file, it is another: its targets say which there are, wherever one asks."""
    mask, press = line(), line_of(machine("ram"), name="press", shifts=(DAY,))
    desk = desk_of(tmp_path, mask, press)
    for place in range(2):
        days_of(desk, 0, 60, place, gq=wave(1000))
    spans = [(at(a, day), at(b, day)) for day in range(60) for a, b in MORNING_AND_AFTERNOON]
    desk.rows(*(element(desk.site, "body", *span, gq=1000.0) for span in spans))
    first, second = (frozen(desk, "throughput_per_hour", name) for name in ("mask", "press"))
    body = frozen(desk, "throughput_per_hour", machine="body")
    desk.engine.agree(wished("throughput_per_hour", first))
    desk.engine.agree(wished("throughput_per_hour", second, lines=("press",)))
    desk.engine.agree(wished("throughput_per_hour", first, second, lines=("mask", "press")))
    desk.engine.agree(replace(wished("throughput_per_hour", body), machine="body"))

    other = line_of(machine("frame"), shifts=(DAY,), maturity_days=0)
    for lines, wanted in (
        ((press,), {"t1": "mask", "t3": "mask", "t4": "mask"}),
        ((mask,), {"t2": "press", "t3": "press"}),
        ((other, press), {"t4": "body"}),
    ):
        desk.restart(site_of(*lines))
        found = desk.engine.targets()
        because = {one["id"]: one["because"] for one in found["unjudged"]}
        assert because.keys() == wanted.keys()
        assert len(found["targets"]) == 4 - len(wanted)
        ids = {each.id for each in lines}
        assert all(lint.line in ids for piece in desk.engine.lints() for lint in piece)
        for name, gone in wanted.items():
            assert f"'{gone}'" in because[name]
            for ask in (desk.engine.target, desk.engine.explain_target):
                with pytest.raises(NotFound, match=f"'{gone}'"):
                    ask(name)


def test_a_lost_baseline_leaves_the_other_targets(tmp_path: Path) -> None:
    """The one that rested on it says what is missing and what to do, wherever it is asked for."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, BEFORE, gq=wave(1000), sq=lambda _: 10.0)
    days_of(desk, BEFORE, 60, gq=wave(1200), sq=lambda _: 10.0)
    lost = agreed(desk, "throughput_per_hour")
    whole = agreed(desk, "defect_rate")
    with desk.records.writing() as db:
        db.execute(delete(proof.baseline).where(proof.baseline.c.id == "b1"))

    found = desk.engine.targets()
    assert [one["id"] for one in found["targets"]] == [whole["id"]]
    (one,) = found["unjudged"]
    because = one.pop("because")
    assert one == {
        "id": lost["id"],
        "lines": ["mask"],
        "line_name": desk.site.lines[0].name,
        "machine": None,
        "measure": "throughput_per_hour",
        "lost": ["b1"],
    }
    assert because.startswith("target 't1' cannot be judged: its baseline 'b1' is no longer in")
    assert "restore records.db" in because
    for ask in (desk.engine.target, desk.engine.explain_target, partial(Promise.of, desk.records)):
        with pytest.raises(NotFound) as told:
            ask("t1")
        assert str(told.value) == because
