"""The service: every room started in its order, and ended within seconds.

What was acknowledged is on the disk, so nothing is flushed at the end and no order matters then:
shutdown is cancellation, and every open page is told goodbye.
"""

import asyncio
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from pydantic import BaseModel

import api
from api.app import create_app
from api.hub import Hub
from api.rooms import Rooms
from edge.clock import SYSTEM, Clock
from edge.config.loader import Loaded, SinkSetup, SourceSetup
from edge.engine.engine import Engine
from edge.history import Stores, site_lock
from edge.intake.commit import Intake
from edge.intake.commit import Stores as IntakeStores
from edge.model import Batch, Signal
from edge.records.database import Records
from edge.service.desk import Desk
from edge.service.feed import SinkCursor, SinkFeed
from edge.service.health import Health
from edge.service.keeping import keep_folded, keep_framed, keep_sealed
from edge.service.kinds import collector, sink
from edge.service.live import LiveReader
from edge.service.pages import ended, listen, page_server
from edge.status import Status
from edge.supervise import supervise

PAGES = Path(api.__file__).parent / "static"

log = structlog.get_logger()


@dataclass(slots=True)
class Service:
    """The rooms of one running site."""

    loaded: Loaded
    clock: Clock = SYSTEM
    status: Status = field(default_factory=Status)
    progress: Callable[[], float | None] = lambda: None  # share of an import that runs beside us
    ready: Callable[[str], None] = lambda address: log.info("pages are served", address=address)

    async def run(self) -> None:
        """Serve the site until SIGTERM or SIGINT.

        Raises:
            Occupied: where another process serves it.
            Misconfigured: where the address of the pages cannot be had.
        """
        me = asyncio.current_task()
        assert me is not None  # noqa: S101 - a coroutine that runs has a task
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, me.cancel)
        try:
            with site_lock(self.loaded.data):
                await self._serve()
        finally:
            for name in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(name)
