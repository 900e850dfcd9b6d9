"""Health: every row is accounted for at every refresh, and what is wrong says what to do."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.factory import Demo
from tests.browser.looking import whole
from tests.browser.test_every_page import TEXTS

ACCOUNTS = ("stored", "filtered", "quarantined", "in_flight")


def test_the_equation_is_exact_at_every_refresh(shown: Open, demo: Demo) -> None:
    """Received = stored + filtered + quarantined + in flight, as printed, at two refreshes."""
    page = whole(shown("/health", lang="ko"))
    sources = {one["id"] for one in demo.ask("/health")["sources"]}
    seen = set()
    for _ in range(2):
        told = accounts(page)
        assert set(told) == sources
        for source, account in told.items():
            parts = sum(account[name] for name in ACCOUNTS)
            assert account["received"] == parts, f"{source}: {account}"
        assert page.locator(".balance-off").count() == 0
        seen.add(told["broker"]["received"])
        with page.expect_response("**/api/v1/health"):
            pass
        page.wait_for_timeout(200)  # from the answer to the table
    assert len(seen) == 2, "the numbers move on"


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_it_says_how_much_is_lost_at_worst(shown: Open, demo: Demo, lang: str) -> None:
    """Every source's own loss stands there in words, with the seconds of the commit."""
    texts = json.loads((TEXTS / f"{lang}.json").read_text("utf-8"))
    page = whole(shown("/health", lang=lang))
    told = demo.ask("/health")
    seconds = f"{told['commit_s']:g}"
    printed = {}
    for row in page.locator("[data-loss]").all():
        for source in str(row.get_attribute("data-sources")).split():
            printed[source] = row.locator("dd").inner_text()
    assert printed == {
        one["id"]: texts[f"health.loss_{one['loss']}"].replace("{s}", seconds)
        for one in told["sources"]
    }
    said = page.locator(".losses-commit")
    expect(said).to_have_text(texts["health.commit"].replace("{s}", seconds))


def test_the_sentence_comes_first(shown: Open) -> None:
    """One sentence says whether all is well, before any table."""
    page = whole(shown("/health", lang="ko"))
    expect(page.locator(".sentence")).to_be_visible()
    top = page.locator(".sentence").bounding_box()
    table = page.locator(".accounts").bounding_box()
    assert top is not None
    assert table is not None
    assert top["y"] < table["y"]


def accounts(page: Page) -> dict[str, dict[str, int]]:
    """The table as printed: by source, then by column."""
    return {
        str(row.get_attribute("data-source")): {
            str(cell.get_attribute("data-account")): int(cell.inner_text().replace(",", ""))
            for cell in row.locator("[data-account]").all()
        }
        for row in page.locator(".accounts tbody tr").all()
    }
