"""The service: every room started in its order, and ended within seconds.

What was acknowledged is on the disk, so nothing is flushed at the end and no order matters then:
shutdown is cancellation, and every open page is told goodbye.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from starlette.types import ASGIApp

import api
from api.app import create_app
from api.hub import Hub
from api.rooms import Rooms
from edge.clock import SYSTEM, Clock
from edge.config.loader import Loaded, SinkSetup, SourceSetup
from edge.engine.engine import Engine
from edge.history import History
from edge.intake.commit import Intake
from edge.intake.commit import Stores as IntakeStores
from edge.model import Batch
from edge.plant import Kind, Signal
from edge.records.database import Records
from edge.service.desk import Desk
from edge.service.feed import Shelf, SinkCursor, SinkFeed
from edge.service.health import Document, Health
from edge.service.keeping import keep_sealed, keep_shown
from edge.service.kinds import collector, sink
from edge.service.live import LiveReader
from edge.service.pages import ended, listen, page_server
from edge.status import Status
from edge.stores import Stores, site_lock
from edge.supervise import supervise

PAGES = Path(api.__file__).parent / "static"

log = structlog.get_logger()


@dataclass(slots=True)
class Service:
    """The rooms of one running site."""

    loaded: Loaded
    clock: Clock = SYSTEM
    importing: Callable[[], Document | None] = lambda: None  # an import that runs beside us
    ready: Callable[[str], None] = lambda address: log.info("pages are served", address=address)
    beside: tuple[
        Callable[[], Coroutine[None, None, None]], ...
    ] = ()  # what else goes on, once each
    status: Status = field(default_factory=Status)
    hub: Hub = field(init=False)
    intake: Intake = field(init=False)
    health: Health = field(init=False)
    desk: Desk[Engine] = field(init=False)
    sealer: Desk[Stores] = field(init=False)
    ids: dict[str, int] = field(init=False)

    async def run(self) -> None:
        """Serve the site until SIGTERM or SIGINT; then everything ends within seconds.

        Raises:
            Occupied: where another process serves it.
            Misconfigured: where the address of the pages cannot be had.
        """
        with (
            site_lock(self.loaded.data),
            listen(self.loaded.host, self.loaded.port) as listening,
            cancelled_by_signals(),
        ):
            await self._open()
            server = page_server(self._app())
            async with asyncio.TaskGroup() as outer:
                serving = outer.create_task(server.serve(sockets=[listening]))
                try:
                    self.ready(f"http://{self.loaded.host}:{self.loaded.port}/board")
                    await self._work()
                finally:
                    self.hub.close()
                    await ended(server, serving)
                    for desk in (self.desk, self.sealer):
                        desk.close()

    async def _open(self) -> None:
        """Open every room in the thread that will use it."""
        loaded, data = self.loaded, self.loaded.data
        signals = loaded.site.signals().values()
        self.hub = Hub(build=version("lineproof"))
        self.intake = Intake(
            lambda: open_intake(data), self.clock, self.status, loaded.commit_every_ms
        )
        self.ids = await self.intake.open({s.path: (kept_as(s), s.unit, s.source) for s in signals})
        self.desk = Desk(lambda: self._engine(data), "engine")
        self.sealer = Desk(lambda: Stores.open(data), "sealer")
        self.health = Health(
            loaded, self.clock, self.status, self.intake, self.sealer, self.hub.build
        )
        self.health.viewers = lambda: self.hub.viewers
        self.health.importing = self.importing

    def _engine(self, data: Path) -> Engine:
        """The engine with stores of its own, in its thread."""
        stores = Stores.open(data, readonly=True)
        reader = LiveReader(History(stores), self.intake.uncommitted_life)
        return Engine(self.loaded.site, reader, Records.open(data / "records.db"), self.clock)

    def _app(self) -> ASGIApp:
        rooms = Rooms(
            desk=self.desk,
            hub=self.hub,
            health=self.health.document,
            accounting=self.health.accounting,
            metrics=self.health.metrics,
            zone=ZoneInfo(self.loaded.site.timezone),
            pages=PAGES,
        )
        return create_app(rooms, self.hub.build)

    async def _work(self) -> None:
        """Everything that goes on until the end."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.intake.run())
            group.create_task(
                self._supervised("sealing", partial(keep_sealed, self.sealer, self.clock))
            )
            show = partial(keep_shown, self.desk, self.hub, self.health)
            group.create_task(self._supervised("frames", show))
            for other in self.beside:
                group.create_task(other())
            for source in self.loaded.sources:
                group.create_task(self._supervised(source.id, self._collecting(source)))
            for setup in self.loaded.sinks:
                group.create_task(self._supervised(setup.id, await self._draining(setup)))

    async def _supervised(self, owner: str, run: Callable[[], Awaitable[None]]) -> None:
        await supervise(owner, run, self.status, self.clock)

    def _collecting(self, source: SourceSetup) -> Callable[[], Awaitable[None]]:
        """What runs one source, once."""
        kinds = {s.path: s for s in self.loaded.site.signals().values()}
        points = tuple(
            point.model_copy(update={"signal": self.ids[path], "kind": Kind(kept_as(kinds[path]))})
            for path, point in source.points.items()
        )
        update = {"points": points, "keys": self.loaded.data / "keys"}
        fields = type(source.config).model_fields
        config = source.config.model_copy(update={k: v for k, v in update.items() if k in fields})
        door = self.intake.door(source.id, getattr(config, "max_in_flight", None))
        collect = collector(source.kind).collect
        return lambda: collect(config, door, self.clock)

    async def _draining(self, setup: SinkSetup) -> Callable[[], Awaitable[None]]:
        """What runs one sink, once; it has stores and a thread of its own."""
        data = self.loaded.data
        desk = Desk(lambda: Shelf(Stores.open(data), setup.id), f"sink-{setup.id}")
        cursor = SinkCursor(desk, setup.id, self.status)
        await cursor.open()
        self.health.cursors[setup.id] = cursor
        feed = SinkFeed(desk, self.loaded.site.signals(), self.clock)
        drain = sink(setup.kind).drain
        return lambda: drain(setup.config, feed, cursor, self.clock)


def open_intake(data: Path) -> tuple[IntakeStores, Batch]:
    """The stores of the intake and the newest row of every signal."""
    stores = Stores.open(data)
    return IntakeStores(stores.journal, stores.catalog, stores.ledger), History(stores).newest()


def kept_as(signal: Signal) -> str:
    """The kind under which the values of a signal are kept: words are text, whatever they mean."""
    return Kind.TEXT.value if signal.values_are_text else signal.kind.value


@contextmanager
def cancelled_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGINT cancel the present task: shutdown is cancellation."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, task.cancel if task else lambda: None)
    try:
        yield
    finally:
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(name)
