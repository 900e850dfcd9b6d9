"""The whole service at work: memory, CPU, and how soon a page sees what happens at a PLC.

`python -m tests.bench.service [SECONDS]`. Three simulated lines over real OPC UA and Mosquitto,
with further sensors up to 200 samples a second, twenty days of history, and 20 open live streams.
Plant, broker and viewers are other processes than the one that is measured. What was not so, fewer
samples, a lost viewer, a source that does not run, is an error and no figure.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import psutil

from tests.bench.bytecode import compiled
from tests.bench.factory import DAYS, Live, Plant, child, sensors, write
from tests.bench.viewing import Page, seen_after_s, watch
from tests.servers.mosquitto import Mosquitto
from tests.servers.ports import free_port
from tests.system.rig import LINEPROOF, Document, asked, until

SECONDS = 60.0
WARM_UP_S = 15.0
RATE = 200  # samples a second, at least
FURTHER = 150  # sensors; of the plant's own signals some 65 change every second
VIEWERS = 20
CHANGES = 20
COMES_UP_S = 120.0
WEIGH_EVERY_S = 0.5


class Weight(NamedTuple):
    """Memory of the service at one moment, in MB."""

    rss: float
    pss: float
    uss: float


class Spent(NamedTuple):
    """What the service has used and stored so far."""

    at_s: float
    cpu_s: float
    rows: int


def measure(seconds: float = SECONDS) -> dict[str, float]:
    """All figures, by what they are."""
    with at_work() as (service, machines, live):
        return asyncio.run(watched(service, machines, live, seconds))


@contextmanager
def at_work(
    further: int = FURTHER, days: int = DAYS
) -> Iterator[tuple["Watched", list[str], Live]]:
    """A service all of whose sources run, its machines, and the plant that plays them."""
    compiled()
    with TemporaryDirectory() as folder, ExitStack() as stack:
        broker = stack.enter_context(Mosquitto(Path(folder, "broker")))
        plant, port = Plant(broker.port, days), free_port()
        write(Path(folder), plant.described, port, further)
        live = stack.enter_context(plant.playing(Path(folder)))
        command = [LINEPROOF, "run", "--config", folder]
        log = stack.enter_context(Path(folder, "service.log").open("w"))
        service = stack.enter_context(child(command, log.fileno()))
        stack.enter_context(sensors(broker.port, further))
        until(lambda: collects(port), "every source runs", COMES_UP_S)
        yield Watched(service.pid, port, Path(folder)), plant.machines, live


def collects(port: int) -> bool:
    """Whether pages are served and every source runs."""
    try:
        sources = asked(port, "health")["sources"]
    except OSError:
        return False
    return all(source["state"] in {"running", "ended"} for source in sources)


class Watched:
    """The service, seen from outside."""

    def __init__(self, pid: int, port: int, folder: Path) -> None:
        self.pid, self.port, self.folder = pid, port, folder
        self.weights: list[Weight] = []
        self._process = psutil.Process(pid)

    async def weigh(self) -> None:
        """Note its memory over and over, until cancelled."""
        while True:
            seen = self._process.memory_full_info()
            self.weights.append(Weight(seen.rss / 1e6, seen.pss / 1e6, seen.uss / 1e6))
            await asyncio.sleep(WEIGH_EVERY_S)

    def own_mb(self) -> float:
        """Memory that it has written to; unlike USS it counts no pages of programs and files."""
        told = Path(f"/proc/{self._process.pid}/smaps_rollup").read_text("utf-8")
        (line,) = (line for line in told.splitlines() if line.startswith("Private_Dirty:"))
        return int(line.split()[1]) * 1024 / 1e6

    def spent(self) -> Spent:
        """Its CPU, and the rows of live sources that it has stored."""
        sources = asked(self.port, "accounting")["sources"]
        rows = sum(source["stored"] for source in sources if source["id"] != "import")
        used = self._process.cpu_times()
        return Spent(time.monotonic(), used.user + used.system, rows)

    def sound(self) -> Document:
        """Its health; an error where it is not what the figures are to be taken under."""
        health = asked(self.port, "health")
        if health["viewers"] != VIEWERS:
            raise RuntimeError(f"{health['viewers']} of {VIEWERS} viewers are left")
        if not collects(self.port) or health["findings"]:
            raise RuntimeError(f"the service is not sound: {health['findings']}")
        return health


async def watched(
    service: Watched, machines: list[str], live: Live, seconds: float
) -> dict[str, float]:
    """What the service needs while viewers watch and machines stop and go."""
    page = Page()
    async with asyncio.TaskGroup() as tasks:
        beside = [tasks.create_task(watch(service.port, page.look))]
        beside += [tasks.create_task(watch(service.port)) for _ in range(VIEWERS - 1)]
        beside.append(tasks.create_task(service.weigh()))
        await asyncio.sleep(WARM_UP_S)
        service.weights.clear()
        before = await asyncio.to_thread(service.spent)
        delays_s = [await seen_after_s(live, page, machines) for _ in range(CHANGES)]
        await asyncio.sleep(max(0.0, seconds - (time.monotonic() - before.at_s)))
        after = await asyncio.to_thread(service.spent)
        await asyncio.to_thread(service.sound)
        for task in beside:
            task.cancel()
    return figures(service.weights, before, after, delays_s)


def figures(
    weights: list[Weight], before: Spent, after: Spent, delays_s: list[float]
) -> dict[str, float]:
    """The figures by name; an error where fewer samples came than were to be."""
    took_s = after.at_s - before.at_s
    rate = (after.rows - before.rows) / took_s
    if rate < RATE:
        raise RuntimeError(f"{rate:.0f} samples a second were stored, {RATE} are to be")
    most = Weight(*np.array(weights).max(axis=0).tolist())
    quarter = max(1, len(weights) // 4)
    uss = [weight.uss for weight in weights]
    grown = float(np.median(uss[-quarter:]) - np.median(uss[:quarter]))
    return {
        f"service: RSS with {VIEWERS} viewers, at the most, MB": most.rss,
        "service: PSS, at the most, MB": most.pss,
        "service: USS, at the most, MB": most.uss,
        f"service: USS grown from first to last quarter of {took_s:.0f} s, MB": grown,
        "service: samples stored per second": rate,
        "service: share of one core, %": 100 * (after.cpu_s - before.cpu_s) / took_s,
        f"service: PLC to frame, median of {len(delays_s)}, s": float(np.median(delays_s)),
        f"service: PLC to frame, 95 % of {len(delays_s)}, s": float(np.quantile(delays_s, 0.95)),
    }


if __name__ == "__main__":
    for what, figure in measure(*map(float, sys.argv[1:])).items():
        sys.stdout.write(f"{what:60} {figure:8.2f}\n")
