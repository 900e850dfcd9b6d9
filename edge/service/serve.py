"""The service: every room started in its order, and ended within seconds.

What was acknowledged is on the disk, so nothing is flushed at the end and no order matters then:
shutdown is cancellation, and every open page is told goodbye.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from starlette.types import ASGIApp

from api.hub import Hub
from edge.archive.store import Archive
from edge.ballast import Ballast
from edge.clock import SYSTEM, Clock
from edge.config.loader import Loaded, SourceSetup
from edge.engine.engine import Engine
from edge.errors import JournalDamaged, JournalFull, JournalUnwritable
from edge.history import History
from edge.intake.commit import Intake
from edge.intake.dating import Dating
from edge.intake.writing import Stores as IntakeStores
from edge.mending.reading import DAMAGE
from edge.model import SECOND_NS, Batch
from edge.newest import note
from edge.records.database import Records
from edge.service.absence import name_absence
from edge.service.aside import Aside
from edge.service.beginning import is_broken, put_right
from edge.service.desk import Desk, Worker
from edge.service.feed import Shelf
from edge.service.health import Document, Health
from edge.service.keeping import DISK, FRAMES, SEALING, keep_room, keep_sealed, keep_shown
from edge.service.kinds import collector, kept_as, told
from edge.service.live import LiveReader
from edge.service.packing import Packing
from edge.service.pages import address, ended, listen, page_server
from edge.service.recounts import Recounts
from edge.service.retrying import Retrying
from edge.service.rooting import ROOTS, keep_rooted
from edge.service.seen import note_start
from edge.service.sinking import Sinks
from edge.service.threads import Threads
from edge.service.timing import CLOCK, keep_watch
from edge.service.unclear import UNCLEAR, keep_told
from edge.status import Status
from edge.stores import Stores, site_lock
from edge.supervise import supervise
from edge.trust import Guard

Run = Callable[[], Awaitable[None]]
Beside = Callable[[], Coroutine[None, None, None]]
AGAIN_S = 5.0  # between two lives, so that a bad memory does not keep us busy
FRAMES_A_SECOND = 10  # at most, so that numbers of frames go on over a restart

log = structlog.get_logger()


@dataclass(slots=True)
class Service:
    """The rooms of one running site."""

    loaded: Loaded
    clock: Clock = SYSTEM
    importing: Callable[[], Document | None] = lambda: None  # an import that runs beside us
    ready: Callable[[str], None] = lambda address: log.info("pages are served", address=address)
    beside: tuple[Beside, ...] = ()  # what else goes on, once each
    status: Status = field(default_factory=Status)
    threads: Threads = field(default_factory=Threads)
    hub: Hub = field(init=False)
    intake: Intake = field(init=False)
    health: Health = field(init=False)
    aside: Aside = field(init=False)
    recounts: Recounts = field(init=False)
    desk: Desk[Engine] = field(init=False)
    writing: Desk[Stores] = field(init=False)  # what is not a matter of samples
    packing: Packing = field(init=False)
    ids: dict[str, int] = field(init=False)
    archives: list[Archive] = field(default_factory=list)  # one for each who has stores open
    rooms: ExitStack = field(default_factory=ExitStack)  # what has a thread, ended last

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
            await self._serve(at)

    async def _serve(self, listening: socket.socket) -> None:
        """Collect, then show pages too, until cancelled; then say goodbye to every open page."""
        async with asyncio.TaskGroup() as outer:
            working = outer.create_task(self._work())
            server = page_server(await asyncio.to_thread(self._app))
            serving = outer.create_task(server.serve(sockets=[listening]))
            try:
                self.ready(f"http://{address(self.loaded.host, self.loaded.port)}/board")
                await asyncio.wait([working])
            finally:
                working.cancel()
                self.hub.close()
                await ended(server, serving)

    async def _open(self) -> None:
        """Open every room in the thread that will use it."""
        loaded, clock = self.loaded, self.clock
        await asyncio.to_thread(note_start, loaded, self.status, clock.wall_ns())
        self.packing = Packing(loaded.folder, loaded.data)
        self.hub = Hub(version("lineproof"), clock.wall_ns() * FRAMES_A_SECOND // SECOND_NS)
        every_ms, begun = loaded.commit_every_ms, self.threads.enter
        self.intake = Intake(self._for_intake, clock, self.status, every_ms, begun)
        self.rooms.callback(self.intake.close)
        signals = loaded.site.signals().values()
        self.ids = await self.intake.open({s.path: (kept_as(s), s.unit, s.source) for s in signals})
        self.desk = self._desk(self._engine, "engine", self.threads)
        readonly = partial(self._stores, readonly=True)
        looking = self._desk(readonly, "health", self.threads)
        self.writing = self._desk(self._stores, "writing", self.threads)
        zone = ZoneInfo(loaded.site.timezone)
        self.recounts = Recounts(loaded.site.signals().keys(), zone, self.status, clock)
        trying = Retrying(loaded, self.ids, self.intake, self.recounts, looking)
        self.aside = Aside(looking, self.writing, zone, clock, trying.again)
        self.health = Health(loaded, clock, self.status, self.intake, looking, self.hub.build)
        self.health.damaged = self._damaged
        self.health.viewers = lambda: self.hub.viewers
        self.health.importing = self.importing
        self.health.losses = {s.id: collector(s.kind).loss(s.config) for s in loaded.sources}

    def _app(self) -> ASGIApp:
        from edge.service.rooms import app_of  # noqa: PLC0415 - FastAPI, which no source needs

        return app_of(self)

    async def _work(self) -> None:
        """Everything that goes on until the end."""
        sealer = self._desk(self._stores, "sealer", self.threads)
        async with asyncio.TaskGroup() as group:
            broken = asyncio.Event()
            group.create_task(fail_when(broken))
            group.create_task(self.threads.watch(self.clock))
            group.create_task(self.intake.run())
            group.create_task(self.packing.run())
            group.create_task(self.recounts.run())
            for other in self.beside:
                group.create_task(other())
            for owner, run in self._supervised(sealer):
                looked_at = watched(run, self.loaded.data, broken)
                group.create_task(supervise(owner, looked_at, self.status, self.clock))

    def _supervised(self, sealer: Desk[Stores]) -> Iterator[tuple[str, Run]]:
        """Everything that is started again when it fails, by its name in the status."""
        yield SEALING, lambda: keep_sealed(sealer, self.status, self.clock)
        ballast = Ballast(self.loaded.data)
        yield DISK, lambda: keep_room(ballast, sealer, self.status, self.clock)
        yield ROOTS, lambda: keep_rooted(self.loaded.folder, sealer, self.status, self.clock)
        yield FRAMES, lambda: keep_shown(self.desk, self.hub, self.health)
        yield UNCLEAR, lambda: keep_told(self.desk, self.status, self.clock)
        if isinstance(guard := self.clock, Guard):
            yield CLOCK, lambda: keep_watch(guard, self.status, self.writing)
        for source in self.loaded.sources:
            yield source.id, self._collecting(source)
        shelves = partial(self._desk, self._shelf)
        sinks = Sinks(self.loaded, shelves, self.recounts, self.status, self.clock)
        self.health.cursors = sinks.cursors
        for setup in self.loaded.sinks:
            yield setup.id, sinks.draining(setup)

    def _collecting(self, source: SourceSetup) -> Run:
        """What runs one source, once."""
        config = told(self.loaded, source, self.ids)
        door = self.intake.door(source.id, getattr(config, "window", None))
        collect = collector(source.kind).collect

        async def run() -> None:
            await door.settled()
            await collect(config, door, self.clock)

        return run

    def _desk(
        self,
        open_worker: Callable[[], AbstractContextManager[Worker]],
        name: str,
        lasting: Threads | None = None,
    ) -> Desk[Worker]:
        """A desk that is closed at the end, and is not to lose its thread before if so told."""
        desk = Desk(open_worker, name, None if lasting is None else lasting.enter)
        self.rooms.callback(desk.close)
        return desk

    @contextmanager
    def _stores(self, *, readonly: bool = False) -> Iterator[Stores]:
        """Stores of the thread that enters; what they find damaged is a finding."""
        with Stores.open(self.loaded.data, readonly=readonly) as stores:
            self.archives.append(stores.archive)
            yield stores

    @contextmanager
    def _for_intake(self) -> Iterator[tuple[IntakeStores, Batch]]:
        """The stores of the intake and the newest row of every signal."""
        with self._stores() as stores:
            owed = name_absence(stores, Dating.of(self.clock))
            tell = partial(note, stores.data)
            opened = IntakeStores(stores.journal, stores.catalog, stores.ledger, tell, owed)
            yield opened, History(stores).newest()

    @contextmanager
    def _engine(self) -> Iterator[Engine]:
        """The engine, with stores of its own."""
        with self._stores(readonly=True) as stores:
            reader = LiveReader(History(stores), self.intake.uncommitted_life)
            records = Records.open(stores.data / "records.db")
            with records.held():
                yield Engine(self.loaded.site, reader, records, self.clock)

    @contextmanager
    def _shelf(self) -> Iterator[Shelf]:
        """What a sink reads, with stores of its own."""
        with self._stores() as stores:
            yield Shelf(stores)

    def _damaged(self) -> dict[str, str]:
        """Parts that anybody found damaged, and why."""
        return {path: why for one in self.archives for path, why in one.damaged.copy().items()}


def watched(run: Run, data: Path, broken: asyncio.Event) -> Run:
    """The same, which also tells when it fails because journal or records are damaged."""

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
