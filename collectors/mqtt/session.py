"""One connection, from the broker's first answer to the loss of the link."""

import asyncio
from contextlib import suppress

from collectors.mqtt.columns import Burst
from collectors.mqtt.credentials import login
from collectors.mqtt.drops import Drops
from collectors.mqtt.guest import guest
from collectors.mqtt.handover import Handover
from collectors.mqtt.packets import Malformed
from collectors.mqtt.reasons import (
    REFUSED,
    SHUTTING_DOWN,
    TAKEN_OVER,
    UNSUPPORTED_VERSION,
    words,
)
from collectors.mqtt.repeats import Mark, Repeats
from collectors.mqtt.settings import LARGEST_WINDOW, OLD_WINDOW, Config
from collectors.mqtt.silence import Silence
from collectors.mqtt.stream import Connack, Event, Farewell, Messages, Pong, Puback, Suback
from collectors.mqtt.subscription import Subscription
from collectors.mqtt.topics import Topics
from collectors.mqtt.wire import Wire
from edge.clock import Clock
from edge.errors import LineproofError, Misconfigured, Unavailable, Unreachable, reason
from edge.model import SECOND_NS, Deliver

ANSWER_S = 3.0  # for CONNACK: some brokers never answer a CONNECT of version 5
LIFE_NS = 300 * SECOND_NS  # a quiet link commits its life this often, for the next gap to start at
LEAVE_S = 2.0
SPARE = 100  # messages remembered though confirmed: for brokers that answer pings out of turn
SHORT_NS = 60 * SECOND_NS
SUSPICIOUS = 3  # short lives in a row
OURS_TO_MEND = {UNSUPPORTED_VERSION, 0x85, 0x86, 0x87, 0x8A, 0x8C}  # id, name, password, banned
SHARED = "client id shared"
FORGOTTEN = "the broker no longer knew our session; let it keep sessions (persistence true)"
UNSAID = "the broker refuses our STATE; let our user write it, or write announce: false"
OLD = "the broker speaks MQTT 3.1.1 only, so its own limits bound what it sends ahead; see them"


class NotSpoken(Unavailable):
    """The broker did not answer in this version of the protocol."""


class Lost(Unavailable):
    """The link was there and is gone."""


class Broken(Lost, Unreachable):
    """It broke, or the broker is being restarted: nothing speaks against coming back at once."""


class Unheard(NotSpoken, Unreachable):
    """The broker did not say a word: maybe nobody listens there yet."""


class TakenOver(Lost):
    """Another client connected with our client id."""


class Session:
    """The messages of one connection on their way to the disk, and what the broker says of them.

    Findings by code: `mqtt 3.1.1`, `session lost`, `session short`, `topics refused`,
    `qos lowered`, `client id shared`, `messages dropped`, `state refused`,
    `topics silent`.
    """

    def __init__(self, config: Config, wire: Wire, deliver: Deliver, clock: Clock) -> None:
        self._config, self._wire, self._deliver = config, wire, deliver
        self._clock, self._where = clock, wire.where
        topics = Topics(config.points)
        self._repeats = Repeats(SPARE, deliver.key)
        self._drops = Drops(wire, self._repeats, topics, self._tell)
        self._guest = guest(config, wire, deliver, clock, self._repeats.memory)
        filters = topics.filters + (self._guest.filters if self._guest else [])
        self._silence = Silence(clock, self._tell)
        self._subscription = Subscription(wire, filters, self._tell, clock)
        window = min(config.max_in_flight, LARGEST_WINDOW if wire.five else OLD_WINDOW)
        deliver.window(window)
        self._handover = Handover(wire, self._repeats, deliver, (topics, self._guest), window / 2)
        self._patience_s = ANSWER_S  # how long the broker may be silent
        self._keep_alive_s = config.keep_alive_s
        self._begun_ns = self._kept_ns = clock.monotonic_ns()
        self._welcome = False  # the broker let us in
        self._missing: tuple[str, int] | None = None  # why messages are missing, and since when
        self._group: asyncio.TaskGroup

    async def run(self) -> None:
        """Deliver and acknowledge until the link is lost.

        Raises:
            NotSpoken: no answer to CONNECT, or one that refuses this version of the protocol.
            Unavailable: the broker cannot be reached, refuses every topic, or went away.
            Misconfigured: the broker does not let us in.
        """
        self._wire.greet(login(self._config, self._guest.will if self._guest else None))
        try:
            async with asyncio.TaskGroup() as self._group:
                beside = self._ping(), self._handover.tend(self._group, self._clock)
                tasks = [self._group.create_task(one) for one in (*beside, self._silence.watch())]
                error = await self._attend()
                for task in tasks:
                    task.cancel()
                self._handover.abandon()
        except ExceptionGroup as group:  # what `deliver` raises is raised as it is
            raise group.exceptions[0] from group
        raise error

    async def _attend(self) -> LineproofError:
        """Heed what comes until there is a reason to end, and return that."""
        try:
            while True:
                await self._heed(await self._events())
                await self._look_after()
        except Lost as error:
            if not self._welcome:
                return Unheard(f"{error} It said nothing first: is this an MQTT port?")
            if self._handover.ready:
                await self._leave(error)
            return error
        except LineproofError as error:
            return error

    async def _events(self) -> list[Event]:
        """What the broker says next."""
        try:
            return await self._wire.read(self._patience_s)
        except TimeoutError as error:
            text = f"{self._where}: silent for {self._patience_s:g} s; is the broker up?"
            raise (Unavailable(text) if self._welcome else Unheard(text)) from error
        except OSError as error:
            why = "" if isinstance(error, ConnectionError) else f" ({reason(error)})"
            raise Broken(f"{self._where}: link lost{why}; is the broker up?") from error
        except Malformed as error:
            self._wire.leave(error.code)
            text = f"{self._where}: the broker breaks the protocol: {error}; is it one of MQTT?"
            raise (Unavailable(text) if self._welcome else NotSpoken(text)) from error

    async def _ping(self) -> None:
        """Ask for a sign of life where nothing else goes out."""
        while True:
            half_s = self._keep_alive_s / 2
            await self._clock.sleep(half_s)
            if self._welcome:
                self._wire.ping(self._clock.monotonic_ns() - int(half_s * SECOND_NS))

    async def _heed(self, events: list[Event]) -> None:
        """What came together."""
        received_ns = self._clock.wall_ns()
        if self._handover.ready:  # before that, what we miss began with the life before
            self._repeats.life_ns = received_ns
        for event in events:
            if not isinstance(event, Messages):
                await self._hear(event, received_ns)
                continue
            if not self._welcome:
                raise NotSpoken(f"{self._where}: messages before CONNACK; is this an MQTT port?")
            burst = Burst(self._drops.take(event), received_ns, not self._handover.backlog)
            if (lost := self._drops.gap()) is not None:
                await self._deliver.gap(*lost)
            if burst.messages:
                self._subscription.take_back(unread := self._handover.unread(burst))
                self._silence.hear(set(burst.messages.topics).difference(unread))
                await self._handover.store(self._group, burst)
            received_ns += len(event)  # each message has an instant of its own
        if self._welcome:
            self._deliver.alive(received_ns)

    async def _hear(self, event: Event, at_ns: int) -> None:
        """One answer of the broker."""
        if isinstance(event, Connack):
            await self._greet(event)
        elif isinstance(event, Pong):
            self._repeats.confirm(self._wire.confirmed())
        elif isinstance(event, Suback) and not self._drops.answered(event.packet_id):
            if self._handover.few:
                # the queue comes before the answer, as far as it may
                self._handover.backlog = False
            self._subscription.grant(event)
            if not self._handover.ready:
                await self._begin(at_ns)
        elif isinstance(event, Puback):
            self._tell("state refused", UNSAID if event.code >= REFUSED else "")
        elif isinstance(event, Farewell):
            raise farewell(self._where, event, self._config.client_id)

    async def _commit(self) -> None:
        await self._handover.commit(self._group)
        self._kept_ns = self._clock.monotonic_ns()

    async def _greet(self, answer: Connack) -> None:
        """The broker let us in, or not; ask for the topics.

        A new session is there from now on, but without subscriptions. Should we die before there
        are some, the next connection finds a session all the same: so a mark is committed first.
        """
        if answer.code >= REFUSED:
            raise refusal(self._where, answer, self._config.protocol)
        self._welcome, self._handover.backlog = True, answer.session_present
        self._keep_alive_s = answer.keep_alive_s or self._keep_alive_s
        self._patience_s = 1.5 * self._keep_alive_s + 1
        repeats = self._repeats
        if repeats.known and not answer.session_present:
            repeats.mark |= Mark.FORGOTTEN
            repeats.forget()
            await self._commit()
        if Mark.FORGOTTEN in repeats.mark:
            self._missing = "session lost at the broker", repeats.life_ns
        elif Mark.TAKEN in repeats.mark:
            self._missing = "another client held our session", repeats.life_ns
        for code, text in promises(answer, self._config, repeats.mark, self._wire).items():
            self._tell(code, text)
        self._subscription.ask()

    async def _begin(self, at_ns: int) -> None:
        """From the first grant on nothing is missed, and a session is expected next time."""
        missing = None if self._missing is None else (*self._missing, at_ns)
        self._handover.ready = True
        points = [point for point in self._config.points if point.topic is not None]
        self._wire.pace(exactly=any(not one.payload or one.payload.time is None for one in points))
        self._repeats.mark &= Mark.UNASKED
        away, self._repeats.life_ns = (self._repeats.life_ns, at_ns), at_ns
        if self._guest is not None:
            self._guest.begin()
        await self._handover.begin(self._group, missing)  # what comes now is on the disk no sooner
        self._kept_ns = self._clock.monotonic_ns()
        self._drops.ask(away)

    async def _look_after(self) -> None:
        """What is due from time to time; pings and messages wake us often enough."""
        if not self._welcome:
            return
        self._subscription.look_after()
        now_ns = self._clock.monotonic_ns()
        if now_ns - self._begun_ns > SHORT_NS:
            self._repeats.mark &= ~Mark.UNASKED  # the next connection may ask once more
            if self._repeats.short_lives:
                self._repeats.short_lives = 0
                self._tell(SHARED, "")
        if self._handover.ready and now_ns - self._kept_ns > LIFE_NS:
            await self._commit()

    async def _leave(self, error: Lost) -> None:
        """Note when the link was last known to live, and who took it.

        Some brokers (Mosquitto 2.0.11) do not say that another client took our session: links that
        end again and again, soon after the broker let us in, are all that shows it.
        """
        repeats, our_id = self._repeats, self._config.client_id
        if self._clock.monotonic_ns() - self._begun_ns < SHORT_NS:
            repeats.short_lives += 1
        if isinstance(error, TakenOver):
            repeats.mark |= Mark.TAKEN
            repeats.short_lives = SUSPICIOUS
            self._deliver.finding(SHARED, str(error))
        elif repeats.short_lives >= SUSPICIOUS:
            text = f"the link ends again and again; does another client use our id '{our_id}'?"
            self._tell(SHARED, f"{text} Give each its own client_id")
        self._drops.lost()
        with suppress(TimeoutError):  # a full disk: the next gap then starts earlier
            async with asyncio.timeout(LEAVE_S):
                await self._commit()

    def _tell(self, code: str, text: str) -> None:
        self._deliver.finding(code, f"{self._where}: {text}" if text else "")


def promises(answer: Connack, config: Config, mark: Mark, wire: Wire) -> dict[str, str]:
    """What the broker did and does with our session, as findings by code."""
    old = not wire.five and config.protocol is None
    wanted, kept_s, wanted_s = config.keeps_session, answer.session_s, config.session_s
    short = wanted and kept_s is not None and kept_s < wanted_s
    text = f"the broker keeps our session for {kept_s} s, not {wanted_s}; raise its limit"
    return {
        "mqtt 3.1.1": OLD if old else "",
        "session lost": FORGOTTEN if wanted and Mark.FORGOTTEN in mark else "",
        "session short": text if short else "",
    }


def refusal(where: str, answer: Connack, chosen: str | None) -> LineproofError:
    """What a CONNACK that refuses us means; the other version is tried if none was chosen."""
    text = f"{where}: the broker refuses us ({words(answer.code, answer.text)})"
    if answer.code == UNSUPPORTED_VERSION and chosen is None:
        return NotSpoken(text)
    if answer.code in OURS_TO_MEND:
        return Misconfigured(f"{text}; check user, password_file, client_id and protocol")
    return Unavailable(f"{text}; see the broker's log")


def farewell(where: str, said: Farewell, our_id: str) -> Lost:
    """What a DISCONNECT of the broker means."""
    if said.code == TAKEN_OVER:
        text = f"another client uses our id '{our_id}'"
        return TakenOver(f"{where}: {text}; give each its own client_id")
    text = f"{where}: link lost ({words(said.code, said.text)}); is the broker up?"
    return Broken(text) if said.code == SHUTTING_DOWN else Lost(text)
