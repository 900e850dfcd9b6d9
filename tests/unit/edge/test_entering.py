"""What a person enters is kept once, corrected by name, taken back, and never lost."""

from pathlib import Path
from typing import Any

import pytest

from edge.engine.entering.entering import corrected, listed, stated
from edge.engine.folding.anew import Refold
from edge.engine.view import View
from edge.errors import Changed, NotFound, Refused
from edge.records import audit
from edge.records.audit import Actor
from tests.unit.edge.fact_desk import desk_in, morning
from tests.unit.edge.fold_desk import Desk, at

KIM = Actor("kim", "page 127.0.0.1")
CELLS = {"line": "mask", "kind": "scrap", "quantity": "3", "at": "2026-03-02T10:00", "id": "k"}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A morning whose good pieces are counted."""
    desk = desk_in(tmp_path, "good")
    desk.memory.write(morning(desk))
    desk.run()
    return desk


def view_of(desk: Desk) -> View:
    """What the engine asks."""
    refold = Refold(desk.site, desk.memory, desk.records)
    return View(desk.site, desk.memory, desk.records, desk.clock, refold)


def scrap(desk: Desk) -> float:
    """What the table says of the day shift, once all is folded."""
    desk.run()
    return float(desk.sums("body", "08:00", "20:00")["sq"])


def facts(desk: Desk) -> list[dict[str, Any]]:
    """The facts of the day."""
    found: list[dict[str, Any]] = listed(view_of(desk), "mask", at("08:00"), at("20:00"))["facts"]
    return found


def test_an_entry_sent_twice_is_kept_once(desk: Desk) -> None:
    """A tablet that heard no answer sends again."""
    first, second = (stated(view_of(desk), CELLS, KIM) for _ in range(2))
    assert first == second
    assert (first["machine"], first["origin"], first["version"]) == ("body", "manual", 1)
    assert len(facts(desk)) == 1
    assert scrap(desk) == 3


def test_an_entry_without_a_time_is_of_now_and_may_be_sent_again(desk: Desk) -> None:
    """The second sending has another now, and is the same entry all the same."""
    desk.clock.now_ns = at("11:00")
    told = {name: text for name, text in CELLS.items() if name != "at"}
    first = stated(view_of(desk), told, KIM)
    desk.clock.now_ns = at("11:05")
    assert stated(view_of(desk), told, KIM) == first
    assert first["from"] == "2026-03-02T11:00:00+09:00"


def test_what_may_be_counted_by_hand_is_listed(desk: Desk) -> None:
    """Not what a machine counts itself; rejects always."""
    found = listed(view_of(desk), "mask", at("08:00"), at("20:00"))
    assert found["machines"] == [
        {"id": "body", "exit": True, "kinds": ["scrap", "rework", "total"]}
    ]
    assert found["defects"][0]["id"] == "appearance"


def test_a_key_stands_for_one_entry(desk: Desk) -> None:
    """Another quantity under the same key is a mistake of whoever made the key."""
    stated(view_of(desk), CELLS, KIM)
    with pytest.raises(Refused, match="stands for another entry"):
        stated(view_of(desk), {**CELLS, "quantity": "4"}, KIM)
    assert scrap(desk) == 3


def test_a_correction_and_its_taking_back_are_revisions(desk: Desk) -> None:
    """Each is in the audit log with what it was before; the rows follow."""
    number = stated(view_of(desk), CELLS, KIM)["id"]
    now = corrected(view_of(desk), (number, 1), {"quantity": "5", "note": "다시 셈"}, KIM)
    assert (now["quantity"], now["note"], now["version"]) == (5, "다시 셈", 2)
    assert scrap(desk) == 5
    gone = corrected(view_of(desk), (number, 2), None, KIM)
    assert (gone["withdrawn"], gone["version"]) == (True, 3)
    assert facts(desk) == []
    desk.run()
    assert str(desk.sums("body", "08:00", "20:00")["sq"]) == "nan"  # nobody speaks of it any more
    log = audit.entries(desk.records, 10, None)
    assert [one.change.what for one in log] == ["fact withdraw", "fact correct", "fact enter"]
    assert log[1].change.old is not None
    assert log[1].change.old["quantity"] == 3
    assert {one.by for one in log} == {KIM}


def test_of_two_people_the_second_sees_what_the_first_did(desk: Desk) -> None:
    """Nothing is overwritten unseen."""
    number = stated(view_of(desk), CELLS, KIM)["id"]
    corrected(view_of(desk), (number, 1), {"quantity": "5"}, KIM)
    with pytest.raises(Changed) as caught:
        corrected(view_of(desk), (number, 1), {"quantity": "6"}, KIM)
    assert caught.value.present["quantity"] == 5
    with pytest.raises(NotFound, match="there is no fact 99"):
        corrected(view_of(desk), (99, 1), None, KIM)


def test_a_number_that_is_hardly_true_is_warned_of_and_kept(desk: Desk) -> None:
    """More in an hour than one and a half times the ideal speed allows, and a tenth."""
    hour = {"from": "2026-03-02T10:00", "to": "2026-03-02T11:00", "at": ""}
    fair = stated(view_of(desk), {**CELLS, **hour, "quantity": "5940", "id": "a"}, KIM)
    odd = stated(view_of(desk), {**CELLS, **hour, "quantity": "5941", "id": "b"}, KIM)
    assert fair["warnings"] == []
    assert odd["warnings"] == [{"code": "implausible", "most": 5940}]
    assert len(facts(desk)) == 2


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"kind": "good"}, "counted by body itself"),
        ({"quantity": ""}, "is no quantity"),
        ({"at": "2027-01-01T10:00"}, "lies in the future"),
        ({"line": "x", "quantity": "-1"}, "is no line; there are mask"),
        ({"kind": "", "scrap": "1", "rework": "2"}, "more than one kind"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_reason(
    desk: Desk, change: dict[str, str], says: str
) -> None:
    """And nothing is."""
    with pytest.raises(Refused, match=says):
        stated(view_of(desk), {**CELLS, **change}, KIM)
    assert facts(desk) == []


@pytest.mark.parametrize(
    ("text", "pieces"), [("1,234", 1234), ("12,345,678", 12_345_678), ("1,234.0", 1234), ("7", 7)]
)
def test_thousands_may_be_apart(desk: Desk, text: str, pieces: int) -> None:
    """As spreadsheets in Korean and English write them."""
    assert stated(view_of(desk), {**CELLS, "quantity": text}, KIM)["quantity"] == pieces


@pytest.mark.parametrize("text", ["3,5", "1,50", "12,34", "1234,567", "1,234,5", ",500", "1.234,0"])
def test_a_comma_before_decimals_is_no_number(desk: Desk, text: str) -> None:
    """Three and a half are not 35: who writes decimals so is asked to write them with a point."""
    with pytest.raises(Refused, match=r"write decimals as 1\.5 and thousands as 1,500"):
        stated(view_of(desk), {**CELLS, "quantity": text}, KIM)
    assert facts(desk) == []
