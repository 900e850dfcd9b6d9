"""The order of notifications and their acknowledgement, on a link whose server is a script."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import struct_to_binary
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.opcua.items import Items
from collectors.opcua.link import Answered, Link
from collectors.opcua.mark import NUMBERS, Mark, after
from collectors.opcua.settings import Config, Point
from collectors.opcua.stream import WINDOW, Stream
from edge.clock import SYSTEM
from edge.errors import Unavailable
from tests.unit.collectors.opcua_kept import Kept

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
CONFIG = Config(url="opc.tcp://192.0.2.10:4840", points=(Point(signal=1, node="ns=2;s=Body.Good"),))
OURS = 77  # our subscription


class Script(Link):
    """A link to a server that does what a test says."""

    def __init__(self) -> None:
        self.url = CONFIG.url
        self.answers: asyncio.Queue[bytes | Unavailable] = asyncio.Queue()
        self.kept: dict[int, bytes] = {}  # what can be asked for again
        self.acknowledged: list[int] = []
        self.asked = 0

    async def ask_raw(self, request: Any, deadline_s: float = 10) -> Any:  # noqa: ANN401, ARG002 - as its parent
        if isinstance(request, ua.RepublishRequest):
            number = request.Parameters.RetransmitSequenceNumber
            if number not in self.kept:
                raise Answered("not available", ua.StatusCodes.BadMessageNotAvailable)
            again = ua.RepublishResponse(NotificationMessage=message(number, self.kept[number]))
            return Buffer(struct_to_binary(again))
        self.asked += 1
        acks = request.Parameters.SubscriptionAcknowledgements
        self.acknowledged += [ack.SequenceNumber for ack in acks if ack.SubscriptionId == OURS]
        answer = await self.answers.get()
        if isinstance(answer, Unavailable):
            raise answer
        return Buffer(answer)

    def publish(self, number: int, body: bytes | None, kind: int = 811) -> None:
        """Send a notification message; without a body it is a keep-alive."""
        response = ua.PublishResponse()
        response.Parameters = ua.PublishResult(
            OURS, MoreNotifications=False, NotificationMessage=message(number, body, kind)
        )
        self.answers.put_nowait(struct_to_binary(response))


def message(number: int, body: bytes | None, kind: int = 811) -> Any:  # noqa: ANN401 - asyncua
    """A notification message with one notification, or none."""
    part = ua.ExtensionObject(ua.FourByteNodeId(kind), body)
    return ua.NotificationMessage(number, NOW, [part] if body is not None else [])


def change(value: float) -> bytes:
    """A notification that our node has this value now."""
    sent = ua.DataValue(ua.Variant(value, ua.VariantType.Double), SourceTimestamp=NOW)
    notification = ua.DataChangeNotification()
    notification.MonitoredItems = [ua.MonitoredItemNotification(1, sent)]
    return bytes(struct_to_binary(notification))


def stream_on(link: Script, kept: Kept, committed: int = 0) -> Stream:
    """A stream that goes on after this number."""
    stream = Stream(link, Items(link, CONFIG, kept), kept, SYSTEM)
    stream.begin(Mark(OURS, committed, 1, b"server00", b"watched0"))
    return stream


FATE = st.sampled_from(["comes", "comes twice", "late", "is kept", "is lost"])


@settings(max_examples=60)
@given(st.integers(0, NUMBERS - 1), st.lists(FATE, max_size=12))
def test_every_message_is_stored_once_and_in_order(committed: int, fates: list[str]) -> None:
    """Whatever is repeated, missing or late: stored once, in order, acknowledged; or in a gap."""

    async def run() -> tuple[Kept, Script, int]:
        link, kept = Script(), Kept(commit_s=0)
        stream, number = stream_on(link, kept, committed), committed
        expected = []
        held: tuple[int, bytes] | None = None
        for i, fate in enumerate(fates):
            number, body = after(number), change(i)
            if fate in {"is kept", "late"}:
                link.kept[number] = body
            for _ in range({"comes": 1, "comes twice": 2}.get(fate, 0)):
                link.publish(number, body)
            if held is not None:
                link.publish(*held)
            held = (number, body) if fate == "late" else None
            expected += [number] if fate != "is lost" else []
        link.publish(after(number), None)  # the keep-alive tells the next number
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(stream.publish(tasks))
            await kept.until(lambda: len(kept.rows) == len(expected) and link.answers.empty())
            link.publish(after(number), None)  # makes room for a request that acknowledges
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
    link, kept = Script(), Kept(commit_s=0)
    kept.room.clear()
    stream = stream_on(link, kept)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(stream.publish(tasks))
        for number in (1, 2, 3):
            link.publish(number, change(number))
        await kept.until(lambda: kept.waiting == 3 and link.asked == 4)
        assert link.acknowledged == []
        kept.room.set()
        await kept.until(lambda: len(kept.rows) == 3)
        link.publish(4, None)
        await kept.until(lambda: link.acknowledged == [1, 2, 3])
        task.cancel()


async def test_stops_asking_when_too_much_waits_for_the_disk() -> None:
    """The window bounds what is in memory; no answer is thrown away."""
    link, kept = Script(), Kept(commit_s=0)
    kept.room.clear()
    stream = stream_on(link, kept)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(stream.publish(tasks))
        for number in range(1, 2 * WINDOW):
            link.publish(number, change(number))
        await kept.until(lambda: kept.waiting == WINDOW)
        assert link.asked == WINDOW + 1
        assert stream.silent_s() == 0  # nobody was asked, so nobody is silent
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


async def test_a_notification_that_cannot_be_decoded_is_set_aside() -> None:
    """It is counted and acknowledged: asked for again it would be the same, for ever."""
    link, kept = Script(), Kept(commit_s=0)
    stream = stream_on(link, kept)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(stream.publish(tasks))
        link.publish(1, b"\x05\x00\x00\x00coffee")
        link.publish(2, change(2))
        await kept.until(lambda: kept.values(1) == [2])
        link.publish(3, None)
        await kept.until(lambda: link.acknowledged == [1, 2])
        task.cancel()
    (refused,) = kept.refused
    assert "cannot be decoded" in refused
    assert b"coffee".hex() in refused


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
    link.publish(1, body, kind=820)
    with pytest.raises(ExceptionGroup) as caught:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(stream_on(link, Kept(commit_s=0)).publish(tasks))
    (error,) = caught.value.exceptions
    assert isinstance(error, Unavailable)
    assert text in str(error)


async def test_a_server_that_takes_fewer_requests_gets_fewer() -> None:
    """One publisher less each time; the last one's refusal is a lost link."""
    link = Script()
    stream = stream_on(link, Kept(commit_s=0))
    refusal = Answered("too many", ua.StatusCodes.BadTooManyPublishRequests)
    async with asyncio.TaskGroup() as tasks:
        for _ in range(2):
            link.answers.put_nowait(refusal)
            await stream.publish(tasks)
        link.answers.put_nowait(refusal)
        with pytest.raises(Unavailable, match="too many"):
            await stream.publish(tasks)
