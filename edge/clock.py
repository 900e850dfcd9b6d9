"""The only place that asks the time.

Wall time labels samples and never measures; durations come from `monotonic_ns`. Tests hand down a
clock of their own.
"""

import asyncio
import time
from pathlib import Path
from typing import Protocol

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
OLDEST_CREDIBLE_NS = 1_767_225_600_000_000_000  # 2026-01-01: no box of ours is older than its code


class Clock(Protocol):
    """What rooms may know of time."""

    def wall_ns(self) -> int:
        """Nanoseconds since 1970 UTC, by the wall clock of this box."""
        ...

    def monotonic_ns(self) -> int:
        """Nanoseconds since some instant; never steps back, stands still for nobody."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds of monotonic time."""
        ...

    def trusted(self) -> bool:
        """Whether the wall clock may date samples without a flag."""
        ...


class SystemClock:
    """The clock of this machine."""

    def wall_ns(self) -> int:
        """Nanoseconds since 1970 UTC, by the wall clock of this box."""
        return time.time_ns()

    def monotonic_ns(self) -> int:
        """Nanoseconds of a clock that never steps back."""
        return time.monotonic_ns()

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds of monotonic time."""
        await asyncio.sleep(seconds)

    def trusted(self) -> bool:
        """Whether the wall clock is later than this software: it is not, before the first sync."""
        return time.time_ns() >= OLDEST_CREDIBLE_NS


SYSTEM = SystemClock()


def boot_id() -> str:
    """Name of this boot of the machine; empty where the kernel does not tell."""
    return BOOT_ID.read_text().strip() if BOOT_ID.exists() else ""
