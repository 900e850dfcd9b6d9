"""How a process that helps the service keeps out of its way."""

import os
from contextlib import suppress
from pathlib import Path

PATIENT = 10
ADJUSTMENT = Path("/proc/self/oom_score_adj")


def yield_to_service(first_to_go: int = 0) -> None:
    """Let the live service come first, as far as the system lets us say so.

    A sandbox may refuse; then the work is done all the same.

    Args:
        first_to_go: where memory runs short, how much rather this process ends, up to 1,000.
    """
    with suppress(OSError):
        os.nice(PATIENT)
    if first_to_go:
        with suppress(OSError):
            ADJUSTMENT.write_text(str(first_to_go), encoding="ascii")
