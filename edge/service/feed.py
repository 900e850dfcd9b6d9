"""What one sink reads, and how far it has come: each sink has stores and a thread of its own."""

from collections.abc import Mapping

from edge.clock import Clock
from edge.history import History
from edge.model import Batch
from edge.plant import Signal
from edge.service.desk import Desk
from edge.status import State, Status
from edge.stores import Stores

LOOK_S = 0.5
EXCERPT_ROWS = 3


class Shelf:
    """Stores, their history and the names of one sink; lives in the sink's thread."""

    def __init__(self, stores: Stores, name: str) -> None:
        self.stores = stores
        self.history = History(stores)
        self.position = stores.ledger.cursor(name)
        self.paths = stores.catalog.paths()

    def confirm(self, name: str, block: int, rows: int) -> None:
        """Move the cursor."""
        with self.stores.journal.transaction():
            self.stores.ledger.move(name, block, rows)

    def refuse(self, name: str, batch: Batch, answer: str) -> None:
        """List rows that the sink's server refuses for good; they stay stored."""
        names = [self.paths.get(int(signal), "?") for signal in batch.signal[:EXCERPT_ROWS]]
        excerpt = f"{len(batch)} rows of {', '.join(names)}".encode()
        received_ns = int(batch.received_ns[0]) if len(batch) else 0
        with self.stores.journal.transaction():
            self.stores.ledger.quarantine(name, answer, excerpt, received_ns, rows=len(batch))


class SinkFeed:
    """The committed blocks, oldest first, from the journal or the archive alike."""

    def __init__(self, desk: Desk[Shelf], signals: Mapping[str, Signal], clock: Clock) -> None:
        self._desk = desk
        self._signals = signals
        self._clock = clock
        self._paths: dict[int, str] = {}
        self._texts: dict[int, str] = {}

    async def take(self, after: int) -> list[tuple[int, Batch]]:
        """The blocks that follow number `after`, at least one; waits until there is one."""
        while True:
            found = await self._desk.ask(lambda shelf: shelf.history.blocks(after))
            if found:
                break
            await self._clock.sleep(LOOK_S)
        self._paths, self._texts = await self._desk.ask(
            lambda shelf: (shelf.stores.catalog.paths(), shelf.stores.catalog.symbols())
        )
        return found

    def signal(self, signal: int) -> Signal | None:
        """What a dense id stands for."""
        return self._signals.get(self._paths.get(signal, ""))

    def symbol(self, symbol: int) -> str:
        """The text behind a symbol."""
        return self._texts.get(symbol, "")


class SinkCursor:
    """How far the sink has come, durably; its news go to the health page too."""

    def __init__(self, desk: Desk[Shelf], name: str, status: Status) -> None:
        self._desk = desk
        self._name = name
        self._status = status
        self.position = 0
        self.confirmed_rows = 0

    async def open(self) -> None:
        """Learn where the sink stopped last time."""
        kept = await self._desk.ask(lambda shelf: shelf.stores.ledger.cursor(self._name))
        self.position, self.confirmed_rows = kept.block, kept.rows

    async def confirm(self, block: int, rows: int) -> None:
        """All rows up to this block are confirmed or set aside."""
        await self._desk.ask(lambda shelf: shelf.confirm(self._name, block, rows))
        self.position, self.confirmed_rows = block, self.confirmed_rows + rows

    async def refuse(self, batch: Batch, answer: str) -> None:
        """Set rows aside with the server's answer."""
        await self._desk.ask(lambda shelf: shelf.refuse(self._name, batch, answer))

    def parked(self, reason: str) -> None:
        """Tell people that the sink waits for one of them."""
        self._status.set(self._name, State.PARKED if reason else State.RUNNING, reason)
