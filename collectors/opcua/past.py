"""What a server recorded while nobody watched, where it keeps a history of its own.

What always holds: rows are later than all that was stored before, and of each node in order; where
the new subscription tells one of them once more, the stream knows it. A server without history, or
whose answers cannot be read or do not come, gives none, and the time away stays a gap.
"""

import asyncio
import struct
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import structlog
from asyncua import ua

from collectors.opcua.decode import Bytes, Decoder, Sent, When, sent_at
from collectors.opcua.items import EPOCH, Item
from collectors.opcua.link import Answered, Link, Unanswered
from collectors.opcua.nodes import chunks, read
from collectors.opcua.wire import UNREADABLE, opened, read_part
from edge.model import AS_PAST, Batch, Row

NODES = 10  # in one request; no server has a lower limit
VALUES = 1_000  # of a node in one answer
MOST_ROWS = 100_000  # more than that is no interruption, and would not fit into one commit
READS = 1_000
LONGEST_S = 30.0  # for all of it: a subscription that nobody asks lives for a minute
RECORDED, ACCESS = ua.AttributeIds.Historizing, ua.AttributeIds.UserAccessLevel
MAY_READ_HISTORY = 1 << 2
HISTORY = ua.ObjectIds.HistoryData_Encoding_DefaultBinary

log = structlog.get_logger()


class Interval(NamedTuple):
    """Source times that are wanted: later than the first, not later than the second."""

    after_ns: int
    upto_ns: int


class Past(NamedTuple):
    """What was read back."""

    rows: list[Row]
    whole: int  # of how many nodes all there is


class Asked(NamedTuple):
    """A node whose values are to come."""

    item: Item
    more: bytes = b""  # to ask on with
    newest_ns: int = 0  # of those that came


class Answer(NamedTuple):
    """What a server says of one node."""

    status: int
    more: bytes  # to ask on with; empty at the end
    values: list[Sent]


async def recorded(
    link: Link, items: Sequence[Item], interval: Interval, decoder: Decoder, when: When
) -> Past:
    """The rows that the server recorded of these nodes in an interval.

    Raises:
        Unavailable: the link is gone.
    """
    past = Past([], 0)
    try:
        async with asyncio.timeout(LONGEST_S):
            keeping = await with_history(link, items)
            for chunk in chunks(keeping, NODES):
                past = await extended(past, link, chunk, interval, (decoder, when))
    except TimeoutError:
        log.warning("history takes too long", url=link.url, nodes=len(items), read=past.whole)
    except (Answered, Unanswered, *UNREADABLE) as error:
        log.warning("history cannot be read", url=link.url, error=str(error))
        past = past._replace(whole=0)
    return past


async def with_history(link: Link, items: Sequence[Item]) -> list[Item]:
    """Those whose values are recorded, and whose past may be read."""
    wanted = [(item.node, attribute) for item in items for attribute in (RECORDED, ACCESS)]
    found = [
        one.Value.Value if one.Value is not None else 0 for one in await read(link, wanted, READS)
    ]
    return [
        item
        for item, recorded_now, access in zip(items, found[::2], found[1::2], strict=True)
        if recorded_now and (access or 0) & MAY_READ_HISTORY
    ]


async def extended(
    past: Past,
    link: Link,
    items: Sequence[Item],
    interval: Interval,
    reading: tuple[Decoder, When],
) -> Past:
    """What was read, and what these nodes have besides."""
    decoder, when = reading
    rows, whole = list(past.rows), past.whole
    left = [Asked(item) for item in items]
    while left and len(rows) < MOST_ROWS:
        answers = read_answers(await link.ask_raw(request(left, interval)))
        asked, left = left, []
        for one, answer in zip(asked, answers, strict=True):
            signal = one.item.point.signal
            found = [decoder.row(signal, sent, when) for sent in answer.values if sent.source]
            fresh = [row for row in found if row.source_ns >= one.newest_ns]
            rows += [row for row in fresh if within(row, interval)]
            newest_ns = max((row.source_ns for row in fresh), default=0)
            if answer.more and newest_ns > one.newest_ns:  # else it tells the same again, for ever
                left.append(Asked(one.item, answer.more, newest_ns))
            elif not answer.more and not answer.status >> 31:
                whole += 1
    return Past(rows, whole)


def within(row: Row, interval: Interval) -> bool:
    """Whether a row is wanted."""
    return interval.after_ns < row.source_ns <= interval.upto_ns


def request(left: Sequence[Asked], interval: Interval) -> Any:  # noqa: ANN401 - untyped library
    """The question for the raw values of some nodes."""
    made = ua.HistoryReadRequest()
    made.Parameters.HistoryReadDetails = ua.ReadRawModifiedDetails(
        IsReadModified=False,
        StartTime=EPOCH + timedelta(microseconds=interval.after_ns // 1000),
        EndTime=EPOCH + timedelta(microseconds=interval.upto_ns // 1000 + 1),
        NumValuesPerNode=VALUES,
        ReturnBounds=False,
    )
    made.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Both
    made.Parameters.ReleaseContinuationPoints = False
    made.Parameters.NodesToRead = [
        ua.HistoryReadValueId(NodeId=one.item.node, ContinuationPoint=one.more or None)
        for one in left
    ]
    return made


def read_answers(response: Any) -> list[Answer]:  # noqa: ANN401 - untyped library
    """What the server says of each node.

    Raises:
        ua.UaError, ValueError, …: the bytes are no such response.
    """
    data = opened(response)
    (count,) = struct.unpack("<i", data.read(4))
    return [read_answer(data) for _ in range(count)]


def read_answer(data: Bytes) -> Answer:
    """What it says of the next one."""
    status, size = struct.unpack("<Ii", data.read(8))
    more = data.read(max(size, 0))
    kind, body = read_part(data)
    if kind != HISTORY:
        return Answer(status, more, [])
    values = Bytes(body)
    (count,) = struct.unpack("<i", values.read(4))
    return Answer(status, more, [sent_at(values) for _ in range(count)])


def batch_of(past: Past) -> Batch:
    """The rows as a batch, those of all nodes by source time, marked as of the past."""
    marked = [row._replace(status=row.status | AS_PAST) for row in past.rows]
    return Batch.of(sorted(marked, key=lambda row: row.source_ns))
