"""How far a source's clock is from ours is shown, told over a limit, and never corrected."""

from pathlib import Path

import pytest

from edge.intake.lateness import Judge
from edge.intake.parcels import Last
from edge.intake.skew import WHILE_NS, Skews
from edge.model import (
    SECOND_NS,
    STATUS_UNCERTAIN_CLOCK,
    Batch,
    Row,
)
from edge.status import Status
from tests.unit.edge.fake_clock import FakeClock
from tests.unit.edge.test_holding import RIGHT_NS, Clock, came, running, stored


def heard(*whiles_s: tuple[float, ...]) -> Status:
    """What is told of a source after some whiles, each with how far its commits were ahead."""
    clock = FakeClock()
    skews = Skews(status := Status(), clock)
    for commits in whiles_s:
        for ahead_s in commits:
            skews.hear("plc1", int(ahead_s * SECOND_NS))
            clock.now_ns += WHILE_NS // (len(commits) - 1) + 1
    return status


def told(status: Status) -> dict[str, str]:
    """The findings by their codes."""
    return {one.code: one.text for one in status.findings()}


@pytest.mark.parametrize("by_s", [0.0, -0.4, 1.9, -59.0])
def test_a_clock_within_the_limits_is_shown_and_not_told(by_s: float) -> None:
    """What is a little behind was on its way."""
    status = heard((by_s - 5, by_s, by_s - 1))
    assert status.ahead_ns == {"plc1": int(by_s * SECOND_NS)}
    assert told(status) == {}


@pytest.mark.parametrize(("by_s", "word"), [(120.0, "120.0 s ahead"), (-120.0, "120.0 s behind")])
def test_a_clock_that_is_off_is_told_until_it_is_set(by_s: float, word: str) -> None:
    """By how much and in which direction; and that it was moved, once it is."""
    assert word in told(heard((by_s, by_s, by_s)))["clock skewed"]
    found = told(heard((by_s, by_s, by_s), (0.0, 0.0, 0.0)))
    assert "clock skewed" not in found
    assert f"moved by {-by_s:+.1f} s" in found["clock jumped"]


def test_times_that_are_not_believed_are_told_for_an_hour() -> None:
    """With their number; the hour begins with the last of them."""
    clock = FakeClock()
    skews = Skews(status := Status(), clock)
    for rows in (0, 3, 0, 4):
        skews.hear("plc1", 0, rows)
        clock.now_ns += 1_800 * SECOND_NS
    assert "7 rows carry a time" in told(status)["times doubted"]
    clock.now_ns += 1_801 * SECOND_NS
    skews.hear("plc1", 0)
    assert told(status) == {}


def test_what_a_server_had_kept_is_no_clock_that_is_behind() -> None:
    """Values of hours ago come first; the freshest of some commits tells."""
    assert told(heard((-9_000.0, -9_000.0, -0.1))) == {}
    assert heard((-9_000.0, -9_000.0)).ahead_ns == {}


async def test_a_row_from_the_future_that_comes_again_is_a_repeat(tmp_path: Path) -> None:
    """The flag is ours; the source sends the same row without it."""
    clock = Clock(offset_ns=RIGHT_NS, is_trusted=True)
    ahead = came(clock, 1.0, clock.wall_ns() + 120 * SECOND_NS)
    async with running(tmp_path, clock) as intake:
        door = intake.door("plc1")
        await door(ahead)
        await door(ahead)
        assert intake.accounting()["plc1"].filtered == 1
    assert [row.status for row in stored(tmp_path)] == [STATUS_UNCERTAIN_CLOCK]


def test_a_flag_of_ours_hides_no_repeat_after_a_restart() -> None:
    """What was stored with it is known again when the source sends it without."""
    sent, last = Batch.of([Row(1, RIGHT_NS + 120 * SECOND_NS, RIGHT_NS, 1.0, 0)]), Last()
    last.learn(Judge().judged(sent)[0])
    assert last.repeats(sent).all()


async def test_of_two_values_of_one_time_both_are_kept_in_their_order(tmp_path: Path) -> None:
    """The source told both; which of them counts is the reader's business."""
    clock = Clock(offset_ns=RIGHT_NS, is_trusted=True)
    at_ns = clock.wall_ns()
    async with running(tmp_path, clock) as intake:
        door = intake.door("plc1")
        for value in (1.0, 2.0, 2.0, 1.0):
            await door(came(clock, value, at_ns))
        assert intake.accounting()["plc1"].filtered == 1
    assert [(row.source_ns, row.value) for row in stored(tmp_path)] == [
        (at_ns, 1.0),
        (at_ns, 2.0),
        (at_ns, 1.0),
    ]
