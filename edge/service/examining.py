"""Packages that somebody brings to be checked: one at a time, in a child process of low rank.

Nothing of them is kept: the file is gone when its verdict is told, and nobody waits in line.
"""

import asyncio
import json
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from edge.errors import Refused, Unavailable, reason
from edge.evidence.keys import Signer
from edge.service.child import child

Document = dict[str, Any]  # JSON
FILE = "brought.check"  # in data/evidence; one that a crash left is written over
VERIFY, BRING = "edge.cli.verify_child", "edge.cli.bring_child"
SENDING_S = 300.0
CHECKING_S = 600.0
BUSY = "another package is being checked; bring this one when that is done"
SLOW = f"the file did not come within {SENDING_S:.0f} s; check it with `lineproof evidence verify`"
ENDED = (
    "the check of this file ended without a verdict, for it took too much time or memory;"
    " try `lineproof evidence verify FILE --recompute` on a larger machine"
)


class Examining:
    """Checks what is brought, and says whether this box's own key signed it."""

    def __init__(self, data: Path) -> None:
        self._keys, self._path = data / "keys", data / "evidence" / FILE
        self._busy = asyncio.Lock()

    async def verify(self, pieces: AsyncIterator[bytes], root: str | None = None) -> Document:
        """The verdict on a package that comes in pieces, held against a root that was kept.

        Raises:
            Refused: another is being checked, the file came too slowly, or its check broke down.
            Unavailable: the disk does not take it.
        """
        found = await self._alone(pieces, VERIFY, [root] if root else [])
        own = Signer.of(self._keys).public.id
        return {**found, "own_key": found["key"] == own}

    async def bring(
        self, pieces: AsyncIterator[bytes], known: Mapping[str, str], key: str | None
    ) -> Document:
        """What a package that comes in pieces tells, or its `problem`.

        Args:
            pieces: of the file.
            known: id of the key of every site that is known.
            key: what a person says is the key of its site; it counts before what is known.

        Raises:
            Refused: another is being checked, the file came too slowly, or its check broke down.
            Unavailable: the disk does not take it.
        """
        asked = json.dumps({"known": dict(known), "key": key})
        return await self._alone(pieces, BRING, [], asked.encode())

    async def _alone(
        self, pieces: AsyncIterator[bytes], module: str, more: list[str], said: bytes = b""
    ) -> Document:
        """What a child says of a file, while no other is looked at."""
        if self._busy.locked():
            raise Refused(BUSY)
        async with self._busy:
            try:
                await self._take(pieces)
                return await self._judged(module, more, said)
            finally:
                self._path.unlink(missing_ok=True)

    async def _take(self, pieces: AsyncIterator[bytes]) -> None:
        """Put the file down; the disk is waited for in a thread."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with await asyncio.to_thread(self._path.open, "wb") as file:
                async with asyncio.timeout(SENDING_S):
                    async for piece in pieces:
                        await asyncio.to_thread(file.write, piece)
        except TimeoutError:
            raise Refused(SLOW) from None
        except OSError as error:
            told = f"{self._path.parent} does not take the file ({reason(error)}); make room there"
            raise Unavailable(told) from error

    async def _judged(self, module: str, more: list[str], told: bytes) -> Document:
        """What the child says of the file; it is ended with this call."""
        async with child(module, str(self._path), *more, stdin=PIPE, stderr=None) as process:
            try:
                async with asyncio.timeout(CHECKING_S):
                    said, _ = await process.communicate(told)
            except TimeoutError:
                raise Refused(ENDED) from None
        if process.returncode:
            raise Refused(ENDED)
        found: Document = json.loads(said)
        return found
