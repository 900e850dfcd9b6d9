"""How a sink is run: what it reads, how far it has come, and what counts at its server."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from edge.clock import Clock
from edge.config.loader import Loaded, SinkSetup
from edge.service.desk import Desk
from edge.service.feed import Shelf, SinkCursor, SinkFeed
from edge.service.kinds import recounting, sink
from edge.service.recounting import Recounter
from edge.service.recounts import Recounts
from edge.status import Status


@dataclass(slots=True)
class Sinks:
    """All sinks of a site."""

    loaded: Loaded
    desk: Callable[[str], Desk[Shelf]]  # a thread of this name, with stores of its own
    recounts: Recounts
    status: Status
    clock: Clock
    cursors: dict[str, SinkCursor] = field(default_factory=dict)

    def draining(self, setup: SinkSetup) -> Callable[[], Awaitable[None]]:
        """What runs one sink, once; it has stores and a thread of its own."""
        desk, signals = self.desk(f"sink-{setup.id}"), self.loaded.site.signals()
        cursor = SinkCursor(desk, setup.id, self.status, self.clock)
        feed = SinkFeed(desk, signals, cursor, self.clock)
        self.cursors[setup.id] = cursor
        if recount := recounting(setup, self.clock):
            beside = self.desk(f"recount-{setup.id}")
            names = SinkFeed(beside, signals, cursor, self.clock)
            self.recounts.add(Recounter(setup.id, beside, names, recount, self.clock))

        async def run() -> None:
            await cursor.begin()
            await sink(setup.kind).drain(setup.config, feed, cursor, self.clock)

        return run
