"""The one place that retries: a source or sink connects once and raises, here it is started again.

Whatever a supervised task raises, a bug included, is a reason to wait and start it once more; the
wait doubles from 1 s to 30 s, half of it at random, and starts over once a run lasted a minute.
`Misconfigured` alone ends it: trying the same configuration again would not help.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable

import structlog

from edge.clock import Clock
from edge.errors import LineproofError, Misconfigured
from edge.model import SECOND_NS
from edge.status import State, Status

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 30.0
HEALTHY_NS = 60 * SECOND_NS

log = structlog.get_logger()


async def supervise(
    owner: str, run: Callable[[], Awaitable[None]], status: Status, clock: Clock
) -> None:
    """Run `run` again and again until cancelled, or until it says it is misconfigured.

    Args:
        owner: the id under which `status` shows what goes on.
        run: connects once, works until it fails, and raises.
        status: told of every change; that it runs, it hears from the task itself.
        clock: measures the runs and the waits.
    """
    longest_s = FIRST_WAIT_S
    while True:
        status.begin(owner, clock.wall_ns())
        started_ns = clock.monotonic_ns()
        try:
            await run()
            reason = "ended without a reason"
        except Misconfigured as error:
            status.set(owner, State.STOPPED, str(error), clock.wall_ns())
            log.error("stopped until the configuration changes", owner=owner, reason=str(error))  # noqa: TRY400 - a fault of the operator's, no trace
            return
        except LineproofError as error:
            reason = str(error)
        except Exception as error:  # the one catch-all: a bug is retried like a lost link
            log.exception("bug in a supervised task", owner=owner)
            reason = f"{type(error).__name__}: {error}"
        if is_cancelled():
            raise asyncio.CancelledError  # a library told us of something else instead
        if clock.monotonic_ns() - started_ns >= HEALTHY_NS:
            longest_s = FIRST_WAIT_S
        wait_s = longest_s * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, no secret
        status.set(owner, State.WAITING, reason, clock.wall_ns())
        log.warning("tried again soon", owner=owner, reason=reason, wait_s=round(wait_s, 1))
        await clock.sleep(wait_s)
        longest_s = min(2 * longest_s, LONGEST_WAIT_S)


def is_cancelled() -> bool:
    """Whether somebody wants the present task to end; wait_for of Python 3.11 may lose that."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
