"""A past that comes in pieces is folded once, when it has come; the present goes on meanwhile."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.engine.engine import Engine
from edge.engine.folding.arriving import LONGEST_NS, QUIET_NS, Arriving
from edge.history import History
from edge.model import SECOND_NS, Batch, Row
from edge.records.database import Records
from edge.records.elements import STATUS
from edge.records.parts import Elements, read_elements
from edge.stores import Stores
from tests.unit.edge.fake_clock import ToldClock
from tests.unit.edge.fold_desk import at, body, empty_records, site_of

HOUR_NS = 3600 * SECOND_NS
NAMES = ("state", "good", "scrap")


class World:
    """A live service's engine over real stores, with a clock that is told the time."""

    def __init__(self, stores: Stores, folder: Path) -> None:
        path, self.stores, self.clock = folder / "records.db", stores, ToldClock(at("15:00"))
        path.write_bytes(empty_records())
        site = site_of(body())
        self.records = Records.open(path)
        self.engine = Engine(site, History(stores), self.records, self.clock)
        signals = site.signals().values()
        with stores.journal.transaction():
            self.ids = stores.catalog.ids({s.path: (s.kind.value, s.unit, "plc") for s in signals})

    def say(self, from_ns: int, to_ns: int) -> None:
        """Commit what a machine shows that makes a piece a second."""
        rows = [
            Row(self.ids[f"hanbit/mask/body/{name}"], t, self.clock.now_ns, self.value(name, t), 0)
            for t in range(from_ns, to_ns, 10 * SECOND_NS)
            for name in NAMES
        ]
        with self.stores.journal.transaction():
            self.stores.journal.append(Batch.of(rows))

    @staticmethod
    def value(name: str, at_ns: int) -> float:
        """One reading."""
        return {"state": 1.0, "good": float((at_ns - at("08:00")) // SECOND_NS)}.get(name, 0.0)

    def live(self, seconds: int) -> None:
        """Let the present go on, and the service keep up."""
        for _ in range(seconds // 10):
            self.say(self.clock.now_ns, self.clock.now_ns + 1)
            self.clock.now_ns += 10 * SECOND_NS
            self.engine.keep_up()

    def rows(self) -> Elements:
        """The machine's rows."""
        return read_elements(self.records, "mask", 0, 1 << 62).of("body")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A service that has lived for a minute at 15:00."""
    with Stores.open(tmp_path) as stores:
        world = World(stores, tmp_path)
        world.live(60)
        yield world


def test_an_imported_past_is_final_at_once_and_never_restated(world: World) -> None:
    """Five hours in pieces of half an hour, seconds apart: no row is revised."""
    for start_ns in range(at("09:00"), at("14:00"), HOUR_NS // 2):
        world.say(start_ns, start_ns + HOUR_NS // 2)
        world.engine.keep_up()
        world.clock.now_ns += SECOND_NS
    assert world.rows()["t0_ns"].min() >= at("14:00")
    world.live(60)
    rows = world.rows()
    past = rows.take(rows["t1_ns"] <= at("14:00"))
    assert past["gq"].sum() == 5 * 3600 - 10
    assert {STATUS[code] for code in past["status"].tolist()} == {"final"}
    assert past["revision"].max() == 0


def test_late_data_are_restated_while_the_present_goes_on(world: World) -> None:
    """What came three hours late is there a few turns later, though every turn has news."""
    world.say(at("11:00"), at("11:10"))
    world.live(60)
    rows = world.rows()
    assert rows["gq"][rows["t1_ns"] <= at("11:15")].sum() == 590


def test_the_present_is_folded_while_a_past_comes(world: World) -> None:
    """The live quarter grows with every turn."""
    seen = []
    for start_ns in range(at("09:00"), at("12:00"), HOUR_NS // 2):
        world.say(start_ns, start_ns + HOUR_NS // 2)
        world.say(world.clock.now_ns, world.clock.now_ns + 1)
        world.clock.now_ns += SECOND_NS
        world.engine.keep_up()
        seen.append(int(world.rows()["t1_ns"].max()))
    assert seen == sorted(set(seen))


def test_a_source_that_always_lags_is_not_waited_for() -> None:
    """Ten quiet seconds end a past; ten minutes without them end the patience."""
    arriving = Arriving()
    assert not arriving.holds(0)
    for now_ns in range(0, LONGEST_NS + SECOND_NS, SECOND_NS):
        arriving.note(now_ns)
        assert arriving.holds(now_ns) is (now_ns < LONGEST_NS)
    last_ns = LONGEST_NS
    assert not arriving.holds(last_ns + QUIET_NS)
    arriving.note(last_ns + QUIET_NS)
    assert arriving.holds(last_ns + QUIET_NS)
