"""What a host knows outlives its process, so that what the broker kept for it can be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.mqtt.repeats import Mark, Repeats
from collectors.mqtt.sparkplug.host import MOST_MEMORY
from tests.servers.sparkplug_wire import Metric
from tests.unit.collectors.sparkplug_line import GOOD, LINE, POINTS, Line, edge, good, point


def test_what_was_kept_for_us_is_read_after_a_restart() -> None:
    """Aliases and numbers go on where the process before ended; nobody is waited for."""
    before = Line(node=edge(qos=1)).born()
    before.bring(before.node.data("packer", good(8)))
    after = Line(memory=before.host.memory, node=before.node)
    after.bring(after.node.data("packer", good(9)), after.node.data("packer", good(10)))
    assert after.values(GOOD) == [9, 10]
    assert after.desk.refused == []
    assert after.asked() == []


def test_what_is_sent_at_qos_0_is_not_trusted_after_a_restart() -> None:
    """A birth may have been missed: its number alone does not tell."""
    before = Line().born()
    after = Line(memory=before.host.memory, node=before.node)
    assert after.bring(after.node.data("packer", good(9))) == []
    assert len(after.desk.refused) == 1
    assert after.asked() == [LINE]


def test_a_missing_message_shows_after_a_restart_too() -> None:
    """Not even QoS 1 keeps what a full queue dropped."""
    before = Line(node=edge(qos=1)).born()
    before.node.next()
    after = Line(memory=before.host.memory, node=before.node)
    rows = after.bring(after.node.data("packer", good(9)))
    assert rows != []
    assert after.is_unknown(GOOD)
    assert after.asked() == [LINE]


def test_a_death_that_was_kept_for_us_is_one() -> None:
    """The will of an earlier life is none, also after a restart."""
    before = Line(node=edge(bdseq=3)).born()
    after = Line(memory=before.host.memory)
    assert after.bring(edge(bdseq=2).death()) == []
    assert len(after.bring(edge(bdseq=3).death())) == 3


def test_the_memory_of_other_signals_means_nothing() -> None:
    """Places in it are those of the configuration that wrote it."""
    before = Line(node=edge(qos=1)).born()
    after = Line(*POINTS, point(9, "Door"), memory=before.host.memory, node=before.node)
    assert after.bring(after.node.data("packer", good(9))) == []


@pytest.mark.parametrize("count", [100, 2_000])
def test_the_memory_is_small(count: int) -> None:
    """It is written with every commit; what does not fit is asked for anew."""
    packer = tuple(Metric(f"Metric {i}", float(i)) for i in range(count))
    points = [point(i + 1, f"Metric {i}") for i in range(count)]
    node = edge({"": (), "packer": packer}, qos=1)
    line = Line(*points, node=node)
    line.bring(node.birth(), node.birth("packer"))
    assert len(line.host.memory) <= MOST_MEMORY
    after = Line(*points, memory=line.host.memory, node=node)
    rows = after.bring(node.data("packer", {"Metric 7": Metric(value=5.0)}))
    assert [row.value for row in rows] == ([5.0] if count == 100 else [])


@given(st.binary(max_size=60))
def test_no_memory_raises(memory: bytes) -> None:
    """A key of another release, or a damaged one."""
    assert Line(memory=memory).asked() == [LINE]


@given(st.binary(max_size=300), st.integers(0, 9))
def test_the_key_carries_the_memory(memory: bytes, lives: int) -> None:
    """Beside what MQTT itself has to know; without one the key is as it was."""
    before = Repeats(9, b"")
    before.memory, before.mark, before.short_lives = memory, Mark.TAKEN, lives
    after = Repeats(9, before.key)
    assert after.known
    assert (after.memory, after.mark, after.short_lives) == (memory, Mark.TAKEN, lives)
    before.memory = b""
    assert Repeats(9, before.key).memory == b""
    assert before.key[0] == 1
