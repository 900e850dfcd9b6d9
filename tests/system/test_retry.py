"""What was set aside is read by a better configuration, counted once, and accounts agree."""

import json
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.servers.mosquitto import HOST, Mosquitto
from tests.system.rig import Document, Gateway, broker, line, lineproof, mqtt, reported, until
from tests.system.witness import exported

pytestmark = [pytest.mark.peer, pytest.mark.slow]

TOPIC, GOOD = "hanbit/mask-1/packing/counts", "hanbit/mask-1/packing/good"
SPEED = "hanbit/mask-1/packing/speed"
AT_MS = 1_795_000_000_000


def site(port: int, good: str) -> Document:
    """A line whose piece count is read from one field of each message."""
    packing = {
        "good": mqtt(TOPIC, good, kind="counter", unit="{piece}"),
        "speed": mqtt(TOPIC, "speed"),
    }
    return {
        "sources": [broker(port)],
        "lines": [line({"id": "packing", "exit": True, "signals": packing})],
    }


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """A broker."""
    with Mosquitto(tmp_path / "broker") as started:
        yield started


def publish(port: int, count: int) -> None:
    """So many messages with a count and a speed, and one that nobody can read."""
    client = paho.Client(CallbackAPIVersion.VERSION2, "packing")
    client.connect(HOST, port)
    client.loop_start()
    for n in range(count):
        raw = json.dumps({"ts": AT_MS + 1_000 * n, "pieces": n, "speed": 90})
        client.publish(TOPIC, raw, qos=1).wait_for_publish(10)
    client.publish(TOPIC, b"{" + b" " * 2_000, qos=1).wait_for_publish(10)
    client.disconnect()
    client.loop_stop()


def waiting(gateway: Gateway) -> list[Document]:
    """What is on the list, oldest first."""
    found: list[Document] = gateway.get("quarantine?limit=1000")["quarantine"]
    return found[::-1]


def test_a_message_is_read_by_the_configuration_of_today(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    """Rows that were read then are not stored twice; what is not read today either stays listed."""
    gateway = Gateway(tmp_path / "site", site(mosquitto.port, "good"))
    at = "--config", gateway.folder
    with gateway:
        until(gateway.answers, "the service answers")
        until(lambda: gateway.source("broker")["state"] == "running", "the broker is read")
        publish(mosquitto.port, 5)
        until(lambda: len(waiting(gateway)) == 6, "all is set aside")
        first = waiting(gateway)[0]
        assert first["retry"]
        shown = reported("quarantine", "show", first["id"], *at)
        assert (shown["origin"], "$.good is not in the message" in shown["reason"]) == (TOPIC, True)
        refused = lineproof("quarantine", "retry", first["id"], *at, code=2)
        assert "today's configuration either" in refused.stderr
        gateway.stop()

        gateway.write(site(mosquitto.port, "pieces"))
        gateway.start()
        until(gateway.answers, "the service answers again")
        entries = waiting(gateway)
        done = reported("quarantine", "retry", *[one["id"] for one in entries[:5]], *at)["retried"]
        assert [(one["stored"], one["there"], one["refused"]) for one in done] == [(1, 1, 0)] * 5
        assert [one["retry"] for one in waiting(gateway)] == [False]  # longer than a KiB
        lineproof("quarantine", "retry", entries[5]["id"], *at, code=2)
        (account,) = gateway.get("accounting")["sources"]
        assert account["balanced"]
        assert (account["stored"], account["quarantined"], account["received"]) == (10, 6, 16)
        found = exported(gateway.folder)
    for path, values in {GOOD: [0, 1, 2, 3, 4], SPEED: [90] * 5}.items():
        rows = sorted((one.source_ns, one.value) for one in found if one.signal == path)
        assert [value for _, value in rows] == values
        assert rows[0][0] == AT_MS * 1_000_000
