"""The firms of a mentor in the running service: packages that are brought, and what they tell."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from edge.clock import Clock
from edge.errors import VerificationFailed
from edge.evidence import bringing, filing, firms
from edge.evidence.bringing import Checked
from edge.evidence.forms import write
from edge.evidence.programme import Told, row_of, rows_of
from edge.records.audit import Actor
from edge.records.database import Records
from edge.records.firms import last
from edge.service.examining import Examining

Document = dict[str, Any]  # JSON


class Firms:
    """What other sites have proven, beside the own."""

    def __init__(self, data: Path, examining: Examining, zone: ZoneInfo, clock: Clock) -> None:
        self._data, self._examining = data, examining
        self._zone, self._clock = zone, clock
        self._kept: tuple[int, Document] | None = None  # of the newest package, by its number

    async def listed(self) -> Document:
        """Every firm, the newest package of each of its targets, and all of them together."""
        return await asyncio.to_thread(self._document)

    async def bring(self, pieces: AsyncIterator[bytes], key: str | None, by: Actor) -> Document:
        """Verify a package that comes in pieces, and remember its figures.

        Raises:
            VerificationFailed: with the first thing that differs; nothing is kept.
            Refused: another is being checked, or its check broke down.
        """
        known = await asyncio.to_thread(lambda: bringing.known_keys(self._records()))
        found = await self._examining.bring(pieces, known, key)
        if "problem" in found:
            raise VerificationFailed(found["problem"])
        checked = Checked(found["facts"], found["result"], known)
        now_ns = self._clock.wall_ns()
        return await asyncio.to_thread(lambda: bringing.keep(self._records(), checked, now_ns, by))

    async def programme(self, site: str, targets: list[Document], language: str) -> list[Document]:
        """The indicators of the programme: of this site's targets, and of what was imported.

        Args:
            site: name of this site.
            targets: its targets as they stand now.
            language: of the texts.
        """
        told = await asyncio.to_thread(self._told, site, targets)
        return rows_of([row_of(one, language) for one in told])

    async def form(self, rows: list[Document], form: str, language: str) -> bytes:
        """The indicators as a file."""
        return await asyncio.to_thread(write, rows, form, language)

    def _document(self) -> Document:
        """What is told, computed once for all viewers: twenty milliseconds a firm."""
        records = self._records()
        number = last(records)
        if self._kept is None or self._kept[0] != number:
            self._kept = number, firms.document(records, self._zone)
        return self._kept[1]

    def _told(self, site: str, targets: list[Document]) -> list[Told]:
        return filing.told(self._data, self._records(), site, targets)

    def _records(self) -> Records:
        return Records.open(self._data / "records.db")
