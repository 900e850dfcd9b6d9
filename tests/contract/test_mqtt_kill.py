"""kill -9 while messages stream: nothing lost, nothing twice, all in order."""

import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from tests.contract.mqtt_child import TOPIC
from tests.contract.mqtt_desk import Machine
from tests.servers.mosquitto import Mosquitto

pytestmark = pytest.mark.peer
BURST = 20
START_S = 30.0


class Stream:
    """A machine that counts aloud until told to stop."""

    def __init__(self, port: int) -> None:
        self.said = 0
        self._machine = Machine(port)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._count)
        self._thread.start()

    def _count(self) -> None:
        while not self._stop.wait(0.01):
            numbers = range(self.said, self.said + BURST)
            self._machine.say(TOPIC, *(str(number) for number in numbers))
            self.said += BURST

    def stop(self) -> int:
        """End it, and say how many there were."""
        self._stop.set()
        self._thread.join()
        self._machine.leave()
        return self.said


@contextmanager
def child(broker: Mosquitto, protocol: str, file: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A collector that is killed at the end, however that comes."""
    command = [sys.executable, "-m", "tests.contract.mqtt_child"]
    process = subprocess.Popen([*command, str(broker.port), protocol, str(file)])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def stored(file: Path) -> list[float]:
    """What the children committed, in order."""
    with closing(sqlite3.connect(file)) as db:
        return [value for (value,) in db.execute("select value from row order by id")]


def wait_for(file: Path, count: int) -> None:
    """Return once so many rows are committed."""
    deadline = time.monotonic() + START_S
    while not file.exists() or len(stored(file)) < count:
        assert time.monotonic() < deadline, f"{count} rows not within {START_S} s"
        time.sleep(0.02)


@pytest.mark.parametrize(("protocol", "kills"), [("5", 10), ("3.1.1", 4)])
def test_nothing_is_lost_or_doubled_over_kills(tmp_path: Path, protocol: str, kills: int) -> None:
    """Ten times at random moments, most of them between a commit and its acknowledgements."""
    file, seed = tmp_path / "rows.db", random.randrange(10**6)
    moments = random.Random(seed)
    with Mosquitto(tmp_path / "broker", "max_inflight_messages 100") as broker:
        with child(broker, protocol, file):
            wait_for_session(file)
            stream = Stream(broker.port)
            wait_for(file, 1)
        for _ in range(kills - 1):
            with child(broker, protocol, file):
                wait_for(file, len(stored(file)) + 1)
                time.sleep(moments.uniform(0, 0.3))
        said = stream.stop()
        with child(broker, protocol, file):
            wait_for(file, said)
            time.sleep(0.2)  # whatever comes twice has come by then
    assert stored(file) == list(range(said)), f"seed {seed}"
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("select reason from gap").fetchall() == []


def test_nothing_is_lost_or_doubled_when_broker_and_gateway_die_in_turn(tmp_path: Path) -> None:
    """With persistence the broker knows packet ids and DUP after its restart."""
    file = tmp_path / "rows.db"
    with Mosquitto(tmp_path / "broker") as broker:
        with child(broker, "5", file):
            wait_for_session(file)
        said = 0
        for _ in range(3):
            with child(broker, "5", file):
                machine = Machine(broker.port)
                machine.say(TOPIC, *(str(number) for number in range(said, said + 500)))
                machine.leave()
                said += 500
                wait_for(file, said - 499)
            broker.stop()
            broker.start()
        with child(broker, "5", file):
            wait_for(file, said)
            time.sleep(0.2)
    assert stored(file) == list(range(said))


def wait_for_session(file: Path) -> None:
    """Return once the child committed that it has one: what is published before is nobody's."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if file.exists():
            with closing(sqlite3.connect(file)) as db, suppress(sqlite3.OperationalError):
                if db.execute("select count(*) from key").fetchone() == (1,):
                    return
        time.sleep(0.02)
    raise AssertionError(f"no session within {START_S} s")
