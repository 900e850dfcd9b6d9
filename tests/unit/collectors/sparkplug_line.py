"""A host without a broker, and an edge node that speaks to it: messages go in, rows come out."""

import math
from collections.abc import Mapping
from typing import Any

from collectors.mqtt.columns import Burst
from collectors.mqtt.settings import Config, Point
from collectors.mqtt.sparkplug.host import Host
from collectors.mqtt.sparkplug.names import NodeId
from collectors.mqtt.stream import DUP, Messages
from edge.model import SECOND_NS, Row
from edge.site import Kind
from tests.contract.mqtt_desk import Desk, rows_of
from tests.servers.sparkplug_node import EdgeNode, Sent
from tests.servers.sparkplug_wire import BOOLEAN, INT32, STRING, Metric

GOOD, STATE, PRODUCT, HEAT = 1, 2, 3, 4
PACKER = (
    Metric("Counts/Good", 7, INT32),
    Metric("State", "run", STRING),
    Metric("Door", value=False, datatype=BOOLEAN),
)
NODE = (Metric("Heat", 21.5),)
DECLARED: Mapping[str, tuple[Metric, ...]] = {"": NODE, "packer": PACKER}
LINE = NodeId("hanbit", "line-1")
MS_NS = 1_000_000
BORN_MS = 1_795_128_900_000


def point(signal: int, metric: str, device: str | None = "packer", **keys: object) -> Point:
    """A signal that reads a metric of line-1."""
    where = {"group": "hanbit", "node": keys.pop("node", "line-1"), "metric": metric}
    return Point.model_validate(
        {"signal": signal, "sparkplug": {**where, "device": device}, **keys}
    )


POINTS = (
    point(GOOD, "Counts/Good", kind=Kind.COUNTER),
    point(STATE, "State", kind=Kind.TEXT),
    point(HEAT, "Heat", None),
)


def edge(declared: Mapping[str, tuple[Metric, ...]] = DECLARED, **keys: Any) -> EdgeNode:  # noqa: ANN401 - as EdgeNode
    """A node whose clock stands still, five minutes before the line begins."""
    node = EdgeNode(declared, **keys)
    node.clock = lambda: BORN_MS
    return node


class Line:
    """A host, and by hand the two clocks that it is told."""

    def __init__(
        self, *points: Point, memory: bytes = b"", node: EdgeNode | None = None, **settings: object
    ) -> None:
        self.desk = Desk()
        told = {"url": "mqtt://192.0.2.1", "client_id": "gw", "sparkplug": settings}
        self.config = Config.model_validate({**told, "points": points or POINTS})
        self.host = Host(self.config, self.desk, memory)
        self.node = node or edge()
        self.now_ns = 0
        self.wall_ns = 1_795_129_200 * SECOND_NS
        self.rows: list[Row] = []

    def born(self) -> "Line":
        """The same, once the node and its devices were born; their rows are forgotten."""
        self.bring(*(self.node.birth(device) for device in sorted(DECLARED)))
        self.rows.clear()
        return self

    def bring(
        self, *sent: Sent, dup: bool = False, at_once: bool = True, dated: bool = True
    ) -> list[Row]:
        """What these messages make of themselves, in one burst or one after the other."""
        bursts = [sent] if at_once else [(one,) for one in sent]
        return [row for burst in bursts for row in self._burst(burst, dup=dup, dated=dated)]

    def _burst(self, sent: tuple[Sent, ...], *, dup: bool, dated: bool) -> list[Row]:
        flags = [one.qos << 1 | (DUP if dup else 0) for one in sent]
        messages = Messages(
            [one.topic.encode() for one in sent],
            [i + 1 if one.qos else 0 for i, one in enumerate(sent)],
            [one.payload for one in sent],
            flags,
            max(flags),
        )
        self.pass_by(10)
        ready = self.host.take(Burst(messages, self.wall_ns, dated), self.now_ns)
        return self._read(ready)

    def _read(self, ready: Burst | None) -> list[Row]:
        if ready is None:
            return []
        rows = rows_of(self.host.part(ready, range(len(ready.messages))).batch)
        self.rows += rows
        return rows

    def pass_by(self, ms: float) -> None:
        """So much time passes."""
        self.now_ns += int(ms * MS_NS)
        self.wall_ns += int(ms * MS_NS)

    def wait(self, ms: float) -> list[Row]:
        """What happens by itself after so long."""
        self.pass_by(ms)
        return self._read(self.host.overdue(self.now_ns))

    def asked(self) -> list[NodeId]:
        """Whom the host asks for a birth now."""
        return self.host.requests(self.now_ns)

    def values(self, signal: int) -> list[float]:
        """What came of one signal."""
        return [row.value for row in self.rows if row.signal == signal]

    def is_unknown(self, signal: int) -> bool:
        """Whether the last row of a signal, by source time, says that nobody knows its value."""
        rows = sorted((row for row in self.rows if row.signal == signal), key=lambda r: r.source_ns)
        return math.isnan(rows[-1].value)


def good(value: int) -> dict[str, Metric]:
    """A new count of good pieces, as `EdgeNode.data` takes it."""
    return {"Counts/Good": Metric(value=value)}
