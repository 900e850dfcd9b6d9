"""Each run has a task of its own, so that what one leaves behind does not meet the next."""

import asyncio

import pytest

from edge.errors import Misconfigured
from edge.status import State, Status
from edge.supervise import apart, supervise
from tests.unit.edge.fake_clock import FakeClock


async def test_a_failed_task_group_does_not_spoil_the_next_deadline() -> None:
    """Before Python 3.13 it leaves its task counted as cancelled, for good."""
    status, cancelling = Status(), list[int]()

    async def fail() -> None:
        raise OSError("gone")

    async def run() -> None:
        task = asyncio.current_task()
        assert task is not None
        cancelling.append(task.cancelling())
        if len(cancelling) == 3:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.001):
                    await asyncio.Event().wait()
            raise Misconfigured("enough")
        async with asyncio.TaskGroup() as group:
            group.create_task(fail())
            group.create_task(asyncio.Event().wait())

    await supervise("plc1", run, status, FakeClock())

    assert cancelling == [0, 0, 0]
    assert status.of("plc1").state is State.STOPPED


async def test_a_run_that_is_cancelled_by_nobody_has_failed() -> None:
    """It is tried again like any other, instead of ending in silence."""

    async def run() -> None:
        raise asyncio.CancelledError

    with pytest.raises(RuntimeError, match="cancelled by nobody"):
        await apart(run)
