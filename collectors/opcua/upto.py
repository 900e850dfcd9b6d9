"""Up to when a server has told all, by our clock.

A read may bring messages that lay about: the machine was busy, the line was cut for a while, or the
server had no request left to answer and went on without us. What is told is what was true when the
server made the message, and what came after that would be lost with it. Servers write that time by
a clock of their own; the least that lay between the two clocks of late is taken for their
difference, and what a message is behind that for its age.
"""

from edge.model import SECOND_NS

LATE_NS = 60 * SECOND_NS  # so long, and once more, a difference of the clocks is believed
NEVER = 1 << 63


class Upto:
    """What is known of one server's clock."""

    def __init__(self) -> None:
        self._least_ns = NEVER  # between its time of sending and ours of reading, of late
        self._before_ns = NEVER  # and in the stretch before
        self._began_ns = 0  # this stretch
        self._told_ns = 0

    def told(self, made_ns: int, read_ns: int) -> int:
        """Up to when a message tells all, wall time in ns, never after `read_ns`.

        When one of the clocks is set, time stands still here for two minutes at the most.

        Args:
            made_ns: when the server made it, by its clock; of one that does not write that, the
                newest change in it. Without either (0) it is believed to be prompt.
            read_ns: when it was read.
        """
        if made_ns <= 0:
            return read_ns
        behind_ns = read_ns - made_ns
        if not 0 <= read_ns - self._began_ns < LATE_NS:
            self._began_ns, self._before_ns, self._least_ns = read_ns, self._least_ns, NEVER
        self._least_ns = min(self._least_ns, behind_ns)
        age_ns = behind_ns - min(self._least_ns, self._before_ns)
        self._told_ns = min(read_ns, max(self._told_ns, read_ns - age_ns))
        return self._told_ns
