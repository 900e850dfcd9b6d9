"""Topics that flood, that nobody reads, or that fell silent, with a real broker between."""

import asyncio
from pathlib import Path

import pytest

from collectors.mqtt import silence
from collectors.mqtt.settings import Point
from edge.intake.door import Door
from edge.model import SECOND_NS, Batch
from tests.contract.deadline import until
from tests.contract.mqtt_desk import Desk, Machine
from tests.contract.test_mqtt import aside, collecting, config
from tests.servers.mosquitto import Mosquitto
from tests.unit.edge.test_intake import running, stored

pytestmark = pytest.mark.peer
HALF, PIECE = 10_000, 1_000
IN_FLIGHT = 500


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
@pytest.mark.parametrize("wide", ["old/#", "+/+/count", "old/a/count"])
async def test_what_no_signal_reads_any_more_is_taken_back(
    tmp_path: Path, protocol: str, wide: str
) -> None:
    """The session keeps what an older configuration subscribed to, long after its last signal."""
    with Mosquitto(tmp_path / "broker") as broker:
        machine = Machine(broker.port)
        new = Point(signal=1, topic="new/a/count/now")
        before = Desk()
        async with collecting(
            config(broker.port, new, Point(signal=2, topic=wide), protocol=protocol), before
        ):
            await aside(machine, "old/a/count", "1")
            await until(lambda: before.values(2), "a row")
        after = Desk(before.key)
        async with collecting(config(broker.port, new, protocol=protocol), after):
            await aside(machine, "old/a/count", "2")
            await until(lambda: after.refused, "a message that nobody reads")
            await asyncio.sleep(0.5)
            await aside(machine, "old/a/count", "3", "4")
            await aside(machine, "new/a/count/now", "5")
            await until(lambda: after.values(1), "a message of the signal that is left")
        assert [excerpt for _, excerpt, _ in after.refused] == [b"2"]
        assert after.values(1) == [5]
        machine.leave()


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


@pytest.mark.parametrize("ahead", [1, 5])
async def test_a_broker_that_sends_few_ahead_is_not_kept_waiting(
    tmp_path: Path, ahead: int
) -> None:
    """MQTT 3.1.1 has no word for how many: half of what is configured does not wait a minute."""
    with Mosquitto(tmp_path / "broker", f"max_inflight_messages {ahead}") as broker:
        machine = Machine(broker.port)
        async with running(tmp_path / "journal.db", every_ms=60_000) as intake:
            desk = Filed(intake.door("broker"))
            settings = config(broker.port, protocol="3.1.1", max_in_flight=ahead)
            async with collecting(settings, desk):
                await aside(machine, "n", *map(str, range(60)))
                await until(lambda: len(desk.rows) > 60 - max(1, ahead / 2), "all but a rest", 20)
        machine.leave()
    assert desk.windows == [ahead]
    assert stored(tmp_path / "journal.db") == list(range(len(desk.rows)))


class Filed(Desk):
    """Keeps in memory what the intake has on the disk."""

    def __init__(self, door: Door) -> None:
        super().__init__(door.key)
        self._door = door

    async def __call__(self, batch: Batch, key: bytes = b"") -> None:
        await self._door(batch, key)
        await super().__call__(batch, key)

    def window(self, messages: int) -> None:
        super().window(messages)
        self._door.window(messages)


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
