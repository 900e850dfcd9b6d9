"""Findings of machines that the board shows without data, and of values without a meaning.

A source that is away or parked has said so itself; only what is connected and tells nothing is
found here. It has to last, or every start would begin with findings.
"""

from collections import Counter

from edge.clock import Clock
from edge.engine.engine import Engine
from edge.engine.floor.no_data import Unclear
from edge.service.desk import Desk
from edge.status import State, Status

UNCLEAR = "states"  # the room's name in the status
LOOK_S = 5.0
LOOKS = 3  # in a row that have to find the same


class Telling:
    """What the looks have found; becomes findings, and is taken back."""

    def __init__(self, status: Status, clock: Clock) -> None:
        self._status, self._clock = status, clock
        self._seen = Counter[tuple[str, str]]()

    def tell(self, unclear: list[Unclear]) -> None:
        """One look: find what has lasted, take back what is over."""
        now = {(one.source, one.code): one.text for one in unclear if self._counts(one)}
        for key in self._seen.keys() - now.keys():
            self._status.find(*key, "", 0)
        self._seen = Counter({key: self._seen[key] + 1 for key in now})
        for key, text in now.items():
            if self._seen[key] >= LOOKS:
                self._status.find(*key, text, self._clock.wall_ns())

    def _counts(self, one: Unclear) -> bool:
        """Whether its source cannot have said it: an unmapped value stays one when it is away."""
        return one.code.startswith("unmapped/") or (
            self._status.of(one.source).state is State.RUNNING
        )


async def keep_told(engine: Desk[Engine], status: Status, clock: Clock) -> None:
    """Look every few seconds and tell, until cancelled."""
    telling = Telling(status, clock)
    while True:
        await clock.sleep(LOOK_S)
        telling.tell(await engine.ask(Engine.unclear))
        status.runs(UNCLEAR, clock.wall_ns())
