"""Findings across stations, shifts, baselines and reasons: each on paper, and its limits."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import chain
from math import nan
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from edge.engine.findings.lints import Lint, lints
from edge.records import progress, proof
from edge.records.elements import COUNT_UNKNOWN, QUARANTINED, RESET
from edge.records.proof import Edit
from edge.site import Dated, Line, Machine
from tests.unit.edge.figure_desk import (
    DAY,
    Desk,
    Row,
    at,
    hourly,
    line_of,
    machine,
    signal,
    site_of,
)
from tests.unit.edge.target_desk import agreed, days_of, wave
from tests.unit.edge.target_desk import desk_of as target_desk

HOURS = [at(f"{hour:02}:00") for hour in range(8, 20) if hour != 12]
Change = Callable[[int], Any]


def two(**more: Any) -> Line:  # noqa: ANN401 - of the second machine
    """A press and, behind it, packing, which is the exit."""
    press = machine("press", "state", "good", "scrap", exit=False)
    pack = machine("pack", "state", "good", "scrap", "rework", **more)
    return line_of(press, pack, shifts=(DAY,))


def desk_of(folder: Path, line: Line | None = None) -> Desk:
    """A line by day, seen since long ago, a week later."""
    desk = Desk(folder, site_of(line or line_of(machine("body"), shifts=(DAY,))), at("08:00", 7))
    desk.lived(at("00:00", -30), at("00:00", 30))
    return desk


def shift(desk: Desk, name: str | None, day: int = 0, **more: Any) -> list[Row]:  # noqa: ANN401 - any column
    """A day of a machine, hour by hour: 100 good pieces in each of eleven."""
    amounts = {"gq": 100.0, "first_in": nan, **more}
    said = {key: outside_break(value, day) for key, value in amounts.items()}
    return hourly(desk.site, name, at("08:00", day), at("20:00", day), **said)


def both(desk: Desk, day: int = 0, **more: Any) -> list[Row]:  # noqa: ANN401 - any column
    """The same day of the line and of its only machine."""
    return [*shift(desk, None, day, **more), *shift(desk, "body", day, **more)]


def outside_break(value: Any, day: int) -> Any:  # noqa: ANN401 - of any column
    """The value of each planned hour, and none in the break."""
    if callable(value) or isinstance(value, str):
        return value
    return lambda t: 0 if t == at("12:00", day) else value


def found(desk: Desk, days: int = 1, others: tuple[Line, ...] = ()) -> list[Lint]:
    """What is found of the line in its first days."""
    return lints(desk.engine.view, desk.line, (at("08:00"), at("08:00", days)), others)


def told(desk: Desk, code: str, **more: Any) -> list[tuple[str | None, float, float]]:  # noqa: ANN401 - as `found`
    """Whom a finding of this code is told of, with how much of what."""
    mine = [one for one in found(desk, **more) if one.code == code]
    return [(one.machine, round(one.amount, 6), round(one.of, 6)) for one in mine]


@pytest.mark.parametrize(
    ("missing_s", "is_found"), [(1900, False), (1980, False), (1981, True), (7200, True)]
)
def test_a_shift_known_for_less_than_nineteen_twentieths_is_thin(
    tmp_path: Path, missing_s: int, *, is_found: bool
) -> None:
    """Eleven planned hours are 39,600 s, of which a twentieth is 1,980 s."""
    desk = desk_of(tmp_path)
    rows = both(desk, unknown_ns=lambda t: missing_s * 10**9 // 2 if t in HOURS[:2] else 0)
    desk.rows(*rows, *both(desk, 1))

    of_each = [(None, 1, 2), ("body", 1, 2)]
    assert told(desk, "thin_shift", days=2) == (of_each if is_found else [])


def test_counts_that_nobody_knows_make_a_shift_thin_as_well(tmp_path: Path) -> None:
    """Forty minutes of the eleven hours, and not those of the break, which is planned by nobody."""
    desk = desk_of(tmp_path)
    minutes = {HOURS[0]: 40, at("12:00", 1): 40}
    each: dict[str, Any] = {"count_unknown_ns": lambda t: minutes.get(t, 0) * 60 * 10**9}
    desk.rows(*both(desk, **each), *both(desk, 1, **each))

    assert told(desk, "thin_shift", days=2) == [(None, 1, 2), ("body", 1, 2)]


def test_no_shift_is_thin_before_the_machine_first_lived_nor_while_it_lasts(
    tmp_path: Path,
) -> None:
    """Nobody saw the first two days and the begun one; the gateway came on the third."""
    desk = desk_of(tmp_path)
    desk.lived(at("07:00", 2), at("00:00", 30))
    desk.rows(*both(desk, 2), *both(desk, 3))
    begun = lints(desk.engine.view, desk.line, (at("08:00"), at("15:00", 4)))

    assert [one for one in begun if one.code == "thin_shift"] == []
    assert told(desk, "thin_shift", days=5) == [(None, 1, 3), ("body", 1, 3)]


def test_a_shift_whose_rows_are_still_to_be_made_is_not_thin(tmp_path: Path) -> None:
    """While a past is imported nothing is said of it; of the second day nothing is waited for."""
    desk = desk_of(tmp_path)
    with desk.engine.view.records.writing() as db:
        progress.add_marks(db, [("mask", at("19:59"), at("19:59"))], "history")
        progress.add_marks(db, [("other", at("08:00"), at("08:00", 9))], "history")
    desk.rows(*both(desk, 2))

    assert told(desk, "thin_shift", days=3) == [(None, 1, 2), ("body", 1, 2)]


@pytest.mark.parametrize(
    ("flags", "is_found"),
    [(COUNT_UNKNOWN, True), (COUNT_UNKNOWN | QUARANTINED, True), (RESET, False)],
)
def test_each_quarter_with_a_count_past_its_limit_is_told(
    tmp_path: Path, flags: int, *, is_found: bool
) -> None:
    """In two of the twelve hourly rows a counter jumped; a reset is understood."""
    desk = desk_of(tmp_path)
    desk.rows(*shift(desk, None, flags=lambda t: flags if t in HOURS[3:5] else 0))

    assert told(desk, "rate_limit") == ([(None, 2, 12)] if is_found else [])


@pytest.mark.parametrize(("packed", "more"), [(100, 0), (100.5, 0), (103, 33), (200, 1100)])
def test_packing_makes_no_more_than_the_machine_before_it(
    tmp_path: Path, packed: float, more: float
) -> None:
    """Of 1,100 pieces half a percent is noise; of pieces that may have been made none is more."""
    desk = desk_of(tmp_path, two())
    desk.rows(*shift(desk, "press"), *shift(desk, "pack", gq=packed), *shift(desk, None))

    assert told(desk, "wip_drift") == ([("pack", more, 1100)] if more else [])


def test_what_may_have_been_made_and_what_was_thrown_away_is_no_drift(tmp_path: Path) -> None:
    """200 may have come an hour; of 103 at packing 97 are good, which the press made."""
    desk = desk_of(tmp_path, two())
    unsure = shift(desk, "press", pq_high=200.0)
    desk.rows(*unsure, *shift(desk, "pack", gq=200.0), *shift(desk, None))
    assert told(desk, "wip_drift") == []

    desk.rows(*shift(desk, "press", 1), *shift(desk, "pack", 1, gq=97.0, sq=6.0))
    next_day = lints(desk.engine.view, desk.line, (at("08:00", 1), at("08:00", 2)))
    assert [one for one in next_day if one.code == "wip_drift"] == []


def test_parallel_machines_of_a_station_make_together(tmp_path: Path) -> None:
    """Two presses of 100 an hour feed one packing of 200; racks are not compared with pieces."""
    presses = [machine(name, exit=False, station="press") for name in ("press-1", "press-2")]
    line = line_of(*presses, machine("pack"), shifts=(DAY,))
    desk = desk_of(tmp_path, line)
    rows = [row for press in presses for row in shift(desk, press.id)]
    desk.rows(*rows, *shift(desk, "pack", gq=200.0), *shift(desk, None, gq=200.0))
    assert told(desk, "wip_drift") == []

    desk.restart(site_of(line_of(presses[0], line.machines[2], shifts=(DAY,))))
    assert told(desk, "wip_drift") == [("pack", 1100, 1100)]

    desk.restart(site_of(line_of(in_racks(presses[0]), line.machines[2], shifts=(DAY,))))
    assert told(desk, "wip_drift") == []


def in_racks(press: Machine) -> Machine:
    """The machine, where it counts racks of pieces."""
    signals = {
        name: signal(press.id, name, unit="{rack}" if name != "state" else "")
        for name in press.signals
    }
    return replace(press, signals=signals)


@pytest.mark.parametrize(
    ("good", "rework", "again"),
    [(100, 10, 110), (95, 10, 55), (90, 10, 0), (100, 0, 0), (180, 10, 0)],
)
def test_rework_that_comes_by_again_is_counted_twice(
    tmp_path: Path, good: float, rework: float, again: float
) -> None:
    """100 come in an hour. 100 good and 10 reworked are 10 too many; 90 and 10 are just right."""
    desk = desk_of(tmp_path, two())
    rows = shift(desk, "pack", gq=good, rq=rework)
    desk.rows(*shift(desk, "press"), *rows, *shift(desk, None, gq=good))

    of = 11 * (good + rework)
    assert told(desk, "rework_twice") == ([("pack", again, of)] if again else [])


@pytest.mark.parametrize(("inspected", "again"), [(100, 110), (110, 0), (10, 0)])
def test_first_presentations_tell_rework_that_comes_by_again(
    tmp_path: Path, inspected: float, again: float
) -> None:
    """Of 110 made 100 came first; where only ten are inspected, nothing is known of the others."""
    line = line_of(machine("body", "state", "good", "scrap", "rework"), shifts=(DAY,))
    desk = desk_of(tmp_path, line)
    desk.rows(*shift(desk, "body", rq=10.0, first_in=inspected), *shift(desk, None, rq=10.0))

    assert told(desk, "rework_twice") == ([("body", again, 1210)] if again else [])


def test_who_tells_first_presentations_is_believed_before_the_station_in_front(
    tmp_path: Path,
) -> None:
    """110 made of 100 that came first; the press says 105, which would be five."""
    desk = desk_of(tmp_path, two())
    press = shift(desk, "press", gq=105.0)
    desk.rows(*press, *shift(desk, "pack", rq=10.0, first_in=100.0), *shift(desk, None))

    assert told(desk, "rework_twice") == [("pack", 110, 1210)]


def with_cycle(line: Line, seconds: float, product: str = "A", since: date | None = None) -> Line:
    """The line with a further ideal cycle."""
    (only,) = line.machines
    dated = (*only.ideal_cycle_s.get(product, ()), Dated(seconds, since))
    cycles = {**only.ideal_cycle_s, product: dated if since else dated[-1:]}
    return replace(line, machines=(replace(only, ideal_cycle_s=cycles),))


@pytest.mark.parametrize(("seconds", "is_found"), [(1.0, False), (0.9, True)])
def test_pieces_of_another_ideal_cycle_are_told(
    tmp_path: Path, seconds: float, *, is_found: bool
) -> None:
    """The 1,100 pieces of one of two days; a product without a cycle is a finding of its own."""
    desk = desk_of(tmp_path)
    desk.rows(*shift(desk, None), *shift(desk, None, 1, product="B"))
    other = with_cycle(with_cycle(desk.line, seconds), 3.0, "B")

    said = told(desk, "cycle_changed", days=2, others=(other,))
    assert said == ([(None, 1100, 2200)] if is_found else [])


def test_health_holds_cycles_against_the_baselines_of_targets_that_report(tmp_path: Path) -> None:
    """From the last day but two on it is 0.9 s; the target reports to the end of these days."""
    desk = target_desk(tmp_path)
    days_of(desk, 0, 58, gq=wave(500.0))
    agreed(desk, "throughput_per_hour")
    site = site_of(with_cycle(desk.line, 0.9, since=date(2026, 4, 27)))

    def said() -> list[float]:
        every = chain(*desk.engine.lints())
        return [one.amount for one in every if one.code == "cycle_changed" and not one.machine]

    assert said() == []
    desk.restart(site)
    made = sum(11 * (500.0 + 10 * w) for w in (WAVE_56, WAVE_57))
    assert said() == [made]
    desk.clock.now_ns = at("12:00", 80)
    days_of(desk, 73, 80, gq=500.0)
    assert said() == []


def test_a_target_whose_baseline_was_lost_keeps_no_finding_back(tmp_path: Path) -> None:
    """Damaged records are taken over as far as they can be read; the rest is looked through."""
    desk = target_desk(tmp_path)
    days_of(desk, 0, 58, gq=500.0)
    agreed(desk, "throughput_per_hour")
    with desk.engine.view.records.writing() as db:
        db.execute(text("delete from baseline"))
    assert "constant_series" in [one.code for one in chain(*desk.engine.lints())]


WAVE_56, WAVE_57 = 0, 3  # of the days 56 and 57, eight weeks after the first


def explained(desk: Desk, stop_ns: int, said_ns: int, reason: str | None = "jam") -> None:
    """Say why the machine stood still."""
    name = f"mask/body/{stop_ns}"
    with desk.records.reading() as db:
        version = proof.last_edit(db, name).version + 1
    assert proof.add_edit(desk.records, "mask", name, said_ns, Edit(version, reason))


def test_reasons_given_behind_the_shift_are_counted(tmp_path: Path) -> None:
    """Of five in the shift two came late: at half past eight, and in the morning."""
    desk = desk_of(tmp_path)
    desk.rows(*shift(desk, None))
    for minute, said in (("08:10", "09:00"), ("10:00", "19:59"), ("11:00", "20:00")):
        explained(desk, at(minute), at(said))
    explained(desk, at("13:00"), at("20:30"))
    explained(desk, at("19:00"), at("07:00", 1))
    explained(desk, at("22:00"), at("07:00", 1))  # outside of any shift

    assert told(desk, "late_reason") == [("body", 2, 5)]


def test_the_reason_that_holds_is_the_one_that_counts(tmp_path: Path) -> None:
    """Said again it is no later; changed it is; taken back there is none."""
    desk = desk_of(tmp_path)
    desk.rows(*shift(desk, None))
    for stop, second in (("08:10", "jam"), ("09:10", "dust"), ("10:10", None)):
        explained(desk, at(stop), at("11:00"))
        explained(desk, at(stop), at("21:00"), second)

    assert told(desk, "late_reason") == [("body", 1, 2)]


def test_one_late_reason_of_ten_is_usual(tmp_path: Path) -> None:
    """One of eleven is not told; two are."""
    desk = desk_of(tmp_path)
    desk.rows(*shift(desk, None))
    for minute in range(10, 20):
        explained(desk, at(f"08:{minute}"), at("09:00"))
    explained(desk, at("18:00"), at("20:30"))
    assert told(desk, "late_reason") == []

    explained(desk, at("18:30"), at("20:30"))
    assert told(desk, "late_reason") == [("body", 2, 12)]
