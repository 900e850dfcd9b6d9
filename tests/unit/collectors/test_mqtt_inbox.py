"""The one way from paho's thread to ours."""

import asyncio
import threading

import pytest

from collectors.mqtt.inbox import Inbox, Item, Lost, Pong
from edge.clock import SYSTEM
from tests.contract.mqtt_desk import message


async def test_what_a_thread_puts_is_taken_whole_and_in_order() -> None:
    """However the two interleave, no wake-up is lost, and none comes for nothing."""
    inbox, count = Inbox(SYSTEM), 5_000
    sent = [message("a", b"", mid) for mid in range(1, count + 1)]

    def put_all() -> None:
        for one in sent:
            inbox.put(one)

    thread = threading.Thread(target=put_all)
    thread.start()
    taken: list[Item] = []
    async with asyncio.timeout(5):
        while len(taken) < count:
            burst = await inbox.take()
            assert burst
            taken += [arrived.item for arrived in burst]
    thread.join()
    assert [id(one) for one in taken] == [id(one) for one in sent]


async def test_what_came_before_the_end_is_taken_before_it_is_told() -> None:
    """Messages of QoS 0 would not come again."""
    inbox = Inbox(SYSTEM)
    inbox.put(Pong(0))
    inbox.put(Lost("gone"))
    inbox.put(Lost("gone for another reason"))
    assert len(await inbox.take()) == 1
    with pytest.raises(Lost, match=r"^gone$"):
        await inbox.take()


async def test_arrival_is_stamped_when_it_is_put() -> None:
    """A commit of a second must not date the messages that came meanwhile."""
    inbox = Inbox(SYSTEM)
    inbox.put(Pong(0))
    put_ns = SYSTEM.wall_ns()
    await asyncio.sleep(0.02)
    (arrived,) = await inbox.take()
    assert arrived.received_ns <= put_ns


def test_a_thread_that_outlives_the_loop_is_not_disturbed() -> None:
    """The connection that was still being made when we stopped ends in peace."""

    async def made() -> Inbox:
        return Inbox(SYSTEM)

    asyncio.run(made()).put(Lost("too late"))
