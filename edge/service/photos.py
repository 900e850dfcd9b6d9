"""Photos that somebody brings to the running service: shrunk in a child process, then kept."""

import asyncio
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

from edge.errors import Refused
from edge.records import photos
from edge.service.child import child, last_line

Document = dict[str, Any]  # JSON
SHRINKING_S = 60.0
SIZES = 4  # bytes of each side in front of what the child writes
BROKE = "the photo could not be read: it took too much time or memory; bring a smaller one"


class Photos:
    """The photos of a site."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._one = asyncio.Lock()  # at a time: each may take 100 MB

    async def keep(self, raw: bytes) -> Document:
        """Shrink a photo and put it down; what a task notes of it.

        Raises:
            Refused: it is none that can be read.
            Unavailable: no process can be started, or the disk does not take it.
        """
        async with self._one:
            said = await shrunk(raw)
        width, height = (int.from_bytes(said[at : at + SIZES], "big") for at in (0, SIZES))
        jpeg = said[2 * SIZES :]
        digest = await asyncio.to_thread(photos.keep, self._data, jpeg)
        return {"sha256": digest, "width": width, "height": height, "bytes": len(jpeg)}

    def file(self, sha256: str) -> Path:
        """The file of a photo.

        Raises:
            NotFound: it is not there.
        """
        return photos.file_of(self._data, sha256)


async def shrunk(raw: bytes) -> bytes:
    """What the child makes of a photo; it is ended with this call.

    Raises:
        Refused: what the child says.
        Unavailable: no process can be started.
    """
    async with child("edge.cli.photo_child", stdin=PIPE) as process:
        try:
            async with asyncio.timeout(SHRINKING_S):
                said, complaints = await process.communicate(raw)
        except TimeoutError:
            raise Refused(BROKE) from None
    if process.returncode:
        why = last_line(complaints)
        raise Refused(why if process.returncode == 1 and why and "Error" not in why else BROKE)
    return said
