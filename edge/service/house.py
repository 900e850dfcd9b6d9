"""All that goes on beside collecting: sealing, folding, sinks, pages.

Imported only when the sources are being read: loading engine, records and pages takes half of a
start, and no source needs them.
"""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from api.hub import Hub
from edge.ballast import Ballast
from edge.engine.engine import Engine
from edge.history import History
from edge.model import SECOND_NS
from edge.records.database import Records
from edge.service.aside import Aside
from edge.service.feed import Shelf
from edge.service.health import Health
from edge.service.keeping import (
    DISK,
    FRAMES,
    SEALING,
    keep_light,
    keep_room,
    keep_sealed,
    keep_shown,
)
from edge.service.kinds import collector
from edge.service.linting import FIGURES, keep_linted
from edge.service.listening import address
from edge.service.live import LiveReader
from edge.service.packing import Packing
from edge.service.pages import ended, page_server
from edge.service.recounts import Recounts
from edge.service.retrying import Retrying
from edge.service.rooms import app_of
from edge.service.rooting import ROOTS, keep_rooted
from edge.service.seen import note_start
from edge.service.sinking import Sinks
from edge.service.unclear import UNCLEAR, keep_told

if TYPE_CHECKING:  # it imports us, late
    from edge.service.serve import Run, Service

FRAMES_A_SECOND = 10  # at most, so that numbers of frames go on over a restart


class House:
    """The rooms of a running site that no source needs."""

    def __init__(self, service: "Service") -> None:
        """Furnish every room; whoever needs a thread opens in it what he uses."""
        loaded, clock, status = service.loaded, service.clock, service.status
        site, zone = loaded.site, ZoneInfo(loaded.site.timezone)
        self.service, self.loaded = service, loaded
        self.packing = Packing(loaded.folder, loaded.data, zone)
        self.hub = Hub(version("lineproof"), clock.wall_ns() * FRAMES_A_SECOND // SECOND_NS)
        self.desk = service.at_desk(self._engine, "engine")
        looking = service.at_desk(partial(service.stores, readonly=True), "health")
        self.recounts = Recounts(site.signals().keys(), zone, status, clock)
        trying = Retrying(loaded, service.ids, service.intake, self.recounts, looking)
        self.aside = Aside(looking, service.writing, zone, clock, trying.again)
        self.health = Health(loaded, clock, status, service.intake, looking, self.hub.build)
        self.health.damaged = service.damaged
        self.health.viewers = lambda: self.hub.viewers
        self.health.importing = service.importing
        self.health.losses = {s.id: collector(s.kind).loss(s.config) for s in loaded.sources}

    async def run(self, listening: socket.socket) -> None:
        """Do everything, until cancelled; then say goodbye to every open page."""
        service, loaded = self.service, self.loaded
        await asyncio.to_thread(note_start, loaded, service.status, service.clock.wall_ns())
        async with asyncio.TaskGroup() as group:
            working = group.create_task(self._work())
            server = page_server(await asyncio.to_thread(lambda: app_of(self)))
            serving = group.create_task(server.serve(sockets=[listening]))
            try:
                service.ready(f"http://{address(loaded.host, loaded.port)}/board")
                await asyncio.wait([working])
            finally:
                working.cancel()
                self.hub.close()
                await ended(server, serving)

    async def _work(self) -> None:
        """Everything but the pages."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.packing.run())
            group.create_task(self.recounts.run())
            group.create_task(keep_light(self.service.archives, self.service.clock))
            for other in self.service.beside:
                group.create_task(other())
            for owner, run in self._supervised():
                group.create_task(self.service.supervised(owner, run))

    def _supervised(self) -> Iterator[tuple[str, "Run"]]:
        """Everything that is started again when it fails, by its name in the status."""
        service, loaded = self.service, self.loaded
        status, clock = service.status, service.clock
        sealer, ballast = service.at_desk(service.stores, "sealer"), Ballast(loaded.data)
        yield SEALING, lambda: keep_sealed(sealer, status, clock)
        yield DISK, lambda: keep_room(ballast, sealer, status, clock)
        yield ROOTS, lambda: keep_rooted(loaded.folder, sealer, status, clock)
        yield FRAMES, lambda: keep_shown(self.desk, self.hub, self.health)
        yield UNCLEAR, lambda: keep_told(self.desk, status, clock)
        yield FIGURES, lambda: keep_linted(self.desk, status, clock)
        shelves = partial(service.at_desk, self._shelf, lasting=False)
        sinks = Sinks(loaded, shelves, self.recounts, status, clock)
        self.health.cursors = sinks.cursors
        for setup in loaded.sinks:
            yield setup.id, sinks.draining(setup)

    @contextmanager
    def _engine(self) -> Iterator[Engine]:
        """The engine, with stores of its own."""
        service = self.service
        with service.stores(readonly=True) as stores:
            reader = LiveReader(History(stores), service.intake.uncommitted_life)
            records = Records.open(stores.data / "records.db")
            with records.held():
                yield Engine(self.loaded.site, reader, records, service.clock)

    @contextmanager
    def _shelf(self) -> Iterator[Shelf]:
        """What a sink reads, with stores of its own."""
        with self.service.stores() as stores:
            yield Shelf(stores)
