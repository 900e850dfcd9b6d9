"""What a sample costs from the socket to `deliver`: `python -m tests.bench.mqtt`.

Needs Mosquitto. The broker and the publisher are other processes, so the CPU time of this one is
the collector's alone; the desk it delivers to only counts.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from collectors.mqtt import collect
from collectors.mqtt.settings import Config, Payload, Point
from edge.model import Batch
from tests.servers.mosquitto import Mosquitto

FIELDS = 5
PUBLISHER = """
import sys
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
port, topic, count, payload = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
client = Client(CallbackAPIVersion.VERSION2)
client.max_inflight_messages_set(1000)
client.connect("127.0.0.1", port)
client.loop_start()
for i in range(count):
    last = client.publish(topic, payload % i, 1)
    if i % 500 == 499:
        last.wait_for_publish()
last.wait_for_publish()
client.disconnect()
"""


class Cost(NamedTuple):
    """What was measured of one kind of message."""

    samples: int
    cpu_us_per_sample: float
    samples_per_s: float


class Counter:
    """A `Deliver` that counts rows and takes `commit_s` for each commit."""

    def __init__(self, commit_s: float) -> None:
        self.key, self.rows, self.ready = b"", 0, asyncio.Event()
        self._commit_s = commit_s

    async def __call__(self, batch: Batch, key: bytes = b"") -> None:
        await asyncio.sleep(self._commit_s)
        self.rows += len(batch)
        self.key = key
        self.ready.set()

    def symbol(self, text: str) -> int:
        return len(text)

    async def gap(self, reason: str, from_ns: int, to_ns: int) -> None:
        pass

    def alive(self, at_ns: int) -> None:
        pass

    def refuse(self, reason: str, excerpt: bytes, received_ns: int) -> None:
        raise AssertionError(f"{reason}: {excerpt!r} at {received_ns}")

    def finding(self, code: str, text: str) -> None:
        pass


async def spent(
    port: int, payload: str, points: tuple[Point, ...], messages: int, commit_s: float
) -> Cost:
    """CPU time per sample of this process while so many messages go through.

    Args:
        port: of the broker.
        payload: of each message, with one place for its number.
        points: what reads it.
        messages: how many are published, as fast as the broker takes them.
        commit_s: what one commit takes.
    """
    config = Config.model_validate(
        {"url": f"mqtt://127.0.0.1:{port}", "client_id": "bench", "points": points}
    )
    desk, wanted = Counter(commit_s), messages * len(points)
    task = asyncio.get_running_loop().create_task(collect(config, desk))
    await desk.ready.wait()
    command = [sys.executable, "-c", PUBLISHER, str(port), points[0].topic, str(messages), payload]
    began_s, cpu_s = time.monotonic(), time.process_time()
    with subprocess.Popen(command):  # noqa: ASYNC220 - it starts once, before the clock matters
        while desk.rows < wanted:  # noqa: ASYNC110 - an event would count its own checking
            await asyncio.sleep(0.05)
    spent_s, took_s = time.process_time() - cpu_s, time.monotonic() - began_s
    task.cancel()
    await asyncio.wait([task])
    return Cost(desk.rows, spent_s / desk.rows * 1e6, desk.rows / took_s)


def run(messages: int = 20_000, commit_s: float = 0.02) -> dict[str, Cost]:
    """Plain numbers, JSON with one field and a time, and JSON with five fields and a time."""
    one = Payload(value="$.v", time="$.t")
    many = [Payload(value=f"$.v{i}", time="$.t") for i in range(FIELDS)]
    text = {f"v{i}": 1.5 for i in range(FIELDS)} | {"t": "2026-11-20T08:00:00.123456+09:00"}
    cases = {
        "plain": ("%d", (Point(signal=1, topic="plain"),)),
        "json": ('{"v": 1.5, "t": 17951292%05d}', (Point(signal=1, topic="json", payload=one),)),
        f"json of {FIELDS}": (
            json.dumps(text)[:-1] + ', "n": %d}',
            tuple(Point(signal=i, topic="many", payload=one) for i, one in enumerate(many)),
        ),
    }
    costs = {}
    for name, (payload, points) in cases.items():
        with tempfile.TemporaryDirectory() as folder, Mosquitto(Path(folder)) as broker:
            costs[name] = asyncio.run(spent(broker.port, payload, points, messages, commit_s))
    return costs


def measure() -> dict[str, float]:
    """CPU microseconds per sample and samples per second, by kind of message."""
    found: dict[str, float] = {}
    for name, cost in run().items():
        found[f"mqtt: CPU us per sample to deliver, {name}"] = cost.cpu_us_per_sample
        found[f"mqtt: samples per second while measured, {name}"] = cost.samples_per_s
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--commit-s", type=float, default=0.02)
    options = parser.parse_args()
    for name, cost in run(options.messages, options.commit_s).items():
        line = f"mqtt {name:10} {cost.cpu_us_per_sample:6.1f} us CPU per sample, "
        sys.stdout.write(f"{line}{cost.samples_per_s:8.0f} samples/s\n")


if __name__ == "__main__":
    main()
