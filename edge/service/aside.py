"""What was set aside, for people: why, how it began, and that somebody has looked at it.

Rows that a sink's server refused are stored as all others, and a message of up to a KiB is kept
whole: both can be tried again. Of a longer message only its beginning is kept, and its source was
told that it came. An entry is listed until it is discarded or was tried with success, and counts
for ever.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from zoneinfo import ZoneInfo

from edge.clock import Clock
from edge.errors import NotFound
from edge.ledger import Quarantined
from edge.moment import rfc3339
from edge.records.audit import ADMIN, Actor, Change, add
from edge.records.database import Records
from edge.service.desk import Desk
from edge.stores import Stores

Document = dict[str, Any]  # JSON
MOST = 1_000
NO_ENTRY = "no entry {} in quarantine; `quarantine list` tells which"
RETRY = "quarantine retry"

Again = Callable[[Quarantined], Awaitable[tuple[Document, bool]]]


def listed(stores: Stores, zone: ZoneInfo, limit: int = 100, before: int | None = None) -> Document:
    """The newest entries that nobody has discarded, and how many rows wait in all.

    Args:
        stores: of the calling thread.
        zone: of the times.
        limit: of entries.
        before: the id of an entry, to read on behind it.
    """
    paths, kept = stores.catalog.paths(), stores.again.kept()
    found = stores.ledger.quarantined(min(limit, MOST), before)
    return {
        "quarantine": [
            {**entry(one, paths.get(one.signal or 0), zone), "retry": one.id in kept}
            for one in found
        ],
        "waiting": [one._asdict() for one in stores.ledger.waiting()],
    }


def entry(one: Quarantined, path: str | None, zone: ZoneInfo) -> Document:
    """One entry; bytes that are no UTF-8 are shown by their numbers."""
    return {
        "id": one.id,
        "source": one.source,
        "signal": path,
        "reason": one.reason,
        "excerpt": one.excerpt.decode(errors="backslashreplace"),
        "rows": one.rows,
        "received": rfc3339(one.received_ns, zone),
    }


def shown(stores: Stores, zone: ZoneInfo, number: int) -> Document:
    """One entry.

    Raises:
        NotFound: it is not on the list.
    """
    one = wanted(stores, number)
    path = stores.catalog.paths().get(one.signal or 0)
    more = {"retry": number in stores.again.kept(), "origin": stores.ledger.origin(number)}
    return {**entry(one, path, zone), **more}


def wanted(stores: Stores, number: int) -> Quarantined:
    """An entry of the list.

    Raises:
        NotFound: it is not on it.
    """
    found = stores.ledger.entry(number)
    if found is None:
        raise NotFound(NO_ENTRY.format(number))
    return found


def discard(
    stores: Stores,
    numbers: list[int],
    at_ns: int,
    by: Actor = ADMIN,
    what: str = "quarantine discard",
) -> Document:
    """Take entries off the list, all or none, and none that the audit log does not take.

    Raises:
        NotFound: one of them is not on it.
    """
    with stores.journal.transaction():
        for number in numbers:
            if not stores.ledger.discard(number, at_ns):
                raise NotFound(NO_ENTRY.format(number))
        with Records.open(stores.data / "records.db").writing() as db:
            add(db, at_ns, by, Change(what, ", ".join(map(str, numbers))))
    return {"discarded": numbers}


class Aside:
    """The quarantine as the pages ask for it: it reads and writes in different threads."""

    def __init__(
        self,
        reading: Desk[Stores],
        writing: Desk[Stores],
        zone: ZoneInfo,
        clock: Clock,
        again: Again,
    ) -> None:
        self._reading, self._writing, self._again = reading, writing, again
        self._zone, self._clock = zone, clock
        self._one = asyncio.Lock()

    async def listed(self, limit: int, before: int | None) -> Document:
        """The newest entries; `before` an id, to read on."""
        return await self._reading.ask(lambda own: listed(own, self._zone, limit, before))

    async def discard(self, number: int, by: Actor) -> Document:
        """Take an entry off the list."""
        at_ns = self._clock.wall_ns()
        return await self._writing.ask(lambda own: discard(own, [number], at_ns, by))

    async def retry(self, number: int, by: Actor) -> Document:
        """Try an entry again; one that comes to its end by that is off the list.

        One at a time: of two the second would not find the rows of the first stored yet.
        """
        async with self._one:
            one = await self._reading.ask(lambda own: wanted(own, number))
            done, ended = await self._again(one)
            if ended:
                at_ns = self._clock.wall_ns()
                await self._writing.ask(lambda own: finish(own, number, at_ns, by))
        return {"retried": number, **done}


def finish(stores: Stores, number: int, at_ns: int, by: Actor = ADMIN) -> None:
    """End an entry that was tried with success; its sink is asked for its rows from now on."""
    with stores.journal.transaction():
        stores.again.forgive(number)
    discard(stores, [number], at_ns, by, RETRY)
