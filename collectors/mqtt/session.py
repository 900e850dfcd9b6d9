"""One connection, from the broker's first answer to the loss of the link."""

import asyncio
from contextlib import suppress

from paho.mqtt.client import MQTTMessage

from collectors.mqtt.inbox import Arrived, Connack, Lost, Opened, Suback, TakenOver
from collectors.mqtt.link import CONNECT_S, Network
from collectors.mqtt.payload import Arrival, decode
from collectors.mqtt.repeats import Mark, Repeats
from collectors.mqtt.settings import Config
from collectors.mqtt.topics import Topics
from edge.clock import Clock
from edge.errors import LineproofError, Misconfigured, Unavailable
from edge.model import SECOND_NS, Batch, Deliver

ANSWER_S = 3.0  # for CONNACK: some brokers never answer a CONNECT of version 5
SUBACK_NS = 10 * SECOND_NS
ASK_AGAIN_NS = 30 * SECOND_NS  # a right to read that was taken away shows in no other way
LIFE_NS = 300 * SECOND_NS  # a quiet link commits its life this often, for the next gap to start at
AT_ONCE_NS = SECOND_NS // 4  # a queue comes at once, half a window and more; the present does not
LEAVE_S = 2.0
LEAST_IN_FLIGHT = 20  # what brokers of 3.1.1 send ahead by default
UNSUPPORTED_VERSION = 0x84
OURS_TO_MEND = {UNSUPPORTED_VERSION, 0x85, 0x86, 0x87, 0x8A, 0x8C}  # id, name, password, banned
REFUSED = 0x80
NOTHING = Batch.of([])
OLD = "the broker speaks MQTT 3.1.1 only, so its own limits bound what it sends ahead; see them"


class NotSpoken(Unavailable):
    """The broker did not answer in this version of the protocol."""


class Session:
    """The messages of one connection on their way to the disk, and what the broker says of them.

    Findings by code: `mqtt 3.1.1`, `session lost`, `session short`, `topics refused`,
    `qos lowered`, `client id shared`.
    """

    def __init__(self, config: Config, network: Network, deliver: Deliver, clock: Clock) -> None:
        self._config, self._network, self._deliver = config, network, deliver
        self._clock, self._where = clock, f"mqtt {config.url}"
        self._topics = Topics(config.points)
        self._repeats = Repeats(config.max_in_flight, deliver.key)
        self._patience_s = 2 * CONNECT_S + 1  # how long the broker may be silent
        self._asked: dict[int, list[str]] = {}  # packet id of a SUBSCRIBE -> its topics
        self._codes: dict[str, int] = {}  # topic -> what the broker granted last
        self._asked_ns = self._kept_ns = clock.monotonic_ns()
        self._welcome = False
        self._subscribed = False
        self._missing: tuple[str, int] | None = None  # why messages are missing, and since when
        self._backlog = False  # what comes was queued while we were away: arrival tells no time
        self._half = (config.max_in_flight if network.five else LEAST_IN_FLIGHT) / 2

    async def run(self) -> None:
        """Deliver and acknowledge until the link is lost.

        Raises:
            NotSpoken: no answer to CONNECT, or one that refuses this version of the protocol.
            Unavailable: the broker cannot be reached, refuses every topic, or went away.
            Misconfigured: the broker does not let us in.
        """
        try:
            while True:
                await self._heed(await self._take())
        except Lost as error:
            if not self._welcome:
                raise NotSpoken(f"{error}; it said nothing first: is this an MQTT port?") from error
            await self._leave(error)
            raise

    async def _take(self) -> list[Arrived]:
        try:
            async with asyncio.timeout(self._patience_s):
                return await self._network.inbox.take()
        except TimeoutError as error:
            text = f"{self._where}: silent for {self._patience_s:g} s; is the broker up?"
            raise (Unavailable(text) if self._welcome else NotSpoken(text)) from error

    async def _heed(self, arrived: list[Arrived]) -> None:
        """One burst: answers at once, messages together."""
        messages: list[Arrival] = []
        trusted = self._clock.trusted()
        for received_ns, item in arrived:
            if isinstance(item, MQTTMessage):
                dated = trusted and not item.retain and not self._backlog
                messages.append(Arrival(received_ns, item, dated))
            elif isinstance(item, Opened):
                self._patience_s = ANSWER_S
            elif isinstance(item, Connack):
                self._greet(item)
            elif isinstance(item, Suback):
                self._backlog = self._backlog and len(messages) >= self._half
                await self._granted(item, received_ns)
        self._repeats.life_ns = arrived[-1].received_ns
        if self._welcome:
            self._deliver.alive(self._repeats.life_ns)
        if messages:
            await self._store(messages)
        await self._look_after()

    async def _store(self, messages: list[Arrival]) -> None:
        """Acknowledge in order what is on the disk, and only that."""
        news = self._repeats.fresh([arrival.message for arrival in messages])
        fresh = [arrival for arrival, new in zip(messages, news, strict=True) if new]
        if fresh:
            await self._commit(decode(fresh, self._topics, self._deliver))
        for arrival in messages:
            self._network.ack(arrival.message.mid, arrival.message.qos)
        spread_ns = messages[-1].received_ns - messages[0].received_ns
        if self._subscribed and (len(messages) < self._half or spread_ns > AT_ONCE_NS):
            self._backlog = False

    async def _commit(self, batch: Batch) -> None:
        await self._deliver(batch, self._repeats.key)
        self._kept_ns = self._clock.monotonic_ns()

    def _greet(self, answer: Connack) -> None:
        """The broker let us in, or not; ask for the topics."""
        if answer.code >= REFUSED:
            raise self._refusal(answer)
        self._welcome, self._backlog = True, answer.session_present
        self._patience_s = 3.0 * self._config.keep_alive_s + 1
        old = not self._network.five and self._config.protocol is None
        self._tell("mqtt 3.1.1", OLD if old else "")
        if not answer.session_present:
            if self._repeats.known:
                self._missing = "session lost at the broker", self._repeats.life_ns
            self._repeats.forget()
        elif Mark.TAKEN in self._repeats.mark:
            self._missing = "another client held our session", self._repeats.life_ns
        lost = not answer.session_present and self._repeats.known
        text = "the broker no longer knew our session; let it keep sessions (persistence true)"
        self._tell("session lost", text if lost else "")
        kept_s, wanted_s = answer.session_s, self._config.session_s
        short = kept_s is not None and kept_s < wanted_s
        text = f"the broker keeps our session for {kept_s} s, not {wanted_s}; raise its limit"
        self._tell("session short", text if short else "")
        self._ask(self._topics.filters)

    def _refusal(self, answer: Connack) -> LineproofError:
        """What a CONNACK that refuses us means."""
        text = f"{self._where}: the broker refuses us ({answer.text})"
        if answer.code == UNSUPPORTED_VERSION and self._config.protocol is None:
            return NotSpoken(text)
        if answer.code in OURS_TO_MEND:
            return Misconfigured(f"{text}; check user, password_file, client_id and protocol")
        return Unavailable(f"{text}; see the broker's log")

    def _ask(self, topics: list[str]) -> None:
        mid = self._network.request(topics)
        self._asked_ns = self._clock.monotonic_ns()
        if mid is not None:  # else the link is gone, and the inbox tells
            self._asked[mid] = topics

    async def _granted(self, answer: Suback, at_ns: int) -> None:
        """What the broker grants; from the first answer on, nothing is missed."""
        topics = self._asked.pop(answer.mid, [])
        self._codes.update(zip(topics, answer.codes, strict=False))
        refused = [topic for topic, code in self._codes.items() if code >= REFUSED]
        lowered = [topic for topic, code in self._codes.items() if code == 0]
        text = f"the broker refuses {quoted(refused)}; give our user the right to read"
        self._tell("topics refused", text if refused else "")
        text = f"the broker grants QoS 0 for {quoted(lowered)}; what it sends while we are away"
        self._tell("qos lowered", f"{text} is lost" if lowered else "")
        if len(refused) == len(self._topics.filters):
            text = f"the broker refuses every topic: {quoted(refused)}"
            raise Unavailable(f"{self._where}: {text}; give our user the right to read")
        if self._subscribed:
            return
        self._subscribed = True
        if self._missing is not None:
            await self._deliver.gap(*self._missing, at_ns)
        self._repeats.mark, self._repeats.life_ns = Mark.NONE, at_ns
        await self._commit(NOTHING)  # from now on a session is expected

    async def _look_after(self) -> None:
        """What is due from time to time; pings and messages wake us often enough."""
        now_ns = self._clock.monotonic_ns()
        if self._welcome and not self._subscribed and now_ns - self._asked_ns > SUBACK_NS:
            raise Unavailable(f"{self._where}: no answer to SUBSCRIBE; see the broker's log")
        if self._subscribed and now_ns - self._asked_ns > ASK_AGAIN_NS:
            self._tell("client id shared", "")
            refused = [topic for topic, code in self._codes.items() if code >= REFUSED]
            if again := self._topics.filters if self._network.five else refused:
                self._ask(again)
            self._asked_ns = now_ns
        if self._subscribed and now_ns - self._kept_ns > LIFE_NS:
            await self._commit(NOTHING)

    async def _leave(self, error: Lost) -> None:
        """Note when the link was last known to live, and who took it."""
        if isinstance(error, TakenOver):
            self._repeats.mark = Mark.TAKEN
            self._tell("client id shared", str(error))
        if self._subscribed:
            with suppress(TimeoutError):  # a full disk: the next gap then starts earlier
                async with asyncio.timeout(LEAVE_S):
                    await self._commit(NOTHING)

    def _tell(self, code: str, text: str) -> None:
        self._deliver.finding(code, f"{self._where}: {text}" if text else "")


def quoted(topics: list[str], most: int = 5) -> str:
    """Some topics, and how many more there are."""
    more = f" and {len(topics) - most} more" if len(topics) > most else ""
    return ", ".join(f"'{topic}'" for topic in topics[:most]) + more
