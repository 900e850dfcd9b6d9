"""Which nodes are wanted, which of them the server watches for us, and what is wrong with the rest.

A node is bound by the URI of its namespace and looked up at every connect. Before its first value
counts, its type must fit its signal's kind. A node that is absent is a finding of its own, asked
for again until it is there; the others live.
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import structlog
from asyncua import ua

from collectors.opcua.link import Link
from collectors.opcua.nodes import (
    RANK,
    TYPE,
    VALUE,
    Server,
    chunks,
    misfit,
    node_id,
    read,
    read_server,
)
from collectors.opcua.settings import Config, Point
from edge.model import Deliver

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
LEAST_MS = 1.0  # between two changes, where the server looks at every one

log = structlog.get_logger()


class Item(NamedTuple):
    """One node that the server watches for us."""

    point: Point
    node: Any  # its id on this server, today
    number: int | None  # the server's number for it; unknown where an earlier process made it


class Items:
    """The nodes of one source, absent and live, by signal."""

    def __init__(self, link: Link, config: Config, deliver: Deliver) -> None:
        self._link = link
        self._publish_ms = config.publish_ms
        self._deliver = deliver
        self._server = Server((), "", 1, 1)
        self._short: dict[str, tuple[int, float]] = {}  # node -> revised queue, sampling
        self.absent = {point.signal: point for point in config.points}
        self.live: dict[int, Item] = {}
        self.slowest_s = 0.0  # how seldom the server looks at one of them
        self.answered_ns = 0  # when the server began to watch the last of them, by its clock
        self.watched = b""  # digest of what is live
        self.server = b""  # digest of which server this is, and which start of it

    async def find(self) -> dict[int, Item]:
        """The absent points whose nodes are there and fit."""
        self._server = await read_server(self._link)
        self.server = short(self._link.url, self._server.started)
        found = {
            signal: Item(point, node, None)
            for signal, point in self.absent.items()
            if (node := node_id(point.node, self._server.namespaces)) is not None
        }
        for signal in self.absent.keys() - found.keys():
            known = ", ".join(self._server.namespaces)
            self._missing(self.absent[signal], f"has a namespace that is none of '{known}'")
        for signal, fault in (await self._misfits(list(found.values()))).items():
            self._missing(found.pop(signal).point, fault)
        return found

    async def watch(self, subscription: int, found: Mapping[int, Item]) -> None:
        """Have the server watch what was found."""
        for chunk in chunks(list(found.values()), self._server.most_items):
            request = ua.CreateMonitoredItemsRequest()
            request.Parameters.SubscriptionId = subscription
            request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Both
            request.Parameters.ItemsToCreate = [wish(item) for item in chunk]
            answer = await self._link.ask(request, ua.CreateMonitoredItemsResponse)
            self.answered_ns = (answer.ResponseHeader.Timestamp - EPOCH) // MICROSECOND * 1000
            for item, result in zip(chunk, answer.Results, strict=True):
                self._created(item, result)
        self.watched = self.digest(self.live)
        self._tell_short()

    def adopt(self, found: Mapping[int, Item]) -> None:
        """Take what was found as watched: the subscription kept for us has it."""
        for item in found.values():
            self.slowest_s = max(self.slowest_s, item.point.sampling_ms / 1000)
            self._lives(item)
        self.watched = self.digest(self.live)

    async def drop(self, subscription: int, signals: Iterable[int], fault: str) -> None:
        """Give up items of which the server tells no more; they are absent from now on."""
        gone = [self.live.pop(signal) for signal in signals if signal in self.live]
        if not gone:
            return
        for item in gone:
            self.absent[item.point.signal] = item.point
            self._missing(item.point, fault)
        numbers = [item.number for item in gone if item.number is not None]
        if numbers:
            request = ua.DeleteMonitoredItemsRequest()
            request.Parameters.SubscriptionId = subscription
            request.Parameters.MonitoredItemIds = numbers
            await self._link.ask(request, ua.DeleteMonitoredItemsResponse)
        self.watched = self.digest(self.live)

    async def values(self, signals: Iterable[int]) -> dict[int, Any]:
        """The present values of live items, by signal."""
        items = {one: self.live[one] for one in signals if one in self.live}
        wanted = [(item.node, VALUE) for item in items.values()]
        found = await read(self._link, wanted, self._server.most_reads)
        return dict(zip(items, found, strict=True))

    def digest(self, found: Mapping[int, Item]) -> bytes:
        """What is watched, where and how; a kept subscription fits only if nothing differs."""
        lines = [
            f"{signal} {item.node.to_string()} {item.point.sampling_ms} {item.point.queue}"
            for signal, item in sorted(found.items())
        ]
        return short(f"{self._publish_ms}", *lines)

    async def _misfits(self, items: list[Item]) -> dict[int, str]:
        """Why some of the nodes cannot be read as they are wanted, by signal."""
        wanted = [(item.node, attribute) for item in items for attribute in (TYPE, RANK)]
        found = await read(self._link, wanted, self._server.most_reads)
        faults = {
            item.point.signal: misfit(kind, rank, item.point.kind)
            for item, kind, rank in zip(items, found[::2], found[1::2], strict=True)
        }
        return {signal: fault for signal, fault in faults.items() if fault}

    def _created(self, item: Item, result: Any) -> None:  # noqa: ANN401 - untyped library
        if not result.StatusCode.is_good():
            self._missing(item.point, f"is refused ('{result.StatusCode.name}')")
            return
        self._lives(item._replace(number=result.MonitoredItemId))
        queue, sampling_ms = result.RevisedQueueSize, result.RevisedSamplingInterval
        often_ms = item.point.sampling_ms or self._publish_ms  # 0 asks for as often as it can
        self.slowest_s = max(self.slowest_s, sampling_ms / 1000)
        self._short.pop(item.point.node, None)
        if queue < item.point.queue or often_ms < sampling_ms:
            self._short[item.point.node] = queue, sampling_ms

    def _lives(self, item: Item) -> None:
        self.live[item.point.signal] = item
        self.absent.pop(item.point.signal, None)
        self._deliver.finding(f"absent {item.point.node}", "")

    def _missing(self, point: Point, fault: str) -> None:
        self._deliver.finding(
            f"absent {point.node}",
            f"{self._link.url}: node '{point.node}' {fault}; correct the address here or load the "
            "program that has it into the PLC; asked for again every 10 s",
        )

    def _tell_short(self) -> None:
        """Say what is lost in a cut, where the server keeps less than it was asked to."""
        if not self._short:
            self._deliver.finding("revised", "")
            return
        node, (queue, sampling_ms) = min(self._short.items(), key=lambda item: item[1])
        count = len(self._short)
        log.warning("server keeps less than asked", url=self._link.url, nodes=count, worst=node)
        kept_s = queue * max(sampling_ms, LEAST_MS) / 1000
        self._deliver.finding(
            "revised",
            f"{self._link.url}: the server keeps fewer changes or looks less often than asked at "
            f"{count} nodes, at '{node}' {queue} changes, one in {sampling_ms:g} ms; what changes "
            f"more often is lost, and what a node that always changes tells in a cut of more than "
            f"{kept_s:g} s; raise the server's limits, or set queue and sampling_ms to what it has",
        )


def short(*lines: str) -> bytes:
    """Eight bytes that tell these lines from any others."""
    return hashlib.sha256("\n".join(lines).encode(errors="surrogateescape")).digest()[:8]


def wish(item: Item) -> Any:  # noqa: ANN401 - untyped library
    """The request to watch one node; its handle is the signal, so that a row needs no look-up."""
    request = ua.MonitoredItemCreateRequest()
    request.ItemToMonitor.NodeId = item.node
    request.ItemToMonitor.AttributeId = ua.AttributeIds.Value
    request.MonitoringMode = ua.MonitoringMode.Reporting
    request.RequestedParameters.ClientHandle = item.point.signal
    request.RequestedParameters.SamplingInterval = item.point.sampling_ms
    request.RequestedParameters.QueueSize = item.point.queue
    return request
