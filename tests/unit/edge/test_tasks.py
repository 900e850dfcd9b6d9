"""Improvement tasks: what may be said of them, who may take which step, and whose gain it is."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, delete

from edge.engine.tasks import task_notes, tasks
from edge.engine.tasks.attribution import Influence, joint, shared
from edge.engine.tasks.task_notes import Wanted
from edge.engine.tasks.task_steps import ROLES, STATUSES, STEPS
from edge.errors import Changed, NotFound, Refused
from edge.records import proof
from edge.records.audit import Actor, entries
from edge.records.audit_check import verify
from edge.records.database import Records
from tests.unit.edge.figure_desk import DAY_NS, Desk, at, site_of
from tests.unit.edge.target_desk import BEFORE, agreed, days_of, desk_of, line, wave

FIRM = Actor("반장", "page 127.0.0.1")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A line that became a fifth better, and its target."""
    found = desk_of(tmp_path)
    days_of(found, 0, BEFORE, gq=wave(1000))
    days_of(found, BEFORE, 60, gq=wave(1200))
    agreed(found, "throughput_per_hour", due=None)
    return found


def proposed(desk: Desk, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any term
    """A task of the target, unless said."""
    return task_notes.propose(
        desk.engine.view, {"title": "귀끈 걸림 줄이기", "target": "t1", **more}, FIRM
    )


def signed(desk: Desk, task: str, *roles: str) -> dict[str, Any]:
    """The task after some have signed."""
    found = tasks.shown(desk.engine.view, task)
    for role in roles:
        body = {"role": role, "name": role.title()}
        found = task_notes.add(desk.engine.view, task, "sign_off", body)
    return found


def taken(desk: Desk, task: str, to: str, role: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - a reason
    """The task after a step."""
    return task_notes.take(desk.engine.view, task, Wanted(to, role, "김", **more))


def test_a_target_says_what_a_task_is_of(desk: Desk) -> None:
    """Line, measure, baseline and dates follow from it; the figures of the target stand beside."""
    found = proposed(desk, problem="하루 40번 멈춤", hypothesis="가이드 교체")
    assert found["id"] == "k1"
    assert (found["line"], found["measure"]) == ("mask", "throughput_per_hour")
    assert (found["baseline"], found["status"], found["company"]) == ("b1", "proposed", "한빛")
    assert found["go_live"] == desk.engine.view.time(at("00:00", BEFORE))
    assert found["settled"] == found["verdict"]["report_from"]
    target = desk.engine.target("t1")
    assert found["verdict"]["improvement_rate"] == target["improvement_rate"]
    assert found["verdict"]["verdict"] == target["verdict"] == "improved_at_least_target"
    assert found["attribution"] == {"kind": "alone", "with": []}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"title": " "}, "needs a title"),
        ({"target": None}, "a task is of a line"),
        ({"line": "tin"}, "target t1 is of 'mask'"),
        ({"measure": "oee"}, "target t1 is of 'throughput_per_hour'"),
        ({"title": "x" * 121}, "title has 121 letters; at most 120"),
        ({"target": None, "line": "mask", "measure": "luck"}, "cannot be compared by days"),
        ({"target": None, "line": "mask", "measure": "oee", "baseline": "b1"}, "name one of the"),
        ({"target": None, "line": "mask", "due": "tomorrow"}, "'tomorrow' is no day"),
        ({"target": None, "line": "mask", "go_live": "soon"}, "'soon' is no time"),
    ],
)
def test_what_does_not_fit_is_refused(desk: Desk, given: dict[str, Any], words: str) -> None:
    """Nothing is written, and the message says what to say instead."""
    with pytest.raises(Refused, match=words):
        proposed(desk, **given)
    assert tasks.listed(desk.engine.view)["tasks"] == []


@pytest.mark.parametrize("given", [{"target": "t9"}, {"target": None, "line": "tin"}])
def test_what_is_not_there_is_not_found(desk: Desk, given: dict[str, Any]) -> None:
    """With what there is."""
    with pytest.raises(NotFound, match=r"mask|t1"):
        proposed(desk, **given)
    with pytest.raises(NotFound, match="there is no task 'k9'; there are none"):
        tasks.shown(desk.engine.view, "k9")


def test_of_two_people_who_edit_one_task_the_second_is_told(desk: Desk) -> None:
    """What it is now comes with the refusal; the log has old and new."""
    proposed(desk)
    view = desk.engine.view
    task_notes.amend(view, "k1", 1, {"problem": "first"}, FIRM)
    with pytest.raises(Changed) as caught:
        task_notes.amend(view, "k1", 1, {"problem": "second"})
    assert caught.value.present["problem"] == "first"
    (newest, *_) = entries(desk.records, 1)
    assert (newest.by, newest.change.what) == (FIRM, "task set")
    assert (newest.change.old, newest.change.new) == ({"problem": None}, {"problem": "first"})


def test_a_task_goes_its_way_from_proposal_to_proof(desk: Desk) -> None:
    """Each step needs what it needs: signatures, go-live, a verdict that stands; all is logged."""
    proposed(desk)
    with pytest.raises(Refused, match="the firm has not signed these terms; the mentor has not"):
        taken(desk, "k1", "agreed", "mentor")
    signed(desk, "k1", "firm", "mentor")
    assert taken(desk, "k1", "agreed", "mentor")["status"] == "agreed"
    with pytest.raises(Refused, match="the mentor may not make it running; firm may"):
        taken(desk, "k1", "running", "mentor")
    taken(desk, "k1", "running", "firm")
    taken(desk, "k1", "claimed", "firm")
    with pytest.raises(Refused, match="neither mentor nor sponsor has signed since it was claimed"):
        taken(desk, "k1", "verified", "mentor")
    signed(desk, "k1", "sponsor")
    found = taken(desk, "k1", "verified", "sponsor")
    assert found["status"] == "verified"
    assert [one["to"] for one in found["history"]] == ["agreed", "running", "claimed", "verified"]
    assert [one["missing"] for one in found["next"]] == [["kept"], ["reason"]]
    whats = [one.change.what for one in reversed(entries(desk.records, 100))]
    assert whats[2:] == [
        "task add",
        *["task sign-off"] * 2,
        *["task step"] * 3,
        "task sign-off",
        "task step",
    ]
    assert verify(desk.records).bad is None


def test_a_claim_without_proof_is_not_verified(tmp_path: Path) -> None:
    """A line that did not change: the target says so, and no signature helps."""
    desk = desk_of(tmp_path)
    days_of(desk, 0, 60, gq=wave(1000))
    agreed(desk, "throughput_per_hour")
    proposed(desk)
    signed(desk, "k1", *ROLES)
    for to, role in (("agreed", "firm"), ("running", "firm"), ("claimed", "firm")):
        taken(desk, "k1", to, role)
    signed(desk, "k1", "mentor")
    with pytest.raises(Refused, match="its target shows no improvement that stands"):
        taken(desk, "k1", "verified", "mentor")
    with pytest.raises(Refused, match="say why, as a note"):
        taken(desk, "k1", "rejected", "mentor")
    assert taken(desk, "k1", "rejected", "mentor", reason="변화 없음")["next"] == []
    with pytest.raises(Refused, match="becomes nothing any more"):
        taken(desk, "k1", "running", "firm")
    with pytest.raises(Refused, match="nothing is signed any more"):
        signed(desk, "k1", "firm")


def test_every_status_has_steps_and_every_open_one_can_be_rejected() -> None:
    """The table is whole: every step leads to a status there is, by roles there are."""
    assert set(STEPS) == set(STATUSES)
    for status, ways in STEPS.items():
        assert all(set(way.roles) <= set(ROLES) and way.to in STATUSES for way in ways)
        assert ("rejected" in {way.to for way in ways}) == (status not in {"sustained", "rejected"})


def test_a_signature_stands_under_the_terms_it_was_given_for(desk: Desk) -> None:
    """Other terms, or a signature taken back, and it stands no more; the record keeps it."""
    proposed(desk)
    found = signed(desk, "k1", "firm", "mentor")
    assert [one["stands"] for one in found["sign_offs"]] == [True, True]
    assert found["sign_offs"][0]["verdict"] == "improved_at_least_target"
    body = {"of": 1, "name": "김", "reason": "잘못 누름"}
    found = task_notes.add(desk.engine.view, "k1", "withdrawal", body)
    assert [one["stands"] for one in found["sign_offs"]] == [False, True]
    with pytest.raises(Refused, match="has no note 1 that could be taken back"):
        task_notes.add(desk.engine.view, "k1", "withdrawal", body)
    found = task_notes.amend(desk.engine.view, "k1", 1, {"problem": "다른 문제"})
    assert [one["stands"] for one in found["sign_offs"]] == [False, False]
    with pytest.raises(Refused, match="the firm has not signed these terms; the mentor has not"):
        taken(desk, "k1", "agreed", "firm")


def test_what_is_agreed_is_settled(desk: Desk) -> None:
    """Its words may be mended; another aim is another task."""
    proposed(desk)
    signed(desk, "k1", "firm", "mentor")
    version = taken(desk, "k1", "agreed", "firm")["version"]
    with pytest.raises(Refused, match="target was settled when the task was agreed"):
        task_notes.amend(desk.engine.view, "k1", version, {"target": None})
    found = task_notes.amend(desk.engine.view, "k1", version, {"mentor": "박 멘토"})
    assert found["mentor"] == "박 멘토"
    assert all(one["stands"] for one in found["sign_offs"]), "the mentor's name is no term"


def test_notes_are_kept_in_their_order_and_complete(desk: Desk) -> None:
    """Each says who and when; what is missing or too long is refused."""
    proposed(desk)
    view = desk.engine.view
    task_notes.add(view, "k1", "comment", {"name": "이", "text": "<b>확인</b>"})
    day = {"text": "가이드 교체", "owner": "박", "day": "2026-03-20"}
    found = task_notes.add(view, "k1", "countermeasure", day)
    assert found["comments"][0]["text"] == "<b>확인</b>"
    (measure,) = found["countermeasures"]
    assert (measure["n"], measure["owner"], measure["day"]) == (2, "박", "2026-03-20")
    assert measure["at"] == view.time(desk.clock.wall_ns())
    for kind, body, words in (
        ("comment", {"name": "이", "text": " "}, "a comment needs 'text'"),
        ("countermeasure", {**day, "day": "3/20"}, "'3/20' is no day"),
        ("visit", {"name": "이", "day": "2026-03-20", "text": "x" * 2_001}, "2001 letters"),
        ("sign_off", {"name": "이", "role": "boss"}, "'boss' is no role"),
    ):
        with pytest.raises(Refused, match=words):
            task_notes.add(view, "k1", kind, body)
    (brief,) = tasks.listed(view, "t1")["tasks"]
    assert (brief["comments"], brief["visits"], len(brief["countermeasures"])) == (1, 0, 1)
    assert tasks.listed(view, "t2")["tasks"] == []


def influence(task: str, go_live: int | None, *ends: int, **more: Any) -> Influence:  # noqa: ANN401 - any part
    """A task that goes live on a day; its window and its baseline, where given, in days."""
    told = None if go_live is None else go_live * DAY_NS
    found = Influence(task, frozenset({"mask"}), None, "oee", told)
    names = ("settled_ns", "ends_ns", "baseline_ns")
    windows: dict[str, Any] = {name: day * DAY_NS for name, day in zip(names, ends, strict=False)}
    return found._replace(**windows, **more)


FIRST = influence("a", 100, 110, 150, 60)


@pytest.mark.parametrize(
    ("other", "is_joint"),
    [
        (influence("b", 100, 110, 150, 60), True),  # the same target
        (influence("b", 120, 130, 170, 111), True),  # goes live while the first is measured
        (influence("b", 150, 160, 200, 110), False),  # one after the other
        (influence("b", 150, 160, 200, 105), True),  # its baseline holds days of the black-out
        (influence("b", None), True),  # nobody knows when
        (influence("b", 122), False),  # planned, far enough apart
        (influence("b", 121), True),
        (influence("b", 100, measure="defect_rate"), False),
        (influence("b", 100, machine="body"), False),
        (influence("b", 100, lines=frozenset({"tin"})), False),
        (influence("b", 100, lines=frozenset({"tin", "mask"})), True),
    ],
)
def test_tasks_on_one_figure_are_joint_unless_their_go_lives_are_separable(
    other: Influence, *, is_joint: bool
) -> None:
    """The same whichever is named first; tasks on other figures do not matter."""
    expected = {"a": ["b"], "b": ["a"]} if is_joint else {"a": [], "b": []}
    assert joint([FIRST, other]) == expected
    assert {k: sorted(v) for k, v in joint([other, FIRST]).items()} == expected
    same = other.lines & FIRST.lines and (other.machine, other.measure) == (None, "oee")
    assert shared([FIRST, other]) == ({"a", "b"} if same else set())


def test_two_tasks_of_one_target_share_its_gain(desk: Desk) -> None:
    """Until one is rejected; a task without a measure has no gain to share."""
    for _ in range(2):
        proposed(desk)
    proposed(desk, target=None, line="mask")
    told = {one["id"]: one["attribution"] for one in tasks.listed(desk.engine.view)["tasks"]}
    assert told == {
        "k1": {"kind": "joint", "with": ["k2"]},
        "k2": {"kind": "joint", "with": ["k1"]},
        "k3": {"kind": "none", "with": []},
    }
    taken(desk, "k2", "rejected", "sponsor", reason="중복")
    assert tasks.shown(desk.engine.view, "k1")["attribution"]["kind"] == "alone"


def test_tasks_outlive_the_process(desk: Desk, tmp_path: Path) -> None:
    """What was said yesterday is there today, under the same numbers."""
    proposed(desk)
    task_notes.add(desk.engine.view, "k1", "comment", {"name": "이", "text": "첫 방문"})
    desk.records = Records.open(tmp_path / "records.db")
    desk.restart(desk.site)
    found = tasks.shown(desk.engine.view, "k1")
    assert [one["n"] for one in found["comments"]] == [1]


@pytest.mark.parametrize("table", [proof.baseline, proof.target])
def test_a_lost_promise_leaves_its_task(desk: Desk, table: Table) -> None:
    """The task is told as it was agreed, without a verdict, and says what was lost."""
    proposed(desk)
    with desk.records.writing() as db:
        db.execute(delete(table))

    (found,) = tasks.listed(desk.engine.view)["tasks"]
    assert (found["id"], found["target"], found["verdict"]) == ("k1", "t1", None)
    assert "t1" in found["unjudged"]
    assert tasks.shown(desk.engine.view, "k1")["unjudged"] == found["unjudged"]


def test_a_line_that_is_gone_leaves_its_tasks(desk: Desk) -> None:
    """With a target and without: what was agreed is told, and that there is no such line."""
    live = desk.engine.view.time(at("00:00", BEFORE))
    proposed(desk)
    proposed(desk, target=None, line="mask", go_live=live)
    assert all(one["settled"] for one in tasks.listed(desk.engine.view)["tasks"])

    desk.restart(site_of(line(name="press")))
    found = tasks.listed(desk.engine.view)["tasks"]
    told = [(one["id"], one["line"], one["settled"], one["verdict"]) for one in found]
    assert told == [("k1", "mask", None, None), ("k2", "mask", None, None)]
    assert found[0]["unjudged"] == "there is no line 'mask'; there are press"
    assert tasks.shown(desk.engine.view, "k2")["go_live"] == live
