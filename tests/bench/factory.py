"""The factory that the service is measured at: three lines with a past, and further sensors.

Everything here runs in processes of its own, on the loopback, and ends with its block.
"""

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from ruamel.yaml import YAML

from edge.cli.demo_site import write_site
from tests.servers.mosquitto import HOST
from tests.servers.ports import free_port
from tests.system.rig import Document

DAYS = 20
DAY_NS = 86_400 * 10**9
TOPIC = "hanbit/mask-1/body/sensors"
STOP_S = 20
PAST_WITHIN_S = 300
PLCS = 3
SIMULATORS = [sys.executable, "-m", "simulators"]


@contextmanager
def child(command: list[str], log: int | None = None) -> Iterator["subprocess.Popen[str]"]:
    """A process that ends with the block."""
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(STOP_S)


class Live:
    """The plant while it plays."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.began_ns = self._heard()

    def do(self, **command: str) -> int:
        """Have it do something; the instant from which that holds."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return self._heard()

    def _heard(self) -> int:
        assert self._process.stdout is not None
        line = self._process.stdout.readline() or '{"error": "the plant has ended"}'
        said: Document = json.loads(line)
        if "error" in said:
            raise RuntimeError(said["error"])
        return int(said["at_ns"])


class Plant:
    """The simulated lines, with a past."""

    def __init__(self, broker_port: int, days: int = DAYS) -> None:
        self.start_ns = time.time_ns() // 10**9 * 10**9 - days * DAY_NS
        self._past = ["--start", str(self.start_ns), "--days", str(days)]
        first = neighbours(PLCS)
        self._places = ["--opcua-port", str(first), "--broker", f"{HOST}:{broker_port}"]
        command = [*SIMULATORS, "describe", "--json", *self._past, *self._places]
        told = subprocess.run(command, capture_output=True, check=True, text=True)
        self.described: Document = json.loads(told.stdout)

    @property
    def machines(self) -> list[str]:
        """Paths of the machines that tell their state."""
        site = self.described["site"]["id"]
        return [
            f"{site}/{line['id']}/{machine['id']}"
            for line in self.described["lines"]
            for machine in line["machines"]
            if any(signal["kind"] == "state" for signal in machine["signals"])
        ]

    @contextmanager
    def playing(self, folder: Path) -> Iterator[Live]:
        """The plant, once it lives and its past is imported into a site."""
        with child([*SIMULATORS, "serve", *self._past, *self._places, "--with-parent"]) as process:
            live = Live(process)
            history = [sys.executable, "-m", "edge.cli.demo_history", str(folder)]
            history += [str(live.began_ns), *self._past]
            subprocess.run(history, check=True, capture_output=True, timeout=PAST_WITHIN_S)
            yield live


def neighbours(count: int) -> int:
    """The first of so many free ports side by side."""
    ports = [free_port()]
    while len(ports) < count:
        port = free_port()
        ports = [*ports, port] if port == ports[-1] + 1 else [port]
    return ports[0]


def write(folder: Path, plant: Document, port: int, further: int) -> None:
    """The demo's site with further sensors, and without breaks: it is measured at any time."""
    write_site(folder, plant, port)
    yaml = YAML()
    document = yaml.load(folder / "lineproof.yaml")
    for line in document["lines"]:
        line["shifts"] = [{"name": "all day", "start": "00:00", "end": "00:00"}]
    signals = document["lines"][0]["machines"][0]["signals"]
    for n in range(further):
        payload = {"value": f"$.v{n}", "time": "$.ts"}
        signals[f"sensor_{n}"] = {"source": "broker", "topic": TOPIC, "payload": payload}
    yaml.dump(document, folder / "lineproof.yaml")


@contextmanager
def sensors(port: int, count: int) -> Iterator[None]:
    """A publisher of so many values a second, in a process of its own."""
    with child([sys.executable, "-m", "tests.bench.factory", str(port), str(count)]):
        yield


def publish(port: int, count: int) -> None:
    """Publish so many values each second, until ended."""
    chance = random.Random(count)
    client = paho.Client(CallbackAPIVersion.VERSION2, "sensors")
    client.connect(HOST, port)
    client.loop_start()
    while True:
        values = {f"v{n}": round(chance.gauss(20, 1), 3) for n in range(count)}
        client.publish(TOPIC, json.dumps({"ts": time.time_ns(), **values}), qos=1)
        time.sleep(1 - time.time() % 1)


if __name__ == "__main__":
    publish(*map(int, sys.argv[1:]))
