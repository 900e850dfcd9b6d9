"""The fold of the present goes on over the end of a UTC day as over any other second."""

from pathlib import Path

from edge.engine.folding.recent import LEAST_NS
from edge.model import DAY_NS, SECOND_NS, Samples
from tests.unit.edge.fold_desk import Desk, Told, at, body, site_of

MIDNIGHT_NS = at("+1 09:00")
EVERY_S = 5
STEP_NS = 4 * EVERY_S * SECOND_NS


class Asked(Told):
    """A store that notes from when on it was read."""

    since_ns: tuple[int, ...] = ()

    def samples(self, signals: list[str], from_ns: int, to_ns: int) -> dict[str, Samples]:
        self.since_ns = (*self.since_ns, from_ns)
        return super().samples(signals, from_ns, to_ns)


def commit(desk: Desk, from_ns: int, to_ns: int) -> None:
    """A machine that produces a piece every five seconds, and the clock at the end of that."""
    times = range(from_ns, to_ns, EVERY_S * SECOND_NS)
    state = desk.told("body", "state", *((t, 1) for t in times))
    desk.memory.write(
        state + desk.told("body", "good", *((t, t // SECOND_NS % 9973) for t in times))
    )
    desk.clock.now_ns = to_ns


def test_a_new_day_reads_nothing_that_is_held(tmp_path: Path) -> None:
    """Once a day the service read an hour anew, by a guess at what held at midnight."""
    assert MIDNIGHT_NS % DAY_NS == 0
    desk = Desk(site_of(body()), tmp_path)
    begin_ns = MIDNIGHT_NS - 2 * STEP_NS
    commit(desk, MIDNIGHT_NS - 2 * LEAST_NS, begin_ns)
    desk.run()
    desk.recent._stored = store = Asked(desk.memory)
    for from_ns in range(begin_ns, MIDNIGHT_NS + 3 * STEP_NS, STEP_NS):
        commit(desk, from_ns, from_ns + STEP_NS)
        while desk.fold.scan(desk.recent.blocks, desk.memory.paths):
            pass
        desk.fold.fold(2, "live")
    assert [at_ns for at_ns in store.since_ns if at_ns < begin_ns - LEAST_NS] == []
