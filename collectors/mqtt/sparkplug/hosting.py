"""One connection as a host: what we say of ourselves and ask for, and what nodes say to us.

All that ever goes out is here: STATE of our own, and the request for a birth.
"""

from collections.abc import Sequence

import orjson

from collectors.mqtt.columns import Burst, Part
from collectors.mqtt.packets import Will
from collectors.mqtt.settings import Config
from collectors.mqtt.sparkplug.host import Host
from collectors.mqtt.sparkplug.names import command_topic
from collectors.mqtt.sparkplug.rebirths import request
from collectors.mqtt.sparkplug.state import Announcement
from collectors.mqtt.wire import Wire
from edge.clock import Clock
from edge.model import SECOND_NS, Batch, Deliver

AGAIN_NS = SECOND_NS  # somebody who calls us away again and again is answered this often
QUARRELS = 3
CALM_NS = 600 * SECOND_NS  # without a word of somebody else the quarrel is over
SHARED = "host id shared"


class Hosting:
    """The host on one link."""

    def __init__(
        self, config: Config, wire: Wire, deliver: Deliver, clock: Clock, memory: bytes
    ) -> None:
        self._wire, self._deliver, self._clock = wire, deliver, clock
        self._host = Host(config, deliver, memory)
        self._id = config.sparkplug.host_id or config.client_id
        self._state: Announcement | None = None
        if config.sparkplug.announce:
            self._state = Announcement(self._id, clock.wall_ns())
        self._topic = self._state.topic.encode() if self._state else b""
        self._begun = False
        self._called_away = 0  # times that somebody else said that we are gone
        self._said_ns = self._away_ns = 0  # when we last said so, and somebody else the contrary
        self._due = False  # STATE must be said again

    @property
    def filters(self) -> list[str]:
        """What to subscribe to: our own STATE, and all that the nodes say."""
        return [*([self._state.topic] if self._state else []), *self._host.filters]

    @property
    def will(self) -> Will | None:
        """What the broker says for us when the link is lost."""
        return self._state.will if self._state else None

    @property
    def memory(self) -> bytes:
        """What the next connection has to know."""
        return self._host.memory

    def begin(self) -> None:
        """Say that we are there, and promise to say when we leave."""
        self._begun = True
        self._deliver.finding(SHARED, "")  # of the link before
        if self._state is not None:
            self._wire.last_words = self._leave
            self._say(self._state.birth)

    def _leave(self) -> Will | None:
        """What to say before we go."""
        if self._state is None:
            return None
        return self._state.will._replace(payload=self._state.death(self._clock.wall_ns()))

    def _say(self, payload: bytes) -> None:
        if self._state is not None:
            self._said_ns, self._due = self._clock.monotonic_ns(), False
            self._wire.publish(self._state.will._replace(payload=payload))

    def take(self, burst: Burst) -> Burst | None:
        """The burst, with what waited before it; None while it waits for a missing message."""
        if self._topic and self._topic in burst.messages.topics and self._begun:
            columns = zip(burst.messages.topics, burst.messages.payloads, strict=True)
            if any(says_gone(payload) for topic, payload in columns if topic == self._topic):
                self._called_away += 1
                self._away_ns, self._due = self._clock.monotonic_ns(), True
                self._answer()
        return self._host.take(burst, self._clock.monotonic_ns())

    def _answer(self) -> None:
        """We are there, whoever says that we are not: an earlier link's will, or a namesake."""
        now_ns = self._clock.monotonic_ns()
        if self._state is None or (self._called_away > 1 and now_ns - self._said_ns < AGAIN_NS):
            return
        self._say(self._state.birth)
        if self._called_away >= QUARRELS:
            text = f"{self._wire.where}: somebody says again and again that host '{self._id}' is"
            self._deliver.finding(SHARED, f"{text} gone; give each host an id of its own")

    def overdue(self) -> Burst | None:
        """What waited long enough."""
        return self._host.overdue(self._clock.monotonic_ns())

    def mine(self, topic: bytes) -> bool:
        """Whether a topic is ours: of a node, or our own STATE."""
        return topic == self._topic or self._host.mine(topic)

    def part(self, burst: Burst, fresh: Sequence[int]) -> Part:
        """The rows of what nodes say."""
        return self._host.part(burst, fresh)

    def look(self) -> Batch:
        """Ask for births that are due; the rows of what nobody answered."""
        if not self._begun:
            return Batch.of([])
        if self._due:
            self._answer()
        now_ns, wall_ns = self._clock.monotonic_ns(), self._clock.wall_ns()
        if self._called_away and now_ns - self._away_ns > CALM_NS:
            self._called_away = 0
            self._deliver.finding(SHARED, "")
        for name in self._host.requests(now_ns):
            topic = command_topic(name)
            self._wire.publish(Will(topic, request(wall_ns), qos=0, retain=False))
        return self._host.unanswered(now_ns, wall_ns)


def says_gone(payload: bytes) -> bool:
    """Whether a STATE message says that its host is away."""
    try:
        found = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return payload.strip() == b"OFFLINE"  # of Sparkplug 2.2
    return isinstance(found, dict) and found.get("online") is False
