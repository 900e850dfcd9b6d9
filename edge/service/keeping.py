"""What goes on beside collecting: sealing hours, folding what came, showing frames, tidying up.

What fails here is tried again and told on the health page; nobody stops collecting for it.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial

import structlog

from api.hub import Hub
from edge import sealing
from edge.archive.store import Archive, PartEnded
from edge.ballast import Ballast
from edge.clock import Clock
from edge.engine.engine import Engine
from edge.errors import (
    ArchiveDamaged,
    JournalDamaged,
    JournalFull,
    JournalUnwritable,
    LineproofError,
)
from edge.model import DAY_NS, HOUR_NS, SECOND_NS
from edge.service.apart import sealed_apart
from edge.service.desk import Desk
from edge.service.health import Document, Health
from edge.service.heap import give_back
from edge.status import Status
from edge.stores import Stores

SEALING = "sealing"
FRAMES = "frames"
DISK = "disk"
DISK_LOOK_S = 5.0
SPENT = (
    "the disk was full, so the file ballast in the data directory was given up to make room for"
    " tidying; free disk, and it is made again by itself"
)
SEAL_LOOK_S = 20.0  # as often as `sealing` scrubs
FURTHER = 12  # seals a day besides the one of each hour
LEDGER_LOOK_S = 3_600.0
DAY_HOURS = DAY_NS // HOUR_NS
IDLE_LOOK_S = 20.0
FEW_ROWS = 20_000  # sealed in the service: 6 MB for a moment, less than a process takes to start
FRAME_EVERY_S = 1.0
FRAME_AFTER_S = 0.25  # nobody sees more than four pictures a second
CODES = {
    JournalFull: "full",
    JournalUnwritable: "unwritable",
    JournalDamaged: "damaged journal",
    ArchiveDamaged: "damaged part",
}

log = structlog.get_logger()


@contextmanager
def told(owner: str, status: Status, clock: Clock) -> Iterator[None]:
    """Make a finding of what goes wrong in the block, and take it back once that goes well."""
    try:
        yield
    except LineproofError as error:
        code = CODES.get(type(error), "unknown")
        status.find(owner, code, str(error), clock.wall_ns())
        raise
    for code in (*CODES.values(), "unknown"):
        status.find(owner, code, "", 0)
    status.runs(owner, clock.wall_ns())


async def keep_sealed(stores: Desk[Stores], status: Status, clock: Clock) -> None:
    """Move full hours from the journal into the archive, until cancelled."""
    for found in await stores.ask(sealing.tidy):
        log.warning("archive put in order", found=found)
    looked_ns, turns = clock.monotonic_ns(), Turns()  # the start has just looked
    while True:
        if clock.monotonic_ns() - looked_ns >= LEDGER_LOOK_S * SECOND_NS:
            looked_ns = clock.monotonic_ns()
            with told(SEALING, status, clock):
                await stores.ask(lambda own: own.check())
        with told(SEALING, status, clock):
            at_ns = turns.at_ns(clock)
            upto = await stores.ask(partial(due, at_ns))
            rows = await sealed(stores, upto)
        if rows:
            turns.took(at_ns)
            log.info("hours sealed", rows=rows)
        with suppress(PartEnded):  # superseded while it was looked at
            await stores.ask(lambda own: sealing.scrub(own, clock.wall_ns()))
        await stores.ask(lambda _: give_back())
        await clock.sleep(SEAL_LOOK_S)


async def keep_room(ballast: Ballast, stores: Desk[Stores], status: Status, clock: Clock) -> None:
    """Give the ballast up on a full disk and tidy with its room, until cancelled.

    All that waits is sealed then: in the archive it takes an eighth, and the journal has room again
    in the file that it has.
    """
    while True:
        if await asyncio.to_thread(ballast.tend):
            log.warning("disk full; the ballast is given up")
            with suppress(LineproofError), told(SEALING, status, clock):
                newest = await stores.ask(lambda own: own.journal.newest())
                rows = await sealed(stores, newest)
                log.info("sealed to make room", rows=rows)
        status.find(DISK, "ballast", "" if ballast.size() else SPENT, clock.wall_ns())
        status.runs(DISK, clock.wall_ns())
        await clock.sleep(DISK_LOOK_S)


async def keep_light(archives: list[Archive], clock: Clock) -> None:
    """Close each archive's database that nobody asked between two looks, until cancelled.

    Live folds read what they hold in memory; the archive is asked at the start, for late samples
    and by people. The next question opens its database again, in some 10 ms.
    """
    while True:
        await clock.sleep(IDLE_LOOK_S)
        for archive in archives.copy():  # others may still be opened
            await asyncio.to_thread(archive.rest)


class Turns:
    """When hours may be sealed: once each, and a few times more a day for what comes late.

    Where a source's clock is hours behind, or it sends what it kept, something is late at every
    look. Sealed each time, that made thousands of small files a day, and every reader keeps the
    list of all of them.
    """

    def __init__(self) -> None:
        self._hour, self._further = 0, 0

    def at_ns(self, clock: Clock) -> int:
        """The time by which hours are due; 0, when none is: then rows count and no hour.

        None is while the clock is not believed, for one that runs ahead would seal what is coming.
        """
        now_ns = clock.wall_ns()
        is_next = hour_of(now_ns) != self._hour
        return now_ns if clock.trusted() and (is_next or self._further < FURTHER) else 0

    def took(self, at_ns: int) -> None:
        """Something was sealed, by that time."""
        if not at_ns:
            return
        hour, before = hour_of(at_ns), self._hour
        self._hour = hour
        if hour == before:
            self._further += 1
        elif hour // DAY_HOURS != before // DAY_HOURS:
            self._further = 0


def hour_of(now_ns: int) -> int:
    """The hour since 1970 before which all are full at that time."""
    return (now_ns - sealing.GRACE_NS) // HOUR_NS


def due(at_ns: int, stores: Stores) -> int | None:
    """The block up to which to seal, where hours are due by that time."""
    return sealing.due(stores, at_ns)


async def sealed(stores: Desk[Stores], upto: int | None) -> int:
    """Move the blocks up to a number into the archive; how many rows went.

    Few rows here and many in a process of their own: for few it would cost more than it saves.
    """
    if upto is None:
        return 0
    data, rows = await stores.ask(lambda own: (own.data, sealing.waiting(own, upto)))
    if rows > FEW_ROWS:
        return await sealed_apart(data, upto)
    return await stores.ask(lambda own: sealing.seal(own, upto))


async def keep_shown(desk: Desk[Engine], hub: Hub, health: Health) -> None:
    """Fold and show a frame after every commit, and at least once a second, until cancelled."""
    while True:
        with told(FRAMES, health.status, health.clock):
            frame = await desk.ask(kept_up)
            hub.show(
                {
                    **frame,
                    "status": health.verdict(),
                    "sources": health.sources(),
                    "import": health.importing(),
                }
            )
        await health.clock.sleep(FRAME_AFTER_S)
        await health.intake.committed(FRAME_EVERY_S - FRAME_AFTER_S)


def kept_up(engine: Engine) -> Document:
    """Bring the element table up to what the journal holds, and look at it."""
    engine.keep_up()
    return engine.frame()
