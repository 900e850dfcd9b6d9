"""What goes out to one broker, and which of it the broker has taken in.

An acknowledgement has no answer, a ping has one, and a broker works in the order of the link: so
acknowledgements go out with a ping behind them, and its answer confirms them.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from collectors.mqtt import packets
from collectors.mqtt.link import BRIEF_NS, Link
from collectors.mqtt.packets import PINGREQ, Login, Will
from collectors.mqtt.stream import Event, Stream
from edge.model import SECOND_NS

LONGEST_ID = 65_535
AT_A_TIME = 8  # topics of one UNSUBSCRIBE
PAUSE_NS = SECOND_NS // 5
PARTING_S = 0.3


class Wire:
    """One connection in one version of the protocol."""

    def __init__(self, link: Link, where: str, *, five: bool) -> None:
        self.where, self.five = where, five
        self._link, self._stream = link, Stream(five=five)
        self._loop = asyncio.get_running_loop()
        self._acks: list[int] = []  # packet ids of what is on the disk, to be told in a moment
        self._burst = 0  # the newest among them
        self._pings: deque[int] = deque()  # for each without an answer, the burst it confirms
        self._last_id = 0
        self.last_words: Callable[[], Will | None] | None = None  # to say before we go

    def greet(self, login: Login) -> None:
        """Ask to go on with our session."""
        self._link.write(packets.connect(login, five=self.five))

    def pace(self, *, exactly: bool) -> None:
        """From now on there are messages, which may wait a little for others to come.

        Less long where their arrival is all that tells their time.
        """
        self._link.pause_ns = BRIEF_NS if exactly else PAUSE_NS

    def request(self, topics: Sequence[str], qos: int = 1) -> int:
        """Subscribe, and return the packet id."""
        self._last_id = self._last_id % LONGEST_ID + 1
        self._link.write(packets.subscribe(self._last_id, topics, five=self.five, qos=qos))
        return self._last_id

    def release(self, topics: Sequence[str]) -> None:
        """Take subscriptions back, some at a time: there are brokers that take no more."""
        for start in range(0, len(topics), AT_A_TIME):
            self._last_id = self._last_id % LONGEST_ID + 1
            some = topics[start : start + AT_A_TIME]
            self._link.write(packets.unsubscribe(self._last_id, some, five=self.five))

    def publish(self, message: Will) -> None:
        """Send one message of our own; the link's end is all that can lose it."""
        if message.qos:
            self._last_id = self._last_id % LONGEST_ID + 1
            self._stream.expects_pubacks = True
        self._link.write(packets.publish(message, self._last_id, five=self.five))

    def acknowledge(self, packet_ids: Sequence[int], burst: int) -> None:
        """Acknowledge in this order; what one commit brings on the disk goes out in one write."""
        if not self._burst:
            self._loop.call_soon(self._tell)
        self._acks += packet_ids
        self._burst = burst

    def _tell(self) -> None:
        """Write the acknowledgements, and a ping whose answer confirms them."""
        data = packets.pubacks([one for one in self._acks if one]) + PINGREQ
        self._pings.append(self._burst)
        self._acks, self._burst = [], 0
        self._link.write(data)

    def ping(self, quiet_ns: int) -> None:
        """Ask for a sign of life, unless we wrote since this instant of the monotonic clock."""
        if self._link.sent_ns < quiet_ns:
            self._pings.append(0)
            self._link.write(PINGREQ)

    def confirmed(self) -> int:
        """Take in an answer to a ping: the burst up to which acknowledgements have arrived."""
        return self._pings.popleft() if self._pings else 0

    async def read(self, patience_s: float) -> list[Event]:
        """What the broker said, at least one thing.

        Raises:
            Malformed: what it may not say.
            OSError: the link is lost, or it says nothing for so long (TimeoutError).
        """
        while True:
            events = self._stream.receive(await self._link.read(patience_s))
            if events:
                return events

    def leave(self, code: int = 0) -> None:
        """Say why we go, and go."""
        self._link.write(packets.disconnect(code, five=self.five))
        self._link.close()

    async def part(self) -> None:
        """Say our last words, where there are any, and go once the broker has read them.

        A socket that is closed while the broker's answer is on its way takes back what it sent.
        """
        words = self.last_words() if self.last_words else None
        try:
            if words is not None:
                self.publish(words)
                self._link.write(packets.disconnect(0, five=self.five))
                await self._link.listened_to(PARTING_S)
        finally:  # Python 3.11.2 says CancelledError for a timeout in a task that is cancelled
            self.leave()
