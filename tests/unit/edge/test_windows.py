"""The reporting window: as many working days as the baseline, each counted on a calendar by hand.

The line works from Monday to Friday. The first day is Monday, 2 March 2026; the baseline is the
four weeks up to Friday the 27th, twenty days.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from edge.engine.verdicts import targets, windows
from edge.engine.verdicts.plan_cuts import plan_cuts
from edge.engine.view import PlanCut
from edge.evidence.results import Promise, instant_of
from edge.records import proof
from edge.records.audit import ADMIN
from edge.records.elements import REVISED
from edge.records.revisions import DATED
from edge.site import Shift
from tests.unit.edge.figure_desk import HOUR_NS, Desk, Row, at, site_of
from tests.unit.edge.target_desk import desk_of, frozen, hour_of, line, wave, wished

FIRST = date(2026, 3, 2)
NOON = date(2027, 1, 4)  # the day on which everything is looked at
ONE_DAY = timedelta(days=1)
SPRING = (date(2026, 4, 15), date(2026, 4, 30), date(2026, 5, 1))  # closed on three weekdays


def number(day: date) -> int:
    """The days since the first."""
    return (day - FIRST).days


def working(first: date, n: int, days: int = 5, closed: Sequence[date] = ()) -> list[date]:
    """So many working days from a day on, one after another; a week has its first so many."""
    found, day = list[date](), first
    while len(found) < n:
        found += [day] if day.weekday() < days and day not in closed else []
        day += ONE_DAY
    return found


def desk_in(folder: Path, last: date, days: int = 5, closed: Sequence[date] = ()) -> Desk:
    """A desk whose line works an hour a day before a day: 1,000 pieces, 1,200 since 30 March."""
    week = {5: "mon-fri", 6: "mon-sat"}[days]
    shift = Shift("day", "08:00", "09:00", days=week)
    desk = desk_of(folder, line(shifts=(shift,), closed=tuple(closed)))
    worked = [day for day in working(FIRST, number(last), days, closed) if day < last]
    each = [(number(day), 1000 if day < date(2026, 3, 30) else 1200) for day in worked]
    told = [hour_of(desk.site, at("08:00", n), gq=wave(level)(n)) for n, level in each]
    desk.rows(*told)
    desk.lived(at("00:00"), at("00:00", number(NOON)))
    desk.clock.now_ns = at("12:00", number(NOON))
    return desk


def target(desk: Desk, go_live: date, to: int = 28, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any key
    """A tenth better than the days before `to`, live on the morning of a day."""
    name = frozen(desk, "throughput_per_hour", to_ns=at("00:00", to))
    keys = {"go_live_ns": at("08:00", number(go_live)), **more}
    return desk.engine.agree(wished("throughput_per_hour", name, **keys))


@pytest.mark.parametrize("weekday", range(5))
@pytest.mark.parametrize("closed", [(), SPRING], ids=["no_holiday", "holidays"])
def test_it_has_as_many_days_as_the_baseline_whenever_a_change_goes_live(
    tmp_path: Path, weekday: int, closed: Sequence[date]
) -> None:
    """Twenty days on both sides, from Monday's go-live to Friday's, around holidays too."""
    desk = desk_in(tmp_path, date(2026, 7, 1), closed=closed)
    live = date(2026, 3, 30) + weekday * ONE_DAY
    wanted = working(live, 30, closed=closed)[10:]

    found = target(desk, live)

    assert (found["n_before"], found["n_after"]) == (20, 20)
    ends = found["report_from"][:10], found["report_to"][:10]
    assert ends == (str(wanted[0]), str(wanted[-1] + ONE_DAY))
    assert (found["report_complete"], found["verdict"]) == (True, "improved_at_least_target")


@pytest.mark.parametrize("weekday", range(6))
def test_a_week_of_six_days(tmp_path: Path, weekday: int) -> None:
    """24 days from Monday to Saturday are 24 days again."""
    desk = desk_in(tmp_path, date(2026, 7, 1), days=6)
    found = target(desk, date(2026, 3, 30) + weekday * ONE_DAY)
    assert (found["n_before"], found["n_after"], found["report_complete"]) == (24, 24, True)


def test_holidays_of_the_baseline_are_no_days_of_the_window(tmp_path: Path) -> None:
    """A baseline of five weeks with two holidays has 23 days, and so has what is compared."""
    closed = date(2026, 3, 4), date(2026, 3, 19)
    desk = desk_in(tmp_path, date(2026, 8, 1), closed=closed)
    found = target(desk, date(2026, 4, 8), to=35)
    wanted = working(date(2026, 4, 8), 33)[10:]
    assert (found["n_before"], found["n_after"]) == (23, 23)
    assert found["report_to"][:10] == str(wanted[-1] + ONE_DAY)


def test_a_look_back_has_as_many_days_as_the_window(tmp_path: Path) -> None:
    """Three months after Monday, 13 April comes a Monday, six months after it a Tuesday."""
    desk = desk_in(tmp_path, NOON)
    found = target(desk, date(2026, 3, 30))
    three, six, twelve = found["sustainment"]
    for look, first in ((three, date(2026, 7, 13)), (six, date(2026, 10, 13))):
        last = working(first, 20)[-1]
        assert (look["from"], look["to"]) == (str(first), str(last + ONE_DAY))
        assert (look["state"], look["n"], look["label"]) == ("computed", 20, "sustained")
    assert twelve["state"] == "waiting"


def test_a_target_of_before_keeps_its_window(tmp_path: Path) -> None:
    """It was agreed on as days of the calendar, from Wednesday, 15 April: 26, of which 18 work."""
    desk = desk_in(tmp_path, NOON)
    name = frozen(desk, "throughput_per_hour", to_ns=at("00:00", 28))
    wish = wished("throughput_per_hour", name, go_live_ns=at("08:00", 30))
    body, _ = targets.meant(desk.engine.view, wish)
    before = {key: value for key, value in body.items() if key != "report_days"}
    proof.keep(desk.records, proof.target, desk.clock.now_ns, lambda _: before, ADMIN)
    found = desk.engine.target("t1")
    ends = found["report_from"][:10], found["report_to"][:10]
    assert ends == ("2026-04-15", "2026-05-11")
    assert found["n_after"] == 18
    three = found["sustainment"][0]
    assert (three["from"], three["to"]) == ("2026-07-15", "2026-08-11")


def test_where_fewer_days_are_planned_it_ends_no_earlier_than_the_baseline_is_long(
    tmp_path: Path,
) -> None:
    """A line that is closed for good after the black-out is not waited for for ever."""
    shut = date(2026, 4, 13)
    closed = [shut + n * ONE_DAY for n in range(2 * windows.LOOK_DAYS)]
    desk = desk_in(tmp_path, shut, closed=closed)
    body = {"report_days": 20, "lines": ["mask"]}
    view = desk.engine.view
    assert windows.end_of(view, body, "2026-04-13", "2026-05-09") == "2026-05-09"
    assert windows.end_of(view, body, "2026-04-10", "2026-05-06") == "2026-05-06"
    few = windows.end_of(view, body, "2026-03-26", "2026-03-28")
    assert few == "2026-04-11", "after the last day that is planned, twelve of twenty"


def test_a_window_that_somebody_named_is_that_window(tmp_path: Path) -> None:
    """From Monday, 13 April, over two weeks, however long the baseline was."""
    desk = desk_in(tmp_path, NOON)
    named = {"from_ns": at("00:00", 42), "to_ns": at("00:00", 56)}
    found = target(desk, date(2026, 3, 30), **named)
    assert (found["report_from"][:10], found["n_after"]) == ("2026-04-13", 10)


NIGHT = Shift("night", "22:00", "06:00", days="mon-fri")


def desk_by_night(folder: Path, nights: int = 55) -> Desk:
    """A desk whose line works at night, by days that begin at midnight; better from 30 March on.

    A night is of the day on which it begins: that of Friday, 8 May ends on Saturday at six.
    """
    site = replace(site_of(line(shifts=(NIGHT,))), production_day_starts="00:00")
    desk, live = Desk(folder, site), date(2026, 3, 30)
    begins = [(at("22:00", number(day)), day >= live) for day in working(FIRST, nights)]
    desk.rows(
        *(
            hour_of(site, begin_ns + hour * HOUR_NS, gq=1200 if later else 1000 + n % 7)
            for n, (begin_ns, later) in enumerate(begins)
            for hour in range(8)
        )
    )
    desk.lived(at("00:00"), at("00:00", number(NOON)))
    return desk


def test_a_window_is_over_when_its_last_night_is(tmp_path: Path) -> None:
    """Twenty nights from 13 April: at three in the last one it is waited for, at six it is over."""
    desk = desk_by_night(tmp_path)
    desk.clock.now_ns = at("12:00", number(NOON))
    target(desk, date(2026, 3, 30))
    saturday, told = number(date(2026, 5, 9)), []
    for hour in ("03:00", "05:59", "06:00"):
        desk.clock.now_ns = at(hour, saturday)
        (found,) = desk.engine.targets()["targets"]
        told.append((found["n_after"], found["report_complete"], found["status"]))
    assert told == [(19, False, "provisional")] * 2 + [(20, True, "final")]


def test_a_look_is_over_when_its_last_night_is(tmp_path: Path) -> None:
    """Twenty nights from 13 July: that of Friday, 7 August ends on Saturday at six."""
    desk = desk_by_night(tmp_path, nights=115)
    desk.clock.now_ns = at("12:00", number(NOON))
    page, told = target(desk, date(2026, 3, 30)), []
    for hour in ("05:59", "06:00"):
        desk.clock.now_ns = at(hour, number(date(2026, 8, 8)))
        three = desk.engine.target(page["id"])["sustainment"][0]
        told.append((three["to"], three["state"], three["n"]))
    assert told == [("2026-08-08", "waiting", 19), ("2026-08-08", "computed", 20)]


def test_a_package_tells_of_the_last_night_too(tmp_path: Path) -> None:
    """Made weeks later it says what the page says."""
    desk = desk_by_night(tmp_path)
    desk.clock.now_ns = at("12:00", number(NOON))
    page = target(desk, date(2026, 3, 30))
    promise = Promise.of(desk.records, page["id"])

    desk.clock.now_ns = instant_of(desk.engine.view, promise, desk.clock.now_ns)
    (found,) = desk.engine.targets()["targets"]

    assert (page["n_after"], page["verdict"]) == (20, "improved_at_least_target")
    for key in ("n_after", "verdict", "report_complete", "after", "low", "report_from"):
        assert found[key] == page[key], key


def test_the_end_of_the_last_night_is_looked_at_for_cuts(tmp_path: Path) -> None:
    """Four of its eight hours were taken away when it was over, those behind midnight."""
    site = replace(site_of(line(shifts=(NIGHT,))), production_day_starts="00:00")
    desk = Desk(tmp_path, site, at("12:00", 3))
    hours = [hour_of(site, at("22:00") + n * HOUR_NS) for n in range(8)]
    gone: Row = {"pbt_ns": 0, "planned": False, "knowledge_ns": 1, "reason": f"{DATED} 1.1"}
    now = {**gone, "revision": 1, "status": REVISED}
    desk.rows(*hours[:4], *({**hour, **now} for hour in hours[4:]))
    desk.replaced(*hours[4:])

    (cut,) = plan_cuts(desk.engine.view, ["mask"], ("2026-03-02", "2026-03-03"))

    assert cut == PlanCut("mask", "2026-03-02", 8 * HOUR_NS, 4 * HOUR_NS)
