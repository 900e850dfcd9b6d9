"""`lineproof task`: what a mentor types, and what he reads."""

import json
import re
from io import BytesIO

from PIL import Image

from tests.unit.edge.cli.desk import Command


def test_a_task_is_proposed_signed_and_taken_on(own: Command) -> None:
    """The id on stdout, what is missing beside it; every part in the document and in the log."""
    ran = own("task", "add", "--title", "귀끈 걸림", "--line", "mask-1", "--problem", "40번 멈춤")
    assert ran.out == "k1\n"
    assert "may become agreed (firm or mentor) once: " in ran.err
    assert own("task", "comment", "k1", "가이드 확인", "--name", "김").code == 0
    assert own("task", "visit", "k1", "현장 확인", "--name", "김", "--day", "2026-03-05").code == 0
    done = own("task", "measure", "k1", "가이드 교체", "--owner", "박", "--day", "2026-03-06")
    assert done.code == 0
    assert own("task", "sign", "k1", "--as", "mentor", "--name", "김").code == 0
    assert own("task", "set", "k1", "--problem", "하루 40번", "--mentor", "김 멘토").code == 0
    assert own("task", "withdraw", "k1", "1", "--name", "김", "--reason", "오기").code == 0
    found = json.loads(own("task", "show", "k1", "--json").out)
    assert (found["problem"], found["mentor"]) == ("하루 40번", "김 멘토")
    assert [one["withdrawn"] for one in found["comments"]] == [True]
    assert [one["stands"] for one in found["sign_offs"]] == [False]
    shown = own("task", "show", "k1").out
    assert re.search(
        r"^counter-measures:\n  3  .*  2026-03-06: 가이드 교체 \(박\)$", shown, re.MULTILINE
    )
    assert re.search(r"^comments:\n  1  .* \(withdrawn\)  가이드 확인 \(김\)$", shown, re.MULTILINE)
    assert re.search(r"^signatures:\n  4  .*  mentor 김, under earlier terms$", shown, re.MULTILINE)
    refused = own("task", "step", "k1", "--to", "agreed", "--as", "firm", "--name", "이")
    assert refused.code == 2
    assert "it has no target yet; set one and link it" in refused.err
    rejected = own(
        *("task", "step", "k1", "--to", "rejected", "--as", "firm", "--name", "이"),
        *("--reason", "중복"),
    )
    assert "귀끈 걸림: rejected" in rejected.err
    assert "rejected" in own("task", "list").out
    log = json.loads(own("audit", "list", "--json").out)["audit"]
    assert [one["what"] for one in log[:2]] == ["task step", "task withdrawal"]
    assert log[0]["from"] == "command"
    assert own("audit", "verify").code == 0


def test_a_photo_is_kept_small(own: Command) -> None:
    """Its size and hash stand in the task; a file that is none is refused."""
    assert own("task", "list").err.startswith("no task is proposed yet")
    own("task", "add", "--title", "a", "--line", "mask-1")
    out = BytesIO()
    Image.new("RGB", (2_000, 1_000)).save(out, "PNG")
    path = own.folder / "before.png"
    path.write_bytes(out.getvalue())
    ran = own("task", "photo", "k1", path, "--name", "김", "--caption", "전", "--json")
    (photo,) = json.loads(ran.out)["photos"]
    assert (photo["width"], photo["height"], photo["caption"]) == (1_600, 800, "전")
    assert (own.folder / "data" / "photos" / f"{photo['sha256']}.jpg").exists()
    path.write_text("no photo")
    assert own("task", "photo", "k1", path, "--name", "김").code == 2
    assert own("task", "photo", "k1", own.folder / "none.jpg", "--name", "김").code == 2
