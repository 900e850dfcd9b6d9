"""The MQTT collector against Mosquitto: what every collector promises."""

import asyncio
import hashlib
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from collectors.mqtt import collect
from collectors.mqtt.repeats import Mark, Repeats
from collectors.mqtt.settings import Config, Payload, Point
from edge.clock import SYSTEM
from edge.errors import LineproofError, Misconfigured, Unavailable
from edge.model import SECOND_NS, STATUS_GOOD, STATUS_UNCERTAIN_CLOCK, Batch
from edge.site import Kind
from tests.contract.deadline import until
from tests.contract.mqtt_desk import Desk, Machine
from tests.servers.mosquitto import Mosquitto
from tests.servers.ports import free_port

pytestmark = pytest.mark.peer


@pytest.fixture(name="broker")
def started_broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """A broker with persistence that admits everybody."""
    with Mosquitto(tmp_path / "broker") as broker:
        yield broker


@pytest.fixture(name="machine")
def connected_machine(broker: Mosquitto) -> Iterator[Machine]:
    """A publisher at that broker."""
    machine = Machine(broker.port)
    yield machine
    machine.leave()


def config(port: int, *points: Point, **keys: object) -> Config:
    """A source that reads topic `n` as signal 1, or what is given."""
    url = f"{keys.pop('scheme', 'mqtt')}://127.0.0.1:{port}"
    chosen = {"points": points or (Point(signal=1, topic="n"),), "keep_alive_s": 1, **keys}
    return Config.model_validate({"url": url, "client_id": "gw", **chosen})


class Run:
    """A collector at work, and how it ended."""

    def __init__(self, config: Config, desk: Desk) -> None:
        self.ended: LineproofError | None = None
        self._config, self._desk = config, desk

    async def work(self) -> None:
        try:
            await collect(self._config, self._desk)
        except LineproofError as error:
            self.ended = error


@asynccontextmanager
async def collecting(config: Config, desk: Desk) -> AsyncIterator[Run]:
    """A collector that has subscribed, stopped at the end in less than 1 s."""
    run, before = Run(config, desk), desk.commits
    task = asyncio.get_running_loop().create_task(run.work())
    try:
        await until(lambda: desk.commits > before or task.done(), "a session")
        yield run
    finally:
        task.cancel()
        async with asyncio.timeout(1):
            await asyncio.wait([task])
        if not task.cancelled():
            task.result()  # a bug is no ending


async def end_of(config: Config, desk: Desk | None = None) -> LineproofError:
    """Why a collector ends by itself."""
    run = Run(config, desk or Desk())
    async with asyncio.timeout(20):
        await run.work()
    assert run.ended is not None
    return run.ended


async def aside(machine: Machine, topic: str, *payloads: str, **how: bool) -> None:
    """Publish while the collector goes on."""
    await asyncio.to_thread(lambda: machine.say(topic, *payloads, **how))


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
async def test_everything_arrives_in_order(
    broker: Mosquitto, machine: Machine, protocol: str
) -> None:
    """Several topics, several bursts; nobody is told of the old protocol who asked for it."""
    points = [Point(signal=i, topic=f"t/{i}") for i in (1, 2)]
    desk = Desk()
    async with collecting(config(broker.port, *points, protocol=protocol), desk) as run:
        for start in range(0, 600, 200):
            numbers = [str(n) for n in range(start, start + 200)]
            await aside(machine, "t/1", *numbers)
            await aside(machine, "t/2", *numbers)
        await until(lambda: len(desk.rows) >= 1_200 or run.ended, "1,200 rows")
    assert desk.values(1) == desk.values(2) == list(range(600))
    assert all(row.source_ns == row.received_ns for row in desk.rows)
    assert [row.received_ns for row in desk.rows] == sorted(row.received_ns for row in desk.rows)
    assert {row.status for row in desk.rows} == {STATUS_GOOD}
    assert [text for text in desk.findings.values() if text] == []


async def test_the_key_stays_small(broker: Mosquitto, machine: Machine) -> None:
    """It is written with every commit, so what the broker has taken in must leave it."""
    desk = Desk()
    async with collecting(config(broker.port), desk):
        for i in range(1, 21):
            await aside(machine, "n", *map(str, range(30)))
            await until(lambda: len(desk.rows) == 30 * i, "the burst")  # noqa: B023 - awaited here
            await asyncio.sleep(0.02)  # nobody tells that the broker took the acknowledgements in
    assert len(desk.key) < 6 * 200


async def test_what_is_published_while_we_are_away_comes_and_its_arrival_is_flagged(
    broker: Mosquitto, machine: Machine
) -> None:
    """Nobody knows when it was published; a time in the payload is believed, and so is the now."""
    dated = Point(signal=2, topic="j", payload=Payload(value="$.v", time="$.t"))
    source, desk = config(broker.port, Point(signal=1, topic="n"), dated), Desk()
    async with collecting(source, desk):
        pass
    await aside(machine, "n", "1", "2")
    await aside(machine, "j", '{"v": 3, "t": "2026-11-20T08:00:00+09:00"}')
    async with collecting(source, desk):
        await until(lambda: len(desk.rows) == 3, "what was queued")
        await aside(machine, "n", "4")
        await until(lambda: len(desk.rows) == 4, "the present")
    assert [(row.value, row.status) for row in desk.rows] == [
        (1, STATUS_UNCERTAIN_CLOCK),
        (2, STATUS_UNCERTAIN_CLOCK),
        (3, STATUS_GOOD),
        (4, STATUS_GOOD),
    ]
    assert desk.rows[2].source_ns == 1_795_129_200 * SECOND_NS
    assert desk.gaps == []


async def test_a_retained_message_is_no_news(broker: Mosquitto, machine: Machine) -> None:
    """It is flagged, or keeps its own time; a second connection does not fetch it again."""
    dated = Point(signal=2, topic="j", payload=Payload(value="$.v", time="$.t"))
    source, desk = config(broker.port, Point(signal=1, topic="n"), dated), Desk()
    await aside(machine, "n", "7", retain=True)
    await aside(machine, "j", '{"v": 8, "t": 1795129200}', retain=True)
    async with collecting(source, desk):
        await until(lambda: len(desk.rows) >= 2, "the retained values")
    async with collecting(source, desk):
        await aside(machine, "n", "9")
        await until(lambda: 9 in desk.values(1), "the news")
    assert sorted((row.value, row.status) for row in desk.rows) == [
        (7, STATUS_UNCERTAIN_CLOCK),
        (8, STATUS_GOOD),
        (9, STATUS_GOOD),
    ]


async def test_what_the_disk_raises_comes_out_as_it_is(broker: Mosquitto, machine: Machine) -> None:
    """Whoever tries a source ends it in this way, and a bug keeps its name."""

    class Heard(LineproofError):
        """Enough."""

    class Ear(Desk):
        """Has heard enough once there is a row."""

        async def __call__(self, batch: Batch, key: bytes = b"") -> None:
            await super().__call__(batch, key)
            if self.rows:
                raise Heard

    await aside(machine, "n", "1", retain=True)
    with pytest.raises(Heard):
        await collect(config(broker.port), Ear())


async def test_patterns_that_overlap_bring_each_message_once(
    broker: Mosquitto, machine: Machine
) -> None:
    """`+` and an exact topic that it covers, and texts on the way."""
    points = (
        Point(signal=1, topic="a/+/count"),
        Point(signal=2, topic="a/b/count"),
        Point(signal=3, topic="c/#", kind=Kind.TEXT),
    )
    desk = Desk()
    async with collecting(config(broker.port, *points), desk):
        await aside(machine, "a/b/count", "1", "2")
        await aside(machine, "a/x/count", "3")
        await aside(machine, "c", "KF94-L")
        await until(lambda: desk.values(3), "the last of 6 rows")
    assert (desk.values(1), desk.values(2)) == ([1, 2, 3], [1, 2])
    assert desk.values(3) == [desk.symbols["KF94-L"]]


async def test_a_quiet_link_proves_its_life(broker: Mosquitto) -> None:
    """Pings are answered, and the answers are told: silence of a machine is not death."""
    desk = Desk()
    async with collecting(config(broker.port), desk):
        first = SYSTEM.wall_ns()
        await until(lambda: desk.lives and desk.lives[-1] > first + SECOND_NS, "a sign of life", 5)


async def test_a_broker_that_restarts_with_persistence_loses_nothing(
    broker: Mosquitto, machine: Machine
) -> None:
    """The lost link is raised; what was not acknowledged comes after the restart."""
    desk = Desk()
    async with collecting(config(broker.port, max_in_flight=10), desk) as run:
        desk.open.clear()
        await aside(machine, "n", *map(str, range(30)))
        await asyncio.to_thread(broker.stop)
        desk.open.set()  # the messages before the end are committed, the farewell too
        await until(lambda: run.ended, "the lost link")
    assert isinstance(run.ended, Unavailable)
    assert f"mqtt mqtt://127.0.0.1:{broker.port}: link lost" in str(run.ended)
    assert isinstance(await end_of(config(broker.port)), Unavailable)
    broker.start()
    async with collecting(config(broker.port, max_in_flight=10), desk):
        await until(lambda: len(desk.rows) >= 30, "30 rows")
        machine = Machine(broker.port)  # the other one was cut off as well
        await aside(machine, "n", "30")
        machine.leave()
        await until(lambda: 30 in desk.values(1), "what follows them")
    assert (desk.values(1), desk.gaps) == (list(range(31)), [])


async def test_a_broker_that_forgets_us_leaves_a_gap(tmp_path: Path) -> None:
    """From the last sign of life to the new subscription, and a finding until it remembers."""
    with Mosquitto(tmp_path, persistence=False) as broker:
        desk = Desk()
        async with collecting(config(broker.port), desk) as run:
            lived_ns = SYSTEM.wall_ns()
            await asyncio.to_thread(broker.stop)
            await until(lambda: run.ended, "the lost link")
        stopped_ns = SYSTEM.wall_ns()
        broker.start()
        async with collecting(config(broker.port), desk):
            await until(lambda: desk.gaps, "the gap, which the first grant ends")
        ((reason, from_ns, to_ns),) = desk.gaps
        assert reason == "session lost at the broker"
        assert from_ns <= stopped_ns
        assert from_ns > lived_ns - 5 * SECOND_NS
        assert stopped_ns < to_ns <= SYSTEM.wall_ns()
        assert "persistence true" in desk.findings["session lost"]
        async with collecting(config(broker.port), desk):
            pass
        assert (desk.findings["session lost"], len(desk.gaps)) == ("", 1)


async def test_another_client_of_our_id_is_suspected_where_the_broker_is_silent(
    broker: Mosquitto,
) -> None:
    """Mosquitto 2.0.11 closes the older link without a word: three short lives in a row."""
    desk, other = Desk(), Desk()
    for _ in range(3):
        assert not desk.findings.get("client id shared")
        first = collecting(config(broker.port), desk)
        async with first as run, collecting(config(broker.port), other):
            await until(lambda: run.ended, "the takeover")
        assert "link lost; is the broker up?" in str(run.ended)
    assert "does another client use our id 'gw'?" in desk.findings["client id shared"]


@asynccontextmanager
async def scripted(*answers: bytes) -> AsyncIterator[int]:
    """A server that answers each packet with the next of these bytes; its port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for one in answers:
            await reader.read(1_000)
            writer.write(one)
            with suppress(ConnectionError):  # we leave once we know enough
                await writer.drain()
        with suppress(ConnectionError):
            await reader.read()
        writer.close()

    port = free_port()
    async with await asyncio.start_server(answer, "127.0.0.1", port):
        yield port
        await asyncio.sleep(0.05)  # the server sees the end


CONNACK, SUBACK = b"\x20\x03\x01\x00\x00", b"\x90\x04\x00\x01\x00\x01"
TAKEN_OVER = b"\xe0\x02\x8e\x00"


async def test_a_takeover_that_the_broker_tells_is_a_gap(broker: Mosquitto) -> None:
    """The other client may have had our messages; MQTT 5, section 3.14, reason 0x8E."""
    desk = Desk()
    async with scripted(CONNACK, SUBACK + TAKEN_OVER) as port:
        ended = await end_of(config(port), desk)
    assert isinstance(ended, Unavailable)
    assert "another client uses our id 'gw'; give each its own client_id" in str(ended)
    assert str(ended) == desk.findings["client id shared"]
    async with collecting(config(broker.port), Desk()):
        pass  # so that the broker knows a session
    lost_ns = SYSTEM.wall_ns()
    async with collecting(config(broker.port), desk):
        pass
    ((reason, from_ns, to_ns),) = desk.gaps
    assert reason == "another client held our session"
    assert from_ns < lost_ns < to_ns


async def test_a_death_between_a_new_session_and_its_topics_hides_no_gap(broker: Mosquitto) -> None:
    """The broker then knows a session that was never told what to send."""
    desk, life_ns = Desk(), SYSTEM.wall_ns()
    dead = Repeats(9, b"")
    dead.life_ns, dead.mark = life_ns, Mark.FORGOTTEN
    desk.key = dead.key
    async with collecting(config(broker.port), Desk()):
        pass
    async with collecting(config(broker.port), desk):
        pass
    ((reason, from_ns, _),) = desk.gaps
    assert (reason, from_ns) == ("session lost at the broker", life_ns)


def told(count: int) -> bytes:
    """What Mosquitto publishes of the messages that it dropped."""
    body = b"\x00\x24$SYS/broker/publish/messages/dropped\x00%d" % count
    return b"\x31" + bytes([len(body)]) + body


async def test_what_a_broker_drops_is_a_finding(tmp_path: Path) -> None:
    """The queue of another client, as Mosquitto counts it; what was dropped long ago is no news."""
    broker = Mosquitto(tmp_path / "broker", "sys_interval 1")
    file = tmp_path / "broker" / "mosquitto.conf"
    file.write_text(file.read_text().replace("messages 100000", "messages 10"), "utf-8")
    with broker:
        away, desk = config(broker.port, client_id="away"), Desk()
        async with collecting(away, Desk()):
            pass
        machine = Machine(broker.port)
        machine.say("n", *map(str, range(40)))
        await asyncio.sleep(2.1)  # it counts each second
        async with collecting(config(broker.port, Point(signal=1, topic="x")), desk):
            await until(lambda: "messages dropped" in desk.findings, "the count of before")
            assert desk.findings["messages dropped"] == ""
            await aside(machine, "n", *map(str, range(7)))
            await until(lambda: desk.findings.get("messages dropped"), "the finding")
        machine.leave()
    assert "the broker threw 7 messages away" in desk.findings["messages dropped"]
    assert desk.refused == []


async def test_what_was_dropped_between_two_connections_is_told() -> None:
    """The count is remembered with the key; a broker that restarted counts from 0 again."""
    desk = Desk()
    for count, says in ((5, ""), (9, "threw 4 messages"), (2, ""), (3, "threw 1 messages")):
        async with scripted(CONNACK, SUBACK, told(count) + TAKEN_OVER) as port:
            await end_of(config(port), desk)
        assert says in desk.findings["messages dropped"]
        assert bool(says) == bool(desk.findings["messages dropped"])
        thrown = [gap for gap in desk.gaps if gap[0] == "broker threw messages away"]
        assert len(thrown) == bool(says)
        desk.gaps.clear()


async def test_a_broker_that_cuts_the_link_when_asked_is_not_asked_again() -> None:
    """Some let nobody read about themselves; what we came for matters more."""
    desk, seen = Desk(), list[bytes]()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for one in (CONNACK, SUBACK, b""):
            seen.append(await reader.read(1_000))
            writer.write(one)
        if b"$SYS" not in seen[-1]:
            await reader.read()
        writer.close()

    port = free_port()
    async with await asyncio.start_server(answer, "127.0.0.1", port):
        ended = await end_of(config(port, protocol="5"), desk)
        assert "link lost" in str(ended)
        assert b"$SYS/broker" in seen[-1]
        seen.clear()
        async with collecting(config(port, protocol="5"), desk) as run:
            await asyncio.sleep(0.3)
            assert run.ended is None
        await asyncio.sleep(0.05)  # the server sees the end
    assert not any(b"$SYS" in one for one in seen)


RIGHTS = """
{"defaultACLAccess": {"publishClientSend": true, "publishClientReceive": true, "subscribe": false},
 "groups": [{"groupname": "all", "roles": [{"rolename": "reader"}]}], "anonymousGroup": "all",
 "roles": [{"rolename": "reader", "acls":
   [{"acltype": "subscribePattern", "topic": "n", "allow": true}]}]}
"""


@pytest.fixture(name="strict")
def strict_broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """A broker that lets nobody subscribe to anything but `n`, and says so."""
    plugin = next(Path("/usr/lib").glob("**/mosquitto_dynamic_security.so"), None)
    if plugin is None:
        pytest.skip("mosquitto_dynamic_security.so is not installed: refusals are NOT RUN")
    (tmp_path / "rights.json").write_text(RIGHTS, "utf-8")
    option = f"plugin_opt_config_file {tmp_path}/rights.json"
    with Mosquitto(tmp_path / "strict", f"plugin {plugin}", option) as broker:
        yield broker


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
async def test_a_topic_that_is_refused_is_told_and_the_others_flow(
    strict: Mosquitto, protocol: str
) -> None:
    """By the broker's answer to SUBSCRIBE, which its acl_file, unlike this plugin, grants."""
    points = (Point(signal=1, topic="n"), Point(signal=2, topic="secret"))
    machine, desk = Machine(strict.port), Desk()
    async with collecting(config(strict.port, *points, protocol=protocol), desk):
        await aside(machine, "n", "1")
        await until(lambda: desk.rows, "the topic that is granted")
    machine.leave()
    assert "refuses 'secret'; give our user the right to read" in desk.findings["topics refused"]
    ended = await end_of(config(strict.port, points[1], protocol=protocol))
    assert isinstance(ended, Unavailable)
    assert "refuses 'secret'; give our user the right to read: it refuses every topic" in str(ended)


async def test_name_and_password_are_sent_and_a_refusal_stops_the_source(tmp_path: Path) -> None:
    """Trying a wrong password again and again would lock the account."""
    secrets = tmp_path / "passwords"
    salt = b"0123456789ab"
    digest = hashlib.pbkdf2_hmac("sha512", b"right", salt, 101)
    secrets.write_bytes(b"gateway:$7$101$%s$%s" % (b64encode(salt), b64encode(digest)))
    (tmp_path / "right").write_text("right\n", "utf-8")
    (tmp_path / "wrong").write_text("wrong\n", "utf-8")
    keys = {"user": "gateway", "password_file": tmp_path / "right"}
    wrong = {"user": "gateway", "password_file": tmp_path / "wrong"}
    lines = (f"password_file {secrets}", "allow_anonymous false")
    with Mosquitto(tmp_path / "broker", *lines) as broker:
        async with collecting(config(broker.port, **keys), desk := Desk()):
            assert desk.commits == 1
        for protocol in ("5", "3.1.1"):
            ended = await end_of(config(broker.port, protocol=protocol, **wrong))
            assert isinstance(ended, Misconfigured)
            assert "check user, password_file" in str(ended)
        missing = {"user": "gateway", "password_file": tmp_path / "none"}
        ended = await end_of(config(broker.port, **missing))
    assert isinstance(ended, Misconfigured)
    assert f"No such file or directory: '{tmp_path}/none'" in str(ended)


async def test_a_broker_that_stands_still_is_noticed_and_left(broker: Mosquitto) -> None:
    """The link stands, nothing moves: three times the keep-alive at most."""
    async with collecting(config(broker.port), Desk()) as run:
        broker.freeze()
        await until(lambda: run.ended, "the silence", 5)
        broker.thaw()
    assert isinstance(run.ended, Unavailable)


async def test_a_server_that_never_answers_is_called_silent(tmp_path: Path) -> None:
    """After a while of its own, whatever the keep-alive is."""
    port = Mosquitto(tmp_path).port

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(mute, "127.0.0.1", port):
        ended = await end_of(config(port, protocol="5", keep_alive_s=5))
        await asyncio.sleep(0.05)  # the server sees the end
    assert isinstance(ended, Unavailable)
    assert f"mqtt mqtt://127.0.0.1:{port}: silent for 3 s; is the broker up?" in str(ended)


async def test_a_source_without_signals_says_so(tmp_path: Path) -> None:
    """It connects to nobody."""
    source = config(Mosquitto(tmp_path).port).model_copy(update={"points": ()})
    ended = await end_of(source)
    assert isinstance(ended, Misconfigured)
    assert "no signal reads from it" in str(ended)
