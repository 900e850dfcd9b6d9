"""What one sink reads, and how far it has come: each sink has stores and a thread of its own.

What always holds: what a sink's server refuses for good is listed in the transaction that moves the
cursor past it. So a crash between the two lists nothing twice, and nothing is passed over unlisted.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from edge.again import Spot
from edge.clock import Clock
from edge.errors import JournalTrimmed
from edge.history import History, in_order
from edge.ledger import Position
from edge.model import HOUR_NS, Batch
from edge.service.desk import Desk
from edge.site import Signal
from edge.status import State, Status
from edge.stores import Stores

LOOK_S = 0.5
FRESH_BLOCKS = 64  # of which the newest rows are told
EXCERPT_PATHS = 3
MOST_ANSWERS = 250  # of one confirmation; what a server answers to further rows is left out
OTHERS = "refused as well; the first answers are listed beside"


@dataclass(slots=True)
class Refused:
    """Rows that a server refused with one answer."""

    signals: dict[int, None]  # in the order in which they were refused, each once
    received_ns: int
    rows: int = 0
    spots: dict[tuple[int, int], int] = field(default_factory=dict)  # signal, hour: rows

    def add(self, batch: Batch) -> None:
        """Further rows."""
        self.rows += len(batch)
        for signal in batch.signal[:EXCERPT_PATHS].tolist():
            if len(self.signals) < EXCERPT_PATHS:
                self.signals[signal] = None
        where = np.stack([batch.signal.astype(np.int64), batch.source_ns // HOUR_NS], 1)
        found, counts = np.unique(where, axis=0, return_counts=True)
        for (signal, hour), rows in zip(found.tolist(), counts.tolist(), strict=True):
            self.spots[signal, hour] = self.spots.get((signal, hour), 0) + rows

    def places(self) -> Iterator[Spot]:
        """The signals and hours of the rows."""
        return (Spot(*place, rows) for place, rows in self.spots.items())


class Shelf:
    """Stores and their history for one sink; lives in the sink's thread."""

    def __init__(self, stores: Stores) -> None:
        self.stores = stores
        self.history = History(stores)

    def cursor(self, name: str) -> Position:
        """Where the sink stopped."""
        return self.stores.ledger.cursor(name)

    def fresh(self, after: int, most: int) -> list[tuple[int, Batch]]:
        """The newest blocks after a number, oldest first: at most so many rows, or one block.

        Only what sources sent and the journal still has: whoever wants more reads in order.
        """
        journal = self.stores.journal
        heads = journal.heads(max(after, journal.newest() - FRESH_BLOCKS))
        sizes = {number: head.rows for number, head in reversed(heads) if not head.history}
        within = int((np.cumsum(list(sizes.values())) <= most).sum())
        try:
            chosen = list(sizes)[: max(within, 1)]
            found = [journal.read(number - 1, 1)[0] for number in reversed(chosen)]
        except JournalTrimmed:
            return []  # it was sealed meanwhile
        return [(number, in_order(number, batch)) for number, batch in found]

    def confirm(self, name: str, block: int, rows: int, refused: Mapping[str, Refused]) -> None:
        """Move the cursor, and list what was refused on the way; those rows stay stored."""
        with self.stores.journal.transaction():
            self.set_aside(name, refused)
            self.stores.ledger.move(name, block, rows)

    def set_aside(self, name: str, refused: Mapping[str, Refused]) -> None:
        """List what was refused, and note which rows it was; in the caller's transaction."""
        stores, paths = self.stores, self.stores.catalog.paths() if refused else {}
        for answer, those in refused.items():
            names = [paths.get(signal, "?") for signal in those.signals]
            excerpt = f"{those.rows} rows of {', '.join(names)}".encode()
            entry = stores.ledger.quarantine(
                name, answer, excerpt, those.received_ns, rows=those.rows
            )
            stores.again.refused(entry, name, those.places())


class SinkFeed:
    """The committed blocks, oldest first, from the journal or the archive alike."""

    def __init__(
        self,
        desk: Desk[Shelf],
        signals: Mapping[str, Signal],
        cursor: "SinkCursor",
        clock: Clock,
    ) -> None:
        self._desk = desk
        self._signals = signals
        self._cursor = cursor
        self._clock = clock
        self._paths: dict[int, str] = {}
        self._texts: dict[int, str] = {}

    async def take(self, after: int) -> list[tuple[int, Batch]]:
        """The blocks that follow number `after`, at least one; waits until there is one."""
        while not (found := await self._desk.ask(lambda shelf: shelf.history.blocks(after))):
            self._cursor.runs()  # whoever has nothing left to do has done it
            await self._clock.sleep(LOOK_S)
        await self.learn()
        return found

    async def fresh(self, after: int, most: int) -> list[tuple[int, Batch]]:
        """The newest blocks after number `after`, oldest first; about `most` rows or one block."""
        found = await self._desk.ask(lambda shelf: shelf.fresh(after, most))
        if found:
            await self.learn()
        return found

    async def learn(self) -> None:
        """Take note of the names there are now."""
        self._paths, self._texts = await self._desk.ask(
            lambda shelf: (shelf.history.paths(), shelf.history.symbols())
        )

    def signal(self, signal: int) -> Signal | None:
        """What a dense id stands for."""
        return self._signals.get(self._paths.get(signal, ""))

    def symbol(self, symbol: int) -> str:
        """The text behind a symbol."""
        return self._texts.get(symbol, "")


class SinkCursor:
    """How far the sink has come, durably; its news go to the health page too."""

    def __init__(self, desk: Desk[Shelf], name: str, status: Status, clock: Clock) -> None:
        self._desk = desk
        self._name = name
        self._status = status
        self._clock = clock
        self._refused: dict[str, Refused] = {}
        self.position = 0
        self.confirmed_rows = 0

    async def begin(self) -> None:
        """Learn where the sink stopped, whether in another process or in the run before."""
        kept = await self._desk.ask(lambda shelf: shelf.cursor(self._name))
        self._refused = {}  # those rows come again, and are refused again
        self.position, self.confirmed_rows = kept.block, kept.rows

    async def confirm(self, block: int, rows: int) -> None:
        """All rows up to this block are confirmed or set aside."""
        refused, self._refused = self._refused, {}
        await self._desk.ask(lambda shelf: shelf.confirm(self._name, block, rows, refused))
        self.position, self.confirmed_rows = block, self.confirmed_rows + rows
        self.runs()

    async def refuse(self, batch: Batch, answer: str) -> None:
        """Set rows aside with the server's answer; on the disk with the next confirmation."""
        add(self._refused, batch, answer)

    def parked(self, reason: str) -> None:
        """Tell people that the sink waits for one of them."""
        state = State.PARKED if reason else State.RUNNING
        self._status.set(self._name, state, reason, self._clock.wall_ns())

    def runs(self) -> None:
        """Its server has taken all there was."""
        self._status.runs(self._name, self._clock.wall_ns())


def add(refused: dict[str, Refused], batch: Batch, answer: str) -> None:
    """Put rows beside those that were refused with the same answer."""
    if not len(batch):
        return
    if answer not in refused and len(refused) >= MOST_ANSWERS:
        answer = OTHERS
    refused.setdefault(answer, Refused({}, int(batch.received_ns[0]))).add(batch)
