"""Setting a target: a baseline is frozen, what the target would mean is shown, then it stands."""

from datetime import date, timedelta
from itertools import product

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Open, Watch
from tests.browser.factory import Demo, Document
from tests.browser.looking import (
    CUT,
    OVER_THE_EDGE,
    in_one_typeface,
    serious,
    small_targets,
    whole,
)

SIZES = {1920: 1080, 1280: 800, 360: 740}
PLACE = "(one) => [one.offsetTop, one.offsetHeight, one.offsetWidth]"


@pytest.fixture(scope="module")
def frozen(demo: Demo) -> Document:
    """A week of one line, frozen; the newest baseline, and so the first on the page."""
    first = date.fromisoformat(demo.ask("/targets/t3")["baseline"]["from"][:10])
    of = {"line": "kit-1", "measure": "throughput_per_hour", "name": "한 주", "reason": "보기"}
    ends = {"from": first.isoformat(), "to": (first + timedelta(days=7)).isoformat()}
    return demo.submit("POST", "/baselines", {**of, **ends})


def opened(page: Page, baseline: Document) -> Locator:
    """The open form below a baseline."""
    place = whole(page).locator(f'[data-baseline="{baseline["id"]}"]')
    place.locator("summary").press("Enter")
    place.locator("form").wait_for()
    return place


def fill(place: Locator, *typed: str) -> None:
    """Type amount, go-live and, if there is one, the due date."""
    for field, text in zip(place.locator("form input").all(), typed, strict=False):
        field.fill(text)


def test_a_target_is_looked_at_before_it_is_set(shown: Open, demo: Demo, frozen: Document) -> None:
    """By keyboard: what is shown is what the gateway says, and its page opens once it is set."""
    known = {one["id"] for one in demo.ask("/targets")["targets"]}
    live = frozen["to"][:10]
    due = (date.fromisoformat(live) + timedelta(days=90)).isoformat()
    place = opened(shown("/baselines", lang="ko"), frozen)
    page = place.page
    fill(place, "10", live, due)
    place.locator("form input").last.press("Enter")
    look = place.locator(".preview")
    look.wait_for()
    told = demo.ask(
        f"/targets/preview?baseline={frozen['id']}&improve=0.1&go_live={live}&due={due}"
    )
    assert float(str(look.get_attribute("data-target"))) == told["target"]
    assert told["target"] == pytest.approx(1.1 * frozen["value"])
    words = look.inner_text()
    for day in (told["go_live"], told["report_from"]):
        assert day[:10] in words
    last = date.fromisoformat(told["report_from"][:10]) - timedelta(days=1)
    assert str(last) in words, "the last day that does not count"
    assert f"근무일 {told['blackout_days']}일" in words
    warned = [one.get_attribute("data-warning") for one in place.locator("[data-warning]").all()]
    assert warned == told["warnings"] == ["few_days", "frozen_late"]
    assert serious(page) == []
    assert small_targets(page, "main", 44) == []
    assert {one["id"] for one in demo.ask("/targets")["targets"]} == known, "it was only looked at"

    place.locator(".aim-agree button").press("Enter")
    page.wait_for_url("**/targets/t*")
    (made,) = [one for one in demo.ask("/targets")["targets"] if one["id"] not in known]
    assert whole(page).locator("main").get_attribute("data-target") == made["id"]
    assert (made["target"], made["due"]) == (told["target"], due)
    assert made["baseline"]["id"] == frozen["id"]
    assert "lang=ko" in page.url, "the language goes along"


def test_what_cannot_be_meant_is_told_at_once(shown: Open, watch: Watch, frozen: Document) -> None:
    """In the reader's words beside the field; what only the gateway knows, in its own."""
    place = opened(shown("/baselines", lang="ko"), frozen)
    page, live = place.page, frozen["to"][:10]
    says, button = place.locator(".aim-says"), place.get_by_role("button", name="미리 보기")
    fill(place, "10,5", live)
    expect(says).to_have_attribute("data-odd", "number")
    expect(button).to_be_disabled()
    fill(place, "10", frozen["from"][:10])
    expect(says).to_have_attribute("data-odd", "early")
    assert live in says.inner_text()
    place.locator("select").select_option("value")
    fill(place, "0.001", live)
    expect(says).to_have_attribute("data-odd", "better")
    expect(button).to_be_disabled()

    place.locator("select").select_option("improve")
    fill(place, "500", live)
    expect(says).to_have_attribute("data-odd", "much")

    watch.allowed.add(409)
    fill(place, "10", f"{int(live[:4]) + 20}{live[4:]}")
    button.click()
    assert "within ten years" in place.get_by_role("alert").inner_text()
    assert place.locator(".preview").count() == page.locator(".aim-agree").count() == 0
    fill(place, "10", live)
    expect(place.get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize(("lang", "width"), list(product(("ko", "en", "vi"), SIZES)))
def test_it_fits(shown: Open, frozen: Document, lang: str, width: int) -> None:
    """From a phone to the wall: nothing over the edge, nothing cut, and a thumb meets it all."""
    page = shown("/baselines", width, SIZES[width], lang=lang)
    place = opened(page, frozen)
    fill(place, "10", frozen["to"][:10])
    place.locator("form button").click()
    place.locator(".preview").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.evaluate(OVER_THE_EDGE) == []
    assert page.evaluate(CUT) == []
    assert small_targets(page, "main", 44) == []


@pytest.mark.parametrize(("lang", "width"), list(product(("ko", "en", "vi"), SIZES)))
def test_nothing_jumps_while_typing(shown: Open, frozen: Document, lang: str, width: int) -> None:
    """A hint has its room before it comes, and what was typed stays where it is."""
    page = shown("/baselines", width, SIZES[width], prepare=in_one_typeface, lang=lang)
    place = opened(page, frozen)
    place.locator("form button").scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    page.evaluate("moved.length = answered.length = 0")  # the form has come
    form = place.locator("form")
    empty = form.evaluate(PLACE)
    fill(place, "x", "")
    expect(place.locator(".aim-says")).to_have_attribute("data-odd", "number")
    assert form.evaluate(PLACE) == empty
    fill(place, "10", frozen["to"][:10])
    page.wait_for_timeout(300)
    shifts = page.evaluate("[...moved, ...answered]")
    assert round(sum(share for share, *_ in shifts), 2) == 0, shifts
    form.locator("button").click()
    place.locator(".preview").wait_for()
    assert form.evaluate(PLACE) == empty


def test_the_page_of_targets_leads_there(shown: Open) -> None:
    """To what is frozen, which is in view."""
    page = whole(shown("/targets", lang="en"))
    page.get_by_role("link", name="Set a target").click()
    expect(page.locator("#frozen")).to_be_in_viewport()
    assert page.locator("#frozen .baseline summary").count() > 0
