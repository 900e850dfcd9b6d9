"""PublishRequests: what they acknowledge, and how many of them wait at the server.

What always holds: a number is acknowledged again if the request that carried it came to nothing. A
request that goes unanswered while others are answered is lost, as after an aborted message, and
another takes its place; where none is answered the link is dead.
"""

import asyncio
from typing import Any

import structlog
from asyncua import ua

from collectors.opcua.link import Answered, Link, Unanswered, told
from collectors.opcua.wire import fault_in
from edge.clock import Clock
from edge.model import SECOND_NS

PUBLISHERS = 3
AGAIN = {ua.StatusCodes.BadTimeout, ua.StatusCodes.BadRequestTimeout}

Waiting = dict[asyncio.Future[Any], int]

log = structlog.get_logger()


class Requests:
    """Those of one subscription."""

    def __init__(self, link: Link, clock: Clock) -> None:
        self._link = link
        self._clock = clock
        self._acks: list[tuple[int, int]] = []  # subscription, sequence number
        self._publishers = PUBLISHERS
        self._waiting: Waiting = {}  # at the server, and since when
        self._heard_ns = clock.monotonic_ns()
        self.patience_s = 60.0  # how long a request may wait at a server that lives
        self.replaced = 0

    def acknowledge(self, subscription: int, numbers: list[int]) -> None:
        """Let the next request tell the server that these are on the disk."""
        self._acks += [(subscription, number) for number in numbers]

    def silent_s(self) -> float:
        """For how long a server that was asked has said nothing."""
        waited_ns = self._clock.monotonic_ns() - self._heard_ns
        return waited_ns / SECOND_NS if self._waiting else 0.0

    def expire(self) -> None:
        """Give up requests that wait too long; asked now and then, for a timer each is dear."""
        late_ns = self._clock.monotonic_ns() - int(self.patience_s * SECOND_NS)
        for answer, asked_ns in list(self._waiting.items()):
            if asked_ns < late_ns and not answer.done():
                answer.set_exception(
                    Unanswered(f"{self._link.url}: no answer to a PublishRequest in time")
                )

    async def answered(self) -> Any | None:  # noqa: ANN401 - untyped library
        """The next PublishResponse; None if the server takes fewer requests than we made.

        Raises:
            Unavailable: the link or the subscription is gone.
        """
        while True:
            acks, self._acks = self._acks, []
            asked_ns = self._clock.monotonic_ns()
            try:
                return await self._answer(acks, asked_ns)
            except Answered as error:
                self._acks = acks + self._acks
                if self._too_many(error):
                    return None
            except Unanswered:
                self._acks = acks + self._acks
                if self._heard_ns <= asked_ns:
                    raise
                self.replaced += 1
                log.warning("publish request lost", url=self._link.url, replaced=self.replaced)

    async def _answer(self, acks: list[tuple[int, int]], asked_ns: int) -> Any:  # noqa: ANN401 - untyped library
        """The response to one request."""
        if not self._waiting:
            self._heard_ns = asked_ns
        answer = self._link.publish(acks)
        self._waiting[answer] = asked_ns
        try:
            with told(f"{self._link.url} PublishRequest"):
                response = await answer
        finally:
            del self._waiting[answer]
        self._heard_ns = self._clock.monotonic_ns()
        if code := fault_in(response):
            name = ua.StatusCode(code).name
            raise Answered(f"{self._link.url} PublishRequest: the server answers '{name}'", code)
        return response

    def _too_many(self, refusal: Answered) -> bool:
        """Whether the server takes fewer requests; any other refusal but a late one is raised."""
        if refusal.code in AGAIN:
            return False
        if self._publishers == 1 or refusal.code != ua.StatusCodes.BadTooManyPublishRequests:
            raise refusal
        self._publishers -= 1
        log.warning("server takes fewer publish requests", publishers=self._publishers)
        return True
