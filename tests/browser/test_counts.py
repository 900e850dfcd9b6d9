"""Counts by hand: a few taps, safe to send twice, taken back by one, kept while nobody answers."""

from urllib.parse import quote

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Open, Watch
from tests.browser.factory import Document, Steered
from tests.browser.looking import serious, small_targets, whole

LINE = "kit-1"
TOUCH_PX = 72
COUNTS = "**/api/v1/counts"


def facts(steered: Steered) -> list[Document]:
    """The counts of the last hours."""
    now = steered.ask("/lines")["as_of"]
    span = f"from={quote(now[:10])}&to={quote(now)}"
    found: list[Document] = steered.ask(f"/facts?line={LINE}&{span}")["facts"]
    return found


def pad(page: Page, *digits: str) -> Page:
    """The open pad with a number typed."""
    whole(page).locator(".counts-open").click()
    for digit in digits:
        page.locator(f"[data-digit='{digit}']").click()
    return page


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (360, 740)])
def test_a_count_takes_four_taps_and_one_takes_it_back(
    live: Open, steered: Steered, width: int, height: int
) -> None:
    """Open, two digits, a type: stored once, with its type and time; undone by one press."""
    before = len(facts(steered))
    page = pad(live(f"/lines/{LINE}", width, height, lang="ko"), "1", "2")
    page.locator("[data-type='strip']").click()
    told = page.locator(".counts .told")
    expect(told).to_contain_text("저장했습니다: 불량 12개 · 스트립 폭")
    added = facts(steered)[-1]
    assert len(facts(steered)) == before + 1
    assert (added["kind"], added["quantity"], added["type"]) == ("scrap", 12, "strip")
    assert (added["origin"], added["from"]) == ("manual", added["to"])
    expect(page.locator(f"[data-fact='{added['id']}']")).to_contain_text("12")
    told.get_by_role("button").click()
    expect(told).to_have_count(0)
    assert len(facts(steered)) == before


def test_a_count_that_is_hardly_true_is_stored_and_asked_about(
    live: Open, steered: Steered
) -> None:
    """It warns and never blocks; the warning stays until somebody has seen it."""
    page = pad(live(f"/lines/{LINE}", lang="en"), *"999999")
    page.locator("[data-save]").click()
    told = page.locator(".counts .told")
    expect(told).to_contain_text("Saved: Scrap 999,999")
    expect(told).to_contain_text("Is it right?")
    assert facts(steered)[-1]["quantity"] == 999_999
    told.get_by_role("button").click()
    expect(told).to_have_count(0)


def test_a_count_waits_while_the_gateway_is_away_and_arrives_once(
    live: Open, steered: Steered, watch: Watch
) -> None:
    """Also where the answer was lost and the entry is sent again."""
    watch.away, before = True, len(facts(steered))
    page = pad(live(f"/lines/{LINE}", lang="en"), "7")
    lost: list[str] = []

    def stored_unheard(route: Route) -> None:
        lost.append(str(route.request.headers["idempotency-key"]))
        if len(lost) == 1:
            route.fetch()
        route.abort()

    page.route(COUNTS, stored_unheard)
    page.locator("[data-type='seal']").click()
    expect(page.locator(".counts .told-waiting")).to_contain_text("1 entry waits")
    page.unroute(COUNTS)
    expect(page.locator(".counts .told-waiting")).to_have_count(0)
    assert len(set(lost)) == 1
    assert len(facts(steered)) == before + 1
    assert facts(steered)[-1]["type"] == "seal"


def test_the_pad_is_made_for_gloves_and_for_everybody(live: Open) -> None:
    """Targets of 72 px on a phone, no serious finding, and by keyboard alone."""
    page = pad(live(f"/lines/{LINE}", 360, 740, lang="vi"), "3")
    assert small_targets(page, "dialog", TOUCH_PX) == []
    assert serious(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    page.locator(".counts-open").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-save]")).to_be_disabled()
    page.locator("[data-digit='5']").press("Enter")
    expect(page.locator("[data-save]")).to_be_enabled()
