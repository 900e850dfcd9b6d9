"""Whatever fails is started again, later and later; only a wrong configuration ends it."""

import asyncio
from collections.abc import Iterator

import pytest
import structlog
from structlog.testing import capture_logs
from structlog.typing import EventDict

from edge.errors import Misconfigured, Unavailable, Unreachable
from edge.status import Standing, State, Status
from edge.supervise import supervise
from tests.unit.edge.fake_clock import FakeClock


@pytest.mark.parametrize(
    "error", [Unavailable("gone"), ZeroDivisionError(), ExceptionGroup("x", [OSError(), OSError()])]
)
async def test_waits_double_and_start_over_after_a_healthy_minute(error: Exception) -> None:
    """1 s to 30 s, half of it at random; a bug is retried like a lost link."""
    clock, status, runs_s = FakeClock(), Status(), [0, 0, 0, 0, 0, 0, 0, 59.9, 60]

    async def run() -> None:
        if not runs_s:
            raise Misconfigured("no node 'Body.Good'")
        clock.now_ns += int(runs_s.pop(0) * 1e9)
        raise error

    await supervise("plc1", run, status, clock)

    for waited_s, longest_s in zip(clock.slept_s, [1, 2, 4, 8, 16, 30, 30, 30, 1], strict=True):
        assert longest_s / 2 <= waited_s <= longest_s
    assert status.states["plc1"][:2] == (State.STOPPED, "no node 'Body.Good'")


@pytest.fixture
def logs() -> Iterator[list[EventDict]]:
    """What is logged, whatever an earlier test has set up."""
    before = structlog.get_config()
    structlog.reset_defaults()
    with capture_logs() as found:
        yield found
    structlog.configure(**before)


async def test_a_server_that_is_away_is_missed_within_a_second_of_its_return(
    logs: list[EventDict],
) -> None:
    """However long it was away; that it is away is logged once, not every second for days."""
    clock, left = FakeClock(), list(range(50))

    async def run() -> None:
        if not left:
            raise Misconfigured("enough")
        left.pop()
        raise Unreachable("Connection refused")

    await supervise("plc1", run, Status(), clock)
    assert len(clock.slept_s) == 50
    assert all(0.25 <= waited_s <= 0.5 for waited_s in clock.slept_s)
    assert [log["event"] for log in logs].count("tried again soon") == 1


async def test_a_server_that_is_back_and_refuses_is_left_in_peace() -> None:
    """What it refuses costs it work; the packets before did not, and do not lengthen the waits."""
    clock = FakeClock()
    errors = [Unavailable("busy"), Unavailable("busy"), *[Unreachable("gone")] * 9]

    async def run() -> None:
        if not errors:
            raise Misconfigured("enough")
        raise errors.pop()

    await supervise("plc1", run, Status(), clock)
    for waited_s, longest_s in zip(clock.slept_s, [0.5] * 9 + [1, 2], strict=True):
        assert longest_s / 2 <= waited_s <= longest_s


async def test_links_that_break_again_and_again_are_made_more_slowly() -> None:
    """Three short lives are bad luck; a healthy minute later haste is right again.

    A server that is not there at all is asked as often as ever.
    """
    clock, status, lives_s = FakeClock(), Status(), [2.0] * 6 + [0.0, 2.0, 60.0, 2.0]
    waits = [0.5, 0.5, 0.5, 4, 4, 4, 0.5, 4, 0.5, 0.5]

    async def run() -> None:
        if not lives_s:
            raise Misconfigured("enough")
        life_s = lives_s.pop(0)
        if life_s:
            status.runs("plc1", clock.wall_ns())
        clock.now_ns += int(life_s * 1e9)
        raise Unreachable("Connection reset by peer")

    await supervise("plc1", run, status, clock)
    for waited_s, longest_s in zip(clock.slept_s, waits, strict=True):
        assert longest_s / 2 <= waited_s <= longest_s


async def test_waits_have_jitter() -> None:
    """Twenty gateways do not come back in step after a power cut."""
    firsts = set()
    for _ in range(20):
        clock, left = FakeClock(), [1]

        async def run(left: list[int] = left) -> None:
            if not left:
                raise Misconfigured("enough")
            left.pop()
            raise Unavailable("gone")

        await supervise("plc1", run, Status(), clock)
        firsts.add(clock.slept_s[0])
    assert len(firsts) > 10


async def test_who_failed_is_not_said_to_run_before_it_does() -> None:
    """While it is tried again the reason stays; it runs when it says so."""
    clock, status, seen = FakeClock(), Status(), list[Standing]()

    async def run() -> None:
        seen.append(status.of("plc1"))
        if len(seen) == 3:
            status.runs("plc1", clock.wall_ns())
            seen.append(status.of("plc1"))
            raise Misconfigured("enough")
        raise Unavailable("no route to 192.0.2.10")

    await supervise("plc1", run, status, clock)
    assert [standing.state for standing in seen] == [
        State.STARTING,
        State.WAITING,
        State.WAITING,
        State.RUNNING,
    ]
    assert seen[1].message == seen[2].message == "no route to 192.0.2.10"
    assert seen[1].since_ns == seen[2].since_ns
    assert seen[3].message == ""


async def test_a_run_that_just_ends_is_started_again() -> None:
    """Nothing supervised is ever done."""
    clock, status, runs = FakeClock(), Status(), [1, 2]

    async def run() -> None:
        if not runs:
            raise Misconfigured("enough")
        runs.pop()

    await supervise("plc1", run, status, clock)
    assert len(clock.slept_s) == 2


async def test_a_bug_is_named_with_its_kind() -> None:
    """A bare message such as `'good'` would tell nobody anything."""
    status, left = Status(), [KeyError("good")]
    told = list[str]()

    async def run() -> None:
        told.append(status.of("plc1").message)
        if not left:
            raise Misconfigured("enough")
        raise left.pop()

    await supervise("plc1", run, status, FakeClock())
    assert told == ["", "KeyError: 'good'"]


async def test_cancellation_is_no_failure() -> None:
    """Shutdown ends a run and does not start it again."""
    status, began = Status(), asyncio.Event()

    async def run() -> None:
        began.set()
        await asyncio.Event().wait()

    async with asyncio.TaskGroup() as group:
        task = group.create_task(supervise("plc1", run, status, FakeClock()))
        await began.wait()
        task.cancel()
    assert task.cancelled()
    assert status.of("plc1").state is State.STARTING


async def test_an_end_that_a_library_swallows_is_an_end() -> None:
    """Cancelled while it connects, a library may raise what it was about to raise anyway."""
    clock, begun = FakeClock(), asyncio.Event()

    async def run() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise Unavailable("no answer in time") from None

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(supervise("plc1", run, Status(), clock))
        await begun.wait()
        task.cancel()
    assert task.cancelled()
    assert not clock.slept_s


@pytest.mark.parametrize("error", [Unavailable("gone"), KeyError("good")])
async def test_an_error_in_a_task_group_is_a_failure_and_no_end(error: Exception) -> None:
    """Python 3.11 leaves a task whose TaskGroup failed marked as cancelled: it is tried again.

    What is told is the error, not `unhandled errors in a TaskGroup`; a deadline of the next run is
    one, and `Misconfigured` ends it there too.
    """
    clock, status, left, told = FakeClock(), Status(), [error, error], list[str]()

    async def fail() -> None:
        await asyncio.sleep(0)
        raise left.pop() if left else Misconfigured("no node 'x'")

    async def run() -> None:
        told.append(status.of("plc1").message)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.001):
                await asyncio.Event().wait()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(fail())
            tasks.create_task(asyncio.Event().wait())

    await supervise("plc1", run, status, clock)
    reason = "gone" if isinstance(error, Unavailable) else "KeyError: 'good'"
    assert told == ["", reason, reason]
    assert status.of("plc1")[:2] == (State.STOPPED, "no node 'x'")


async def test_a_run_that_cancels_itself_is_started_again() -> None:
    """Some libraries let a CancelledError of their own escape; nobody has told us to end."""
    clock, left = FakeClock(), [1, 2]

    async def run() -> None:
        if not left:
            raise Misconfigured("enough")
        left.pop()
        raise asyncio.CancelledError

    await supervise("plc1", run, Status(), clock)
    assert len(clock.slept_s) == 2
