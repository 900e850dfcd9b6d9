"""PublishRequests: what they acknowledge, and how many of them wait at the server.

What always holds: a number is acknowledged again if the request that carried it came to nothing. A
request that goes unanswered while others are answered is lost, as after an aborted message, and
another takes its place; where none is answered the link is dead.
"""

from typing import NamedTuple

import structlog
from asyncua import ua

from collectors.opcua.chunks import Message
from collectors.opcua.link import Answered, Link, Unanswered
from collectors.opcua.wire import fault_in
from edge.clock import Clock
from edge.model import SECOND_NS

PUBLISHERS = 16  # half as many again as ten messages between two reads; some take fewer
AGAIN = {ua.StatusCodes.BadTimeout, ua.StatusCodes.BadRequestTimeout}

Acks = list[tuple[int, int]]  # subscription, sequence number

log = structlog.get_logger()


class Asked(NamedTuple):
    """One request that waits at the server."""

    at_ns: int
    acks: Acks


class Requests:
    """Those of one subscription."""

    def __init__(self, link: Link, clock: Clock) -> None:
        self._link = link
        self._clock = clock
        self._acks: Acks = []  # to go out with the next request
        self._publishers = PUBLISHERS
        self._waiting: dict[int, Asked] = {}  # at the server, the oldest first
        self._heard_ns = clock.monotonic_ns()
        self.patience_s = 60.0  # how long a request may wait at a server that lives
        self.replaced = 0

    def cap(self, most: float) -> None:
        """Let no more than this wait, but always two: one waits while the other is answered."""
        self._publishers = max(2, min(PUBLISHERS, int(most)))

    def acknowledge(self, subscription: int, numbers: list[int]) -> None:
        """Let the next request tell the server that these are on the disk."""
        self._acks += [(subscription, number) for number in numbers]

    def silent_s(self) -> float:
        """For how long a server that was asked has said nothing."""
        waited_ns = self._clock.monotonic_ns() - self._heard_ns
        return waited_ns / SECOND_NS if self._waiting else 0.0

    def ask(self, most: int) -> None:
        """Have enough requests wait at the server, but not more than `most`.

        Raises:
            Unavailable: the link is gone.
        """
        wanted = min(self._publishers, most)
        missing = wanted - len(self._waiting)
        if missing <= 0 or (2 * missing < wanted and not self._acks):
            return  # several go out in one write
        now_ns = self._clock.monotonic_ns()
        if not self._waiting:
            self._heard_ns = now_ns
        told: list[Acks] = [self._acks, *([] for _ in range(missing - 1))]
        self._acks = []
        for request, acks in zip(self._link.publish(told), told, strict=True):
            self._waiting[request] = Asked(now_ns, acks)

    def answered(self, answers: list[Message]) -> list[memoryview]:
        """The PublishResponses that came, in their order; none where the server had to refuse.

        Raises:
            Unavailable: the link or the subscription is gone.
        """
        found: list[memoryview] = []
        for request, body in answers:
            asked = self._waiting.pop(request, None)  # None: it was given up
            if code := fault_in(body):
                self._refused(code, asked.acks if asked else [])
            else:
                found.append(body)
        self._heard_ns = self._clock.monotonic_ns()
        return found

    def expire(self) -> None:
        """Give up requests that wait too long; looked at now and then, for a timer each is dear.

        Raises:
            Unanswered: no request was answered meanwhile, so the link is dead.
        """
        late_ns = self._clock.monotonic_ns() - int(self.patience_s * SECOND_NS)
        late = [request for request, asked in self._waiting.items() if asked.at_ns < late_ns]
        for request in late:
            asked = self._waiting.pop(request)
            if self._heard_ns <= asked.at_ns:
                raise Unanswered(f"{self._link.url}: no answer to a PublishRequest in time")
            self._acks = asked.acks + self._acks
            self.replaced += 1
            log.warning("publish request lost", url=self._link.url, replaced=self.replaced)

    def _refused(self, code: int, acks: Acks) -> None:
        """Ask again later, or with fewer requests; any other refusal is raised."""
        self._acks = acks + self._acks
        if code in AGAIN:
            return
        if self._publishers == 1 or code != ua.StatusCodes.BadTooManyPublishRequests:
            name = ua.StatusCode(code).name
            raise Answered(f"{self._link.url} PublishRequest: the server answers '{name}'", code)
        self._publishers -= 1
        log.warning("server takes fewer publish requests", publishers=self._publishers)
