"""A package that somebody brings: its verdict in words, whoever made it and whatever it is."""

import json
import re
import time
from itertools import product
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.factory import Demo
from tests.browser.looking import CUT, OVER_THE_EDGE, serious, small_targets, whole
from tests.browser.test_evidence import said

GOLDEN = Path(__file__).parents[1] / "unit/edge/evidence/golden.zip"
CHECKING_MS = 90_000
SIZES = {1920: 1080, 360: 740}


@pytest.mark.parametrize(("lang", "width"), list(product(("ko", "en"), SIZES)))
def test_a_good_package_is_verified(shown: Open, pictures: Path, lang: str, width: int) -> None:
    """Every figure computed anew; that another box's key signed it is said as plainly."""
    texts = said(lang)
    page = whole(shown("/verify", width, SIZES[width], lang=lang))
    assert serious(page) == []
    assert small_targets(page, "main", 44) == []
    bring(page, GOLDEN)
    expect(page.locator("[data-verified]")).to_have_attribute(
        "data-verified", "true", timeout=CHECKING_MS
    )
    for words in ("verify.verified", "verify.other_key"):
        expect(page.locator("main")).to_contain_text(texts[words])
    expect(page.locator('[data-check="figures"]')).to_have_attribute("data-passed", "true")
    expect(page.locator('[data-check="key"]')).to_have_attribute("data-passed", "null")
    assert serious(page) == []
    sound(page)
    (pictures / f"verify-{lang}-{width}.png").write_bytes(page.screenshot(full_page=True))


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_a_changed_package_names_what_differs(
    shown: Open, pictures: Path, tmp_path: Path, lang: str
) -> None:
    """One bit of one file; and what is no package at all."""
    content = bytearray(GOLDEN.read_bytes())
    content[ZipFile(GOLDEN).getinfo("result.json").header_offset + 60] ^= 1
    (tmp_path / "changed.zip").write_bytes(content)
    (tmp_path / "none.zip").write_text("<script>alert(1)</script>")
    page = whole(shown("/verify", 360, 740, lang=lang))
    for name, told in (("changed", "result.json"), ("none", said(lang)["verify.first"])):
        bring(page, tmp_path / f"{name}.zip")
        place = page.locator("[data-verified='false']")
        expect(place.locator(".packages-problem")).to_contain_text(told, timeout=CHECKING_MS)
        expect(place).to_contain_text(said(lang)["verify.differs"])
        assert serious(page) == []
        sound(page)
        taken = page.screenshot(full_page=True)
        (pictures / f"verify-{name}-{lang}-360.png").write_bytes(taken)


def test_a_root_that_was_kept_is_looked_for(
    shown: Open, demo: Demo, pictures: Path, tmp_path: Path
) -> None:
    """The page shows today's, with its picture; typed in groups as it was read out, it is found."""
    path, texts = tmp_path / "own.zip", said("ko")
    path.write_bytes(package_of(demo))
    told = demo.ask("/evidence/roots?limit=1000")
    inside = [each["root"] for each in json.loads(ZipFile(path).read("roots.json"))["roots"]]
    kept = next(one["sha256"] for one in told["roots"] if one["day"] == inside[0]["day"])
    page = whole(shown("/verify", 360, 740, lang="ko"))
    expect(page.locator("[data-root]")).to_have_attribute("data-root", told["roots"][0]["sha256"])
    expect(page.locator(".root-picture")).to_be_visible()
    for root, passed in ((kept, "true"), (kept[1:] + "0", "false")):
        page.locator("input[type=file]").set_input_files(path)
        page.locator("#kept").fill(" ".join(re.findall(".{8}", root)))
        page.get_by_role("button", name=texts["verify.check"]).click()
        found = page.locator('[data-check="kept_root"]')
        expect(found).to_have_attribute("data-passed", passed, timeout=CHECKING_MS)
    page.locator("#kept").fill("no root")
    expect(page.locator("#kept-says")).to_have_text(texts["verify.root_odd"])
    expect(page.get_by_role("button", name=texts["verify.check"])).to_be_disabled()
    assert serious(page) == []
    sound(page)
    (pictures / "verify-root-ko-360.png").write_bytes(page.screenshot(full_page=True))


def package_of(demo: Demo) -> bytes:
    """A package that the demo makes now."""
    with httpx.Client(base_url=f"{demo.address}/api/v1", timeout=30) as client:
        job = client.post("/evidence", json={"target": "t1"}).json()
        deadline = time.monotonic() + CHECKING_MS / 1000
        while job["state"] in {"waiting", "running"} and time.monotonic() < deadline:
            time.sleep(0.5)
            job = client.get(f"/jobs/{job['id']}").json()
        assert job["state"] == "done", job
        return client.get(f"/evidence/{job['package']['manifest']}/file").content


def bring(page: Page, path: Path) -> None:
    """Choose a file and have it checked."""
    page.locator("input[type=file]").set_input_files(path)
    page.locator("main button.button").first.click()


def sound(page: Page) -> None:
    """Nothing hangs over the edge, nothing is cut off."""
    assert page.evaluate(OVER_THE_EDGE) == []
    assert page.evaluate(CUT) == []
