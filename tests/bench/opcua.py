"""What an OPC UA sample costs from the socket to the durable journal, and how many a core carries.

`python -m tests.bench.opcua`. Ours and asyncua's with an empty handler read the same values of the
same server in one run, one after the other; the server is a process on other cores. Collector,
group commit and SQLite with fsync are in this process, whose CPU time is divided by the rows.
Where `telegraf` is in PATH its `opcua_listener` reads the same, and throws it away.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from asyncua import Client

from collectors.opcua import collect
from collectors.opcua.link import secure
from collectors.opcua.settings import Config, Point, Policy, Security
from edge.clock import SYSTEM
from edge.errors import Unavailable
from tests.bench.durable import Steady, cost, steady
from tests.bench.floors import Empty, Spent
from tests.bench.telegraf import of_telegraf, there
from tests.servers.node_opcua import Peer
from tests.servers.ports import free_port
from tests.unit.collectors.opcua_kept import Kept

LOADS = ((1_000, 100), (5_000, 500))  # nodes that change together, and how often in ms
POLICIES: tuple[Policy, ...] = ("None", "Basic256Sha256")
SECONDS = 10
FLOOR_SECONDS = 5
CROWD = 10_000  # of the synthetic server
CROWD_MS = 20
OTHERS = ("asyncua with an empty handler", "Telegraf")
CORES = sorted(os.sched_getaffinity(0))


def measure() -> dict[str, float]:
    """CPU microseconds per sample and how many times more asyncua takes, by load and channel."""
    found: dict[str, float] = {}
    for policy in POLICIES:
        for nodes, every_ms in LOADS:
            what = f"opcua, {nodes} doubles every {every_ms} ms, {policy}"
            ours, *others = compared(policy, nodes, every_ms)
            found[f"{what}: CPU us per sample, socket to durable journal"] = ours
            for who, theirs in zip(OTHERS, others, strict=False):
                found[f"{what}: CPU us per sample, {who}"] = theirs
                found[f"{what}: {who} / ours"] = theirs / ours
    us, rate = synthetic()
    what = f"opcua, {CROWD} doubles every {CROWD_MS} ms from a synthetic server"
    found[f"{what}: CPU us per sample, socket to durable journal"] = us
    found[f"{what}: samples per second"] = rate
    return found


def compared(policy: Policy, nodes: int, every_ms: int) -> list[float]:
    """CPU microseconds per sample: ours, asyncua's and, where it is in PATH, Telegraf's."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with elsewhere(), Peer(folder, namespaces=["urn:mask"], nodes={}) as peer:
            os.sched_setaffinity(0, CORES[-1:])
            peer.do("crowd", count=nodes, every_ms=every_ms)
            config = reading(peer.url, policy, nodes, every_ms, folder)
            if policy != "None":
                accept(config)
            rows = nodes * 1000 // every_ms * SECONDS
            ours = asyncio.run(cost(lambda deliver: collect(config, deliver), folder, rows))
            floor = rows * FLOOR_SECONDS // SECONDS
            found = [ours, asyncio.run(of_asyncua(config, Spent(floor // 5, floor)))]
            if there():
                found.append(of_telegraf(peer, policy, nodes, every_ms, folder))
            return found


def reading(url: str, policy: Policy, nodes: int, every_ms: int, folder: Path) -> Config:
    """A source that reads so many nodes."""
    return Config(
        url=url,
        security=Security(policy=policy, exception="a benchmark on loopback"),
        publish_ms=max(50, every_ms),
        keys=folder / "keys",
        points=tuple(
            Point(signal=i + 1, node=f"nsu=urn:mask;s=Many.{i}", queue=10) for i in range(nodes)
        ),
    )


def accept(config: Config) -> None:
    """Have the server's certificate shown once, and accept it."""
    with suppress(Unavailable):
        asyncio.run(collect(config, Kept()))
    folder = config.keys / "opcua"
    for waiting in (folder / "pending").iterdir():
        waiting.rename(folder / "trusted" / waiting.name)


async def of_asyncua(config: Config, spent: Spent) -> float:
    """CPU microseconds per change of asyncua's own subscription, on the same channel."""
    client = Client(config.url)
    await secure(client, config, SYSTEM)
    async with client:
        space = await client.get_namespace_index("urn:mask")
        found = [client.get_node(f"ns={space};s=Many.{i}") for i in range(len(config.points))]
        subscription = await client.create_subscription(config.publish_ms, Empty(spent))
        await subscription.subscribe_data_change(found, queuesize=10)
        return await spent.us_per_sample()


def synthetic() -> Steady:
    """CPU microseconds per sample at half a million a second, and how many came a second."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        config = reading(f"opc.tcp://127.0.0.1:{port}", "None", CROWD, CROWD_MS, Path(folder))
        rows = CROWD * 1000 // CROWD_MS * SECONDS
        with elsewhere(), running([str(port), str(CROWD_MS)]):
            os.sched_setaffinity(0, CORES[-1:])
            return asyncio.run(steady(lambda deliver: collect(config, deliver), Path(folder), rows))


@contextmanager
def running(arguments: Sequence[str]) -> Iterator[None]:
    """The synthetic server; it listens when this returns."""
    command = [sys.executable, "-m", "tests.bench.opcua_source", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            server.stdout.readline()
            yield
        finally:
            server.kill()


@contextmanager
def elsewhere() -> Iterator[None]:
    """What is started inside runs on other cores than the last one."""
    os.sched_setaffinity(0, CORES[:-1] or CORES)
    try:
        yield
    finally:
        os.sched_setaffinity(0, CORES)


if __name__ == "__main__":
    for name, figure in measure().items():
        sys.stdout.write(f"{name}: {figure:,.2f}\n")
