"""What was set aside, for people: why, how it began, and that somebody has looked at it.

There is no way to try such a message again: of it only the first KiB is kept, and its source was
told that it came. Rows that a sink's server refused are stored as all others; only its cursor has
passed them. So an entry is listed until somebody discards it, and counts for ever.
"""

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


def listed(stores: Stores, zone: ZoneInfo, limit: int = 100, before: int | None = None) -> Document:
    """The newest entries that nobody has discarded, and how many rows wait in all.

    Args:
        stores: of the calling thread.
        zone: of the times.
        limit: of entries.
        before: the id of an entry, to read on behind it.
    """
    paths = stores.catalog.paths()
    found = stores.ledger.quarantined(min(limit, MOST), before)
    return {
        "quarantine": [entry(one, paths.get(one.signal or 0), zone) for one in found],
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


def discard(stores: Stores, numbers: list[int], at_ns: int, by: Actor = ADMIN) -> Document:
    """Take entries off the list, all or none, and none that the audit log does not take.

    Raises:
        NotFound: one of them is not on it.
    """
    with stores.journal.transaction():
        for number in numbers:
            if not stores.ledger.discard(number, at_ns):
                raise NotFound(f"no entry {number} in quarantine; `quarantine list` tells which")
        with Records.open(stores.data / "records.db").writing() as db:
            add(db, at_ns, by, Change("quarantine discard", ", ".join(map(str, numbers))))
    return {"discarded": numbers}


class Aside:
    """The same for the pages: stores only to be read, and others to write."""

    def __init__(
        self, reading: Desk[Stores], writing: Desk[Stores], zone: ZoneInfo, clock: Clock
    ) -> None:
        self._reading, self._writing = reading, writing
        self._zone, self._clock = zone, clock

    async def listed(self, limit: int, before: int | None) -> Document:
        """The newest entries; `before` an id, to read on."""
        return await self._reading.ask(lambda own: listed(own, self._zone, limit, before))

    async def discard(self, number: int, by: Actor) -> Document:
        """Take an entry off the list."""
        at_ns = self._clock.wall_ns()
        return await self._writing.ask(lambda own: discard(own, [number], at_ns, by))
