"""What may be asked again at once, and what not: it is told by the kind of error."""

import asyncio
import signal
from pathlib import Path

import pytest

from collectors.mqtt.session import farewell
from collectors.mqtt.stream import Farewell
from edge.errors import LineproofError, Unreachable
from edge.service.kinds import collector
from tests.contract.deadline import until
from tests.contract.peers import SOURCES
from tests.contract.stranger import listening
from tests.servers.mosquitto import Mosquitto, free_port
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
