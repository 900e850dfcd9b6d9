"""When to ask which node for a birth: seldom, for each birth is all a node has to say.

A node is asked once in so many seconds, and few nodes at once: those of a whole factory lose their
link together, and come back together.
"""

from collections.abc import Sequence

from collectors.mqtt.sparkplug.names import NodeId
from collectors.mqtt.sparkplug.schema import PAYLOAD
from edge.model import SECOND_NS

AT_ONCE = 5  # nodes, each time that we look
ANSWER_NS = 10 * SECOND_NS
REBIRTH = b"Node Control/Rebirth"
BOOLEAN = 11  # of the types of Sparkplug


class Rebirths:
    """Whom we asked and when, by the monotonic clock."""

    def __init__(self, every_s: float) -> None:
        self._every_ns = int(every_s * SECOND_NS)
        self._asked_ns: dict[NodeId, int] = {}

    def due(self, waiting: Sequence[NodeId], now_ns: int) -> list[NodeId]:
        """Those of the waiting nodes to ask now; from now on they count as asked."""
        found = [
            name
            for name in waiting
            if name not in self._asked_ns or now_ns - self._asked_ns[name] >= self._every_ns
        ][:AT_ONCE]
        self._asked_ns.update(dict.fromkeys(found, now_ns))
        return found


class Waits:
    """Which nodes something has been awaited of, and since when, by the monotonic clock."""

    def __init__(self) -> None:
        """Nothing is awaited."""
        self._since_ns: dict[NodeId, int] = {}

    def over(self, waiting: Sequence[NodeId], now_ns: int) -> list[NodeId]:
        """Those of the waiting nodes for whom it has been too long, each once in a wait."""
        self._since_ns = {name: self._since_ns.get(name, now_ns) for name in waiting}
        found = [n for n, since_ns in self._since_ns.items() if 0 <= since_ns <= now_ns - ANSWER_NS]
        self._since_ns.update(dict.fromkeys(found, -1))
        return found


def request(now_ns: int) -> bytes:
    """The one command that we know: be born again. It has no number.

    Args:
        now_ns: by the clock on the wall.
    """
    now_ms = now_ns // 1_000_000
    payload = PAYLOAD(timestamp=now_ms)
    payload.metrics.add(name=REBIRTH, timestamp=now_ms, datatype=BOOLEAN, boolean_value=True)
    raw: bytes = payload.SerializeToString()
    return raw
