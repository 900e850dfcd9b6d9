"""Who agreed and signed goes into the package: as kept, printed, and the same in each of them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.engine.tasks import task_notes
from edge.evidence.report import Cover, reports
from edge.records.audit import ADMIN, Change, Head, add
from edge.records.audit_check import verify
from tests.unit.edge.evidence.desk import Desk, checked, unpacked
from tests.unit.edge.evidence.test_report import words_of

TITLE = "귀끈 #걸림 *줄이기*"


@pytest.fixture(scope="module")
def signed(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A site whose target has a task, signed by firm and mentor, and a task of nobody's target."""
    own = Desk.copied(desk, tmp_path_factory.mktemp("signed") / "site")
    view = own.engine().view
    task_notes.propose(view, {"title": TITLE, "target": own.target, "problem": "40번"})
    task_notes.propose(view, {"title": "다른 과제", "line": "mask"})
    for role, name in (("firm", "박반장"), ("mentor", "김멘토")):
        task_notes.add(view, "k1", "sign_off", {"role": role, "name": name})
    measure = {"text": "가이드 교체", "owner": "박반장", "day": "2026-03-20"}
    task_notes.add(view, "k1", "countermeasure", measure)
    task_notes.add(view, "k1", "comment", {"name": "이", "text": "공장 안에만 남는 말"})
    task_notes.add(view, "k1", "withdrawal", {"of": 1, "name": "박반장", "reason": "오기"})
    yield own
    own.stores.close()


@pytest.fixture(scope="module")
def package(signed: Desk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its package."""
    path = tmp_path_factory.mktemp("package") / "signed.zip"
    signed.make(path)
    return path


def decided(path: Path) -> dict[str, Any]:
    """The decisions in a package."""
    found: dict[str, Any] = json.loads(unpacked(path)["decisions.json"])
    return found


def test_a_stranger_sees_who_signed_what(signed: Desk, package: Path) -> None:
    """Terms, counter-measures, signatures with role, name and time; what was taken back says so."""
    assert checked(package)["faults"] == []
    told = decided(package)
    (task,) = told["tasks"]
    assert (task["id"], task["terms"]["title"], task["terms"]["status"]) == (
        "k1",
        TITLE,
        "proposed",
    )
    assert [(one["role"], one["name"], one["stands"]) for one in told["sign_offs"]] == [
        ("firm", "박반장", False),
        ("mentor", "김멘토", True),
    ]
    assert all(one["at"].endswith("+09:00") for one in told["sign_offs"])
    kinds = [(one["kind"], one["withdrawn"]) for one in task["notes"]]
    assert kinds == [
        ("sign_off", True),
        ("sign_off", False),
        ("countermeasure", False),
        ("withdrawal", False),
    ]
    assert "공장 안에만" not in json.dumps(told, ensure_ascii=False)
    assert signed.target == "t1"


def test_the_head_of_the_log_is_a_pin(signed: Desk, package: Path) -> None:
    """The number and hash that the package files are those of the site's own log."""
    head = Head(**decided(package)["audit"])
    assert verify(signed.records, (head,)).bad is None
    assert verify(signed.records, (head._replace(hash="0" * 64),)).bad == head.n


def test_what_decides_nothing_about_it_leaves_the_package_as_it_is(
    signed: Desk, package: Path, tmp_path: Path
) -> None:
    """Making it, a comment, another task, another change: byte by byte the same file."""
    view = signed.engine().view
    for task in ("k1", "k2"):
        task_notes.add(view, task, "comment", {"name": "이", "text": "말"})
    with signed.records.writing() as db:
        add(db, 5, ADMIN, Change("configuration", "lineproof.yaml"))
    signed.make(tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == package.read_bytes()


@pytest.mark.parametrize(("name", "mentor"), [("report.pdf", "멘토"), ("report.en.pdf", "Mentor")])
def test_the_report_prints_tasks_and_signatures(package: Path, name: str, mentor: str) -> None:
    """As they are typed, with the number of the log; a signature taken back is not printed."""
    said = words_of(unpacked(package)[name])
    assert TITLE.replace(" ", "") in said
    assert f"{mentor}김멘토" in said
    assert "박반장" not in said
    assert decided(package)["audit"]["hash"] in said


def test_a_report_without_tasks_has_no_such_section(package: Path) -> None:
    """Nothing is printed of what nobody agreed on."""
    bare = {**decided(package), "tasks": [], "sign_offs": []}
    files = {**unpacked(package), "decisions.json": json.dumps(bare).encode()}
    said = words_of(reports(files, Cover("한빛", "0" * 32, "0.1.0"))["report.pdf"])
    assert "개선과제와서명" not in said
