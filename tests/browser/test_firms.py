"""Other firms: all together under a rule that is named, and a package brought on the page."""

import csv
import io
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import program
from tests.browser.conftest import Open, Watch
from tests.browser.looking import CUT, OVER_THE_EDGE, serious, small_targets, whole
from tests.browser.mentor import GOLDEN, MASKS, Mentor
from tests.browser.test_evidence import said

CHECKING_MS = 90_000
SIZES = {1920: 1080, 360: 740}


@pytest.fixture(scope="module")
def mentor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mentor]:
    """The box of a mentor."""
    program()
    with Mentor.running(tmp_path_factory.mktemp("mentor") / "site") as running:
        yield running


@pytest.fixture
def seen(mentor: Mentor, at: Callable[[str], Open]) -> Open:
    """Opens pages of that box."""
    return at(mentor.address)


@pytest.mark.parametrize(
    ("path", "lang", "width"), list(product(("/targets", "/programme"), ("ko", "en", "vi"), SIZES))
)
def test_all_firms_stand_under_a_rule_that_is_named(
    seen: Open, pictures: Path, path: str, lang: str, width: int
) -> None:
    """+51.1 % as ratio of sums of four firms; names of firms are text and nothing else."""
    texts = said(lang)
    page = whole(seen(path, width, SIZES[width], lang=lang))
    panel = page.locator("[data-across]")
    expect(panel).to_have_attribute("data-rule", "ratio_of_sums")
    expect(panel).to_have_attribute("data-firms", "4")
    expect(panel).to_contain_text("+51.1")
    expect(panel).not_to_contain_text("69.5")
    for name in ("ratio_of_sums", "weighted_geometric_mean", "hartung_knapp"):
        expect(panel).to_contain_text(texts[f"firms.rule.{name}"])
    for name, *_ in MASKS.values():
        expect(panel).to_contain_text(name)
    assert serious(page) == []
    assert small_targets(page, "main .packages", 44) == []
    sound(page)
    taken = page.screenshot(full_page=True)
    (pictures / f"firms-{path.strip('/')}-{lang}-{width}.png").write_bytes(taken)


def test_a_package_is_brought_on_the_page(
    seen: Open, watch: Watch, pictures: Path, tmp_path: Path
) -> None:
    """A changed one is refused with what differs, a good one is there with its key at once."""
    watch.allowed = {422}
    content = bytearray(GOLDEN.read_bytes())
    content[content.index(b'"after": 3127.5') + 10] ^= 1
    (tmp_path / "changed.zip").write_bytes(content)
    texts = said("ko")
    page = whole(seen("/targets", 360, 740, lang="ko"))
    page.locator("#firm-key").fill("no key")
    expect(page.locator("#firm-key-says")).to_have_text(texts["firms.key_odd"])
    page.locator("#firm-key").fill("")
    bring(page, tmp_path / "changed.zip", texts["firms.bring"])
    refused = page.locator(".firms-bring [role=alert]")
    expect(refused).to_contain_text("result.json", timeout=CHECKING_MS)
    expect(page.locator("tr[data-firm=hanbit]")).to_have_count(0)

    bring(page, GOLDEN, texts["firms.bring"])
    expect(page.locator("[data-imported]")).to_contain_text("한빛 t1", timeout=CHECKING_MS)
    expect(page.locator("article[data-firm=hanbit]")).to_contain_text("f7b8a2dd80cf")
    expect(page.locator("tr[data-firm=hanbit]")).to_contain_text("5830d28dfb64cbc7")
    left = page.locator(".across-left")
    expect(left).to_contain_text(texts["firms.left_out.insufficient_data"])
    assert serious(page) == []
    sound(page)
    (pictures / "firms-brought-ko-360.png").write_bytes(page.screenshot(full_page=True))


def test_the_files_of_the_list_can_be_had(seen: Open, mentor: Mentor) -> None:
    """As many rows as the page shows, and no name in them is a formula."""
    page = whole(seen("/programme", lang="ko"))
    shown = page.locator("[data-indicator]").count()
    links = page.locator("a[download]")
    hrefs = [str(link.get_attribute("href")) for link in links.all()]
    answers = [httpx.get(mentor.address + href, timeout=30) for href in hrefs]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].content.startswith(b"PK")
    _, *rows = csv.reader(io.StringIO(answers[1].content.decode("utf-8-sig"), newline=""))
    assert len(rows) == shown
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "@"))]


def bring(page: Page, path: Path, button: str) -> None:
    """Choose a file and have it imported."""
    page.locator("#firm-package").set_input_files(path)
    page.get_by_role("button", name=button).click()


def sound(page: Page) -> None:
    """Nothing hangs over the edge, nothing is cut off."""
    assert page.evaluate(OVER_THE_EDGE) == []
    assert page.evaluate(CUT) == []
