"""What people say counts like what signals say, in whatever order both come."""

from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.engine.figures.figures import kpis
from edge.facts import Fact
from edge.model import Row
from edge.records import elements
from edge.records.elements import STATUS
from tests.unit.edge.fact_desk import NOW, TEN_S, desk_in, enter, fact, morning
from tests.unit.edge.fold_desk import Desk, at
from tests.unit.edge.test_entering import view_of

PIECES = 4 * 3600.0  # a good piece a second, from eight to twelve


def test_scrap_that_nobody_counts_is_known_where_somebody_told_it(tmp_path: Path) -> None:
    """Made = good + scrap in the told shift; without a word scrap is unknown, and not zero."""
    desk = desk_in(tmp_path, "good")
    desk.memory.write(morning(desk))
    desk.run()
    before = desk.sums("body", "08:00", "20:00")
    assert np.isnan(before["sq"])
    assert before["pq"] == PIECES
    enter(desk, fact("scrap", "08:00", "12:00", 30), fact("scrap", "10:07", None, 5, what="weld"))
    desk.run()
    for who in ("body", None):
        after = desk.sums(who, "08:00", "20:00")
        assert (after["sq"], after["rq"], after["pq"], after["gq"]) == (35, 0, PIECES + 35, PIECES)
        assert (after["pq_low"], after["pq_high"]) == (PIECES + 35, PIECES + 35)


def test_another_shift_stays_unknown(tmp_path: Path) -> None:
    """Who speaks of the day shift says nothing of the night."""
    desk = desk_in(tmp_path, "good")
    desk.memory.write(morning(desk, "08:00", "21:00"))
    desk.run()
    enter(desk, fact("scrap", "08:00", "20:00", 7))
    desk.run()
    assert desk.sums("body", "08:00", "20:00")["sq"] == 7
    assert np.isnan(desk.sums("body", "20:00", "21:00")["sq"])


def test_an_instant_lies_in_the_bucket_that_holds_it(tmp_path: Path) -> None:
    """On an edge it belongs to the bucket that begins there."""
    desk = desk_in(tmp_path, "good")
    desk.memory.write(morning(desk))
    enter(desk, fact("scrap", "09:15", None, 2), fact("scrap", "09:14:59", None, 1))
    desk.run()
    rows = desk.rows()
    told = {int(t): q for t, q in zip(rows["t0_ns"], rows["sq"], strict=True) if q}
    assert told == {at("09:00"): 1, at("09:15"): 2}
    here = np.isin(rows["t0_ns"], [at("09:00"), at("09:15")])
    assert ((rows["flags"] & elements.MANUAL > 0) == here).all()


def test_scrap_found_later_leaves_what_was_made(tmp_path: Path) -> None:
    """Beside a counter of scrap, told scrap was among the good pieces: these become fewer."""
    desk = desk_in(tmp_path, "good", "scrap")
    desk.memory.write(morning(desk))
    desk.run()
    before = desk.sums("body", "08:00", "12:00")
    enter(desk, fact("scrap", "08:00", "12:00", 40), fact("rework", "08:00", "12:00", 3))
    desk.run()
    after = desk.sums("body", "08:00", "12:00")
    assert after["sq"] == before["sq"] + 40
    assert after["gq"] == before["gq"] - 40
    assert (after["rq"], after["pq"]) == (3, before["pq"] + 3)  # rework has no counter


def test_scrap_told_beside_a_total_leaves_the_rest_good(tmp_path: Path) -> None:
    """Good = total less scrap, exact where the scrap is told."""
    desk = desk_in(tmp_path, "total")
    desk.memory.write(morning(desk))
    enter(desk, fact("scrap", "08:00", "12:00", 100))
    desk.run()
    found = desk.sums("body", "08:00", "12:00")
    assert (found["pq"], found["sq"], found["gq"]) == (14688, 100, 14588)
    assert (found["gq_low"], found["gq_high"]) == (14588, 14588)


def test_counts_of_a_machine_without_counters_come_from_people_alone(tmp_path: Path) -> None:
    """Nothing is known of its pieces but what was told."""
    desk = desk_in(tmp_path)
    desk.memory.write(morning(desk))
    desk.run()
    assert np.isnan(desk.sums("body", "08:00", "12:00")["pq"])
    enter(desk, fact("good", "08:00", "12:00", 90), fact("scrap", "08:00", "12:00", 10))
    desk.run()
    found = desk.sums("body", "08:00", "12:00")
    assert (found["pq"], found["gq"], found["sq"], found["pq_high"]) == (100, 90, 10, 100)


def test_first_passes_and_hours_have_columns_of_their_own(tmp_path: Path) -> None:
    """Inspections give IP and GP, working time gives APWT and the rest in nanoseconds."""
    desk = desk_in(tmp_path, "good")
    desk.memory.write(morning(desk))
    told = fact("inspected", "08:00", "12:00", 200), fact("passed", "08:00", "12:00", 190)
    enter(desk, *told, fact("work", "08:00", "12:00", 7.5), fact("repair", "09:00", None, 0.5))
    desk.run()
    for who in ("body", None):
        found = desk.sums(who, "08:00", "20:00")
        assert (found["first_in"], found["first_good"]) == (200, 190)
        assert found["labour_ns"] == 7.5 * 3600e9
        assert found["repair_ns"] == 1800e9


def test_who_serves_two_machines_attends_once(tmp_path: Path) -> None:
    """Attendance told of the line, work told at each machine: the line has both, a machine work."""
    desk = desk_in(tmp_path, "good")
    desk.memory.write(morning(desk))
    there = fact("attendance", "08:00", "12:00", 4, machine=None)
    enter(
        desk,
        there,
        fact("work", "08:00", "12:00", 1.5),
        fact("work", "08:00", "12:00", 1, name="b"),
    )
    desk.run()
    hour_ns = 3600 * 10**9
    line, machine = (desk.sums(who, "08:00", "20:00") for who in (None, "body"))
    assert (line["labour_ns"], line["attendance_ns"]) == (2.5 * hour_ns, 4 * hour_ns)
    assert (machine["labour_ns"], machine["attendance_ns"]) == (2.5 * hour_ns, 0)


def test_late_facts_restate_with_their_own_reason_and_keep_the_old(tmp_path: Path) -> None:
    """What was known before is still there, and why it changed stands in the new row."""
    desk = desk_in(tmp_path, "good", "scrap")
    desk.memory.write(morning(desk))
    desk.run()
    before = desk.rows()["sq"].copy()
    desk.clock.now_ns = NOW + 3600 * 10**9
    enter(desk, fact("scrap", "09:20", None, 2))
    desk.run()
    rows = desk.rows()
    changed = rows["sq"] != before
    assert rows["t0_ns"][changed].tolist() == [at("09:15")]
    assert {STATUS[code] for code in rows["status"][changed].tolist()} == {"revised"}
    assert [t for t, c in zip(rows.texts("reason"), changed, strict=True) if c] == ["entered later"]
    assert (desk.rows(as_of=NOW)["sq"] == before).all()


def test_a_correction_takes_the_old_quantity_back(tmp_path: Path) -> None:
    """The rows are as if only the last version had ever been told."""
    desk = desk_in(tmp_path, "good")
    desk.memory.write(morning(desk))
    wrong = fact("scrap", "08:00", "12:00", 300, name="one")
    enter(desk, wrong)
    desk.run()
    enter(desk, fact("scrap", "09:00", None, 3, name="one"))
    desk.run()
    other = desk_in(tmp_path, "good", name="other")
    other.memory.write(morning(other))
    enter(other, fact("scrap", "09:00", None, 3, name="one"))
    other.run()
    assert desk.table() == other.table()


def test_a_fact_of_a_product_counts_while_that_product_ran(tmp_path: Path) -> None:
    """Also when the product comes to be known after the fact."""
    desk = desk_in(tmp_path, "good", "product")
    desk.memory.write(morning(desk) + desk.told("body", "product", ("08:00", "A")))
    enter(desk, fact("scrap", "08:00", "12:00", 12, product="B"))
    desk.run()
    assert desk.sums("body", "08:00", "12:00")["sq"] == 12  # B never ran: somewhere it must be
    desk.memory.write(desk.told("body", "product", ("10:05", "B"), ("11:00", "A")))
    desk.run()
    rows = desk.rows()
    by_product = {
        text: float(rows["sq"][[t == text for t in rows.texts("product")]].sum())
        for text in ("A", "B")
    }
    assert by_product == {"A": 0, "B": 12}


def test_what_is_left_when_a_machine_is_switched_off_stays_in_its_shift(tmp_path: Path) -> None:
    """Rows end with the last proof of life; no told piece is lost beyond it."""
    desk = desk_in(tmp_path, "good")
    desk.memory.write(morning(desk, "08:30", "11:00"))
    enter(desk, fact("scrap", "08:00", "20:00", 1000))
    desk.run()
    assert desk.sums("body", "08:00", "20:00")["sq"] == 1000
    assert desk.sums(None, "08:00", "20:00")["sq"] == 1000


KINDS = st.sampled_from(
    ["scrap", "rework", "good", "total", "inspected", "passed", "work", "repair"]
)
MINUTES = st.integers(-30, 13 * 60)


@st.composite
def facts(draw: st.DrawFn) -> Fact:
    """A fact of any kind around the day shift."""
    begin, length = draw(MINUTES), draw(st.sampled_from([0, 0, 1, 20, 60, 240, 720]))
    from_ns = at("08:00") + begin * 6 * TEN_S
    return Fact(
        name=str(draw(st.integers(0, 10**9))),
        line="mask",
        machine="body",
        kind=draw(KINDS),
        from_ns=from_ns,
        to_ns=from_ns + length * 6 * TEN_S,
        quantity=float(draw(st.integers(0, 500))),
        product=draw(st.sampled_from([None, "A", "B"])),
    )


TOLD = st.lists(facts(), min_size=1, max_size=6, unique_by=lambda each: each.name)
COUNTERS = [("good", "product"), ("good", "scrap"), ("total", "product"), ()]


@pytest.mark.parametrize("names", COUNTERS)
@settings(max_examples=2, deadline=None, derandomize=True)
@given(TOLD, st.data())
def test_order_repetition_and_arrival_change_no_row(
    names: tuple[str, ...], told: list[Fact], data: st.DataObject
) -> None:
    """Told before or after the samples, in pieces, twice: the table is the same, bit for bit."""
    same_anyhow(names, told, data)


@pytest.mark.slow
@pytest.mark.parametrize("names", COUNTERS)
@settings(max_examples=40, deadline=None)
@given(TOLD, st.data())
def test_order_repetition_and_arrival_change_no_row_at_length(
    names: tuple[str, ...], told: list[Fact], data: st.DataObject
) -> None:
    """The same, for many more."""
    same_anyhow(names, told, data)


def same_anyhow(names: tuple[str, ...], told: list[Fact], data: st.DataObject) -> None:
    """Hold a table of one piece against one of pieces."""
    with TemporaryDirectory() as folder:
        tables = []
        for name in ("once", "anyhow"):
            desk = desk_in(Path(folder), *names, name=name)
            rows = morning(desk)
            if "product" in names:
                rows += desk.told("body", "product", ("08:00", "A"), ("09:40", "B"), ("11:10", "A"))
            if name == "once":
                desk.memory.write(rows)
                enter(desk, *told)
            else:
                anyhow(desk, rows, told, data)
            desk.run()
            tables.append(desk.table())
        assert tables[0] == tables[1]


def anyhow(desk: Desk, rows: list[Row], told: list[Fact], data: st.DataObject) -> None:
    """The same rows and facts in random pieces, some facts twice, folded in between."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=2)))
    pieces = [rows[a:b] for a, b in zip([0, *cuts], [*cuts, len(rows)], strict=True)]
    steps: list[list[Row] | Fact] = data.draw(st.permutations([*pieces, *told, *told[:2]]))
    for step in steps:
        if isinstance(step, Fact):
            enter(desk, step)
        elif step:
            desk.memory.write(step)
        if data.draw(st.booleans()):
            desk.run()


def test_parts_of_a_bucket_have_their_parts_of_a_fact(tmp_path: Path) -> None:
    """Asked with an edge inside a bucket, both sides together are the whole."""
    desk = desk_in(tmp_path, "good")
    desk.memory.write(morning(desk))
    desk.run()
    enter(desk, fact("scrap", "08:00", "12:00", 777), fact("scrap", "10:06:59", None, 5))
    desk.run()
    cuts = ["08:00", "09:01", "10:07", "11:59", "12:00"]
    found = [
        kpis(view_of(desk), "mask", at(a), at(b), "machine")["rows"][0]["elements"]
        for a, b in pairwise(cuts)
    ]
    assert sum(each["SQ"] for each in found) == 782
    assert sum(each["PQ"] for each in found) == PIECES + 782
    assert found[1]["SQ"] > 777 * 66 / 240  # the five fell into its last second


def test_time_that_nobody_saw_does_not_hide_what_was_told(tmp_path: Path) -> None:
    """A machine that was switched on late and off early: the shift's scrap is what was told."""
    desk = desk_in(tmp_path, "good")
    desk.memory.write(morning(desk, "08:30", "11:00"))
    desk.run()
    asked = view_of(desk), "mask", at("08:00"), at("20:00"), "shift"
    before = kpis(*asked)["rows"][0]["elements"]
    enter(desk, fact("scrap", "08:00", "20:00", 90))
    desk.run()
    for row in kpis(*asked)["rows"]:
        assert (row["elements"]["SQ"], row["elements"]["GQ"]) == (90, before["GQ"])
        assert row["elements"]["PQ"] == before["PQ"] + 90
    assert before["SQ"] is None
