"""What is asked to be watched, and what becomes of it, on a link whose server is a script."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from asyncua import ua

from collectors.opcua.items import Item, Items
from collectors.opcua.link import Link
from collectors.opcua.nodes import ITEM_LIMIT, READ_LIMIT, STARTED
from collectors.opcua.settings import Config, Point
from edge.site import Kind
from tests.unit.collectors.opcua_kept import Kept

URL = "opc.tcp://192.0.2.10:4840"


class Plc(Link):
    """A link to a server that has every node, and limits."""

    def __init__(self, most_reads: int = 0, most_items: int = 0) -> None:
        self.url = URL
        self.limits = {READ_LIMIT: most_reads, ITEM_LIMIT: most_items}
        self.queue, self.sampling_ms = 1000, 0.0
        self.reads: list[int] = []
        self.created: list[int] = []
        self.deleted: list[int] = []
        self.refused: dict[int, int] = {}  # signal -> status

    async def ask(self, request: Any, answer: Any, **_: bool) -> Any:  # noqa: ANN401 - as its parent
        found = answer()
        found.ResponseHeader.Timestamp = datetime(2026, 11, 20, tzinfo=UTC)
        if isinstance(request, ua.ReadRequest):
            wanted = request.Parameters.NodesToRead
            self.reads.append(len(wanted))
            found.Results = [self._value(one) for one in wanted]
        elif isinstance(request, ua.CreateMonitoredItemsRequest):
            wanted = request.Parameters.ItemsToCreate
            self.created.append(len(wanted))
            found.Results = [self._item(one.RequestedParameters.ClientHandle) for one in wanted]
        else:
            self.deleted += request.Parameters.MonitoredItemIds
        return found

    def _value(self, wanted: Any) -> Any:  # noqa: ANN401 - asyncua
        if wanted.AttributeId == ua.AttributeIds.DataType:
            return ua.DataValue(ua.NodeId(ua.ObjectIds.Double))
        if wanted.AttributeId == ua.AttributeIds.ValueRank:
            return ua.DataValue(-1)
        if wanted.NodeId in self.limits:
            return ua.DataValue(self.limits[wanted.NodeId])
        started = datetime(2026, 1, 1, tzinfo=UTC)
        return ua.DataValue(
            started if wanted.NodeId == STARTED else ["http://opcfoundation.org/UA/"]
        )

    def _item(self, signal: int) -> Any:  # noqa: ANN401 - asyncua
        status = ua.StatusCode(self.refused.get(signal, 0))
        return ua.MonitoredItemCreateResult(status, signal + 500, self.sampling_ms, self.queue)


def items_on(plc: Plc, kept: Kept, *points: Point) -> Items:
    """The nodes of a source that publishes every half second."""
    return Items(plc, Config(url=URL, points=points), kept)


def point(signal: int, **more: Any) -> Point:  # noqa: ANN401 - fields of Point
    """A node."""
    return Point(signal=signal, node=f"ns=2;i={signal}", kind=Kind.COUNTER, **more)


async def watched(items: Items) -> dict[int, Item]:
    """All that is there, watched."""
    await items.watch(7, await items.find())
    return items.live


@pytest.mark.parametrize(
    ("most_reads", "most_items", "reads", "created"),
    [(0, 0, [4, 14], [7]), (5, 3, [4, 5, 5, 4], [3, 3, 1])],
)
async def test_a_server_is_asked_no_more_at_once_than_it_takes(
    most_reads: int, most_items: int, reads: list[int], created: list[int]
) -> None:
    """Its limits are read first; what does not fit goes into several requests."""
    plc, kept = Plc(most_reads, most_items), Kept()
    live = await watched(items_on(plc, kept, *map(point, range(1, 8))))
    assert plc.reads == reads
    assert plc.created == created
    assert {signal: item.number for signal, item in live.items()} == {
        signal: signal + 500 for signal in range(1, 8)
    }
    assert not kept.findings


@pytest.mark.parametrize(
    ("asked", "queue", "sampling_ms", "told"),
    [
        ({}, 1000, 0.0, None),
        ({}, 1000, 500.0, None),  # looks as often as it publishes
        ({}, 1000, 1000.0, "'ns=2;i=1' 1000 changes, one in 1000 ms; .* cut of more than 1000 s"),
        ({"sampling_ms": 100}, 1000, 250.0, "1000 changes, one in 250 ms; .* more than 250 s"),
        ({"sampling_ms": 100}, 2, 100.0, "2 changes, one in 100 ms; .* more than 0.2 s"),
        ({"queue": 10}, 10, 0.0, None),
        ({"queue": 10}, 9, 0.0, "9 changes, one in 0 ms; .* more than 0.009 s"),
    ],
)
async def test_what_the_server_cut_is_told_with_what_it_costs(
    asked: dict[str, float], queue: int, sampling_ms: float, told: str | None
) -> None:
    """Queue and sampling are read back; for how long a cut they last is said in seconds."""
    plc, kept = Plc(), Kept()
    plc.queue, plc.sampling_ms = queue, sampling_ms
    await watched(items_on(plc, kept, point(1, **asked)))
    found = kept.findings.get("revised")
    assert (found is None) == (told is None)
    assert told is None or re.search(told, str(found))


async def test_how_seldom_a_server_looks_is_known() -> None:
    """By its own word, or by what was asked of it where an earlier process made the item."""
    plc = Plc()
    plc.sampling_ms = 2_000.0
    items = items_on(plc, Kept(), point(1), point(2, sampling_ms=60_000))
    await items.watch(7, {1: (await items.find())[1]})
    assert items.slowest_s == 2
    items.adopt({2: (await items.find())[2]})
    assert items.slowest_s == 60


async def test_a_refused_item_is_asked_for_again() -> None:
    """One is refused: the other lives, and the next turn asks for the one alone."""
    plc, kept = Plc(), Kept()
    items = items_on(plc, kept, point(1), point(2))
    plc.refused = {2: ua.StatusCodes.BadOutOfMemory}
    assert set(await watched(items)) == {1}
    assert "is refused ('BadOutOfMemory')" in kept.findings["absent ns=2;i=2"]
    plc.refused = {}
    assert set(await watched(items)) == {1, 2}
    assert plc.created == [2, 1]
    assert not kept.findings


async def test_a_dropped_item_is_given_back_and_wanted_again() -> None:
    """The server is told by its number; one of an earlier process has none."""
    plc, kept = Plc(), Kept()
    items = items_on(plc, kept, point(1), point(2))
    await items.watch(7, {1: (await items.find())[1]})
    items.adopt({2: (await items.find())[2]})
    await items.drop(7, {1, 2}, "has gone")
    assert plc.deleted == [501]
    assert set(items.absent) == {1, 2}
    assert "has gone" in kept.findings["absent ns=2;i=1"]
