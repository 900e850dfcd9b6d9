"""Improvement tasks: what the record says is on the page, and people carry a task on there."""

import struct
import zlib
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Open, Watch
from tests.browser.factory import Demo
from tests.browser.looking import small_targets, whole

SEEN = "() => document.querySelector('.task-photos img').naturalWidth === 400"
HOSTILE = "<img src=x onerror=alert(1)> 확인"


def opened(page: Page, opens: str) -> Locator:
    """A form, unfolded."""
    form = page.locator("details", has=page.locator("summary", has_text=opens)).first
    form.locator("summary").click()
    return form


def fill(form: Locator, **values: str) -> None:
    """Say what a form asks for, and send it."""
    for label, value in values.items():
        field = form.get_by_label(label, exact=True)
        if field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(label=value)
        else:
            field.fill(value)
    form.locator("button[type=submit]").click()


def test_each_record_is_shown_as_it_is(shown: Open, demo: Demo) -> None:
    """Status, verdict, whose gain it is and who has signed: those of the record, nothing else."""
    page = whole(shown("/tasks", lang="ko"))
    told = {one["id"]: one for one in demo.ask("/tasks")["tasks"]}
    cards = page.locator("article.task").all()
    assert len(cards) == len(told) >= 4
    for card in cards:
        task = told[str(card.get_attribute("data-task"))]
        assert card.locator(".task-way").get_attribute("data-status") == task["status"]
        assert card.locator(".verdict").get_attribute("data-verdict") == task["verdict"]["verdict"]
        gain = card.locator(".task-gain").get_attribute("data-gain")
        assert gain == task["attribution"]["kind"]
        signed = {one["role"] for one in task["sign_offs"] if one["stands"]}
        shown_as = card.locator("[data-role][data-stands=true]").all()
        assert {one.get_attribute("data-role") for one in shown_as} == signed
    assert "아직 계정이 없어" in page.inner_text("main")
    assert small_targets(page, "main", 44) == []


def test_firm_and_mentor_sign_and_agree(shown: Open, demo: Demo) -> None:
    """What is still needed is said; once both have signed, the step can be taken there."""
    page = whole(shown("/tasks/k4", lang="ko"))
    step = page.locator("[data-step=agreed]")
    expect(step.locator(".task-lacks li")).to_have_count(2)
    for role, name in (("도입기업", "박반장"), ("멘토", "김멘토")):
        fill(opened(page, "서명하기"), 역할=role, 이름=name)
        expect(page.locator("[data-role][data-stands=true]", has_text=role)).to_contain_text(name)
    fill(opened(page, "합의 단계로"), 역할="멘토", 이름="김멘토")
    expect(page.locator(".task-here")).to_have_text("합의")
    assert demo.ask("/tasks/k4")["status"] == "agreed"
    newest = demo.ask("/audit")["audit"][0]
    assert (newest["what"], newest["subject"], newest["who"]) == ("task step", "k4", "admin")
    assert newest["from"] == "page 127.0.0.1"


def test_what_people_write_is_text(shown: Open, demo: Demo) -> None:
    """A comment that looks like markup is shown letter by letter."""
    page = whole(shown("/tasks/k3", lang="ko"))
    fill(opened(page, "의견 쓰기"), 내용=HOSTILE, 이름="<b>이</b>")
    expect(page.locator(".task-talk", has_text=HOSTILE)).to_be_visible()
    assert demo.ask("/tasks/k3")["comments"][-1]["text"] == HOSTILE


def png(path: Path) -> Path:
    """A picture of one colour, 400 by 300, written by hand."""
    rows = b"".join(b"\0" + b"\x20\x60\xa0" * 400 for _ in range(300))
    head = struct.pack(">IIBBBBB", 400, 300, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    chunks = [
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    ]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))
    return path


def test_a_photo_is_brought_and_seen(shown: Open, demo: Demo, tmp_path: Path, watch: Watch) -> None:
    """It comes back as a JPEG of ours; a file that is no photo is refused in words."""
    page = whole(shown("/tasks/k3", lang="ko"))
    form = opened(page, "사진 추가")
    form.locator("input[type=file]").set_input_files(png(tmp_path / "rack.png"))
    fill(form, **{"이름": "김멘토", "설명 (선택)": "랙 접점"})
    image = page.locator(".task-photos img")
    expect(image).to_have_attribute("alt", "랙 접점")
    image.scroll_into_view_if_needed()
    page.wait_for_function(SEEN)
    (photo,) = demo.ask("/tasks/k3")["photos"]
    assert (photo["width"], photo["height"], photo["caption"]) == (400, 300, "랙 접점")
    watch.allowed.add(409)
    (tmp_path / "lie.png").write_text("no photo")
    form.locator("input[type=file]").set_input_files(tmp_path / "lie.png")
    form.locator("button[type=submit]").click()
    expect(form.locator(".trouble")).to_be_visible()


def test_a_chart_marks_the_counter_measures(shown: Open, demo: Demo) -> None:
    """The page of the target lists its tasks; the table twin says what each flag says."""
    page = whole(shown("/targets/t1", lang="ko"))
    told = demo.ask("/tasks?target=t1")["tasks"]
    assert page.locator("[data-tasks] article").count() == len(told) == 2
    page.get_by_role("button", name="표로 보기").click()
    rows = page.locator(".chart tbody tr", has_text="대책 1").all()
    assert len(rows) == 1
    first = min(one["day"] for task in told for one in task["countermeasures"])
    assert rows[0].locator("th").inner_text() >= first


def test_a_task_is_proposed_on_the_page(shown: Open, demo: Demo) -> None:
    """It needs a target or a line; then it opens, and the list has one more."""
    before = len(demo.ask("/tasks")["tasks"])
    page = whole(shown("/tasks", lang="en"))
    form = opened(page, "Propose a task")
    form.get_by_label("Title").fill("Fewer jams")
    send = form.locator("button[type=submit]")
    expect(send).to_be_disabled()
    form.get_by_label("Target (optional)").select_option(index=1)
    send.click()
    page.wait_for_url("**/tasks/k*")
    expect(page.locator("h1")).to_contain_text("Fewer jams")
    fill(opened(page, "Edit the terms"), **{"Problem (optional)": "40 a day"})
    expect(page.locator(".terms")).to_contain_text("40 a day")
    assert len(demo.ask("/tasks")["tasks"]) == before + 1
