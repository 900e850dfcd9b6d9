"""The demo's improvement tasks: a few records as a mentor would find them, at different steps.

The words are invented, the figures are not: a step that needs a proof is taken only where the
simulated days prove it.
"""

from contextlib import suppress
from datetime import date, timedelta
from typing import Any, NamedTuple

from edge.engine.tasks import task_notes, tasks
from edge.engine.tasks.task_notes import Wanted
from edge.engine.view import View
from edge.errors import Refused
from edge.records.audit import Actor

Document = dict[str, Any]  # JSON
DEMO = Actor("demo", "demo")
FIRM, MENTOR, SPONSOR = "박반장", "김멘토", "이과장"
NAMES = {"firm": FIRM, "mentor": MENTOR, "sponsor": SPONSOR}


class Story(NamedTuple):
    """One task as it went."""

    line: str
    title: str
    problem: str
    hypothesis: str
    measures: tuple[tuple[str, str, int], ...]  # what, who, days after go-live
    visit: str
    signed: tuple[str, ...]
    steps: tuple[tuple[str, str], ...]  # to, by whom


STORIES = (
    Story(
        "mask-1",
        "귀끈 걸림 줄이기",
        "귀끈 용착기가 걸려 하루 40번 넘게 짧게 멈춥니다.",
        "가이드 높이와 장력을 맞추면 걸림이 줄어 시간당 양품이 늘어납니다.",
        (("귀끈 가이드 교체", FIRM, 0), ("장력 점검표를 교대 때 확인", FIRM, 3)),
        "현장에서 걸림 위치를 확인하고 가이드 도면을 함께 고쳤습니다.",
        ("firm", "mentor", "sponsor"),
        (("agreed", "mentor"), ("running", "firm"), ("claimed", "firm"), ("verified", "mentor")),
    ),
    Story(
        "mask-1",
        "원단 교체 시간 줄이기",
        "원단 롤을 바꿀 때마다 라인이 8분 멈춥니다.",
        "다음 롤을 미리 걸어 두면 교체 시간이 절반이 됩니다.",
        (("예비 롤 거치대 설치", FIRM, 1),),
        "교체 순서를 영상으로 찍고 작업 순서서를 만들었습니다.",
        ("firm", "mentor"),
        (("agreed", "mentor"), ("running", "firm")),
    ),
    Story(
        "plating-a",
        "도금 두께 불량 줄이기",
        "랙 끝의 제품이 얇게 도금되어 다시 작업합니다.",
        "정류기 전류를 일정하게 하고 랙 접점을 닦으면 두께 편차가 줄어듭니다.",
        (("랙 접점 세척 주기 정함", FIRM, 0), ("정류기 전류 기록 시작", FIRM, 2)),
        "두께 측정값과 전류 기록을 함께 보았습니다.",
        ("firm", "mentor"),
        (("agreed", "mentor"), ("running", "firm"), ("claimed", "firm")),
    ),
    Story(
        "kit-1",
        "캡 조립 자동화",
        "캡을 손으로 조립해 시간당 생산량이 늘지 않습니다.",
        "자동 캡핑기를 쓰면 시간당 양품이 늘어납니다.",
        (),
        "",
        (),
        (),
    ),
)


def seed(view: View, targets: list[Document]) -> None:
    """Write the tasks of the targets there are, once."""
    if tasks.listed(view)["tasks"]:
        return  # a demo that was interrupted behind this
    by_line = {str(one["line"]): one for one in targets}
    for story in STORIES:
        if story.line in by_line:
            tell(view, story, by_line[story.line])


def tell(view: View, story: Story, target: Document) -> None:
    """One task from its proposal to wherever its figures allow."""
    terms = {"title": story.title, "problem": story.problem, "hypothesis": story.hypothesis}
    given = {**terms, "target": target["id"], "mentor": MENTOR}
    task = str(task_notes.propose(view, given, DEMO)["id"])
    live = date.fromisoformat(str(target["go_live"])[:10])
    for text, owner, later in story.measures:
        day = (live + timedelta(days=later)).isoformat()
        note(view, task, "countermeasure", {"text": text, "owner": owner, "day": day})
    if story.visit:
        note(view, task, "visit", {"name": MENTOR, "day": live.isoformat(), "text": story.visit})
    for role in story.signed:
        note(view, task, "sign_off", {"role": role, "name": NAMES[role]})
    with suppress(Refused):  # what the days do not prove stays where it is
        for to, role in story.steps:
            if to == "verified":
                note(view, task, "sign_off", {"role": role, "name": NAMES[role]})
            task_notes.take(view, task, Wanted(to, role, NAMES[role]), DEMO)


def note(view: View, task: str, kind: str, body: Document) -> None:
    """Note something of a task."""
    task_notes.add(view, task, kind, body, DEMO)
