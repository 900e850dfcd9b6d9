"""What we say as a Sparkplug host, packet by packet, to a broker that writes everything down."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from collectors.mqtt.settings import Config
from collectors.mqtt.sparkplug import hosting as hosts
from edge.model import SECOND_NS
from tests.contract.deadline import until
from tests.contract.mqtt_desk import Desk
from tests.contract.sparkplug_recorder import (
    CONNECT,
    DISCONNECT,
    PUBLISH,
    SUBSCRIBE,
    Recorder,
    Said,
    recording,
)
from tests.contract.test_mqtt import collecting, config
from tests.servers.sparkplug_node import REBIRTH, EdgeNode
from tests.servers.sparkplug_wire import read
from tests.unit.collectors.sparkplug_line import DECLARED, GOOD, POINTS, good

TOPIC = "spBv1.0/STATE/scada"
COMMAND = "spBv1.0/hanbit/NCMD/line-1"


def now_ms() -> int:
    """Milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


def host(port: int, protocol: str = "5", **sparkplug: object) -> Config:
    """A source that reads a node as the host `scada`."""
    told = {"host_id": "scada", "reorder_ms": 100, **sparkplug}
    return config(port, *POINTS, protocol=protocol, sparkplug=told)


@asynccontextmanager
async def hosting(protocol: str = "5", **sparkplug: object) -> AsyncIterator[tuple[Recorder, Desk]]:
    """A host at work beside a broker that writes down."""
    async with recording() as broker:
        desk = Desk()
        async with collecting(host(broker.port, protocol, **sparkplug), desk):
            yield broker, desk


def of_state(said: Said) -> tuple[bool, int]:
    """Online and timestamp of a STATE message, which holds nothing else."""
    content = json.loads(said.payload.decode("utf-8"))
    assert set(content) == {"online", "timestamp"}
    assert type(content["online"]) is bool
    assert type(content["timestamp"]) is int
    return content["online"], content["timestamp"]


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
async def test_the_will_says_that_we_are_gone(protocol: str) -> None:
    """On our own STATE topic, at QoS 1, retained, with the time of CONNECT."""
    before = now_ms()
    async with hosting(protocol) as (broker, _):
        assert broker.hello is not None
        will = broker.hello.will
        assert will is not None
        assert (will.topic, will.qos, will.retain) == (TOPIC, 1, True)
        online, at_ms = of_state(will)
        assert online is False
        assert before <= at_ms <= now_ms()


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
async def test_the_birth_has_the_time_of_the_will(protocol: str) -> None:
    """JSON of two keys, at QoS 1, retained, on our own topic."""
    async with hosting(protocol) as (broker, _):
        await until(lambda: broker.of(TOPIC), "our birth")
        (birth,) = broker.of(TOPIC)
        assert broker.hello is not None
        assert broker.hello.will is not None
        assert (birth.qos, birth.retain) == (1, True)
        assert of_state(birth) == (True, of_state(broker.hello.will)[1])


async def test_the_birth_is_the_first_message_and_follows_the_subscriptions() -> None:
    """Our own STATE and all that the nodes say are subscribed to before anything is published."""
    async with hosting() as (broker, _):
        await until(lambda: broker.of(COMMAND), "a rebirth request")
        kinds = broker.kinds
        assert kinds[0] == CONNECT
        assert kinds.index(SUBSCRIBE) < kinds.index(PUBLISH)
        assert broker.said[0].topic == TOPIC
        verbs = ("NBIRTH", "NDATA", "NDEATH")
        assert {TOPIC, *(f"spBv1.0/hanbit/{verb}/line-1" for verb in verbs)} <= {*broker.filters}
        verbs = ("DBIRTH", "DDATA", "DDEATH")
        assert {f"spBv1.0/hanbit/{verb}/line-1/+" for verb in verbs} <= {*broker.filters}


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
async def test_whoever_leaves_says_so_first(protocol: str) -> None:
    """The death has the time of leaving, at QoS 1, retained; DISCONNECT follows at once."""
    async with recording() as broker:
        async with collecting(host(broker.port, protocol), Desk()):
            await until(lambda: broker.of(TOPIC), "our birth")
            await asyncio.sleep(0.05)
            left = now_ms()
        await until(lambda: broker.kinds[-1] == DISCONNECT, "DISCONNECT")
        assert broker.kinds[-2] == PUBLISH
        death = broker.said[-1]
        assert (death.topic, death.qos, death.retain) == (TOPIC, 1, True)
        online, at_ms = of_state(death)
        assert online is False
        assert left <= at_ms <= now_ms()


async def test_every_connection_has_a_time_of_its_own() -> None:
    """Will and birth of one agree with one another, and with no other."""
    times = []
    for _ in range(2):
        async with hosting() as (broker, _):
            await until(lambda: broker.of(TOPIC), "our birth")
            assert broker.hello is not None
            assert broker.hello.will is not None
            times.append((of_state(broker.hello.will)[1], of_state(broker.of(TOPIC)[0])[1]))
    assert times[0][0] == times[0][1] < times[1][0] == times[1][1]


async def test_whoever_says_that_we_are_gone_is_answered() -> None:
    """An earlier will of ours, or a namesake: the same birth once more, then at a limited rate."""
    async with hosting() as (broker, desk):
        await until(lambda: broker.of(TOPIC), "our birth")
        broker.tell(TOPIC, b'{"online": false, "timestamp": 1}')
        await until(lambda: len(broker.of(TOPIC)) == 2, "our birth once more")
        assert broker.of(TOPIC)[0] == broker.of(TOPIC)[1]
        for _ in range(20):
            broker.tell(TOPIC, b'{"online": false, "timestamp": 2}')
            await asyncio.sleep(0.05)
        await until(lambda: len(broker.of(TOPIC)) >= 3, "the answer")
        assert len(broker.of(TOPIC)) <= 4
        await until(lambda: desk.findings.get("host id shared"), "a finding")
        assert "give each host an id of its own" in desk.findings["host id shared"]
        assert desk.refused == []


async def test_a_quarrel_that_is_over_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The namesake has another id by now, and nobody is told of it for ever."""
    monkeypatch.setattr(hosts, "CALM_NS", 3 * SECOND_NS)
    async with hosting() as (broker, desk):
        await until(lambda: broker.of(TOPIC), "our birth")
        for _ in range(5):  # what comes together is one word
            broker.tell(TOPIC, b'{"online": false, "timestamp": 2}')
            await asyncio.sleep(0.3)
        await until(lambda: desk.findings.get("host id shared"), "a finding")
        await until(lambda: not desk.findings.get("host id shared"), "its end")


async def test_that_we_are_there_needs_no_answer() -> None:
    """Our own birth comes back to us, and so does the retained one of our last connection."""
    async with hosting() as (broker, desk):
        await until(lambda: broker.of(TOPIC), "our birth")
        broker.tell(TOPIC, b'{"online": true, "timestamp": 1}', retain=True)
        broker.tell(TOPIC, b"\xff{")
        await asyncio.sleep(0.3)
        assert len(broker.of(TOPIC)) == 1
        assert desk.refused == []


async def test_a_rebirth_request_is_one_metric_that_is_true() -> None:
    """NCMD at QoS 0, not retained, with its time and without a number."""
    before = now_ms()
    async with hosting() as (broker, _):
        await until(lambda: broker.of(COMMAND), "a rebirth request")
        (asked,) = broker.of(COMMAND)
    assert (asked.qos, asked.retain) == (0, False)
    content = read(asked.payload)
    assert content.at_ms is not None
    assert before <= content.at_ms <= now_ms()
    assert content.seq is None
    (metric,) = content.metrics
    assert metric[1] == [REBIRTH.encode()]
    assert metric[14] == [1]
    assert 2 not in metric  # no alias


async def test_nothing_but_state_and_rebirth_requests_is_ever_sent() -> None:
    """Whatever a node does: no other command, no value, to nobody."""
    node = EdgeNode(DECLARED)
    async with hosting(rebirth_every_s=1) as (broker, desk):
        for sent in (node.birth(), node.birth("packer"), node.data("packer", good(8))):
            broker.tell(sent.topic, sent.payload)
        node.next()
        lost, death = node.data("packer", good(9)), node.death()
        for sent in (lost, death, lost):
            broker.tell(sent.topic, sent.payload)
        await until(lambda: len(broker.of(COMMAND)) >= 2, "a second request")
        assert desk.values(GOOD)[:2] == [7, 8]
    assert {one.topic for one in broker.said} == {TOPIC, COMMAND}
    assert {read(one.payload).metrics[0][1][0] for one in broker.of(COMMAND)} == {REBIRTH.encode()}


async def test_a_host_may_be_silent() -> None:
    """With announce and rebirth off nothing at all is published, and there is no will."""
    async with hosting(announce=False, rebirth=False) as (broker, _):
        await asyncio.sleep(0.6)
        assert broker.hello is not None
        assert broker.hello.will is None
    assert broker.said == []


@pytest.mark.parametrize(("protocol", "expiry_s"), [("5", 0), ("3.1.1", None)])
async def test_a_session_may_be_clean_as_the_specification_wants(
    protocol: str, expiry_s: int | None
) -> None:
    """By default it is kept, so that nothing at QoS 1 is lost."""
    async with hosting(protocol, clean_session=True) as (broker, desk):
        assert broker.hello is not None
        assert (broker.hello.clean, broker.hello.expiry_s) == (True, expiry_s)
        assert not desk.findings.get("session lost")
    async with hosting(protocol) as (broker, _):
        assert broker.hello is not None
        assert broker.hello.clean is False


async def test_a_late_message_within_the_timeout_asks_for_nothing() -> None:
    """The first request is for the birth that we have not seen; no second one follows."""
    node = EdgeNode(DECLARED)
    async with hosting(reorder_ms=2_000, rebirth_every_s=1) as (broker, desk):
        await until(lambda: broker.of(COMMAND), "the first request")
        births = node.birth(), node.birth("packer")
        first, second = node.data("packer", good(8)), node.data("packer", good(9))
        for sent in births:
            broker.tell(sent.topic, sent.payload)
        await until(lambda: desk.values(GOOD), "the birth")
        broker.tell(second.topic, second.payload)
        await asyncio.sleep(1.2)
        assert desk.values(GOOD) == [7]
        broker.tell(first.topic, first.payload)
        await until(lambda: desk.values(GOOD) == [7, 8, 9], "both values")
        await asyncio.sleep(1.2)
        assert len(broker.of(COMMAND)) == 1


async def test_a_message_that_never_comes_asks_for_a_birth() -> None:
    """Once the reorder timeout is over, and not before."""
    node = EdgeNode(DECLARED)
    async with hosting(reorder_ms=700, rebirth_every_s=1) as (broker, desk):
        await until(lambda: broker.of(COMMAND), "the first request")
        for sent in (node.birth(), node.birth("packer")):
            broker.tell(sent.topic, sent.payload)
        await until(lambda: desk.values(GOOD), "the birth")
        await asyncio.sleep(1.1)
        node.next()
        sent = node.data("packer", good(9))
        broker.tell(sent.topic, sent.payload)
        await asyncio.sleep(0.4)
        assert len(broker.of(COMMAND)) == 1
        await until(lambda: len(broker.of(COMMAND)) == 2, "the second request")
