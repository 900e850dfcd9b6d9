"""What the broker may send again although it is on the disk.

An acknowledgement has no answer. But a broker works in the order of the link, so whoever answers a
ping has taken in the acknowledgements before it; those not confirmed in this way may be lost with
the link, and their messages come again. Their packet ids and digests are the redelivery key, which
is committed in the transaction that holds their rows: a message that says DUP and is in the key is
on the disk. Receive Maximum bounds nothing here: Mosquitto 2.0.11 was seen to have twice as many
messages in flight after its restart.
"""

import struct
from collections.abc import Sequence
from enum import IntFlag
from typing import NamedTuple
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


class Entry(NamedTuple):
    """A message that is on the disk."""

    digest: int  # of topic and payload
    burst: int  # in which it came; 0: before this connection


class Repeats:
    """The messages that may come again, and the key that carries them over a crash."""

    def __init__(self, spare: int, key: bytes) -> None:
        """Take up what was committed last.

        Args:
            spare: how many messages to remember though their acknowledgement was confirmed.
            key: `deliver.key`; empty where nothing was ever committed.
        """
        self._spare = spare
        self._seen: dict[int, Entry] = {}  # by packet id, the newest last
        self._bursts = self._confirmed = 0
        self._anew = False  # the broker is through with what it sends again
        self.known = len(key) >= HEAD.size and key[0] == LAYOUT
        self.mark, self.short_lives, self.life_ns = Mark.NONE, 0, 0
        if self.known:
            _, marks, self.short_lives, self.life_ns = HEAD.unpack_from(key)
            self.mark = Mark(marks)
            pairs = ENTRY.iter_unpack(key[HEAD.size :])
            self._seen = {mid: Entry(digest, 0) for mid, digest in pairs}

    def fresh(self, burst: Sequence[MQTTMessage]) -> list[bool]:
        """Say of each message whether it is not on the disk yet; from now on it counts as being so.

        The messages of a connection come in bursts, numbered 1, 2, 3 … as `confirm` has them.
        QoS 0 has no packet id and is never repeated.
        """
        self._bursts += 1
        news = [message.qos == 0 or self._is_new(message) for message in burst]
        self._trim()
        return news

    def confirm(self, burst: int) -> None:
        """The broker has taken in the acknowledgements of all bursts up to this one."""
        self._confirmed = max(self._confirmed, burst)
        self._trim()

    def forget(self) -> None:
        """Drop everything: the broker began a new session, where packet ids mean other messages."""
        self._seen.clear()

    @property
    def key(self) -> bytes:
        """The redelivery key to commit with the rows of all messages seen so far."""
        head = HEAD.pack(LAYOUT, self.mark, min(self.short_lives, 255), self.life_ns)
        return head + b"".join(ENTRY.pack(mid, seen.digest) for mid, seen in self._seen.items())

    def _is_new(self, message: MQTTMessage) -> bool:
        digest = crc32(message.payload, crc32(message.topic.encode()))
        before = self._seen.pop(message.mid, None)
        self._seen[message.mid] = Entry(digest, self._bursts)
        self._anew = self._anew or not message.dup  # repeats come first, and in order
        return not message.dup or before is None or before.digest != digest

    def _trim(self) -> None:
        while len(self._seen) > self._spare:
            oldest = next(iter(self._seen))
            burst = self._seen[oldest].burst
            if burst > self._confirmed or (burst == 0 and not self._anew):
                return
            del self._seen[oldest]
