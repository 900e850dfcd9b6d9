"""The whole service at work: memory, CPU, and how soon a page sees what happens at a PLC.

`python -m tests.bench.service [SECONDS]`. Three simulated lines over real OPC UA and Mosquitto,
with further sensors up to 200 samples a second, twenty days of history, and 20 open live streams.
Plant, broker and viewers are other processes than the one that is measured.
"""

import asyncio
import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import paho.mqtt.client as paho
import psutil
from paho.mqtt.enums import CallbackAPIVersion
from ruamel.yaml import YAML

from edge.cli.demo_site import write_site
from tests.servers.mosquitto import HOST, Mosquitto
from tests.system.rig import LINEPROOF, Document, asked, free_port, until

SECONDS = 60.0
WARM_UP_S = 15.0
DAYS = 20
RATE = 200  # samples a second
VIEWERS = 20
CHANGES = 20
SEED = 7
TOPIC = "hanbit/mask-1/body/sensors"
DAY_NS = 86_400 * 10**9
STOP_S = 20
PATIENCE_S = 30
LONGEST_FRAME = 1 << 22
REQUEST = b"GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n"
SIMULATORS = [sys.executable, "-m", "simulators"]
chance = random.Random(SEED)


def measure(seconds: float = SECONDS) -> dict[str, float]:
    """All figures, by what they are."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        broker = stack.enter_context(Mosquitto(Path(folder, "broker")))
        plant = Plant(broker.port)
        port, lacking = free_port(), max(0, RATE - plant.rate)
        write(Path(folder), plant.described, port, lacking)
        live = stack.enter_context(plant.playing(Path(folder)))
        command = [LINEPROOF, "run", "--config", folder]
        service = stack.enter_context(child(command, subprocess.DEVNULL))
        until(lambda: answers(port), "the service answers")
        stack.enter_context(sensors(broker.port, lacking))
        return asyncio.run(watched(psutil.Process(service.pid), live, port, seconds))


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


class Plant:
    """The simulated lines, with a past."""

    def __init__(self, broker_port: int) -> None:
        start_ns = time.time_ns() // 10**9 * 10**9 - DAYS * DAY_NS
        ports = [free_port() for _ in range(3)]
        if ports[2] != ports[0] + 2:
            raise RuntimeError(f"ports {ports} are no neighbours; try again")
        self._past = ["--start", str(start_ns), "--days", str(DAYS)]
        self._places = ["--opcua-port", str(ports[0]), "--broker", f"{HOST}:{broker_port}"]
        command = [*SIMULATORS, "describe", "--json", *self._past, *self._places]
        told = subprocess.run(command, capture_output=True, check=True, text=True)
        self.described: Document = json.loads(told.stdout)

    @property
    def rate(self) -> int:
        """How many of its signals come every second."""
        machines = [one for line in self.described["lines"] for one in line["machines"]]
        kinds = [signal["kind"] for machine in machines for signal in machine["signals"]]
        return kinds.count("counter") + kinds.count("gauge")

    @contextmanager
    def playing(self, folder: Path) -> Iterator["subprocess.Popen[str]"]:
        """Its process, once it lives and its past is imported into a site."""
        with child([*SIMULATORS, "serve", *self._past, *self._places, "--with-parent"]) as live:
            assert live.stdout is not None
            ready = json.loads(live.stdout.readline())
            history = [sys.executable, "-m", "edge.cli.demo_history", str(folder)]
            history += [str(ready["at_ns"]), *self._past]
            subprocess.run(history, check=True, capture_output=True)
            yield live


def write(folder: Path, plant: Document, port: int, lacking: int) -> None:
    """The demo's site with further sensors, and without breaks: it is measured at any time."""
    write_site(folder, plant, port)
    yaml = YAML()
    document = yaml.load(folder / "lineproof.yaml")
    for line in document["lines"]:
        line["shifts"] = [{"name": "all day", "start": "00:00", "end": "00:00"}]
    signals = document["lines"][0]["machines"][0]["signals"]
    for n in range(lacking):
        payload = {"value": f"$.v{n}", "time": "$.ts"}
        signals[f"sensor_{n}"] = {"source": "broker", "topic": TOPIC, "payload": payload}
    yaml.dump(document, folder / "lineproof.yaml")


def answers(port: int) -> bool:
    """Whether pages are served."""
    try:
        return bool(asked(port, "health"))
    except OSError:
        return False


@contextmanager
def sensors(port: int, count: int) -> Iterator[None]:
    """A publisher of so many values a second, in a process of its own."""
    with child([sys.executable, "-m", "tests.bench.service", "--publish", str(port), str(count)]):
        yield


def publish(port: int, count: int) -> None:
    """Publish so many values each second, until ended."""
    client = paho.Client(CallbackAPIVersion.VERSION2, "sensors")
    client.connect(HOST, port)
    client.loop_start()
    while True:
        values = {f"v{n}": round(chance.gauss(20, 1), 3) for n in range(count)}
        client.publish(TOPIC, json.dumps({"ts": time.time_ns(), **values}), qos=1)
        time.sleep(1 - time.time() % 1)


async def watched(
    service: psutil.Process, live: "subprocess.Popen[str]", port: int, seconds: float
) -> dict[str, float]:
    """What the service needs while viewers watch and machines stop and go."""
    page, most_bytes = Page(), [0]
    async with asyncio.TaskGroup() as tasks:
        beside = [tasks.create_task(page.watch(port))]
        beside += [tasks.create_task(Page().watch(port)) for _ in range(VIEWERS - 1)]
        beside.append(tasks.create_task(weighed(service, most_bytes)))
        await asyncio.sleep(WARM_UP_S)
        began_s, spent_s, rows = time.monotonic(), cpu_s(service), stored(port)
        delays_s = [await seen_after_s(live, page) for _ in range(CHANGES)]
        await asyncio.sleep(max(0.0, seconds - (time.monotonic() - began_s)))
        took_s = time.monotonic() - began_s
        spent_s, rows = cpu_s(service) - spent_s, stored(port) - rows
        watching = asked(port, "health")["viewers"]
        for task in beside:
            task.cancel()
    if watching != VIEWERS:
        raise RuntimeError(f"{watching} of {VIEWERS} viewers are left")
    return {
        f"service: memory with {VIEWERS} viewers, MB": most_bytes[0] / 1e6,
        "service: samples stored per second": rows / took_s,
        "service: share of one core, %": 100 * spent_s / took_s,
        "service: PLC to frame, median, s": float(np.median(delays_s)),
        "service: PLC to frame, 95 %, s": float(np.quantile(delays_s, 0.95)),
    }


class Page:
    """A viewer: knows what state each machine is shown in."""

    def __init__(self) -> None:
        self.states: dict[str, str] = {}
        self._news = asyncio.Event()

    async def watch(self, port: int) -> None:
        """Read the live stream until cancelled."""
        reader, writer = await asyncio.open_connection(HOST, port, limit=LONGEST_FRAME)
        writer.write(REQUEST)
        try:
            async for text in reader:
                if text.startswith(b'data: {"frame"'):
                    self._look(json.loads(text.removeprefix(b"data: ")))
        finally:
            writer.close()

    async def shows(self, machine: str, states: set[str]) -> None:
        """Return once a machine is shown in one of these states."""
        async with asyncio.timeout(PATIENCE_S):
            while self.states.get(machine) not in states:
                self._news.clear()
                await self._news.wait()

    def _look(self, frame: Document) -> None:
        for line in frame["lines"]:
            for machine in line["machines"]:
                self.states[f"hanbit/{line['line']}/{machine['id']}"] = machine["state"]
        self._news.set()


async def seen_after_s(live: "subprocess.Popen[str]", page: Page) -> float:
    """Let a machine break down: seconds until a page shows it. Then let it go on."""
    await asyncio.sleep(chance.uniform(0.5, 1.5))
    machine = chance.choice([path for path, now in page.states.items() if now != "delayed"])
    command = {"do": "force", "machine": machine, "cause": "BREAKDOWN"}
    at_ns = await asyncio.to_thread(told, live, command)
    await page.shows(machine, {"delayed"})
    seen_s = time.time() - at_ns / 1e9
    await asyncio.to_thread(told, live, {"do": "release", "machine": machine})
    await page.shows(machine, {"producing", "setup", "idle", "planned_down"})
    return seen_s


def told(live: "subprocess.Popen[str]", command: Document) -> int:
    """Have the plant do something; the instant from which it holds."""
    assert live.stdin is not None
    assert live.stdout is not None
    live.stdin.write(json.dumps(command) + "\n")
    live.stdin.flush()
    answer = json.loads(live.stdout.readline())
    return int(answer["at_ns"])


async def weighed(service: psutil.Process, most_bytes: list[int]) -> None:
    """Note the most memory that the service has, until cancelled."""
    while True:
        most_bytes[0] = max(most_bytes[0], service.memory_info().rss)
        await asyncio.sleep(0.5)


def cpu_s(service: psutil.Process) -> float:
    """Seconds of CPU that it has used."""
    spent = service.cpu_times()
    return float(spent.user + spent.system)


def stored(port: int) -> int:
    """Rows that the live sources have stored."""
    return sum(one["stored"] for one in asked(port, "accounting")["sources"])


def main(arguments: list[str]) -> None:
    """Print the figures, or publish for the process that does."""
    if arguments[:1] == ["--publish"]:
        publish(*map(int, arguments[1:]))
        return
    for what, figure in measure(float(arguments[0]) if arguments else SECONDS).items():
        sys.stdout.write(f"{what:40} {figure:8.2f}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
