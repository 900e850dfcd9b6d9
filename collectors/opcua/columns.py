"""From one DataChangeNotification to columns: numbers all at once, the rest value by value.

What always holds: the rows are those of `decode.Decoder`, bit by bit, and what it refuses is
refused here. A client handle is a signal's id, so that a row costs no look-up. Where all items
share one layout their bytes are one array; else they are sorted by layout first.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Self

import numpy as np

from collectors.opcua.decode import (
    CODE,
    EPOCH_TICKS,
    OLDEST_TICKS,
    STATUS_BAD_NO_DATA,
    TICK_NS,
    Bytes,
    Decoder,
    Sent,
    When,
    check_end,
    count_of,
    item_at,
)
from collectors.opcua.layout import (
    BOOLEAN,
    FIRST,
    HAS_SERVER,
    HAS_SOURCE,
    HAS_STATUS,
    HAS_VALUE,
    ITEM_HEAD,
    NOTHING,
    SIZES,
    Items,
    Layout,
    layout_of,
)
from edge.doubles import rounded
from edge.model import (
    BOOL,
    F64,
    I64,
    NOBODY,
    STATUS_BAD,
    STATUS_BAD_OUT_OF_RANGE,
    STATUS_UNCERTAIN,
    STATUS_UNCERTAIN_CLOCK,
    STATUS_UNCERTAIN_ROUNDED,
    U32,
    Batch,
)
from edge.site import Kind

NO_MORE = b"\xff\xff\xff\xff"  # in the place of the number of diagnostics
NOTHING_MORE = {NO_MORE, bytes(4)}


class Columns(NamedTuple):
    """What is needed to understand the values of one source."""

    single: Decoder
    signals: U32  # by handle; the last stands for every handle beyond
    named: BOOL  # by handle: its values are names, whatever their type
    names: bool  # whether any are

    @classmethod
    def of(cls, kinds: Mapping[int, Kind], symbol: Callable[[str], int]) -> Self:
        """For these signals."""
        signals = np.full(max(kinds, default=0) + 2, NOBODY, np.uint32)
        signals[list(kinds)] = list(kinds)
        named = np.zeros(len(signals), np.bool_)
        named[[signal for signal, kind in kinds.items() if kind is Kind.TEXT]] = True
        return cls(Decoder(kinds, symbol), signals, named, bool(named.any()))

    def decode(self, notification: bytes, received_ns: int, *, trusted: bool = True) -> Batch:
        """The rows of one DataChangeNotification; as `Decoder.decode`, and much sooner."""
        when = When.judging(received_ns, trusted=trusted)
        count = count_of(notification)
        if count == 0:
            check_end(notification, FIRST)
            return Batch.of([])
        found = uniform(notification, count)
        if found is None:
            return self._sorted(notification, count, when)
        return self._rows(*found, when)

    def together(
        self, notifications: Sequence[bytes | memoryview], received_ns: int, *, trusted: bool = True
    ) -> Batch | None:
        """The rows of all of them, if all items of all have the same layout.

        Only the items are joined: the first four bytes of each notification (how many items it
        has) and the last four (that nothing follows) are left out.
        """
        counts = [plain_count(one) for one in notifications]
        if 0 in counts:
            return None
        head = sum(counts).to_bytes(4, "little")
        joined = b"".join([head, *(one[FIRST:-4] for one in notifications), NO_MORE])
        found = uniform(joined, sum(counts))
        return found and self._rows(*found, When.judging(received_ns, trusted=trusted))

    def _rows(self, layout: Layout, items: Items, when: When) -> Batch:
        """The rows of items of one layout."""
        handle = items["handle"]
        value, fault = numbers(layout, items)
        source_ns, doubted = times(layout, items, when)
        batch = Batch(
            self.signals.take(handle, mode="clip"),
            source_ns,
            np.full(len(items), when.received_ns, np.int64),
            value,
            statuses(layout, items, fault, doubted),
        )
        if self.names:
            named = self.named.take(handle, mode="clip")
            if named.any():
                return self._renamed(batch, items, np.flatnonzero(named), when)
        return batch

    def _renamed(self, batch: Batch, items: Items, at: I64, when: When) -> Batch:
        """The same rows, those at some places decoded one by one: numbers that stand for names.

        A loop over rows is fine: of such there is one now and then.
        """
        rows = [self.single.row(*item_at(Bytes(items[i].tobytes())), when) for i in at.tolist()]
        return placed(len(batch), [(np.arange(len(batch)), batch), (at, Batch.of(rows))])

    def _sorted(self, notification: bytes, count: int, when: When) -> Batch:
        """The rows of items of several layouts, in the order of the items."""
        found = walked(notification, count)
        raw = np.frombuffer(notification, np.uint8)
        start = np.array(found.start, np.int64)
        row = np.array(found.row, np.int64)
        pair = raw[start + ITEM_HEAD].astype(np.int64)
        valued = (pair & HAS_VALUE) != 0  # only then the next byte is a type
        pair[valued] |= raw[start[valued] + ITEM_HEAD + 1].astype(np.int64) << 8
        odd = [self.single.row(handle, sent, when) for handle, sent in found.odd]
        parts = [(np.array(found.odd_row, np.int64), Batch.of(odd))]
        for each in np.unique(pair).tolist():
            mine = pair == each
            layout = layout_of(each)
            places = start[mine, None] + np.arange(layout.items.itemsize)
            parts.append(
                (row[mine], self._rows(layout, raw[places].view(layout.items)[:, 0], when))
            )
        return placed(count, parts)


def plain_count(notification: bytes | memoryview) -> int:
    """How many items of the first one's layout fill it; 0 where they do not."""
    if len(notification) <= FIRST + ITEM_HEAD + 4 or bytes(notification[-4:]) not in NOTHING_MORE:
        return 0
    size = SIZES[pair_at(notification, FIRST)]
    count = int.from_bytes(notification[:FIRST], "little")
    return count if size and len(notification) == FIRST + count * size + 4 else 0


class Walk(NamedTuple):
    """Where items of a fixed size begin, and what the others are, with their places."""

    start: list[int]
    row: list[int]
    odd: list[tuple[int, Sent]]
    odd_row: list[int]


def uniform(notification: bytes, count: int) -> tuple[Layout, Items] | None:
    """The items, if all have the layout of the first.

    If mask and type are the first's at every place where its size puts the next, each of those
    places is an item, and they fill the notification.
    """
    size = SIZES[pair_at(notification, FIRST)]
    if not size or len(notification) != FIRST + count * size + 4:
        return None
    layout = layout_of(pair_at(notification, FIRST))
    items: Items = np.frombuffer(notification, layout.items, count, FIRST)
    name, first = ("pair", layout.pair) if layout.mask & HAS_VALUE else ("mask", layout.mask)
    return (layout, items) if (items[name] == first).all() else None


def pair_at(notification: bytes | memoryview, at: int) -> int:
    """Mask and type of the item that begins there."""
    return notification[at + ITEM_HEAD] | notification[at + ITEM_HEAD + 1] << 8


def walked(notification: bytes, count: int) -> Walk:
    """Where each item begins.

    A loop over items, for only one tells where the next begins; a tenth of a microsecond each.

    Raises:
        ua.UaError, ValueError, …: the bytes are no such items.
    """
    found, at = Walk([], [], [], []), FIRST
    for row in range(count):
        size = SIZES[pair_at(notification, at)]
        if size:
            found.start.append(at)
            found.row.append(row)
            at += size
        else:
            data = Bytes(notification, at)
            found.odd.append(item_at(data))
            found.odd_row.append(row)
            at = len(notification) - len(data)
    check_end(notification, at)
    return found


def placed(count: int, parts: list[tuple[I64, Batch]]) -> Batch:
    """One batch of so many rows, each part's at its places."""
    signal, status = np.empty(count, np.uint32), np.empty(count, np.uint32)
    source_ns, received_ns = np.empty(count, np.int64), np.empty(count, np.int64)
    value = np.empty(count, np.float64)
    for at, part in parts:
        signal[at], status[at], value[at] = part.signal, part.status, part.value
        source_ns[at], received_ns[at] = part.source_ns, part.received_ns
    return Batch(signal, source_ns, received_ns, value, status)


def numbers(layout: Layout, items: Items) -> tuple[F64, U32 | None]:
    """The values as numbers, and what is wrong with each; None if nothing is with any."""
    if layout.type == NOTHING:
        fault = np.full(len(items), STATUS_BAD_NO_DATA, np.uint32)
        return np.full(len(items), np.nan), fault
    sent = items["value"]
    if layout.type == BOOLEAN:
        return (sent != 0).astype(np.float64), None
    if sent.dtype == np.float64:
        value = sent.astype(np.float64)
    else:
        with np.errstate(invalid="ignore"):  # a signalling NaN is a NaN
            value = sent.astype(np.float64)
    if sent.dtype.kind == "f":
        return value, faults(np.isnan(value), STATUS_BAD_OUT_OF_RANGE)
    wrong = rounded(sent, value)
    return value, None if wrong is None else faults(wrong, STATUS_UNCERTAIN_ROUNDED)


def faults(wrong: BOOL, code: int) -> U32 | None:
    """The code where something is wrong."""
    return np.where(wrong, np.uint32(code), np.uint32(0)) if wrong.any() else None


def times(layout: Layout, items: Items, when: When) -> tuple[I64, BOOL | None]:
    """When each value was true, and where the source is not to be believed; None if nowhere."""
    source = credible(layout.mask & HAS_SOURCE, items, "source", when)
    if source is not None and source[1].all():
        return source[0], None
    server = credible(layout.mask & HAS_SERVER, items, "server", when)
    source_ns = np.full(len(items), when.received_ns, np.int64)
    doubted = np.ones(len(items), np.bool_)
    if server is not None:
        source_ns[server[1]] = server[0][server[1]]
        if source is None:
            doubted &= ~server[1]
    if source is not None:
        source_ns[source[1]] = source[0][source[1]]
        doubted &= ~source[1]
    return source_ns, doubted


def credible(there: int, items: Items, name: str, when: When) -> tuple[I64, BOOL] | None:
    """The instants in a field, and which of them can be; None where the field is not there."""
    if not there:
        return None
    ticks = items[name].astype(np.int64)
    possible = (ticks >= OLDEST_TICKS) & (ticks <= when.latest)
    ticks -= EPOCH_TICKS
    ticks *= TICK_NS
    return ticks, possible


def statuses(layout: Layout, items: Items, fault: U32 | None, doubted: BOOL | None) -> U32:
    """The status of each value, with what we found wrong."""
    sent = layout.mask & HAS_STATUS
    status = items["status"].astype(np.uint32) if sent else np.zeros(len(items), np.uint32)
    if fault is not None:
        wrong = (fault != 0) & (status < STATUS_BAD)
        status = np.where(wrong, fault | status & np.uint32(0xFFFF_FFFF ^ CODE), status)
    if doubted is not None:
        flagged = doubted & (status < STATUS_UNCERTAIN)
        status = np.where(flagged, status | np.uint32(STATUS_UNCERTAIN_CLOCK), status)
    return status
