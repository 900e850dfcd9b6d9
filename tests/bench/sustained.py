"""How many samples a second several OPC UA servers bring onto the disk for minutes, on one core.

`python -m tests.bench.sustained [SECONDS]`; `make bench` takes half a minute. Collectors, group
commit and SQLite with fsync are in this process, on the last core; the servers are processes on the
others. Every value counts the changes of its node, so what is in the journal afterwards tells what
is missing. Nothing may be missing that the reader was sent: a link that is lost, a gap or a finding
ends the run. What a server took from its own queue before it sent it is told as the server's.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import psutil

from collectors.opcua import collect
from collectors.opcua.settings import Config
from edge.intake.commit import Intake
from edge.stores import Stores
from tests.bench.durable import intake
from tests.bench.opcua import CORES, elsewhere, reading, running
from tests.servers.node_opcua import Peer
from tests.servers.ports import free_port

SECONDS = 30.0
WARM_UP_S = 10.0
SERVERS, NODES, EVERY_MS = 5, 5_000, 200  # of foreign make: 125,000 a second offered
FAST, CROWD, CROWD_MS = 2, 5_500, 20  # of ours, that do nothing else: 550,000 a second
LOOK_S = 1.0
MB = 1e6


class Look(NamedTuple):
    """What was so at one moment."""

    at_s: float
    cpu_s: float
    rows: int
    rss_mb: float


def measure(seconds: float = SECONDS) -> dict[str, float]:
    """Pace, share of a core, memory and what is missing: real servers, then synthetic ones."""
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        with elsewhere():
            peers = [stack.enter_context(peer(folder / f"plc{n}")) for n in range(SERVERS)]
        for one in peers:
            one.do("crowd", count=NODES, every_ms=EVERY_MS)
        urls = [one.url for one in peers]
        found = sustained(f"{SERVERS} servers of node-opcua", urls, (NODES, EVERY_MS), seconds)
    with TemporaryDirectory(), ExitStack() as stack:
        ports = []
        with elsewhere():
            for _ in range(FAST):
                ports.append(free_port())
                stack.enter_context(running([str(ports[-1]), str(CROWD_MS)]))
        urls = [f"opc.tcp://127.0.0.1:{port}" for port in ports]
        found |= sustained(f"{FAST} synthetic servers", urls, (CROWD, CROWD_MS), seconds)
    return found


@contextmanager
def peer(folder: Path) -> Iterator[Peer]:
    """A server of foreign make."""
    folder.mkdir()
    with Peer(folder, namespaces=["urn:mask"], nodes={}) as one:
        yield one


def sustained(
    what: str, urls: list[str], load: tuple[int, int], seconds: float
) -> dict[str, float]:
    """The figures of one set of servers, each with so many nodes that change every so many ms."""
    nodes, every_ms = load
    with TemporaryDirectory() as name:
        folder = Path(name)
        configs = [
            numbered(reading(url, "None", nodes, every_ms, folder), n * nodes)
            for n, url in enumerate(urls)
        ]
        os.sched_setaffinity(0, CORES[-1:])
        try:
            looks = asyncio.run(collected(configs, folder, seconds))
            found = figures(what, looks)
            return found | missing(what, folder, nodes * len(urls))
        finally:
            os.sched_setaffinity(0, CORES)


def numbered(config: Config, first: int) -> Config:
    """The same with signals of its own."""
    points = tuple(
        point.model_copy(update={"signal": first + point.signal}) for point in config.points
    )
    return config.model_copy(update={"points": points})


async def collected(configs: list[Config], folder: Path, seconds: float) -> list[Look]:
    """Every look at the process while it collects, from the end of the first seconds on."""
    async with intake(folder) as room, collecting(room, configs):
        await asyncio.sleep(WARM_UP_S)
        began_s, looks = time.monotonic(), [look(room)]
        while looks[-1].at_s < began_s + seconds:
            await asyncio.sleep(LOOK_S)
            looks.append(look(room))
        told = [f"{one.code}: {one.text}" for one in room.status.findings()]
        if told:
            raise RuntimeError(f"not what is to be measured: {told[:3]}")
    return looks


@asynccontextmanager
async def collecting(room: Intake, configs: list[Config]) -> AsyncIterator[None]:
    """Read every server; whatever a collector raises ends the block."""
    async with asyncio.TaskGroup() as group:
        doors = [room.door(f"plc{n}") for n in range(len(configs))]
        tasks = [
            group.create_task(collect(config, door))
            for config, door in zip(configs, doors, strict=True)
        ]
        yield
        for task in tasks:
            task.cancel()


def look(room: Intake) -> Look:
    """This moment."""
    stored = sum(counts.stored for counts in room.accounting().values())
    rss = psutil.Process().memory_info().rss / MB
    return Look(time.monotonic(), time.process_time(), stored, rss)


def figures(what: str, looks: list[Look]) -> dict[str, float]:
    """Pace, cost and memory."""
    first, last, quarter = looks[0], looks[-1], max(1, len(looks) // 4)
    rows, took_s, cpu_s = last.rows - first.rows, last.at_s - first.at_s, last.cpu_s - first.cpu_s
    rss_mb = [one.rss_mb for one in looks]
    return {
        f"sustained: {what}: samples stored per second for {took_s:.0f} s": rows / took_s,
        f"sustained: {what}: share of one core, %": 100 * cpu_s / took_s,
        f"sustained: {what}: CPU us per sample": cpu_s / rows * 1e6,
        f"sustained: {what}: RSS at the most, MB": max(rss_mb),
        f"sustained: {what}: RSS grown from first to last quarter, MB": float(
            np.median(rss_mb[-quarter:]) - np.median(rss_mb[:quarter])
        ),
    }


def missing(what: str, folder: Path, signals: int) -> dict[str, float]:
    """What the journal lacks between the first and the last value of each signal, and has twice."""
    first, last = np.full(signals + 1, np.nan), np.full(signals + 1, np.nan)
    rows, twice, after = np.zeros(signals + 1, np.int64), 0, 0
    with Stores.open(folder / "data", readonly=True) as stores:
        if gaps := stores.ledger.gaps(0, 1 << 62):
            raise RuntimeError(f"not what is to be measured: {gaps[:3]}")
        while blocks := stores.journal.read(after):
            for number, batch in blocks:
                after = number
                order = np.argsort(batch.signal, kind="stable")
                signal, value = batch.signal[order].astype(np.int64), batch.value[order]
                same = signal[1:] == signal[:-1]
                twice += int((value[1:][same] <= value[:-1][same]).sum())
                starts = np.flatnonzero(np.concatenate([[True], ~same]))
                fresh = signal[starts]
                twice += int((value[starts] <= last[fresh]).sum())
                first[fresh] = np.where(np.isnan(first[fresh]), value[starts], first[fresh])
                last[fresh] = value[np.append(starts[1:], len(signal)) - 1]
                np.add.at(rows, signal, 1)
    seen = rows > 0
    lost = (last[seen] - first[seen] + 1 - rows[seen]).sum()
    return {
        f"sustained: {what}: values in the journal": float(rows.sum()),
        f"sustained: {what}: signals without a value": float(signals - seen.sum()),
        f"sustained: {what}: missing though no message was, the server's": float(lost),
        f"sustained: {what}: stored twice or out of order": float(twice),
    }


if __name__ == "__main__":
    for name, figure in measure(*map(float, sys.argv[1:])).items():
        sys.stdout.write(f"{name}: {figure:,.2f}\n")
