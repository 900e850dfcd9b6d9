"""The watch over the clock: what it is worth, how it was moved, and when it was last right."""

from datetime import UTC, datetime
from functools import partial

import structlog

from edge.model import SECOND_NS
from edge.service.desk import Desk
from edge.status import Status
from edge.stores import Stores
from edge.trust import Guard, Step, Why

CLOCK = "clock"  # who tells of it, on the health page and in the ledger of gaps
MOVED = "clock moved by {by_s:+.1f} s"  # reason in the ledger
LOOK_S = 1.0
TOLD_NS = 3_600 * SECOND_NS  # how long a step that is over is told
VOUCH = "set it or give it a time server; where it is right as it stands: lineproof clock --confirm"
SEEN = {
    Why.BEFORE_BUILD: "stands before this software was made",
    Why.BEFORE_LAST: "stands before the last time that this box knew",
    Why.RESTORED: "goes on from a saved time, and no hardware clock kept it while the box was off",
    Why.MOVED: "was moved by another than a time server",
}

log = structlog.get_logger()


async def keep_watch(guard: Guard, status: Status, stores: Desk[Stores]) -> None:
    """Look at the clock every second, until cancelled; steps go to ledger and health page."""
    told_ns = -TOLD_NS
    while True:
        guard.look()
        if found := guard.steps():
            log.warning("clock moved", steps=[step.by_ns / SECOND_NS for step in found])
            told_ns = guard.monotonic_ns()
            status.find(CLOCK, "clock stepped", told(found[-1]), guard.wall_ns())
        elif guard.monotonic_ns() - told_ns >= TOLD_NS:
            status.find(CLOCK, "clock stepped", "", 0)
        await stores.ask(partial(put_down, guard, found))
        status.runs(CLOCK, guard.wall_ns())
        await guard.sleep(LOOK_S)


def put_down(guard: Guard, steps: list[Step], stores: Stores) -> None:
    """Write steps to the ledger, and once a minute the last known time beside it."""
    if steps:
        with stores.journal.transaction():
            for step in steps:
                reason = MOVED.format(by_s=step.by_ns / SECOND_NS)
                stores.ledger.gap(CLOCK, reason, step.from_ns, step.to_ns)
    guard.note()


def told(step: Step) -> str:
    """A step in words."""
    return (
        f"the clock was moved by {step.by_ns / SECOND_NS:+.1f} s at {shown(step.to_ns)}; find out "
        "by whom, unless a time server did it"
    )


def doubt(why: Why, now_ns: int) -> str:
    """Why the clock is not believed, what it shows and what to do, in words."""
    return f"the clock shows {shown(now_ns)} and {SEEN.get(why, SEEN[Why.BEFORE_BUILD])}; {VOUCH}"


def shown(at_ns: int) -> str:
    """An instant of any year, to the second."""
    moment = datetime.fromtimestamp(at_ns // SECOND_NS, UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
