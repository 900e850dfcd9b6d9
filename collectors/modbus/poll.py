"""Reading again and again: each round asks once for every point of a source.

A round's rows have the middle between request and answer as their source time. Nobody keeps
anything for us, so rounds go on while rows are being stored; if the disk is full they wait.
"""

import asyncio
import struct
from collections import deque
from typing import NamedTuple

import numpy as np

from collectors.modbus.plan import Group, grouped
from collectors.modbus.rests import Rests
from collectors.modbus.settings import Config, Point
from collectors.modbus.wire import Answer, SilentError, Wire, where
from edge.clock import Clock
from edge.errors import Unavailable
from edge.model import (
    F64,
    SECOND_NS,
    STATUS_BAD_NO_COMMUNICATION,
    U32,
    Batch,
    Deliver,
)

STATUS_BAD_NODE_ID_UNKNOWN = 0x8034_0000
STATUS_BAD_DEVICE_FAILURE = 0x808B_0000
UNREAD = "nothing was read"
ROUNDS = 3  # of silence are a gap
WAITING = 16  # rounds whose rows are not on the disk yet
JOIN_NS = 600 * SECOND_NS  # requests that were split are tried whole again: it may have passed
KEY = struct.Struct(">q")  # when the last round was

EXCEPTIONS = {
    1: ("illegal function", STATUS_BAD_NODE_ID_UNKNOWN),
    2: ("illegal data address", STATUS_BAD_NODE_ID_UNKNOWN),
    3: ("illegal data value", STATUS_BAD_NODE_ID_UNKNOWN),
    4: ("device failure", STATUS_BAD_DEVICE_FAILURE),
    5: ("acknowledge, still at work", STATUS_BAD_NO_COMMUNICATION),
    6: ("device busy", STATUS_BAD_NO_COMMUNICATION),
    8: ("memory parity error", STATUS_BAD_DEVICE_FAILURE),
    10: ("gateway path unavailable", STATUS_BAD_NO_COMMUNICATION),
    11: ("the device behind the gateway does not respond", STATUS_BAD_NO_COMMUNICATION),
}
OFF = (10, 11)
PASSING = (5, 6, *OFF)  # what may be well in the next round; all else lies at an address


class Round(NamedTuple):
    """What one round brought, and since when nothing was read before it; 0 without a gap."""

    batch: Batch
    at_ns: int
    unread_ns: int


class Poller:
    """One connection's rounds."""

    def __init__(self, wire: Wire, config: Config, deliver: Deliver, clock: Clock) -> None:
        self._wire, self._config, self._deliver, self._clock = wire, config, deliver, clock
        self._period_ns = config.poll_ms * 1_000_000
        self._groups = grouped(config)
        self._split_ns: int | None = None  # when one of them was refused last
        self._rounds = asyncio.Queue[Round](WAITING)
        self._seen_ns = KEY.unpack(deliver.key)[0] if len(deliver.key) == KEY.size else 0
        self._rests = Rests()
        self._findings = set[str]()
        self._open = self._codes()  # what the link before may have told and nobody took back

    async def read(self) -> None:
        """Make round after round, each as long after the last as configured.

        Raises:
            Unavailable: the link is gone, or no device answers.
        """
        due_ns = self._clock.monotonic_ns()
        while True:
            began_ns = self._clock.monotonic_ns()
            found = await self._round()
            took_ns = self._clock.monotonic_ns() - began_ns - self._rests.cost_ns
            self._tell("rounds late", self._late(took_ns) if took_ns > self._period_ns else "")
            await self._rounds.put(found)
            behind_ns = self._clock.monotonic_ns() - due_ns
            due_ns += (behind_ns // self._period_ns + 1) * self._period_ns
            await self._clock.sleep((due_ns - self._clock.monotonic_ns()) / SECOND_NS)

    async def store(self) -> None:
        """Deliver what rounds brought, and before it the time in which nothing was read."""
        while True:
            rounds = [await self._rounds.get()]
            while not self._rounds.empty():
                rounds.append(self._rounds.get_nowait())
            for one in rounds:
                if one.unread_ns:
                    await self._deliver.gap(UNREAD, one.unread_ns, int(one.batch.source_ns[0]))
            batch = Batch.concat([one.batch for one in rounds])
            await self._deliver(batch, KEY.pack(rounds[-1].at_ns))

    async def _round(self) -> Round:
        """Ask for everything once; a request that is refused for an address in it is halved."""
        if self._split_ns is not None and self._clock.monotonic_ns() - self._split_ns >= JOIN_NS:
            self._groups, self._split_ns = grouped(self._config), None
        parts, kept, todo, answers = list[Batch](), list[Group](), deque(self._groups), 0
        while todo:
            group = todo.popleft()
            answer, times_ns = await self._ask(group)
            answers += answer is not None
            if answer and answer.exception not in (0, *PASSING) and len(group.points) > 1:
                todo.extend(group.halves())
                self._split_ns = self._clock.monotonic_ns()
                continue
            kept.append(group)
            parts.append(self._rows(group, answer, times_ns))
        self._rests.turn(self._clock.monotonic_ns())
        if not answers and not self._rests.off:
            raise Unavailable(
                f"{where(self._config)}: no answer within {self._config.timeout_s:g} s; is the "
                "unit_id right, the device at work?"
            )
        self._groups, self._wire.served = kept, True
        at_ns = int(parts[-1].source_ns[-1])
        if answers:
            self._deliver.alive(at_ns)
        before_ns, self._seen_ns = self._seen_ns, at_ns
        is_gap = before_ns and at_ns - before_ns > ROUNDS * self._period_ns
        return Round(Batch.concat(parts), at_ns, before_ns if is_gap else 0)

    async def _ask(self, group: Group) -> tuple[Answer | None, tuple[int, int]]:
        """What the device says, None where it is silent; with source and receive time."""
        asked_ns, answer = self._clock.monotonic_ns(), None
        if not self._rests.holds(group.unit, asked_ns):
            try:
                answer = await self._wire.ask(group)
            except SilentError:
                self._rests.silent(group.unit, asked_ns, self._clock.monotonic_ns())
            else:
                if answer.exception in OFF:
                    self._rests.away(group.unit, asked_ns, self._clock.monotonic_ns())
                else:
                    self._rests.well(group.unit)
        received_ns = self._clock.wall_ns()
        if not self._clock.trusted():  # the time of arrival and no other is dated later
            return answer, (received_ns, received_ns)
        return answer, (received_ns - (self._clock.monotonic_ns() - asked_ns) // 2, received_ns)

    def _rows(self, group: Group, answer: Answer | None, times_ns: tuple[int, int]) -> Batch:
        """One row for each point of a request, whatever came of it."""
        values, status = self._meaning(group, answer)
        source_ns, received_ns = (np.full(len(values), at_ns, np.int64) for at_ns in times_ns)
        return Batch(group.signal, source_ns, received_ns, values, status.astype(np.uint32))

    def _meaning(self, group: Group, answer: Answer | None) -> tuple[F64, U32]:
        """Values and status; people are told of what is refused, and when it is not any more."""
        unknown = np.full(len(group.points), np.nan)
        silent = "" if answer else f"no answer within {self._config.timeout_s:g} s"
        code = answer.exception if answer else 0
        words, status = EXCEPTIONS.get(code, ("unknown", STATUS_BAD_DEVICE_FAILURE))
        refused = f"exception {code}, {words}" if code else ""
        if answer is None or code in PASSING:
            self._tell(f"unit silent/{group.unit}", self._unit(group.unit, silent or refused))
            return unknown, np.full(len(unknown), STATUS_BAD_NO_COMMUNICATION, np.uint32)
        self._tell(f"unit silent/{group.unit}", "")
        if code or self._findings or self._open:
            for point in group.points:
                text = self._absent(group.unit, point, refused) if code else ""
                self._tell(f"absent/{group.unit} {point.place}", text)
        if code:
            return unknown, np.full(len(unknown), status, np.uint32)
        return group.values(answer.data)

    def _codes(self) -> set[str]:
        """The findings that there can be."""
        places = [(self._config.unit_of(point), point.place) for point in self._config.points]
        absent = {f"absent/{unit} {place}" for unit, place in places}
        return {"rounds late", *(f"unit silent/{unit}" for unit, _ in places), *absent}

    def _absent(self, unit: int, point: Point, seen: str) -> str:
        return (
            f"{where(self._config)} unit {unit} {point.place}: '{seen}'; correct the address; it "
            "counts from 0, so what a manual calls 40001 is holding 0"
        )

    def _unit(self, unit: int, seen: str) -> str:
        return (
            f"{where(self._config)} unit {unit}: '{seen}'; check the device behind the gateway and "
            "its unit_id; all others are read"
        )

    def _late(self, took_ns: int) -> str:
        return (
            f"{where(self._config)}: a round of {len(self._groups)} requests takes "
            f"{took_ns / SECOND_NS:.1f} s, longer than poll_ms; raise it, or join requests by "
            "max_gap"
        )

    def _tell(self, code: str, text: str) -> None:
        """Make a finding, or take it back; each once."""
        if bool(text) != (code in self._findings) or code in self._open:
            self._open.discard(code)
            self._findings = self._findings | {code} if text else self._findings - {code}
            self._deliver.finding(code, text)
