"""Notification messages as they come, down to the encoded notifications in them.

The envelope is read here and the notifications stay bytes: whoever decodes them may be slow and
right, or fast, and one that cannot be decoded still has its sequence number.
"""

import struct
from typing import Any, NamedTuple

from asyncua import ua
from asyncua.ua.ua_binary import Primitives, nodeid_from_binary, struct_from_binary

from collectors.opcua.decode import EPOCH_TICKS, TICK_NS, Bytes
from edge.errors import Unavailable

DATA_CHANGE = ua.ObjectIds.DataChangeNotification_Encoding_DefaultBinary
STATUS_CHANGE = ua.ObjectIds.StatusChangeNotification_Encoding_DefaultBinary
UNREADABLE = (
    ua.UaError,
    struct.error,
    ValueError,
    TypeError,
    IndexError,
    OverflowError,
    RecursionError,
)
HEADER = struct.Struct("<B3xqIIBi3s")  # type, time, handle, result, diagnostics, texts, more
FOUR_BYTES = 1  # the form of a type as nearly every server sends it
PLAIN = (FOUR_BYTES, 0, b"\0\0\0")  # and a header with nothing in it
PART = struct.Struct("<BBHBi")  # a type of four bytes, and a body of that length

PUBLISHED = struct.Struct("<Ii")  # subscription, how many numbers are kept there
NOTIFIED = struct.Struct("<Iqi")  # number, time, how many notifications

Buffer = Any  # asyncua has no types: a cursor over bytes
Raw = bytes | memoryview


class Message(NamedTuple):
    """One notification message; one without parts is a keep-alive."""

    subscription: int
    sequence: int  # of a keep-alive: the number that the next message will have
    made_ns: int  # when, by the server's clock; 0 = it does not say
    parts: tuple[tuple[int, Raw], ...]  # type of each notification, and its encoding


def published(response: memoryview) -> Message:
    """The message in a PublishResponse.

    Raises:
        Unavailable: the bytes are no such response.
    """
    try:
        if (message := usual(response)) is not None:
            return message
        data = opened(response)
        subscription, available = PUBLISHED.unpack(data.read(PUBLISHED.size))
        data.skip(4 * max(available, 0) + 1)  # and whether more is waiting: we ask anyway
        return read_message(data, subscription)
    except UNREADABLE as error:
        raise Unavailable(f"a PublishResponse cannot be read: {error}; is it OPC UA?") from error


def usual(raw: memoryview) -> Message | None:
    """The message in a PublishResponse with one notification, as most of them are; None of others.

    Its notification is not copied.
    """
    form, _, _, _, diagnostics, texts, more = HEADER.unpack_from(raw)
    if (form, diagnostics, more) != PLAIN or texts > 0:
        return None
    subscription, available = PUBLISHED.unpack_from(raw, HEADER.size)
    at = HEADER.size + PUBLISHED.size + 4 * max(available, 0) + 1
    sequence, made, count = NOTIFIED.unpack_from(raw, at)
    at += NOTIFIED.size
    if count != 1:
        return None
    form, namespace, kind, has_body, size = PART.unpack_from(raw, at)
    at += PART.size
    if (form, namespace, has_body) != (1, 0, 1) or not 0 <= size <= len(raw) - at:
        return None
    return Message(subscription, sequence, since_1970(made), ((kind, raw[at : at + size]),))


def republished(response: Buffer, subscription: int) -> Message:
    """The message in a RepublishResponse.

    Raises:
        Unavailable: the bytes are no such response.
    """
    try:
        return read_message(opened(response), subscription)
    except UNREADABLE as error:
        raise Unavailable(f"a RepublishResponse cannot be read: {error}; is it OPC UA?") from error


def fault_in(response: memoryview) -> int:
    """The bad status with which the server answers; 0 if it answers as asked.

    Raises:
        Unavailable: the bytes are no response.
    """
    if len(response) >= HEADER.size and response[0] == FOUR_BYTES:
        result: int = HEADER.unpack_from(response)[3]
    else:
        try:
            data = Bytes(bytes(response))
            nodeid_from_binary(data)
            result = struct_from_binary(ua.ResponseHeader, data).ServiceResult.value
        except UNREADABLE as error:
            raise Unavailable(f"a response cannot be read: {error}; is it OPC UA?") from error
    return result if result >> 31 else 0


def opened(response: Buffer) -> Bytes:
    """The bytes behind type and response header."""
    raw = bytes(response)
    if len(raw) >= HEADER.size:
        form, _, _, _, diagnostics, texts, more = HEADER.unpack_from(raw)
        if (form, diagnostics, more) == PLAIN and texts <= 0:
            return Bytes(raw, HEADER.size)
    data = Bytes(raw)
    nodeid_from_binary(data)
    struct_from_binary(ua.ResponseHeader, data)
    return data


def read_message(data: Bytes, subscription: int) -> Message:
    """The NotificationMessage at which the cursor stands."""
    sequence, made, count = NOTIFIED.unpack(data.read(NOTIFIED.size))
    parts = tuple(read_part(data) for _ in range(count))
    return Message(subscription, sequence, since_1970(made), parts)


def read_part(data: Bytes) -> tuple[int, bytes]:
    """One extension object, not decoded."""
    if len(data) >= PART.size:
        form, namespace, kind, has_body, size = PART.unpack(data.copy(PART.size).read(PART.size))
        if (form, namespace, has_body) == (1, 0, 1) and size >= 0:
            data.skip(PART.size)
            return kind, data.read(size)
    node = nodeid_from_binary(data)
    has_body = Primitives.Byte.unpack(data) & 1
    size = Primitives.Int32.unpack(data) if has_body else 0
    body = data.read(len(data) if size < 0 else size)  # old servers leave the length out
    standard = node.NamespaceIndex == 0 and isinstance(node.Identifier, int)
    return node.Identifier if standard else 0, body


def since_1970(ticks: int) -> int:
    """A time of OPC UA in ns since 1970; 0 where there is none, or one before that."""
    return max(0, (ticks - EPOCH_TICKS) * TICK_NS)
