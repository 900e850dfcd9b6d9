"""A Sparkplug edge node that can misbehave, over paho; it imports nothing of ours.

It numbers and declares as the specification has it. A test makes messages and sends them, in any
order, twice, or never; it skips numbers, dies with or without a word, and is born again when asked.
"""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

from paho.mqtt.client import Client, MQTTMessage, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion

from tests.servers.sparkplug_wire import BOOLEAN, INT64, Metric, payload, read

HOST = "127.0.0.1"
PATIENCE_S = 10.0
ROUND = 256
REBIRTH = "Node Control/Rebirth"


class Sent(NamedTuple):
    """A message, to be published or not."""

    topic: str
    payload: bytes
    qos: int


def now_ms() -> int:
    """The node's clock."""
    return time.time_ns() // 1_000_000


class EdgeNode:
    """One node with its devices; `""` is the node itself."""

    def __init__(
        self,
        declared: Mapping[str, tuple[Metric, ...]],
        *,
        name: str = "line-1",
        qos: int = 0,
        aliases: bool = True,
        bdseq: int = 0,
    ) -> None:
        """Nothing is connected or said yet.

        Args:
            declared: the metrics of each device with their values at birth.
            name: of the edge node, in the group `hanbit`.
            qos: of births and data; the specification wants 0.
            aliases: whether data tell an alias instead of a name.
            bdseq: number of the life.
        """
        self.name, self.bdseq, self.seq = name, bdseq, 0
        self.commands: list[tuple[MQTTMessage, float]] = []  # and when they came
        self.states: list[tuple[str, dict[str, object], bool]] = []  # topic, content, retained
        self.sees_host = threading.Event()  # a host application said that it is there
        self.clock: Callable[[], int] = now_ms
        self.tells_now = False  # births give their own time, not that of the last change
        self.obeys = True  # is born again when asked
        self._declared = {device: list(metrics) for device, metrics in declared.items()}
        self._qos, self._aliases = qos, aliases
        self._client: Client | None = None
        self._turn = threading.RLock()  # births that are asked for come from paho's thread

    def connect(self, port: int) -> None:
        """Connect, and leave a will with the number of this life."""
        client = Client(CallbackAPIVersion.VERSION2, f"node-{self.name}")
        death = self.death()
        client.will_set(death.topic, death.payload, death.qos, retain=False)
        client.on_message = self._hear
        granted = threading.Event()
        client.on_subscribe = lambda *_: granted.set()
        client.connect(HOST, port)
        client.loop_start()
        client.subscribe([(f"spBv1.0/hanbit/NCMD/{self.name}", 1), ("spBv1.0/STATE/+", 1)])
        assert granted.wait(PATIENCE_S)
        self._client = client

    def _hear(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        if message.topic.startswith("spBv1.0/STATE/"):
            state = json.loads(message.payload)
            self.states.append((message.topic, state, message.retain))
            if state["online"]:
                self.sees_host.set()
            return
        self.commands.append((message, time.monotonic()))
        names = [metric.get(1, [b""])[0] for metric in read(bytes(message.payload)).metrics]
        if self.obeys and REBIRTH.encode() in names:
            self.be_born()

    def next(self) -> int:
        """The number of the next message."""
        with self._turn:
            seq, self.seq = self.seq, (self.seq + 1) % ROUND
        return seq

    def topic(self, verb: str, device: str = "") -> str:
        """Where a message of that kind goes."""
        kind = "D" if device else "N"
        return f"spBv1.0/hanbit/{kind}{verb}/{self.name}" + (f"/{device}" if device else "")

    def birth(self, device: str = "") -> Sent:
        """The birth of the node or of a device, with its present values."""
        at_ms = self.clock()
        metrics = [
            replace(
                metric,
                alias=self._alias(device, i),
                at_ms=at_ms if self.tells_now else metric.at_ms or at_ms,
                null=metric.value is None,
            )
            for i, metric in enumerate(self._declared[device])
        ]
        if not device:
            self.seq = 0
            metrics.append(Metric("bdSeq", self.bdseq, INT64, at_ms=at_ms))
            metrics.append(Metric(REBIRTH, value=False, datatype=BOOLEAN, at_ms=at_ms))
        content = payload(self.next(), at_ms, *metrics)
        return Sent(self.topic("BIRTH", device), content, self._qos)

    def _alias(self, device: str, i: int) -> int | None:
        place = sorted(self._declared).index(device)
        return 100 * place + i + 1 if self._aliases else None

    def data(self, device: str, changed: Mapping[str, Metric], at_ms: int | None = None) -> Sent:
        """Values of some metrics of a device, by their names; they are its present ones now."""
        told: list[Metric] = []
        at_ms = at_ms or self.clock()
        for i, metric in enumerate(self._declared[device]):
            new = changed.get(metric.name)
            if new is None:
                continue
            kind = new.datatype if isinstance(new.value, bytes) else metric.datatype
            value = replace(new, name=metric.name, datatype=kind)
            stamp = value.at_ms or at_ms
            if not value.historical:
                self._declared[device][i] = replace(metric, value=value.value, at_ms=stamp)
            alias = self._alias(device, i)
            name = "" if self._aliases else metric.name
            told.append(replace(value, name=name, alias=alias, at_ms=stamp, told_type=False))
        return Sent(self.topic("DATA", device), payload(self.next(), at_ms, *told), self._qos)

    def death(self, device: str = "", at_ms: int | None = None) -> Sent:
        """The death of a device, or of the node: that has no number but its life's."""
        if device:
            content = payload(self.next(), at_ms or self.clock())
            return Sent(self.topic("DEATH", device), content, self._qos)
        content = payload(None, self.clock(), Metric("bdSeq", self.bdseq, INT64))
        return Sent(self.topic("DEATH"), content, 1)

    def send(self, *messages: Sent) -> None:
        """Publish in this order; the broker has all of them when this returns."""
        self._wait(self._publish(*messages))

    def _publish(self, *messages: Sent) -> list[MQTTMessageInfo]:
        assert self._client is not None
        return [self._client.publish(one.topic, one.payload, one.qos) for one in messages]

    def _wait(self, told: list[MQTTMessageInfo]) -> None:
        """Until the broker has them; paho's own thread cannot wait for itself."""
        if self._client is not None and threading.current_thread() is not self._client._thread:
            for one in told:
                one.wait_for_publish(PATIENCE_S)

    def be_born(self) -> None:
        """The node, then its devices."""
        with self._turn:
            told = self._publish(*(self.birth(device) for device in sorted(self._declared)))
        self._wait(told)

    def say(self, device: str, changed: Mapping[str, Metric], at_ms: int | None = None) -> None:
        """Send new values."""
        with self._turn:
            told = self._publish(self.data(device, changed, at_ms))
        self._wait(told)

    def die(self) -> None:
        """Lose the link without a word: the broker says the will."""
        assert self._client is not None
        wire = self._client.socket()
        assert wire is not None
        self._client.reconnect_delay_set(600, 600)
        wire.close()
        self._client.loop_stop()
        self._client = None

    def leave(self) -> None:
        """Disconnect without a death; does nothing where there is no link."""
        if self._client is not None:
            self._client.disconnect()
            self._client.loop_stop()
            self._client = None
