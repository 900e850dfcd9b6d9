"""What holds for every page: it fits, stands still and stays at home; and pictures to look at."""

import json
import re
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route

from tests.browser.conftest import Open, Watch
from tests.browser.looking import CUT, OVER_THE_EDGE, TORN, figures, in_one_typeface, serious, whole

TEXTS = Path(__file__).parents[2] / "edge/text"
PAGES = {
    "board": "/board",
    "line": "/lines/mask-1",
    "targets": "/targets",
    "target": "/targets/t1",
    "target-withheld": "/targets/t3",
    "tasks": "/tasks",
    "task": "/tasks/k1",
    "health": "/health",
    "verify": "/verify",
    "programme": "/programme",
    "baselines": "/baselines",
}
WITHOUT_FIGURES = {"/health", "/verify", "/programme"}
SIZES = {1920: 1080, 360: 740}
COMES_MS = 60_000  # on a busy machine; slow is no fault here, moving is
LANGUAGES = ("ko", "en", "vi")
SAID = {
    "board": "board.target_now",
    "line": "line.stops",
    "targets": "targets.attainment_rate",
    "target": "targets.gates",
    "target-withheld": "targets.missing",
    "tasks": "tasks.typed",
    "task": "task.terms",
    "health": "health.sources",
    "verify": "verify.says",
    "programme": "programme.says",
    "baselines": "baselines.says",
}


@pytest.mark.parametrize(("lang", "width"), list(product(("ko", "en"), SIZES)))
def test_pictures_for_people_to_look_at(shown: Open, pictures: Path, lang: str, width: int) -> None:
    """Every page in both languages and sizes says its words in that language, and is kept."""
    texts = json.loads((TEXTS / f"{lang}.json").read_text("utf-8"))
    page = shown("/board", width=width, height=SIZES[width], lang=lang)
    for name, path in PAGES.items():
        turn(page, path, lang)
        assert page.locator("html").get_attribute("lang") == lang
        assert texts[SAID[name]] in str(page.text_content("main"))
        taken = page.screenshot(full_page=name != "board")
        (pictures / f"{name}-{lang}-{width}.png").write_bytes(taken)


@pytest.mark.parametrize(("lang", "width"), list(product(LANGUAGES, (360, 640))))
def test_nothing_hangs_over_the_edge(shown: Open, lang: str, width: int) -> None:
    """A phone, and 200 % zoom: no page scrolls sideways, no text is cut off, no date is torn."""
    page = shown("/board", width=width, height=740, lang=lang)
    for path in PAGES.values():
        turn(page, path, lang)
        sideways = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert sideways <= 0, f"{path} scrolls sideways by {sideways} px"
        assert page.evaluate(OVER_THE_EDGE) == [], path
        assert page.evaluate(CUT) == [], path
        assert page.evaluate(TORN) == [], path


@pytest.mark.parametrize(("width", "lang"), [(1920, "ko"), (360, "en")])
def test_nothing_moves_when_values_arrive(shown: Open, width: int, lang: str) -> None:
    """No layout shift from the first paint on, while values, panels and charts come in."""
    moved = {}
    for name, path in PAGES.items():
        page = shown(path, width, SIZES[width], prepare=in_one_typeface, lang=lang)
        page.set_default_timeout(COMES_MS)
        whole(page).wait_for_timeout(300)
        shifts = page.evaluate("window.moved")
        moved[name] = round(sum(share for share, *_ in shifts), 2), *shifts
        page.context.close()
    assert not any(total for total, *_ in moved.values()), moved


@pytest.mark.parametrize("width", SIZES)
def test_nothing_moves_when_a_shift_has_just_begun(shown: Open, width: int) -> None:
    """The room that stops may need is no room that others stand below: there may be none yet."""
    page = shown(PAGES["line"], width, SIZES[width], prepare=without_stops, lang="ko")
    whole(page).wait_for_timeout(300)
    assert page.locator("[data-stop]").count() == 0
    assert round(sum(share for share, *_ in page.evaluate("window.moved")), 2) == 0
    page.unroute_all(behavior="ignoreErrors")  # it asks on, every ten seconds


@pytest.mark.parametrize("name", ["line", "targets", "health"])
def test_nothing_moves_when_the_link_is_lost(shown: Open, watch: Watch, name: str) -> None:
    """The bar that says so comes over the page; a slow gateway moves nothing under a finger."""
    watch.away = True
    page = shown(PAGES[name], 360, 740, prepare=without_frames, lang="en")
    whole(page).locator(".offline strong").wait_for()
    page.wait_for_timeout(300)
    assert page.evaluate("window.moved") == []
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    bar, last = page.locator(".offline"), page.locator("main > :last-child")
    over = bar.evaluate("(one) => one.getBoundingClientRect().top")
    end = last.evaluate("(one) => one.getBoundingClientRect().bottom")
    assert end <= over, "the end of the page can be read above it"
    page.unroute_all(behavior="ignoreErrors")


def without_frames(page: Page) -> None:
    """A gateway that answers what it is asked, and has no frame to give."""
    in_one_typeface(page)
    page.route("**/api/v1/stream*", lambda route: route.abort())


def without_stops(page: Page) -> None:
    """As the first minutes of a shift are: the gateway knows of no stop, and of no hour yet."""
    in_one_typeface(page)
    page.route("**/api/v1/stops?*", lambda route: emptied(route, "stops"))
    page.route("**/api/v1/kpis?*", lambda route: emptied(route, "rows"))


def emptied(route: Route, name: str) -> None:
    """The gateway's own answer, with nothing in this list."""
    found = route.fetch()
    route.fulfill(response=found, json=found.json() | {name: []})


def test_every_figure_has_unit_coverage_and_definition(shown: Open) -> None:
    """No number stands alone in the document; a dash is an unknown, never a zero."""
    page = shown("/board", lang="ko")
    for path in PAGES.values():
        turn(page, path, "ko")
        found = figures(page)
        assert found or path in WITHOUT_FIGURES, f"{path} prints no figure"
        for one in found:
            assert one.unit, one
            assert one.definition, one
            assert one.coverage is not None, one
            assert one.coverage or one.value == "", f"a value nobody saw: {one}"
            assert bool(re.search(r"\d", one.text)) == (one.value != ""), f"a dash, not 0: {one}"


def test_the_language_is_changed_without_a_reload(shown: Open) -> None:
    """The switch on the page changes every word, and the address keeps the choice."""
    page = whole(shown("/lines/mask-1", lang="ko"))
    page.evaluate("window.kept = 1")
    page.locator(".bar-language").select_option("en")
    page.get_by_role("heading", name="By the hour").first.wait_for()
    assert "lang=en" in page.url
    assert page.locator("html").get_attribute("lang") == "en"
    page.get_by_role("link", name="Health", exact=True).click()
    page.locator(".accounts").wait_for()
    assert "lang=en" in page.url, "the next page speaks the same language"
    assert page.evaluate("window.kept") == 1


def test_a_page_that_asks_a_stranger_is_stopped_and_seen(shown: Open, watch: Watch) -> None:
    """What watches all these tests would notice: the policy forbids it, and the watch tells."""
    page = whole(shown("/health"))
    assert watch.asked > 5
    assert watch.seen == []
    failed = page.evaluate("fetch('http://127.0.0.2:9/').then(() => '', (error) => error.name)")
    page.wait_for_timeout(100)
    assert failed == "TypeError"
    assert any("policy broken: connect-src" in one for one in watch.seen), watch.seen
    watch.seen.clear()


def test_axe_would_find_what_is_wrong(shown: Open) -> None:
    """The search itself is looked at: an unnamed button and pale text are serious."""
    page = whole(shown("/health"))
    page.evaluate(
        "() => { const main = document.querySelector('main');"
        "main.append(document.createElement('button'));"
        "main.querySelector('h2').style.color = '#ddd'; }"
    )
    found = " ".join(serious(page))
    assert "button-name" in found
    assert "color-contrast" in found


def turn(page: Page, path: str, lang: str) -> None:
    """Load another page of the same gateway, and wait until it is whole."""
    origin = page.evaluate("location.origin")
    page.goto(f"{origin}{path}?lang={lang}")
    whole(page)
