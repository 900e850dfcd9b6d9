"""A PLC that floods: everything it hands over is stored or counted, and the pages live on."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers.ports import free_port
from tests.system.rig import Document, Gateway, line, opcua, until
from tests.system.witness import archived, journalled

pytestmark = pytest.mark.slow

SIGNALS = 5_000
EVERY_MS = 50
FLOOD_S = 8.0
START_S = 180.0  # on a busy machine
LOOSE = {"policy": "None", "exception": "a test on loopback"}


@contextmanager
def flooding() -> Iterator[int]:
    """A server whose values count its messages, each with a change of every value; its port."""
    port = free_port()
    called = [sys.executable, "-m", "tests.bench.opcua_source", str(port), str(EVERY_MS)]
    with subprocess.Popen(called, stdout=subprocess.PIPE) as source:
        assert source.stdout is not None
        assert source.stdout.readline() == b"ready\n"
        try:
            yield port
        finally:
            source.kill()


def site(port: int) -> Document:
    """A line with a signal for each value."""
    source: Document = {"id": "plc1", "kind": "opcua", "url": f"opc.tcp://127.0.0.1:{port}"}
    signals = {f"v{n}": opcua("plc1", f"V{n}", kind="gauge", unit="1") for n in range(SIGNALS)}
    machine = {"id": "body", "exit": True, "signals": signals}
    source |= {"publish_ms": EVERY_MS, "security": LOOSE}
    return {"sources": [source], "lines": [line(machine)]}


def stored(gateway: Gateway) -> int:
    """Rows of the PLC, by the service's own account."""
    (one,) = (one for one in gateway.get("accounting")["sources"] if one["id"] == "plc1")
    whole = one["stored"] + one["filtered"] + one["quarantined"] + one["in_flight"]
    assert one["received"] == whole, one
    return int(one["stored"])


def test_a_hundred_thousand_changes_a_second_are_held_back_or_stored(tmp_path: Path) -> None:
    """The pages answer meanwhile, accounts balance, and of each value every message is there."""
    with flooding() as port, Gateway(tmp_path / "site", site(port)) as gateway:
        until(lambda: gateway.answers() and stored(gateway) > 0, "it stores", START_S)
        deadline = time.monotonic() + FLOOD_S
        while time.monotonic() < deadline:
            stored(gateway)
            time.sleep(0.5)
        code, _ = gateway.stop()
        assert code == 0, gateway.log()[-2000:]
        values = [one.value for one in journalled(gateway.data) + archived(gateway.folder)]
    times = Counter(values)
    assert set(times.values()) == {SIGNALS}, "a message was stored in part, or twice"
    assert set(times) == set(range(1, len(times) + 1)), "a message is missing"
