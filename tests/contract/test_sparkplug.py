"""The Sparkplug host with a real broker between it and an edge node that can misbehave."""

import asyncio
import math
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.contract.child import Child, committed_rows
from tests.contract.deadline import until
from tests.contract.mqtt_desk import Desk
from tests.contract.test_mqtt import collecting
from tests.contract.test_sparkplug_host import TOPIC, host
from tests.servers.mosquitto import Mosquitto
from tests.servers.sparkplug_node import EdgeNode, Sent
from tests.unit.collectors.sparkplug_line import DECLARED, GOOD, HEAT, STATE, good

pytestmark = pytest.mark.peer


@pytest.fixture(name="broker")
def started_broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """A broker with persistence that admits everybody."""
    with Mosquitto(tmp_path / "broker") as broker:
        yield broker


@asynccontextmanager
async def living(port: int, **keys: int) -> AsyncIterator[EdgeNode]:
    """A node that is connected, and leaves in the end."""
    node = EdgeNode(DECLARED, **keys)  # type: ignore[arg-type]  # numbers are all that is asked for
    await asyncio.to_thread(node.connect, port)
    try:
        yield node
    finally:
        await asyncio.to_thread(node.leave)


def is_unknown(desk: Desk, number: int) -> bool:
    """Whether the newest row of a signal says that nobody knows."""
    rows = sorted((row for row in desk.rows if row.signal == number), key=lambda row: row.source_ns)
    return bool(rows) and math.isnan(rows[-1].value)


async def test_a_node_that_was_there_before_us_is_asked_and_answers(broker: Mosquitto) -> None:
    """Its births are not retained; we ask, it is born, and its data mean something."""
    desk = Desk()
    async with living(broker.port) as node:
        await asyncio.to_thread(node.be_born)
        await asyncio.sleep(0.2)  # at QoS 0 nobody tells that the broker passed it on
        async with collecting(host(broker.port), desk):
            await until(lambda: desk.values(GOOD), "the birth that we asked for")
            await asyncio.to_thread(node.say, "packer", good(8))
            await until(lambda: desk.values(GOOD)[-1] == 8, "the value")
            assert len(node.commands) == 1
            command, _ = node.commands[0]
            assert (command.qos, command.retain) == (0, False)
    assert desk.refused == []


async def test_a_broker_that_lets_us_read_only_is_told_on(tmp_path: Path) -> None:
    """Collecting goes on; who may not say that he is there is told how to mend it."""
    (tmp_path / "rights").write_text(
        "topic read spBv1.0/#\ntopic write spBv1.0/hanbit/#\n", "utf-8"
    )
    desk = Desk()
    with Mosquitto(tmp_path / "strict", f"acl_file {tmp_path}/rights") as broker:
        async with living(broker.port) as node, collecting(host(broker.port), desk):
            await until(lambda: desk.findings.get("state refused"), "a finding")
            await asyncio.to_thread(node.be_born)
            await until(lambda: desk.values(GOOD), "the birth")
    assert "let our user write it, or write announce: false" in desk.findings["state refused"]


async def test_a_node_that_dies_is_unknown_at_once(broker: Mosquitto) -> None:
    """The broker says its will; a new life of it makes all known again."""
    desk = Desk()
    async with collecting(host(broker.port), desk):
        async with living(broker.port) as node:
            await asyncio.to_thread(node.be_born)
            await until(lambda: desk.values(HEAT) and desk.values(GOOD), "the births")
            await asyncio.to_thread(node.die)
            await until(lambda: is_unknown(desk, GOOD) and is_unknown(desk, HEAT), "its death", 3)
        async with living(broker.port, bdseq=1) as again:
            await asyncio.to_thread(again.be_born)
            await until(lambda: not is_unknown(desk, GOOD) and not is_unknown(desk, HEAT), "births")
    assert desk.refused == []


async def test_a_killed_host_is_said_to_be_gone_by_the_broker(
    broker: Mosquitto, tmp_path: Path
) -> None:
    """With the time of its birth, retained; and there again when it is back."""
    child = Child("mqtt", host(broker.port), tmp_path)
    async with living(broker.port) as node:
        try:
            child.start()
            await until(lambda: len(node.states) >= 1, "our birth")
            child.end(signal.SIGKILL)
            await until(lambda: len(node.states) >= 2, "our will", 15)
            child.start()
            await until(lambda: len(node.states) >= 3, "our next birth")
            child.end(signal.SIGTERM)
            await until(lambda: len(node.states) >= 4, "our death")
        finally:
            child.end(signal.SIGKILL)
    assert {topic for topic, _, _ in node.states} == {TOPIC}
    told = [content for _, content, _ in node.states]
    assert [one["online"] for one in told] == [True, False, True, False]
    assert told[0]["timestamp"] == told[1]["timestamp"]
    assert told[2]["timestamp"] != told[0]["timestamp"]
    async with living(broker.port) as late:
        await until(lambda: late.states, "what is retained")
        assert late.states == [(TOPIC, told[3], True)]


async def test_what_a_kept_node_says_while_we_are_dead_is_read_by_its_aliases(
    broker: Mosquitto, tmp_path: Path
) -> None:
    """At QoS 1 the broker keeps it, and the process after us knows what the aliases mean."""
    config = host(broker.port, rebirth=False)
    child = Child("mqtt", config, tmp_path)
    async with living(broker.port, qos=1) as node:
        try:
            child.start()
            await child.at_work()
            await asyncio.to_thread(node.be_born)
            await child.settled(GOOD, 7)
            child.end(signal.SIGKILL)
            for value in range(8, 30):
                await asyncio.to_thread(node.say, "packer", good(value))
            child.start()
            await child.settled(GOOD, 29)
        finally:
            child.end(signal.SIGKILL)
    values = [value for number, _, value, _ in committed_rows(child.kept) if number == GOOD]
    assert values == list(range(7, 30))


async def test_a_node_behind_a_lost_message_is_born_again_and_no_other_is_asked(
    broker: Mosquitto,
) -> None:
    """Stale since the loss; the birth brings what holds now; one request is enough."""
    desk = Desk()
    async with (
        living(broker.port) as node,
        collecting(host(broker.port, rebirth_every_s=2), desk),
    ):
        await asyncio.to_thread(node.be_born)
        await until(lambda: desk.values(GOOD) and desk.values(STATE), "the births")
        asked = len(node.commands)
        await asyncio.sleep(2)
        node.data("packer", good(8))  # lost
        await asyncio.to_thread(node.say, "packer", good(9))
        await until(lambda: len(node.commands) > asked, "a request")
        await until(lambda: desk.values(GOOD)[-1] == 9, "the birth")
        await asyncio.sleep(1)
        assert len(node.commands) == asked + 1
        assert any(math.isnan(value) for value in desk.values(GOOD))
        assert not is_unknown(desk, GOOD)
        assert not is_unknown(desk, STATE)


async def test_a_node_that_misbehaves_in_every_way_is_stale_at_once_and_asked_seldom(
    broker: Mosquitto,
) -> None:
    """Deaths of this life and of another, lost numbers, data without a birth, STATE that flaps."""
    desk = Desk()
    async with (
        living(broker.port, bdseq=7) as node,
        collecting(host(broker.port, rebirth_every_s=2), desk),
    ):
        began_s = time.monotonic()
        await asyncio.to_thread(node.be_born)
        await until(lambda: desk.values(GOOD) and desk.values(HEAT), "the births")
        await asyncio.to_thread(node.send, EdgeNode(DECLARED, bdseq=6).death())
        await asyncio.to_thread(node.say, "packer", good(8))
        await until(lambda: desk.values(GOOD)[-1:] == [8], "a value after another life's death")
        assert not is_unknown(desk, GOOD)
        for turn in range(3):  # its own death, though it goes on; then lost numbers
            await asyncio.to_thread(node.send, node.death())
            await until(lambda: is_unknown(desk, GOOD) and is_unknown(desk, HEAT), "its death", 2)
            for value in range(20):
                node.next()
                await asyncio.to_thread(node.say, "packer", good(100 * turn + value))
            state = b'{"online": false, "timestamp": 0}'
            await asyncio.to_thread(node.send, Sent(TOPIC, state, 1))
            await until(lambda: not is_unknown(desk, GOOD), "its birth", 6)
        asked = len(node.commands)
        assert 1 <= asked <= 2 + (time.monotonic() - began_s) / 2
        await until(lambda: node.states[-1][1]["online"], "that we are there")
    assert {message.topic for message, _ in node.commands} == {"spBv1.0/hanbit/NCMD/line-1"}
