"""Which source times are believed: kpi.md 5.7 and rows 32, 74 and 114 of the promises, by hand."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import JournalFull
from edge.intake.lateness import Judge, Lateness
from edge.model import (
    AS_PAST,
    DAY_NS,
    SECOND_NS,
    STATUS_BAD,
    STATUS_GOOD,
    STATUS_UNCERTAIN_CLOCK,
    Batch,
    Row,
)
from tests.unit.edge.test_holding import RIGHT_NS, Clock, came, running, stored

BAD_TIME = STATUS_UNCERTAIN_CLOCK
ON_THE_WAY_NS = 1_000


def batch(*rows: tuple[float, float], signal: int = 1, status: int = STATUS_GOOD) -> Batch:
    """Rows of a signal: seconds at which each was sent, to come at once, and that it tells."""
    return Batch.of(
        [
            Row(signal, ns(told_s), ns(came_s) + ON_THE_WAY_NS, float(nth), status)
            for nth, (came_s, told_s) in enumerate(rows)
        ]
    )


def ns(at_s: float) -> int:
    """So many seconds after an instant of 2026."""
    return RIGHT_NS + round(at_s * SECOND_NS)


def flags(judge: Judge, *batches: Batch) -> list[int]:
    """What is stored as the status of all rows, one batch after the other."""
    return [code for one in batches for code in judge.judged(one)[0].status.tolist()]


def late(days: int = 7) -> Judge:
    """A judge that knows that the source of signal 1 sends late."""
    judge = Judge()
    judge.allow({1: "plc1", 2: "plc2"}, {"plc1": Lateness(is_late=True, window_ns=days * DAY_NS)})
    return judge


def test_a_time_far_ahead_is_flagged_and_kept() -> None:
    """More than a minute; a bad status says worse already."""
    found, doubtful = Judge().judged(batch((0, 59), (1, 62)))
    assert found.source_ns.tolist() == [ns(59), ns(62)]
    assert found.status.tolist() == [STATUS_GOOD, BAD_TIME]
    assert doubtful is not None
    assert doubtful.tolist() == [False, True]
    assert flags(Judge(), batch((0, 100), status=STATUS_BAD)) == [STATUS_BAD]


def test_a_clock_that_was_set_back_is_doubted_until_it_is_where_it_was() -> None:
    """Ten minutes back: what lies before the newest time is flagged, what follows it is not."""
    judge = Judge()
    before = [batch((at_s, at_s)) for at_s in range(0, 3_600, 60)]
    after = [batch((at_s, at_s - 600)) for at_s in range(3_600, 4_800, 60)]
    found = flags(judge, *before, *after)
    assert found[:60] == [STATUS_GOOD] * 60
    newest_s = 59 * 60  # of what was told before the clock was set
    wanted = [BAD_TIME if at_s - 600 < newest_s - 10 else 0 for at_s in range(3_600, 4_800, 60)]
    assert found[60:] == wanted
    assert wanted.count(BAD_TIME) == 9


def test_what_overtakes_by_some_seconds_is_no_clock_that_was_set() -> None:
    """Threads of a device do so; ten seconds are the limit."""
    assert flags(Judge(), batch((0, 0), (1, -10), (1, -10.001), (2, 1))) == [0, 0, BAD_TIME, 0]


def test_a_burst_of_what_a_server_had_kept_is_in_order() -> None:
    """An hour comes at once, oldest first, of two signals in turns: no row is before another."""
    rows = [Row(1 + at % 2, ns(at - 3_600), ns(0), 1.0, 0) for at in range(0, 3_600, 5)]
    assert set(flags(Judge(), Batch.of(rows))) == {STATUS_GOOD}


def test_signals_are_judged_each_by_itself() -> None:
    """Of one device one value may be of long ago."""
    judge = Judge()
    assert flags(judge, batch((0, 0)), batch((1, -7_200), signal=2)) == [0, 0]
    assert flags(judge, batch((2, -7_100), signal=2), batch((2, -7_100))) == [0, BAD_TIME]


def test_a_source_that_sends_late_may_go_back() -> None:
    """`late: true`; another source may not, and its own window holds for it, too."""
    judge = late()
    assert flags(judge, batch((0, 0), (1, -86_400), (2, 2))) == [0, 0, 0]
    assert flags(judge, batch((0, 0), (1, -60), signal=2)) == [0, BAD_TIME]
    assert flags(judge, batch((3, -8 * 86_400))) == [BAD_TIME]


@pytest.mark.parametrize("days", [1, 7, 45])
def test_what_is_older_than_the_window_is_doubted(days: int) -> None:
    """To the nanosecond; a device without a clock tells 1970."""
    edge = Row(1, ns(0) - days * DAY_NS, ns(0), 1.0, 0)
    rows = [edge, edge._replace(source_ns=edge.source_ns - 1), edge._replace(source_ns=0)]
    assert flags(late(days), Batch.of(rows)) == [STATUS_GOOD, BAD_TIME, BAD_TIME]


def test_our_own_time_is_not_judged_here() -> None:
    """A row without a time of its own has that of arrival, which another room answers for."""
    ours = [Row(1, ns(at_s), ns(at_s), 1.0, 0) for at_s in (0, -3_600, -3_599)]
    judge = Judge()
    assert flags(judge, *(Batch.of([row]) for row in ours)) == [0, 0, 0]
    assert flags(judge, batch((1, -7_000))) == [0], "nor is anything measured by it"


def test_what_is_marked_as_of_the_past_may_be_old_and_loses_its_mark() -> None:
    """A server's history, and what was set aside; in the future it cannot lie."""
    judge = Judge()
    past = batch((1, -30 * 86_400), (1, -60), (1, 120), status=AS_PAST)
    assert flags(judge, batch((0, 0)), past) == [0, 0, 0, BAD_TIME]
    assert flags(Judge(), batch((0, -60), status=STATUS_BAD | AS_PAST)) == [STATUS_BAD]


def test_a_doubtful_time_is_no_measure() -> None:
    """One message of tomorrow does not make all that follows a message of yesterday."""
    assert flags(Judge(), batch((0, 86_400), (1, 1), (2, 2))) == [BAD_TIME, 0, 0]


def test_the_time_of_a_lost_value_is_no_measure() -> None:
    """Of a node 40 s behind our clock a message is missing: we say since when, and it goes on."""
    judge = Judge()
    lost = batch((100.5, 100), status=STATUS_BAD)
    assert flags(judge, batch((100, 60)), lost, batch((101, 61))) == [0, STATUS_BAD, 0]
    assert flags(judge, batch((103, 45))) == [BAD_TIME]


def test_what_failed_to_be_written_is_judged_as_if_for_the_first_time() -> None:
    """The same rows come again when the disk has room."""
    judge, burst = Judge(), batch(*((0, at_s) for at_s in range(-600, 0, 5)))

    def fails() -> None:
        with judge.trying():
            assert set(flags(judge, burst)) == {STATUS_GOOD}
            raise JournalFull("no room")

    with pytest.raises(JournalFull):
        fails()
    assert set(flags(judge, burst)) == {STATUS_GOOD}


INSTANT = st.tuples(st.integers(1, 3), st.integers(-40, 40))


@given(st.lists(st.lists(INSTANT, max_size=12), max_size=6))
def test_the_rule_holds_row_by_row(batches: Sequence[Sequence[tuple[int, int]]]) -> None:
    """However rows of three signals are cut into batches: the newest believed time decides."""
    judge, newest = Judge(), dict[int, int]()
    for rows in batches:
        made = Batch.of([Row(signal, ns(at_s), ns(41), 1.0, 0) for signal, at_s in rows])
        wanted = []
        for signal, at_s in rows:
            wanted.append(BAD_TIME if at_s < newest.get(signal, at_s) - 10 else STATUS_GOOD)
            newest[signal] = max(newest.get(signal, at_s), at_s)
        assert judge.judged(made)[0].status.tolist() == wanted


async def test_what_was_set_aside_is_stored_as_good_however_old(tmp_path: Path) -> None:
    """A person had it tried again, a month later; what comes now by itself may not be so old."""
    clock = Clock(offset_ns=RIGHT_NS, is_trusted=True)
    old = came(clock, 1.0, clock.wall_ns() - 30 * DAY_NS)
    async with running(tmp_path, clock) as intake:
        await intake.door("plc1").again(old)
        await intake.door("plc1")(came(clock, 2.0, clock.wall_ns() - 30 * DAY_NS + 1))
    assert [row.status for row in stored(tmp_path)] == [STATUS_GOOD, BAD_TIME]


async def test_the_newest_times_are_known_after_a_restart(tmp_path: Path) -> None:
    """A clock that was set back while nobody looked is seen as well."""
    clock = Clock(offset_ns=RIGHT_NS, is_trusted=True)
    newest = came(clock, 1.0, clock.wall_ns() - SECOND_NS)
    async with running(tmp_path, clock, newest) as intake:
        await intake.door("plc1")(came(clock, 1.0, clock.wall_ns() - 3_600 * SECOND_NS))
    assert [row.status for row in stored(tmp_path)] == [BAD_TIME]


@pytest.mark.parametrize("restarts", [False, True])
def test_our_own_clock_is_no_measure_of_one_that_is_slow(*, restarts: bool) -> None:
    """A node that is five minutes slow dies, which we date; it is back, perhaps behind a start."""
    judge, died = Judge(), Batch.of([Row(1, ns(600), ns(600), 0.0, STATUS_BAD)])
    assert flags(judge, batch((590, 290)), died) == [STATUS_GOOD, STATUS_BAD]
    if restarts:
        judge = Judge()
        judge.learn(died)  # the newest row of the signal
    assert flags(judge, batch((660, 360), (670, 370))) == [STATUS_GOOD] * 2
