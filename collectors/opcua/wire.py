"""Notification messages as they come, down to the encoded notifications in them.

The envelope is read here and the notifications stay bytes: whoever decodes them may be slow and
right, or fast, and one that cannot be decoded still has its sequence number.
"""

import struct
from typing import Any, NamedTuple

from asyncua import ua
from asyncua.ua.ua_binary import Primitives, nodeid_from_binary, struct_from_binary

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

Buffer = Any  # asyncua has no types: a cursor over bytes


class Message(NamedTuple):
    """One notification message; one without parts is a keep-alive."""

    subscription: int
    sequence: int  # of a keep-alive: the number that the next message will have
    parts: tuple[tuple[int, bytes], ...]  # type of each notification, and its encoding


def published(response: Buffer) -> Message:
    """The message in a PublishResponse.

    Raises:
        Unavailable: the bytes are no such response.
    """
    try:
        skip_header(response)
        subscription = Primitives.UInt32.unpack(response)
        available = Primitives.Int32.unpack(response)
        response.skip(4 * max(available, 0) + 1)  # and whether more is waiting: we ask anyway
        return read_message(response, subscription)
    except UNREADABLE as error:
        raise Unavailable(f"a PublishResponse cannot be read: {error}; is it OPC UA?") from error


def republished(response: Buffer, subscription: int) -> Message:
    """The message in a RepublishResponse.

    Raises:
        Unavailable: the bytes are no such response.
    """
    try:
        skip_header(response)
        return read_message(response, subscription)
    except UNREADABLE as error:
        raise Unavailable(f"a RepublishResponse cannot be read: {error}; is it OPC UA?") from error


def skip_header(response: Buffer) -> None:
    """Move on past type and response header."""
    nodeid_from_binary(response)
    struct_from_binary(ua.ResponseHeader, response)


def read_message(response: Buffer, subscription: int) -> Message:
    """The NotificationMessage at which the cursor stands."""
    sequence = Primitives.UInt32.unpack(response)
    response.skip(8)  # time of publishing
    count = Primitives.Int32.unpack(response)
    return Message(subscription, sequence, tuple(read_part(response) for _ in range(count)))


def read_part(response: Buffer) -> tuple[int, bytes]:
    """One extension object, not decoded."""
    kind = nodeid_from_binary(response)
    has_body = Primitives.Byte.unpack(response) & 1
    size = Primitives.Int32.unpack(response) if has_body else 0
    body = response.read(len(response) if size < 0 else size)  # old servers leave the length out
    standard = kind.NamespaceIndex == 0 and isinstance(kind.Identifier, int)
    return kind.Identifier if standard else 0, body
