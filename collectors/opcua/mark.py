"""How far we have come at a server: the redelivery key, committed with the rows it stands for."""

import struct
from typing import NamedTuple, Self

LAYOUT = struct.Struct("<IIq8s8sq")
BEFORE = struct.Struct("<IIq8s8s")  # without the newest source time
ANNOUNCED = b"\1"  # behind the rest, seldom
NUMBERS = 0xFFFF_FFFF  # sequence numbers run from 1 to this, then from 1 again


class Mark(NamedTuple):
    """The last notification message that is on the disk."""

    subscription: int
    sequence: int  # 0 = none yet
    seen_ns: int  # until then the server has told all
    server: bytes  # digest of which server it was, and which start of it
    watched: bytes  # digest of what the subscription watches
    newest_ns: int = 0  # latest source time that is on the disk; 0 = not known
    announced: bool = False  # whether the server had said that it shuts down

    def pack(self) -> bytes:
        """The key that `deliver` keeps."""
        key = LAYOUT.pack(*self[:-1])
        return key + ANNOUNCED if self.announced else key

    @classmethod
    def unpack(cls, key: bytes) -> Self | None:
        """The mark in a key; None where there is none yet."""
        if len(key) == LAYOUT.size + len(ANNOUNCED):
            return cls(*LAYOUT.unpack_from(key))._replace(announced=True)
        for layout in (LAYOUT, BEFORE):
            if len(key) == layout.size:
                return cls(*layout.unpack(key))
        return None


def after(sequence: int) -> int:
    """The number that follows.

    >>> after(0), after(7), after(0xFFFF_FFFF)
    (1, 8, 1)
    """
    return sequence % NUMBERS + 1


def ahead(sequence: int, expected: int) -> int:
    """How many numbers lie between what was expected and what came; negative if it came before.

    >>> ahead(9, 7), ahead(2, 0xFFFF_FFFF), ahead(7, 8)
    (2, 2, -1)
    """
    distance = (sequence - expected) % NUMBERS
    return distance - NUMBERS if distance > NUMBERS // 2 else distance
