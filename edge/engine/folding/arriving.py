"""Whether a past is being brought in while the present goes on.

A past that is folded in pieces, as it comes, would be called final with each piece and restated
with the next. So a live service leaves it until nothing more of it has come for a while, but not
for ever: a source that always lags is no import.
"""

from edge.model import SECOND_NS

QUIET_NS = 10 * SECOND_NS
LONGEST_NS = 600 * SECOND_NS
RECENT_NS = 900 * SECOND_NS  # what is newer than that is the present


class Arriving:
    """The arrivals of old samples; instants are monotonic."""

    def __init__(self) -> None:
        self._first_ns: int | None = None  # of those that came without a longer pause
        self._last_ns = 0

    def note(self, now_ns: int) -> None:
        """Old samples have come."""
        if self._first_ns is None or now_ns - self._last_ns >= QUIET_NS:
            self._first_ns = now_ns
        self._last_ns = now_ns

    def holds(self, now_ns: int) -> bool:
        """Whether more of them is worth waiting for."""
        if self._first_ns is None or now_ns - self._last_ns >= QUIET_NS:
            return False
        return now_ns - self._first_ns < LONGEST_NS
