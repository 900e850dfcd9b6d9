"""What the broker may send again although it is on the disk.

An acknowledgement has no answer, so nobody knows which of the last ones arrived. The broker has at
most Receive Maximum messages unacknowledged; whatever it repeats after a lost link or a crash is
among as many that came last. Their packet ids and digests are the redelivery key, which is
committed in the transaction that holds their rows; a message that says DUP and is in the key is
on the disk. MQTT 3.1.1 has no Receive Maximum: there the broker's own limit must not be larger.
"""

import struct
from collections.abc import Sequence
from enum import IntFlag
from zlib import crc32

from paho.mqtt.client import MQTTMessage

HEAD = struct.Struct("<BBBq")  # layout, marks, links that were lost soon, last proof of life
ENTRY = struct.Struct("<HI")  # packet id, digest of topic and payload
LAYOUT = 1


class Mark(IntFlag):
    """What must be remembered from one connection to the next."""

    NONE = 0
    TAKEN = 1  # another client held our session: it may have had our messages
    FORGOTTEN = 2  # the broker began a new session, and we have not subscribed in it yet


class Repeats:
    """The window of messages that may come again, and the key that carries it over a crash."""

    def __init__(self, window: int, key: bytes) -> None:
        """Take up what was committed last.

        Args:
            window: how many messages the broker may hold unacknowledged.
            key: `deliver.key`; empty where nothing was ever committed.
        """
        self._window = window
        self._seen: dict[int, int] = {}  # packet id -> digest, the newest last
        self.known = len(key) >= HEAD.size and key[0] == LAYOUT
        self.mark, self.short_lives, self.life_ns = Mark.NONE, 0, 0
        if self.known:
            _, marks, self.short_lives, self.life_ns = HEAD.unpack_from(key)
            self.mark = Mark(marks)
            self._seen = dict(ENTRY.iter_unpack(key[HEAD.size :]))

    def fresh(self, burst: Sequence[MQTTMessage]) -> list[bool]:
        """Say of each message whether it is not on the disk yet; from now on it counts as being so.

        QoS 0 has no packet id and is never repeated.
        """
        news = [message.qos == 0 or self._is_new(message) for message in burst]
        while len(self._seen) > max(self._window, len(burst)):
            del self._seen[next(iter(self._seen))]
        return news

    def forget(self) -> None:
        """Drop the window: the broker began a new session, where packet ids mean other messages."""
        self._seen.clear()

    @property
    def key(self) -> bytes:
        """The redelivery key to commit with the rows of all messages seen so far."""
        head = HEAD.pack(LAYOUT, self.mark, min(self.short_lives, 255), self.life_ns)
        return head + b"".join(ENTRY.pack(mid, digest) for mid, digest in self._seen.items())

    def _is_new(self, message: MQTTMessage) -> bool:
        digest = crc32(message.payload, crc32(message.topic.encode()))
        repeated = bool(message.dup) and self._seen.pop(message.mid, None) == digest
        self._seen.pop(message.mid, None)
        self._seen[message.mid] = digest
        return not repeated
