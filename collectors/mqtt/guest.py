"""What a protocol on top of MQTT does with the messages of one connection; Sparkplug is the one.

It is looked at only where signals read it: protobuf is not loaded before.
"""

from collections.abc import Sequence
from typing import Protocol

from collectors.mqtt.columns import Burst, Part
from collectors.mqtt.packets import Will
from collectors.mqtt.settings import Config
from collectors.mqtt.wire import Wire
from edge.clock import Clock
from edge.model import Batch, Deliver


class Guest(Protocol):
    """The half of Sparkplug that sees messages and links."""

    @property
    def filters(self) -> list[str]:
        """What to subscribe to."""
        ...

    @property
    def will(self) -> Will | None:
        """What the broker is to say for us; None where nothing."""
        ...

    @property
    def memory(self) -> bytes:
        """What to commit with the rows, for the next connection."""
        ...

    def begin(self) -> None:
        """The broker sends what we read: say that we are there."""
        ...

    def take(self, burst: Burst) -> Burst | None:
        """The burst, with what waited before it; None while it waits for a missing message."""
        ...

    def overdue(self) -> Burst | None:
        """What waited long enough."""
        ...

    def mine(self, topic: bytes) -> bool:
        """Whether the messages of a topic are its own."""
        ...

    def part(self, burst: Burst, fresh: Sequence[int]) -> Part:
        """The rows of its own messages among these."""
        ...

    def look(self) -> Batch:
        """What is due from time to time: questions to ask, and rows of what nobody answered."""
        ...


def guest(
    config: Config, wire: Wire, deliver: Deliver, clock: Clock, memory: bytes
) -> Guest | None:
    """The host of Sparkplug, where a signal reads a metric of it."""
    if not any(point.sparkplug for point in config.points):
        return None
    from collectors.mqtt.sparkplug.hosting import Hosting  # noqa: PLC0415 - protobuf, on first use

    return Hosting(config, wire, deliver, clock, memory)
