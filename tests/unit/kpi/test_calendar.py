"""Calendars against a clock that is asked minute by minute, across changes of the offset."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.calendar import (
    ShiftRule,
    day_length_ns,
    effective,
    planned_intervals,
    production_day,
    shifts,
)

SEEDED = settings(derandomize=True, deadline=None, max_examples=150)
ZONES = st.sampled_from(["Asia/Seoul", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
DAYS = st.dates(date(2025, 12, 1), date(2026, 12, 1))
MINUTE = 60 * 10**9
QUARTER = st.integers(0, 95).map(lambda q: f"{q // 4:02d}:{q % 4 * 15:02d}")
TWO = [
    ShiftRule("day", "08:00", "20:00", breaks=[["12:00", "13:00"]]),
    ShiftRule("night", "20:00", "08:00"),
]


def wall(t_ns: int, zone: str) -> datetime:
    """Local wall-clock time of an instant, by the standard library alone."""
    return datetime.fromtimestamp(t_ns / 1e9, ZoneInfo(zone)).replace(tzinfo=None)


@SEEDED
@given(ZONES, DAYS)
def test_two_shifts_cover_every_instant_once(zone: str, day: date) -> None:
    """Whatever the offset does, day and night follow each other without gap or overlap."""
    found = shifts(TWO, zone, day, day + timedelta(days=2), production_day_starts="08:00")

    assert found.name == ("day", "night") * 3
    assert (found.t0_ns[1:] == found.t1_ns[:-1]).all()
    assert found.production_day.astype(object).tolist() == sorted(
        2 * [day + timedelta(days=step) for step in range(3)]
    )
    assert [wall(int(t), zone).time() for t in found.t0_ns] == [time(8), time(20)] * 3


@SEEDED
@given(ZONES, DAYS, QUARTER, QUARTER, st.lists(st.tuples(QUARTER, QUARTER), max_size=3))
def test_planned_time_is_the_shift_without_its_breaks(
    zone: str, day: date, start: str, end: str, breaks: list[tuple[str, str]]
) -> None:
    """Away from a change of the offset a minute is planned when no break holds it."""
    rule = ShiftRule("one", start, end, breaks=breaks)
    found = shifts([rule], zone, day, day)
    planned = planned_intervals([rule], zone, day, day)
    quiet = day_length_ns(day, zone) + day_length_ns(day + timedelta(days=1), zone)
    if quiet != 48 * 60 * MINUTE:
        return

    def paused(minute: int) -> bool:
        begin = time.fromisoformat(start)
        for first, last in ((time.fromisoformat(a), time.fromisoformat(b)) for a, b in breaks):
            offset = (first.hour - begin.hour) * 60 + first.minute - begin.minute
            length = (last.hour - first.hour) * 60 + last.minute - first.minute
            if 0 <= minute - offset % 1440 < (length % 1440 or 1440):
                return True
        return False

    t0_ns, t1_ns = int(found.t0_ns[0]), int(found.t1_ns[0])
    minutes = (t1_ns - t0_ns) // MINUTE
    truth = [not paused(minute) for minute in range(0, minutes, 15)]
    instants = t0_ns + np.arange(0, minutes, 15) * MINUTE
    inside = [bool(((planned.t0_ns <= t) & (t < planned.t1_ns)).any()) for t in instants.tolist()]
    assert inside == truth
    assert (planned.shift == 0).all()


@SEEDED
@given(ZONES, DAYS, st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 900)), max_size=5))
def test_planned_and_down_time_make_up_the_shift(
    zone: str, day: date, downs: list[tuple[int, int]]
) -> None:
    """POT = PBT + PDOT: no minute is lost or doubled, however downs and breaks overlap."""
    shift = shifts(TWO, zone, day, day, production_day_starts="08:00")
    base = int(shift.t0_ns[0])
    spans = [(base + at * MINUTE, base + (at + long) * MINUTE) for at, long in downs]
    with_downs = planned_intervals(
        TWO, zone, day, day, production_day_starts="08:00", down_ns=np.array(spans).reshape(-1, 2)
    )

    minutes = np.arange(base, int(shift.t1_ns[-1]), MINUTE)
    lunch = (wall(int(minutes[0]), zone).replace(hour=12), 60)
    paused = np.array(
        [0 <= (wall(int(t), zone) - lunch[0]).total_seconds() < 3600 for t in minutes]
    )
    for begin, end in spans:
        paused |= (minutes >= begin) & (minutes < end)
    assert (with_downs.t1_ns - with_downs.t0_ns).sum() == (~paused).sum() * MINUTE


def test_days_have_23_24_and_25_hours() -> None:
    """The day of the change is shorter or longer, and nothing else."""
    hours = [
        day_length_ns(day, "Europe/Berlin") / (60 * MINUTE)
        for day in ("2026-03-29", "2026-06-01", "2026-10-25")
    ]

    assert hours == [23, 24, 25]


def test_a_night_in_autumn_is_nine_hours_long() -> None:
    """A length is a difference of instants, not of wall times."""
    found = shifts([ShiftRule("n", "22:00", "06:00")], "Europe/Berlin", "2026-10-24", "2026-10-24")

    assert (found.t1_ns - found.t0_ns).tolist() == [9 * 60 * MINUTE]


def test_doubtful_wall_times_are_read_one_way() -> None:
    """An ambiguous time is its first occurrence; a span inside the missing hour is dropped."""
    twice = shifts([ShiftRule("a", "02:30", "04:00")], "Europe/Berlin", "2026-10-25", "2026-10-25")
    never = shifts([ShiftRule("b", "02:15", "03:15")], "Europe/Berlin", "2026-03-29", "2026-03-29")

    assert twice.t0_ns[0] == datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp() * 1e9
    assert never.t0_ns.size == 0


def test_a_break_that_the_clock_skipped_takes_nothing() -> None:
    """In spring 02:30 to 03:15 ends before it begins: no minute is planned twice for it."""
    rule = ShiftRule("night", "22:00", "06:00", breaks=[["02:30", "03:15"]])
    day, down = "2026-03-28", [[0, 0]]
    shift = shifts([rule], "Europe/Berlin", day, day)
    down[0] = [int(shift.t0_ns[0]) + MINUTE] * 2  # an empty one cuts nothing either
    planned = planned_intervals([rule], "Europe/Berlin", day, day, down_ns=np.array(down))

    assert planned.t0_ns.tolist() == shift.t0_ns.tolist()
    assert planned.t1_ns.tolist() == shift.t1_ns.tolist()
    assert (planned.t1_ns - planned.t0_ns).tolist() == [7 * 60 * MINUTE]


def test_closed_days_and_weekdays_have_no_shift() -> None:
    """A weekday list may wrap around the week; a closed production day is out altogether."""
    rule = ShiftRule("d", "08:00", "17:00", days="sat-mon, wed")
    found = shifts([rule], "Asia/Seoul", "2026-03-02", "2026-03-08", closed=["2026-03-04"])

    assert found.production_day.astype(str).tolist() == ["2026-03-02", "2026-03-07", "2026-03-08"]


def test_a_night_overlaps_the_next_morning() -> None:
    """An overlap with the neighbouring day is found even when one day is asked for."""
    rules = [ShiftRule("n", "22:00", "08:00"), ShiftRule("d", "07:00", "15:00")]
    with pytest.raises(ValueError, match="'n' of 2026-03-01 and 'd' of 2026-03-02 overlap"):
        shifts(rules, "Asia/Seoul", "2026-03-02", "2026-03-02")


@pytest.mark.parametrize("text", ["8 Uhr", "24:00"])
def test_a_rule_that_cannot_be_read_is_refused(text: str) -> None:
    """A shift that nobody can resolve is found when it is written, not at night."""
    with pytest.raises(ValueError, match="no wall time"):
        ShiftRule("x", text, "09:00")
    with pytest.raises(ValueError, match="days is 'monday'"):
        ShiftRule("x", "08:00", "09:00", days="monday")


@SEEDED
@given(ZONES, st.lists(st.integers(1_700_000_000, 1_800_000_000), min_size=1, max_size=30), QUARTER)
def test_the_production_day_is_the_local_date_before_its_start(
    zone: str, seconds: list[int], starts: str
) -> None:
    """Instant by instant, as the standard library says."""
    begin = time.fromisoformat(starts)
    found = production_day([s * 10**9 for s in seconds], zone, starts=starts)

    back = timedelta(hours=begin.hour, minutes=begin.minute)
    assert found.astype(object).tolist() == [(wall(s * 10**9, zone) - back).date() for s in seconds]


def test_a_dated_value_holds_from_local_midnight() -> None:
    """Before the first there is none, and nobody makes one up."""
    days = ["2026-01-01", "2026-03-29"]
    before = datetime(2026, 3, 28, 22, 59, 59, tzinfo=UTC)
    found = effective(
        [0, int(before.timestamp()) * 10**9, int(before.timestamp() + 1) * 10**9],
        days,
        [1.0, 2.0],
        zone="Europe/Berlin",
    )

    np.testing.assert_array_equal(found, [np.nan, 1.0, 2.0])
