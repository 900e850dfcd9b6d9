"""What a sample costs from the socket to the durable journal, OPC UA and MQTT.

The whole way is in this process: collector, group commit once a second, SQLite with fsync. Servers
and publishers are processes of foreign make. The CPU time of all threads is divided by the rows
that were committed.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from collectors import mqtt, opcua
from collectors.mqtt.settings import Config as MqttConfig
from collectors.mqtt.settings import Payload
from collectors.mqtt.settings import Point as Topic
from collectors.opcua.settings import Config as OpcuaConfig
from collectors.opcua.settings import Point as Node
from collectors.opcua.settings import Security
from edge.clock import SYSTEM
from edge.history import History
from edge.intake.commit import Door, Intake
from edge.intake.writing import Stores as IntakeStores
from edge.model import Batch, Deliver
from edge.status import Status
from edge.stores import Stores
from tests.bench.mqtt import FIELDS, PUBLISHER
from tests.servers.mosquitto import Mosquitto
from tests.servers.node_opcua import Peer

NODES = 1000
CHANGES_MS = 100
SECONDS = 10.0
WARM_ROWS = 5_000  # until then links are made and caches filled
MESSAGES = 40_000
SIGNALS = {f"hanbit/mask-1/body/{i}": ("gauge", "1", "bench") for i in range(NODES)}


def measure() -> dict[str, float]:
    """CPU microseconds per sample."""
    return {
        "opcua: CPU us per sample, socket to durable journal": asyncio.run(of_opcua()),
        "mqtt: CPU us per sample, socket to durable journal, plain": asyncio.run(of_mqtt("%d", 0)),
        f"mqtt: CPU us per sample, socket to durable journal, JSON of {FIELDS}": asyncio.run(
            of_mqtt(json.dumps({f"v{i}": 1.5 for i in range(FIELDS)})[:-1] + ', "n": %d}', FIELDS)
        ),
    }


async def of_opcua() -> float:
    """A thousand values that change together ten times a second."""
    with (
        TemporaryDirectory() as folder,
        Peer(Path(folder), namespaces=["urn:mask"], nodes={}) as peer,
    ):
        peer.do("crowd", count=NODES, every_ms=CHANGES_MS)
        config = OpcuaConfig(
            url=peer.url,
            security=Security(policy="None", exception="a benchmark on loopback"),
            publish_ms=CHANGES_MS,
            keys=Path(folder, "keys"),
            points=tuple(
                Node(signal=i + 1, node=f"nsu=urn:mask;s=Many.{i}", queue=10) for i in range(NODES)
            ),
        )
        rows = int(NODES * SECONDS * 1000 / CHANGES_MS)
        return await cost(lambda deliver: opcua.collect(config, deliver), Path(folder), rows)


async def of_mqtt(payload: str, fields: int) -> float:
    """Messages of one plain value, or of so many fields, as fast as the broker takes them."""
    with TemporaryDirectory() as folder, Mosquitto(Path(folder, "broker")) as broker:
        each = [Payload(value=f"$.v{i}") for i in range(fields)]
        read: Sequence[Payload | None] = each or [None]
        points = tuple(
            Topic(signal=i + 1, topic="bench", payload=one) for i, one in enumerate(read)
        )
        config = MqttConfig.model_validate(
            {"url": f"mqtt://127.0.0.1:{broker.port}", "client_id": "bench", "points": points}
        )
        rows = MESSAGES * len(points)
        with publishing(broker.port, payload):
            return await cost(lambda deliver: mqtt.collect(config, deliver), Path(folder), rows)


@contextmanager
def publishing(port: int, payload: str) -> Iterator[None]:
    """A publisher that begins once somebody has had the time to subscribe."""
    script = f"import time; time.sleep(2)\n{PUBLISHER}"
    command = [sys.executable, "-c", script, str(port), "bench", str(MESSAGES), payload]
    with subprocess.Popen(command) as publisher:
        yield
        publisher.wait()


async def cost(collect: Callable[[Deliver], Awaitable[None]], folder: Path, rows: int) -> float:
    """CPU microseconds for each row until there are so many, after the first ones."""
    async with intake(folder) as door, asyncio.TaskGroup() as group:
        counted = Counted(door)
        task = group.create_task(run(collect, counted))
        await counted.reached(WARM_ROWS)
        began_s, before = time.process_time(), counted.rows
        await counted.reached(rows)
        spent_s, done = time.process_time() - began_s, counted.rows - before
        task.cancel()
    return spent_s / done * 1e6


async def run(collect: Callable[[Deliver], Awaitable[None]], deliver: Deliver) -> None:
    """As a coroutine, which a task wants."""
    await collect(deliver)


class Counted:
    """A door that counts what is on the disk; all else goes through it untouched."""

    def __init__(self, door: Door) -> None:
        self.rows = 0
        self.key = door.key
        self.symbol, self.gap, self.alive = door.symbol, door.gap, door.alive
        self.refuse, self.finding = door.refuse, door.finding
        self._door = door
        self._more = asyncio.Event()

    async def __call__(self, batch: Batch, key: bytes = b"") -> None:
        """Count it once it is durable."""
        await self._door(batch, key)
        self.rows += len(batch)
        self._more.set()

    async def reached(self, rows: int) -> None:
        """Return once so many rows are on the disk."""
        async with asyncio.timeout(120):
            while self.rows < rows:
                await self._more.wait()
                self._more.clear()


@asynccontextmanager
async def intake(folder: Path) -> AsyncIterator[Door]:
    """The way in of one source, over stores in a folder, as the service has it."""

    @contextmanager
    def opened() -> Iterator[tuple[IntakeStores, Batch]]:
        with Stores.open(folder / "data") as stores:
            rooms = IntakeStores(stores.journal, stores.catalog, stores.ledger)
            yield rooms, History(stores).newest()

    room = Intake(opened, SYSTEM, Status(), 1000)
    await room.open(SIGNALS)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(room.run())
        yield room.door("bench")
        task.cancel()


if __name__ == "__main__":
    for name, figure in measure().items():
        sys.stdout.write(f"{name}: {figure:,.2f}\n")
