"""The one place that retries: a source or sink connects once and raises, here it is started again.

Whatever a supervised task raises, a bug included, is a reason to wait and start it once more; the
wait doubles from 1 s to 30 s, half of it at random, and starts over once a run lasted a minute.
Where there is no link at all the wait stays within half a second, for a server that is away
cannot be hurried and is missed as soon as it is back; links that break soon after they were made,
again and again, are made more slowly. `Misconfigured` alone ends it: trying the same configuration
again would not help.

Each run is a task of its own, for Python 3.11 does not always keep what cancellation means:
`wait_for` may raise something else instead, and a failed TaskGroup leaves its task marked as
cancelled. So whether we are told to end is asked of no task that runs other people's code.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable

import structlog

from edge.clock import Clock
from edge.errors import LineproofError, Misconfigured, Unreachable
from edge.model import SECOND_NS
from edge.status import State, Status

FIRST_WAIT_S = 1.0
AWAY_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0
HEALTHY_NS = 60 * SECOND_NS
SHORT_LIVES = 3  # in a row are bad luck; after that something is wrong, and haste makes it worse
SHORT_LIVES_WAIT_S = 4.0

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
    waits, said = Waits(), ""
    while True:
        status.begin(owner, clock.wall_ns())
        started_ns = clock.monotonic_ns()
        async with asyncio.TaskGroup() as group:
            running = group.create_task(outcome(run))
        error = None if running.cancelled() else running.result()
        if isinstance(error, Misconfigured):
            status.set(owner, State.STOPPED, str(error), clock.wall_ns())
            log.error("stopped until the configuration changes", owner=owner, reason=str(error))
            return
        reason, has_run = reason_of(error, owner), status.of(owner).state is State.RUNNING
        status.set(owner, State.WAITING, reason, clock.wall_ns())
        longest_s = waits.after(error, clock.monotonic_ns() - started_ns, has_run=has_run)
        wait_s = longest_s * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, no secret
        if has_run or reason != said:  # a server may be away for days
            log.warning("tried again soon", owner=owner, reason=reason, wait_s=round(wait_s, 1))
        said = reason
        await clock.sleep(wait_s)


class Waits:
    """How long to wait before each next run, at the most."""

    def __init__(self) -> None:
        self._longest_s = FIRST_WAIT_S
        self._short_lives = 0

    def after(self, error: Exception | None, lasted_ns: int, *, has_run: bool) -> float:
        """Seconds to wait after a run that ended so.

        Args:
            error: what it raised.
            lasted_ns: for how long it was tried or ran.
            has_run: whether it had a link and did its work.
        """
        if lasted_ns >= HEALTHY_NS:
            self._longest_s, self._short_lives = FIRST_WAIT_S, 0
        if isinstance(error, Unreachable):
            self._short_lives += has_run
            is_hasty = has_run and self._short_lives > SHORT_LIVES
            return SHORT_LIVES_WAIT_S if is_hasty else AWAY_WAIT_S
        longest_s = self._longest_s
        self._longest_s = min(2 * longest_s, LONGEST_WAIT_S)
        return longest_s


async def outcome(run: Callable[[], Awaitable[None]]) -> Exception | None:
    """What a run raises, taken out of the groups in which task groups wrap it; None if it ends."""
    try:
        await run()
    except Exception as error:  # noqa: BLE001 - the one catch-all: a bug is retried like a lost link
        sole = error
        while isinstance(sole, ExceptionGroup) and len(sole.exceptions) == 1:
            sole = sole.exceptions[0]
        return sole
    return None


def reason_of(error: Exception | None, owner: str) -> str:
    """Why a run has ended, in words; a bug goes to the log with its trace."""
    if error is None:
        return "ended without a reason"
    if isinstance(error, LineproofError):
        return str(error)
    log.error("bug in a supervised task", owner=owner, exc_info=error)
    return f"{type(error).__name__}: {error}"
