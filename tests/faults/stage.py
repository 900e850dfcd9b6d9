"""What every row of the fault matrix is played on: foreign servers, a way to each, the service.

A PLC that counts every 20 ms and a broker with a machine that does, each behind a proxy that can be
made bad. Both count from 1, so the truth is known to the last value; when a value was taken, the
PLC tells, and the machine writes down.
"""

import json
import random
import sqlite3
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.faults.checker import Account, Found, Gap, Made, Row, Violation, judge, named
from tests.faults.disk import Disk, ext4, tmpfs
from tests.faults.proxy import Proxy
from tests.faults.reading import SITE, by_signal, latest, points
from tests.servers.influxdb_server import Server, running
from tests.servers.mosquitto import HOST, Mosquitto
from tests.servers.node_opcua import Peer
from tests.system.rig import Document, Gateway, broker, free_port, line, mqtt, opcua, plc, until
from tests.system.witness import archived, journalled, ledger, quarantined

GOOD, PACKED = f"{SITE}/body/good", f"{SITE}/packing/good"
TOPIC = f"{SITE}/packing/counts"
EVERY_S = 0.02
QUEUE = 5_000  # changes that the PLC keeps: a hundred seconds
COMMIT_MS = 200
CONNECT_S = 30.0
COMPLETE_S = 60.0
QUIET_S = 10.0  # without a further row nothing more is to be expected
MS_NS = 1_000_000
TMPFS_MB = 8


class Packing:
    """A machine that counts over MQTT until told to stop, and writes down what it said."""

    def __init__(self, port: int) -> None:
        self.rows: list[Row] = []
        self._client = paho.Client(CallbackAPIVersion.VERSION2, "packing")
        self._client.max_queued_messages_set(0)
        self._client.on_publish = self._taken
        self._taken_count = 0
        self._client.connect(HOST, port)
        self._client.loop_start()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._count, name="packing")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Say no more; what was said is with the broker."""
        if not self._end.is_set():
            self._end.set()
            self._thread.join()
            until(lambda: self._taken_count == len(self.rows), "the broker has all", COMPLETE_S)
            self._client.disconnect()
            self._client.loop_stop()

    def _count(self) -> None:
        while not self._end.wait(EVERY_S):
            row = Row(time.time_ns(), float(len(self.rows) + 1))
            message = json.dumps({"ts": row.source_ns, "good": row.value})
            self.rows.append(row)
            self._client.publish(TOPIC, message, 1)  # while there is no broker, paho keeps it

    def _taken(self, *_: object) -> None:
        self._taken_count += 1


class Stage:
    """One trial: everything is made for it, and ends with it."""

    def __init__(
        self,
        folder: Path,
        seed: int,
        *,
        influx: str = "",
        broker_lines: tuple[str, ...] = (),
        source: Mapping[str, Document] | None = None,
        disk: str = "",
    ) -> None:
        """Describe it.

        Args:
            folder: an empty one.
            seed: of all that is random.
            influx: version of the sink, if there is one.
            broker_lines: further configuration of the broker.
            source: further keys of the sources `plc1` and `broker`.
            disk: `tmpfs` or `ext4`, for data that lie on a file system of their own.
        """
        self.folder = folder
        self.chance = random.Random(seed)
        self.seed = seed
        self._influx = influx
        self._broker = Mosquitto(folder / "broker", *broker_lines)
        self._source = source or {}
        self._disk = disk
        self.disk: Disk | None = None
        self._stack = ExitStack()
        self.sink: Server | None = None
        self.named = 0  # rows that the sources lost, and the ledger says so

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._raise_up(stack)
            self._stack = stack.pop_all()
        return self

    def _raise_up(self, stack: ExitStack) -> None:
        (self.folder / "plc").mkdir(parents=True)
        self.peer = stack.enter_context(Peer(self.folder / "plc", **plc_options()))
        self.mosquitto = stack.enter_context(self._broker)
        self.to_plc = stack.enter_context(Proxy(self.peer.port, free_port(), self.seed))
        self.to_broker = stack.enter_context(Proxy(self.mosquitto.port, free_port(), self.seed))
        if self._influx:
            (self.folder / "influx").mkdir()
            self.sink = stack.enter_context(running(self._influx, self.folder / "influx"))
            self.to_sink = stack.enter_context(Proxy(self.sink.port, free_port(), self.seed))
        data = self.folder / "site" / "data"
        if self._disk == "tmpfs":
            self.disk = stack.enter_context(tmpfs(data, TMPFS_MB))
        elif self._disk == "ext4":
            self.disk = stack.enter_context(ext4(data, self.folder / "disk.img"))
        self.gateway = Gateway(self.folder / "site", {})
        self.gateway.write(self.document())
        stack.enter_context(self.gateway)
        connected = {"plc1", "broker"}  # what is made before, nobody keeps for us
        until(lambda: set(ledger(self.gateway.data).keys) == connected, "both connect", CONNECT_S)
        self.packing = stack.enter_context(Packing(self.mosquitto.port))
        self.peer.do("ramp", name="Body.Good", every_ms=int(EVERY_S * 1000))

    def __exit__(self, *_error: object) -> None:
        self._stack.close()

    def document(self) -> Document:
        """The site's configuration."""
        counter: Document = {"kind": "counter", "unit": "{piece}"}
        body = {"good": opcua("plc1", "Body.Good", queue=QUEUE, **counter)}
        packing = {"good": mqtt(TOPIC, "good", **counter)}
        url = f"opc.tcp://127.0.0.1:{self.to_plc.port}"
        sources = [plc(url, self.gateway.folder), broker(self.to_broker.port)]
        sinks = []
        if self.sink is not None:
            url = f"http://127.0.0.1:{self.to_sink.port}"
            sinks.append({"id": "influx", "kind": "influxdb", **self.sink.keys(), "url": url})
        machines: list[Document] = [
            {"id": "body", "signals": body},
            {"id": "packing", "exit": True, "signals": packing},
        ]
        return {
            "sources": [{**one, **self._source.get(one["id"], {})} for one in sources],
            "sinks": sinks,
            "lines": [line(*machines)],
            "storage": {"commit_every_ms": COMMIT_MS},
        }

    # ── what rows do ──────────────────────────────────────────────────────────────────────────────

    def connected(self) -> None:
        """Return when both sources bring what is made now."""
        self.fresh(time.time_ns())

    def fresh(self, after_ns: int, within_s: float = CONNECT_S) -> float:
        """Seconds until something made after an instant is stored of both sources."""
        began_s = time.monotonic()
        until(lambda: self.gateway.lives() and self.newest() > after_ns, "fresh data", within_s)
        return time.monotonic() - began_s

    def newest(self) -> int:
        """Source time of the newest stored row of the source that is further behind."""
        try:
            times = latest(self.gateway.data)
        except sqlite3.OperationalError:  # not there yet
            return 0
        return min(times.get(name, 0) for name in (GOOD, PACKED))

    def run_for(self, seconds: float) -> None:
        """Let everything go on; the service has to live through it."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            time.sleep(min(left, 0.2))
            self.gateway.lives()

    # ── the verdict ───────────────────────────────────────────────────────────────────────────────

    def judged(self, *, gaps_allowed: bool = False) -> list[Violation]:
        """Stop the machines, let the service finish, stop it, and hold all stores to the truth."""
        self.packing.stop()
        self.peer.do("still", name="Body.Good")
        made = self.made()
        self._finished({one.source: len(one.rows) + one.stands for one in made.values()})
        accounts = self.accounts()
        code, _ = self.gateway.stop()
        assert code == 0, f"the service ended with {code}: {self.gateway.log()[-2000:]}"
        found = self.found(accounts)
        self.named = named(made, found)
        violations = judge(made, found, gaps_allowed=gaps_allowed)
        assert violations or self.named or not gaps_allowed, "nothing was lost: no fault at all"
        return violations

    def made(self) -> dict[str, Made]:
        """What the sources made."""
        at_ms = self.peer.do("told", name="Body.Good")["at_ms"]
        body = [Row(at * MS_NS, float(n)) for n, at in enumerate(at_ms, 1)]
        return {
            GOOD: Made("plc1", body, stands=True),
            PACKED: Made("broker", list(self.packing.rows)),
        }

    def accounts(self) -> dict[str, Account]:
        """What the service says became of every source's rows."""
        told = self.gateway.get("accounting")["sources"]
        return {one["id"]: Account(*(one[name] for name in Account._fields)) for one in told}

    def found(self, accounts: Mapping[str, Account]) -> Found:
        """What the stores hold, read by foreign readers."""
        tail = journalled(self.gateway.data)
        sinks = {"influx": points(self.sink)} if self.sink is not None else {}
        stored = by_signal(archived(self.gateway.folder) + tail)
        gaps = [Gap(*gap) for gap in ledger(self.gateway.data).gaps]
        return Found(stored, by_signal(tail), gaps, accounts, sinks)

    def refused(self) -> list[tuple[str, bytes]]:
        """What the service has set aside: why, and how it began."""
        return quarantined(self.gateway.data)

    def _finished(self, wanted: Mapping[str, int]) -> None:
        """Wait until all is stored, or nothing more comes; and until the sink has it."""
        deadline, moved_s, before = time.monotonic() + COMPLETE_S, time.monotonic(), 0
        while time.monotonic() < min(deadline, moved_s + QUIET_S):
            self.gateway.lives()
            counts = {name: one[0] for name, one in ledger(self.gateway.data).counts.items()}
            stored = sum(counts.values())
            is_drained = self._drained(stored)
            if all(counts.get(name, 0) >= n for name, n in wanted.items()) and is_drained:
                return
            if stored != before or not is_drained:
                moved_s, before = time.monotonic(), stored
            time.sleep(0.1)

    def _drained(self, stored: int) -> bool:
        if self.sink is None:
            return True
        try:
            return bool(self.gateway.sink("influx")["confirmed_rows"] >= stored)
        except OSError:
            return False


def plc_options() -> dict[str, Any]:
    """A PLC that knows us and keeps what we miss."""
    return {
        "namespaces": ["urn:mask"],
        "nodes": {"Body.Good": ["Double", 0]},
        "users": {"gateway": "secret"},
        "sessions": 200,  # dead ones stay until their time is over
    }
