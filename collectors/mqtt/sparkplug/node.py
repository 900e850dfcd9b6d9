"""One edge node: what its births declared, and what its messages mean by that.

A value is believed only where its meaning is certain: an alias counts from the birth that gave it
until a message is missing, for that one may have been a birth. Values named in full need no alias.
Deaths and missing messages make values unknown (NaN, no communication) until the next birth.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from collectors.mqtt.payload import EXCERPT, Unreadable
from collectors.mqtt.settings import Point
from collectors.mqtt.sparkplug.declared import Declared, Metric
from collectors.mqtt.sparkplug.names import BIRTHS, DBIRTH, DDEATH, NBIRTH, NDEATH, NodeId, Place
from collectors.mqtt.sparkplug.order import ROUND, Numbering
from collectors.mqtt.sparkplug.schema import Payload
from collectors.mqtt.sparkplug.values import instant_of, renewed, value_of
from collectors.mqtt.values import shown
from edge.model import (
    AS_PAST,
    SECOND_NS,
    STATUS_BAD_NO_COMMUNICATION,
    STATUS_GOOD,
    STATUS_UNCERTAIN_CLOCK,
    Deliver,
    Row,
)

BDSEQ = b"bdSeq"
UNBORN = "its meaning is not known until {} is born again"
SKEW_NS = 300 * SECOND_NS  # a node's clock this far ahead of ours is still followed


class Heard(NamedTuple):
    """One message of a node as it came."""

    place: Place
    payload: Payload
    received_ns: int
    dated: bool  # whether arrival tells its time
    is_kept: bool  # sent at QoS 1: what came while we were away was kept for us
    astray: bool = False  # some before it never came


class Node:
    """What is known of one edge node, and of its devices."""

    def __init__(self, name: NodeId, points: Iterable[Point]) -> None:
        self.name = name
        self.points: dict[tuple[str, bytes], list[Point]] = {}  # by device and metric
        for point in points:
            if point.sparkplug is not None:
                key = point.sparkplug.device or "", point.sparkplug.metric.encode()
                self.points.setdefault(key, []).append(point)
        self.devices = sorted({device for device, _ in self.points})
        self.bdseq: int | None = None  # of the birth that holds
        self.expected: int | None = None  # number of the next message; None where not born
        self.said: dict[int, int] = {}  # digests by number, of the last round
        self.declared = Declared(self.points)
        self.kept_only = False  # remembered from another connection: QoS 0 may have been missed
        self.wants_birth = True
        self.absent: dict[str, list[str]] = {}  # by device: what its birth did not declare
        self._heard_ns = self._newest_ns = 0  # by our clock; of its values
        self._silent_ns: dict[str, int] = {}  # when a device was made unknown
        self._born_ns: dict[str, int] = {}  # its last birth since we came, by the node's clock

    def hear(self, heard: Heard, deliver: Deliver) -> list[Row]:
        """The rows that one message makes.

        Raises:
            Unreadable: nothing of it can be understood.
        """
        verb = heard.place.verb
        rows: list[Row] = []
        if verb == NDEATH:
            return self._die(heard)
        if self.kept_only and not heard.is_kept:
            self.forget()  # time without us is time without a sign of life, for all signals
            self.wants_birth = True
        elif heard.astray:
            rows = self._lose(heard)
        if verb == NBIRTH:
            rows += self._bear(heard)
        else:
            self._count(int(heard.payload.seq))
            self.wants_birth |= self.expected is None
        self._heard_ns = heard.received_ns
        if verb == DDEATH:
            return rows + self._bury(heard)
        try:
            return rows + self._read(heard, deliver)
        except Unreadable as error:
            if not rows:
                raise
            deliver.refuse(f"{self.name}: {error}", b"", heard.received_ns)
            return rows

    def _count(self, seq: int) -> None:
        """Take note of a message's number.

        A node that goes on with the number that was due before the link was cut has sent nothing
        while it was.
        """
        if self.kept_only and seq == self.expected:
            self.kept_only, self.wants_birth = False, bool(self._silent_ns)
        if self.expected is not None:
            self.expected = (seq + 1) % ROUND

    @property
    def numbering(self) -> Numbering:
        """How far it has come."""
        return Numbering(self.expected, self.said)

    @property
    def memory(self) -> list[object]:
        """What the next connection has to know to go on."""
        return [self.bdseq, self.expected, *self.declared.memory]

    def remember(self, memory: list[Any]) -> None:
        """Go on where another connection ended; what is sent at QoS 0 may have been missed."""
        self.bdseq, self.expected, *declared = memory
        self.declared.remember(declared)
        self.kept_only = self.expected is not None

    def _bear(self, heard: Heard) -> list[Row]:
        """A new life of the node; its devices are unknown until they are born too."""
        before, self.bdseq = self.bdseq, bdseq_of(heard.payload)
        rows: list[Row] = []
        if before is not None and before != self.bdseq:
            devices = [device for device in self.devices if device]
            rows = self._silence(devices, self._now(heard), heard.received_ns)
        self.expected = (int(heard.payload.seq) + 1) % ROUND
        self.declared.begin()
        self.kept_only, self.wants_birth = False, False
        return rows

    def _die(self, heard: Heard) -> list[Row]:
        """The death of this life makes all unknown; one of an earlier life comes too late."""
        bdseq = bdseq_of(heard.payload)
        if None not in {bdseq, self.bdseq} and bdseq != self.bdseq:
            return []
        self.forget()
        # Who is dead answers nothing, and is born when it is back: unless that was while we were
        # away, for a death is kept for us and a birth is not.
        self.wants_birth = not heard.dated
        return self._silence(self.devices, self._now(heard), heard.received_ns)

    def _bury(self, heard: Heard) -> list[Row]:
        """The death of a device, by the time that its node says."""
        device = heard.place.device
        self.declared.bury(device)
        died_ns = instant_of(heard.payload) or heard.received_ns
        return self._silence([device], died_ns, heard.received_ns)

    def _lose(self, heard: Heard) -> list[Row]:
        """Messages are missing: since the last that came nothing is certain."""
        if self.expected is None:
            return []
        since_ns = self._heard_ns or heard.received_ns
        self.forget()
        self.wants_birth = True
        return self._silence(self.devices, max(since_ns, self._newest_ns) + 1, heard.received_ns)

    def forget(self) -> None:
        """The meaning of what comes is not known until the next birth."""
        self.expected, self.kept_only = None, False
        self.declared.begin()

    def give_up(self, now_ns: int) -> list[Row]:
        """Nobody answers: all is unknown, until there is a birth.

        What is remembered holds on: the next message tells whether any was missed.
        """
        if not self.kept_only:
            self.forget()
        return self.miss(self.devices, now_ns)

    def miss(self, devices: Sequence[str], now_ns: int) -> list[Row]:
        """Some devices say nothing: what they said last does not stand for ever."""
        known = [one for one in devices if one not in self._silent_ns]
        return self._silence(known, max(now_ns, self._newest_ns + 1), now_ns)

    def _now(self, heard: Heard) -> int:
        """Our time, but after all that the node said, should its clock be a little ahead."""
        soon_ns = heard.received_ns + SKEW_NS
        return max(heard.received_ns, self._newest_ns + 1 if self._newest_ns < soon_ns else 0)

    def _silence(self, devices: Sequence[str], at_ns: int, received_ns: int) -> list[Row]:
        """All signals of some devices become unknown."""
        for device in devices:
            self._silent_ns[device] = at_ns
        return [
            Row(point.signal, at_ns, received_ns, math.nan, STATUS_BAD_NO_COMMUNICATION)
            for (device, _), points in self.points.items()
            if device in devices
            for point in points
        ]

    def _read(self, heard: Heard, deliver: Deliver) -> list[Row]:
        """The rows of what a birth or a message of data says."""
        place = heard.place
        is_birth = place.verb in BIRTHS
        if place.verb == DBIRTH and self.expected is not None:
            self.declared.bear(place.device)
        sure = self.expected is not None and self.declared.holds(place)
        rows: list[Row] = []
        unknown = 0
        for metric in heard.payload.metrics:  # protobuf hands over one at a time
            found = self.declared.metric(metric, place, learn=is_birth and sure, sure=sure)
            if found is None:
                unknown += not metric.name
            elif points := self.points.get(found[:2]):
                rows += rows_of(heard, metric, (found, points), self._time, deliver)
        if is_birth:
            self.absent[place.device] = self.declared.absent(place.device)
            self._silent_ns.pop(place.device, None)
            self._born_ns[place.device] = instant_of(heard.payload) or heard.received_ns
        if unknown and not sure and place.device in self.devices:
            self.wants_birth = True
            if not rows:
                raise Unreadable(UNBORN.format(place.device or self.name))
        return rows

    def _time(self, heard: Heard, metric: Payload) -> tuple[int, int]:
        """When a value was true, and the status of that time.

        A birth says what holds now: it ends an unknown stretch, or time without us, however old
        its values are. So what is no news since the last birth has the time of this one, less what
        a change before it may have taken to reach the node.
        """
        at_ns = instant_of(metric)
        if at_ns is None and metric.is_historical:
            raise ValueError("is of the past and does not say of when")
        at_ns = at_ns or instant_of(heard.payload)
        if at_ns is None:
            return heard.received_ns, STATUS_GOOD if heard.dated else STATUS_UNCERTAIN_CLOCK
        if metric.is_historical:
            return at_ns, AS_PAST
        if heard.place.verb in BIRTHS:
            device = heard.place.device
            before = self._silent_ns.get(device), self._born_ns.get(device)
            at_ns = renewed(at_ns, instant_of(heard.payload), heard.received_ns, *before)
        if at_ns < heard.received_ns + SKEW_NS:
            self._newest_ns = max(self._newest_ns, at_ns)
        return at_ns, STATUS_GOOD


def unborn(node: Node) -> list[str]:
    """The devices that a node which was born does without, though signals read them."""
    if node.expected is None or node.kept_only:
        return []
    there = node.declared.devices | node.declared.heard
    return [one for one in node.devices if one and one not in there]


def rows_of(
    heard: Heard,
    metric: Payload,
    wanted: tuple[Metric, Sequence[Point]],
    time: Callable[[Heard, Payload], tuple[int, int]],
    deliver: Deliver,
) -> list[Row]:
    """One row for each signal that reads a metric, or a refusal that says why not.

    Args:
        heard: the message.
        metric: one of its metrics.
        wanted: what its birth declared, and who reads it.
        time: gives source time and the status of that time.
        deliver: takes what cannot be read.
    """
    (_, name, datatype), points = wanted
    rows: list[Row] = []
    for point in points:
        try:
            value, status = value_of(metric, datatype or metric.datatype, point.kind, deliver)
            source_ns, flag = time(heard, metric)
        except ValueError as error:
            label = shown(name.decode("utf-8", "replace"))
            reason = f"{heard.place.node}: metric {label} {error}"
            deliver.refuse(reason, metric.SerializeToString()[:EXCERPT], heard.received_ns)
            continue
        if not status or flag == AS_PAST:
            status |= flag
        rows.append(Row(point.signal, source_ns, heard.received_ns, value, status))
    return rows


def bdseq_of(payload: Payload) -> int | None:
    """The number that ties a death to its birth."""
    for metric in payload.metrics:
        if metric.name == BDSEQ:
            which = metric.WhichOneof("value")
            return int(getattr(metric, which)) if which in {"long_value", "int_value"} else None
    return None
