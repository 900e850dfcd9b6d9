"""Health: every row is accounted for at every refresh, and what is wrong says what to do."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.factory import Demo
from tests.browser.looking import whole

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


def test_it_says_how_much_is_lost_at_worst(shown: Open) -> None:
    """The loss window of every source stands there in words."""
    page = whole(shown("/health", lang="en"))
    said = page.locator("section[aria-labelledby=sources-title] .terms")
    assert "QoS 0" in said.inner_text()
    assert said.locator("dd").count() == 5


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
