"""Payloads of Sparkplug B, written and read by hand: a witness that shares no code with us.

Field numbers are those of the published schema; the encoding is that of protobuf.
"""

import struct
from dataclasses import dataclass, field

INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64 = range(1, 9)
FLOAT, DOUBLE, BOOLEAN, STRING, DATETIME, TEXT, UUID, DATASET, BYTES, FILE, TEMPLATE = range(9, 20)
LONG = (INT64, UINT64, DATETIME)
VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
Value = int | float | bool | str | bytes | None


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric as a publisher means it."""

    name: str = ""
    value: Value = None
    datatype: int = DOUBLE
    alias: int | None = None
    at_ms: int | None = None
    historical: bool = False
    quality: int | None = None
    told_type: bool = True  # births tell the type, data do not
    null: bool = False
    raw: bytes = b""  # instead of a value: bytes of the field


@dataclass(frozen=True, slots=True)
class Read:
    """What a message holds, for those who receive commands."""

    at_ms: int | None
    seq: int | None
    metrics: list[dict[int, list[int | bytes]]] = field(default_factory=list)


def varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; a negative one as 64 bits."""
    number &= 2**64 - 1
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def number(place: int, value: int) -> bytes:
    """A field that is a number."""
    return varint(place << 3 | VARINT) + varint(value)


def block(place: int, content: bytes) -> bytes:
    """A field that has a length."""
    return varint(place << 3 | LENGTH) + varint(len(content)) + content


def of_value(metric: Metric) -> bytes:
    """The field of a metric's value, by its type."""
    value, kind = metric.value, metric.datatype
    if isinstance(value, str):
        return block(15, value.encode())
    if isinstance(value, bytes):
        return block({DATASET: 17, TEMPLATE: 18}.get(kind, 16), value)
    if kind == FLOAT:
        return varint(12 << 3 | FIXED32) + struct.pack("<f", value)
    if kind == DOUBLE:
        return varint(13 << 3 | FIXED64) + struct.pack("<d", value)
    if kind == BOOLEAN:
        return number(14, bool(value))
    assert isinstance(value, int)
    return number(11, value) if kind in LONG else number(10, value % 2**32)


def of_metric(metric: Metric) -> bytes:
    """One metric."""
    out = block(1, metric.name.encode()) if metric.name else b""
    out += b"" if metric.alias is None else number(2, metric.alias)
    out += b"" if metric.at_ms is None else number(3, metric.at_ms)
    out += number(4, metric.datatype) if metric.told_type else b""
    out += number(5, 1) if metric.historical else b""
    out += number(7, 1) if metric.null else b""
    if metric.quality is not None:
        code = number(1, INT32) + number(3, metric.quality)
        out += block(9, block(1, b"Quality") + block(2, code))
    if metric.raw:
        return out + metric.raw
    return out if metric.value is None else out + of_value(metric)


def payload(seq: int | None, at_ms: int | None, *metrics: Metric) -> bytes:
    """One message."""
    out = b"" if at_ms is None else number(1, at_ms)
    out += b"".join(block(2, of_metric(one)) for one in metrics)
    return out if seq is None else out + number(3, seq)


def read(raw: bytes) -> Read:
    """What a message says."""
    found = fields(raw)
    at_ms, seq = found.get(1, [None])[0], found.get(3, [None])[0]
    assert not isinstance(at_ms, bytes)
    assert not isinstance(seq, bytes)
    inner = [one for one in found.get(2, []) if isinstance(one, bytes)]
    return Read(at_ms, seq, [fields(one) for one in inner])


def fields(raw: bytes) -> dict[int, list[int | bytes]]:
    """The fields of a message by their numbers."""
    found: dict[int, list[int | bytes]] = {}
    at = 0
    while at < len(raw):
        key, at = number_at(raw, at)
        kind, value = key & 7, 0
        if kind == VARINT:
            value, at = number_at(raw, at)
            found.setdefault(key >> 3, []).append(value)
            continue
        size, at = number_at(raw, at) if kind == LENGTH else (8 if kind == FIXED64 else 4, at)
        found.setdefault(key >> 3, []).append(raw[at : at + size])
        at += size
    return found


def number_at(raw: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, and where it ends."""
    found = shift = 0
    while raw[at] > 127:
        found |= (raw[at] & 127) << shift
        at, shift = at + 1, shift + 7
    return found | raw[at] << shift, at + 1
