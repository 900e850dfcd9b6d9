"""What the broker may send again although it is on the disk.

An acknowledgement has no answer. But a broker works in the order of the link, so whoever answers a
ping has taken in the acknowledgements before it; those not confirmed in this way may be lost with
the link, and their messages come again. Their packet ids and digests are the redelivery key, which
is committed in the transaction that holds their rows: a message that says DUP and is in the key is
on the disk. Receive Maximum bounds nothing here: Mosquitto 2.0.11 was seen to have twice as many
messages in flight after its restart.
"""

import struct
from collections import deque
from enum import IntFlag
from zlib import crc32

import numpy as np

from collectors.mqtt.stream import DUP, Messages

HEAD = struct.Struct("<BBBq")  # layout, marks, links that were lost soon, last proof of life
ENTRY = np.dtype([("id", "<u2"), ("digest", "<u4")])  # the digest is of topic and payload
LAYOUT = 1
WITH_MEMORY = 2  # this layout, the length of the memory, the memory, and the rest as ever
LENGTH = struct.Struct("<BI")
COUNT_BYTES = 5  # behind the entries, where the broker's count is known; no entry has so few
REMEMBERED = 10_000  # topics


class Mark(IntFlag):
    """What must be remembered from one connection to the next."""

    NONE = 0
    TAKEN = 1  # another client held our session: it may have had our messages
    FORGOTTEN = 2  # the broker began a new session, and we have not subscribed in it yet
    UNASKED = 4  # the broker cuts the link when asked what it dropped


class Repeats:
    """The messages that may come again, and the key that carries them over a crash."""

    def __init__(self, spare: int, key: bytes) -> None:
        """Take up what was committed last.

        Args:
            spare: how many messages to remember though their acknowledgement was confirmed.
            key: `deliver.key`; empty where nothing was ever committed.
        """
        self._spare = spare
        self._seen: deque[tuple[int, bytes]] = deque()  # burst and its entries, the oldest first
        self._size = 0  # bytes of all entries
        self._topics: dict[bytes, int] = {}  # crc
        self.bursts = self._confirmed = 0
        self._anew = False  # the broker is through with what it sends again
        self.memory = b""  # of a protocol on top of this one; carried, not understood
        if len(key) >= LENGTH.size and key[0] == WITH_MEMORY:
            cut = LENGTH.size + LENGTH.unpack_from(key)[1]
            self.memory, key = key[LENGTH.size : cut], key[cut:]
        self.known = len(key) >= HEAD.size and key[0] == LAYOUT
        self.mark, self.short_lives, self.life_ns = Mark.NONE, 0, 0
        self.dropped: int | None = None  # messages, by the broker's own count when we last knew
        if self.known:
            _, marks, self.short_lives, self.life_ns = HEAD.unpack_from(key)
            self.mark = Mark(marks)
            count_at = HEAD.size + (len(key) - HEAD.size) // ENTRY.itemsize * ENTRY.itemsize
            self._add(0, key[HEAD.size : count_at])
            if len(key) - count_at == COUNT_BYTES:
                self.dropped = int.from_bytes(key[count_at:], "little")

    def fresh(self, messages: Messages) -> list[int]:
        """Say which of these are not on the disk yet; from now on all count as being so.

        The messages of a connection come in bursts, numbered 1, 2, 3 … as `confirm` has them.
        QoS 0 has no packet id and is never repeated.
        """
        self.bursts += 1
        entries = self._entries(messages)
        again = bool(messages.marks & DUP)
        news = self._news(messages, entries) if again else list(range(len(messages)))
        self._add(self.bursts, entries[entries["id"] > 0].tobytes())
        self._trim()
        return news

    def confirm(self, burst: int) -> None:
        """The broker has taken in the acknowledgements of all bursts up to this one."""
        self._confirmed = max(self._confirmed, burst)
        self._trim()

    def forget(self) -> None:
        """Drop everything: the broker began a new session, where packet ids mean other messages."""
        self._seen.clear()
        self._size = 0

    @property
    def key(self) -> bytes:
        """The redelivery key to commit with the rows of all messages seen so far."""
        head = HEAD.pack(LAYOUT, self.mark, min(self.short_lives, 255), self.life_ns)
        count = b"" if self.dropped is None else self.dropped.to_bytes(8, "little")[:COUNT_BYTES]
        memory = LENGTH.pack(WITH_MEMORY, len(self.memory)) + self.memory if self.memory else b""
        return memory + head + b"".join(entries for _, entries in self._seen) + count

    def _add(self, burst: int, entries: bytes) -> None:
        self._seen.append((burst, entries))
        self._size += len(entries)

    def _entries(self, messages: Messages) -> np.ndarray[tuple[int], np.dtype[np.void]]:
        """Packet id and digest of each message."""
        if len(self._topics) > REMEMBERED:
            self._topics.clear()
        known = self._topics
        for topic in set(messages.topics).difference(known):
            known[topic] = crc32(topic)
        found = np.empty(len(messages), ENTRY)
        found["id"] = messages.ids
        pairs = zip(messages.payloads, messages.topics, strict=True)
        found["digest"] = [crc32(payload, known[topic]) for payload, topic in pairs]
        if any(messages.ids) and not messages.marks & DUP:
            self._anew = True  # repeats come first, and in order
        return found

    def _news(
        self, messages: Messages, entries: np.ndarray[tuple[int], np.dtype[np.void]]
    ) -> list[int]:
        """Which messages of a burst with repeats in it are news."""
        kept = np.frombuffer(b"".join(entries for _, entries in self._seen), ENTRY)
        seen = dict(kept.tolist())  # of one packet id the newest counts
        news: list[int] = []
        for i, (packet_id, digest) in enumerate(entries.tolist()):
            again = bool(messages.flags[i] & DUP) and seen.get(packet_id) == digest
            if packet_id:
                seen[packet_id] = digest
                self._anew = self._anew or not messages.flags[i] & DUP
            if not (again and packet_id):
                news.append(i)
        return news

    def _trim(self) -> None:
        """Forget the oldest that is confirmed, but for the spare ones."""
        surplus = self._size - self._spare * ENTRY.itemsize
        while surplus > 0:
            burst, entries = self._seen[0]
            if burst > self._confirmed or (burst == 0 and not self._anew):
                return
            cut = min(surplus, len(entries))
            self._size -= cut
            surplus -= cut
            self._seen.popleft()
            if cut < len(entries):
                self._seen.appendleft((burst, entries[cut:]))
