"""A model broker that crashes and repeats, against the window that knows its repeats."""

import functools
import operator
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from collectors.mqtt.repeats import Mark, Repeats
from collectors.mqtt.stream import DUP, Messages

SPARE = 2
IDS = 13  # packet ids come round quickly
MOST = 9  # in flight, whatever Receive Maximum says


@dataclass(slots=True)
class Message:
    """One message as a broker keeps it."""

    topic: bytes
    payload: bytes
    packet_id: int
    qos: int = 1
    dup: bool = False


def together(burst: Sequence[Message]) -> Messages:
    """Messages as the stream hands them over."""
    flags = [one.qos << 1 | (DUP if one.dup else 0) for one in burst]
    return Messages(
        [one.topic for one in burst],
        [one.packet_id for one in burst],
        [one.payload for one in burst],
        flags,
        functools.reduce(operator.or_, flags, 0),
    )


def fresh(repeats: Repeats, burst: Sequence[Message]) -> list[bool]:
    """Of each message whether it is news."""
    news = repeats.fresh(together(burst))
    assert news == sorted(news)
    return [i in news for i in range(len(burst))]


class Broker:
    """Keeps what is not acknowledged, and sends it again after a lost link."""

    def __init__(self) -> None:
        self.published = 0
        self.queue: deque[bytes] = deque()
        self.in_flight: deque[Message] = deque()
        self.wire: deque[Message] = deque()
        self._last_id = 0

    def publish(self, count: int) -> None:
        for _ in range(count):
            self.queue.append(str(self.published).encode())
            self.published += 1

    def send(self, most: int) -> list[Message]:
        while self.queue and len(self.in_flight) < MOST:
            self._last_id = self._last_id % IDS + 1
            made = Message(b"t", self.queue.popleft(), self._last_id)
            self.in_flight.append(made)
            self.wire.append(made)
        return [self.wire.popleft() for _ in range(min(most, len(self.wire)))]

    def acknowledged(self, burst: list[Message]) -> None:
        for made in burst:
            assert self.in_flight.popleft() is made, "acknowledged out of order"

    def lose_link(self) -> None:
        self.wire = deque(self.in_flight)
        for made in self.wire:
            made.dup = True


class Gateway:
    """What stands on the disk: payloads and key, written together; all else dies in a crash."""

    def __init__(self) -> None:
        self.disk: list[bytes] = []
        self.key = b""
        self.repeats = Repeats(SPARE, b"")
        self.bursts = 0

    def take(self, burst: list[Message], *, committed: bool = True) -> None:
        news = fresh(self.repeats, burst)
        self.bursts += 1
        if committed:
            kept = [made for made, new in zip(burst, news, strict=True) if new]
            self.disk += [bytes(made.payload) for made in kept]
            self.key = self.repeats.key

    def crash(self) -> None:
        self.repeats = Repeats(SPARE, self.key)
        self.bursts = 0


# Publish some; or a burst: so many are taken, is the commit reached, how many acknowledgements
# arrive before the link is lost (None: all do, it is not, and maybe a ping is answered).
STEP = st.integers(1, 9) | st.tuples(
    st.integers(1, MOST), st.booleans(), st.none() | st.integers(0, MOST), st.booleans()
)


@given(st.lists(STEP, max_size=40))
def test_whatever_dies_each_message_is_kept_once_and_in_order(
    steps: list[int | tuple[int, bool, int | None, bool]],
) -> None:
    """Crash before the commit, after it, or anywhere among the acknowledgements."""
    broker, gateway = Broker(), Gateway()
    for step in steps:
        if isinstance(step, int):
            broker.publish(step)
            continue
        size, committed, acks, pong = step
        burst = broker.send(size)
        gateway.take(burst, committed=committed)
        broker.acknowledged(burst[:acks] if committed else [])
        if not committed or acks is not None:
            broker.lose_link()
            gateway.crash()
        elif pong:
            gateway.repeats.confirm(gateway.bursts)
    while burst := broker.send(MOST):
        gateway.take(burst)
        broker.acknowledged(burst)
    assert gateway.disk == [str(i).encode() for i in range(broker.published)]


def test_what_is_confirmed_is_forgotten_but_for_a_few() -> None:
    """The key is written with each commit: it must not grow."""
    repeats, lengths = Repeats(9, b""), []
    for burst in range(1, 101):
        fresh(repeats, [Message(b"a", b"x", 20 * burst + i) for i in range(20)])
        lengths.append(len(repeats.key))
        repeats.confirm(burst)
    assert len(set(lengths)) == 1
    assert len(repeats.key) < lengths[-1]


def test_a_repeat_has_id_bytes_and_the_flag() -> None:
    """Anything less is news: the same value comes often."""
    before = Repeats(9, b"")
    assert fresh(before, [Message(b"a", b"1", 5)]) == [True]
    for again, new in [
        (Message(b"a", b"1", 5, dup=True), False),
        (Message(b"a", b"1", 5), True),
        (Message(b"a", b"2", 5, dup=True), True),
        (Message(b"b", b"1", 5, dup=True), True),
        (Message(b"a", b"1", 6, dup=True), True),
    ]:
        assert fresh(Repeats(9, before.key), [again]) == [new]


def test_without_a_promise_nothing_is_a_repeat() -> None:
    """QoS 0 has no packet id; nobody sends it again."""
    repeats = Repeats(9, b"")
    assert fresh(repeats, [Message(b"a", b"1", 0, qos=0, dup=True)] * 3) == [True] * 3


def test_a_new_session_has_packet_ids_of_its_own() -> None:
    """What the old one numbered 5 is another message now."""
    repeats = Repeats(9, b"")
    fresh(repeats, [Message(b"a", b"1", 5)])
    repeats.forget()
    assert fresh(repeats, [Message(b"a", b"1", 5, dup=True)]) == [True]


def test_what_came_before_is_known_until_the_broker_sends_news() -> None:
    """A second crash in the middle of the repeats must not forget the rest of them."""
    burst = [Message(b"a", b"x", mid) for mid in range(1, 30)]
    before = Repeats(4, b"")
    fresh(before, burst)
    for made in burst:
        made.dup = True
    between = Repeats(4, before.key)
    assert fresh(between, burst[:1]) == [False]
    between.confirm(1)
    after = Repeats(4, between.key)
    assert not any(fresh(after, burst))


def test_the_key_remembers_the_last_life_and_who_took_the_session() -> None:
    """The next process knows where the gap begins; a key of nobody or of another layout is none."""
    repeats = Repeats(9, b"")
    assert not repeats.known
    repeats.life_ns, repeats.mark = 1_795_129_200_000_000_001, Mark.TAKEN
    after = Repeats(9, repeats.key)
    assert (after.known, after.life_ns, after.mark) == (True, repeats.life_ns, Mark.TAKEN)
    assert not Repeats(9, b"\x09" + repeats.key[1:]).known


@given(st.integers(0, 20), st.none() | st.integers(0, 10**12 - 1))
def test_the_key_remembers_what_the_broker_had_dropped(count: int, dropped: int | None) -> None:
    """Beside any number of messages; a key of before knows none."""
    repeats = Repeats(99, b"")
    fresh(repeats, [Message(b"a", b"%d" % i, i + 1) for i in range(count)])
    repeats.dropped = dropped
    after = Repeats(99, repeats.key)
    assert after.dropped == dropped
    again = [Message(b"a", b"%d" % i, i + 1, dup=True) for i in range(count + 1)]
    assert fresh(after, again) == [False] * count + [True]
