"""Evidence on the page: made at a press, followed over a reload, told in plain words."""

import hashlib
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from playwright.sync_api import Page, Route, expect

from edge.evidence.keys import Signer
from tests.browser.conftest import Open
from tests.browser.factory import LINEPROOF, Demo
from tests.browser.looking import serious, small_targets, whole
from tests.unit.edge.evidence.desk import edit, forged, unpacked

TEXTS = Path(__file__).parents[2] / "edge/text"
MAKING_MS = 300_000  # so long a busy machine may take; only what hangs takes longer
TARGET = "/targets/t1"
JOB = {"id": "e7", "kind": "evidence", "target": "t1", "share": 0.4, "package": None}


@pytest.mark.parametrize(("lang", "width"), [("ko", 1920), ("en", 360)])
def test_a_package_is_made_and_downloaded(
    shown: Open, demo: Demo, pictures: Path, tmp_path: Path, lang: str, width: int
) -> None:
    """The file that comes is the one that the page names: hash, size, key; and axe is content."""
    texts = said(lang)
    page = whole(shown(TARGET, width, 1080 if width > 360 else 740, lang=lang))
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.get_by_role("button", name=texts["evidence.make"]).click()
    expect(page.locator(".packages progress")).to_be_visible()
    expect(page.locator(".packages")).to_have_attribute("data-job", "done", timeout=MAKING_MS)
    told = demo.ask("/evidence")
    made = next(one for one in told["packages"] if one["target"] == "t1")
    row = page.locator(f'[data-manifest="{made["manifest"]}"]')
    expect(row).to_contain_text(made["manifest"][:12])
    expect(row).to_contain_text(told["key"]["id"])
    command = f"lineproof evidence verify {made['file']} --recompute --key {told['key']['id']}"
    expect(page.locator(".packages-command")).to_have_text(command)
    expect(page.locator(".packages-hash")).to_contain_text(made["manifest"])
    with page.expect_download() as coming:
        row.get_by_role("link").click()
    path = tmp_path / coming.value.suggested_filename
    coming.value.save_as(path)
    assert (path.name, path.stat().st_size) == (made["file"], made["size"])
    manifest = ZipFile(path).read("manifest.json")
    assert hashlib.sha256(manifest).hexdigest() == made["manifest"]
    assert serious(page) == []
    assert small_targets(page, ".packages", 44) == []
    taken = page.locator(".packages").screenshot()
    (pictures / f"evidence-{lang}-{width}.png").write_bytes(taken)


def test_a_stranger_with_the_file_alone_finds_every_figure(
    shown: Open, demo: Demo, tmp_path: Path
) -> None:
    """From the list of targets over the reason of a verdict to a file that anybody checks."""
    texts = said("en")
    page = whole(shown("/targets", lang="en"))
    card = page.locator('.target[data-target="t1"]')
    verdict = str(card.get_attribute("data-verdict"))
    expect(card.locator(".verdict")).to_contain_text(texts[f"verdict.{verdict}"])
    card.locator("a").first.click()
    expect(page.locator("#main")).to_have_attribute("data-verdict", verdict)
    target = demo.ask("/targets/t1")
    for gate in target["gates"]:
        expect(page.locator("#main")).to_contain_text(texts[f"gate.{gate['code']}"])
    path = given(page, tmp_path)
    key = demo.ask("/evidence")["key"]["id"]

    found = stranger(path, "--key", key)
    codes = {check["code"]: check["passed"] for check in found["checks"]}
    assert (found["verified"], found["faults"]) == (True, [])
    assert codes["rows"]
    assert codes["figures"]
    figures = json.loads(ZipFile(path).read("result.json"))["target"]
    assert (figures["verdict"], figures["measure"]) == (target["verdict"], target["measure"])

    files = unpacked(path)
    day = sorted(name for name in files if name.startswith("samples/"))[10]
    raised = "case when file_row_number = 4000 then value + 1 else value end as value"
    edit(files, day, tmp_path, raised)
    forged(files, Signer.of(tmp_path / "own"), tmp_path / "forged.zip")
    wrong = stranger(tmp_path / "forged.zip", code=6)
    assert re.match(r"hour \d{4}-\d\d-\d\dT\d\d:00:00\+09:00, hanbit/mask-1/", wrong["faults"][0])


def given(page: Page, folder: Path) -> Path:
    """The file that comes at a press on the page of a target."""
    page.get_by_role("button", name=said("en")["evidence.make"]).click()
    expect(page.locator(".packages")).to_have_attribute("data-job", "done", timeout=MAKING_MS)
    with page.expect_download() as coming:
        page.locator("[data-manifest]").first.get_by_role("link").click()
    coming.value.save_as(folder / "given.zip")
    return folder / "given.zip"


def stranger(path: Path, *more: str, code: int = 0) -> dict[str, Any]:
    """What somebody finds who has nothing but a file, in an empty folder."""
    alone = path.parent / f"alone-{path.stem}"
    alone.mkdir()
    done = subprocess.run(
        [LINEPROOF, "evidence", "verify", path, "--recompute", "--json", *more],
        cwd=alone,
        capture_output=True,
        check=False,
        timeout=MAKING_MS / 1000,
    )
    assert done.returncode == code, done.stderr
    assert list(alone.iterdir()) == []
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_job_at_work_survives_a_reload(shown: Open) -> None:
    """The page that comes back shows how far the job has come, and offers no second one."""
    running = jobs({**JOB, "state": "running", "problem": None})
    page = whole(shown(TARGET, prepare=running, lang="en"))
    for _ in range(2):
        expect(page.locator(".packages progress")).to_have_js_property("value", 0.4)
        expect(page.locator(".packages .button").first).to_be_disabled()
        assert serious(page) == []
        whole(page).reload()


def test_a_failed_job_says_why_and_what_to_do(shown: Open) -> None:
    """The maker's own words stand between what happened and what helps; another try is open."""
    why = "hour 2026-03-02T10:00:00+09:00, hanbit/mask-1/body/good: kept 4, computed 5"
    page = whole(shown(TARGET, prepare=jobs({**JOB, "state": "failed", "problem": why}), lang="ko"))
    texts = said("ko")
    for words in (texts["evidence.failed"], why, texts["evidence.failed_do"]):
        expect(page.locator(".packages-wrong")).to_contain_text(words)
    expect(page.locator(".packages .button").first).to_be_enabled()
    assert serious(page) == []


def jobs(job: dict[str, object]) -> Callable[[Page], None]:
    """Lets the gateway tell of one job, and of no package."""
    told = {"key": {"id": "0f"}, "packages": [], "jobs": [job]}

    def answer(document: object) -> Callable[[Route], None]:
        return lambda route: route.fulfill(json=document)

    def prepare(page: Page) -> None:
        page.route("**/api/v1/evidence", answer(told))
        page.route("**/api/v1/jobs/e7", answer(job))

    return prepare


def said(lang: str) -> dict[str, str]:
    """The texts of a language."""
    found: dict[str, str] = json.loads((TEXTS / f"{lang}.json").read_text("utf-8"))
    return found
