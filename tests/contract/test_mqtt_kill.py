"""kill -9 of gateway and broker in turn: nothing lost, nothing twice, all in order."""

import signal
from pathlib import Path

import pytest

from collectors.mqtt.settings import Config, Point
from edge.site import Kind
from tests.contract.child import Child, committed_gaps, committed_rows
from tests.contract.mqtt_desk import Machine
from tests.servers.mosquitto import Mosquitto

pytestmark = pytest.mark.peer
TOPIC, BURST = "line/count", 500


@pytest.mark.slow
async def test_nothing_is_lost_or_doubled_when_broker_and_gateway_die_in_turn(
    tmp_path: Path,
) -> None:
    """With persistence the broker knows packet ids and DUP after its restart."""
    with Mosquitto(tmp_path / "broker") as broker:
        points = (Point(signal=1, kind=Kind.COUNTER, topic=TOPIC),)
        told = {"url": f"mqtt://127.0.0.1:{broker.port}", "client_id": "child", "points": points}
        child, said = Child("mqtt", Config.model_validate(told), tmp_path), 0
        try:
            child.start()
            await child.at_work()  # it has a session: what is published from now on is kept for it
            child.end(signal.SIGKILL)
            for _ in range(3):
                child.start()
                machine = Machine(broker.port)
                machine.say(TOPIC, *(str(number) for number in range(said, said + BURST)))
                machine.leave()
                said += BURST
                await child.reached(1, said - BURST)
                child.end(signal.SIGKILL)
                broker.stop()
                broker.start()
            child.start()
            await child.settled(1, said - 1)
            await child.quiet()
        finally:
            child.end(signal.SIGKILL)
    assert [value for _, _, value, _ in committed_rows(child.kept)] == list(range(said))
    assert committed_gaps(child.kept) == []
