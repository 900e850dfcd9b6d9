"""How far the clock of each source is from ours, by the freshest of its rows.

What always holds: a row that took its time on the way says nothing of a clock, so of all rows of a
while the one counts that is the least behind. Both times are kept as they are, whatever is found.
"""

from dataclasses import dataclass
from typing import NamedTuple

from edge.clock import Clock
from edge.model import SECOND_NS
from edge.status import Status

WHILE_NS = 20 * SECOND_NS
LEAST = 3  # commits with rows, of which the first may hold what a server had kept
AHEAD_NS = 2 * SECOND_NS  # a clock that is ahead is wrong, for nothing comes before it was true
BEHIND_NS = 60 * SECOND_NS  # what is behind may also be late
JUMP_NS = 10 * SECOND_NS
DOUBT_NS = 3_600 * SECOND_NS  # so long doubtful times are told after the last of them


@dataclass(slots=True)
class Heard:
    """What came of one source in a while."""

    since_ns: int
    ahead_ns: int
    commits: int = 1


class Doubted(NamedTuple):
    """Rows of a source whose times were not believed."""

    rows: int
    last_ns: int  # since boot, when the last of them came


class Skews:
    """One look at every commit; what is found goes to the status."""

    def __init__(self, status: Status, clock: Clock) -> None:
        self._status, self._clock = status, clock
        self._heard = dict[str, Heard]()
        self._doubted = dict[str, Doubted]()

    def hear(self, source: str, ahead_ns: int, doubted: int = 0) -> None:
        """Look at a commit's rows of a source.

        Args:
            source: its id.
            ahead_ns: how far the freshest was ahead of its arrival.
            doubted: how many have a time that is not believed.
        """
        now_ns = self._clock.monotonic_ns()
        self._doubt(source, doubted, now_ns)
        heard = self._heard.get(source)
        if heard is None:
            self._heard[source] = Heard(now_ns, ahead_ns)
            return
        heard.ahead_ns = max(heard.ahead_ns, ahead_ns)
        heard.commits += 1
        if heard.commits >= LEAST and now_ns - heard.since_ns >= WHILE_NS:
            del self._heard[source]
            self._tell(source, heard.ahead_ns)

    def _doubt(self, source: str, doubted: int, now_ns: int) -> None:
        before = self._doubted.get(source)
        if doubted:
            rows = doubted + (before.rows if before else 0)
            self._doubted[source] = Doubted(rows, now_ns)
            self._status.find(
                source, "times doubted", doubtful(source, rows), self._clock.wall_ns()
            )
        elif before and now_ns - before.last_ns > DOUBT_NS:
            del self._doubted[source]
            self._status.find(source, "times doubted", "", self._clock.wall_ns())

    def _tell(self, source: str, ahead_ns: int) -> None:
        before_ns = self._status.ahead_ns.get(source)
        self._status.ahead_ns[source] = ahead_ns
        at_ns = self._clock.wall_ns()
        is_off = ahead_ns > AHEAD_NS or ahead_ns < -BEHIND_NS
        self._status.find(source, "clock skewed", skewed(source, ahead_ns) if is_off else "", at_ns)
        if before_ns is not None and abs(ahead_ns - before_ns) > JUMP_NS:
            text = jumped(source, ahead_ns - before_ns)
            self._status.find(source, "clock jumped", text, at_ns)


def skewed(source: str, ahead_ns: int) -> str:
    """A clock that is off, in words."""
    if ahead_ns > 0:
        return (
            f"{source}: source times are {ahead_ns / SECOND_NS:.1f} s ahead of this box's clock; "
            "set the source's clock, or this one; more than 60 s ahead rows are flagged"
        )
    return (
        f"{source}: the freshest rows are {-ahead_ns / SECOND_NS:.1f} s behind this box's clock; "
        "set the source's clock, unless it sends late"
    )


def doubtful(source: str, rows: int) -> str:
    """Times that are not believed, in words."""
    return (
        f"{source}: {rows:,} rows carry a time that no working clock tells (before what came "
        "earlier, older than window_days, or more than 60 s ahead); they are kept, flagged, and "
        "count in no figure; set the device's clock, or write late: true where it sends later "
        "what it kept"
    )


def jumped(source: str, by_ns: int) -> str:
    """A clock that was moved, in words."""
    return (
        f"{source}: its clock was moved by {by_ns / SECOND_NS:+.1f} s against this box's; rows of "
        "before keep their times, rows that lie before them are flagged; find out who set it"
    )
