"""Bad input of every kind: a message that says what to do, and nothing else stops."""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.servers.mosquitto import HOST, Mosquitto
from tests.servers.node_opcua import Peer
from tests.servers.ports import free_port
from tests.system.rig import (
    Document,
    Gateway,
    broker,
    line,
    lineproof,
    mqtt,
    opcua,
    plc,
    reported,
    until,
)
from tests.system.witness import Sample, exported, quarantined

pytestmark = pytest.mark.slow

BODY, PACK = "hanbit/mask-1/body", "hanbit/mask-1/packing"
COUNTS = f"{PACK}/counts"
BAD, BAD_OUT_OF_RANGE, UNCERTAIN_CLOCK = 0x8000_0000, 0x803C_0000, 0x4096_0000
DAY_MS = 86_400_000
KINDS = {"good": "counter", "speed": "gauge"}
NODES = {
    "Body.Good": ["Double", 0],
    "Body.Temperature": ["Double", 20.5],
    "Body.Name": ["String", "coffee"],
}


def site(folder: Path, peer: Peer, mosquitto: Mosquitto) -> Document:
    """A line that works, and beside it everything that may be wrong."""
    body = {
        "good": opcua("plc1", "Body.Good", kind="counter"),
        "temperature": opcua("plc1", "Body.Temperature"),
        "name": opcua("plc1", "Body.Name"),
        "missing": opcua("plc1", "Body.Missing"),
        "off": opcua("off", "Body.Good"),
        "certificate": opcua("certificate", "Body.Good"),
        "secret": opcua("secret", "Body.Good"),
    }
    packing = {name: mqtt(COUNTS, name, kind=kind) for name, kind in KINDS.items()}
    return {
        "sources": sources(folder, peer, mosquitto),
        "sinks": [
            {
                "id": "influx",
                "kind": "influxdb",
                "url": f"http://127.0.0.1:{free_port()}",
                "org": "site",
                "bucket": "line",
                "token_file": str(folder / "no-token"),
            }
        ],
        "lines": [
            line(
                {"id": "body", "signals": body}, {"id": "packing", "exit": True, "signals": packing}
            )
        ],
        "storage": {"commit_every_ms": 200},
    }


def sources(folder: Path, peer: Peer, mosquitto: Mosquitto) -> list[Document]:
    """A good PLC and a good broker, and three PLCs that cannot be read."""
    (folder / "plc.der").write_bytes(b"coffee")
    broken = {"user": "gateway", "password_file": str(folder / "plc.secret")}
    secret = {"policy": "None", "exception": "a test", "user": "gateway"}
    elsewhere = f"opc.tcp://127.0.0.1:{free_port()}"
    return [
        plc(peer.url, folder),
        {**plc(elsewhere, folder), "id": "off"},
        {
            **plc(peer.url, folder),
            "id": "certificate",
            "security": {**broken, "trust": str(folder / "plc.der")},
        },
        {
            **plc(peer.url, folder),
            "id": "secret",
            "security": {**secret, "password_file": str(folder / "nowhere")},
        },
        broker(mosquitto.port),
    ]


class World:
    """A running service, and what speaks to it."""

    def __init__(self, gateway: Gateway, peer: Peer, client: paho.Client) -> None:
        self.gateway, self.peer, self._client = gateway, peer, client

    def publish(self, payload: bytes | Document) -> None:
        """One message of the packing machine."""
        raw = json.dumps(payload).encode() if isinstance(payload, dict) else payload
        self._client.publish(COUNTS, raw, qos=1).wait_for_publish(10)

    def kept(self, source: str) -> int:
        """Rows of a source that are stored."""
        found = self.gateway.source(source)
        return int(found["stored"])

    def told(self, source: str) -> str:
        """All that a person is told of a source or sink, when there is something."""
        found = list[Document]()

        def something() -> bool:
            findings = self.gateway.get("health")["findings"]
            found[:] = [one for one in findings if one["source"] == source]
            return bool(found)

        until(something, f"a finding of {source}")
        return " ".join(str(one["params"]["text"]) for one in found)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One service for all of it, which must outlive it all."""
    folder = tmp_path_factory.mktemp("bad")
    options: dict[str, Any] = {
        "namespaces": ["urn:mask"],
        "nodes": NODES,
        "users": {"gateway": "secret"},
    }
    with Mosquitto(folder / "broker") as mosquitto, Peer(folder, **options) as peer:
        gateway = Gateway(folder / "site", site(folder, peer, mosquitto))
        client = paho.Client(CallbackAPIVersion.VERSION2, "packing")
        client.connect(HOST, mosquitto.port)
        client.loop_start()
        with gateway:
            until(gateway.answers, "the service answers")
            found = World(gateway, peer, client)
            until(lambda: found.kept("plc1") >= 2, "the good PLC is read")
            yield found
            assert gateway.stop()[0] == 0
            assert "Traceback" not in gateway.log()
        client.disconnect()
        client.loop_stop()


@pytest.fixture(autouse=True)
def goes_on(request: pytest.FixtureRequest) -> Iterator[None]:
    """Around every test of the running service: good rows come in before and after."""
    if "world" not in request.fixturenames:
        yield
        return
    world: World = request.getfixturevalue("world")
    yield
    before = world.kept("plc1"), world.kept("broker")
    world.peer.do("set", name="Body.Good", value=time.time() % 1e6)
    world.publish({"ts": time.time_ns(), "good": 1, "speed": 90})
    until(lambda: world.kept("plc1") > before[0], "the good PLC is read on")
    until(lambda: world.kept("broker") >= before[1] + 2, "the broker is read on")
    accounting = world.gateway.get("accounting")["sources"]
    assert all(one["balanced"] for one in accounting)


@pytest.mark.peer
@pytest.mark.parametrize(
    ("source", "state", "words"),
    [
        ("off", "waiting", ["opc.tcp://127.0.0.1:", "is the server up?"]),
        ("certificate", "stopped", ["plc.der", "is no certificate", "export"]),
        ("secret", "stopped", ["nowhere", "No such file", "write it there"]),
        ("influx", "parked", ["no-token", "No such file", "put the token"]),
        ("plc1", "running", ["'nsu=urn:mask;s=Body.Missing'", "correct the address"]),
        ("plc1", "running", ["'nsu=urn:mask;s=Body.Name'", "String"]),
    ],
)
def test_what_is_wrong_is_told_where_it_is(
    world: World, source: str, state: str, words: list[str]
) -> None:
    """Unreachable, broken certificate, missing secret, absent node: place, seen, remedy."""
    text = world.told(source)
    assert [word for word in words if word not in text] == [], text
    health = world.gateway.get("health")
    states = {one["id"]: one["state"] for one in [*health["sources"], *health["sinks"]]}
    assert states[source] == state
    assert health["status"] == "degraded"


@pytest.mark.peer
def test_values_that_are_none_are_kept_as_unknown(world: World) -> None:
    """A NaN of a PLC and a null in a message: a row without a value whose status says why."""
    world.peer.do("set", name="Body.Temperature", value="NaN")
    world.publish({"ts": time.time_ns(), "good": 1, "speed": None})
    rows = until_row(world, f"{BODY}/temperature", BAD_OUT_OF_RANGE)
    rows += until_row(world, f"{PACK}/speed", BAD)
    assert [row.value for row in rows] == [None, None]


@pytest.mark.peer
@pytest.mark.parametrize("days", [-20_000, 3_650])
def test_a_wrong_clock_of_a_plc_is_flagged(world: World, days: int) -> None:
    """A time of 1970 or in ten years is not believed: ours is kept, with a flag."""
    value = 1000.0 + days
    began_ns = time.time_ns()
    at_ms = began_ns // 1_000_000 + days * DAY_MS
    world.peer.do("set", name="Body.Temperature", value=value, source_ms=max(0, at_ms))
    (row,) = [
        one
        for one in until_row(world, f"{BODY}/temperature", UNCERTAIN_CLOCK)
        if one.value == value
    ]
    assert abs(row.source_ns - began_ns) < 10e9


def until_row(world: World, path: str, status: int) -> list[Sample]:
    """The rows of a signal with this status, once there are some."""
    found = list[Sample]()

    def there() -> bool:
        rows = exported(world.gateway.folder)
        found[:] = [row for row in rows if row.signal == path and row.status == status]
        return bool(found)

    until(there, f"{path} with status {status:#x}")
    return found


GARBAGE = [
    (b"\xff\xfe\x00", "not UTF-8 at byte 0"),
    (b"{coffee", "not JSON"),
    (b'{"good": NaN, "speed": 1, "ts": 1795129200}', "NaN is no JSON"),
    (b"", "has 0 bytes"),
    (b'{"good": 1, "speed": "fast", "ts": 1795129200}', "$.speed is 'fast', not a number"),
    (b'{"good": 1, "speed": 1, "ts": "yesterday"}', "$.ts is 'yesterday', not RFC 3339"),
    (b'{"good": 1, "ts": 1795129200}', "$.speed is not in the message"),
]


@pytest.mark.peer
@pytest.mark.parametrize(("payload", "reason"), GARBAGE, ids=[why for _, why in GARBAGE])
def test_garbage_is_set_aside_with_its_reason(world: World, payload: bytes, reason: str) -> None:
    """The message is acknowledged, kept in quarantine as it came, and counted."""
    world.publish(payload)
    aside = list[tuple[str, bytes]]()

    def there() -> bool:
        aside[:] = [one for one in quarantined(world.gateway.data) if reason in one[0]]
        return bool(aside)

    until(there, f"quarantine has {reason}")
    why, excerpt = aside[0]
    assert COUNTS in why
    assert excerpt == payload
    assert world.gateway.source("broker")["quarantined"] >= len(aside)


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    """The address, what the system says, and what to do; exit code 4."""
    gateway = Gateway(tmp_path, offline(tmp_path))
    with socket.socket() as other:
        other.bind(("127.0.0.1", gateway.port))
        other.listen()
        done = lineproof("run", "--config", gateway.folder, code=4)
    assert f"127.0.0.1:{gateway.port}: Address already in use" in done.stderr
    assert "choose another" in done.stderr
    assert "Traceback" not in done.stderr


def offline(folder: Path) -> Document:
    """A site with one PLC that nobody answers for."""
    body = {
        "good": opcua("plc1", "Body.Good", kind="counter"),
        "product": opcua("plc1", "Body.Product", kind="text"),
    }
    return {
        "sources": [plc(f"opc.tcp://127.0.0.1:{free_port()}", folder)],
        "lines": [line({"id": "body", "signals": body})],
    }


def test_check_lists_every_fault_by_line_and_column(tmp_path: Path) -> None:
    """Exit code 3, the same from `run`; nothing is started, nothing is written."""
    document = offline(tmp_path)
    document["sources"].append(document["sources"][0])
    signals = document["lines"][0]["machines"][0]["signals"]
    signals["good"]["source"] = "plc9"
    signals["product"]["modulos"] = 10
    gateway = Gateway(tmp_path / "site", document)
    said = lineproof("check", "--config", gateway.folder, code=3).stderr.splitlines()
    assert lineproof("run", "--config", gateway.folder, code=3).stderr.splitlines() == said
    lines = (gateway.folder / "lineproof.yaml").read_text("utf-8").splitlines()
    faults = reported("check", "--config", gateway.folder, code=3)["faults"]
    assert len(faults) == len(said) >= 3
    for fault, text in zip(faults, said, strict=True):
        assert text.startswith(fault["place"])
        _, row, column = fault["place"].rsplit(":", 2)
        assert lines[int(row) - 1][int(column) - 1 :].strip()
    everything = "\n".join(said)
    for word in ("'plc9'", "known are plc1", "'modulos'", "'modulus'"):
        assert word in everything
    assert not gateway.data.exists()


@pytest.mark.peer
def test_check_online_tries_every_source_and_sink(tmp_path: Path) -> None:
    """Exit code 4 while one does not answer, 1 while a node is absent, else 0; nothing is kept."""
    options: dict[str, Any] = {"namespaces": ["urn:mask"], "nodes": NODES}
    with Peer(tmp_path, **options, users={"gateway": "secret"}) as peer:
        body = {
            "good": opcua("plc1", "Body.Good", kind="counter"),
            "missing": opcua("plc1", "Body.Missing"),
            "off": opcua("off", "Body.Good"),
        }
        sink: Document = {"id": "influx", "kind": "influxdb", "bucket": "line"}
        document: Document = {
            "sources": [
                plc(peer.url, tmp_path),
                {**plc(f"opc.tcp://127.0.0.1:{free_port()}", tmp_path), "id": "off"},
            ],
            "sinks": [{**sink, "url": f"http://127.0.0.1:{free_port()}"}],
            "lines": [line({"id": "body", "signals": body})],
        }
        gateway = Gateway(tmp_path / "site", document)
        found = reported("check", "--config", gateway.folder, "--online", code=4)
        answers = {one["id"]: one["answer"] for one in [*found["sources"], *found["sinks"]]}
        assert found["valid"]
        assert not answers["plc1"]
        assert "is the server up?" in answers["off"]
        assert "is the server up?" in answers["influx"]

        del body["off"], document["sources"][1], document["sinks"]
        gateway.write(document)
        said = lineproof("check", "--config", gateway.folder, "--online", code=1).stdout
        assert "plc1 (opcua): answers; 1 of 2 signals read within 8 s" in said
        assert f"not yet: {BODY}/missing" in said
        assert "node 'nsu=urn:mask;s=Body.Missing'" in said

        del body["missing"]
        gateway.write(document)
        said = lineproof("check", "--config", gateway.folder, "--online").stdout
        assert said.splitlines() == [
            "the configuration is valid: 1 line, 1 signal, 1 source, 0 sinks",
            "plc1 (opcua): answers; 1 signal read",
        ]
        assert not gateway.data.exists()


@pytest.mark.peer
def test_check_online_leaves_a_running_service_alone(world: World) -> None:
    """The trial has a client id of its own: the service keeps its link and its session."""
    logged = len(world.gateway.log())
    found = reported("check", "--config", world.gateway.folder, "--online", code=4)
    (tried,) = [one for one in found["sources"] if one["id"] == "broker"]
    assert tried["answer"] == ""
    assert tried["heard"].startswith("answers; ")
    assert "broker" not in world.gateway.log()[logged:]
    (broker_,) = [one for one in world.gateway.get("health")["sources"] if one["id"] == "broker"]
    assert broker_["state"] == "running"
    assert not [
        one
        for one in world.gateway.get("health")["findings"]
        if one["source"] == "broker" and "another client" in str(one)
    ]


def test_a_csv_as_korean_excel_saves_it_is_read(tmp_path: Path) -> None:
    """CP949 without a word about it; the texts arrive as they were."""
    gateway = Gateway(tmp_path, offline(tmp_path))
    rows = [
        "signal,source_time,value,quality",
        f"{BODY}/product,2026-08-01T09:00:00+09:00,KF94 대형,good",
        f"{BODY}/good,2026-08-01T09:00:00+09:00,12,good",
    ]
    (tmp_path / "past.csv").write_bytes("\r\n".join([*rows, ""]).encode("cp949"))
    done = reported("import", "samples", tmp_path / "past.csv", "--config", gateway.folder)
    assert done["stored"] == 2
    found = {row.signal: (row.value, row.text) for row in exported(gateway.folder)}
    assert found == {f"{BODY}/product": (None, "KF94 대형"), f"{BODY}/good": (12.0, None)}


def test_a_csv_with_faults_is_refused_whole(tmp_path: Path) -> None:
    """Row, column and value are named; exit code 1; nothing of it is stored."""
    gateway = Gateway(tmp_path, offline(tmp_path))
    rows = [
        "signal,source_time,value,quality",
        f"{BODY}/good,2026-08-01T09:00:00+09:00,12,good",
        f"{BODY}/coffee,2026-08-01T09:00:00+09:00,12,good",
        f"{BODY}/good,yesterday,12,good",
    ]
    (tmp_path / "past.csv").write_text("\n".join([*rows, ""]), "utf-8")
    command = "import", "samples", tmp_path / "past.csv", "--config", gateway.folder
    said = lineproof(*command, code=1).stderr
    for word in ("past.csv", "coffee", "yesterday"):
        assert word in said
    assert "Traceback" not in said
    assert not exported(gateway.folder)
    assert reported("archive", "list", "--config", gateway.folder) == {"parts": []}
