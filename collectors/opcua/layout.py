"""How the items of a notification lie in its bytes, where that is fixed.

An item is its handle, a mask that says which fields follow, and these. The mask and the byte after
it, the type of the value, settle the size of an item whose value is a number. Any other item, a
text or an array, has no layout here. OPC UA Part 6, 5.2.2.16 and 5.2.2.17.
"""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

HAS_VALUE, HAS_STATUS, HAS_SOURCE, HAS_SERVER = 1, 2, 4, 8
HAS_SOURCE_PICOSECONDS, HAS_SERVER_PICOSECONDS = 16, 32
MASKS = 64  # two more bits stand for nothing yet

NUMBERS = {  # built-in types by their number; a Boolean is any byte
    1: "u1",
    2: "i1",
    3: "u1",
    4: "<i2",
    5: "<u2",
    6: "<i4",
    7: "<u4",
    8: "<i8",
    9: "<u8",
    10: "<f4",
    11: "<f8",
}
NOTHING, BOOLEAN = 0, 1
FIRST = 4  # where the first item begins, after their number
ITEM_HEAD = 4  # bytes of the handle; mask and type follow

Items = NDArray[np.void]  # one row an item, its fields by name


class Layout(NamedTuple):
    """Items whose mask and type of value are the same."""

    mask: int
    type: int  # of the value; NOTHING where there is none
    items: np.dtype[Any]
    pair: int


def fields_of(mask: int, kind: int) -> list[tuple[str, str]]:
    """The fields of an item, in their order."""
    fields = [("handle", "<u4"), ("mask", "u1")]
    if mask & HAS_VALUE:
        fields.append(("type", "u1"))
        if kind != NOTHING:
            fields.append(("value", NUMBERS[kind]))
    optional = (
        (HAS_STATUS, "status", "<u4"),
        (HAS_SOURCE, "source", "<i8"),
        (HAS_SOURCE_PICOSECONDS, "source_picoseconds", "<u2"),
        (HAS_SERVER, "server", "<i8"),
        (HAS_SERVER_PICOSECONDS, "server_picoseconds", "<u2"),
    )
    return fields + [(name, code) for bit, name, code in optional if mask & bit]


@cache
def layout_of(pair: int) -> Layout:
    """The layout that the two bytes after the handle mean; only for pairs that have a size."""
    mask = pair & 0xFF
    kind = pair >> 8 if mask & HAS_VALUE else NOTHING
    items = np.dtype(fields_of(mask, kind))
    if mask & HAS_VALUE:
        both: Any = {**(items.fields or {}), "pair": ("<u2", ITEM_HEAD)}  # to be compared at once
        items = np.dtype(both)
    return Layout(mask, kind, items, pair)


def sizes() -> bytes:
    """Bytes of an item by its pair, mask + 256 x type; 0 where the pair does not settle it."""
    found = bytearray(1 << 16)
    for mask in range(MASKS):
        for kind in (NOTHING, *NUMBERS):
            size = np.dtype(fields_of(mask, kind)).itemsize
            if mask & HAS_VALUE:
                found[mask | kind << 8] = size
            else:  # what follows the mask is no type, and may be anything
                found[mask :: 1 << 8] = bytes([size]) * (1 << 8)
    return bytes(found)


SIZES = sizes()
