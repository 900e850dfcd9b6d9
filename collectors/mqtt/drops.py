"""Messages that the broker threw away: Mosquitto counts them, and nobody else notices.

The count is of all its clients; it grows where a queue is full. A broker that cuts the link when it
is asked for the count is not asked again.
"""

from collections.abc import Callable

from collectors.mqtt.repeats import Mark, Repeats
from collectors.mqtt.stream import Messages
from collectors.mqtt.topics import Topics
from collectors.mqtt.wire import Wire

TOPIC = "$SYS/broker/publish/messages/dropped"
NAME = TOPIC.encode()
DROPPED = "messages dropped"
MOST_DIGITS = 12  # of a count that five bytes hold


class Drops:
    """What one connection learns of the broker's count, beside what it read before."""

    def __init__(
        self, wire: Wire, repeats: Repeats, topics: Topics, tell: Callable[[str, str], None]
    ) -> None:
        self._wire, self._repeats, self._tell = wire, repeats, tell
        self._ours = bool(topics.points(NAME))  # a signal reads it: then it is a message like any
        self._asked = 0  # packet id of a question without an answer
        self._since: int | None = None  # the count from which on we tell

    def ask(self) -> None:
        """Ask for the count, unless the broker cannot bear it."""
        if not self._ours and Mark.UNASKED not in self._repeats.mark:
            self._asked = self._wire.request([TOPIC], qos=0)

    def answered(self, packet_id: int) -> bool:
        """Whether this answers our question; refused or not, it was borne."""
        ours = packet_id == self._asked != 0
        self._asked = 0 if ours else self._asked
        return ours

    def lost(self) -> None:
        """The link is gone; maybe because of the question."""
        if self._asked:
            self._repeats.mark |= Mark.UNASKED

    def take(self, messages: Messages) -> Messages:
        """The messages without those that tell the count."""
        if self._ours or NAME not in messages.topics:
            return messages
        rest = Messages()
        columns = zip(messages.topics, messages.ids, messages.payloads, messages.flags, strict=True)
        for topic, packet_id, payload, flags in columns:
            if topic == NAME:
                self._count(payload)
                continue
            rest.topics.append(topic)
            rest.ids.append(packet_id)
            rest.payloads.append(payload)
            rest.flags.append(flags)
            rest.marks |= flags
        return rest

    def _count(self, payload: bytes) -> None:
        """Tell what was dropped since we last knew; a broker that restarted counts from 0 again."""
        if not payload.isdigit() or len(payload) > MOST_DIGITS:
            return
        count, known = int(payload), self._repeats.dropped
        if self._since is None:
            self._since = count if known is None else known
        self._since = min(self._since, count)
        self._repeats.dropped = count
        more = count - self._since
        text = (
            f"the broker threw {more} messages away, ours or others', for a queue was full; raise"
        )
        text += " max_queued_messages and max_queued_bytes"
        self._tell(DROPPED, text if more else "")
