"""The engine sees proofs of life before they are committed, and never loses one on the way."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge.history import History
from edge.model import I64, SECOND_NS, Batch, Row
from edge.service.live import LiveReader
from edge.stores import Stores


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    """Stores with a signal and a span of life from 10 to 20 s."""
    with Stores.open(tmp_path) as found:
        with found.journal.transaction():
            found.catalog.ids({"s/l/a/good": ("counter", "{piece}", "plc1")})
            found.ledger.alive("plc1", 10 * SECOND_NS, 20 * SECOND_NS)
            found.journal.append(Batch.of([Row(1, 7, 8, 9.0, 0)]))
        yield found


def test_life_that_waits_is_seen(stores: Stores) -> None:
    """Both ends of a span, sorted among the rest, inside of the interval alone."""
    waiting = {"plc1": [(20 * SECOND_NS, 24 * SECOND_NS), (31 * SECOND_NS, 31 * SECOND_NS)]}
    reader = LiveReader(History(stores), lambda source: waiting.get(source, []))
    seen = reader.life("plc1", 12 * SECOND_NS, 31 * SECOND_NS) // SECOND_NS
    assert seen.tolist() == [15, 20, 24]
    assert reader.life("plc2", 0, 99 * SECOND_NS).tolist() == []


def test_a_commit_in_between_hides_nothing(stores: Stores) -> None:
    """A proof that is committed while we look is seen: in the waiting room or on the disk."""
    span, committed = (22 * SECOND_NS, 24 * SECOND_NS), False

    def look(_: str) -> list[tuple[int, int]]:
        """What waits now; it is committed before anybody looks elsewhere."""
        nonlocal committed
        found = [] if committed else [span]
        with stores.journal.transaction():
            stores.ledger.alive("plc1", *span)
        committed = True
        return found

    reader = LiveReader(CommittedWhenRead(stores, look), look)
    assert 24 * SECOND_NS in reader.life("plc1", 0, 99 * SECOND_NS).tolist()


class CommittedWhenRead(History):
    """A history at whose reading the commit of what waits has just ended."""

    def __init__(self, stores: Stores, commit: Callable[[str], object]) -> None:
        super().__init__(stores)
        self._commit = commit

    def life(self, source: str, from_ns: int, to_ns: int) -> I64:
        """What was there before; then the commit ends."""
        found = super().life(source, from_ns, to_ns)
        self._commit(source)
        return found


def test_everything_else_is_the_history(stores: Stores) -> None:
    """Samples, blocks and names are those that are stored."""
    reader = LiveReader(History(stores), lambda _: [])
    assert reader.samples(["s/l/a/good"], 0, 99)["s/l/a/good"].value.tolist() == [9.0]
    assert reader.before(["s/l/a/good"], 99)["s/l/a/good"].source_ns.tolist() == [7]
    assert [number for number, _ in reader.blocks(0)] == [1]
    assert reader.paths() == {1: "s/l/a/good"}
    assert reader.symbols() == {}
