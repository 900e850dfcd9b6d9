"""What is held of the last minutes is what the store beneath has, row for row."""

import numpy as np
import pytest

from edge.engine.folding.recent import LEAST_NS, MOST_NS, Recent
from edge.model import SECOND_NS, STATUS_BAD, STATUS_GOOD, Batch, Row, Samples
from tests.unit.edge.fake_clock import ToldClock
from tests.unit.edge.fold_desk import Memory, Told, body, site_of

START_NS = 1_772_409_600 * SECOND_NS
MINUTE_NS = 60 * SECOND_NS


class Counted(Told):
    """A store that notes what it was asked for."""

    asked = looked = 0

    def samples(self, signals: list[str], from_ns: int, to_ns: int) -> dict[str, Samples]:
        self.asked += 1
        return super().samples(signals, from_ns, to_ns)

    def before(self, signals: list[str], at_ns: int) -> dict[str, Samples]:
        self.looked += 1
        return super().before(signals, at_ns)


class Busy(Counted):
    """A store to which somebody commits while it is read for the first time."""

    def samples(self, signals: list[str], from_ns: int, to_ns: int) -> dict[str, Samples]:
        if self.asked == 0:
            self.memory.write(rows_at(START_NS, START_NS + 1, value=2.0))
            self.memory.write(rows_at(START_NS, value=3.0))
        return super().samples(signals, from_ns, to_ns)


def desk() -> tuple[Memory, Counted, Recent, ToldClock]:
    """A store of three signals, of which two are held."""
    memory, clock = Memory(site_of(body())), ToldClock(START_NS)
    store = Counted(memory)
    return memory, store, Recent(store, list(memory.paths.values())[:2], clock), clock


def rows_at(*times_ns: int, signal: int = 1, value: float = 1.0) -> list[Row]:
    """Rows of one signal."""
    return [Row(signal, at_ns, at_ns, value, STATUS_GOOD) for at_ns in times_ns]


def bits(found: dict[str, Samples]) -> dict[str, list[bytes]]:
    """Samples by their bytes: NaN equals itself."""
    return {path: [column.tobytes() for column in each] for path, each in found.items()}


@pytest.mark.parametrize("most", [500_000, 40])
@pytest.mark.parametrize("seed", range(40))
def test_it_answers_as_the_store_does(
    seed: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Late rows, equal instants, NaN, blocks that others marked, minutes that pass: the same.

    The third signal is none that folds need; it is held where it has few rows.
    """
    monkeypatch.setattr("edge.engine.folding.recent.FURTHER_ROWS", most)
    rng = np.random.default_rng(seed)
    memory, _, recent, clock = desk()
    paths, marked = list(memory.paths.values()), 0
    for _ in range(60):
        clock.now_ns += int(rng.choice([1, 1, 60, 1500])) * SECOND_NS
        late = rng.random() < 0.3
        ages = rng.integers(0, 4000 if late else 3, int(rng.integers(1, 9))) * SECOND_NS
        memory.write(
            [
                Row(int(rng.integers(1, 4)), clock.now_ns - int(age), clock.now_ns, value, status)
                for age in ages
                for value, status in [(float(rng.integers(9)), STATUS_GOOD), (np.nan, STATUS_BAD)][
                    : int(rng.integers(1, 3))
                ]
            ]
        )
        if rng.random() < 0.8:
            marked = max([marked, *(number for number, _ in recent.blocks(marked))])
        elif rng.random() < 0.5:
            marked = len(memory.blocks)  # by another process
        wanted = paths[: int(rng.integers(1, 4))]
        from_ns = clock.now_ns - int(rng.integers(0, 3600)) * SECOND_NS
        to_ns = from_ns + int(rng.integers(0, 3600)) * SECOND_NS
        told = recent.samples(wanted, from_ns, to_ns), recent.before(wanted, to_ns)
        asked = memory.samples(wanted, from_ns, to_ns), memory.before(wanted, to_ns)
        assert [bits(each) for each in told] == [bits(each) for each in asked]


def test_the_store_is_read_once() -> None:
    """What follows is taken out of the blocks, and nothing that was read is read again."""
    memory, store, recent, clock = desk()
    path, seen = memory.paths[1], []
    for second in range(20):
        clock.now_ns += SECOND_NS
        memory.write(rows_at(clock.now_ns))
        recent.blocks(second)
        seen.append(len(recent.samples([path], START_NS, clock.now_ns + 1)[path].source_ns))
    assert (store.asked, seen) == (1, list(range(1, 21)))


def test_what_no_fold_needs_is_read_once_while_it_is_asked_for() -> None:
    """Over a silent night it proves each second that its device lives; then it is let go of."""
    memory, store, recent, clock = desk()
    needed, further = memory.paths[1], memory.paths[3]
    asked, held = list[int](), list[bool]()
    for minute in range(90):
        clock.now_ns += MINUTE_NS
        memory.write(rows_at(clock.now_ns, signal=3))
        recent.blocks(minute)
        recent.samples([needed], clock.now_ns, clock.now_ns + 1)
        if minute < 45:
            found = recent.samples([further], clock.now_ns - 9 * MINUTE_NS, clock.now_ns + 1)
            assert len(found[further].source_ns) == min(minute + 1, 10)
            asked.append(store.asked)
        held.append(further in recent._samples)
    assert asked[0] == asked[-1] == 3  # what folds need, the probe, all of it
    assert held[:45] == [True] * 45
    assert not held[-1]


def test_the_last_word_of_a_silent_signal_is_asked_for_once() -> None:
    """It may be days old: the archive is not read for it every few seconds; a late row counts."""
    memory, store, recent, clock = desk()
    path, asked = memory.paths[1], list[int]()
    memory.write(rows_at(START_NS, value=7.0))
    for minute in range(120):
        clock.now_ns += MINUTE_NS
        memory.write(rows_at(clock.now_ns, signal=2))
        recent.blocks(minute)
        if minute == 100:
            memory.write(rows_at(START_NS + 1, value=8.0))
        recent.samples([path], clock.now_ns, clock.now_ns + 1)
        last = recent.before([path], clock.now_ns)[path]
        assert last.value.tolist() == [8.0 if minute >= 100 else 7.0]
        asked.append(store.looked)
    assert (asked[99], asked[-1]) == (0, 1)


def test_a_last_word_that_a_damaged_part_may_hold_is_asked_for_anew() -> None:
    """A part of days ago is put back while the service runs: its row counts within minutes."""
    memory, store, recent, clock = desk()
    path, asked, last = memory.paths[1], list[int](), [0.0]
    store.damaged = {"2026/parts": "cannot be read"}
    memory.write(rows_at(START_NS, value=7.0))
    for minute in range(120):
        clock.now_ns += MINUTE_NS
        memory.write(rows_at(clock.now_ns, signal=2))
        recent.blocks(minute)
        if minute == 100:  # behind the blocks that were looked at, as an archive brings it
            memory.blocks[0] = Batch.of([*rows_at(START_NS, value=7.0), *rows_at(START_NS + 1)])
            store.damaged = {}
        recent.samples([path], clock.now_ns, clock.now_ns + 1)
        last = recent.before([path], clock.now_ns)[path].value.tolist()
        asked.append(store.looked)
    assert last == [1.0]
    assert 3 < asked[-1] - asked[40] < 20


def test_what_has_too_many_rows_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked of the store each time, and looked at again minutes later."""
    monkeypatch.setattr("edge.engine.folding.recent.FURTHER_ROWS", 20)
    memory, store, recent, clock = desk()
    path = memory.paths[3]
    for minute in range(90):
        clock.now_ns += MINUTE_NS
        memory.write(rows_at(clock.now_ns, signal=3))
        recent.blocks(minute)
        recent.samples([memory.paths[1]], clock.now_ns, clock.now_ns + 1)
        found = recent.samples([path], clock.now_ns - 9 * MINUTE_NS, clock.now_ns + 1)
        assert len(found[path].source_ns) == min(minute + 1, 10)
        assert path not in recent._samples
    assert store.asked > 90


@pytest.mark.parametrize("at", [2, 3])
def test_a_block_committed_while_further_signals_are_read_counts_once(at: int) -> None:
    """Whether the rows that were read hold it, nobody knows; the answers are right."""
    memory, _, _, clock = desk()

    class Late(Counted):
        def samples(self, signals: list[str], from_ns: int, to_ns: int) -> dict[str, Samples]:
            if self.asked + 1 == at:
                self.memory.write(rows_at(clock.now_ns - 3, signal=3, value=2.0))
            return super().samples(signals, from_ns, to_ns)

    recent = Recent(Late(memory), list(memory.paths.values())[:2], clock)
    clock.now_ns += SECOND_NS
    memory.write(rows_at(START_NS, signal=3))
    recent.blocks(0)
    recent.samples([memory.paths[1]], START_NS, clock.now_ns)
    path = memory.paths[3]
    for _ in range(3):
        found = recent.samples([path], START_NS, clock.now_ns)[path]
        assert found.value.tolist() == [1.0, 2.0]


def test_a_block_committed_while_the_store_is_read_counts_once() -> None:
    """Nobody knows whether the rows that were read hold it: the next question begins anew."""
    memory, _, _, clock = desk()
    recent = Recent(Busy(memory), list(memory.paths.values())[:2], clock)
    memory.write(rows_at(START_NS))
    recent.blocks(0)
    clock.now_ns += SECOND_NS
    for marked in (1, 3):
        found = recent.samples([memory.paths[1]], START_NS, clock.now_ns)[memory.paths[1]]
        assert found.value.tolist() == [1.0, 2.0, 3.0, 2.0]
        recent.blocks(marked)


def test_what_is_old_is_let_go() -> None:
    """No more is held than a fold of the present needs, however long the service runs."""
    memory, _, recent, clock = desk()
    path = memory.paths[1]
    for minute in range(180):
        clock.now_ns = START_NS + minute * MINUTE_NS
        memory.write(rows_at(clock.now_ns))
        recent.blocks(minute)
        recent.samples([path], clock.now_ns, clock.now_ns + 1)
        assert len(recent._samples[path].source_ns) <= MOST_NS // MINUTE_NS + 1
    older_ns = clock.now_ns - MOST_NS - LEAST_NS
    assert len(recent.samples([path], older_ns, clock.now_ns)[path].source_ns) == 65


def test_an_engine_far_behind_reads_as_it_did() -> None:
    """While blocks wait to be marked, what is read would not be held: it is not tried."""
    memory, store, recent, clock = desk()
    for second in range(200):
        memory.write(rows_at(START_NS + second * SECOND_NS))
    clock.now_ns = START_NS + 200 * SECOND_NS
    path = memory.paths[1]
    for marked in (0, 64):
        recent.blocks(marked, 64)
        recent.samples([path], START_NS, clock.now_ns)
    assert store.asked == 2
    assert Batch.concat(memory.blocks).source_ns.size == 200
