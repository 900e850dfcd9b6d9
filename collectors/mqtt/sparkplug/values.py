"""A metric's value as a number with its status: types, nulls and quality codes.

Integers travel without a sign, whatever they mean: the type that the birth gave tells how many of
their bits count, and whether the first of them is a sign.
"""

import math

from collectors.mqtt.sparkplug.schema import Payload
from collectors.mqtt.values import is_inexact, number_of
from edge.model import (
    SECOND_NS,
    STATUS_BAD,
    STATUS_BAD_NO_COMMUNICATION,
    STATUS_BAD_OUT_OF_RANGE,
    STATUS_GOOD,
    STATUS_UNCERTAIN,
    STATUS_UNCERTAIN_ROUNDED,
    Deliver,
)
from edge.site import Kind

SIGNED = {1: 8, 2: 16, 3: 32, 4: 64}  # Int8 to Int64: bits
UNSIGNED = {5: 8, 6: 16, 7: 32, 8: 64}  # UInt8 to UInt64
UNTOLD = 0
WIDTHS = {"int_value": 32, "long_value": 64}  # of the fields
NOT_VALUES = {
    "bytes_value": "bytes or a file",
    "dataset_value": "a DataSet",
    "template_value": "a Template",
    "extension_value": "an extension",
}
STALE = 500  # a quality code of Sparkplug; 0 and 192 are of the older OPC
OPC_GOOD, OPC_UNCERTAIN, OPC_END = 192, 64, 256
MS_NS = 1_000_000
LAG_NS = 5 * SECOND_NS  # so long a value may be on its way to a node that is just being born
LAST_MS = 2**63 // MS_NS - 1  # in the year 2262


def value_of(metric: Payload, datatype: int, kind: Kind, deliver: Deliver) -> tuple[float, int]:
    """The number that stands for a metric's value, and its status; NaN for null.

    Args:
        metric: of a payload.
        datatype: as the birth gave it; 0 where nobody did.
        kind: of the signal.
        deliver: gives texts their symbols.

    Raises:
        ValueError: what the value is, and what it should be.
    """
    status = quality_of(metric)
    if metric.is_null:
        return math.nan, max(status, STATUS_BAD)
    which = metric.WhichOneof("value")
    if which is None:
        raise ValueError("has no value, and does not say that it is null")
    if which in NOT_VALUES:
        raise ValueError(f"is {NOT_VALUES[which]}, not a value")
    found: object = getattr(metric, which)
    if which in WIDTHS and isinstance(found, int):
        found = whole_of(found, datatype, WIDTHS[which])
        if found is None:
            return math.nan, STATUS_BAD_OUT_OF_RANGE
    elif isinstance(found, float) and not math.isfinite(found):
        return math.nan, STATUS_BAD if math.isnan(found) else STATUS_BAD_OUT_OF_RANGE
    found = text_of(found)
    number = number_of(found, kind, deliver)
    if status < STATUS_UNCERTAIN and is_inexact(found, number):
        status = STATUS_UNCERTAIN_ROUNDED
    return number, status


def text_of(found: object) -> object:
    """A text that came as bytes; anything else as it is."""
    if not isinstance(found, bytes):
        return found
    try:
        return found.decode()
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8") from None


def whole_of(sent: int, datatype: int, width: int) -> int | None:
    """The integer that a field without a sign stands for; None where its type cannot hold it.

    Publishers send -1 of an Int8 as 255, as 2^32 - 1 or as 2^64 - 1.

    Raises:
        ValueError: nobody told the type, and the first bit may be a sign.

    >>> whole_of(255, 1, 32), whole_of(2**32 - 1, 1, 32), whole_of(2**32 - 1, 7, 32)
    (-1, -1, 4294967295)
    >>> whole_of(300, 1, 32), whole_of(300, 5, 32), whole_of(2**64 - 1, 4, 64)
    (None, None, -1)
    """
    if datatype in UNSIGNED:
        return sent if sent < 1 << UNSIGNED[datatype] else None
    if datatype == UNTOLD and sent >> width - 1:
        raise ValueError(f"is {sent}, or negative: its type is not known until it is born")
    if datatype not in SIGNED:
        return sent
    bits = SIGNED[datatype]
    half = 1 << bits - 1
    if sent < 2 * half:
        return sent - 2 * half if sent >= half else sent
    if sent < 1 << 32 and sent >= (1 << 32) - half:
        return sent - (1 << 32)
    return sent - (1 << width) if sent >= (1 << width) - half else None


def quality_of(metric: Payload) -> int:
    """The status that the property `Quality` gives; good where there is none."""
    if not metric.HasField("properties"):
        return STATUS_GOOD
    for key, value in zip(metric.properties.keys, metric.properties.values, strict=False):
        if key.lower() == b"quality":
            return status_of(value.int_value or value.long_value)
    return STATUS_GOOD


def status_of(code: int) -> int:
    """A quality code as a status: 0 bad, 192 good, 500 stale; of others the older OPC's bits.

    >>> [hex(status_of(code)) for code in (0, 192, 500, 64, 7_000)]
    ['0x80000000', '0x0', '0x80310000', '0x40000000', '0x40000000']
    """
    if code == STALE:
        return STATUS_BAD_NO_COMMUNICATION
    if OPC_GOOD <= code < OPC_END:
        return STATUS_GOOD
    return STATUS_UNCERTAIN if code >= OPC_UNCERTAIN else STATUS_BAD


def instant_of(message: Payload) -> int | None:
    """The time that a payload or a metric gives, ns; None where it gives none that can be."""
    found: int = message.timestamp
    return found * MS_NS if 0 < found <= LAST_MS else None


def renewed(
    at_ns: int, told_ns: int | None, received_ns: int, silent_ns: int | None, born_ns: int | None
) -> int:
    """When a value holds that a birth tells.

    Args:
        at_ns: since when it is true, as its node says.
        told_ns: when the node was born, as it says; None where it does not.
        received_ns: when we heard that.
        silent_ns: when its device was made unknown, where it is.
        born_ns: the device's birth before this one, since we came, by the node's clock.

    >>> renewed(7_000_000_000, 19_000_000_000, 20_000_000_000, None, None)
    14000000000
    """
    if silent_ns is not None and at_ns <= silent_ns:
        return max(received_ns, silent_ns + 1)
    if born_ns is None or at_ns <= born_ns:
        return max(at_ns, (told_ns or received_ns) - LAG_NS)
    return at_ns
