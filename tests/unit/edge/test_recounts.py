"""When sinks are recounted, and what is told of it; the hours and their counts are made up."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from edge.again import Again, Recounted, Spot
from edge.errors import NotFound, Unavailable
from edge.model import HOUR_NS, SECOND_NS, Batch, Cursor, Feed, Recount, Row
from edge.service.desk import Desk
from edge.service.feed import SinkCursor, SinkFeed
from edge.service.recounting import Hour, Recounter
from edge.service.recounts import MOST_HOURS, Recounts
from edge.status import State, Status
from edge.stores import Stores
from tests.contract.sink_gateway import shelf
from tests.unit.edge.fake_clock import ToldClock

PATH = "s/mask-1/a/good"
MINUTE_NS = 60 * SECOND_NS


def utc(text: str) -> int:
    """An instant of UTC, ns."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND_NS


class Told(Recounter):
    """Finds what it is told to find, and notes what it was asked for."""

    def __init__(self) -> None:
        self.name = "influx"
        self.asked = list[range]()
        self.finds = list[Hour]()
        self.noted = Recounted()
        self.down = ""

    async def recount(self, paths: Collection[str], hours: range) -> list[Hour]:
        assert list(paths) == [PATH]
        self.asked.append(hours)
        if self.down:
            raise Unavailable(self.down)
        return self.finds

    async def note(self, found: Recounted) -> None:
        self.noted = found

    async def before(self) -> Recounted:
        return self.noted


class Minutes(ToldClock):
    """Whoever sleeps waits until a test lets so many sleeps pass."""

    def __init__(self, now_ns: int) -> None:
        super().__init__(now_ns)
        self._left, self._due, self._done = 0, asyncio.Event(), asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        await self._due.wait()
        self._left -= 1
        if not self._left:
            self._due.clear()
            self._done.set()
        await super().sleep(seconds)

    async def pass_by(self, count: int) -> None:
        """Let so many sleeps pass, and what follows the last of them."""
        self._left = count
        self._done.clear()
        self._due.set()
        await self._done.wait()
        for _ in range(9):
            await asyncio.sleep(0)


class Days:
    """Recounts of a site in Seoul, from some moment on."""

    def __init__(self, at: str) -> None:
        self.clock, self.status, self.sink = Minutes(utc(at)), Status(), Told()
        self.recounts = Recounts([PATH], ZoneInfo("Asia/Seoul"), self.status, self.clock)
        self.recounts.add(self.sink)
        self.status.set("influx", State.RUNNING)

    @asynccontextmanager
    async def begun(self) -> AsyncIterator[None]:
        """While they go on."""
        async with asyncio.TaskGroup() as group:
            task = group.create_task(self.recounts.run())
            yield
            task.cancel()

    async def minutes(self, count: int) -> None:
        """Let so many pass."""
        await self.clock.pass_by(count)

    def told(self) -> dict[str, str]:
        """The findings."""
        return {one.code: one.text for one in self.status.findings()}


async def test_once_a_day_in_the_small_hours_what_is_new_is_looked_at() -> None:
    """From where the last one ended; by the clock of the site, not by ours."""
    days = Days("2026-11-20T17:30:00")  # 02:30 in Seoul
    days.sink.noted = Recounted(
        through_ns=utc("2026-11-19T18:00:00"), at_ns=utc("2026-11-19T18:05:00")
    )
    async with days.begun():
        await days.minutes(29)
        assert days.sink.asked == []
        await days.minutes(2)
        since, until = utc("2026-11-19T18:00:00") // HOUR_NS, utc("2026-11-20T17:00:00") // HOUR_NS
        assert days.sink.asked == [range(since, until)]
        await days.minutes(22 * 60)
        assert len(days.sink.asked) == 1
        await days.minutes(2 * 60)
        assert len(days.sink.asked) == 2


async def test_a_day_that_was_missed_is_made_up_for_once_the_service_has_settled() -> None:
    """A box that is off at night is recounted by day, and of a long past only a week."""
    days = Days("2026-11-20T01:00:00")
    async with days.begun():
        await days.minutes(8)
        assert days.sink.asked == []
        await days.minutes(4)
        (hours,) = days.sink.asked
        assert len(hours) == MOST_HOURS


async def test_after_a_server_was_away_its_hours_are_looked_at() -> None:
    """It may have lost what it had taken; from an hour before, ten minutes after it is back."""
    days = Days("2026-11-20T04:10:00")
    days.sink.noted = Recounted(
        through_ns=utc("2026-11-19T18:00:00"), at_ns=utc("2026-11-19T18:05:00")
    )
    async with days.begun():
        days.status.set("influx", State.WAITING, "gone")
        await days.minutes(130)
        days.status.set("influx", State.RUNNING)
        await days.minutes(9)
        assert days.sink.asked == []
        await days.minutes(4)
        away, now = utc("2026-11-20T04:00:00") // HOUR_NS, utc("2026-11-20T06:00:00") // HOUR_NS
        assert days.sink.asked == [range(away - 1, now)]


@pytest.mark.parametrize("why", ["away", "asked"])
async def test_no_hour_is_passed_over_for_one_that_was_looked_at_besides(why: str) -> None:
    """An outage at noon, or a person who asks for an hour: the night still looks at all the day."""
    days = Days("2026-11-20T04:10:00")
    since = utc("2026-11-19T18:00:00") // HOUR_NS
    days.sink.noted = Recounted(since * HOUR_NS, since * HOUR_NS + 5 * MINUTE_NS)
    missing = Hour(since + 2, 36_000, {PATH: 9}, {PATH: 9})
    days.status.find("influx", "recount missing", "an hour of the night", 0)
    async with days.begun():
        if why == "away":
            days.status.set("influx", State.WAITING, "gone")
            await days.minutes(30)
            days.status.set("influx", State.RUNNING)
            await days.minutes(60)
        else:
            await days.recounts.recount("influx", 1)
            await days.minutes(90)
        assert len(days.sink.asked) == 1
        assert set(days.told()) == {"recount missing"}, "nobody has looked there again"
        days.sink.finds = [missing]
        await days.minutes(15 * 60)
    looked_at = {hour for some in days.sink.asked for hour in some}
    newest = utc("2026-11-20T17:00:00") // HOUR_NS
    assert looked_at >= set(range(since, newest))
    assert days.sink.noted.through_ns == missing.hour * HOUR_NS


class Forgetful:
    """A server that has what a recount brought it, and nothing else."""

    def __init__(self) -> None:
        self.asked, self.brought = list[int](), list[int]()

    async def points(self, lines: Collection[str], from_ns: int, to_ns: int) -> dict[str, int]:
        assert (list(lines), to_ns - from_ns) == (["mask-1"], HOUR_NS)
        self.asked.append(from_ns)
        return {PATH: sum(self.brought)}

    async def keeps_s(self) -> int:
        return 0

    async def write(self, batch: Batch) -> int:
        self.brought.append(len(batch))
        return len(batch)

    @asynccontextmanager
    async def recounting(self, _: Feed, __: Cursor) -> AsyncIterator[Recount]:
        yield Recount(self.points, self.keeps_s, self.write)


async def test_hours_that_a_sink_has_still_to_bring_are_looked_at_later(tmp_path: Path) -> None:
    """While it is behind a recount vouches for nothing of them; what gets lost then is found."""
    clock, status, server = ToldClock(utc("2026-11-20T04:10:00")), Status(), Forgetful()
    hour_ns, night_ns = utc("2026-11-20T01:00:00"), utc("2026-11-20T18:30:00")
    with Stores.open(tmp_path) as stores, stores.journal.transaction():
        (number,) = stores.catalog.ids({PATH: ("counter", "1", "plc")}).values()
        for n in range(3):
            stores.journal.append(Batch.of([Row(number, hour_ns + n, hour_ns, float(n), 0)]))
    desk = Desk(partial(shelf, tmp_path), "recount")
    feed = SinkFeed(desk, {}, SinkCursor(desk, "influx", status, clock), clock)
    recounts = Recounts([PATH], ZoneInfo("Asia/Seoul"), status, clock)
    recounts.add(Recounter("influx", desk, feed, server.recounting, clock))
    try:
        await recounts.recount("influx", MOST_HOURS)
        assert server.asked == []
        await desk.ask(lambda own: own.confirm("influx", 3, 3, {}))
        status.set("influx", State.RUNNING)
        clock.now_ns = night_ns
        watch = recounts.watches["influx"]
        await recounts._tried(watch, await recounts._due(watch, night_ns, settled=True))
        assert (server.asked, server.brought) == ([hour_ns, hour_ns], [3])
    finally:
        desk.close()


async def test_what_was_missing_is_told_until_nothing_is() -> None:
    """What is there again is one thing, what stays missing another; people read hour and line."""
    days = Days("2026-11-20T04:10:00")
    one = utc("2026-11-20T01:00:00") // HOUR_NS
    days.sink.noted = Recounted(through_ns=one * HOUR_NS, at_ns=one * HOUR_NS)
    days.sink.finds = [
        Hour(one, 36_000, {PATH: 1_456}, {}),
        Hour(one + 1, 36_000, {PATH: 30}, {PATH: 20}),
    ]
    found = await days.recounts.recount("influx", 24)
    assert found["hours"][0]["missing"] == {PATH: 1_456}
    assert days.told() == {
        "recount repaired": "2026-11-20T10:00:00+09:00: 1,456 of mask-1",
        "recount missing": "2026-11-20T11:00:00+09:00: 20 of mask-1",
    }
    noted = days.sink.noted
    assert (noted.points, noted.missing, noted.rewritten) == (72_000, 20, 1_466)
    assert noted.through_ns == (one + 1) * HOUR_NS  # what is missing is looked at again
    days.sink.finds = [Hour(one + 1, 36_000, {}, {})]
    await days.recounts.recount("influx", 24)
    assert days.told() == {}


async def test_a_server_that_does_not_tell_is_a_finding_and_ends_nothing() -> None:
    """The next one is tried; who asked for it hears the reason."""
    days = Days("2026-11-20T01:00:00")
    days.sink.down = "answers 403; give the token the right to read"
    async with days.begun():
        await days.minutes(12)
        assert days.told() == {"recount unread": days.sink.down}
        with pytest.raises(Unavailable, match="right to read"):
            await days.recounts.recount("influx", 1)
        days.sink.down = ""
        await days.minutes(40)
        assert days.told() == {}
        with pytest.raises(NotFound, match="there are: influx"):
            await days.recounts.recount("other", 1)


def test_rows_that_were_refused_are_known_by_hour(tmp_path: Path) -> None:
    """Of several entries their sum; forgiven ones are asked for again."""
    with Stores.open(tmp_path) as stores:
        again: Again = stores.again
        again.refused(1, "influx", [Spot(7, 100, 3), Spot(8, 100, 1), Spot(7, 101, 9)])
        again.refused(2, "influx", [Spot(7, 100, 4)])
        again.refused(2, "influx", [Spot(7, 100, 5)])
        again.refused(3, "other", [Spot(7, 100, 50)])
        assert again.excused("influx", 100) == {7: 12, 8: 1}
        assert again.spots(1) == [Spot(7, 100, 3), Spot(8, 100, 1), Spot(7, 101, 9)]
        again.forgive(2)
        assert again.excused("influx", 100) == {7: 3, 8: 1}
