"""Many messages to columns: those that are asked the same are decoded together.

What `payload` says of one message holds here to the last bit, and a property test says so. Each
message is parsed on its own, for joined text would shift the values behind one that is broken.
Whatever is odd in any way is left to `payload`: not like the others, broken, or a key given twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from collectors.mqtt.opening import Opened
from collectors.mqtt.payload import Arrival, rows_of
from collectors.mqtt.stream import RETAIN, Messages
from collectors.mqtt.topics import Reading, Topics
from edge.model import (
    I64,
    STATUS_BAD,
    STATUS_GOOD,
    STATUS_UNCERTAIN_CLOCK,
    STATUS_UNCERTAIN_ROUNDED,
    U32,
    Batch,
    Deliver,
    Row,
)

FEW = 4  # messages of one shape that are not worth columns


class Burst(NamedTuple):
    """Messages that came together, and how far their time can be told."""

    messages: Messages
    received_ns: int  # of the first; each has a nanosecond of its own
    dated: bool  # whether they came when they were published
    came_ns: I64 | None = None  # of each, where some of them waited for others

    def at(self, number: int) -> int:
        """When one message came, ns."""
        return self.received_ns + number if self.came_ns is None else int(self.came_ns[number])

    def times(self) -> I64:
        """When each message came, ns."""
        if self.came_ns is not None:
            return self.came_ns
        return self.received_ns + np.arange(len(self.messages), dtype=np.int64)


class Part(NamedTuple):
    """Some rows of a burst, and the number of the message that each is of."""

    numbers: I64
    batch: Batch


def decode(
    burst: Burst,
    which: Sequence[int],
    topics: Topics,
    deliver: Deliver,
    others: Sequence[Part] = (),
) -> Batch:
    """The rows of a burst, in the order in which its messages came.

    Args:
        burst: what the broker sent.
        which: of its messages are to be decoded.
        topics: which points read what.
        deliver: gives texts their symbols, and takes what cannot be read.
        others: rows of messages that are not among those to be decoded here.
    """
    readings = topics.readings(burst.messages.topics)
    parts = list(others)
    odd: list[int] = []
    for group in of_each_shape(burst.messages.topics, which, readings):
        if len(group) < FEW or not readings[burst.messages.topics[group[0]]].points:
            odd += group
        else:
            part, strange = of_one_shape(burst, group, topics, deliver)
            parts.append(part)
            odd += strange
    if odd:
        parts.append(one_by_one(burst, sorted(odd), topics, deliver))
    if len(parts) == 1:
        return parts[0].batch
    batch = Batch.concat([part.batch for part in parts])
    numbers = np.concatenate([np.empty(0, np.int64), *(part.numbers for part in parts)])
    return batch.take(np.argsort(numbers, kind="stable"))


def of_each_shape(
    names: Sequence[bytes], which: Sequence[int], readings: Mapping[bytes, Reading]
) -> Iterable[Sequence[int]]:
    """The numbers of the messages whose topics are asked the same, group by group."""
    shapes = {name: id(readings[name].shape) for name in set(names)}
    if len(set(shapes.values())) == 1:
        return [which] if which else []
    groups: dict[int, list[int]] = {}
    for i in which:
        groups.setdefault(shapes[names[i]], []).append(i)
    return groups.values()


def one_by_one(burst: Burst, which: Sequence[int], topics: Topics, deliver: Deliver) -> Part:
    """Messages that are not like others."""
    rows: list[Row] = []
    numbers: list[int] = []
    messages = burst.messages
    for i in which:
        dated = burst.dated and not messages.flags[i] & RETAIN
        at_ns = burst.at(i)
        rows += rows_of(
            Arrival(messages.topics[i], messages.payloads[i], at_ns, dated), topics, deliver
        )
        numbers += [i] * (len(rows) - len(numbers))
    return Part(np.array(numbers, np.int64), Batch.of(rows))


def of_one_shape(
    burst: Burst, group: Sequence[int], topics: Topics, deliver: Deliver
) -> tuple[Part, list[int]]:
    """Messages that are asked the same, and those of them that need a closer look."""
    messages = burst.messages
    names = [messages.topics[i] for i in group]
    readings = topics.readings(names)
    asked = readings[names[0]].shape.asked
    opened = Opened([messages.payloads[i] for i in group], deliver)
    shape = len(group), len(asked)
    numbers = np.array(group, np.int64)
    received_ns = burst.received_ns + numbers if burst.came_ns is None else burst.came_ns[numbers]
    value, source_ns = np.empty(shape), np.repeat(received_ns, shape[1]).reshape(shape)
    status = np.empty(shape, np.uint32)
    for _, payload in asked:  # all first: what is refused as a whole gives nobody a symbol
        opened.parse(payload)
    for column, (_, payload) in enumerate(asked):
        if payload is None or payload.time is None:
            status[:, column] = arrival(burst, group)
        else:
            source_ns[:, column] = opened.times(payload)
            status[:, column] = STATUS_GOOD
    for column, (kind, payload) in enumerate(asked):
        value[:, column], rounded = opened.values(kind, payload)
        if rounded is not None:  # a doubtful time says more
            status[rounded & (status[:, column] == STATUS_GOOD), column] = STATUS_UNCERTAIN_ROUNDED
    status[np.isnan(value)] = STATUS_BAD
    batch = Batch(
        signals(names, readings).ravel(),
        source_ns.ravel(),
        np.repeat(received_ns, shape[1]),
        value.ravel(),
        status.ravel(),
    )
    part = Part(np.repeat(numbers, shape[1]), batch)
    if not opened.odd:
        return part, []
    rest = np.ones(len(group), np.bool_)
    rest[list(opened.odd)] = False
    kept = np.repeat(rest, shape[1])
    return Part(part.numbers[kept], batch.take(kept)), [group[i] for i in opened.odd]


def signals(names: Sequence[bytes], readings: Mapping[bytes, Reading]) -> U32:
    """The signals of each message, one row each."""
    places = {name: i for i, name in enumerate(set(names))}
    table = np.array([readings[name].signals for name in places], np.uint32)
    found: U32 = table[[places[name] for name in names]]
    return found


def arrival(burst: Burst, group: Sequence[int]) -> int | list[int]:
    """The status of values whose time is that of arrival."""
    if not burst.dated:
        return STATUS_UNCERTAIN_CLOCK
    if not burst.messages.marks & RETAIN:
        return STATUS_GOOD
    flags = burst.messages.flags
    return [STATUS_UNCERTAIN_CLOCK if flags[i] & RETAIN else STATUS_GOOD for i in group]
