"""Rounds without a network: a wire that answers as told, a clock that stands unless it is moved."""

import asyncio
from collections.abc import Callable
from itertools import pairwise

import pytest

from collectors.modbus.plan import Group
from collectors.modbus.poll import KEY, Poller
from collectors.modbus.settings import Config, Point
from collectors.modbus.wire import READS, Answer, SilentError, Wire
from edge.model import SECOND_NS, STATUS_GOOD
from tests.unit.collectors.opcua_kept import Kept

START_NS = 1_790_000_000 * SECOND_NS


class HandClock:
    """Moves only when somebody sleeps or takes time."""

    def __init__(self) -> None:
        self.now_ns, self.is_set = 0, True
        self.slept_s = list[float]()

    def wall_ns(self) -> int:
        return START_NS + self.now_ns

    def monotonic_ns(self) -> int:
        return self.now_ns

    async def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        self.now_ns += round(seconds * SECOND_NS)
        await asyncio.sleep(0)

    def trusted(self) -> bool:
        return self.is_set


class TableWire(Wire):
    """Holding register n shows n; what is `absent` is refused, and every answer takes a while."""

    def __init__(self, clock: HandClock, took_s: float = 0.0) -> None:
        self.absent, self.mute, self.off = set[int](), set[int](), set[int]()
        self.asked = list[tuple[int, int, int]]()  # unit, address, count
        self.there = set[int]()  # addresses of units that are off
        self._clock, self._took_s = clock, took_s

    async def ask(self, group: Group) -> Answer:
        self.asked.append((group.unit, group.address, group.count))
        self._clock.now_ns += round(self._took_s * SECOND_NS)
        wanted = range(group.address, group.address + group.count)
        if group.unit in self.mute:
            raise SilentError
        if group.unit in self.off and group.address not in self.there:
            self._clock.now_ns += SECOND_NS
            return Answer(b"", 11)
        if self.absent & set(wanted):
            return Answer(b"", 2)
        return Answer(b"".join(place.to_bytes(2, "big") for place in wanted))


class Desk:
    """A poller at work on such a wire."""

    def __init__(self, *points: Point, took_s: float = 0.0, key: bytes = b"") -> None:
        numbered = tuple(
            point.model_copy(update={"signal": number}) for number, point in enumerate(points, 1)
        )
        self.config = Config.model_validate({"url": "modbus://192.0.2.1", "points": numbered})
        self.clock, self.kept = HandClock(), Kept(key, commit_s=0)
        self.wire = TableWire(self.clock, took_s)

    async def until(self, true: Callable[[], bool]) -> None:
        """Work until it is true."""
        poller = Poller(self.wire, self.config, self.kept, self.clock)
        async with asyncio.TaskGroup() as tasks:
            working = [tasks.create_task(poller.read()), tasks.create_task(poller.store())]
            await self.kept.until(true)
            for task in working:
                task.cancel()


async def test_a_refused_request_is_halved_once() -> None:
    """Twenty neighbours, two of them absent: later rounds ask for what was found to work."""
    desk = Desk(*(Point(address=place) for place in range(20)))
    desk.wire.absent = {3, 17}
    await desk.until(lambda: len(desk.kept.rows) >= 60)
    asked = desk.wire.asked
    assert (asked[0], asked.count((1, 0, 20))) == ((1, 0, 20), 1)
    ends = [place for place, request in enumerate(asked) if request == (1, 17, 1)]
    later = asked[ends[0] + 1 : ends[1] + 1]
    assert (1, 3, 1) in later
    assert sum(count for _, _, count in later) == 20
    good = {row.value for row in desk.kept.rows if row.status == STATUS_GOOD}
    assert good == set(range(20)) - {3, 17}


async def test_a_device_that_refused_everything_once_is_asked_as_before_later_on() -> None:
    """One that boots; else a hundred requests a round would stay a hundred until the link ends."""
    desk = Desk(*(Point(address=place) for place in range(20)))
    desk.wire.absent = set(range(20))

    def is_well_at_last() -> bool:
        desk.wire.absent &= {place for place in range(20) if not desk.kept.rows}
        return desk.clock.now_ns > 700 * SECOND_NS

    await desk.until(is_well_at_last)
    asked = desk.wire.asked
    assert asked[-3:] == [(1, 0, 20)] * 3
    assert asked.count((1, 3, 1)) == pytest.approx(600, abs=5)


async def test_rounds_keep_to_their_second_and_skip_what_has_passed() -> None:
    """A round of 2.4 s begins every 3 s; one of 0.4 s every second."""
    for took_s, apart_s in ((0.4, 1.0), (2.4, 3.0)):
        desk = Desk(Point(address=1), took_s=took_s)
        await desk.until(lambda kept=desk.kept: len(kept.rows) >= 5)  # type: ignore[misc]  # mypy wants no default in a lambda
        times_ns = [row.source_ns for row in desk.kept.rows]
        apart_ns = {after - before for before, after in pairwise(times_ns)}
        assert apart_ns == {int(apart_s * SECOND_NS)}
        assert times_ns[0] == START_NS + took_s / 2 * SECOND_NS
        assert ("rounds late" in desk.kept.findings) == (took_s > 1)


async def test_every_round_is_a_proof_of_life() -> None:
    """At the instant at which the last of its values was true."""
    desk = Desk(Point(address=1), Point(address=9))
    await desk.until(lambda: len(desk.kept.rows) >= 8)
    assert desk.kept.alive_ns[:4] == [row.source_ns for row in desk.kept.rows[1:8:2]]


async def test_a_clock_that_nobody_set_is_the_business_of_whom_we_deliver_to() -> None:
    """The value is good and has the time of arrival; who keeps it has it wait for another."""
    desk = Desk(Point(address=1))
    desk.clock.is_set = False
    await desk.until(lambda: bool(desk.kept.rows))
    first = desk.kept.rows[0]
    assert (first.status, first.source_ns) == (STATUS_GOOD, first.received_ns)


async def test_a_silent_device_is_asked_every_30_seconds() -> None:
    """And its neighbour every second; the finding goes once it answers."""
    desk = Desk(Point(address=1, unit_id=7), Point(address=1))
    desk.wire.mute = {7}
    asked = list[int]()

    def answers_at_last() -> bool:
        if desk.wire.mute and len(desk.kept.of(2)) > 70:
            assert "unit silent/7" in desk.kept.findings
            asked.extend(unit for unit, _, _ in desk.wire.asked)
            desk.wire.mute.clear()
        return 1 in desk.kept.values(1)

    await desk.until(answers_at_last)
    assert asked.count(7) == pytest.approx(asked.count(1) / 30, abs=1)
    assert desk.kept.findings == {}


async def test_devices_that_are_off_do_not_slow_those_at_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A gateway takes a second to say that one does not respond; at night there are many."""
    off = [Point(address=place, unit_id=unit) for unit in (7, 8, 9) for place in (1, 5, 9, 13)]
    desk = Desk(Point(address=1), *off)
    desk.wire.off = {7, 8, 9}
    told, finding = set[str](), desk.kept.finding

    def note(code: str, text: str) -> None:
        told.update({code} if text else set())
        finding(code, text)

    monkeypatch.setattr(desk.kept, "finding", note)
    await desk.until(lambda: desk.clock.now_ns > 120 * SECOND_NS)
    assert told == {"unit silent/7", "unit silent/8", "unit silent/9"}  # and not to raise poll_ms
    apart_ns = [b.source_ns - a.source_ns for a, b in pairwise(desk.kept.of(1))]
    assert max(apart_ns[1:]) < 5 * SECOND_NS  # after the round that found out
    assert sum(apart_ns) / len(apart_ns) < 2 * SECOND_NS


async def test_a_device_that_refuses_one_table_is_read_in_the_others() -> None:
    """A gateway may say so of a single request, as after noise on the line."""
    desk = Desk(Point(address=1), Point(address=2, table="input"))
    desk.wire.off, desk.wire.there = {1}, {2}
    await desk.until(lambda: desk.clock.now_ns > 60 * SECOND_NS)
    assert {row.value for row in desk.kept.of(2)} == {2}


async def test_no_row_lies_in_a_gap() -> None:
    """A round takes a while, and what it asks for first is read before it ends."""
    before_ns = START_NS - 60 * SECOND_NS
    desk = Desk(Point(address=1), Point(address=9), took_s=0.4, key=KEY.pack(before_ns))
    await desk.until(lambda: bool(desk.kept.rows))
    ((_, from_ns, to_ns),) = desk.kept.gaps
    assert (from_ns, to_ns) == (before_ns, desk.kept.rows[0].source_ns)


async def test_what_the_link_before_told_is_taken_back() -> None:
    """A device is mended, and its link made anew for that: nobody else would take it back."""
    desk = Desk(Point(address=1), Point(address=2, unit_id=7), Point(address=3, unit_id=8))
    desk.wire.absent, desk.wire.mute, desk.wire.off = {1}, {7}, {8}
    await desk.until(lambda: len(desk.kept.findings) >= 3)
    desk.wire.absent, desk.wire.mute, desk.wire.off = set(), set(), set()
    await desk.until(lambda: bool({3} & set(desk.kept.values(3))))
    assert desk.kept.findings == {}


async def test_a_gateway_whose_only_device_is_off_keeps_its_link() -> None:
    """It answers, though only that nobody is there; that is told for as long as it lasts."""
    desk = Desk(Point(address=1))
    desk.wire.off = {1}
    await desk.until(lambda: desk.clock.now_ns > 60 * SECOND_NS)
    assert "exception 11" in desk.kept.findings["unit silent/1"]
    assert len(desk.kept.rows) > 50
    assert len(desk.wire.asked) < 10


@pytest.mark.parametrize(("away_s", "gaps"), [(-60, 0), (0.5, 0), (2.9, 0), (3.1, 1), (3600, 1)])
async def test_three_rounds_of_silence_are_a_gap(away_s: float, gaps: int) -> None:
    """Counted from the last round of whatever process; a clock set back is none."""
    before_ns = START_NS - round(away_s * SECOND_NS)
    desk = Desk(Point(address=1), key=KEY.pack(before_ns))
    await desk.until(lambda: bool(desk.kept.rows))
    assert desk.kept.gaps == [("nothing was read", before_ns, START_NS)] * gaps


def test_only_the_four_reading_functions_are_known() -> None:
    """Coils 1, discretes 2, holding registers 3, inputs 4."""
    codes = {table: request.function_code for table, request in READS.items()}
    assert codes == {"coil": 1, "discrete": 2, "holding": 3, "input": 4}
