"""What we asked the broker to send, and what it grants."""

from collections.abc import Callable, Iterable

from collectors.mqtt.reasons import REFUSED
from collectors.mqtt.stream import Suback
from collectors.mqtt.topics import reaching
from collectors.mqtt.wire import Wire
from edge.clock import Clock
from edge.errors import Unavailable
from edge.model import SECOND_NS

ANSWER_NS = 10 * SECOND_NS
BACK_NS = SECOND_NS // 5
MOST_BACK = 1_000  # topics; whatever brings more is told on again by the next connection
ASK_AGAIN_NS = 30 * SECOND_NS  # a right to read that was taken away shows in no other way


class Subscription:
    """The topics of one connection; a broker of MQTT 5 is asked for all of them again and again.

    Asked again, it changes nothing and sends no retained message twice, but tells what it would
    grant now. One of 3.1.1 would send those, so it is asked only for what it refused.
    """

    def __init__(
        self, wire: Wire, filters: list[str], tell: Callable[[str, str], None], clock: Clock
    ) -> None:
        """Take note of the topics, without asking yet.

        Args:
            wire: the connection.
            filters: topics and patterns.
            tell: takes a finding by code and text.
            clock: says when to ask again.
        """
        self.granted = False  # whether the broker granted anything yet
        self._wire, self._filters, self._tell, self._clock = wire, filters, tell, clock
        self._asked: dict[int, list[str]] = {}  # packet id of a SUBSCRIBE -> its topics
        self._asked_ns = self._back_ns = 0
        self._back: set[bytes] = set()  # topics that nobody reads, of which we have told the broker
        self._codes: dict[str, int] = {}  # topic -> what the broker granted last

    def ask(self, filters: list[str] | None = None) -> None:
        """Send SUBSCRIBE for these, by default for all."""
        topics = self._filters if filters is None else filters
        self._asked_ns = self._clock.monotonic_ns()
        if topics:
            self._asked[self._wire.request(topics)] = topics

    def grant(self, answer: Suback) -> None:
        """Take in the broker's answer.

        Raises:
            Unavailable: it refuses every topic.
        """
        topics = self._asked.pop(answer.packet_id, [])
        self._codes.update(zip(topics, answer.codes, strict=False))
        lowered = [topic for topic, code in self._codes.items() if code == 0]
        text = f"the broker grants QoS 0 for {quoted(lowered)}; what it sends while we are away"
        self._tell("qos lowered", f"{text} is lost" if lowered else "")
        refused = self._refused()
        text = f"the broker refuses {quoted(refused)}; give our user the right to read"
        self._tell("topics refused", text if refused else "")
        if len(refused) == len(self._filters):
            raise Unavailable(f"{self._wire.where}: {text}: it refuses every topic")
        self.granted = True

    def take_back(self, topics: Iterable[bytes]) -> None:
        """Unsubscribe from what brings topics that nobody reads.

        The broker's session holds what an older configuration asked for, and does not tell what
        that was: so all that would bring such a topic is taken back. One filter may bring many
        topics, so only one is looked at in a while, and none twice.
        """
        now_ns = self._clock.monotonic_ns()
        fresh = [one for one in topics if one not in self._back]
        if fresh and now_ns >= self._back_ns and len(self._back) < MOST_BACK:
            self._back.add(fresh[0])
            self._back_ns = now_ns + BACK_NS
            found = reaching(fresh[0].decode("utf-8", "replace"))
            self._wire.release([one for one in found if one not in self._filters])

    def look_after(self) -> None:
        """Ask again where it is time.

        Raises:
            Unavailable: there was no answer yet.
        """
        waited_ns = self._clock.monotonic_ns() - self._asked_ns
        if not self.granted and waited_ns > ANSWER_NS:
            text = "the broker does not answer SUBSCRIBE; see its log"
            raise Unavailable(f"{self._wire.where}: {text}")
        if waited_ns > ASK_AGAIN_NS:
            self.ask(self._filters if self._wire.five else self._refused())

    def _refused(self) -> list[str]:
        return [topic for topic, code in self._codes.items() if code >= REFUSED]


def quoted(topics: list[str], most: int = 5) -> str:
    """Some topics, and how many more there are."""
    more = f" and {len(topics) - most} more" if len(topics) > most else ""
    return ", ".join(f"'{topic}'" for topic in topics[:most]) + more
