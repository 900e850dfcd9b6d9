"""The only place that asks the time.

Wall time labels samples and never measures; durations come from `monotonic_ns`. Tests hand down a
clock of their own. Whether the wall clock may be believed is judged in `edge.trust`, from what is
read here.
"""

import asyncio
import ctypes
import time
from functools import cache
from pathlib import Path
from typing import NamedTuple, Protocol

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
OLDEST_CREDIBLE_NS = 1_767_225_600_000_000_000  # 2026-01-01: no box of ours is older than its code
SECOND_NS = 1_000_000_000
RTC = Path("/sys/class/rtc")
STAMPS = (Path("/var/lib/systemd/timesync/clock"), Path("/etc/fake-hwclock.data"))

TIMEX_LONGS = 26  # of struct timex on 64-bit Linux, each 8 bytes
STATUS, SECONDS = 5, 9  # places in it
UNSYNCHRONISED = 0x40  # STA_UNSYNC: no NTP client has set this clock for 11 minutes and more
TIME_ERROR = 5  # what the call returns then, or where the clock is not disciplined
AGREES_S = 2  # the kernel's clock and ours; a process that is shown another time differs


class Clock(Protocol):
    """What rooms may know of time."""

    def wall_ns(self) -> int:
        """Nanoseconds since 1970 UTC, by the wall clock of this box."""
        ...

    def monotonic_ns(self) -> int:
        """Nanoseconds since some instant; never steps back and never stands still."""
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
        """Nanoseconds since this boot, those of a suspended box included."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds of monotonic time."""
        await asyncio.sleep(seconds)

    def trusted(self) -> bool:
        """Whether the wall clock is later than this software: it is not, before the first sync."""
        return time.time_ns() >= OLDEST_CREDIBLE_NS


SYSTEM = SystemClock()


class Reading(NamedTuple):
    """What Linux says of its clock, without asking the network."""

    wall_ns: int
    since_boot_ns: int
    boot_id: str
    synchronised: bool = False  # an NTP or PTP client keeps it right
    keeps_time: bool | None = None  # a hardware clock goes on while the box is off; None: not told
    stamp_ns: int | None = None  # what the system would set the clock to where none goes on

    @property
    def offset_ns(self) -> int:
        """The wall time of this boot: it changes only when somebody moves the clock."""
        return self.wall_ns - self.since_boot_ns


def reading() -> Reading:
    """What Linux says at this moment."""
    wall_ns = SYSTEM.wall_ns()
    return Reading(
        wall_ns,
        SYSTEM.monotonic_ns(),
        boot_id(),
        is_synchronised(wall_ns),
        keeps_time(),
        stamp_ns(),
    )


@cache
def boot_id() -> str:
    """Name of this boot of the machine; empty where the kernel does not tell."""
    return BOOT_ID.read_text().strip() if BOOT_ID.exists() else ""


def is_synchronised(wall_ns: int) -> bool:
    """Whether the kernel's clock is kept right by somebody, and is the one that we are shown."""
    timex = (ctypes.c_long * TIMEX_LONGS)()  # modes 0: it is asked, not set
    adjtimex = getattr(ctypes.CDLL(None), "adjtimex", None)
    state = TIME_ERROR if adjtimex is None else adjtimex(ctypes.byref(timex))
    is_disciplined = 0 <= state < TIME_ERROR and not timex[STATUS] & UNSYNCHRONISED
    return is_disciplined and abs(timex[SECONDS] - wall_ns // SECOND_NS) <= AGREES_S


@cache
def keeps_time() -> bool | None:
    """Whether a hardware clock goes on while the box is off; None where nobody tells.

    A Raspberry Pi without a battery has a clock that begins at 1970 whenever power returns: it
    counts only where what it says is a time at all.
    """
    if not RTC.is_dir():
        return None  # a container: the host keeps the time
    return any(hardware_ns(each) >= OLDEST_CREDIBLE_NS for each in RTC.iterdir())


def hardware_ns(rtc: Path) -> int:
    """The time of a hardware clock; 0 where it cannot be read."""
    try:
        return int((rtc / "since_epoch").read_text()) * SECOND_NS
    except (OSError, ValueError):
        return 0


@cache
def stamp_ns() -> int | None:
    """The time that the system saved last, as it was when we first looked."""
    saved = [each.stat().st_mtime_ns for each in STAMPS if each.exists()]
    return max(saved, default=None)
