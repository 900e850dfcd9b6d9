"""The demo's stand-in where no Mosquitto is installed: a broker of MQTT 3.1.1 that is not ours."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from collectors.mqtt.settings import Config, Point
from simulators.broker import Broker, listens
from tests.contract.deadline import until
from tests.contract.mqtt_desk import Desk, Machine
from tests.contract.test_mqtt import aside, collecting
from tests.servers.ports import free_port

pytestmark = pytest.mark.peer


@pytest.fixture(name="broker", scope="module")
def amqtt_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """The stand-in in a child, though Mosquitto may be there."""
    with Broker(tmp_path_factory.mktemp("amqtt"), free_port(), foreign=False) as broker:
        yield broker


def config(broker: Broker, client_id: str, **keys: object) -> Config:
    """A source that reads one topic."""
    return Config.model_validate(
        {"url": f"mqtt://127.0.0.1:{broker.port}", "client_id": client_id, **keys}
        | {"points": (Point(signal=1, topic="n"),)}
    )


async def test_a_broker_that_never_answers_version_5_is_spoken_to_in_3_1_1(broker: Broker) -> None:
    """After the deadline on its answer, and people are told."""
    machine, desk = Machine(broker.port), Desk()
    async with collecting(config(broker, "asks-for-5"), desk):
        await aside(machine, "n", *map(str, range(300)))
        await until(lambda: len(desk.rows) >= 300, "300 rows")
    machine.leave()
    assert desk.values(1) == list(range(300))
    assert "the broker speaks MQTT 3.1.1 only" in desk.findings["mqtt 3.1.1"]
    assert desk.windows == [5_000, 20]  # as asked for in 5, and what an old broker sends ahead


async def test_it_keeps_what_we_miss_while_it_runs(broker: Broker) -> None:
    """With our own plugin; its anonymous one would forget the session at once."""
    machine, desk = Machine(broker.port), Desk()
    source = config(broker, "goes-away", protocol="3.1.1")
    async with collecting(source, desk):
        await aside(machine, "n", "1")
        await until(lambda: len(desk.rows) == 1, "the first")
    await aside(machine, "n", "2", "3")
    async with collecting(source, desk):
        await aside(machine, "n", "4")
        await until(lambda: len(desk.rows) >= 4, "what was published while we were away")
    machine.leave()
    assert (desk.values(1), desk.gaps) == ([1, 2, 3, 4], [])


def test_a_port_that_is_taken_is_named(broker: Broker, tmp_path: Path) -> None:
    """A second demo must not feed on the first one's broker."""
    with pytest.raises(OSError, match=f"port {broker.port} is taken"):
        Broker(tmp_path, broker.port).start()


def test_the_demo_s_broker_ends_with_the_one_that_started_it(tmp_path: Path) -> None:
    """However that one ended: nothing is left running."""
    port = free_port()
    command = [sys.executable, "-m", "simulators.broker", "--with-parent", "--port", str(port)]
    with subprocess.Popen(
        [*command, "--folder", str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["port"] == port
        assert listens(port)
        process.stdin.close()
        assert process.wait(10) == 0
    assert not listens(port)
