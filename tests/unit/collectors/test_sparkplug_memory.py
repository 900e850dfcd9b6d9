"""What a host knows outlives its process, so that what the broker kept for it can be read."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.mqtt.repeats import Mark, Repeats
from collectors.mqtt.sparkplug.host import MOST_MEMORY
from collectors.mqtt.sparkplug.rebirths import ANSWER_NS
from edge.model import SECOND_NS
from kpi.states import State, timeline
from tests.servers.sparkplug_wire import INT16, Metric
from tests.unit.collectors.sparkplug_line import (
    BORN_MS,
    GOOD,
    HEAT,
    LINE,
    MS_NS,
    PACKER,
    POINTS,
    STATE,
    Line,
    edge,
    good,
    point,
)


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


def test_a_metric_without_an_alias_keeps_its_sign_after_a_restart() -> None:
    """Data do not tell the type: without that of the birth, -5 stands there as 4,294,967,291."""
    node = edge({"": (Metric("Heat", -3, INT16),), "packer": PACKER}, qos=1, aliases=False)
    before = Line(node=node).born()
    after = Line(memory=before.host.memory, node=node)
    after.bring(node.data("", {"Heat": Metric(value=-5)}))
    assert after.values(HEAT) == [-5]


def test_the_types_of_many_metrics_leave_room_for_their_order() -> None:
    """Without aliases nothing but types grows; a node of 800 metrics goes on where it was."""
    packer = tuple(Metric(f"Metric {i}", -i, INT16) for i in range(800))
    points = [point(i + 1, f"Metric {i}") for i in range(800)]
    node = edge({"": (), "packer": packer}, qos=1, aliases=False)
    line = Line(*points, node=node)
    line.bring(node.birth(), node.birth("packer"))
    after = Line(*points, memory=line.host.memory, node=node)
    after.bring(node.data("packer", {"Metric 7": Metric(value=-9)}))
    assert after.values(8) == [-9]
    assert after.asked() == []


def test_a_node_that_was_quiet_for_long_is_still_read_by_its_aliases() -> None:
    """Nobody may ask it: what it says next has the number that was due, so nothing was missed."""
    before = Line(node=edge(qos=1)).born()
    after = Line(memory=before.host.memory, node=before.node, rebirth=False)
    after.host.unanswered(after.now_ns, after.wall_ns)
    after.pass_by(ANSWER_NS / MS_NS)
    assert len(after.host.unanswered(after.now_ns, after.wall_ns)) == 3
    after.bring(after.node.data("packer", good(9)), after.node.data("packer", good(10)))
    assert after.values(GOOD) == [9, 10]
    assert after.desk.refused == []


def test_a_death_that_was_kept_may_be_followed_by_a_birth_that_was_not() -> None:
    """The will is sent at QoS 1, the birth after it at 0: whoever was away asks for another."""
    before = Line().born()
    after = Line(memory=before.host.memory)
    after.bring(edge().death(), dated=False)
    assert after.is_unknown(GOOD)
    assert after.asked() == [LINE]
    before.bring(edge().death())
    assert before.asked() == []  # it was told as it happened


def test_a_birth_after_an_absence_says_what_holds_now() -> None:
    """The machine runs since long before it; the count has not changed either, and says so."""
    old = tuple(replace(one, at_ms=BORN_MS - 3_600_000) for one in PACKER)
    before = Line(node=edge({"": (), "packer": old}))
    before.bring(before.node.birth(), before.node.birth("packer"))
    away_s = 60
    before.node.clock = lambda: BORN_MS + away_s * 1_000
    after = Line(memory=before.host.memory, node=before.node)
    after.bring(after.node.birth(), after.node.birth("packer"))
    born_ns = [BORN_MS * MS_NS, (BORN_MS + away_s * 1_000) * MS_NS]
    told_ns = [row.source_ns for line in (before, after) for row in line.rows if row.signal == GOOD]
    found = timeline(
        sorted(set(told_ns)),
        [State.PRODUCING] * len(set(told_ns)),
        born_ns[1] + 1,
        born_ns[1] + SECOND_NS,
        stale_after_ns=30 * SECOND_NS,
        alive_ns=born_ns,
    )
    assert found.state.tolist() == [State.PRODUCING]


def test_a_change_that_was_on_its_way_at_a_birth_is_not_overruled_by_it() -> None:
    """A PLC's time is older than the node's: the count before must not stand behind the new one."""
    node = edge({"": (), "packer": tuple(replace(one, at_ms=BORN_MS - 900) for one in PACKER)})
    line = Line(node=node)
    line.bring(node.birth(), node.birth("packer"), node.data("packer", good(8), BORN_MS - 100))
    told = sorted((row.source_ns, row.value) for row in line.rows if row.signal == GOOD)
    assert [value for _, value in told] == [7, 8]


def test_births_that_another_host_asks_for_do_not_go_back() -> None:
    """Times that go back are taken for a clock that was set back."""
    old = tuple(replace(one, at_ms=BORN_MS - 3_600_000) for one in PACKER)
    line = Line(node=edge({"": (), "packer": old}))
    for at_ms in (BORN_MS, BORN_MS + 60_000, BORN_MS + 120_000):
        line.node.clock = lambda now=at_ms: now  # type: ignore[misc]  # mypy wants no default in a lambda
        line.bring(line.node.birth(), line.node.birth("packer"))
        line.bring(line.node.data("packer", {"State": Metric(value="run")}))
    for signal in (GOOD, STATE):
        told_ns = [row.source_ns for row in line.rows if row.signal == signal]
        assert told_ns == sorted(told_ns)


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
