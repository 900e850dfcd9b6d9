"""The machines of the stage: a PLC and a packer that count, and know when they took each value."""

import contextlib
import json
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from tests.faults.checker import Row
from tests.faults.reading import SITE
from tests.servers.mosquitto import HOST
from tests.servers.node_opcua import Peer

TOPIC = f"{SITE}/packing/counts"
NODE = "Body.Good"
EVERY_S = 0.02
ALL_S = 60.0
AGAIN_S = 0.1  # after a lost link: what is measured is how soon we come back, not this machine
MS_NS = 1_000_000
SESSIONS = 200  # of the PLC; dead ones stay until their time is over


class Plc:
    """A PLC that knows us by name and keeps what we miss, also over its own restarts."""

    def __init__(self, folder: Path) -> None:
        """Make it; it runs within the block, and counts once it is told to."""
        self._folder = folder
        self._rows: list[Row] = []  # of its lives before
        self._others: tuple[str, ...] = ()
        folder.mkdir(parents=True)

    def __enter__(self) -> Self:
        self._peer = Peer(self._folder, **self._options())
        return self

    def __exit__(self, *_error: object) -> None:
        self._peer.stop()

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._peer.port

    @property
    def rows(self) -> list[Row]:
        """Every value it took since it began to count, with the time of it."""
        at_ms = self._peer.do("told", name=NODE)["at_ms"]
        return self._rows + [Row(at * MS_NS, float(n)) for n, at in enumerate(at_ms, 1)]

    def sessions(self) -> int:
        """How many it has, those of dead clients among them."""
        return int(self._peer.do("sessions")["count"])

    def count(self, step: int = 1) -> None:
        """Take a further value every 20 ms, or several of them at once."""
        self._peer.do("ramp", name=NODE, every_ms=int(EVERY_S * 1000), step=step)

    def stand(self) -> None:
        """Count no more."""
        self._peer.do("still", name=NODE)

    def leave(self, in_s: float, reason: str) -> None:
        """Say that it shuts down, and do so then."""
        self._peer.do("leave", seconds=in_s, reason=reason)

    def restart(self, *before: str, away_s: float = 0) -> None:
        """Power off and on: it begins to count anew, with these namespaces before its own.

        In each of them a node of the same name counts something else.
        """
        self._rows = self.rows
        self._others = before
        port = self._peer.port
        self._peer.stop()
        time.sleep(away_s)
        self._peer = Peer(self._folder, port, **self._options())
        for uri in before:
            self._peer.do("ramp", name=f"{NODE}@{uri}", every_ms=int(EVERY_S * 1000), first=10**6)

    def _options(self) -> dict[str, Any]:
        nodes = {NODE: ["Double", 0], **{f"{NODE}@{uri}": ["Double", 0] for uri in self._others}}
        return {
            "namespaces": [*self._others, "urn:mask"],
            "nodes": nodes,
            "users": {"gateway": "secret"},
            "sessions": SESSIONS,
        }


class Packing:
    """A machine that counts over MQTT until told to stop, and writes down what it said.

    It says what it made in the order of making, also over a lost link, so it talks in one thread
    and hands over nothing while a link is being made: paho would send that before what it kept.
    """

    def __init__(self, port: int) -> None:
        self.rows: list[Row] = []
        self.ahead_s = 0.0  # of its clock
        self._making = threading.Lock()
        self._unsaid: deque[Row] = deque()
        self._taken_count = 0
        self._again_s = 0.0  # when a lost link may be made anew
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, "packing", reconnect_on_failure=False
        )
        self._client.max_queued_messages_set(0)
        self._client.on_publish = self._taken
        self._client.connect(HOST, port)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="packing")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Say no more; what was said is with the broker."""
        self._end.set()
        self._thread.join()
        assert self._taken_count == len(self.rows), "the broker does not have all"

    def late(self, by_s: float) -> Row:
        """Say something that was true so long ago."""
        return self._make(time.time_ns() - int(by_s * 1e9))

    def _run(self) -> None:
        due_s = time.monotonic()
        while not self._end.is_set():
            self._make(time.time_ns() + int(self.ahead_s * 1e9))
            due_s = max(due_s + EVERY_S, time.monotonic())
            self._talk(due_s)
        last_s = time.monotonic() + ALL_S
        while self._taken_count < len(self.rows) and time.monotonic() < last_s:
            self._talk(time.monotonic() + EVERY_S)
        self._client.disconnect()

    def _make(self, at_ns: int) -> Row:
        with self._making:
            row = Row(at_ns, float(len(self.rows) + 1))
            self.rows.append(row)
            self._unsaid.append(row)
        return row

    def _talk(self, until_s: float) -> None:
        """Serve the link until then, and make a lost one anew."""
        while (left_s := until_s - time.monotonic()) > 0:
            while self._unsaid and self._client.is_connected():
                row = self._unsaid.popleft()
                message = json.dumps({"ts": row.source_ns, "good": row.value})
                self._client.publish(TOPIC, message, 1)
            if self._client.loop(left_s) == MQTTErrorCode.MQTT_ERR_SUCCESS:
                continue
            if time.monotonic() < self._again_s:
                time.sleep(left_s)
                return
            self._again_s = time.monotonic() + AGAIN_S
            with contextlib.suppress(OSError):
                self._client.reconnect()

    def _taken(self, *_: object) -> None:
        self._taken_count += 1
