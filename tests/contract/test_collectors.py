"""What every collector promises, against servers that we did not write: one list for all kinds."""

import asyncio
import random
import signal
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Self

import pytest

from edge.errors import LineproofError, Unavailable
from edge.model import Quality
from edge.service.kinds import collector
from tests.contract.child import Child, committed_gaps, committed_rows
from tests.contract.deadline import until
from tests.contract.peer import COUNT, ODD, Source
from tests.contract.peers import SOURCES
from tests.contract.stranger import listening
from tests.unit.collectors.opcua_kept import Kept

pytestmark = pytest.mark.peer
KINDS = {peer: kind for kind, peers in SOURCES.items() for peer in peers}
KILLS = 8


@pytest.fixture(params=[pytest.param(peer, id=peer.__name__) for peer in KINDS])
def peer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Source]:
    """A server of this test's own."""
    (folder := tmp_path / "peer").mkdir()
    started: Source = request.param(folder)
    started.start()
    try:
        yield started
    finally:
        started.stop()


class Run:
    """A collector at work, from its first commit on; it is left within a second."""

    def __init__(self, peer: Source, kept: Kept, port: int | None = None) -> None:
        self._peer, self._kept, self._port = peer, kept, port
        self.task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        collecting = of(self._peer).collect(self._peer.config(self._port), self._kept)
        before = self._kept.commits
        self.task = task = asyncio.get_running_loop().create_task(collecting)
        if self._port is None:
            await until(lambda: self._kept.commits > before or task.done(), "a first commit")
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self.task is not None
        self.task.cancel()
        async with asyncio.timeout(1):
            await asyncio.wait([self.task])
        if not self.task.cancelled() and not isinstance(self.task.exception(), LineproofError):
            self.task.result()  # a bug is no ending

    async def ended(self) -> BaseException | None:
        """Why it ended by itself."""
        assert self.task is not None
        await until(self.task.done, "an end", 20)
        return self.task.exception()


def of(peer: Source) -> ModuleType:
    """The collector whose peer it is."""
    return collector(KINDS[type(peer)])


def assert_whole(peer: Source, found: list[float], last: int) -> None:
    """Nothing lost, doubled or moved; where nothing is kept for us, nothing moved."""
    assert found[-1] == last
    steps = {1} if peer.keeps else range(last + 1)
    assert [(a, b) for a, b in pairwise(found) if b - a not in steps] == []


async def test_everything_comes_in_order(peer: Source) -> None:
    """Through a slow disk: in the order of the source, each with its time."""
    kept = Kept(commit_s=0.2)
    async with Run(peer, kept):
        peer.count()
        await until(lambda: len(kept.of(COUNT)) > 60, "60 rows")
        last = await asyncio.to_thread(peer.still)
        await until(lambda: kept.values(COUNT)[-1] == last, f"the value {last}")
    assert_whole(peer, kept.values(COUNT), last)
    assert {Quality.of(row.status) for row in kept.of(COUNT)} == {Quality.GOOD}
    assert all(a.source_ns <= b.source_ns for a, b in pairwise(kept.of(COUNT)))
    assert all(a.received_ns <= b.received_ns for a, b in pairwise(kept.of(COUNT)))
    for _, from_ns, to_ns in kept.gaps:  # a busy machine polls late, and says so
        assert not peer.keeps
        assert not [row for row in kept.of(COUNT) if from_ns < row.source_ns < to_ns]


async def test_what_is_not_on_the_disk_is_not_acknowledged(peer: Source) -> None:
    """The disk has no room and we leave: whoever comes next is told all of it."""
    kept = Kept()
    async with Run(peer, kept):
        kept.room.clear()
        peer.count()
        await until(lambda: kept.waiting, "a batch that waits for room")
        await asyncio.sleep(0.5)  # more comes meanwhile, and nobody can see that it does
        last = await asyncio.to_thread(peer.still)
    assert set(kept.values(COUNT)) <= {0}
    again = Kept(kept.key)
    async with Run(peer, again):
        await until(lambda: again.values(COUNT)[-1:] == [last], f"the value {last}")
    assert_whole(peer, kept.values(COUNT) + again.values(COUNT), last)
    if peer.keeps:
        assert len(again.values(COUNT)) >= last
        assert not again.gaps


async def test_what_is_on_the_disk_is_acknowledged(peer: Source) -> None:
    """A collector that remembers nothing is told nothing again but how things stand."""
    kept = Kept()
    async with Run(peer, kept):
        peer.count()
        await until(lambda: kept.values(COUNT)[-1:] > [50], "50 rows")
        last = await asyncio.to_thread(peer.still)
        await until(lambda: kept.values(COUNT)[-1] == last, f"the value {last}")
        await asyncio.sleep(0.2)  # the acknowledgement has nobody to tell that it arrived
    fresh = Kept()
    async with Run(peer, fresh):
        peer.count(9_000)
        await until(lambda: fresh.values(COUNT)[-1:] > [9_000], "what is counted anew")
    assert {value for value in fresh.values(COUNT) if value < 9_000} <= {last}


@pytest.mark.slow
async def test_kills_lose_and_double_nothing(peer: Source, tmp_path: Path) -> None:
    """At random moments, most of them between a commit and its acknowledgement."""
    seed = random.SystemRandom().randrange(10**6)
    dice = random.Random(seed)
    child = Child(KINDS[type(peer)], peer.config(), tmp_path)
    try:
        child.start()
        await child.at_work()
        peer.count()
        for turn in range(KILLS):
            if turn % 3 < 2:  # else in the middle of starting
                await child.at_work()
            await asyncio.sleep(dice.uniform(0, 0.3))
            child.end(signal.SIGKILL)
            child.start()
        await child.at_work()
        last = await asyncio.to_thread(peer.still)
        await child.settled(COUNT, last)
        if peer.keeps:
            await child.quiet()
        assert child.end(signal.SIGTERM) < 1.5
    finally:
        child.end(signal.SIGKILL)

    rows = [row for row in committed_rows(child.kept) if row[0] == COUNT]
    assert len({(at, value) for _, at, value, _ in rows}) == len(rows), f"seed {seed}"
    assert_whole(peer, [value for _, _, value, _ in rows], last)
    if peer.keeps:
        assert committed_gaps(child.kept) == [], f"seed {seed}"


async def test_leaves_within_a_second_while_the_disk_has_no_room(peer: Source) -> None:
    """Whoever waits for room, or for a server that says nothing, waits in vain then."""
    kept = Kept()
    async with Run(peer, kept):
        kept.room.clear()
        peer.count()
        await until(lambda: kept.waiting, "a batch that waits for room")
        await asyncio.to_thread(peer.still)


@pytest.mark.parametrize("heard", [0, 1])
async def test_leaves_a_silent_server_within_a_second(peer: Source, heard: int) -> None:
    """It took our call, or heard us as well, and never answers."""
    called = asyncio.Event()

    async def mute(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read(heard)
        called.set()
        await reader.read()

    async with listening(mute) as port, Run(peer, Kept(), port):
        await called.wait()


async def test_a_lost_link_is_raised_and_the_next_try_reads_on(peer: Source) -> None:
    """Each error says where; nobody hammers a server from in here."""
    kept = Kept()
    async with Run(peer, kept) as run:
        await asyncio.to_thread(peer.stop)
        lost = await run.ended()
    async with asyncio.timeout(20):
        with pytest.raises(Unavailable) as absent:
            await of(peer).collect(peer.config(), Kept())
    for error in (lost, absent.value):
        assert isinstance(error, Unavailable)
        assert f"{peer.config().url}".rstrip("/") in str(error)  # type: ignore[attr-defined]  # every source has one
        assert "is the " in str(error)
    await asyncio.to_thread(peer.start)
    async with Run(peer, kept):
        peer.count()
        await until(lambda: kept.values(COUNT)[-1:] > [5], "fresh values")


async def test_a_stranger_at_the_address_is_unavailable(peer: Source) -> None:
    """Whatever bytes it sends: somebody plugged the printer into the wrong port."""
    dice = random.Random(7)

    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(dice.randbytes(300))
        await writer.drain()
        writer.close()

    async with listening(babble) as port, asyncio.timeout(30):
        for _ in range(5):
            with pytest.raises(Unavailable, match=str(port)):
                await of(peer).collect(peer.config(port), Kept())


async def test_any_payload_is_survived(peer: Source) -> None:
    """Each is a row that says it is bad, or set aside alone; the counter beside it goes on."""
    kept = Kept()
    async with Run(peer, kept):
        peer.count()
        await until(lambda: kept.values(COUNT), "a first value")
        told = strange(kept)
        spoiled = await asyncio.to_thread(peer.spoil)
        await until(lambda: strange(kept) >= told + spoiled, f"{spoiled} oddities")
        last = await asyncio.to_thread(peer.still)
        await until(lambda: kept.values(COUNT)[-1] == last, f"the value {last}")
    assert strange(kept) == told + spoiled or not peer.keeps
    assert_whole(peer, kept.values(COUNT), last)


def strange(kept: Kept) -> int:
    """Rows of signal 2 that are not good, and messages set aside."""
    bad = [row for row in kept.of(ODD) if Quality.of(row.status) is not Quality.GOOD]
    return len(bad) + len(kept.refused)
