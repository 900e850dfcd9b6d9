"""From foreign servers into journal, archive and InfluxDB: three stores, one truth."""

import json
import math
import os
import random
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.servers.influxdb import MissingError
from tests.servers.influxdb_server import Server, running
from tests.servers.mosquitto import Mosquitto
from tests.servers.node_opcua import Peer
from tests.system.rig import Gateway, broker, line, mqtt, opcua, plc, reported, until
from tests.system.witness import Sample, archived, exported, in_order, journalled, ledger

pytestmark = [pytest.mark.peer, pytest.mark.slow]

MS_NS = 1_000_000
BODY, PACK = "hanbit/mask-1/body", "hanbit/mask-1/packing"
COUNTS, ROOM = f"{PACK}/counts", f"{PACK}/room"
NODES: dict[str, list[object]] = {
    "Body.Good": ["Double", 0],
    "Body.State": ["Int32", 3],
    "Body.Guard": ["Boolean", False],
    "Body.Product": ["String", "KF94-L"],
    "Body.Temperature": ["Double", 20.5],
}
NAMES = {
    "Body.Good": "good",
    "Body.State": "state",
    "Body.Guard": "guard",
    "Body.Product": "product",
    "Body.Temperature": "temperature",
}
GOOD, BAD = 0, 0x8000_0000
BAD_OUT_OF_RANGE, BAD_SENSOR = 0x803C_0000, 0x808C_0000
UNCERTAIN, UNCERTAIN_CLOCK = 0x4090_0000, 0x4096_0000
NAN = math.nan
CODES = {0: "idle", 3: "producing", 4: "delayed"}
FIELDS = ("good", "scrap", "lot", "mode", "sealed", "speed")
LATE_NS = 7_200 * 10**9


def site(peer: Peer, mosquitto: Mosquitto, influx: Server, folder: Path) -> dict[str, Any]:
    """The configuration of one line with a PLC, a broker and a sink."""
    body = {
        "good": opcua("plc1", "Body.Good", kind="counter", unit="{piece}"),
        "state": opcua("plc1", "Body.State", kind="state", map=CODES),
        "guard": opcua("plc1", "Body.Guard", kind="gauge"),
        "product": opcua("plc1", "Body.Product", kind="text"),
        "temperature": opcua("plc1", "Body.Temperature", unit="Cel"),
    }
    packing = {
        "good": mqtt(COUNTS, "good", kind="counter", unit="{piece}"),
        "scrap": mqtt(COUNTS, "scrap", kind="counter", unit="{piece}"),
        "lot": mqtt(COUNTS, "lot", kind="text"),
        "mode": mqtt(COUNTS, "mode", kind="state", map={"run": "producing", "wait": "idle"}),
        "sealed": mqtt(COUNTS, "sealed", kind="gauge"),
        "speed": mqtt(COUNTS, "speed", unit="/min"),
        "humidity": mqtt(ROOM, unit="%"),
    }
    return {
        "sources": [plc(peer.url, folder), broker(mosquitto.port)],
        "sinks": [{"id": "influx", "kind": "influxdb", **influx.keys()}],
        "lines": [
            line(
                {"id": "body", "signals": body},
                {"id": "packing", "exit": True, "signals": packing},
            )
        ],
        "storage": {"commit_every_ms": 200},
    }


class World:
    """The machines: what they say, and the list of it."""

    def __init__(self, peer: Peer, port: int, seed: int) -> None:
        self.truth = list[Sample]()
        self.humidity = list[tuple[int, float | None, int]]()  # earliest time, value, status
        self.away = False  # whether the gateway is
        self._peer = peer
        self._chance = random.Random(seed)
        self._ms = time.time_ns() // MS_NS - 60_000
        self._n = 0
        self._client = paho.Client(CallbackAPIVersion.VERSION2, "packing")
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        for name, (_, value) in NODES.items():
            self.set(name, value)

    def set(self, name: str, value: object, status: str = "Good", code: int = GOOD) -> None:
        """A node takes a value; `code` is the status with which it has to be kept."""
        self._ms += 7
        sent = "NaN" if value is NAN else value
        self._peer.do("set", name=name, value=sent, status=status, source_ms=self._ms)
        self._note(f"{BODY}/{NAMES[name]}", self._ms * MS_NS, value, code)

    def say(self, ts_ns: int, **fields: object) -> None:
        """One message with several fields, each of which is a sample."""
        self._publish(COUNTS, json.dumps({"ts": ts_ns, **fields}))
        for name, value in fields.items():
            self._note(f"{PACK}/{name}", ts_ns, value, BAD if value is None else GOOD)

    def round(self, late_ns: int = 0) -> None:
        """Everything changes once."""
        self._n += 1
        n = self._n
        self.set("Body.Good", n * 1.25)
        self.set("Body.State", [3, 0, 4][n % 3])
        self.set("Body.Guard", bool(n % 2))
        self.set("Body.Product", f'KF94-{n} "대형", 새 롤')
        temperatures: list[tuple[object, str, int]] = [
            (NAN, "Good", BAD_OUT_OF_RANGE),
            (20 + self._chance.random(), "Good", GOOD),
            (None, "BadSensorFailure", BAD_SENSOR),
            (-n / 7, "UncertainLastUsableValue", UNCERTAIN),
        ]
        self.set("Body.Temperature", *temperatures[n % 4])
        self.say(
            time.time_ns() - late_ns,
            good=n * 100,
            scrap=n,
            lot=f"로트 {n}",
            mode=["run", "wait"][n % 2],
            sealed=bool(n % 2),
            speed=None if n % 5 == 0 else self._chance.gauss(90, 3),
        )
        value = None if n % 3 == 0 else n / 3
        status = UNCERTAIN_CLOCK if self.away else GOOD
        self.humidity.append((time.time_ns(), value, BAD if value is None else status))
        self._publish(ROOM, json.dumps(value))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _publish(self, topic: str, payload: str) -> None:
        self._client.publish(topic, payload, qos=1).wait_for_publish(10)

    def _note(self, path: str, source_ns: int, value: object, status: int) -> None:
        text = value if isinstance(value, str) else None
        number = (
            float(value) if isinstance(value, bool | int | float) and value is not NAN else None
        )
        self.truth.append(Sample(path, source_ns, number, text, status))

    @property
    def samples(self) -> int:
        """How many there are to be stored."""
        return len(self.truth) + len(self.humidity)


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[tuple[Peer, Mosquitto, Server]]:
    """node-opcua, Mosquitto and InfluxDB 2.7, each with a folder of its own."""
    folders = [tmp_path / name for name in ("plc", "broker", "influx")]
    for folder in folders:
        folder.mkdir()
    plc_options: dict[str, Any] = {
        "namespaces": ["urn:mask"],
        "nodes": NODES,
        "users": {"gateway": "secret"},
    }
    with ExitStack() as stack:
        try:
            influx = stack.enter_context(running("2.7.12", folders[2]))
        except MissingError as error:
            if os.environ.get("CI") == "true":
                raise
            pytest.skip(str(error))
        mosquitto = stack.enter_context(Mosquitto(folders[1]))
        yield stack.enter_context(Peer(folders[0], **plc_options)), mosquitto, influx


def test_journal_archive_and_influxdb_hold_what_was_published(
    tmp_path: Path, servers: tuple[Peer, Mosquitto, Server]
) -> None:
    """Values, source times and quality, sample for sample, also over a restart of the service."""
    peer, mosquitto, influx = servers
    seed = random.randrange(10**6)
    sys.stdout.write(f"seed {seed}\n")
    folder = tmp_path / "site"
    folder.mkdir()
    gateway = Gateway(folder, site(peer, mosquitto, influx, folder))
    with World(peer, mosquitto.port, seed) as world, gateway:
        connected = {"plc1", "broker"}
        until(
            lambda: gateway.lives() and set(ledger(gateway.data).keys) == connected,
            "both sources connect",
        )
        for _ in range(40):
            world.round(LATE_NS)  # so late that the next start finds a full hour to seal
        stored(gateway, world)
        assert gateway.stop()[0] == 0
        world.away = True
        for _ in range(5):
            world.round()
        world.away = False
        gateway.start()
        stored(gateway, world)
        until(lambda: gateway.get("health")["archive"]["parts"] > 0, "the hour is sealed")
        for _ in range(40):
            world.round()
        stored(gateway, world)
        until(lambda: gateway.sink("influx")["confirmed_rows"] == world.samples, "InfluxDB has all")
        compare(gateway, influx, world)
        assert gateway.stop()[0] == 0
    check(gateway)


def stored(gateway: Gateway, world: World) -> None:
    """Return once the service says that it has stored everything, and nothing else."""
    until(gateway.answers, "the service answers")
    until(lambda: kept(gateway) >= world.samples, f"{world.samples} samples are stored")
    assert kept(gateway) == world.samples


def kept(gateway: Gateway) -> int:
    """Rows stored so far."""
    sources = gateway.get("accounting")["sources"]
    assert all(one["balanced"] for one in sources), sources
    return sum(one["stored"] for one in sources)


def compare(gateway: Gateway, influx: Server, world: World) -> None:
    """Each store against the truth."""
    tail, parts = journalled(gateway.data), archived(gateway.folder)
    assert tail
    assert parts
    whole = in_order(exported(gateway.folder))
    assert in_order(tail + parts) == whole
    assert in_order(points(influx)) == whole

    room = [sample for sample in whole if sample.signal == f"{PACK}/humidity"]
    assert in_order(world.truth) == [sample for sample in whole if sample not in room]
    room.sort(key=lambda sample: sample.source_ns)
    assert [(one.value, one.status) for one in room] == [told[1:] for told in world.humidity]
    arrived_ns = [one.source_ns for one in room]
    for (said_ns, *_), at_ns in zip(world.humidity, arrived_ns, strict=True):
        assert said_ns <= at_ns <= time.time_ns()


def check(gateway: Gateway) -> None:
    """`check --online` finds all three servers in order, and a token that is none out of order."""
    found = reported("check", "--config", gateway.folder, "--online")
    assert {one["id"]: one["answer"] for one in [*found["sources"], *found["sinks"]]} == {
        "plc1": "",
        "broker": "",
        "influx": "",
    }
    text = (gateway.folder / "lineproof.yaml").read_text("utf-8")
    secret = Path(json.loads(text)["sinks"][0]["token_file"])
    secret.write_text("coffee")
    (sink,) = reported("check", "--config", gateway.folder, "--online", code=4)["sinks"]
    assert "401" in sink["answer"]
    assert "put a valid token" in sink["answer"]


def points(influx: Server) -> list[Sample]:
    """What InfluxDB holds of the line."""
    return [
        Sample(
            f"hanbit/mask-1/{point.machine}/{point.signal}",
            point.time_ns,
            point.value,
            point.text,
            point.status or 0,
        )
        for point in influx.points("mask-1")
    ]
