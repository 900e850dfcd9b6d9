"""The asynchronous half of `deliver`: many deliveries become one commit.

What always holds:
1. A delivery returns after the commit that holds all of it, and only then.
2. A commit that fails acknowledges nobody; what it held is in flight still.
3. received = stored + filtered + quarantined + in flight, for every source, at every instant.
4. At most one commit per `every_ms`, unless 10,000 rows or half of a source's window wait, or the
   first rows of a source that is back.
5. A door's key is the one committed last, whether or not anybody still waited for that commit.

The journal, catalog and ledger live in one thread of their own; nobody else writes to them here.
"""

import asyncio
import math
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, suppress
from types import MappingProxyType

import structlog

from edge.clock import Clock
from edge.errors import JournalFull, JournalUnwritable, Occupied
from edge.intake.dating import Dating, Moves
from edge.intake.door import Door
from edge.intake.lateness import Lateness
from edge.intake.parcels import Counts, Gap, Parcel
from edge.intake.skew import Skews
from edge.intake.unheard import unheard
from edge.intake.writing import IntakeStores, Writer, Written
from edge.model import SECOND_NS, Batch
from edge.status import Status

AGAIN_S = 5.0  # while the disk is full, or another process holds the lock
LIFE_ALONE_S = 60.0  # a commit for life alone costs the card as much as one with rows
CODES = {JournalFull: "full", JournalUnwritable: "unwritable", Occupied: "locked"}

log = structlog.get_logger()


class Intake:
    """Collects what all doors hand over and commits it in turns.

    `open_stores` is entered in the intake's own thread and left there at the end; besides the
    stores it gives the newest row of every signal, by which a repeat is known. `begun` is called in
    that thread when it begins.
    """

    def __init__(
        self,
        open_stores: Callable[[], AbstractContextManager[tuple[IntakeStores, Batch]]],
        clock: Clock,
        status: Status,
        every_ms: int,
        begun: Callable[[], None] | None = None,
    ) -> None:
        self.clock = clock
        self.status = status
        self.keys: dict[str, bytes] = {}
        self.stores: IntakeStores
        self.newest_block = 0
        self._open = open_stores
        self._opened = ExitStack()
        self._writer: Writer
        self._every_s = every_ms / 1000
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="intake", initializer=begun)
        self._parcels: dict[str, Parcel] = {}
        self._committing: dict[str, Parcel] = {}
        self._counts: dict[str, Counts] = {}
        self._something = asyncio.Event()
        self._at_once = asyncio.Event()
        self._news = asyncio.Event()
        self._skews = Skews(status, clock)
        self._moves = Moves()
        self._unheard: dict[str, Gap] = {}  # since when, of those whose last words were lost
        self._holds = False  # whether rows wait for a clock that can be believed
        self._due_ns = 0  # when the next commit may begin

    async def open(
        self,
        signals: Mapping[str, tuple[str, str, str]],
        lateness: Mapping[str, Lateness] = MappingProxyType({}),
    ) -> dict[str, int]:
        """Open the stores in their thread and give every signal its number.

        Args:
            signals: kind, unit and source by path.
            lateness: how late the samples of a source may come, where that is not the usual.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._begin, signals, lateness)

    def _begin(
        self, signals: Mapping[str, tuple[str, str, str]], lateness: Mapping[str, Lateness]
    ) -> dict[str, int]:
        self._writer = Writer(*self._opened.enter_context(self._open()))
        self.stores = self._writer.stores
        self.newest_block = self.stores.journal.newest()
        self.keys = self.stores.ledger.keys()
        self._unheard = {
            source: Gap(*gap[1:]) for source, gap in unheard(self.stores.ledger).items()
        }
        self._holds = self.stores.ledger.held.waits()
        self._counts = self._writer.counts()
        return self._writer.ids(signals, lateness)

    def door(self, source: str) -> Door:
        """The way in of one source, by its id."""
        self._counts.setdefault(source, Counts())
        return Door(self, source)

    def parcel(self, source: str) -> Parcel:
        """What the source has handed over since the last commit; to be added to."""
        return self._parcels.setdefault(source, Parcel(source))

    def doubt(self) -> Dating | None:
        """What the clock is worth where rows have to wait for another; None where they need not.

        Once some wait, what comes waits behind them, also with a clock that is right by now.
        """
        self._holds = self._holds or not self.clock.trusted()
        return self._moves.seen(Dating.of(self.clock)) if self._holds else None

    def next_s(self, after_s: float) -> float:
        """In how many seconds, `after_s` or more, a commit may begin if none does at once."""
        left_s = (self._due_ns - self.clock.monotonic_ns()) / SECOND_NS
        turns = max(0, math.ceil((after_s - left_s) / self._every_s))
        return left_s + turns * self._every_s

    def holds(self, source: str) -> bool:
        """Whether anything of a source is not committed yet."""
        return source in self._parcels or source in self._committing

    def waiting_rows(self) -> int:
        """How many rows of all sources wait for the next commit."""
        return sum(parcel.rows for parcel in self._parcels.values())

    def received(self, source: str, rows: int) -> None:
        """Count what comes in, before anything becomes of it."""
        counts = self._counts[source]
        self._counts[source] = counts._replace(received=counts.received + rows)

    def heard(self, source: str) -> None:
        """The source lives, whatever it said; where nobody heard it since a loss, that is named."""
        now_ns = self.clock.wall_ns()
        self.status.runs(source, now_ns)
        if (lost := self._unheard.pop(source, None)) is not None:
            self.parcel(source).lacks(Gap(lost.reason, lost.to_ns, now_ns), self.doubt())

    def wake(self, *, at_once: bool = False) -> None:
        """Something waits for the next commit, or for one that does not wait any longer."""
        self._something.set()
        if at_once:
            self._at_once.set()

    def uncommitted_life(self, source: str) -> list[tuple[int, int]]:
        """Spans of proven life that no commit holds yet; any thread may ask.

        Parcels move from waiting to being committed while somebody looks; in this order each of
        them is seen at least once.
        """
        stages = (self._parcels, self._committing)
        return [span for stage in stages if source in stage for span in list(stage[source].life)]

    def accounting(self) -> dict[str, Counts]:
        """What became of every source's rows; exact at the instant of the call."""
        found = {}
        for source, counts in self._counts.items():
            flying = [stage.get(source) for stage in (self._parcels, self._committing)]
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
            self.close()

    def close(self) -> None:
        """Let go of the stores and end their thread; a commit at hand is finished first."""
        with suppress(RuntimeError):  # closed already
            self._thread.submit(self._opened.close)
        self._thread.shutdown(wait=True)

    async def _turn(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(LIFE_ALONE_S):
                await self._something.wait()
        if not self._parcels and not self._holds:
            return
        self._something.clear()
        self._at_once.clear()
        self._committing = self._parcels  # before they leave the others, see uncommitted_life
        self._parcels = {}
        self._done(await self._written(list(self._committing.values())))
        self._due_ns = self.clock.monotonic_ns() + int(self._every_s * SECOND_NS)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._every_s):
                await self._at_once.wait()

    async def _written(self, parcels: list[Parcel]) -> Written:
        """Commit the parcels, however long the disk is full."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                dating = self._moves.seen(Dating.of(self.clock))
                written = await loop.run_in_executor(
                    self._thread, self._writer.write, parcels, dating
                )
            except (JournalFull, JournalUnwritable, Occupied) as error:
                code = CODES[type(error)]
                self.status.find("journal", code, str(error), self.clock.wall_ns())
                log.warning("sources wait", reason=str(error))
                await self.clock.sleep(AGAIN_S)
                continue
            for code in CODES.values():
                self.status.find("journal", code, "", 0)
            return written

    def _done(self, written: Written) -> None:
        """Account for a commit, all in one instant, and let its doors go on."""
        parcels, self._committing = self._committing.values(), {}
        self.newest_block = written.newest_block
        self._holds = written.holds or any(one.is_undated for one in self._parcels.values())
        for source, ahead_ns in written.ahead_ns.items():
            self._skews.hear(source, ahead_ns, written.doubted.get(source, 0))
        for source, added in written.counts.items():
            old = self._counts.get(source, Counts())
            self._counts[source] = Counts(*(a + b for a, b in zip(old, added, strict=True)))
        for parcel in parcels:
            if parcel.key is not None:
                self.keys[parcel.source] = parcel.key
            for waiting in parcel.waiting:
                if not waiting.done():
                    waiting.set_result(None)
        self._news.set()
