"""What serves nobody at the moment is let go of: databases of the archive, and their program.

The live folds read what they hold in memory. The archive is asked at the start, for late samples
and by people, and between such questions its databases need not stay.
"""

import asyncio

from edge.archive.store import Archive
from edge.clock import Clock
from edge.service.heap import unmap_code

LOOK_S = 20.0
PROGRAM = "_duckdb."


async def keep_light(archives: list[Archive], clock: Clock) -> None:
    """Close each database that was not asked between two looks, until cancelled."""
    rested = False
    while True:
        await clock.sleep(LOOK_S)
        before, rested = rested, await asyncio.to_thread(rests, archives.copy())
        if rested and not before:
            await asyncio.to_thread(unmap_code, PROGRAM)


def rests(archives: list[Archive]) -> bool:
    """Whether nobody has a database open any more."""
    resting = [archive.rest() for archive in archives]  # each is told
    return all(resting)
