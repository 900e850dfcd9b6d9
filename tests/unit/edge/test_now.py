"""Where a line stands: every number of the wall board follows on paper from a few rows."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from edge.model import SECOND_NS, STATUS_BAD
from edge.moment import parse
from edge.site import Dated, Day, Line, Shift
from kpi.states import State
from tests.unit.edge.figure_desk import (
    DAY,
    Desk,
    at,
    element,
    hourly,
    line_of,
    machine,
    site_of,
)

CONDITION = ["state", "cause", "slow", "since", "fresh", "age_s"]
KEYS = [
    *("as_of", "line", "name", *CONDITION, "product", "shift", "next_shift", "coverage"),
    *("good", "target_now", "gap", "gap_minutes", "forecast", "defect_rate", "limits", "machines"),
]
MEASURE = ["value", "unit", "low", "high", "coverage", "n", "definition"]
PRODUCING, DELAYED, IDLE, SETUP = State.PRODUCING, State.DELAYED, State.IDLE, State.SETUP
DAY_ONLY = (DAY,)


def day_line(*names: str, **more: Any) -> Line:  # noqa: ANN401 - any key of a line
    """A body and a packer by day."""
    body, pack = machine("body", *names, exit=False), machine("pack", *names)
    return line_of(body, pack, **{"shifts": DAY_ONLY, "limits": {"defect_rate": 0.012}, **more})


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A body and a packer that have produced since eight, heard of a second ago."""
    desk = Desk(tmp_path, site_of(day_line()), at("16:12:01"))
    for name in (None, "body", "pack"):
        desk.spans(name, (at("08:00"), at("16:12"), PRODUCING))
    return desk


def made(desk: Desk, until: str, *, machine: str | None = None, **each: Any) -> None:  # noqa: ANN401 - any column
    """Rows of the line by the hour since eight."""
    desk.rows(*hourly(desk.site, machine, at("08:00"), at(until), **each))


def break_aside(pieces: float) -> Any:  # noqa: ANN401 - a function of an instant
    """So many pieces an hour, none in the break."""
    return lambda t_ns: 0.0 if at("12:00") <= t_ns < at("13:00") else pieces


def test_the_document_has_the_keys_of_the_contract(desk: Desk) -> None:
    """Exactly these, in every state of knowledge."""
    now = desk.engine.now("mask")

    assert list(now) == KEYS
    assert list(now["good"]) == list(now["defect_rate"]) == MEASURE
    assert [list(each) for each in now["machines"]] == [["id", "name", *CONDITION, "good"]] * 2
    assert list(now["shift"]) == [
        "name",
        "production_day",
        "from",
        "to",
        "plan",
        "planned_s",
        "elapsed_s",
    ]
    assert now["limits"] == {"defect_rate": 0.012}
    assert now["good"]["definition"] == desk.engine.definition("lineproof/good_pieces@1")["id"]
    assert desk.engine.frame() == {"now": now["as_of"], "lines": [now]}


def test_ahead_or_behind(desk: Desk) -> None:
    """Plan 11,000 over eleven hours: at 16:12, after 7.2 planned hours, 7,200; 6,600 are there."""
    made(desk, "16:12", gq=lambda t: {at("12:00"): 0.0, at("16:00"): 300.0}.get(t, 900.0), sq=1)

    now = desk.engine.now("mask", at("16:12"))

    assert now["good"]["value"] == 7 * 900 + 300
    assert now["good"]["coverage"] == 1.0
    assert now["target_now"] == pytest.approx(7200)
    assert now["gap"] == pytest.approx(-600)
    assert now["gap_minutes"] == pytest.approx(-36)  # 1,000 an hour are 60 minutes
    assert (now["shift"]["planned_s"], now["shift"]["elapsed_s"]) == (11 * 3600, 7.2 * 3600)
    assert now["defect_rate"]["value"] == pytest.approx(9 / (6600 + 9))
    assert now["shift"]["plan"] == 11_000


@pytest.mark.parametrize(
    ("day", "plan"), [("2026-03-01", None), ("2026-03-02", 900), ("2026-03-03", 950)]
)
def test_a_plan_holds_from_its_day_on(tmp_path: Path, day: str, plan: int | None) -> None:
    """An earlier shift keeps its own plan; before the first there is none."""
    dates = date(2026, 3, 2), date(2026, 3, 3)
    plans = tuple(Dated(value, when) for value, when in zip((900, 950), dates, strict=True))
    shift = Shift("day", "08:00", "20:00", plans=plans)
    desk = Desk(tmp_path, site_of(line_of(machine("body"), shifts=(shift,))), at("12:00", 2))
    now = desk.engine.now("mask", parse(f"{day}T09:00:00+09:00"))
    assert now["shift"]["plan"] == plan
    assert desk.engine.lines()["lines"][0]["shifts"][0]["plan"] == 950


@pytest.mark.parametrize(("day", "plan"), [(0, 900), (5, 400), (6, 250), (7, 900), (12, 120)])
def test_shifts_of_one_name_have_plans_of_their_own(tmp_path: Path, day: int, plan: int) -> None:
    """Monday's, Saturday's, and two Sundays and Saturdays that are planned one by one."""
    week = (
        Shift("day", "08:00", "17:00", days="mon-fri", plan=900),
        Shift("day", "08:00", "12:00", days="sat", plan=400),
    )
    sunday = Day(date(2026, 3, 8), closed=False, shifts=(Shift("day", "09:00", "12:00", plan=250),))
    saturday = Day(
        date(2026, 3, 14), closed=True, shifts=(Shift("day", "09:00", "11:00", plan=120),)
    )
    line = day_line(shifts=week, days=(sunday, saturday))
    desk = Desk(tmp_path, site_of(line), at("10:00", day))
    shift = desk.engine.now("mask")["shift"]
    assert (shift["name"], shift["plan"]) == ("day", plan)


def test_the_forecast_follows_the_pace_so_far(desk: Desk) -> None:
    """6,600 in 7.2 hours, 3.8 left; the range by worst (800) and best (1,000) full hour."""
    pieces = {at("12:00"): 0.0, at("16:00"): 300.0, at("09:00"): 800.0, at("10:00"): 1000.0}
    made(desk, "16:12", gq=lambda t: pieces.get(t, 900.0))

    forecast = desk.engine.now("mask", at("16:12"))["forecast"]

    assert forecast["value"] == pytest.approx(6600 + 3.8 * 6600 / 7.2)
    assert forecast["low"] == pytest.approx(6600 + 3.8 * 800)
    assert forecast["high"] == pytest.approx(6600 + 3.8 * 1000)


def test_pieces_of_a_break_are_made_and_set_no_pace(desk: Desk) -> None:
    """3,000 of the break stand beside 6,600 in 7.2 planned hours; 3.8 hours go on at that pace."""
    pieces = {at("12:00"): 3000.0, at("16:00"): 300.0}
    made(desk, "16:12", gq=lambda t: pieces.get(t, 900.0))

    now = desk.engine.now("mask", at("16:12"))

    assert now["good"]["value"] == 9600
    assert now["forecast"]["value"] == pytest.approx(9600 + 3.8 * 6600 / 7.2)


def test_a_forecast_needs_half_an_hour(desk: Desk) -> None:
    """At 08:29 there is none; at 08:30 it is the pace alone, for no hour is full yet."""
    desk.rows(element(desk.site, None, at("08:00"), at("08:30"), gq=500))

    assert desk.engine.now("mask", at("08:29:59"))["forecast"] is None
    assert desk.engine.now("mask", at("08:30"))["forecast"] == dict.fromkeys(
        ("value", "low", "high"), 11_000
    )


def test_a_line_without_a_plan_is_neither_ahead_nor_behind(desk: Desk) -> None:
    """No plan, no division; the pieces stand."""
    desk.restart(site_of(day_line(shifts=(replace(DAY, plan=None),))))
    made(desk, "10:00", gq=900)

    now = desk.engine.now("mask", at("10:00"))

    assert (now["target_now"], now["gap"], now["gap_minutes"]) == (None, None, None)
    assert now["good"]["value"] == 1800


def test_a_machine_that_falls_silent_is_unknown_since_its_last_word(desk: Desk) -> None:
    """Thirty seconds it is believed, then not; nobody knows how far behind the line is."""
    made(desk, "16:00", gq=break_aside(900))
    speaking(desk, 1.0)
    desk.rows(element(desk.site, None, at("16:00"), at("16:12"), gq=180))

    fresh, stale = (desk.engine.now("mask", at("16:12") + int(s * SECOND_NS)) for s in (30.0, 30.5))

    assert [fresh[key] for key in CONDITION] == [
        "producing",
        None,
        False,
        "2026-03-02T08:00:00+09:00",
        True,
        30.0,
    ]
    assert fresh["gap"] is not None
    assert fresh["good"]["coverage"] == 1.0  # a machine that is believed is not unseen
    assert [stale[key] for key in CONDITION] == [
        "unknown",
        None,
        False,
        "2026-03-02T16:12:00+09:00",
        False,
        30.5,
    ]
    assert stale["gap"] is stale["gap_minutes"] is stale["forecast"] is None
    assert stale["good"]["value"] == 7 * 900 + 180
    assert stale["good"]["coverage"] == pytest.approx(1 - 30.5 / (7.2 * 3600 + 30.5))


def test_a_gap_that_the_counters_survive_is_a_gap(desk: Desk) -> None:
    """Every piece is known, yet of an hour of eight nobody knows what the machines did."""
    made(desk, "14:00", gq=break_aside(900))
    unseen_ns = 3600 * SECOND_NS
    gap = element(desk.site, None, at("14:00"), at("15:00"), apt_s=0, gq=900, unknown_ns=unseen_ns)
    desk.rows(gap)
    desk.rows(element(desk.site, None, at("15:00"), at("16:00"), gq=900))
    now = desk.engine.now("mask", at("16:00"))

    assert now["good"]["value"] == 7 * 900
    assert now["good"]["coverage"] == 1.0
    assert now["coverage"] == pytest.approx(6 / 7)


def test_a_line_nobody_ever_heard_of(tmp_path: Path) -> None:
    """No row, no span: everything is unknown, nothing is zero, and nothing breaks."""
    desk = Desk(tmp_path, site_of(day_line()), at("09:00"))

    now = desk.engine.now("mask")

    assert [now[key] for key in CONDITION] == ["unknown", None, False, None, False, None]
    assert now["good"]["value"] is None
    assert now["good"]["coverage"] == 0
    assert now["product"] is None
    assert [each["state"] for each in now["machines"]] == ["unknown", "unknown"]


def test_before_the_shift(desk: Desk) -> None:
    """No shift, no pieces, no gap; the next one is named with its begin."""
    now = desk.engine.now("mask", at("07:00"))

    assert now["shift"] is None
    assert now["next_shift"] == {"name": "day", "from": "2026-03-02T08:00:00+09:00"}
    assert [now["good"][key] for key in ("value", "low", "high", "coverage", "n")] == [
        None,
        None,
        None,
        None,
        0,
    ]
    assert now["state"] == "not_scheduled"
    assert now["gap"] is None


def resting(tmp_path: Path, state: State) -> Desk:
    """A packer that has rested since 11:50, and lives."""
    desk = Desk(tmp_path, site_of(line_of(machine("pack"), shifts=DAY_ONLY)))
    desk.spans("pack", (at("11:00"), at("11:50"), PRODUCING), (at("11:50"), at("13:30"), state))
    return desk


@pytest.mark.parametrize(
    ("when", "state", "since"),
    [
        ("13:30:10", "idle", "13:00:00"),
        ("13:30:40", "unknown", "13:30:00"),
    ],
)
def test_the_calendar_names_what_rests(tmp_path: Path, when: str, state: str, since: str) -> None:
    """Idle through a break is idle since its end; silent is unknown since the last word."""
    now = resting(tmp_path, IDLE).engine.now("mask", at(when))

    assert (now["state"], now["since"][11:19]) == (state, since)


def test_an_idle_machine_at_break_is_at_break(tmp_path: Path) -> None:
    """Idle at 12:30 is a planned stop since noon; stopped by a fault it stays stopped."""
    site = site_of(line_of(machine("pack"), shifts=DAY_ONLY))
    desk = Desk(tmp_path, site)
    desk.spans("pack", (at("11:50"), at("12:30"), IDLE))

    now = desk.engine.now("mask", at("12:30:01"))

    assert (now["state"], now["since"]) == ("planned_down", "2026-03-02T12:00:00+09:00")


def test_a_fault_at_break_is_a_fault(tmp_path: Path) -> None:
    """What is loud stays loud, with its cause and its begin."""
    desk = Desk(tmp_path, site_of(line_of(machine("pack"), shifts=DAY_ONLY)))
    desk.spans("pack", (at("11:50"), at("12:30"), State.DELAYED_EXTERNAL))

    now = desk.engine.now("mask", at("12:30:01"))

    assert [now[key] for key in ("state", "cause", "since")] == [
        "delayed",
        "external",
        "2026-03-02T11:50:00+09:00",
    ]


def test_parallel_machines_show_their_best(tmp_path: Path) -> None:
    """The line produces while one of its packers does; a silent one takes nothing from it."""
    packers = (machine("pack-1", station="pack"), machine("pack-2", station="pack"))
    desk = Desk(tmp_path, site_of(line_of(*packers, shifts=DAY_ONLY)), at("10:00"))
    desk.spans("pack-1", (at("09:00"), at("10:00"), PRODUCING))
    desk.spans("pack-2", (at("09:30"), at("09:50"), DELAYED))

    now = desk.engine.now("mask")

    assert [each["state"] for each in now["machines"]] == ["producing", "unknown"]
    assert [now[key] for key in ("state", "since", "fresh")] == [
        "producing",
        "2026-03-02T09:00:00+09:00",
        True,
    ]


def test_a_state_that_lasts_for_days_is_known_from_its_begin(tmp_path: Path) -> None:
    """However far back what is read must reach."""
    desk = Desk(tmp_path, site_of(line_of(machine("pack"))), at("10:00", 9))
    desk.spans(
        "pack", (at("09:00"), at("09:30"), PRODUCING), (at("09:30"), at("10:00", 9), DELAYED)
    )

    assert desk.engine.now("mask")["since"] == "2026-03-02T09:30:00+09:00"


def speaking(desk: Desk, every_s: float, *, until: str = "16:12") -> None:
    """The packer's counter of good pieces goes on by one every so many seconds."""
    end = at(until)
    steps = range(int(800 / every_s))
    samples = [(end - int(k * every_s * SECOND_NS), float(1000 - k)) for k in steps]
    desk.memory.say("hanbit/mask/pack/good", *samples)


@pytest.mark.parametrize(
    ("every_s", "slow"), [(1.0, False), (1.1, False), (1.12, True), (5.0, True), (390.0, True)]
)
def test_slow_is_below_nine_tenths_of_ideal_for_five_minutes(
    desk: Desk, every_s: float, *, slow: bool
) -> None:
    """At one second a piece, nine tenths are 270 pieces in five minutes."""
    speaking(desk, every_s)

    now = desk.engine.now("mask")

    assert now["slow"] is slow
    assert [each["slow"] for each in now["machines"]] == [False, slow]  # the body never spoke


def test_nobody_is_slow_who_has_just_begun(desk: Desk) -> None:
    """Five minutes of production must lie behind; a stop in between starts them anew."""
    speaking(desk, 5.0, until="16:17:30")
    later = at("16:12"), at("16:13"), at("16:17:30")
    desk.spans("pack", (*later[:2], DELAYED), (*later[1:], PRODUCING))

    assert desk.engine.now("mask", later[2])["slow"] is False
    assert desk.engine.now("mask", at("16:12"))["slow"] is True


def test_nobody_is_slow_of_whom_the_count_is_unknown(desk: Desk) -> None:
    """A reading that cannot be used is no count, so there is nothing to call slow."""
    speaking(desk, 5.0)
    desk.memory.say("hanbit/mask/pack/good", (at("16:10"), 0.0), status=STATUS_BAD)

    assert desk.engine.now("mask")["slow"] is False
