"""Child processes: what is heavy, or reads what strangers made, runs in one of its own.

Such a process never outlives the call that started it.
"""

import sys
from asyncio.subprocess import PIPE, Process, create_subprocess_exec
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from edge.errors import Unavailable, reason


@asynccontextmanager
async def child(
    module: str,
    *words: str,
    stdin: int | None = None,
    stdout: int | None = PIPE,
    stderr: int | None = PIPE,
) -> AsyncIterator[Process]:
    """A module of ours as a process, which is killed at the end of the block if it still runs.

    Args:
        module: name of the module.
        words: what it is told on its command line.
        stdin: where it reads from; None is where we do.
        stdout: where its answer goes.
        stderr: where its complaints go.

    Raises:
        Unavailable: no process can be started.
    """
    line = sys.executable, "-m", module, *words
    try:
        process = await create_subprocess_exec(*line, stdin=stdin, stdout=stdout, stderr=stderr)
    except OSError as error:
        raise Unavailable(f"no process can be started: {reason(error)}") from error
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()


def last_line(complaints: bytes) -> str:
    """What a process said last, which is why it failed; empty where it said nothing."""
    lines = complaints.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""
