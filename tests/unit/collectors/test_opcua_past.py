"""What a server recorded, on a link whose server is a script."""

import asyncio
import struct
from typing import Any

import pytest
from asyncua import ua
from asyncua.common.utils import Buffer

from collectors.opcua import past
from collectors.opcua.decode import Decoder, When
from collectors.opcua.items import Item
from collectors.opcua.link import Answered, Link, Unanswered
from collectors.opcua.past import Interval, batch_of, recorded
from collectors.opcua.settings import Point
from edge.model import AS_PAST
from edge.site import Kind
from tests.unit.collectors.opcua_kept import rows_of
from tests.unit.collectors.opcua_sent import NOW, NOW_NS, number
from tests.unit.collectors.opcua_sent import Item as Sent

HEADER = struct.pack("<BBHqIIBi3s", 1, 0, 667, NOW, 1, 0, 0, -1, b"\0\0\0")
INTERVAL = Interval(NOW_NS, NOW_NS + 1000)
SECOND = 2_000  # signal of the second node


class Historian(Link):
    """A link to a server with these values of each node, a few in an answer."""

    def __init__(self, *values: list[int], each: int = 2) -> None:
        self.url = "opc.tcp://192.0.2.10:4840"
        self.values = values  # ticks behind NOW, of each node; a value is its tick
        self.each = each
        self.history = [True] * len(values)
        self.raw: bytes | None = None
        self.refusal: Answered | Unanswered | None = None
        self.slow_from = 99  # the first node for which an answer does not come
        self.endless = False  # every answer is the first, and says that there is more
        self.asked: list[Any] = []

    async def ask(self, request: Any, answer: Any, **_: bool) -> Any:  # noqa: ANN401 - as its parent
        found = answer()
        for wanted in request.Parameters.NodesToRead:
            there = self.history[wanted.NodeId.Identifier]
            access = wanted.AttributeId == ua.AttributeIds.UserAccessLevel
            found.Results.append(ua.DataValue((5 if there else 1) if access else True))
        return found

    async def ask_raw(self, request: Any, **_: bool) -> Any:  # noqa: ANN401 - as its parent
        self.asked.append(request.Parameters)
        if self.refusal is not None:
            raise self.refusal
        wanted = request.Parameters.NodesToRead
        if any(one.NodeId.Identifier >= self.slow_from for one in wanted):
            await asyncio.Event().wait()
        parts = [self._answer(one.NodeId.Identifier, one.ContinuationPoint) for one in wanted]
        whole = HEADER + struct.pack("<i", len(parts)) + b"".join(parts) + struct.pack("<i", -1)
        return Buffer(whole if self.raw is None else self.raw)

    def _answer(self, node: int, more: bytes | None) -> bytes:
        at = 0 if self.endless else int(more or b"0")
        ticks = self.values[node][at : at + self.each]
        point = (
            b"%d" % (at + self.each)
            if at + self.each < len(self.values[node])
            else b"more" * self.endless
        )
        body = struct.pack("<i", len(ticks)) + b"".join(
            Sent(0, number(11, tick), source=NOW + tick).encoded()[4:] for tick in ticks
        )
        data = struct.pack("<BBHBi", 1, 0, past.HISTORY, 1, len(body)) + body
        return struct.pack("<Ii", 0, len(point) or -1) + point + data


def items(count: int) -> list[Item]:
    """So many nodes, their signals 1,000 apart."""
    points = [Point(signal=1000 * (i + 1), node=f"ns=2;i={i}") for i in range(count)]
    return [Item(point, ua.NodeId(i, 2), None) for i, point in enumerate(points)]


async def read_back(link: Link, count: int) -> past.Past:
    """What is read of so many nodes."""
    decoder = Decoder({1000: Kind.COUNTER, SECOND: Kind.GAUGE}, len)
    return await recorded(link, items(count), INTERVAL, decoder, When.judging(NOW_NS, trusted=True))


async def test_all_that_lies_in_the_interval_is_read_to_its_end() -> None:
    """Page by page and node by node; what was stored before and what comes anew is left out."""
    link = Historian([-1, 0, 1, 2, 3], [4, 10, 11])
    found = await read_back(link, 2)
    assert found.whole == 2
    rows = rows_of(batch_of(found))
    assert [(row.signal, row.value) for row in rows] == [
        (1000, 1),
        (1000, 2),
        (1000, 3),
        (SECOND, 4),
        (SECOND, 10),
    ]
    assert [row.source_ns for row in rows] == [NOW_NS + 100 * tick for tick in (1, 2, 3, 4, 10)]
    assert {row.status for row in rows} == {AS_PAST}, "however long ago that was"
    assert [len(asked.NodesToRead) for asked in link.asked] == [2, 2, 1]
    assert not link.asked[0].HistoryReadDetails.IsReadModified


async def test_nodes_without_history_are_not_asked() -> None:
    """One node of two is recorded: its rows come, and one of two is what is said."""
    link = Historian([1], [2])
    link.history[0] = False
    found = await read_back(link, 2)
    assert (found.whole, [row.value for row in found.rows]) == (1, [2])


@pytest.mark.parametrize(
    "raw",
    [
        HEADER,
        HEADER + struct.pack("<i", 3),
        HEADER + struct.pack("<iIi", 1, 0, -1) + struct.pack("<BBHBii", 1, 0, 658, 1, 4, 9),
        HEADER + struct.pack("<i", 0),
    ],
)
async def test_what_cannot_be_read_is_no_history(raw: bytes) -> None:
    """Torn answers and answers to something else: nothing is taken for whole."""
    link = Historian([1])
    link.raw = raw
    found = await read_back(link, 1)
    assert found == past.Past([], 0)


async def test_a_refusal_is_no_history() -> None:
    """The server says no: the time away stays a gap, and the run goes on."""
    link = Historian([1])
    link.refusal = Answered("no", ua.StatusCodes.BadHistoryOperationUnsupported)
    assert (await read_back(link, 1)).whole == 0


async def test_a_server_that_does_not_answer_in_time_has_no_history() -> None:
    """Else every start would end here, and nothing of today would ever be read."""
    link = Historian([1])
    link.refusal = Unanswered("no answer in time")
    assert (await read_back(link, 1)).whole == 0


async def test_a_slow_history_is_not_waited_for_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """What came until then is kept; of the rest the time away stays a gap."""
    monkeypatch.setattr(past, "NODES", 1)
    monkeypatch.setattr(past, "LONGEST_S", 0.2)
    link = Historian([1], [2])
    link.slow_from = 1
    async with asyncio.timeout(5):
        found = await read_back(link, 2)
    assert (found.whole, [row.value for row in found.rows]) == (1, [1])


@pytest.mark.parametrize("ticks", [[1, 2, 3], [-5, -4], [2_000, 2_001]])
async def test_a_server_that_begins_again_and_again_is_left(ticks: list[int]) -> None:
    """It says that there is more and tells the same: no rows without end, and no end of asking."""
    link = Historian(ticks, each=len(ticks))
    link.endless = True
    async with asyncio.timeout(5):
        found = await read_back(link, 1)
    values = [row.value for row in found.rows]
    assert sorted(set(values)) == [tick for tick in ticks if 0 < tick <= 10]
    assert len(values) <= len(set(values)) + 1, "at most the one at which the next part began"
    assert found.whole == 0


async def test_more_than_an_interruption_is_not_read_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A bound on memory; what is missing then stays in the gap."""
    monkeypatch.setattr(past, "MOST_ROWS", 3)
    found = await read_back(Historian([1, 2, 3, 4, 5, 6]), 1)
    assert found.whole == 0
    assert len(found.rows) == 4
