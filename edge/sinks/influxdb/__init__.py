"""InfluxDB 1.6 to 1.8 and 2.x: every committed sample becomes one point.

Measurement = line id; tags `site machine signal`; fields `value` (or `text`) and `status`; the time
is the source's, in nanoseconds. A row whose value is unknown has `status` alone. The same row sent
twice is the same point, so a lost answer doubles nothing. What the server refuses for good goes to
quarantine with its answer and stays in the archive.

Limit: fields merge. Of two rows with one series and one time the later wins, but a value corrected
to unknown stays visible beside the later status.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

from pydantic import AnyHttpUrl, Field, field_validator

from edge.clock import SYSTEM, Clock
from edge.errors import Unavailable
from edge.model import Batch, Cursor, Feed, Recount
from edge.sinks.influxdb.address import Address
from edge.sinks.influxdb.ahead import Ahead
from edge.sinks.influxdb.bringing import Bringing
from edge.sinks.influxdb.door import Door
from edge.sinks.influxdb.drafts import Drafts
from edge.sinks.influxdb.lineprotocol import LineProtocol
from edge.sinks.influxdb.link import Link
from edge.sinks.influxdb.tally import Tally
from edge.sinks.influxdb.writer import Writer


class Config(Address, frozen=True):
    """One server and where in it the samples go."""

    url: AnyHttpUrl = Field(description="http://host:port or https://host:port")
    ca: Path | None = Field(
        default=None, description="certificates to trust instead of the system's"
    )
    timeout_s: float = Field(
        default=30.0, ge=1.0, le=300.0, description="longest wait for one answer, in seconds"
    )

    @field_validator("url")
    @classmethod
    def check_url(cls, url: AnyHttpUrl) -> AnyHttpUrl:
        """The address alone: secrets are files, and the bucket has keys of its own."""
        if url.username or url.password or url.query or url.fragment:
            raise ValueError("is more than scheme, host, port and path; keep only these")
        return url


async def drain(config: Config, feed: Feed, cursor: Cursor, clock: Clock = SYSTEM) -> None:
    """Write the blocks that follow the cursor, and move it behind each once it is confirmed.

    Of a backlog the newest rows go ahead, and again in their turn. Runs until cancelled. While the
    server is busy or waits for a person it waits too; nothing is skipped, because the blocks wait
    in journal and archive.

    Raises:
        Misconfigured: the certificates cannot be read.
        Unavailable: the server cannot be reached or fails; what was not confirmed is sent again.
    """
    link = Link(str(config.url), config.timeout_s, config.ca)
    try:
        door = Door(link, config, cursor, clock)
        lines = LineProtocol(feed.signal, feed.symbol)
        writer, ahead = Writer(door, lines, cursor, clock), Ahead(door, lines, feed, clock)
        with closing(Drafts(lines)) as drafts:
            bringing = Bringing(writer, drafts, ahead, cursor, clock)
            while True:
                await bringing.bring(await feed.take(cursor.position))
    finally:
        link.close()


@asynccontextmanager
async def recounting(
    config: Config, feed: Feed, cursor: Cursor, clock: Clock = SYSTEM
) -> AsyncIterator[Recount]:
    """What counts what the server holds, and writes rows once more, over a link of its own.

    Raises:
        Misconfigured: the certificates cannot be read.
    """
    link = Link(str(config.url), config.timeout_s, config.ca)
    try:
        writer = Writer(
            Door(link, config, cursor, clock), LineProtocol(feed.signal, feed.symbol), cursor, clock
        )
        tally = Tally(link, config)
        yield Recount(tally.points, tally.keeps_s, writer.write)
    finally:
        link.close()


async def reach(config: Config, clock: Clock = SYSTEM) -> None:
    """Return once the server takes a write that holds no line.

    Raises:
        Misconfigured: the certificates cannot be read.
        Unavailable: the server cannot be reached, fails, or waits for a person.
    """
    link = Link(str(config.url), config.timeout_s, config.ca)
    try:
        await Door(link, config, Impatient(str(config.url)), clock).opened()
    finally:
        link.close()


@dataclass(frozen=True, slots=True)
class Impatient:
    """A `Cursor` that waits for nobody: what a person would be called for ends the trial."""

    url: str
    position: int = 0

    async def confirm(self, block: int, rows: int) -> None:
        """Nothing was sent."""

    async def refuse(self, batch: Batch, answer: str) -> None:
        """Nothing was sent."""

    def parked(self, reason: str) -> None:
        """End the trial, where there is a reason."""
        if reason:
            raise Unavailable(f"influxdb {self.url}: {reason}")
