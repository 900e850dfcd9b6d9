"""Ids after damage that took rows: none comes back for something else."""

from pathlib import Path

import pytest
from sqlalchemy import delete

from edge.engine.tasks import task_notes, tasks
from edge.records import proof
from edge.records.audit import Actor, audit, audit_head
from edge.records.tasks import task, task_note
from tests.unit.edge.figure_desk import Desk
from tests.unit.edge.target_desk import BEFORE, agreed, days_of, desk_of, frozen, wave, wished

FIRM = Actor("반장", "page 127.0.0.1")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A line that became a fifth better; t1 rests on b1, t2 on b2."""
    found = desk_of(tmp_path)
    days_of(found, 0, BEFORE, gq=wave(1000), sq=lambda _: 10.0)
    days_of(found, BEFORE, 60, gq=wave(1200), sq=lambda _: 10.0)
    agreed(found, "throughput_per_hour")
    agreed(found, "throughput_per_hour")
    return found


def forget_the_log(desk: Desk) -> None:
    """The audit log is lost as well."""
    with desk.records.writing() as db:
        db.exec_driver_sql("drop trigger audit_no_delete")
        db.execute(delete(audit))
        db.execute(delete(audit_head))


@pytest.mark.parametrize("logged", [True, False])
@pytest.mark.parametrize("lost", ["b1", "b2"])
def test_a_target_is_never_judged_by_a_baseline_that_came_later(
    desk: Desk,
    lost: str,
    logged: bool,  # noqa: FBT001 - a parameter
) -> None:
    """It promised against days that are gone; what is frozen anew is not what it rests on."""
    with desk.records.writing() as db:
        db.execute(delete(proof.baseline).where(proof.baseline.c.id == lost))
    if not logged:
        forget_the_log(desk)
    before = desk.engine.targets()["unjudged"]

    name = frozen(desk, "throughput_per_hour")

    assert name == "b3"
    assert len(before) == 1
    assert desk.engine.targets()["unjudged"] == before
    again = desk.engine.agree(wished("throughput_per_hour", name))
    assert (again["id"], again["verdict"]) == ("t3", "improved_at_least_target")


@pytest.mark.parametrize("lost", ["t1", "t2"])
def test_a_lost_target_keeps_its_id(desk: Desk, lost: str) -> None:
    """Packages and tasks told of it."""
    with desk.records.writing() as db:
        db.execute(delete(proof.target).where(proof.target.c.id == lost))
    found = agreed(desk, "throughput_per_hour")
    assert (found["id"], found["baseline"]["id"]) == ("t3", "b3")


@pytest.mark.parametrize("lost", [1, 2])
def test_a_version_of_a_baseline_is_not_given_twice(desk: Desk, lost: int) -> None:
    """Of what is left, each has its own."""
    with desk.records.writing() as db:
        db.execute(delete(proof.baseline).where(proof.baseline.c.id == f"b{lost}"))
    left = desk.engine.baselines()["baselines"]
    frozen(desk, "throughput_per_hour")
    versions = [one["version"] for one in desk.engine.baselines()["baselines"]]
    assert len(set(versions)) == len(left) + 1


@pytest.mark.parametrize("logged", [True, False])
@pytest.mark.parametrize("lost", ["k1", "k2"])
def test_a_task_inherits_nothing_of_one_that_was_lost(
    desk: Desk,
    lost: str,
    logged: bool,  # noqa: FBT001 - a parameter
) -> None:
    """Its notes may be there still, and they are of another task."""
    view = desk.engine.view
    for title in ("belt", "bath"):
        made = task_notes.propose(view, {"title": title, "target": "t1"}, FIRM)
        task_notes.add(view, made["id"], "comment", {"text": title, "name": "Kim"}, FIRM)
    with desk.records.writing() as db:
        db.execute(delete(task).where(task.c.id == lost))
    if not logged:
        forget_the_log(desk)

    found = task_notes.propose(view, {"title": "loop", "target": "t1"}, FIRM)

    assert found["id"] == "k3"
    assert found["comments"] == []


def test_a_lost_note_leaves_a_hole(desk: Desk) -> None:
    """What is said next has the next number, not that of a note that is there."""
    view = desk.engine.view
    made = task_notes.propose(view, {"title": "belt", "target": "t1"}, FIRM)["id"]
    for text in ("one", "two"):
        task_notes.add(view, made, "comment", {"text": text, "name": "Kim"}, FIRM)
    with desk.records.writing() as db:
        db.execute(delete(task_note).where(task_note.c.n == 1))
    task_notes.add(view, made, "comment", {"text": "three", "name": "Kim"}, FIRM)
    said = tasks.shown(view, made)["comments"]
    assert [(one["n"], one["text"]) for one in said] == [(2, "two"), (3, "three")]
