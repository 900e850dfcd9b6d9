"""What an MQTT message costs from the socket to the durable journal: `python -m tests.bench.mqtt`.

Needs Mosquitto. Broker, publisher and reader are processes of their own; the CPU time of the
reader, all threads, is divided by the messages of the middle of the run. Beside ours stand the
least that a Python client does (paho and `json.loads`, nothing kept) and, where `telegraf` is in
PATH, Telegraf's `mqtt_consumer` with its output thrown away: ratios in one run are what counts.
"""

import argparse
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import psutil

from edge.stores import Stores
from tests.bench.spent import spent_s
from tests.servers.mosquitto import Mosquitto

RATES = (1_000, 5_000)
SECONDS = 8
WARM_S = 2.0
FIELDS = 50
FAST = 40_000  # messages of many fields, as fast as the broker takes them
BROKER = ("max_inflight_messages 5000", "set_tcp_nodelay true")  # each message leaves as it comes
COMES_UP_S = 5.0  # Telegraf, until it has subscribed
CONFIG = """
[agent]
  interval = "1s"
  flush_interval = "1s"
  metric_batch_size = 5000
  metric_buffer_limit = 100000
  omit_hostname = true
[[inputs.mqtt_consumer]]
  servers = ["tcp://127.0.0.1:{port}"]
  topics = ["bench/line/#"]
  qos = 1
  client_id = "telegraf"
  persistent_session = true
  max_undelivered_messages = 5000
  data_format = "json_v2"
  [[inputs.mqtt_consumer.json_v2]]
    timestamp_path = "t"
    timestamp_format = "unix_ms"
    [[inputs.mqtt_consumer.json_v2.field]]
      path = "v0"
      type = "float"
[[outputs.discard]]
"""


class Cost(NamedTuple):
    """What one reader spent, and whether all was there in the end."""

    us_per_message: float
    messages_per_s: float
    lost: int
    doubled: int


def publisher(*arguments: int) -> subprocess.Popen[bytes]:
    """A publisher that has begun."""
    command = [sys.executable, "-m", "tests.bench.mqtt_publisher", *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    return process


@contextmanager
def reader(who: str, broker: Mosquitto, count: int, fields: int) -> Iterator[psutil.Process]:
    """Somebody who reads, from the time on at which the broker knows all it asks for."""
    folder, port = broker.folder, broker.port
    if who == "telegraf":
        (folder / "telegraf.conf").write_text(CONFIG.format(port=port), "utf-8")
        command = ["telegraf", "--config", str(folder / "telegraf.conf"), "--quiet"]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    else:
        command = [sys.executable, "-m", "tests.bench.mqtt_child", who]
        command += [str(port), str(folder), str(count), str(fields)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        if process.stdout is None:
            time.sleep(COMES_UP_S)
        else:
            process.stdout.readline()
        time.sleep(WARM_S / 2)
        yield psutil.Process(process.pid)
        if who != "telegraf":
            process.wait(60)
    finally:
        if process.stdout is not None:
            process.stdout.close()
        process.kill()
        process.wait()


def cost(who: str, rate: int, fields: int = 1, count: int = 0) -> Cost:
    """One run: a broker, a publisher at this rate, or as fast as it may (0), and one reader."""
    count = count or int(rate * (SECONDS + WARM_S))
    with TemporaryDirectory() as name, Mosquitto(Path(name, "broker"), *BROKER) as broker:
        with reader(who, broker, count, fields) as process:
            before_s, began_s = spent_s(process.pid), time.monotonic()
            sender = publisher(broker.port, rate, count, fields)
            if rate:
                time.sleep(WARM_S / 2)
                before_s, began_s = spent_s(process.pid), time.monotonic()
                time.sleep(SECONDS)
                used_s, took_s = spent_s(process.pid) - before_s, time.monotonic() - began_s
                done = rate * took_s
            else:
                used_s, took_s = to_the_end(process, before_s, began_s)
                done = count
            sender.wait(60)
        lost, doubled = compared(broker.folder, count) if who == "ours" else (0, 0)
    return Cost(used_s / done * 1e6, done / took_s, lost, doubled)


def to_the_end(process: psutil.Process, before_s: float, began_s: float) -> tuple[float, float]:
    """CPU time that a process spends from now on until its end, and how long that takes."""
    used_s = 0.0
    with suppress(psutil.NoSuchProcess, OSError):
        while process.status() != psutil.STATUS_ZOMBIE:
            used_s = spent_s(process.pid) - before_s
            time.sleep(0.05)
    return used_s, time.monotonic() - began_s


def compared(folder: Path, count: int) -> tuple[int, int]:
    """Of the numbers 0 … count - 1, how many are not in the journal, and how many twice."""
    with Stores.open(folder / "data") as stores:
        blocks = [batch for _, batch in stores.journal.read(0, 1_000_000)]
    found = np.concatenate([batch.value[batch.value % 1 == 0] for batch in blocks])
    times = np.bincount(found.astype(np.int64), minlength=count)
    return int((times == 0).sum()), int((times - 1).clip(0).sum())


def run(rates: tuple[int, ...], readers: list[str]) -> dict[str, float]:
    """The figures of every reader at every rate, and of ours with many fields."""
    found: dict[str, float] = {}
    for rate in rates:
        for who in readers:
            one = cost(who, rate)
            found[f"mqtt: CPU us per message at {rate:,}/s, {who}"] = one.us_per_message
            if who == "ours":
                found[f"mqtt: lost + doubled at {rate:,}/s"] = one.lost + one.doubled
    one = cost("ours", 0, FIELDS, FAST)
    found[f"mqtt: samples per CPU second, JSON of {FIELDS}"] = 1e6 * FIELDS / one.us_per_message
    found[f"mqtt: lost + doubled, JSON of {FIELDS}"] = one.lost + one.doubled
    return found


def measure() -> dict[str, float]:
    """CPU microseconds per message, socket to journal, beside what others spend."""
    readers = ["ours", "paho"] + ["telegraf"] * (shutil.which("telegraf") is not None)
    return run(RATES, readers)


def main() -> None:
    """Print the figures as they come."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, action="append")
    parser.add_argument("--reader", action="append")
    options = parser.parse_args()
    readers = options.reader or ["ours", "paho"]
    for name, figure in run(tuple(options.rate or RATES), readers).items():
        sys.stdout.write(f"{name}: {figure:,.2f}\n")


if __name__ == "__main__":
    main()
