"""A burst is acknowledged when it is on the disk, in its turn, and never before."""

import asyncio
from collections.abc import Sequence

from collectors.mqtt.columns import Burst
from collectors.mqtt.handover import Handover
from collectors.mqtt.repeats import Repeats
from collectors.mqtt.settings import Point
from collectors.mqtt.topics import Topics
from collectors.mqtt.wire import Wire
from edge.model import Batch
from tests.unit.collectors.mqtt_messages import messages
from tests.unit.collectors.opcua_kept import Kept

TURNS = 20  # of the loop: whoever would go on by itself has done so


class Acknowledged(Wire):
    """A `Wire` without a link, which notes what was on the disk when it was to acknowledge."""

    def __init__(self, disk: "Disk") -> None:
        self._disk = disk
        self.told: list[tuple[int, list[float]]] = []  # packet id, values stored before it

    def acknowledge(self, packet_ids: Sequence[int], burst: int) -> None:  # noqa: ARG002 - as a wire
        self.told += [(one, [row.value for row in self._disk.rows]) for one in packet_ids]

    @property
    def ids(self) -> list[int]:
        """What was acknowledged, in its order."""
        return [one for one, _ in self.told]


class Disk(Kept):
    """A `Deliver` whose commits end when the test says so, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.done: dict[float, asyncio.Event] = {}

    async def __call__(self, batch: Batch, key: bytes = b"") -> None:
        await self.done.setdefault(float(batch.value[0]), asyncio.Event()).wait()
        self._commit_s = 0
        await super().__call__(batch, key)


async def settle() -> None:
    """Let everybody go on who can."""
    for _ in range(TURNS):
        await asyncio.sleep(0)


def burst(number: int) -> Burst:
    """One message whose packet id and value are this number."""
    return Burst(messages(("good", b"%d" % number), first_id=number), number, dated=True)


async def test_a_burst_is_acknowledged_once_it_is_on_the_disk_and_in_its_turn() -> None:
    """Also where the disk takes the second one first."""
    disk = Disk()
    wire = Acknowledged(disk)
    topics = Topics([Point(signal=1, topic="good")])
    handover = Handover(wire, Repeats(10, b""), disk, (topics, None), 5)
    async with asyncio.TaskGroup() as group:
        await handover.store(group, burst(1))
        await handover.store(group, burst(2))
        await settle()
        assert wire.ids == []
        disk.done[2].set()
        await settle()
        assert disk.values(1) == [2]
        assert wire.ids == []
        disk.done[1].set()
    assert wire.told == [(1, [2, 1]), (2, [2, 1])]


async def test_what_is_abandoned_is_not_acknowledged() -> None:
    """The link is gone; what the disk does not have, the broker sends again."""
    disk = Disk()
    wire = Acknowledged(disk)
    topics = Topics([Point(signal=1, topic="good")])
    handover = Handover(wire, Repeats(10, b""), disk, (topics, None), 5)
    async with asyncio.TaskGroup() as group:
        await handover.store(group, burst(1))
        await settle()
        handover.abandon()
    assert wire.told == []
    assert disk.rows == []
