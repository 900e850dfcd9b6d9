"""Sealing in a process of its own, so that its memory is not the service's.

What it finds wrong comes back as the error it is. A process that is ended on the way has lost
nothing: the next one finds the blocks where they were.
"""

import json
import os
from pathlib import Path

from edge.errors import (
    ArchiveDamaged,
    JournalDamaged,
    JournalFull,
    JournalUnwritable,
    LineproofError,
    Unavailable,
)
from edge.service.child import child, last_line

ROWS = 500_000  # in memory at a time
TOLD = {
    kind.__name__: kind for kind in (ArchiveDamaged, JournalDamaged, JournalFull, JournalUnwritable)
}


async def sealed_apart(data: Path, upto: int, rows: int = ROWS) -> int:
    """Move the blocks up to a number into the archive; how many rows went.

    Args:
        data: directory of the site's data.
        upto: the last block to seal.
        rows: in memory at a time.

    Raises:
        LineproofError: as `edge.sealing.seal` raises it.
        Unavailable: no process can be started, or it was ended.
    """
    words = str(data), str(upto), str(rows), str(os.getpid())
    async with child("edge.cli.seal_child", *words) as process:
        said, complaints = await process.communicate()
    if process.returncode:
        why = last_line(complaints) or f"ended by signal {-process.returncode}"
        raise Unavailable(f"sealing was ended ({why}); it is tried again, nothing is lost")
    told = json.loads(said)
    if "error" in told:
        kind: type[LineproofError] = TOLD.get(told["error"], Unavailable)
        raise kind(told["text"])
    return int(told["rows"])
