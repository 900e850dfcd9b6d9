"""The asynchronous half of `deliver`: many deliveries become one commit.

What always holds:
1. A delivery returns after the commit that holds all of it, and only then.
2. A commit that fails acknowledges nobody; what it held is in flight still.
3. received = stored + filtered + quarantined + in flight, for every source, at every instant.
4. At most one commit per `every_ms`, unless 5,000 rows or half of a source's window wait.

The journal, catalog and ledger live in one thread of their own; nobody else writes to them here.
"""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import NamedTuple

import structlog

from edge.catalog import Catalog
from edge.clock import Clock
from edge.errors import JournalFull
from edge.intake.parcels import EXCERPT_BYTES, Counts, Gap, Last, Parcel, Refusal, note
from edge.journal import Journal
from edge.ledger import Counts as LedgerCounts
from edge.ledger import Ledger
from edge.model import NOBODY, Batch
from edge.status import Status

ENOUGH_ROWS = 5_000
FULL_DISK_WAIT_S = 5.0
LIFE_ALONE_S = 60.0  # a commit for life alone costs the card as much as one with rows

log = structlog.get_logger()


class Stores(NamedTuple):
    """The three that one connection carries."""

    journal: Journal
    catalog: Catalog
    ledger: Ledger


class Door:
    """One source's way in; it is the `Deliver` of its collector."""

    def __init__(self, intake: "Intake", source: str, window: int | None) -> None:
        self._intake = intake
        self._source = source
        self._enough = min(ENOUGH_ROWS, max(1, window // 2)) if window else ENOUGH_ROWS
        self.key = intake.keys.get(source, b"")

    async def __call__(self, batch: Batch, key: bytes = b"") -> None:
        """Return when the batch and the key are on the disk."""
        parcel = self._intake.parcel(self._source)
        if len(batch):
            parcel.batches.append(batch)
            self._intake.received(self._source, len(batch))
            self._intake.status.last_sample_ns[self._source] = int(batch.received_ns[-1])
        parcel.key = key
        await self._committed(parcel)
        self.key = key

    def symbol(self, text: str) -> int:
        """The integer that stands for a text."""
        return self._intake.stores.catalog.symbol(text)

    async def gap(self, reason: str, from_ns: int, to_ns: int) -> None:
        """Write down what the source lost; returns when that is on the disk."""
        parcel = self._intake.parcel(self._source)
        parcel.gaps.append(Gap(reason, from_ns, to_ns))
        await self._committed(parcel)

    def alive(self, at_ns: int) -> None:
        """Note a proof of life."""
        self._intake.parcel(self._source).alive(at_ns)
        self._intake.alive_ns[self._source] = at_ns

    def refuse(self, reason: str, excerpt: bytes, received_ns: int) -> None:
        """Set one message aside."""
        parcel = self._intake.parcel(self._source)
        parcel.refusals.append(Refusal(reason, excerpt[:EXCERPT_BYTES], received_ns))
        self._intake.received(self._source, 1)
        self._intake.wake()

    def finding(self, code: str, text: str) -> None:
        """Tell people what is wrong though the source goes on."""
        self._intake.status.find(self._source, code, text, self._intake.clock.wall_ns())

    async def _committed(self, parcel: Parcel) -> None:
        done = asyncio.get_running_loop().create_future()
        parcel.waiting.append(done)
        self._intake.wake(at_once=parcel.rows >= self._enough)
        await done


class Intake:
    """Collects what all doors hand over and commits it in turns.

    `open_stores` is called in the intake's own thread; besides the stores it gives the newest row
    of every signal, by which a repeat is known.
    """

    def __init__(
        self,
        open_stores: Callable[[], tuple[Stores, Batch]],
        clock: Clock,
        status: Status,
        every_ms: int,
    ) -> None:
        self.clock = clock
        self.status = status
        self.keys: dict[str, bytes] = {}
        self.alive_ns: dict[str, int] = {}
        self.stores: Stores
        self._open = open_stores
        self._every_s = every_ms / 1000
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="intake")
        self._parcels: dict[str, Parcel] = {}
        self._committing: dict[str, Parcel] = {}
        self._counts: dict[str, Counts] = {}
        self._last = Last()
        self._something = asyncio.Event()
        self._at_once = asyncio.Event()
        self._news = asyncio.Event()
        self.newest_block = 0

    async def open(self, signals: Mapping[str, tuple[str, str, str]]) -> dict[str, int]:
        """Open the stores in their thread and give every signal its number.

        Args:
            signals: kind, unit and source by path.
        """
        loop = asyncio.get_running_loop()
        counts, newest, ids = await loop.run_in_executor(self._thread, self._opened, signals)
        for source, (stored, filtered, quarantined) in counts.items():
            received = stored + filtered + quarantined  # nothing is in flight between processes
            self._counts[source] = Counts(stored, filtered, quarantined, 0, received)
        self._last.learn(newest)
        return ids

    def _opened(
        self, signals: Mapping[str, tuple[str, str, str]]
    ) -> tuple[dict[str, LedgerCounts], Batch, dict[str, int]]:
        self.stores, newest = self._open()
        journal, catalog, ledger = self.stores
        with journal.transaction():
            ids = catalog.ids(signals)
        self.keys = ledger.keys()
        return ledger.counts(), newest, ids

    def door(self, source: str, window: int | None = None) -> Door:
        """The way in of one source.

        Args:
            source: its id.
            window: how many messages it may leave unacknowledged, if it has a limit.
        """
        self._counts.setdefault(source, Counts())
        return Door(self, source, window)

    def parcel(self, source: str) -> Parcel:
        """What the source has handed over since the last commit; to be added to."""
        return self._parcels.setdefault(source, Parcel(source))

    def received(self, source: str, rows: int) -> None:
        """Count what comes in, before anything becomes of it."""
        counts = self._counts[source]
        self._counts[source] = counts._replace(received=counts.received + rows)

    def wake(self, *, at_once: bool = False) -> None:
        """Something waits for the next commit, or for one that does not wait any longer."""
        self._something.set()
        if at_once:
            self._at_once.set()

    def uncommitted_life(self, source: str) -> list[tuple[int, int]]:
        """Spans of proven life that no commit holds yet; any thread may ask."""
        rooms = (self._committing, self._parcels)
        return [span for room in rooms if source in room for span in list(room[source].life)]

    def accounting(self) -> dict[str, Counts]:
        """What became of every source's rows; exact at the instant of the call."""
        found = {}
        for source, counts in self._counts.items():
            flying = [room.get(source) for room in (self._parcels, self._committing)]
            in_flight = sum(parcel.rows for parcel in flying if parcel)
            found[source] = counts._replace(in_flight=in_flight)
        return found

    async def committed(self, longest_s: float) -> None:
        """Return after the next commit, or after so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(longest_s):
                await self._news.wait()
        self._news.clear()

    async def run(self) -> None:
        """Commit what comes, until cancelled. What was not acknowledged by then is sent again."""
        try:
            while True:
                await self._turn()
        finally:
            self._thread.shutdown(wait=True, cancel_futures=True)

    async def _turn(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(LIFE_ALONE_S):
                await self._something.wait()
        if not self._parcels:
            return
        self._something.clear()
        self._at_once.clear()
        parcels, self._parcels = self._parcels, {}
        self._committing = parcels
        await self._commit(list(parcels.values()))
        with suppress(TimeoutError):
            async with asyncio.timeout(self._every_s):
                await self._at_once.wait()

    async def _commit(self, parcels: list[Parcel]) -> None:
        """Commit the parcels, however long the disk is full, and let their doors go on."""
        done = await self._tried(parcels)
        while done is None:
            await self.clock.sleep(FULL_DISK_WAIT_S)
            done = await self._tried(parcels)
        self._committing = {}
        self._news.set()
        for source, added in done.items():
            old = self._counts.get(source, Counts())
            self._counts[source] = Counts(*(a + b for a, b in zip(old, added, strict=True)))
        for parcel in parcels:
            for waiting in parcel.waiting:
                if not waiting.done():
                    waiting.set_result(None)

    async def _tried(self, parcels: list[Parcel]) -> dict[str, Counts] | None:
        """What became of the parcels' rows; None where the disk has no room for them."""
        loop = asyncio.get_running_loop()
        try:
            done = await loop.run_in_executor(self._thread, self._written, parcels)
        except JournalFull as error:
            self.status.find("journal", "full", str(error), self.clock.wall_ns())
            log.warning("sources wait for disk", reason=str(error))
            return None
        self.status.find("journal", "full", "", 0)
        return done

    def _written(self, parcels: list[Parcel]) -> dict[str, Counts]:
        """One transaction with all there is, in the thread of the stores."""
        journal, catalog, ledger = self.stores
        done: dict[str, Counts] = {}
        kept: list[Batch] = []
        with journal.transaction():
            catalog.write()
            for parcel in parcels:
                rows, refusals, repeats = self._sorted_out(parcel)
                kept.append(rows)
                done[parcel.source] = Counts(len(rows), repeats, len(refusals))
                note(ledger, parcel, refusals, done[parcel.source])
            block = Batch.concat(kept)
            if len(block):
                self.newest_block = journal.append(block)
        self._last.learn(block)
        return done

    def _sorted_out(self, parcel: Parcel) -> tuple[Batch, list[Refusal], int]:
        """The rows to be stored, all that is set aside, and how many rows were repeats."""
        batch, refusals = Batch.concat(parcel.batches), list(parcel.refusals)
        nobodys = batch.signal == NOBODY
        if nobodys.any():
            received = batch.received_ns[nobodys].tolist()
            refusals += [Refusal("a row of no signal", b"", at_ns) for at_ns in received]
            batch = batch.take(~nobodys)
        repeats = self._last.repeats(batch)
        return batch.take(~repeats), refusals, int(repeats.sum())
