"""The watch over the clock tells people and the ledger, and keeps the last known time."""

import asyncio
from pathlib import Path

import pytest

from edge.ledger import Gap
from edge.service.desk import Desk
from edge.service.timing import TOLD_NS, doubt, keep_watch
from edge.status import Status
from edge.stores import Stores
from edge.trust import KNOWN, Why, load
from tests.unit.edge.test_trust import DAY_NS, HOUR_NS, NOW_NS, SECOND_NS, Machine


class Watched(Machine):
    """A machine whose watcher is stopped after some looks, each of them a second."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self.left = looks
        self.moves: dict[int, int] = {}  # looks that are left -> by how much it is moved then

    async def sleep(self, seconds: float) -> None:
        """Time passes, or all ends."""
        self.left -= 1
        if self.left == 0:
            raise asyncio.CancelledError
        await super().sleep(seconds)
        self.wall_at_ns += self.moves.get(self.left, 0)


async def watched(folder: Path, machine: Watched) -> Status:
    """What is told after all looks."""
    status, desk = Status(), Desk(lambda: Stores.open(folder), "writing")
    try:
        with pytest.raises(asyncio.CancelledError):
            await keep_watch(machine.guard(folder), status, desk)
    finally:
        desk.close()
    return status


async def test_a_step_stands_in_the_ledger_and_on_the_health_page(tmp_path: Path) -> None:
    """With how far, from when to when as the clock went before, and once."""
    machine = Watched(looks=5)
    machine.moves = {3: 200 * DAY_NS}
    status = await watched(tmp_path, machine)
    (finding,) = status.findings()
    assert (finding.owner, finding.code) == ("clock", "clock stepped")
    assert "by +17280000.0 s at 2026-11-18" in finding.text
    with Stores.open(tmp_path, readonly=True) as stores:
        found = stores.ledger.gaps(0, 1 << 62)
    from_ns, to_ns = NOW_NS + SECOND_NS, NOW_NS + 2 * SECOND_NS
    assert found == [Gap("clock", "clock moved by +17280000.0 s", from_ns, to_ns)]
    known = load(tmp_path / KNOWN)
    assert known is not None
    assert known.wall_ns == NOW_NS


async def test_a_step_that_is_over_is_told_for_an_hour(tmp_path: Path) -> None:
    """Then it stands in the ledger alone."""
    machine = Watched(looks=TOLD_NS // SECOND_NS + 10)
    machine.moves = {machine.left - 2: 30 * SECOND_NS}
    assert list((await watched(tmp_path / "over", machine)).findings()) == []
    machine = Watched(looks=100)
    machine.moves = {98: 30 * SECOND_NS}
    assert len(list((await watched(tmp_path / "fresh", machine)).findings())) == 1


@pytest.mark.parametrize("why", [why for why in Why if not why.is_trusted])
def test_every_doubt_says_what_is_shown_and_what_to_do(why: Why) -> None:
    """In the words of an error: what was seen, and a way on."""
    text = doubt(why, HOUR_NS)
    assert text.startswith("the clock shows 1970-01-01 01:00:00 UTC and ")
    assert text.endswith("lineproof clock --confirm")
