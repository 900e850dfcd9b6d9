"""What an edge node says becomes rows: births, aliases, deaths, and what is missing between."""

import math

import numpy as np
import pytest

from collectors.mqtt.sparkplug.rebirths import ANSWER_NS
from edge.model import (
    AS_PAST,
    STATUS_BAD_NO_COMMUNICATION,
    STATUS_GOOD,
    STATUS_UNCERTAIN_CLOCK,
)
from tests.servers.sparkplug_wire import INT32, INT64, UINT32, Metric, payload
from tests.unit.collectors.sparkplug_line import (
    BORN_MS,
    GOOD,
    HEAT,
    LINE,
    MS_NS,
    NODE,
    PACKER,
    POINTS,
    STATE,
    Line,
    edge,
    good,
    point,
)

AT_MS = 1_795_129_000_000


@pytest.mark.parametrize("aliases", [True, False])
def test_a_birth_and_what_follows_become_rows(aliases: bool) -> None:  # noqa: FBT001 - a parameter
    """Values of births and data, by alias or by name, at the time that the node gives."""
    line = Line(node=edge(aliases=aliases))
    line.bring(line.node.birth(), line.node.birth("packer"))
    line.bring(line.node.data("packer", good(8), AT_MS))
    line.bring(line.node.data("", {"Heat": Metric(value=22.0)}, AT_MS + 1))
    assert line.values(GOOD) == [7, 8]
    assert line.values(HEAT) == [21.5, 22.0]
    assert line.desk.symbols == {"run": 1}
    assert line.rows[-1].source_ns == (AT_MS + 1) * MS_NS
    assert {row.status for row in line.rows} == {STATUS_GOOD}
    assert line.desk.refused == []


def test_an_alias_means_what_the_last_birth_said() -> None:
    """The same number may be another metric in the next life."""
    line = Line().born()
    other = edge({"": NODE, "packer": (PACKER[1], PACKER[0])}, bdseq=1)
    line.bring(other.birth(), other.birth("packer"))
    line.rows.clear()
    line.bring(other.data("packer", good(9)))
    assert [(row.signal, row.value) for row in line.rows] == [(GOOD, 9)]


@pytest.mark.parametrize("of_node", [True, False])
def test_an_alias_of_an_earlier_birth_means_nothing(of_node: bool) -> None:  # noqa: FBT001 - a parameter
    """What a signal reads is declared no more, and its number is given to what nobody reads."""
    line = Line().born()
    other = edge({"": NODE, "packer": (Metric("Spare", 0, PACKER[0].datatype), *PACKER[1:])})
    births = other.birth(), other.birth("packer")
    if of_node:
        line.bring(*births)
    else:
        other.seq = line.node.seq
        line.bring(other.birth("packer"))
    line.rows.clear()
    line.bring(other.data("packer", {"Spare": Metric(value=99)}))
    assert line.rows == []
    assert line.asked() == []


def test_a_clock_that_is_set_back_hinders_nothing() -> None:
    """The numbers say of which life a message is, not the times."""
    line = Line().born()
    (row,) = line.bring(line.node.data("packer", good(8), BORN_MS - 3_600_000))
    assert row.value == 8
    assert line.desk.refused == []


def test_data_that_overtook_their_birth_are_read_by_its_meaning() -> None:
    """They wait for it; by the old aliases the count would have been a state."""
    line = Line().born()
    line.bring(line.node.data("packer", good(8)))
    other = edge({"": NODE, "packer": (PACKER[1], PACKER[0])}, bdseq=1)
    births, new = [other.birth(), other.birth("packer")], other.data("packer", good(9))
    assert line.bring(new) == []
    line.bring(*births, at_once=False)
    assert line.values(GOOD)[-2:] == [7, 9]
    assert line.desk.refused == []
    assert line.asked() == []


def test_data_without_a_birth_are_set_aside_and_a_birth_is_asked_for() -> None:
    """Nobody guesses what an alias means; what is named in full needs no birth."""
    line, node = Line(), edge()
    node.birth()
    node.birth("packer")
    assert line.bring(node.data("packer", good(8))) == []
    assert len(line.desk.refused) == 1
    assert "not known until packer is born again" in line.desk.refused[0][0]
    assert line.asked() == [LINE]
    named = edge(aliases=False)
    assert [row.value for row in line.bring(named.data("packer", good(9)))] == [9]


@pytest.mark.parametrize(("datatype", "value"), [(INT32, -5), (INT64, -5), (UINT32, 2**32 - 5)])
def test_a_number_that_may_be_negative_waits_for_a_birth(datatype: int, value: int) -> None:
    """Data do not tell the type: as an Int32 it is -5, as a UInt32 4,294,967,291."""
    line = Line(node=edge({"": (Metric("Heat", value, datatype),)}, aliases=False))
    assert line.bring(line.node.data("", {"Heat": Metric(value=value)})) == []
    assert "or negative: its type is not known" in line.desk.refused[0][0]
    assert line.asked() == [LINE]
    line.bring(line.node.birth(), line.node.data("", {"Heat": Metric(value=value)}))
    assert line.values(HEAT) == [value, value]


def test_a_device_that_was_not_born_means_nothing() -> None:
    """Though its node was."""
    line = Line()
    line.bring(line.node.birth())
    line.node.birth("packer")
    line.node.seq = 1
    line.bring(line.node.data("packer", good(8)))
    assert line.values(GOOD) == []
    assert line.asked() == [LINE]


def test_the_death_of_a_node_makes_all_unknown_at_our_time() -> None:
    """Its devices with it; until the birth, and no further."""
    line = Line().born()
    rows = line.bring(line.node.death())
    assert {row.signal for row in rows} == {GOOD, STATE, HEAT}
    assert all(math.isnan(row.value) for row in rows)
    assert {row.status for row in rows} == {STATUS_BAD_NO_COMMUNICATION}
    assert {row.source_ns for row in rows} == {line.wall_ns}
    again = edge(bdseq=1)
    line.bring(again.birth(), again.birth("packer"))
    assert not line.is_unknown(GOOD)
    assert not line.is_unknown(HEAT)


def test_the_death_of_an_earlier_life_comes_too_late() -> None:
    """A will may arrive after the birth that follows it; its number tells."""
    line = Line(node=edge(bdseq=5)).born()
    assert line.bring(edge(bdseq=4).death()) == []
    assert [row.value for row in line.bring(line.node.data("packer", good(8)))] == [8]
    assert len(line.bring(edge(bdseq=5).death())) == 3


def test_a_birth_ends_what_is_unknown_however_old_its_values_are() -> None:
    """A count that has not changed for an hour is known again once the node says so."""
    old = tuple(Metric(one.name, one.value, one.datatype, at_ms=AT_MS) for one in PACKER)
    line = Line(node=edge({"": NODE, "packer": old})).born()
    line.bring(line.node.death("packer", AT_MS + 1))
    assert line.is_unknown(GOOD)
    line.bring(line.node.birth("packer"))
    assert not line.is_unknown(GOOD)
    line.bring(edge().death())
    again = edge({"": NODE, "packer": old}, bdseq=1)
    line.bring(again.birth(), again.birth("packer"))
    assert not line.is_unknown(GOOD)
    assert line.rows[-1].source_ns == line.rows[-1].received_ns


def test_the_death_of_a_device_has_the_time_that_its_node_says() -> None:
    """The node and its other devices live on."""
    line = Line().born()
    rows = line.bring(line.node.death("packer", AT_MS))
    assert {(row.signal, row.source_ns) for row in rows} == {
        (GOOD, AT_MS * MS_NS),
        (STATE, AT_MS * MS_NS),
    }
    assert len(line.bring(line.node.data("", {"Heat": Metric(value=23.0)}))) == 1
    assert line.bring(line.node.data("packer", good(8))) == []
    assert len(line.desk.refused) == 1


def test_a_new_life_without_a_death_leaves_its_devices_unknown_until_their_births() -> None:
    """Its will was lost; a birth of the same life that we asked for changes nothing."""
    line = Line().born()
    assert line.bring(line.node.birth())[0].signal == HEAT
    assert not any(math.isnan(row.value) for row in line.rows)
    other = edge(bdseq=1)
    line.bring(other.birth())
    assert line.is_unknown(GOOD)
    line.bring(other.birth("packer"))
    assert not line.is_unknown(GOOD)


def test_a_missing_message_makes_all_unknown_since_the_last_that_came() -> None:
    """For it may have been a birth, and a value that did not change again would stand for ever."""
    line = Line().born()
    line.bring(line.node.data("packer", good(8)))
    last_ns = line.wall_ns
    line.node.next()
    assert line.bring(line.node.data("packer", good(9))) == []
    assert line.asked() == []
    rows = line.wait(2_100)
    assert {row.signal for row in rows} == {GOOD, STATE, HEAT}
    assert {row.source_ns for row in rows} == {last_ns + 1}
    assert line.asked() == [LINE]
    assert "not known until packer is born again" in line.desk.refused[0][0]
    line.bring(line.node.birth(), line.node.birth("packer"))
    assert not line.is_unknown(GOOD)
    assert line.values(GOOD)[-1] == 9
    assert line.asked() == []


def test_a_value_without_a_time_has_that_of_its_message_or_of_its_arrival() -> None:
    """Arrival is flagged where it tells nothing; times that cannot be are none."""
    line = Line(node=edge(aliases=False)).born()
    topic = line.node.topic("DATA", "packer")
    for at_ms, expected in ((AT_MS, AT_MS * MS_NS), (None, None), (2**63, None), (0, None)):
        sent = line.node.data("packer", {})
        body = payload(line.node.seq - 1, at_ms, Metric("Counts/Good", 9, 3))
        (row,) = line.bring(sent._replace(topic=topic, payload=body))
        assert row.source_ns == (expected or row.received_ns)
        assert row.status == STATUS_GOOD
        assert row.status != STATUS_UNCERTAIN_CLOCK


def test_the_past_is_stored_as_the_past() -> None:
    """It has its own time and ends nothing; without one nobody knows where it belongs."""
    line = Line().born()
    line.bring(line.node.death("packer", AT_MS))
    line.bring(line.node.birth("packer"))
    before = {"Counts/Good": Metric(value=5, at_ms=AT_MS - 60_000, historical=True)}
    (row,) = line.bring(line.node.data("packer", before))
    assert (row.value, row.source_ns, row.status) == (5, (AT_MS - 60_000) * MS_NS, AS_PAST)
    named = payload(line.node.next(), AT_MS, Metric("Counts/Good", 5, 3, historical=True))
    assert line.bring(line.node.data("packer", {})._replace(payload=named)) == []
    assert "does not say of when" in line.desk.refused[0][0]


def test_a_metric_that_no_birth_declares_is_told() -> None:
    """Somebody misspelt it, or the node's program changed; told once it is there no more."""
    line = Line(*POINTS, point(9, "Counts/Godo"))
    line.bring(line.node.birth(), line.node.birth("packer"))
    code = "metric absent/hanbit/line-1"
    assert "has no packer:Counts/Godo" in line.desk.findings[code]
    line.bring(
        *(
            edge({"": NODE, "packer": (Metric("Counts/Godo", 1.0), *PACKER)}, bdseq=1).birth(device)
            for device in ("",)
        )
    )
    mended = edge({"": NODE, "packer": (Metric("Counts/Godo", 1.0), *PACKER)}, bdseq=2)
    line.bring(mended.birth(), mended.birth("packer"))
    assert line.desk.findings[code] == ""


def test_a_device_that_its_node_is_born_without_is_told_and_unknown() -> None:
    """Somebody misspelt it, or it was switched off while we were away: nothing goes on."""
    line = Line()
    line.bring(line.node.birth())
    code = "device missing/hanbit/line-1"
    assert len(line.host.unanswered(line.now_ns, line.wall_ns)) == 0
    assert code not in line.desk.findings
    line.pass_by(ANSWER_NS / MS_NS)
    batch = line.host.unanswered(line.now_ns, line.wall_ns)
    assert sorted(batch.signal.tolist()) == [GOOD, STATE]
    assert np.isnan(batch.value).all()
    assert "hanbit/line-1 is at work without packer" in line.desk.findings[code]
    assert len(line.host.unanswered(line.now_ns, line.wall_ns)) == 0
    line.bring(line.node.birth("packer"))
    assert line.desk.findings[code] == ""
    assert not line.is_unknown(GOOD)


def test_a_device_that_is_never_born_and_speaks_is_not_missed() -> None:
    """Named in full, its values need no birth."""
    line = Line(node=edge(aliases=False))
    line.bring(line.node.birth(), line.node.data("packer", good(8)))
    assert len(line.host.unanswered(line.now_ns, line.wall_ns)) == 0
    line.pass_by(ANSWER_NS / MS_NS)
    assert len(line.host.unanswered(line.now_ns, line.wall_ns)) == 0
    assert line.desk.findings["device missing/hanbit/line-1"] == ""


def test_a_node_that_answers_nobody_becomes_unknown() -> None:
    """It may be dead since before we came; its last value must not stand for ever."""
    line = Line()
    assert line.asked() == [LINE]
    assert len(line.host.unanswered(line.now_ns, line.wall_ns)) == 0
    line.pass_by(ANSWER_NS / MS_NS)
    batch = line.host.unanswered(line.now_ns, line.wall_ns)
    assert sorted(batch.signal.tolist()) == [GOOD, STATE, HEAT]
    assert set(batch.source_ns.tolist()) == {line.wall_ns}
    assert "gives no birth; is it on" in line.desk.findings["birth missing/hanbit/line-1"]
    assert len(line.host.unanswered(line.now_ns, line.wall_ns)) == 0
    line.born()
    assert line.desk.findings["birth missing/hanbit/line-1"] == ""
