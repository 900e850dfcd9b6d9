"""The service: sources and intake first, then everything else; stopped within seconds.

What was acknowledged is on the disk, so a stop flushes nothing and needs no order: it is
cancellation, and every open page is told goodbye.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from edge.archive.store import Archive
from edge.clock import SYSTEM, Clock
from edge.config.loader import Loaded, SourceSetup
from edge.errors import JournalDamaged, JournalFull, JournalUnwritable
from edge.history import History
from edge.intake.commit import Intake
from edge.intake.dating import Dating
from edge.intake.lateness import Lateness
from edge.intake.writing import IntakeStores
from edge.mending.reading import DAMAGE
from edge.model import DAY_NS, SECOND_NS, Batch
from edge.newest import note
from edge.service.absence import name_absence
from edge.service.beginning import is_broken, put_right
from edge.service.desk import Desk, Worker
from edge.service.kinds import collector, kept_as, told
from edge.service.listening import listen
from edge.service.threads import Threads
from edge.service.timing import CLOCK, keep_watch
from edge.status import State, Status
from edge.stores import Stores, site_lock
from edge.supervise import supervise
from edge.trust import Guard

if TYPE_CHECKING:  # imported late
    from edge.service.house import House

Document = dict[str, Any]  # JSON
Run = Callable[[], Awaitable[None]]
Beside = Callable[[], Coroutine[None, None, None]]
AGAIN_S = 5.0  # between two lives, so that a bad memory does not keep us busy
FIRST_S = 3.0  # for the sources to connect before anything else is loaded
LOOK_S = 0.05

log = structlog.get_logger()


@dataclass(slots=True)
class Service:
    """Sources, intake and clock of one running site; all else stands in the house."""

    loaded: Loaded
    clock: Clock = SYSTEM
    importing: Callable[[], Document | None] = lambda: None  # an import that runs beside us
    ready: Callable[[str], None] = lambda address: log.info("pages are served", address=address)
    beside: tuple[Beside, ...] = ()  # tasks of the caller that run as long as we do
    status: Status = field(default_factory=Status)
    threads: Threads = field(default_factory=Threads)
    intake: Intake = field(init=False)
    writing: Desk[Stores] = field(init=False)  # what is not a matter of samples
    ids: dict[str, int] = field(init=False)
    archives: list[Archive] = field(default_factory=list)  # one for each who has stores open
    rooms: ExitStack = field(default_factory=ExitStack)  # what has a thread, ended last
    broken: asyncio.Event = field(init=False)  # set by whoever finds journal or records damaged

    async def run(self) -> None:
        """Serve the site until cancelled; then everything ends within seconds.

        A journal that is found damaged meanwhile is a reason to start anew, which mends it; a disk
        that takes nothing at the start, one to try again until it does.

        Raises:
            Occupied: where another process serves it.
            Misconfigured: where the address of the pages cannot be had.
        """
        while True:
            try:
                await self._run_once()
            except* DAMAGE as errors:
                log.warning("journal damaged; all is started again", reason=str(errors.exceptions))
            except* (JournalFull, JournalUnwritable) as errors:
                log.warning("no start yet on this disk", reason=str(errors.exceptions))
            else:
                return
            await self.clock.sleep(AGAIN_S)

    async def _run_once(self) -> None:
        loaded, now_ns = self.loaded, self.clock.wall_ns()
        with site_lock(loaded.data), listen(loaded.host, loaded.port) as at, self.rooms:
            await asyncio.to_thread(put_right, loaded, self.status, now_ns)
            await self._open()
            async with asyncio.TaskGroup() as group:
                self._collect(group)
                await self._under_way()
                house = await asyncio.to_thread(self._house)
                await house.run(at)

    async def _open(self) -> None:
        """Open the intake in the thread that will use it."""
        loaded, begun = self.loaded, self.threads.enter
        every_ms = loaded.commit_every_ms
        self.intake = Intake(self._for_intake, self.clock, self.status, every_ms, begun)
        self.rooms.callback(self.intake.close)
        signals = loaded.site.signals().values()
        kept = {s.path: (kept_as(s), s.unit, s.source) for s in signals}
        self.ids = await self.intake.open(kept, lateness(loaded))
        self.writing = self.at_desk(self.stores, "writing")

    def _collect(self, group: asyncio.TaskGroup) -> None:
        """Let everything begin without which no sample comes onto the disk."""
        self.broken = asyncio.Event()
        group.create_task(fail_when(self.broken))
        group.create_task(self.threads.watch(self.clock))
        group.create_task(self.intake.run())
        if isinstance(guard := self.clock, Guard):
            watch = partial(keep_watch, guard, self.status, self.writing)
            group.create_task(self.supervised(CLOCK, watch))
        for source in self.loaded.sources:
            group.create_task(self.supervised(source.id, self._collecting(source)))

    async def _under_way(self) -> None:
        """Leave the processor to the sources until each has a link or knows that it gets none."""
        last_ns = self.clock.monotonic_ns() + int(FIRST_S * SECOND_NS)
        sources = [source.id for source in self.loaded.sources]
        while any(self.status.of(source).state is State.STARTING for source in sources):
            if self.clock.monotonic_ns() > last_ns:
                return
            await self.intake.committed(LOOK_S)

    def _house(self) -> "House":
        from edge.service.house import House  # noqa: PLC0415 - slow to load, and no source needs it

        return House(self)

    async def supervised(self, owner: str, run: Run) -> None:
        """Run it again whenever it fails; damage that it meets is a reason to start all anew."""
        looked_at = watched(run, self.loaded.data, self.broken)
        await supervise(owner, looked_at, self.status, self.clock)

    def _collecting(self, source: SourceSetup) -> Run:
        """What runs one source, once."""
        config = told(self.loaded, source, self.ids)
        door = self.intake.door(source.id)
        collect = collector(source.kind).collect

        async def run() -> None:
            await door.settled()
            await collect(config, door, self.clock)

        return run

    def at_desk(
        self,
        open_worker: Callable[[], AbstractContextManager[Worker]],
        name: str,
        *,
        lasting: bool = True,
    ) -> Desk[Worker]:
        """A desk, closed at the end; a lasting one whose thread ends before ends the service."""
        desk = Desk(open_worker, name, self.threads.enter if lasting else None)
        self.rooms.callback(desk.close)
        return desk

    @contextmanager
    def stores(self, *, readonly: bool = False) -> Iterator[Stores]:
        """Stores of the thread that enters; what they find damaged is a finding."""
        with Stores.open(self.loaded.data, readonly=readonly) as stores:
            self.archives.append(stores.archive)
            yield stores

    @contextmanager
    def _for_intake(self) -> Iterator[tuple[IntakeStores, Batch]]:
        """The stores of the intake and the newest row of every signal."""
        with self.stores() as stores:
            owed = name_absence(stores, Dating.of(self.clock))
            tell = partial(note, stores.data)
            opened = IntakeStores(stores.journal, stores.catalog, stores.ledger, tell, owed)
            yield opened, History(stores).newest()

    def damaged(self) -> dict[str, str]:
        """Parts that anybody found damaged, and why."""
        return {path: why for one in self.archives for path, why in one.damaged.copy().items()}


def lateness(loaded: Loaded) -> dict[str, Lateness]:
    """How late the samples of each source may come, as its keys say."""
    return {
        source.id: Lateness(source.keys.late, round(source.keys.window_days * DAY_NS))
        for source in loaded.sources
    }


def watched(run: Run, data: Path, broken: asyncio.Event) -> Run:
    """The same run, which sets `broken` where it fails because journal or records are damaged."""

    async def told_of() -> None:
        try:
            await run()
        except DAMAGE:
            if await asyncio.to_thread(is_broken, data):
                broken.set()
            raise

    return told_of


async def fail_when(broken: asyncio.Event) -> None:
    """End everything once somebody has found journal or records damaged."""
    await broken.wait()
    raise JournalDamaged("journal or records were found damaged")
