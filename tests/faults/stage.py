"""What every row of the fault matrix is played on: foreign servers, a way to each, the service.

A PLC that counts every 20 ms and a broker with a machine that does, each behind a proxy that can be
made bad. Both count from 1, so the truth is known to the last value; when a value was taken, the
PLC tells, and the machine writes down.
"""

import random
import sqlite3
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from tests.faults.checker import Account, Found, Gap, Made, Violation, judge, named
from tests.faults.disk import Disk, ext4, tmpfs
from tests.faults.machines import NODE, TOPIC, Packing, Plc
from tests.faults.proxy import Proxy
from tests.faults.reading import SITE, by_signal, latest, points, set_aside
from tests.servers.influxdb_server import Server, running
from tests.servers.mosquitto import Mosquitto
from tests.servers.ports import free_port
from tests.system.rig import Document, Gateway, broker, line, mqtt, opcua, plc, until
from tests.system.witness import archived, journalled, ledger, quarantined

GOOD, PACKED = f"{SITE}/body/good", f"{SITE}/packing/good"
QUEUE = 5_000  # changes that the PLC keeps: a hundred seconds
COMMIT_MS = 200
PLC_NAME = "localhost"  # a name that a row may let mean something else
CONNECT_S = 30.0
UP_S = 120.0  # on a busy machine; before that nothing is judged
COMPLETE_S = 60.0
QUIET_S = 10.0  # without a further row nothing more is to be expected
TMPFS_MB = 8


class Stage:
    """One trial: everything is made for it, and ends with it."""

    commit_ms = COMMIT_MS

    def __init__(
        self,
        folder: Path,
        seed: int,
        *,
        influx: str = "",
        broker_lines: tuple[str, ...] = (),
        queue: int = QUEUE,
        disk: str = "",
    ) -> None:
        """Describe it.

        Args:
            folder: an empty one.
            seed: of all that is random.
            influx: version of the sink, if there is one.
            broker_lines: further configuration of the broker.
            queue: changes that the PLC keeps for us.
            disk: `tmpfs`, or `ext4` and options of its mount, for data that lie on a file system of
                their own.
        """
        self.folder = folder
        self.chance = random.Random(seed)
        self.seed = seed
        self._influx = influx
        self._broker = Mosquitto(folder / "broker", *broker_lines)
        self._queue = queue
        self._disk = disk
        self.disk: Disk | None = None
        self._stack = ExitStack()
        self.sink: Server | None = None
        self.beside = ""  # path below which a row judges by itself what is stored
        self.apart: tuple[str, ...] = ()  # accounts of that
        self.named = 0  # rows that the sources lost, and the ledger says so

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._raise_up(stack)
            self._stack = stack.pop_all()
        return self

    def _raise_up(self, stack: ExitStack) -> None:
        self.plc = stack.enter_context(Plc(self.folder / "plc"))
        self.mosquitto = stack.enter_context(self._broker)
        self.to_plc = stack.enter_context(Proxy(self.plc.port, free_port(), self.seed))
        self.to_broker = stack.enter_context(Proxy(self.mosquitto.port, free_port(), self.seed))
        if self._influx:
            (self.folder / "influx").mkdir()
            self.sink = stack.enter_context(running(self._influx, self.folder / "influx"))
            self.to_sink = stack.enter_context(Proxy(self.sink.port, free_port(), self.seed))
        data = self.folder / "site" / "data"
        if self._disk == "tmpfs":
            self.disk = stack.enter_context(tmpfs(data, TMPFS_MB))
        elif self._disk:
            options = self._disk.removeprefix("ext4").strip()
            self.disk = stack.enter_context(ext4(data, self.folder / "disk.img", options))
        self.gateway = Gateway(self.folder / "site", {})
        self.gateway.write(self.document())
        stack.enter_context(self.gateway)
        connected = {"plc1", "broker"}  # what is made before, nobody keeps for us
        until(lambda: set(ledger(self.gateway.data).keys) == connected, "both connect", UP_S)
        self.packing = stack.enter_context(Packing(self.mosquitto.port))
        self.plc.count()

    def __exit__(self, *_error: object) -> None:
        self._stack.close()

    def document(self) -> Document:
        """The site's configuration."""
        counter: Document = {"kind": "counter", "unit": "{piece}"}
        body = {"good": opcua("plc1", NODE, queue=self._queue, **counter)}
        packing = {"good": mqtt(TOPIC, "good", **counter)}
        url = f"opc.tcp://{PLC_NAME}:{self.to_plc.port}"
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
            "sources": sources,
            "sinks": sinks,
            "lines": [line(*machines)],
            "storage": {"commit_every_ms": self.commit_ms},
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

    def stored(self, source: str) -> int:
        """Rows of a source, as the ledger counts them."""
        return ledger(self.gateway.data).counts.get(source, (0,))[0]

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
        self.plc.stand()
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
        return {
            GOOD: Made("plc1", self.plc.rows, stands=True),
            PACKED: Made("broker", list(self.packing.rows)),
        }

    def accounts(self) -> dict[str, Account]:
        """What the service says became of every source's rows."""
        told = [
            one for one in self.gateway.get("accounting")["sources"] if one["id"] not in self.apart
        ]
        return {one["id"]: Account(*(one[name] for name in Account._fields)) for one in told}

    def found(self, accounts: Mapping[str, Account]) -> Found:
        """What the stores hold, read by foreign readers."""
        tail = journalled(self.gateway.data)
        sinks = {"influx": points(self.sink)} if self.sink is not None else {}
        stored = by_signal(archived(self.gateway.folder, self.beside) + tail)
        gaps = [Gap(*gap) for gap in ledger(self.gateway.data).gaps]
        refused = {name: set_aside(self.gateway.data, name) for name in sinks}
        return Found(stored, by_signal(tail), gaps, accounts, sinks, refused)

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
