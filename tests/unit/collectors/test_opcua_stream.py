"""The order of notifications and their acknowledgement, on a link whose server is a script."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import struct_to_binary
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.opcua import wire
from collectors.opcua.chunks import Message
from collectors.opcua.decode import Decoder
from collectors.opcua.items import Items
from collectors.opcua.link import Answered, Link
from collectors.opcua.mark import NUMBERS, Mark, after
from collectors.opcua.receiving import Next
from collectors.opcua.requests import PUBLISHERS
from collectors.opcua.settings import Config, Point
from collectors.opcua.stream import WINDOW, Stream
from edge.clock import SYSTEM
from edge.errors import Unavailable
from edge.model import SECOND_NS, Batch, Row
from edge.site import Kind
from tests.unit.collectors.opcua_kept import Kept, rows_of

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
CONFIG = Config(url="opc.tcp://192.0.2.10:4840", points=(Point(signal=1, node="ns=2;s=Body.Good"),))
OURS = 77  # our subscription
NEVER = datetime(1601, 1, 1, tzinfo=UTC)  # as a server writes that writes no time


class Script(Link):
    """A link to a server that does what a test says."""

    def __init__(self, burst: int = 1) -> None:
        self.url = CONFIG.url
        self.answers: list[bytes] = []  # for which no request has come yet
        self.waiting: list[int] = []  # requests
        self.kept: dict[int, bytes] = {}  # what can be asked for again
        self.acknowledged: list[int] = []
        self.asked = 0
        self._burst = burst  # answers that come together, at the most
        self._take: Callable[[list[Message]], None] | None = None

    def publish(self, acks: list[list[tuple[int, int]]]) -> list[int]:
        numbers = [self.asked + 1 + i for i in range(len(acks))]
        self.asked += len(acks)
        self.waiting += numbers
        for each in acks:
            self.acknowledged += [number for subscription, number in each if subscription == OURS]
        self._serve()
        return numbers

    def listen(self, take: Callable[[list[Message]], None], _next_s: Next) -> None:
        self._take = take
        self._serve()

    async def ask_raw(self, request: Any, **_: bool) -> Any:  # noqa: ANN401 - as its parent
        number = request.Parameters.RetransmitSequenceNumber
        if number not in self.kept:
            raise Answered("not available", ua.StatusCodes.BadMessageNotAvailable)
        again = ua.RepublishResponse(NotificationMessage=message(number, self.kept[number]))
        return Buffer(struct_to_binary(again))

    def send(self, number: int, body: bytes | None, kind: int = 811, at: datetime = NOW) -> None:
        """Send a notification message; without a body it is a keep-alive."""
        self.answer(published(number, body, kind, at))

    def refuse(self, code: int) -> None:
        """Answer a request with a fault."""
        header = ua.ResponseHeader(ServiceResult=ua.StatusCode(code))
        self.answer(struct_to_binary(ua.ServiceFault(ResponseHeader=header)))

    def answer(self, answer: bytes) -> None:
        """Answer the request that waits longest."""
        self.answers.append(answer)
        self._serve()

    def _serve(self) -> None:
        while self._take is not None and self.answers and self.waiting:
            count = min(self._burst, len(self.answers), len(self.waiting))
            came = [
                Message(self.waiting.pop(0), memoryview(self.answers.pop(0))) for _ in range(count)
            ]
            asyncio.get_running_loop().call_soon(self._take, came)


def published(number: int, body: bytes | None, kind: int = 811, at: datetime = NOW) -> bytes:
    """A PublishResponse."""
    response = ua.PublishResponse()
    response.Parameters = ua.PublishResult(
        OURS, MoreNotifications=False, NotificationMessage=message(number, body, kind, at)
    )
    return bytes(struct_to_binary(response))


def message(number: int, body: bytes | None, kind: int = 811, at: datetime = NOW) -> Any:  # noqa: ANN401 - asyncua
    """A notification message with one notification, or none."""
    part = ua.ExtensionObject(ua.FourByteNodeId(kind), body)
    return ua.NotificationMessage(number, at, [part] if body is not None else [])


def change(*values: float, at: datetime = NOW) -> bytes:
    """A notification that our node had these values."""
    notification = ua.DataChangeNotification()
    for value in values:
        sent = ua.DataValue(ua.Variant(value, ua.VariantType.Double), SourceTimestamp=at)
        notification.MonitoredItems.append(ua.MonitoredItemNotification(1, sent))
    return bytes(struct_to_binary(notification))


def stream_on(link: Script, kept: Kept, committed: int = 0) -> Stream:
    """A stream that goes on after this number."""
    stream = Stream(link, Items(link, CONFIG, kept), kept, SYSTEM)
    stream.begin(Mark(OURS, committed, 1, b"server00", b"watched0"))
    return stream


FATE = st.sampled_from(["comes", "comes twice", "late", "is kept", "is lost"])


@settings(max_examples=60)
@given(st.integers(0, NUMBERS - 1), st.lists(FATE, max_size=12), st.integers(1, 5))
def test_every_message_is_stored_once_and_in_order(
    committed: int, fates: list[str], burst: int
) -> None:
    """Whatever is repeated, missing or late: stored once, in order, acknowledged; or in a gap.

    However many messages one read brings.
    """

    async def run() -> tuple[Kept, Script, int]:
        link, kept, expected = Script(burst), Kept(commit_s=0), list[int]()
        stream, number = stream_on(link, kept, committed), committed
        held: tuple[int, bytes] | None = None
        for i, fate in enumerate(fates):
            number, body = after(number), change(i)
            if fate in {"is kept", "late"}:
                link.kept[number] = body
            for _ in range({"comes": 1, "comes twice": 2}.get(fate, 0)):
                link.send(number, body)
            if held is not None:
                link.send(*held)
            held = (number, body) if fate == "late" else None
            expected += [number] * (fate != "is lost")
        link.send(after(number), None)  # the keep-alive tells the next number
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(stream.publish(tasks))
            await kept.until(lambda: len(kept.rows) == len(expected) and not link.answers)
            link.send(after(number), None)  # makes room for a request that acknowledges
            await kept.until(lambda: set(link.acknowledged) == set(expected))
            task.cancel()
        return kept, link, number

    kept, link, number = asyncio.run(run())
    assert kept.values(1) == [i for i, fate in enumerate(fates) if fate != "is lost"]
    assert len(link.acknowledged) == len(set(link.acknowledged))
    lost = "is lost" in fates
    assert bool(kept.gaps) == lost
    if fates and fates[-1] != "is lost":
        mark = Mark.unpack(kept.key)
        assert mark is not None
        assert (mark.subscription, mark.sequence) == (OURS, number)


async def test_acknowledges_after_deliver_returned() -> None:
    """A message on a full disk is not acknowledged, however many requests go out meanwhile."""
    few = WINDOW // 2  # requests at the server, so that room for more is left in the window
    numbers = list(range(1, 4 + few))
    link, kept = Script(), Kept(commit_s=0)
    kept.room.clear()
    stream = stream_on(link, kept)
    stream.requests._publishers = few
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(stream.publish(tasks))
        for number in (1, 2, 3):
            link.send(number, change(number))
        await kept.until(lambda: kept.waiting == 3)
        for number in range(4, 4 + few):
            link.send(number, change(number))
        await kept.until(lambda: link.asked == 2 * few)
        assert link.acknowledged == []
        kept.room.set()
        await kept.until(lambda: len(kept.rows) == 3 + few)
        link.send(4 + few, None)
        await kept.until(lambda: sorted(link.acknowledged) == numbers)
        task.cancel()


async def test_stops_asking_when_too_much_waits_for_the_disk() -> None:
    """The window bounds what is in memory; no answer is thrown away."""
    link, kept = Script(), Kept(commit_s=0)
    kept.room.clear()
    stream = stream_on(link, kept)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(stream.publish(tasks))
        for number in range(1, 2 * WINDOW):
            link.send(number, change(number))
        await kept.until(lambda: kept.waiting == WINDOW)
        assert link.asked == WINDOW
        assert stream.requests.silent_s() == 0  # nobody was asked, so nobody is silent
        kept.room.set()
        await kept.until(lambda: len(kept.rows) == 2 * WINDOW - 1)
        task.cancel()


async def test_takes_over_what_was_kept() -> None:
    """What is committed is acknowledged, what is not is fetched, before anything new."""
    link, kept = Script(), Kept(commit_s=0)
    link.kept = {number: change(number) for number in (4, 5, 6, 7)}
    stream = stream_on(link, kept, committed=5)
    async with asyncio.TaskGroup() as tasks:
        await stream.catch_up([4, 5, 6, 7], tasks)
        await stream.settle()
        assert kept.values(1) == [6, 7]
        task = tasks.create_task(stream.publish(tasks))
        await kept.until(lambda: set(link.acknowledged) == {4, 5, 6, 7})
        task.cancel()
    assert not kept.gaps


@pytest.mark.parametrize("dated", [True, False])
async def test_a_mark_says_until_when_all_was_told(dated: bool) -> None:  # noqa: FBT001 - pytest's
    """That is when the server made the message, not a late read: what came after it may be lost.

    A server that dates no message dates the changes in it.
    """
    link, kept = Script(), Kept(commit_s=0)
    stream, now = stream_on(link, kept), datetime.now(UTC)
    stream.begin(Mark(OURS, 0, SYSTEM.wall_ns(), b"server00", b"watched0"), SYSTEM.wall_ns())
    await asyncio.sleep(0.5)
    at = now + timedelta(seconds=0.1)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(stream.publish(tasks))
        link.send(1, change(1, at=at), at=at if dated else NEVER)
        await kept.until(lambda: kept.values(1) == [1])
        task.cancel()
    mark = Mark.unpack(kept.key)
    assert mark is not None
    told_s = mark.seen_ns / SECOND_NS - now.timestamp()
    assert 0.09 <= told_s <= 0.4


async def test_rows_of_the_past_are_not_stored_once_more() -> None:
    """A new subscription tells what the history had already; that and older is left out."""
    link, kept = Script(), Kept(commit_s=0)
    stream = stream_on(link, kept)
    now_ns = int(NOW.timestamp()) * SECOND_NS
    stream.recovered(Batch.of([Row(1, now_ns, now_ns, 1.0, 0)]))
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(stream.publish(tasks))
        link.send(1, change(1))  # at NOW
        await kept.until(lambda: kept.key != b"")
        assert stream.keeping.overlap is not None
        stream.keeping.overlap.until_ns = 0  # ten seconds later
        link.send(2, change(2))
        await kept.until(lambda: kept.values(1) == [2])
        task.cancel()
    mark = Mark.unpack(kept.key)
    assert mark is not None
    assert mark.newest_ns == now_ns


def test_a_key_of_an_earlier_release_is_understood() -> None:
    """It lacks the newest source time; the rest of it holds."""
    mark = Mark(OURS, 5, 1, b"server00", b"watched0", 7)
    assert Mark.unpack(mark.pack()) == mark
    assert Mark.unpack(mark.pack()[:-8]) == mark._replace(newest_ns=0)
    assert Mark.unpack(b"") is None


def test_a_mark_knows_of_an_announced_end() -> None:
    """It is told by one more byte, and the rest is as before."""
    mark = Mark(OURS, 5, 1, b"server00", b"watched0", 7)
    leaving = mark._replace(announced=True)
    assert Mark.unpack(leaving.pack()) == leaving
    assert leaving.pack()[:-1] == mark.pack()


async def test_a_number_far_ahead_is_not_gone_after() -> None:
    """No server keeps a million messages: the number is wrong, and the link is left."""
    link, kept = Script(), Kept(commit_s=0)
    stream = stream_on(link, kept, committed=5)
    link.send(1_000_006, change(1))
    async with asyncio.TaskGroup() as tasks:
        with pytest.raises(Unavailable, match="message 1000006 came where 6 was due"):
            await stream.publish(tasks)
    assert not kept.rows


async def test_takes_over_from_a_server_that_kept_the_last_of_many() -> None:
    """What it says it has is fetched, what lies before is a gap and not asked for."""
    link, kept = Script(), Kept(commit_s=0)
    link.kept = {number: change(number) for number in (900_000, 900_001)}
    stream = stream_on(link, kept, committed=5)
    async with asyncio.TaskGroup() as tasks:
        await stream.catch_up([900_000, 900_001], tasks)
        await stream.settle()
    assert kept.values(1) == [900_000, 900_001]
    assert [reason for reason, _, _ in kept.gaps] == [
        "source no longer had 899994 notification messages"
    ]


async def test_a_notification_that_cannot_be_decoded_is_set_aside() -> None:
    """It is counted and acknowledged: asked for again it would be the same, for ever."""
    link, kept = Script(), Kept(commit_s=0)
    stream = stream_on(link, kept)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(stream.publish(tasks))
        link.kept[1] = b"\x05\x00\x00\x00coffee"
        link.send(1, link.kept[1])
        link.send(2, b"an event", kind=916)  # which the server cannot repeat
        link.send(3, change(3))
        await kept.until(lambda: kept.values(1) == [3])
        link.send(4, None)
        await kept.until(lambda: link.acknowledged == [1, 2, 3])
        task.cancel()
    coffee, event = kept.refused
    assert kept.origins == ["", ""], "a notification cannot be read without its stream"
    assert "cannot be decoded: 5 items in 10 bytes" in coffee
    assert b"coffee".hex() in coffee
    assert "a notification of type 916, which nobody asked for" in event


async def test_a_line_that_changes_bytes_is_left() -> None:
    """The same message is whole when asked for again: nothing of it is stored, we connect anew."""
    link, kept = Script(), Kept(commit_s=0)
    link.kept[1] = change(1)
    link.send(1, change(1)[:-9])
    with pytest.raises(ExceptionGroup) as caught:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(stream_on(link, kept).publish(tasks))
    (error,) = caught.value.exceptions
    assert isinstance(error, Unavailable)
    assert "message 1 cannot be decoded" in str(error)
    assert "check cable" in str(error)
    assert not kept.rows
    assert not kept.refused
    assert link.acknowledged == []


@settings(max_examples=200)
@given(st.integers(0), st.integers(1, 255), st.integers(0))
def test_changed_bytes_make_no_row_that_was_not_sent(at: int, by: int, cut: int) -> None:
    """Whatever a byte becomes: an error of ours, something set aside, or what the bytes say now."""
    raw = bytearray(published(1, change(20.5, 21.5)))
    raw[at % len(raw)] = (raw[at % len(raw)] + by) % 256
    for hostile in (bytes(raw), bytes(raw[: cut % len(raw)])):

        async def run(hostile: bytes = hostile) -> Kept:
            link, kept = Script(), Kept(commit_s=0)
            stream = stream_on(link, kept)
            link.answer(hostile)
            link.refuse(ua.StatusCodes.BadSessionIdInvalid)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(until_lost(stream, tasks))
            return kept

        kept = asyncio.run(run())
        assert bits(kept) in ([], told_by(hostile))


async def until_lost(stream: Stream, tasks: asyncio.TaskGroup) -> None:
    """Publish until the link is lost; no other error may come of hostile bytes."""
    with suppress(Unavailable):
        await stream.publish(tasks)


def told_by(raw: bytes) -> list[tuple[str, ...]]:
    """What the single-value decoder makes of a whole response."""
    kept = Kept()
    with suppress(Unavailable, *wire.UNREADABLE):
        for kind, body in wire.published(memoryview(raw)).parts:
            if kind == wire.DATA_CHANGE:
                kept.rows += rows_of(
                    Decoder({1: Kind.GAUGE}, len).decode(bytes(body), SYSTEM.wall_ns())
                )
    return bits(kept)


def bits(kept: Kept) -> list[tuple[str, ...]]:
    """Signal and value of what was stored; times may be ours."""
    return [(str(row.signal), repr(row.value)) for row in kept.rows]


async def test_a_lost_request_is_replaced() -> None:
    """One that goes unanswered while others are answered costs neither its place nor its acks."""
    link, kept = Script(), Kept(commit_s=0)
    stream = stream_on(link, kept)
    stream.requests.acknowledge(OURS, [7])
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(stream.publish(tasks))
        await kept.until(lambda: link.asked == PUBLISHERS)
        lost = link.waiting.pop(0)  # its answer was aborted
        link.send(1, change(1))
        await kept.until(lambda: link.acknowledged == [7, 1])
        asked = stream.requests._waiting[lost]
        late = asked._replace(at_ns=asked.at_ns - 61 * SECOND_NS)
        stream.requests._waiting[lost] = late
        stream.expire()
        assert stream.requests.replaced == 1
        assert link.acknowledged == [7, 1, 7]
        assert len(stream.requests._waiting) == PUBLISHERS
        task.cancel()


async def test_an_answer_that_comes_too_late_is_stored() -> None:
    """Its request was given up and replaced; what it tells is news all the same."""
    link, kept = Script(), Kept(commit_s=0)
    stream = stream_on(link, kept)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(stream.publish(tasks))
        await kept.until(lambda: link.asked == PUBLISHERS)
        late, *rest = link.waiting
        link.waiting = [*rest, late]
        link.send(1, change(1))
        await kept.until(lambda: kept.values(1) == [1])
        asked = stream.requests._waiting[late]
        stream.requests._waiting[late] = asked._replace(at_ns=asked.at_ns - 61 * SECOND_NS)
        stream.expire()
        link.waiting = [late]
        link.send(2, change(2))
        await kept.until(lambda: kept.values(1) == [1, 2])
        task.cancel()


async def test_a_server_that_answers_no_request_is_lost() -> None:
    """Where none is answered in time the link is dead."""
    link, kept = Script(), Kept(commit_s=0)
    stream = stream_on(link, kept)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(stream.publish(tasks))
        await kept.until(lambda: link.asked == PUBLISHERS)
        stream.expire()  # not yet
        assert stream.requests.replaced == 0
        stream.requests.patience_s = 0
        with pytest.raises(Unavailable, match="no answer to a PublishRequest in time"):
            stream.expire()
        task.cancel()


async def test_a_request_that_the_server_let_go_is_made_again() -> None:
    """BadTimeout says that it waited too long there, and nothing else."""
    link, kept = Script(), Kept(commit_s=0)
    stream = stream_on(link, kept)
    link.refuse(ua.StatusCodes.BadTimeout)
    link.send(1, change(1))
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(stream.publish(tasks))
        await kept.until(lambda: kept.values(1) == [1])
        task.cancel()


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (ua.StatusCodes.BadTimeout, "ended the subscription: 'BadTimeout'"),
        (ua.StatusCodes.GoodSubscriptionTransferred, "does a second gateway use our user"),
    ],
)
async def test_the_end_of_the_subscription_is_raised(status: int, text: str) -> None:
    """The server says that it ended, or that somebody else has it now."""
    link = Script()
    body = struct_to_binary(ua.StatusChangeNotification(ua.StatusCode(status)))
    link.send(1, body, kind=820)
    with pytest.raises(ExceptionGroup) as caught:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(stream_on(link, Kept(commit_s=0)).publish(tasks))
    (error,) = caught.value.exceptions
    assert isinstance(error, Unavailable)
    assert text in str(error)


async def test_a_server_that_takes_fewer_requests_gets_fewer() -> None:
    """One less each time; the last one's refusal is a lost link."""
    link, kept = Script(), Kept(commit_s=0)
    stream = stream_on(link, kept)
    for _ in range(PUBLISHERS - 1):
        link.refuse(ua.StatusCodes.BadTooManyPublishRequests)
    link.send(1, change(1))
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(until_refused(stream, tasks))
        await kept.until(lambda: kept.values(1) == [1] and len(link.waiting) == 1)
        link.refuse(ua.StatusCodes.BadTooManyPublishRequests)
        await task


async def until_refused(stream: Stream, tasks: asyncio.TaskGroup) -> None:
    """Publish until not even one request is taken."""
    with pytest.raises(Unavailable, match="BadTooManyPublishRequests"):
        await stream.publish(tasks)
