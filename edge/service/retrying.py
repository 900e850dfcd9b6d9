"""What was set aside is tried again: a message as it is read today, a sink's rows once more.

A row that is stored already is not stored twice, whatever became of an earlier try. A message that
is read now stays counted as set aside; its rows are counted as received anew, so accounts agree.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from edge.config.loader import Loaded, SourceSetup
from edge.errors import NotFound, Refused
from edge.history import History
from edge.intake.commit import Intake
from edge.ledger import Quarantined
from edge.model import Batch
from edge.service.desk import Desk
from edge.service.kinds import decoding, told
from edge.service.recounts import Recounts
from edge.stores import Stores

Document = dict[str, Any]  # JSON
UNKNOWN = "entry {0} cannot be tried again: not all of its message is kept; discard it"
GONE = "entry {0} is of '{1}', which is no source or sink of this site any more; discard it"
STILL = "entry {0} cannot be read by today's configuration either: {1}"


@dataclass(slots=True)
class Once:
    """A `Deliver` for one message: it notes what is refused and gives texts their numbers."""

    symbol: Callable[[str], int]
    refused: list[str] = field(default_factory=list)
    key: bytes = b""

    async def __call__(self, batch: Batch, key: bytes = b"") -> None:
        """Nothing is delivered this way."""

    async def gap(self, reason: str, from_ns: int, to_ns: int) -> None:
        """A message has no gaps."""

    def alive(self, at_ns: int) -> None:
        """What came long ago proves no life now."""

    def refuse(
        self,
        reason: str,
        excerpt: bytes,  # noqa: ARG002 - kept already
        received_ns: int,  # noqa: ARG002 - as above
        origin: str = "",  # noqa: ARG002 - as above
    ) -> None:
        """Note why it is not read."""
        self.refused.append(reason)

    def window(self, messages: int) -> None:
        """Nothing waits."""

    def next_s(self, after_s: float) -> float:
        """Nothing is committed."""
        return after_s

    def finding(self, code: str, text: str) -> None:
        """A message of long ago is no finding."""


@dataclass(slots=True)
class Retrying:
    """Sources, sinks and stores, as far as an entry of the quarantine needs them."""

    loaded: Loaded
    ids: Mapping[str, int]
    intake: Intake
    recounts: Recounts
    reading: Desk[Stores]

    async def again(self, entry: Quarantined) -> tuple[Document, bool]:
        """Try an entry once more.

        Returns:
            How many rows are stored by that, were there, and are refused still; and whether the
            entry has come to its end.

        Raises:
            NotFound: its source or sink is gone.
            Refused: not all of it was kept, or it is not read by today's configuration either.
            Unavailable: the sink's server cannot be reached; nothing has changed.
        """
        if entry.source in self.recounts.watches:
            stored, refused = await self.recounts.retry(entry.source, entry.id)
            return {"stored": stored, "there": 0, "refused": refused}, True
        batch, once = await self._read(entry)
        fresh = await self.reading.ask(partial(unknown, batch, self._names(batch)))
        if len(fresh):
            await self.intake.door(entry.source).again(fresh)
        elif once.refused:
            raise Refused(STILL.format(entry.id, once.refused[0]))
        done = {"stored": len(fresh), "there": len(batch) - len(fresh)}
        return {**done, "refused": len(once.refused)}, not once.refused

    async def _read(self, entry: Quarantined) -> tuple[Batch, Once]:
        """The rows of a message, and what is refused of it."""
        origin = await self.reading.ask(lambda own: own.ledger.origin(entry.id))
        setup = self._source(entry)
        decode = decoding(setup.kind)
        if decode is None or not origin:
            raise Refused(UNKNOWN.format(entry.id))
        once = Once(self.intake.stores.catalog.symbol)
        config = told(self.loaded, setup, self.ids)
        return decode(config, origin, entry.excerpt, entry.received_ns, once), once

    def _source(self, entry: Quarantined) -> SourceSetup:
        for setup in self.loaded.sources:
            if setup.id == entry.source:
                return setup
        raise NotFound(GONE.format(entry.id, entry.source))

    def _names(self, batch: Batch) -> list[str]:
        paths = {number: path for path, number in self.ids.items()}
        return [paths[number] for number in np.unique(batch.signal).tolist()]


def unknown(batch: Batch, paths: list[str], stores: Stores) -> Batch:
    """The rows of which the stores have none of that signal and time."""
    if not len(batch):
        return batch
    from_ns, to_ns = int(batch.source_ns.min()), int(batch.source_ns.max()) + 1
    there = History(stores).stored(paths, from_ns, to_ns)
    known = set(zip(there.signal.tolist(), there.source_ns.tolist(), strict=True))
    rows = zip(batch.signal.tolist(), batch.source_ns.tolist(), strict=True)  # of one message
    return batch.take(np.array([row not in known for row in rows], np.bool_))
