"""The CPU time of another process."""

import time


def spent_s(pid: int) -> float:
    """CPU time of a process so far, by its own clock: /proc counts ticks, which short bursts miss.

    The clock's number is made as clock_getcpuclockid(3) makes it.
    """
    return time.clock_gettime(~pid << 3 | 2)
