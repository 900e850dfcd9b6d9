"""Messages that the broker threw away: Mosquitto counts them, and nobody else notices.

The count is of all its clients; it grows where a queue is full. What it grew by while we were away
may have been ours, and is a gap: a figure must not rest on messages that nobody can vouch for. What
it grows by while we read is told. A broker that cuts the link when it is asked for the count is not
asked again.
"""

from collections.abc import Callable

from collectors.mqtt.repeats import Mark, Repeats
from collectors.mqtt.stream import RETAIN, Messages
from collectors.mqtt.topics import Topics
from collectors.mqtt.wire import Wire

TOPIC = "$SYS/broker/publish/messages/dropped"
NAME = TOPIC.encode()
DROPPED = "messages dropped"
REASON = "broker threw messages away"
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
        self._away: tuple[int, int] | None = None  # while the count may not tell all of this time
        self._lost: tuple[int, int] | None = None

    def ask(self, away: tuple[int, int]) -> None:
        """Ask for the count, unless the broker cannot bear it.

        Args:
            away: when we were last known to read, and when we began again, ns.
        """
        self._away = away
        if not self._ours and Mark.UNASKED not in self._repeats.mark:
            self._asked = self._wire.request([TOPIC], qos=0)

    def answered(self, packet_id: int) -> bool:
        """Whether this answers our question; refused or not, it was borne."""
        ours = packet_id == self._asked != 0
        self._asked = 0 if ours else self._asked
        return ours

    def gap(self) -> tuple[str, int, int] | None:
        """The time away, once, if something was thrown away in it."""
        lost, self._lost = self._lost, None
        return None if lost is None else (REASON, *lost)

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
                self._count(payload, is_kept=bool(flags & RETAIN))
                continue
            rest.topics.append(topic)
            rest.ids.append(packet_id)
            rest.payloads.append(payload)
            rest.flags.append(flags)
            rest.marks |= flags
        return rest

    def _count(self, payload: bytes, *, is_kept: bool) -> None:
        """Tell what was dropped since we last knew; a broker that restarted counts from 0 again.

        A count that the broker kept for whoever asks may be older than our return, the next is not.
        """
        if not payload.isdigit() or len(payload) > MOST_DIGITS:
            return
        count, known = int(payload), self._repeats.dropped
        if self._since is None:
            self._since = count if known is None else known
        self._since = min(self._since, count)
        if known is not None and count > known:
            self._lost = self._away
        if self._lost or not is_kept:
            self._away = None
        self._repeats.dropped = count
        more = count - self._since
        text = (
            f"the broker threw {more} messages away, ours or others', for a queue was full; raise"
        )
        text += " max_queued_messages and max_queued_bytes"
        self._tell(DROPPED, text if more else "")
