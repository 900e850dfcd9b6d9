"""The way into one bucket: waits while the server is busy, and for people while it is shut.

What comes back to the caller is about the body alone.
"""

import random

import structlog

from edge.clock import Clock
from edge.errors import Unavailable
from edge.model import Cursor
from edge.sinks.influxdb.address import NEWER, OLDER, Address
from edge.sinks.influxdb.answers import Verdict, advice, excerpt, verdict, wait_s
from edge.sinks.influxdb.link import Answer, Link

NOTHING = b"#\n"  # a comment: every version answers 204 where it would take lines
FIRST_PARKED_S = 30.0
LONGEST_PARKED_S = 300.0
HEALTHY = {200, 204}
MOST_BYTES = 1_000_000  # of a body, unless the server finds it too long

log = structlog.get_logger()


class Door:
    """Asks one address to store bodies."""

    def __init__(self, link: Link, address: Address, cursor: Cursor, clock: Clock) -> None:
        self.url = link.url
        self.most_bytes = MOST_BYTES  # of a body, whoever sends one; halved where that is too long
        self._link = link
        self._address = address
        self._cursor = cursor
        self._clock = clock
        self._path = NEWER
        self._headers: dict[str, str] = {}
        self._parked_s = 0.0  # the wait for a person that was last; 0 after a usable answer
        self._told = False  # whether people know that we go on, if ever we waited for them

    async def ask(self, body: bytes) -> Answer:
        """The first answer that is about the body: STORED, REFUSED, TOO_LONG or FAILING.

        Raises:
            Unavailable: the link was lost; the body may have been stored or not.
        """
        waits = 0
        while True:
            answer = await self._once(body)
            match verdict(answer):
                case Verdict.BUSY:
                    waits += 1
                    await self._wait(answer, waits)
                case Verdict.ELSEWHERE if self._path == NEWER:
                    self._path, self._headers = OLDER, {}  # InfluxDB 1.7 and before
                case Verdict.ELSEWHERE | Verdict.PARKED:
                    await self._park(advice(answer, self._address.bucket))
                case Verdict.FAILING:
                    return answer
                case _:
                    self._go_on()
                    return answer

    async def opened(self) -> bool:
        """Return when an empty body is taken, so what is refused then is the fault of its lines.

        Returns:
            Whether a person had to be waited for, so that the body is worth another try.

        Raises:
            Unavailable: the link was lost, or the server does not work.
        """
        waited = False
        while verdict(answer := await self.ask(NOTHING)) is not Verdict.STORED:
            if verdict(answer) is not Verdict.REFUSED:
                raise Unavailable(f"influxdb {self.url}: {advice(answer, '')}")
            await self._park(advice(answer, self._address.bucket))
            waited = True
        return waited

    async def despair(self, answer: Answer) -> None:
        """Give up because every write fails; people are called where the server feels well.

        Raises:
            Unavailable: always.
        """
        seen = f"answers {answer.status} {excerpt(answer)} to every write"
        if (await self._link.get("/ping")).status in HEALTHY:
            self._cursor.parked(f"{seen} and feels well; look at its disk, then restart InfluxDB")
        raise Unavailable(f"influxdb {self.url}: {seen}; look at its log and its disk")

    async def _once(self, body: bytes) -> Answer:
        while not self._headers:
            try:
                self._headers = self._address.headers(self._path)
            except (OSError, ValueError) as error:
                await self._park(f"{error}; put the token or the password there")
        return await self._link.post(self._address.target(self._path), self._headers, body)

    async def _wait(self, answer: Answer, waits: int) -> None:
        seconds = wait_s(answer, waits, self._clock.wall_ns())
        log.warning("sink asks us to wait", url=self.url, status=answer.status, wait_s=seconds)
        await self._clock.sleep(seconds)

    async def _park(self, reason: str) -> None:
        """Call a person and look again later, with the secret that is in its file by then."""
        self._cursor.parked(reason)
        self._told = False
        self._parked_s = min(2 * self._parked_s, LONGEST_PARKED_S) or FIRST_PARKED_S
        log.warning("sink waits for a person", url=self.url, reason=reason)
        await self._clock.sleep(self._parked_s * random.uniform(0.9, 1.0))  # noqa: S311 - jitter, no secret
        self._path, self._headers = NEWER, {}

    def _go_on(self) -> None:
        if not self._told:
            self._cursor.parked("")
            self._told, self._parked_s = True, 0.0
