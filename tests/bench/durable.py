"""What a sample costs from the socket to the durable journal, OPC UA and MQTT.

The whole way is in this process: collector, group commit once a second, SQLite with fsync. Servers
and publishers are processes of foreign make. The CPU time of all threads is divided by the rows
that were committed. Beside each stands what the library alone costs here at the same load; MQTT at
a fixed pace is in `mqtt`.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from collectors import mqtt, opcua
from collectors.mqtt.settings import Config as MqttConfig
from collectors.mqtt.settings import Payload
from collectors.mqtt.settings import Point as Topic
from collectors.opcua.settings import Config as OpcuaConfig
from collectors.opcua.settings import Point as Node
from collectors.opcua.settings import Security
from edge.clock import SYSTEM
from edge.history import History
from edge.intake.commit import Intake
from edge.intake.door import Door
from edge.intake.writing import IntakeStores
from edge.model import Batch, Deliver
from edge.status import Status
from edge.stores import Stores
from tests.bench.floors import Spent, of_asyncua, of_paho
from tests.servers.mosquitto import Mosquitto
from tests.servers.node_opcua import Peer

NODES = 1000
NAMES = [f"Many.{i}" for i in range(NODES)]
CHANGES_MS = 100
SECONDS = 10.0
FLOOR_ROWS = 40_000
SIGNALS = {f"hanbit/mask-1/body/{i}": ("gauge", "1", "bench") for i in range(NODES)}
SOURCE = "bench"
WAY = "socket to durable journal"
PUBLISHER = """
import sys, time
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
port, count, payload = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
client = Client(CallbackAPIVersion.VERSION2)
client.max_inflight_messages_set(1000)
client.connect("127.0.0.1", port)
client.loop_start()
time.sleep(2)  # until somebody has subscribed
for i in range(count):
    last = client.publish("bench", payload % {"n": i, "ns": time.time_ns()}, 1)
    if i % 500 == 499:
        last.wait_for_publish()
last.wait_for_publish()
client.disconnect()
"""


class Pair(NamedTuple):
    """CPU microseconds per sample: ours, and the library alone at the same load."""

    ours: float
    library: float


class Load(NamedTuple):
    """Messages of one kind."""

    fields: int  # samples in each, beside a time; 0: one plain number
    messages: int  # as fast as the broker takes them

    @property
    def payload(self) -> str:
        """What is published, with a place for its number and its time."""
        values = "".join(f'"v{i}": %(n)d.5, ' for i in range(self.fields))
        return f'{{{values}"ts": %(ns)d}}' if self.fields else "%(n)d"

    @property
    def points(self) -> tuple[Topic, ...]:
        """What reads it."""
        each = [Payload(value=f"$.v{i}", time="$.ts") for i in range(self.fields)]
        read: Sequence[Payload | None] = each or [None]
        return tuple(Topic(signal=i, topic="bench", payload=one) for i, one in enumerate(read, 1))


LOADS = {
    "plain numbers": Load(0, 40_000),
    "JSON of 5 and a time": Load(5, 40_000),
}


def measure() -> dict[str, float]:
    """CPU microseconds per sample, and how many times more the library alone needs."""
    found = named(f"opcua, {NODES} doubles at 10 Hz", "asyncua", asyncio.run(of_opcua()))
    for what, load in LOADS.items():
        found |= named(f"mqtt, {what}", "paho" + " and json" * bool(load.fields), of_mqtt(load))
    return found


def named(what: str, library: str, pair: Pair) -> dict[str, float]:
    """The figures of one load."""
    return {
        f"{what}: CPU us per sample, {WAY}": pair.ours,
        f"{what}: CPU us per sample, {library} alone": pair.library,
        f"{what}: {library} alone / ours": pair.library / pair.ours,
    }


async def of_opcua() -> Pair:
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
                Node(signal=i + 1, node=f"nsu=urn:mask;s={name}", queue=10)
                for i, name in enumerate(NAMES)
            ),
        )
        rows = int(NODES * SECONDS * 1000 / CHANGES_MS)
        ours = await cost(lambda deliver: opcua.collect(config, deliver), Path(folder), rows)
        spent = Spent(rows // 20, FLOOR_ROWS)
        return Pair(ours, await of_asyncua(peer.url, NAMES, CHANGES_MS, spent))


def of_mqtt(load: Load) -> Pair:
    """The same messages for us and for paho, one after the other."""
    rows = load.messages * (load.fields or 1)
    with TemporaryDirectory() as folder, Mosquitto(Path(folder, "broker")) as broker:
        config = MqttConfig.model_validate(
            {
                "url": f"mqtt://127.0.0.1:{broker.port}",
                "client_id": "bench",
                "points": load.points,
            }
        )
        with publishing(broker.port, load):
            ours = asyncio.run(
                cost(lambda deliver: mqtt.collect(config, deliver), Path(folder), rows)
            )
        with publishing(broker.port, load):
            spent = Spent(rows // 20, rows)
            return Pair(ours, asyncio.run(of_paho(broker.port, "bench", load.fields, spent)))


@contextmanager
def publishing(port: int, load: Load) -> Iterator[None]:
    """A publisher that begins once somebody has had the time to subscribe."""
    told = [str(port), str(load.messages), load.payload]
    with subprocess.Popen([sys.executable, "-c", PUBLISHER, *told]) as publisher:
        yield
        publisher.wait()


class Steady(NamedTuple):
    """What a source costs and brings once it is under way."""

    us_per_row: float
    rows_per_s: float


async def cost(collect: Callable[[Deliver], Awaitable[None]], folder: Path, rows: int) -> float:
    """CPU microseconds for each row until there are so many, after the first twentieth of them."""
    return (await steady(collect, folder, rows)).us_per_row


async def steady(collect: Callable[[Deliver], Awaitable[None]], folder: Path, rows: int) -> Steady:
    """Cost and pace until there are so many rows, after the first twentieth of them."""
    async with intake(folder) as room, asyncio.TaskGroup() as group:
        counted = Counted(room.door(SOURCE))
        task = group.create_task(run(collect, counted))
        await counted.reached(rows // 20)
        began_s, at_s, before = time.process_time(), time.monotonic(), counted.rows
        await counted.reached(rows)
        spent_s, done = time.process_time() - began_s, counted.rows - before
        took_s = time.monotonic() - at_s
        stored = room.accounting()[SOURCE].stored
        task.cancel()
    if stored < rows:
        raise RuntimeError(f"{stored} of {rows} rows were stored")
    return Steady(spent_s / done * 1e6, done / took_s)


async def run(collect: Callable[[Deliver], Awaitable[None]], deliver: Deliver) -> None:
    """As a coroutine, which a task wants."""
    await collect(deliver)


class Counted:
    """A door that counts what is on the disk; all else goes through it untouched."""

    def __init__(self, door: Door) -> None:
        self.rows = 0
        self.key = door.key
        self.symbol, self.gap, self.alive = door.symbol, door.gap, door.alive
        self.refuse, self.finding, self.window = door.refuse, door.finding, door.window
        self._door = door
        self.next_s = door.next_s
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
async def intake(folder: Path) -> AsyncIterator[Intake]:
    """The way in, over stores in a folder, as the service has it."""

    @contextmanager
    def opened() -> Iterator[tuple[IntakeStores, Batch]]:
        with Stores.open(folder / "data") as stores:
            rooms = IntakeStores(stores.journal, stores.catalog, stores.ledger)
            yield rooms, History(stores).newest()

    room = Intake(opened, SYSTEM, Status(), 1000)
    await room.open(SIGNALS)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(room.run())
        yield room
        task.cancel()


if __name__ == "__main__":
    for name, figure in measure().items():
        sys.stdout.write(f"{name}: {figure:,.2f}\n")
