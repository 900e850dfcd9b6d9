"""Waiting for what is no event of ours: a poll with a deadline, and what has to stay away."""

import asyncio
import time
from collections.abc import Callable

PATIENCE_S = 10.0
LOOK_S = 0.01


async def until(true: Callable[[], object], what: str, patience_s: float = PATIENCE_S) -> None:
    """Return once it is true; fail after a while and say what did not happen."""
    deadline = time.monotonic() + patience_s
    while not true():
        assert time.monotonic() < deadline, f"not within {patience_s} s: {what}"
        await asyncio.sleep(LOOK_S)
