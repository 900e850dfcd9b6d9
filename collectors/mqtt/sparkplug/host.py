"""The host: finds the messages of edge nodes in a burst, puts them in order, and asks for births.

Whatever waits for a missing message waits together with all that came after it, so that nothing is
acknowledged out of turn; and no longer than the reorder timeout.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
import orjson

from collectors.mqtt.columns import Burst, Part
from collectors.mqtt.payload import EXCERPT, Unreadable
from collectors.mqtt.settings import Config
from collectors.mqtt.sparkplug.names import NDEATH, NodeId, Place, filters_of, place_of
from collectors.mqtt.sparkplug.node import Heard, Node, unborn
from collectors.mqtt.sparkplug.order import Step, arranged
from collectors.mqtt.sparkplug.rebirths import Rebirths, Waits
from collectors.mqtt.sparkplug.schema import Payload, opened
from collectors.mqtt.sparkplug.values import instant_of
from collectors.mqtt.stream import QOS, RETAIN, Messages
from edge.model import Batch, Deliver, Row

MOST_HELD = 5_000  # messages
MOST_MEMORY = 4_096  # bytes: it is written with every commit
LAST_SEQ = 255
DIGEST_BYTES = 4
LAYOUT = 3  # of the memory
MS_NS = 1_000_000

told = lru_cache(maxsize=10_000)(place_of)


class Letter(NamedTuple):
    """One message of an edge node that signals read, opened."""

    place: Place
    payload: Payload  # None where the bytes are none
    digest: int
    fault: str  # why it cannot be understood at all; empty where it can


class Host:
    """All edge nodes that signals of one source read."""

    def __init__(self, config: Config, deliver: Deliver, memory: bytes) -> None:
        """Go on from where the last connection ended.

        Args:
            config: names the nodes by its points.
            deliver: gives texts their symbols, and takes what cannot be read.
            memory: as `memory` gave it; empty where nothing is remembered.
        """
        self._deliver, self._settings = deliver, config.sparkplug
        points: dict[NodeId, list[Any]] = {}
        for point in config.points:
            if (at := point.sparkplug) is not None:
                points.setdefault(NodeId(at.group, at.node), []).append(point)
        self.nodes = {name: Node(name, points[name]) for name in sorted(points)}
        self.filters = [one for name in self.nodes for one in filters_of(name)]
        self.rebirths = Rebirths(self._settings.rebirth_every_s)
        self._unborn, self._lacking = Waits(), Waits()  # for a node's birth; for its devices'
        self._held: list[Burst] = []
        self._until_ns = 0  # when what is held goes on, complete or not
        self._opened: tuple[Messages, dict[int, Letter]] | None = None
        keys = [(name, *key) for name, node in self.nodes.items() for key in node.points]
        self._digest = crc32(repr((LAYOUT, keys)).encode())
        self._remember(memory)

    def mine(self, topic: bytes) -> bool:
        """Whether an edge node that signals read speaks on this topic."""
        found = told(topic)
        return found is not None and found.node in self.nodes

    def take(self, burst: Burst, now_ns: int) -> Burst | None:
        """The burst, with what waited before it; None while it has to wait itself.

        Args:
            burst: what came.
            now_ns: monotonic.
        """
        self._held.append(burst)
        whole = self._held[0] if len(self._held) == 1 else merged(self._held)
        letters = self._letters(whole.messages)
        if len(whole.messages) < MOST_HELD and not self._complete(letters):
            if len(self._held) == 1:
                self._until_ns = now_ns + self._settings.reorder_ms * MS_NS
            if now_ns < self._until_ns:
                return None
        return self._release(whole)

    def overdue(self, now_ns: int) -> Burst | None:
        """What waited long enough."""
        if not self._held or now_ns < self._until_ns:
            return None
        return self._release(merged(self._held))

    def _release(self, whole: Burst) -> Burst:
        self._held = []
        return whole

    def _letters(self, messages: Messages) -> dict[int, Letter]:
        """The messages of nodes, opened, by their number in the burst."""
        if self._opened is not None and self._opened[0] is messages:
            return self._opened[1]
        found: dict[int, Letter] = {}
        for i, topic in enumerate(messages.topics):
            if self.mine(topic) and (at := told(topic)) is not None:
                found[i] = letter(at, messages.payloads[i])
        self._opened = messages, found
        return found

    def _complete(self, letters: dict[int, Letter]) -> bool:
        """Whether no message is missing between these."""
        return all(
            arranged(self.nodes[name].numbering, steps)[2]
            for name, steps in by_node(letters, list(letters)).items()
            if not self.nodes[name].kept_only
        )

    def part(self, burst: Burst, fresh: Sequence[int]) -> Part:
        """The rows of those messages that nodes sent, in the order in which they sent them.

        Args:
            burst: as `take` gave it.
            fresh: those of its messages that are not on the disk yet.
        """
        letters = self._letters(burst.messages)
        rows: list[Row] = []
        numbers: list[int] = []
        for i in fresh:
            if i in letters and letters[i].fault:
                self._refuse(burst, i, letters[i].fault)
        for name, steps in by_node(letters, fresh).items():
            node = self.nodes[name]
            order, numbering, _ = arranged(node.numbering, steps)
            for step in order:
                rows += [] if step.again else self._heard(burst, letters[step.number], step)
                numbers += [step.number] * (len(rows) - len(numbers))
            node.said = numbering.said if node.expected is not None else {}
            self._tell(node)
        self._opened = None
        return Part(np.array(numbers, np.int64), Batch.of(rows))

    def _heard(self, burst: Burst, found: Letter, step: Step) -> list[Row]:
        """The rows of one message."""
        flags = burst.messages.flags[step.number]
        heard = Heard(
            found.place,
            found.payload,
            burst.at(step.number),
            burst.dated and not flags & RETAIN,
            bool(flags & QOS),
            step.astray,
        )
        try:
            return self.nodes[found.place.node].hear(heard, self._deliver)
        except Unreadable as error:
            self._refuse(burst, step.number, str(error))
            return []

    def _refuse(self, burst: Burst, i: int, why: str) -> None:
        topic = burst.messages.topics[i].decode("utf-8", "replace")
        excerpt = burst.messages.payloads[i][:EXCERPT]
        self._deliver.refuse(f"topic '{topic[:80]}': {why}", excerpt, burst.at(i))

    def _tell(self, node: Node) -> None:
        """What a person should know of a node; taken back once it is mended."""
        missing = ", ".join([one for absent in node.absent.values() for one in absent][:5])
        text = f"the birth of {node.name} has no {missing}; mend the metric's name, or the device"
        self._deliver.finding(f"metric absent/{node.name}", text if missing else "")
        if not node.wants_birth:
            self._deliver.finding(f"birth missing/{node.name}", "")
        if not unborn(node):
            self._deliver.finding(f"device missing/{node.name}", "")

    def requests(self, now_ns: int) -> list[NodeId]:
        """The nodes to ask for a birth now; none where that is switched off."""
        if not self._settings.rebirth:
            return []
        return self.rebirths.due([n for n, node in self.nodes.items() if node.wants_birth], now_ns)

    def unanswered(self, now_ns: int, wall_ns: int) -> Batch:
        """What becomes unknown since a node that we need a birth of gives none.

        Args:
            now_ns: monotonic.
            wall_ns: the same by the clock on the wall.
        """
        rows: list[Row] = []
        off = "" if self._settings.rebirth else ", and we may not ask (rebirth: false)"
        waiting = [n for n, node in self.nodes.items() if node.expected is None or node.kept_only]
        for name in self._unborn.over(waiting, now_ns):
            rows += self.nodes[name].give_up(wall_ns)
            text = f"{name} gives no birth{off}; is it on, and does it take commands?"
            self._deliver.finding(f"birth missing/{name}", text)
        lacking = {name: gone for name, node in self.nodes.items() if (gone := unborn(node))}
        for name in self._lacking.over(list(lacking), now_ns):
            rows += self.nodes[name].miss(lacking[name], wall_ns)
            text = f"{name} is at work without {', '.join(lacking[name][:5])}"
            text += "; mend the device's name, or switch it on"
            self._deliver.finding(f"device missing/{name}", text)
        return Batch.of(rows)

    @property
    def memory(self) -> bytes:
        """What the next connection, maybe of another process, has to know; small."""
        told = orjson.dumps([node.memory for node in self.nodes.values()])
        memory = crc32(told, self._digest).to_bytes(DIGEST_BYTES, "big") + told
        return memory if len(memory) <= MOST_MEMORY else b""

    def _remember(self, memory: bytes) -> None:
        """Take up what a host of the same signals and the same release wrote, and nothing else."""
        told = memory[DIGEST_BYTES:]
        if told and memory[:DIGEST_BYTES] == crc32(told, self._digest).to_bytes(
            DIGEST_BYTES, "big"
        ):
            for node, one in zip(self.nodes.values(), orjson.loads(told), strict=True):
                node.remember(one)


def letter(at: Place, raw: bytes) -> Letter:
    """A message of a node, opened, or what is wrong with it."""
    payload, digest = opened(raw), crc32(raw)
    if payload is None:
        return Letter(at, None, digest, "the message is no payload of Sparkplug B")
    if at.verb != NDEATH and not (payload.HasField("seq") and payload.seq <= LAST_SEQ):
        return Letter(at, None, digest, "the message has no number (seq) from 0 to 255")
    return Letter(at, payload, digest, "")


def by_node(letters: dict[int, Letter], which: Sequence[int]) -> dict[NodeId, list[Step]]:
    """The chosen messages of each node, as they came."""
    found: dict[NodeId, list[Step]] = {}
    for i in which:
        if i in letters and not letters[i].fault:
            place, payload, digest, _ = letters[i]
            step = Step(i, place.verb, int(payload.seq), digest, instant_of(payload) or 0)
            found.setdefault(place.node, []).append(step)
    return found


def merged(bursts: Sequence[Burst]) -> Burst:
    """Bursts as one, each message with the time at which it came."""
    every = [one.messages for one in bursts]
    messages = Messages(
        [topic for one in every for topic in one.topics],
        [packet_id for one in every for packet_id in one.ids],
        [payload for one in every for payload in one.payloads],
        [flags for one in every for flags in one.flags],
    )
    for one in every:
        messages.marks |= one.marks
    times = np.concatenate([one.times() for one in bursts])
    return Burst(messages, bursts[0].received_ns, all(one.dated for one in bursts), times)
