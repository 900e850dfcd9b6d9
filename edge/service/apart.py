"""Sealing in a process of its own, so that its memory is not the service's.

What it finds wrong comes back as the error it is. A process that is ended on the way has lost
nothing: the next one finds the blocks where they were.
"""

import asyncio
import json
import os
import sys
from contextlib import suppress
from pathlib import Path

from edge.errors import (
    ArchiveDamaged,
    JournalDamaged,
    JournalFull,
    JournalUnwritable,
    LineproofError,
    Unavailable,
    reason,
)

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
    line = "-m", "edge.cli.seal_child", str(data), str(upto), str(rows), str(os.getpid())
    pipe = asyncio.subprocess.PIPE
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *line, stdout=pipe, stderr=pipe
        )
    except OSError as error:
        raise Unavailable(f"no process can be started: {reason(error)}") from error
    try:
        said, complaint = await process.communicate()
    finally:
        with suppress(ProcessLookupError):
            process.kill()
    if process.returncode:
        last = complaint.decode(errors="replace").strip().splitlines()[-1:]
        why = last[0] if last else f"ended by signal {-process.returncode}"
        raise Unavailable(f"sealing was ended ({why}); it is tried again, nothing is lost")
    told = json.loads(said)
    if "error" in told:
        kind: type[LineproofError] = TOLD.get(told["error"], Unavailable)
        raise kind(told["text"])
    return int(told["rows"])
