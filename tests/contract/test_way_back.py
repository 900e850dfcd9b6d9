"""What may be asked again at once, and what not: it is told by the kind of error."""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from collectors.mqtt.repeats import Mark as Session
from collectors.mqtt.repeats import Repeats
from collectors.mqtt.session import farewell
from collectors.mqtt.stream import Farewell
from collectors.opcua.mark import Mark
from edge.errors import LineproofError, Unreachable
from edge.model import Batch
from edge.service.kinds import collector
from tests.contract.deadline import until
from tests.contract.peers import SOURCES
from tests.contract.stranger import listening
from tests.servers.mosquitto import Mosquitto
from tests.servers.ports import free_port
from tests.unit.collectors.opcua_kept import Kept

pytestmark = pytest.mark.peer
KINDS = {kind: peers[0] for kind, peers in SOURCES.items()}
HANG_UPS = 10


@pytest.mark.parametrize("kind", KINDS)
async def test_where_nobody_listens_asking_is_cheap(kind: str, tmp_path: Path) -> None:
    """The refusal of a system whose server is not there yet."""
    config = KINDS[kind](tmp_path).config(free_port())
    with pytest.raises(Unreachable):
        await collector(kind).collect(config, Kept())


@pytest.mark.parametrize("kind", ["opcua", "mqtt"])
async def test_a_door_that_is_shut_at_once_is_left_at_once(kind: str, tmp_path: Path) -> None:
    """As a forwarder does behind which nobody listens yet; whoever waits there comes too late."""

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async with listening(hang_up) as port:
        config = KINDS[kind](tmp_path).config(port)
        for _ in range(HANG_UPS):  # sometimes before we speak, sometimes after
            async with asyncio.timeout(5):
                with pytest.raises(Unreachable):
                    await collector(kind).collect(config, Kept())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_a_broker_that_is_restarted_may_be_asked_at_once(
    tmp_path: Path, number: signal.Signals
) -> None:
    """Whether it says that it ends, or just breaks the link."""
    source = KINDS["mqtt"](tmp_path)
    with Mosquitto(tmp_path / "broker") as mosquitto:
        kept, errors = Kept(), list[LineproofError]()

        async def collect() -> None:
            try:
                await collector("mqtt").collect(source.config(mosquitto.port), kept)
            except LineproofError as error:
                errors.append(error)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(collect())
            await until(lambda: kept.commits > 0, "a first commit")
            await asyncio.to_thread(mosquitto.stop, number)
        assert isinstance(errors[0], Unreachable), errors


@pytest.mark.parametrize(("code", "at_once"), [(0x8B, True), (0x8E, False), (0x97, False)])
def test_what_a_broker_says_when_it_leaves_us_is_heeded(code: int, *, at_once: bool) -> None:
    """Restarted, taken over by another client of our id, over a quota."""
    error = farewell("mqtt", Farewell(code, ""), "gateway")
    assert isinstance(error, Unreachable) is at_once


class Shut(Kept):
    """A disk that takes nothing; what it was handed, in its order."""

    def __init__(self, key: bytes) -> None:
        super().__init__(key)
        self.handed: list[str] = []

    async def __call__(self, batch: Batch, _: bytes = b"") -> None:
        self.handed.append("rows" if len(batch) else "key")
        await asyncio.Event().wait()

    async def gap(self, *_: object) -> None:
        self.handed.append("gap")
        await asyncio.Event().wait()


def restarted(key: bytes) -> bytes:
    """What an OPC UA server was that is another one now."""
    mark = Mark.unpack(key)
    assert mark is not None
    return mark._replace(server=b"another!").pack()


def forgotten(key: bytes) -> bytes:
    """What a process leaves that ended before it had subscribed in a new session."""
    repeats = Repeats(9, key)
    repeats.mark |= Session.FORGOTTEN
    return repeats.key


BEFORE: dict[str, Callable[[bytes], bytes]] = {"opcua": restarted, "mqtt": forgotten}


@pytest.mark.parametrize("kind", BEFORE)
async def test_the_first_rows_after_an_absence_wait_for_no_commit(
    kind: str, tmp_path: Path
) -> None:
    """Gap, beginning and rows are handed over in this order, while nothing is on the disk yet."""
    peer, kept = KINDS[kind](tmp_path), Kept()
    peer.start()
    try:
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(collector(kind).collect(peer.config(), kept))
            await until(lambda: kept.commits > 0, "a first commit")
            task.cancel()
        shut = Shut(BEFORE[kind](kept.key))
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(collector(kind).collect(peer.config(), shut))
            await asyncio.to_thread(peer.count)
            await until(lambda: shut.handed[-1:] == ["rows"] and "key" in shut.handed, "rows")
            task.cancel()
        await asyncio.to_thread(peer.still)
    finally:
        await asyncio.to_thread(peer.stop)
    begun = shut.handed.index("gap")  # what a broker kept for us comes before its answer
    assert shut.handed[begun : begun + 3] == ["gap", "key", "rows"]
