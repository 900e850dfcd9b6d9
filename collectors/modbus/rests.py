"""Devices behind a gateway that are left alone for a while, so that they do not slow the others.

One that says nothing costs a whole deadline, and one of which the gateway says that it is not there
costs what the gateway took to find out, each time that it is asked. What is refused once while the
device answers something else is no reason to leave it alone.
"""

from edge.model import SECOND_NS

REST_NS = 30 * SECOND_NS  # after silence
TIMES = 10  # as long as it took the gateway to say that nobody is there, and no longer than above


class Rests:
    """Which devices rest, and until when, by the monotonic clock."""

    def __init__(self) -> None:
        """Nobody rests."""
        self.off = set[int]()  # of which the gateway said so to everything that was asked
        self.cost_ns = 0  # of the last round, for nothing: that is told of the devices
        self._lost_ns = 0  # of this round
        self._until_ns = dict[int, int]()
        self._took_ns = dict[int, int]()  # in this round, to hear that nobody is there
        self._well = set[int]()  # those that answered in this round

    def holds(self, unit: int, now_ns: int) -> bool:
        """Whether a device is not to be asked now."""
        return now_ns < self._until_ns.get(unit, 0)

    def silent(self, unit: int, asked_ns: int, now_ns: int) -> None:
        """It said nothing in time."""
        self._lost_ns += now_ns - asked_ns
        self.off.discard(unit)
        self._until_ns[unit] = now_ns + REST_NS

    def away(self, unit: int, asked_ns: int, now_ns: int) -> None:
        """The gateway says that it is not there; who was not there before either rests at once."""
        self._lost_ns += now_ns - asked_ns
        self._took_ns[unit] = self._took_ns.get(unit, 0) + now_ns - asked_ns
        if unit in self.off:
            self._rest(unit, now_ns)

    def well(self, unit: int) -> None:
        """It answered."""
        self.off.discard(unit)
        self._well.add(unit)

    def turn(self, now_ns: int) -> None:
        """A round is over."""
        for unit in self._took_ns.keys() - self._well - self.off:
            self.off.add(unit)
            self._rest(unit, now_ns)
        self.cost_ns, self._lost_ns = self._lost_ns, 0
        self._took_ns.clear()
        self._well.clear()

    def _rest(self, unit: int, now_ns: int) -> None:
        self._until_ns[unit] = now_ns + min(REST_NS, TIMES * self._took_ns[unit])
