"""Daily roots: each day that is over is signed, in a child process of low rank.

Hashing a day's samples takes some hundred megabytes for some seconds, which the service has not.
"""

from pathlib import Path

from edge.clock import Clock
from edge.errors import Unavailable
from edge.evidence.roots import waiting
from edge.records.database import Records
from edge.service.child import child, last_line
from edge.service.desk import Desk
from edge.status import Status
from edge.stores import Stores

ROOTS = "daily roots"
FIRST_S = 120.0  # after a start there is more urgent work
LOOK_S = 1800.0


async def keep_rooted(config: Path, stores: Desk[Stores], status: Status, clock: Clock) -> None:
    """Have the days signed that are over, or got samples since, until cancelled."""
    await clock.sleep(FIRST_S)
    while True:
        days = await stores.ask(lambda own: due(own, clock.wall_ns()))
        problem = await signed(config) if days else ""
        said = f"{len(days)} days could not be signed: {problem}" if problem else ""
        status.find(ROOTS, "unsigned", said, clock.wall_ns())
        status.runs(ROOTS, clock.wall_ns())
        await clock.sleep(LOOK_S)


def due(stores: Stores, now_ns: int) -> list[str]:
    """The days to be looked at."""
    return list(waiting(stores, Records.open(stores.data / "records.db"), now_ns))


async def signed(config: Path) -> str:
    """Let a child sign what is due; why it failed, empty where it did not."""
    try:
        async with child("edge.cli.root_child", str(config), stdout=None) as process:
            _, complaints = await process.communicate()
    except Unavailable as error:
        return str(error)
    return (last_line(complaints) or "it was ended") if process.returncode else ""
