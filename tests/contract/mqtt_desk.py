"""What the MQTT tests deliver to and publish with: a desk in memory, and paho as a machine."""

import asyncio

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from edge.model import Batch, Row

PATIENCE_S = 10.0


class Desk:
    """A `Deliver` that keeps everything in memory and can be made to wait or to fail."""

    def __init__(self, key: bytes = b"") -> None:
        self.key = key
        self.rows: list[Row] = []
        self.refused: list[tuple[str, bytes, int]] = []
        self.origins = list[str]()
        self.gaps: list[tuple[str, int, int]] = []
        self.findings: dict[str, str] = {}
        self.lives: list[int] = []
        self.symbols: dict[str, int] = {}
        self.windows = list[int]()
        self.commits = 0
        self.open = asyncio.Event()  # a full disk is a desk that is not open
        self.open.set()

    async def __call__(self, batch: Batch, key: bytes = b"") -> None:
        await self.open.wait()
        self.rows += rows_of(batch)
        self.key = key
        self.commits += 1

    def symbol(self, text: str) -> int:
        return self.symbols.setdefault(text, len(self.symbols) + 1)

    async def gap(self, reason: str, from_ns: int, to_ns: int) -> None:
        self.gaps.append((reason, from_ns, to_ns))

    def alive(self, at_ns: int) -> None:
        self.lives.append(at_ns)

    def refuse(self, reason: str, excerpt: bytes, received_ns: int, origin: str = "") -> None:
        self.refused.append((reason, excerpt, received_ns))
        self.origins.append(origin)

    def window(self, messages: int) -> None:
        self.windows.append(messages)

    def next_s(self, after_s: float) -> float:
        return after_s

    def finding(self, code: str, text: str) -> None:
        self.findings[code] = text

    def values(self, signal: int) -> list[float]:
        """The values of one signal in the order in which they were delivered."""
        return [row.value for row in self.rows if row.signal == signal]


def rows_of(batch: Batch) -> list[Row]:
    """A batch as rows, to compare."""
    columns = (batch.signal, batch.source_ns, batch.received_ns, batch.value, batch.status)
    return [Row(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


class Machine:
    """A publisher that waits until the broker has each message."""

    def __init__(self, port: int, user: str | None = None, password: str | None = None) -> None:
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.max_inflight_messages_set(1_000)
        if user is not None:
            self._client.username_pw_set(user, password)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def say(self, topic: str, *payloads: bytes | str, qos: int = 1, retain: bool = False) -> None:
        """Publish in this order; at QoS 1 the broker has answered for all when this returns."""
        sent = [self._client.publish(topic, one, qos, retain) for one in payloads]
        for one in sent:
            one.wait_for_publish(PATIENCE_S)

    def leave(self) -> None:
        """Disconnect and end the thread."""
        self._client.disconnect()
        self._client.loop_stop()
