"""One connection, from the broker's first answer to the loss of the link."""

import asyncio
from contextlib import suppress

from paho.mqtt.client import MQTTMessage

from collectors.mqtt.inbox import Arrived, Connack, Item, Lost, Opened, Pong, Suback, TakenOver
from collectors.mqtt.link import CONNECT_S, Network
from collectors.mqtt.payload import Arrival, decode
from collectors.mqtt.repeats import Mark, Repeats
from collectors.mqtt.settings import Config
from collectors.mqtt.subscription import REFUSED, Subscription
from collectors.mqtt.topics import Topics
from edge.clock import Clock
from edge.errors import LineproofError, Misconfigured, Unavailable
from edge.model import SECOND_NS, Batch, Deliver

ANSWER_S = 3.0  # for CONNACK: some brokers never answer a CONNECT of version 5
LIFE_NS = 300 * SECOND_NS  # a quiet link commits its life this often, for the next gap to start at
AT_ONCE_NS = SECOND_NS // 4  # a queue comes at once, half a window and more; the present does not
LEAVE_S = 2.0
LEAST_IN_FLIGHT = 20  # what brokers of 3.1.1 send ahead by default
SPARE = 100  # messages remembered though confirmed: for brokers that answer pings out of turn
SHORT_NS = 60 * SECOND_NS
SUSPICIOUS = 3  # short lives in a row
UNSUPPORTED_VERSION = 0x84
OURS_TO_MEND = {UNSUPPORTED_VERSION, 0x85, 0x86, 0x87, 0x8A, 0x8C}  # id, name, password, banned
NOTHING = Batch.of([])
SHARED = "client id shared"
FORGOTTEN = "the broker no longer knew our session; let it keep sessions (persistence true)"
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
        self._clock, self._where = clock, network.where
        self._topics = Topics(config.points)
        self._repeats = Repeats(SPARE, deliver.key)
        self._subscription = Subscription(network, self._topics.filters, self._tell, clock)
        self._patience_s = 2 * CONNECT_S + 1  # how long the broker may be silent
        self._begun_ns = self._kept_ns = clock.monotonic_ns()
        self._welcome = False  # the broker let us in
        self._ready = False  # ... and it sends what we read
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
                await self._look_after()
        except Lost as error:
            if not self._welcome:
                raise NotSpoken(f"{error} It said nothing first: is this an MQTT port?") from error
            if self._ready:
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
                continue
            if isinstance(item, Suback) and len(messages) < self._half:
                self._backlog = False  # the queue comes before the answer, as far as it may
            await self._hear(item, received_ns)
        if self._ready:  # before that, what we miss began with the life before
            self._repeats.life_ns = arrived[-1].received_ns
        if self._welcome:
            self._deliver.alive(arrived[-1].received_ns)
        if messages:
            await self._store(messages)

    async def _hear(self, item: Item, at_ns: int) -> None:
        """One answer of the broker."""
        if isinstance(item, Opened):
            self._patience_s = ANSWER_S
        elif isinstance(item, Connack):
            await self._greet(item)
        elif isinstance(item, Pong):
            self._repeats.confirm(item.confirmed)
        elif isinstance(item, Suback):
            self._subscription.grant(item)
            if not self._ready:
                await self._begin(at_ns)

    async def _store(self, messages: list[Arrival]) -> None:
        """Acknowledge in order what is on the disk, and only that."""
        news = self._repeats.fresh([arrival.message for arrival in messages])
        fresh = [arrival for arrival, new in zip(messages, news, strict=True) if new]
        if fresh:
            await self._commit(decode(fresh, self._topics, self._deliver))
        self._network.acknowledge(arrival.message for arrival in messages)
        spread_ns = messages[-1].received_ns - messages[0].received_ns
        if self._ready and (len(messages) < self._half or spread_ns > AT_ONCE_NS):
            self._backlog = False

    async def _commit(self, batch: Batch) -> None:
        await self._deliver(batch, self._repeats.key)
        self._kept_ns = self._clock.monotonic_ns()

    async def _greet(self, answer: Connack) -> None:
        """The broker let us in, or not; ask for the topics.

        A new session is there from now on, but without subscriptions. Should we die before there
        are some, the next connection finds a session all the same: so a mark is committed first.
        """
        if answer.code >= REFUSED:
            raise self._refusal(answer)
        self._welcome, self._backlog = True, answer.session_present
        self._patience_s = 3.0 * self._config.keep_alive_s + 1
        repeats = self._repeats
        if repeats.known and not answer.session_present:
            repeats.mark = Mark.FORGOTTEN
            repeats.forget()
            await self._commit(NOTHING)
        if Mark.FORGOTTEN in repeats.mark:
            self._missing = "session lost at the broker", repeats.life_ns
        elif Mark.TAKEN in repeats.mark:
            self._missing = "another client held our session", repeats.life_ns
        old = not self._network.five and self._config.protocol is None
        self._tell("mqtt 3.1.1", OLD if old else "")
        self._tell("session lost", FORGOTTEN if Mark.FORGOTTEN in repeats.mark else "")
        kept_s, wanted_s = answer.session_s, self._config.session_s
        short = kept_s is not None and kept_s < wanted_s
        text = f"the broker keeps our session for {kept_s} s, not {wanted_s}; raise its limit"
        self._tell("session short", text if short else "")
        self._subscription.ask()

    def _refusal(self, answer: Connack) -> LineproofError:
        """What a CONNACK that refuses us means."""
        text = f"{self._where}: the broker refuses us ({answer.text})"
        if answer.code == UNSUPPORTED_VERSION and self._config.protocol is None:
            return NotSpoken(text)
        if answer.code in OURS_TO_MEND:
            return Misconfigured(f"{text}; check user, password_file, client_id and protocol")
        return Unavailable(f"{text}; see the broker's log")

    async def _begin(self, at_ns: int) -> None:
        """From the first grant on nothing is missed, and a session is expected next time."""
        if self._missing is not None:
            await self._deliver.gap(*self._missing, at_ns)
        self._ready = True
        self._repeats.mark, self._repeats.life_ns = Mark.NONE, at_ns
        await self._commit(NOTHING)

    async def _look_after(self) -> None:
        """What is due from time to time; pings and messages wake us often enough."""
        if not self._welcome:
            return
        self._subscription.look_after()
        now_ns = self._clock.monotonic_ns()
        if self._repeats.short_lives and now_ns - self._begun_ns > SHORT_NS:
            self._repeats.short_lives = 0
            self._tell(SHARED, "")
        if self._ready and now_ns - self._kept_ns > LIFE_NS:
            await self._commit(NOTHING)

    async def _leave(self, error: Lost) -> None:
        """Note when the link was last known to live, and who took it.

        Some brokers (Mosquitto 2.0.11) do not say that another client took our session: links that
        end again and again, soon after the broker let us in, are all that shows it.
        """
        repeats, our_id = self._repeats, self._config.client_id
        if self._clock.monotonic_ns() - self._begun_ns < SHORT_NS:
            repeats.short_lives += 1
        if isinstance(error, TakenOver):
            repeats.mark = Mark.TAKEN
            repeats.short_lives = SUSPICIOUS
            self._deliver.finding(SHARED, str(error))
        elif repeats.short_lives >= SUSPICIOUS:
            text = f"the link ends again and again; does another client use our id '{our_id}'?"
            self._tell(SHARED, f"{text} Give each its own client_id")
        with suppress(TimeoutError):  # a full disk: the next gap then starts earlier
            async with asyncio.timeout(LEAVE_S):
                await self._commit(NOTHING)

    def _tell(self, code: str, text: str) -> None:
        self._deliver.finding(code, f"{self._where}: {text}" if text else "")
