"""Messages are taken in the order in which the node numbered them; what is late is waited for."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.mqtt.sparkplug.names import NodeId
from collectors.mqtt.sparkplug.order import Numbering, Step, arranged
from collectors.mqtt.sparkplug.rebirths import AT_ONCE, Rebirths
from edge.model import SECOND_NS
from tests.servers.sparkplug_wire import Metric, payload, read
from tests.unit.collectors.sparkplug_line import (
    BORN_MS,
    DECLARED,
    GOOD,
    LINE,
    MS_NS,
    Line,
    edge,
    good,
)


@given(st.integers(0, 255), st.permutations(range(9)), st.integers(0, 9))
def test_any_order_of_arrival_becomes_the_order_of_sending(
    first: int, places: list[int], missing: int
) -> None:
    """The oracle is the list as it was sent; what follows a missing one is said to be astray."""
    sent = [Step(i, "DDATA", (first + i) % 256) for i in range(9)]
    came = [sent[i] for i in places if i != missing]
    done, _, whole = arranged(Numbering(first, {}), came)
    assert [step.number for step in done] == [i for i in range(9) if i != missing]
    assert [step.number for step in done if step.astray] == list(range(missing + 1, 9))
    assert whole == (missing >= 8)


@given(st.permutations(range(6)), st.integers(20, 200))
def test_a_new_life_begins_with_its_birth_whatever_overtook_it(places: list[int], due: int) -> None:
    """Data of the new life that came before it are put behind it."""
    verbs = ["NBIRTH", "DBIRTH", *["DDATA"] * 4]
    came = [Step(i, verbs[i], i) for i in places]
    done, _, whole = arranged(Numbering(due, {}), came)
    assert [step.number for step in done] == list(range(6))
    assert whole
    assert not any(step.astray for step in done)


@pytest.mark.parametrize("ticks", [0, 5], ids=["clock stands", "clock runs"])
@pytest.mark.parametrize("away", [0, 3, 300], ids=["never seen", "gone shortly", "gone long"])
def test_what_a_fast_node_said_just_before_its_birth_is_of_before(ticks: int, away: int) -> None:
    """In one burst with the birth that was asked for, with numbers that come again soon."""
    line = Line()
    if away:
        line = Line(memory=Line(node=line.node).born().host.memory, node=line.node)
        for i in range(away):
            line.node.data("packer", good(i))
    told_ms = count(BORN_MS, ticks)
    line.node.clock = lambda: next(told_ms)
    before = [line.node.data("packer", good(i)) for i in range(1_000, 1_030)]
    births = [line.node.birth(device) for device in sorted(DECLARED)]
    line.bring(*before, *births)
    for i in range(2_000, 2_600):
        line.bring(line.node.data("packer", good(i)))
    assert line.values(GOOD) == [1_029, *range(2_000, 2_600)]
    assert line.asked() == []


@given(st.permutations(range(6)), st.integers(0, 255), st.one_of(st.none(), st.integers(0, 255)))
def test_times_tell_what_overtook_a_birth(places: list[int], old: int, due: int | None) -> None:
    """Four of the new life in any order, and two of the life before, whatever number they have."""
    verbs = ["NBIRTH", "DBIRTH", *["DDATA"] * 4]
    new = [Step(i, verbs[i], i, i, 100 + i) for i in places]
    first, second = Step(6, "DDATA", old, 6, 1), Step(7, "DDATA", (old + 1) % 256, 7, 2)
    done, _, whole = arranged(Numbering(due, {}), [first, second, *new])
    assert [step.number for step in done] == [6, 7, *range(6)]
    assert whole
    assert not any(step.astray for step in done[2:])


def test_a_message_that_is_late_is_waited_for() -> None:
    """Within the reorder timeout nothing is missed, nothing doubled, and nobody is asked."""
    line = Line(reorder_ms=500).born()
    first, second, third = (line.node.data("packer", good(i)) for i in (8, 9, 10))
    assert line.bring(second) == []
    assert line.wait(400) == []
    assert line.bring(third) == []
    line.bring(first)
    assert line.values(GOOD) == [8, 9, 10]
    assert line.wait(600) == []
    assert line.asked() == []
    assert [row.received_ns for row in line.rows] == sorted(
        (row.received_ns for row in line.rows), key=lambda ns: line.rows[0].received_ns != ns
    )


def test_the_timer_begins_anew_with_the_next_message_that_is_out_of_order() -> None:
    """What was waited for came, so the time that it took is forgotten."""
    line = Line(reorder_ms=500).born()
    first, second = (line.node.data("packer", good(i)) for i in (8, 9))
    line.bring(second)
    line.pass_by(400)
    line.bring(first)
    line.node.next()
    line.bring(line.node.data("packer", good(10)))
    assert line.wait(400) == []
    assert line.asked() == []
    assert line.wait(200) != []
    assert line.asked() == [LINE]


def test_the_numbers_go_round_after_255() -> None:
    """Three rounds, nothing missing."""
    line = Line().born()
    for i in range(700):
        line.bring(line.node.data("packer", good(i)))
    line.bring(*(line.node.data("packer", good(i)) for i in range(700, 1_400)))
    assert line.values(GOOD) == list(range(1_400))
    assert line.asked() == []
    assert line.desk.refused == []


def test_a_message_sent_twice_is_no_gap() -> None:
    """Its number and its bytes are those of one that was taken."""
    line = Line().born()
    sent = line.node.data("packer", good(8))
    assert len(line.bring(sent)) == 1
    assert line.bring(sent) == []
    twice = line.node.data("packer", good(9))
    line.node.next()
    assert len(line.bring(twice, twice)) == 1
    line.node.seq -= 1
    assert line.bring(line.node.data("packer", good(10))) != []
    assert line.asked() == []


def test_what_the_broker_repeats_is_no_gap() -> None:
    """A message that says DUP may be news, and is never waited for."""
    line = Line(node=edge(qos=1)).born()
    sent = [line.node.data("packer", good(i)) for i in (8, 9)]
    line.bring(*sent)
    line.bring(*sent, dup=True)
    assert line.bring(line.node.data("packer", good(10)))[-1].value == 10
    assert line.asked() == []


def test_one_node_that_waits_loses_nothing_of_another() -> None:
    """Both wait, for nothing is acknowledged out of turn; both come."""
    line = Line().born()
    late, sent = (line.node.data("packer", good(i)) for i in (8, 9))
    assert line.bring(sent) == []
    line.bring(late)
    assert line.values(GOOD) == [8, 9]


def test_a_death_ends_all_waiting() -> None:
    """What is missing before it will not come any more."""
    line = Line().born()
    line.node.next()
    rows = line.bring(line.node.data("packer", good(9)), line.node.death())
    assert rows != []
    assert line.is_unknown(GOOD)


def test_a_node_is_asked_seldom() -> None:
    """Once in the time that the configuration allows, however often something is missing."""
    line = Line(rebirth_every_s=30, reorder_ms=0)
    asked = []
    for _ in range(600):
        asked += [line.now_ns // SECOND_NS] * len(line.asked())
        line.pass_by(200)
    assert asked == [0, 30, 60, 90]


def test_a_whole_factory_is_asked_little_by_little() -> None:
    """All its nodes lose their link together."""
    nodes = [NodeId("hanbit", f"line-{i}") for i in range(50)]
    rebirths = Rebirths(30)
    turns = [rebirths.due(nodes, i * SECOND_NS // 4) for i in range(12)]
    assert max(map(len, turns)) == AT_ONCE
    assert [name for turn in turns for name in turn] == nodes[: 12 * AT_ONCE]


def test_nobody_is_asked_where_that_is_switched_off() -> None:
    """Then nothing at all is sent to a node, and the finding says why its values are missing."""
    line = Line(rebirth=False, reorder_ms=0).born()
    line.node.next()
    line.bring(line.node.data("packer", good(9)))
    line.wait(1)
    line.host.unanswered(line.now_ns, line.wall_ns)
    line.pass_by(11_000)
    line.host.unanswered(line.now_ns, line.wall_ns)
    assert line.asked() == []
    assert "rebirth: false" in line.desk.findings["birth missing/hanbit/line-1"]


def test_a_message_without_a_number_is_set_aside() -> None:
    """And so is what is no payload at all; neither disturbs the others."""
    line = Line().born()
    sent = line.node.data("packer", {})
    for raw in (payload(None, 1), payload(256, 1), b"\xff\xff\xff", b"\x12\x05ab"):
        assert line.bring(sent._replace(payload=raw)) == []
    reasons = [reason for reason, _, _ in line.desk.refused]
    assert ["seq" in reason for reason in reasons] == [True, True, False, False]
    assert "no payload of Sparkplug B" in reasons[2]
    assert read(payload(3, None)).seq == 3


def test_held_messages_are_bounded() -> None:
    """A flood behind a missing message goes on before the time is over."""
    line = Line(reorder_ms=60_000).born()
    line.node.next()
    many = [line.node.data("", {"Heat": Metric(value=i)}) for i in range(5_000)]
    line.bring(*many)
    assert line.asked() == [LINE]
    assert line.now_ns < 60_000 * MS_NS
