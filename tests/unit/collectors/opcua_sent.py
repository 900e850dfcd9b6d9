"""Notifications as a server sends them, written by the specification and by none of our code.

asyncua cannot be asked for them: it writes picoseconds where they do not belong.
"""

import struct
from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis import strategies as st

NOW_NS = 1_800_000_000_123_456_700
NOW = NOW_NS // 100 + 116_444_736_000_000_000  # in 100 ns since 1601
CODES = {1: "B", 2: "b", 3: "B", 4: "h", 5: "H", 6: "i", 7: "I", 8: "q", 9: "Q", 10: "f", 11: "d"}


class Item(NamedTuple):
    """One value of one node; what is None is not sent."""

    handle: int
    value: bytes | None  # type and value
    status: int | None = None
    source: int | None = NOW
    source_picoseconds: int | None = None
    server: int | None = NOW
    server_picoseconds: int | None = None

    def encoded(self) -> bytes:
        """OPC UA Part 6, 5.2.2.17: a mask, and the fields in this order."""
        fields: list[tuple[int, str, Any]] = [
            (2, "I", self.status),
            (4, "q", self.source),
            (16, "H", self.source_picoseconds),
            (8, "q", self.server),
            (32, "H", self.server_picoseconds),
        ]
        there = [(bit, code, sent) for bit, code, sent in fields if sent is not None]
        mask = sum(bit for bit, _, _ in there) + (self.value is not None)
        tail = b"".join(struct.pack(f"<{code}", sent) for _, code, sent in there)
        return struct.pack("<IB", self.handle, mask) + (self.value or b"") + tail


def notification(items: list[Item], tail: bytes = b"\xff\xff\xff\xff") -> bytes:
    """A DataChangeNotification."""
    return struct.pack("<i", len(items)) + b"".join(item.encoded() for item in items) + tail


def number(kind: int, value: float) -> bytes:
    """A value of this built-in type."""
    return struct.pack(f"<B{CODES[kind]}", kind, value)


def text(value: str, kind: int = 12) -> bytes:
    """A String, or another type that is a length and so many bytes."""
    raw = value.encode()
    return struct.pack("<Bi", kind, len(raw)) + raw


def whole(bits: int, *, signed: bool) -> st.SearchStrategy[int]:
    """Whole numbers of so many bits, near the ends, zero and where doubles round, too."""
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    edges = [at + d for at in (low, high, 0, 2**53, -(2**53)) for d in range(-3, 4)]
    return st.integers(low, high) | st.sampled_from([at for at in edges if low <= at <= high])


def raw_value(kind: int) -> st.SearchStrategy[bytes]:
    """Any value of a numeric type, as its bytes: every NaN and every Boolean that is no 0 or 1."""
    size = struct.calcsize(CODES[kind])
    some = st.binary(min_size=size, max_size=size)
    if CODES[kind] not in "fdB":
        signed = CODES[kind].islower()
        some |= whole(8 * size, signed=signed).map(lambda v: struct.pack(f"<{CODES[kind]}", v))
    return some.map(lambda value: bytes([kind]) + value)


NUMERIC = st.sampled_from(sorted(CODES)).flatmap(raw_value)
OTHER = st.sampled_from(
    [
        b"\x00",  # nothing
        text("KF94-L"),
        text("덴탈-M"),
        text("x" * 1025),
        b"\x0c\xff\xff\xff\xff",  # a text that is not there
        text("\x00\x01", 15),  # a ByteString
        b"\x15\x02" + text("run")[1:],  # a LocalizedText
        bytes([11 | 0x80]) + struct.pack("<i2d", 2, 1.0, 2.0),
        bytes([6 | 0xC0]) + struct.pack("<i4iiii", 4, 1, 2, 3, 4, 2, 2, 2),
        struct.pack("<Bq", 13, NOW),  # a DateTime
        bytes([14]) + bytes(16),
        struct.pack("<BI", 19, 0x80000000),
    ]
)
TICKS = (
    st.integers(NOW - 10**9, NOW + 10**9)
    | st.sampled_from([0, -1, 2**63 - 1, -(2**63), NOW + 36_000_000_000, NOW + 36_000_000_001])
    | st.integers(-(2**63), 2**63 - 1)
)
STATUS = st.sampled_from(
    [0, 0x0480, 0x4000_0000, 0x808C_0000, 0x8000_0480, 0x8034_0000, 0xC000_0000]
) | st.integers(0, 2**32 - 1)
PICOSECONDS = st.integers(0, 2**16 - 1)


def optional(some: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """It, or none."""
    return st.none() | some


def items(
    handles: st.SearchStrategy[int], values: st.SearchStrategy[bytes | None]
) -> st.SearchStrategy[Item]:
    """Items with any of their fields."""
    return st.builds(
        Item,
        handles,
        values,
        optional(STATUS),
        optional(TICKS),
        optional(PICOSECONDS),
        optional(TICKS),
        optional(PICOSECONDS),
    )


def alike(handles: st.SearchStrategy[int]) -> st.SearchStrategy[list[Item]]:
    """Items that have the same fields and one type of value."""

    def of(first: Item, kind: int | None) -> st.SearchStrategy[list[Item]]:
        def there(strategy: st.SearchStrategy[Any], sent: object) -> st.SearchStrategy[Any]:
            return strategy if sent is not None else st.none()

        each = st.builds(
            Item,
            handles,
            raw_value(kind) if kind else st.none(),
            there(STATUS, first.status),
            there(TICKS, first.source),
            there(PICOSECONDS, first.source_picoseconds),
            there(TICKS, first.server),
            there(PICOSECONDS, first.server_picoseconds),
        )
        return st.lists(each, max_size=20)

    kinds = optional(st.sampled_from(sorted(CODES)))
    return st.tuples(items(handles, st.none()), kinds).flatmap(lambda drawn: of(*drawn))


def symbols() -> Callable[[str], int]:
    """A giver of numbers to texts, the same for the same text."""
    return lambda text: sum(text.encode("utf-8", "replace")) % 1000
