"""Counts by hand: a few taps, safe to send twice, taken back by one, kept while nobody answers."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Open, Watch
from tests.browser.factory import Document, Steered
from tests.browser.looking import serious, small_targets, whole

LINE = "kit-1"
TOUCH_PX = 72
COUNTS = "**/api/v1/counts"
DAY = timedelta(days=1)


def facts(steered: Steered) -> list[Document]:
    """The counts of today and yesterday, with what was entered this very moment."""
    now = datetime.fromisoformat(steered.ask("/lines")["as_of"][:19])
    span = f"from={(now - DAY).isoformat()}&to={(now + DAY).isoformat()}"
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


def test_a_file_is_looked_at_before_it_is_stored(
    live: Open, steered: Steered, tmp_path: Path
) -> None:
    """Faults by row and column; one press stores the rest; the same file again has nothing new."""
    day, before = steered.ask("/lines")["as_of"][:10], len(facts(steered))
    path = tmp_path / "일지.csv"
    rows = f"시각,라인,불량\n{day} 00:00,{LINE},4\n{day} 00:01,{LINE},x\n"
    path.write_text(rows, encoding="cp949")
    page = whole(live(f"/lines/{LINE}", lang="ko"))
    page.locator("[data-file]").click()
    page.locator("dialog input[type=file]").set_input_files(path)
    expect(page.locator("dialog [data-heading='1']")).to_be_visible()
    expect(page.locator("dialog [role=status]")).to_contain_text("2행: 새로 1건")
    expect(page.locator("dialog tbody tr")).to_contain_text(["3불량x"])
    assert len(facts(steered)) == before
    page.locator("[data-store-partly]").click()
    expect(page.locator("dialog [data-stored=true]")).to_contain_text("저장했습니다.")
    assert len(facts(steered)) == before + 1
    path.write_text(rows.replace("x", "5"), encoding="utf-8")
    page.locator("dialog input[type=file]").set_input_files([])
    page.locator("dialog input[type=file]").set_input_files(path)
    expect(page.locator("dialog [role=status]")).to_contain_text("새로 1건, 정정 0건, 그대로 1건")
    expect(page.locator("[data-store]")).to_contain_text("1건 저장")
    assert small_targets(page, "dialog", TOUCH_PX) == []
    assert serious(page) == []
