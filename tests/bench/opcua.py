"""What a sample costs from the socket to `deliver`: `python -m tests.bench.opcua`.

A server of foreign make changes many values at once; the collector reads them in this process, and
its CPU time is divided by the rows that came. The disk behind `deliver` is not in it.
"""

import asyncio
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from collectors.opcua import collect
from collectors.opcua.settings import Config, Point, Policy, Security
from edge.errors import Unavailable
from edge.model import Batch
from tests.servers.node_opcua import Peer
from tests.unit.collectors.opcua_kept import Kept

WARM_S = 2.0


class Cost(NamedTuple):
    """What was measured."""

    rows: int
    seconds: float
    cpu_us_per_sample: float
    samples_per_s: float


class Counted(Kept):
    """Counts rows and forgets them."""

    count = 0

    async def __call__(self, batch: Batch, key: bytes = b"") -> None:
        """Done at once."""
        self.count += len(batch)
        self.key = key


async def measured(config: Config, seconds: float) -> Cost:
    """Read for so long, and divide."""
    kept = Counted()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(collect(config, kept))
        await asyncio.sleep(WARM_S)
        rows, cpu_s, wall_s = kept.count, time.process_time(), time.monotonic()
        await asyncio.sleep(seconds)
        rows, cpu_s = kept.count - rows, time.process_time() - cpu_s
        wall_s = time.monotonic() - wall_s
        task.cancel()
    return Cost(rows, round(wall_s, 1), round(cpu_s * 1e6 / rows, 2), round(rows / wall_s))


def measure() -> dict[str, float]:
    """CPU microseconds per sample and samples per second, by channel."""
    found: dict[str, float] = {}
    policies: tuple[Policy, ...] = ("None", "Basic256Sha256")
    for policy in policies:
        seen = cost(policy)
        found[f"opcua: CPU us per sample to deliver, {policy}"] = seen.cpu_us_per_sample
        found[f"opcua: samples per second while measured, {policy}"] = seen.samples_per_s
    return found


def cost(policy: Policy, nodes: int = 1000, seconds: float = 10) -> Cost:
    """CPU of reading so many values that change together ten times a second."""
    points = tuple(
        Point(signal=i + 1, node=f"nsu=urn:mask;s=Many.{i}", queue=10) for i in range(nodes)
    )
    with (
        tempfile.TemporaryDirectory() as folder,
        Peer(Path(folder), namespaces=["urn:mask"], nodes={}) as peer,
    ):
        peer.do("crowd", count=nodes, every_ms=100)
        config = Config(
            url=peer.url,
            security=Security(policy=policy, exception="a benchmark on loopback"),
            publish_ms=100,
            keys=Path(folder, "keys"),
            points=points,
        )
        if policy != "None":
            accept(config)
        return asyncio.run(measured(config, seconds))


def accept(config: Config) -> None:
    """Have the server's certificate shown once, and accept it."""
    with suppress(Unavailable):
        asyncio.run(collect(config, Counted()))
    folder = config.keys / "opcua"
    for waiting in (folder / "pending").iterdir():
        waiting.rename(folder / "trusted" / waiting.name)


if __name__ == "__main__":
    for name, figure in measure().items():
        sys.stdout.write(f"{name}: {figure:,.2f}\n")
