"""Topics that flood, and topics from which nothing comes any more, with a real broker between."""

import asyncio
from pathlib import Path

import pytest

from collectors.mqtt import silence
from collectors.mqtt.settings import Point
from edge.model import SECOND_NS, Batch
from tests.contract.deadline import until
from tests.contract.mqtt_desk import Desk, Machine
from tests.contract.test_mqtt import aside, collecting, config
from tests.servers.mosquitto import Mosquitto

pytestmark = pytest.mark.peer
HALF, PIECE = 10_000, 1_000
IN_FLIGHT = 500


async def test_a_topic_that_floods_is_bounded_and_hinders_no_other(tmp_path: Path) -> None:
    """As fast as the publisher can, before a disk that stands still: what waits is bounded.

    The other topic's values come in their turn, amid the flood, and of both nothing is lost.
    """
    points = Point(signal=1, topic="flood"), Point(signal=2, topic="quiet")
    desk = Waiting()
    with Mosquitto(tmp_path / "broker", f"max_inflight_messages {IN_FLIGHT}") as broker:
        quiet, loud = Machine(broker.port), Machine(broker.port)
        settings = config(broker.port, *points, protocol="5", max_in_flight=IN_FLIGHT)
        async with collecting(settings, desk):
            desk.open.clear()
            await asyncio.to_thread(pour, loud, 0)
            await until(lambda: desk.waiting >= IN_FLIGHT // 2, "a flood that waits")
            await aside(quiet, "quiet", *map(str, range(20)))
            await asyncio.to_thread(pour, loud, HALF)
            assert desk.most <= IN_FLIGHT
            desk.open.set()
            await until(lambda: len(desk.rows) == 2 * HALF + 20, "all of both", 60)
        quiet.leave()
        loud.leave()
    assert desk.values(2) == list(range(20))
    assert desk.values(1) == list(range(2 * HALF))
    assert max(i for i, row in enumerate(desk.rows) if row.signal == 2) < 2 * HALF
    assert desk.gaps == []


class Waiting(Desk):
    """Counts what waits for the disk."""

    waiting = most = 0

    async def __call__(self, batch: Batch, key: bytes = b"") -> None:
        self.waiting += len(batch)
        self.most = max(self.most, self.waiting)
        await super().__call__(batch, key)
        self.waiting -= len(batch)


def pour(machine: Machine, first: int) -> None:
    """Half of the flood, in a few pieces, each at once."""
    for start in range(first, first + HALF, PIECE):
        machine.say("flood", *map(str, range(start, start + PIECE)))


async def test_a_right_that_is_taken_away_without_a_word_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mosquitto's acl_file, changed and read again: silence is the only sign, and it is seen."""
    monkeypatch.setattr(silence, "PATIENCE_NS", SECOND_NS)
    monkeypatch.setattr(silence, "LOOK_S", 0.1)
    rights = tmp_path / "rights"
    rights.write_text("topic readwrite n\ntopic readwrite other\n", "utf-8")
    desk = Desk()
    with Mosquitto(tmp_path / "strict", f"acl_file {rights}") as broker:
        machine = Machine(broker.port)
        points = Point(signal=1, topic="n"), Point(signal=2, topic="other")
        async with collecting(config(broker.port, *points), desk):
            await speak(machine, 12)
            assert not desk.findings["topics silent"]
            rights.write_text("topic write n\ntopic readwrite other\n", "utf-8")
            broker.reload()
            for _ in range(40):
                await speak(machine, 1)
            told = desk.findings["topics silent"]
            assert "nothing comes on 'n' any more" in told
            assert "other" not in told
            rights.write_text("topic readwrite n\ntopic readwrite other\n", "utf-8")
            broker.reload()
            await speak(machine, 12)
            await until(lambda: not desk.findings["topics silent"], "the finding taken back")
        machine.leave()


async def speak(machine: Machine, times: int) -> None:
    """Both topics, ten times a second."""
    for i in range(times):
        await aside(machine, "n", str(i))
        await aside(machine, "other", str(i))
        await asyncio.sleep(0.1)
