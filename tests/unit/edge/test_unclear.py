"""Whatever the board shows without data while its source is connected, the health page names."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.engine.engine import Engine
from edge.engine.floor.no_data import Unclear
from edge.history import History
from edge.model import SECOND_NS, STATUS_BAD, Batch, Row
from edge.service.unclear import LOOKS, Telling
from edge.status import State, Status
from edge.stores import Stores
from tests.unit.edge.fake_clock import FakeClock
from tests.unit.edge.fold_desk import at, body, site_of
from tests.unit.edge.test_arriving import World

STATE = "hanbit/mask/body/state"
DAY_NS = 86_400 * SECOND_NS


class Machine(World):
    """A machine that shows what the test says."""

    def show(self, *values: float, name: str = "state", status: int = 0) -> list[Unclear]:
        """Values ten seconds apart, each folded as it comes; what is unclear then."""
        for value in values:
            number = self.ids[f"hanbit/mask/body/{name}"]
            row = Row(number, self.clock.now_ns, self.clock.now_ns, value, status)
            with self.stores.journal.transaction():
                self.stores.journal.append(Batch.of([row]))
            self.clock.now_ns += 10 * SECOND_NS
            with self.stores.journal.transaction():
                self.stores.ledger.alive("plc", self.clock.now_ns)
            self.engine.keep_up()
        return self.engine.unclear()

    def board(self) -> str:
        """The machine's state as the board has it."""
        (line,) = self.engine.frame()["lines"]
        return str(line["machines"][0]["state"])


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A machine at 15:00 of which nothing has come."""
    with Stores.open(tmp_path) as stores:
        yield Machine(stores, tmp_path)


def test_a_machine_that_runs_is_clear(machine: Machine) -> None:
    """Nothing is told of what is known."""
    assert machine.show(1, 3, 1) == []
    assert machine.board() == "producing"


def test_a_state_that_never_came_is_named(machine: Machine) -> None:
    """Its counters come, so the source is connected; the board has no data all the same."""
    (one,) = machine.show(5, 6, 7, name="good")
    assert machine.board() == "unknown"
    assert one == Unclear("plc", "no data/hanbit/mask/body", f"{STATE}: no value has come yet")


def test_a_value_that_its_source_calls_bad_is_named(machine: Machine) -> None:
    """With the code that the source gave, and since when."""
    machine.show(1)
    (one,) = machine.show(1, status=STATUS_BAD)
    assert machine.board() == "unknown"
    assert one.text == (
        f"{STATE}: its value is bad (StatusCode 0x{STATUS_BAD:08X}) since 2026-03-02T15:00:10+09:00"
    )


def test_a_source_that_no_longer_proves_to_live_is_named(machine: Machine) -> None:
    """Half a minute after the last word nobody knows."""
    machine.show(1)
    machine.clock.now_ns += 40 * SECOND_NS
    (one,) = machine.engine.unclear()
    assert machine.board() == "unknown"
    assert one.text == (
        f"{STATE}: the last value came at 2026-03-02T15:00:00+09:00,"
        " and nothing proves since that it holds"
    )


def test_nothing_is_told_of_time_off(machine: Machine) -> None:
    """In the break at twelve the board says planned stop, and nobody has to look."""
    machine.clock.now_ns = at("12:10")
    assert machine.show(5, name="good") == []
    assert machine.board() == "planned_down"


def test_values_without_a_meaning_are_counted(machine: Machine) -> None:
    """Which, how often, since when and until when; and what the map knows."""
    (one,) = machine.show(1, 77, 1, 78, 77)
    assert machine.board() == "unknown"
    assert one == Unclear(
        "plc",
        f"unmapped/{STATE}",
        f"{STATE}: '77' (2 times), '78' (once); first 2026-03-02T15:00:10+09:00,"
        " last 2026-03-02T15:00:40+09:00; its map has 1, 2, 3, 4, 5, 6",
    )


def test_a_bad_value_is_no_value(machine: Machine) -> None:
    """What its source does not vouch for needs no meaning."""
    machine.show(1)
    (one,) = machine.show(77, status=STATUS_BAD)
    assert one.code.startswith("no data/")


def test_such_values_are_still_told_after_a_restart_and_for_a_day(machine: Machine) -> None:
    """A look back finds what came before the start; a day later it is over."""
    machine.show(77, 1)
    machine.engine = Engine(
        site_of(body()), History(machine.stores), machine.records, machine.clock
    )
    (one,) = machine.engine.unclear()
    assert one.text.startswith(f"{STATE}: '77' (once)")
    machine.clock.now_ns += DAY_NS
    assert machine.show(1) == []


def test_a_finding_has_to_last_and_goes_when_it_is_over() -> None:
    """Three looks in a row; then a look that does not find it takes it back."""
    status = Status()
    status.set("plc", State.RUNNING)
    telling = Telling(status, FakeClock())
    one = Unclear("plc", "no data/hanbit/mask/body", "why")
    for look in range(1, LOOKS + 1):
        assert list(status.findings()) == []
        telling.tell([one])
        assert bool(list(status.findings())) == (look == LOOKS)
    telling.tell([])
    assert list(status.findings()) == []


@pytest.mark.parametrize("state", [s for s in State if s is not State.RUNNING])
def test_who_is_away_has_said_so_itself(state: State) -> None:
    """Only an unmapped value remains true of a source that does not answer."""
    status = Status()
    status.set("plc", state)
    telling = Telling(status, FakeClock())
    for _ in range(LOOKS):
        telling.tell([Unclear("plc", "no data/m", "a"), Unclear("plc", "unmapped/s", "b")])
    assert [finding.code for finding in status.findings()] == ["unmapped/s"]
