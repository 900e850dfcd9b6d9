"""The wall board: what it prints is what the engine says, in a size that reads from afar."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Response, Route, expect

from tests.browser.conftest import Open, Watch
from tests.browser.factory import HOSTILE, Demo, Steered
from tests.browser.looking import figure, figures, serious, whole

Document = dict[str, Any]  # JSON
STATES = {
    "producing": ("producing", None, False, "가동"),
    "slow": ("producing", None, True, "속도저하"),
    "delayed": ("delayed", "internal", False, "정지"),
    "waiting": ("delayed", "external", False, "대기"),
    "setup": ("setup", None, False, "교체"),
    "idle": ("idle", None, False, "작업없음"),
    "planned_down": ("planned_down", None, False, "계획정지"),
    "not_scheduled": ("not_scheduled", None, False, "근무 외"),
    "unknown": ("unknown", None, False, "수신 끊김"),
}
D_PX = 63  # four lines on 55 inches at 5 m: digits of 20 arc-minutes
SMALLEST = 0.8  # of D: 16 arc-minutes
FOOT_PX = 32


def test_figures_are_those_of_the_engine(shown: Open, demo: Demo) -> None:
    """Good pieces lie between what the engine said before and after; plan and limit are equal."""
    before = demo.ask("/lines/mask-1/now")
    page = whole(shown("/board", lang="ko"))
    page.wait_for_timeout(2_000)  # what comes first may be a frame from before `before`
    tile = '[data-line="mask-1"]'
    good, gap = figure(page, tile, "good"), figure(page, tile, "gap")
    due = page.locator(f"{tile} [data-plan]").inner_text()
    after = demo.ask("/lines/mask-1/now")
    low, high = before["good"]["value"], after["good"]["value"]
    assert low <= float(good.value) <= high
    assert good.text == f"{round(float(good.value)):,}"
    assert good.unit == "{piece}"
    assert good.definition == gap.definition == after["good"]["definition"]
    assert good.coverage == gap.coverage
    plans = round(before["target_now"]), round(after["target_now"])
    assert plans[0] <= int(due.replace(",", "")) <= plans[1]


def test_what_counts_reads_from_five_metres(shown: Open) -> None:
    """On 1080 rows name, state, target and gap have 16 arc-minutes, the actual twice 20."""
    page = whole(shown("/board", lang="ko"))
    sizes = {
        ".tile-name": SMALLEST * D_PX,
        ".tile .chip": SMALLEST * D_PX,
        ".tile-due .tile-value": SMALLEST * D_PX,
        ".gap": SMALLEST * D_PX,
        ".tile-label": SMALLEST * D_PX,
        ".tile-actual .tile-value": 2 * D_PX,
    }
    for selector, least in sizes.items():
        found = page.eval_on_selector_all(
            selector, "(all) => all.map((one) => parseFloat(getComputedStyle(one).fontSize))"
        )
        assert len(found) in {3, 6}, selector
        assert min(found) >= least, f"{selector}: {found} px, at least {least} wanted"


def test_the_footer_reads_from_nearby(shown: Open) -> None:
    """At least 32 px on 1080 rows, in one row, with nothing over its edge."""
    for lang in ("ko", "en", "vi"):
        foot = whole(shown("/board", lang=lang)).locator(".board-foot")
        size = foot.evaluate("(one) => parseFloat(getComputedStyle(one).fontSize)")
        assert size >= FOOT_PX
        assert foot.evaluate("(one) => one.clientHeight < 2 * 48 && one.scrollWidth <= 1920")
        tall = foot.locator("> span").first.evaluate("(one) => one.clientHeight")
        assert tall < 2 * FOOT_PX, lang


@pytest.mark.parametrize("height", [1080, 2160])
def test_the_choice_of_language_holds_its_letters(shown: Open, height: int) -> None:
    """On a wall of 2160 rows too, where they are twice as large."""
    choice = whole(shown("/board", height * 16 // 9, height)).locator(".bar-language")
    assert choice.evaluate(
        "(one) => one.clientHeight >= 1.2 * parseFloat(getComputedStyle(one).fontSize)"
    )


def test_an_address_that_is_none_has_the_menu(shown: Open, demo: Demo, watch: Watch) -> None:
    """A person reads it in words and goes on; a program gets the problem, and so does the API."""
    watch.allowed.add(404)
    page = whole(shown("/nope", lang="ko"))
    expect(page.locator("main")).to_contain_text("그런 페이지가 없습니다.")
    page.locator(".bar-menu a").first.click()
    page.locator(".board-tiles").wait_for()
    for path, accept in (("/api/v1/nope", "text/html"), ("/nope", "application/json")):
        answer = page.request.get(demo.address + path, headers={"accept": accept})
        assert (answer.status, answer.json()["status"]) == (404, 404)


@pytest.mark.parametrize("look", STATES)
def test_each_state_has_a_word_and_a_shape(shown: Open, demo: Demo, look: str) -> None:
    """Nine states, nine words, nine shapes; one that is not known shows no old value as live."""
    state, cause, slow, word = STATES[look]
    fresh = look != "unknown"
    change = {"state": state, "cause": cause, "slow": slow, "fresh": fresh, "age_s": 1.0}
    page = shown("/board", lang="ko", prepare=played(demo, lambda line: line.update(change)))
    tile = page.locator(f'[data-line="mask-1"][data-look="{look}"]')
    tile.wait_for()
    chip = tile.locator(".chip")
    assert word in chip.inner_text()
    assert chip.locator(f"svg.shape-{look}").count() == 1
    good = figure(whole(page), '[data-line="mask-1"]', "good")
    assert good.struck is (not fresh)
    assert ("차이 알 수 없음" in tile.inner_text()) is (not fresh)
    assert (tile.locator(".pace-tick").count() == 0) is (not fresh)


def test_an_unknown_value_is_a_dash_and_never_zero(shown: Open, demo: Demo) -> None:
    """A shift of which nothing was seen has no figures: dashes, and no gap to the plan."""
    nothing = {"value": None, "low": None, "high": None, "coverage": 0.0}

    def unseen(line: Document) -> None:
        line["good"] |= nothing
        line["defect_rate"] |= nothing
        line |= {"gap": None, "gap_minutes": None, "forecast": None}

    page = whole(shown("/board", lang="ko", prepare=played(demo, unseen)))
    tile = page.locator('[data-line="mask-1"]')
    for name in ("good", "defect_rate"):
        one = figure(page, '[data-line="mask-1"]', name)
        assert "—" in one.text
        assert "0" not in one.text
        assert one.value == ""
    assert "차이 알 수 없음" in tile.inner_text()


def test_without_a_plan_there_is_no_pace(shown: Open, demo: Demo) -> None:
    """No plan: the words for it, no bar and no gap; before a shift: when the next one begins."""

    def planless(line: Document) -> None:
        line["shift"] = {**(line["shift"] or SHIFT), "plan": None}
        line |= {"target_now": None, "gap": None, "gap_minutes": None, "forecast": None}

    def before(line: Document) -> None:
        planless(line)
        line["shift"] = None
        line["next_shift"] = {"name": "주간", "from": "2026-11-21T08:00:00+09:00"}

    page = whole(shown("/board", lang="ko", prepare=played(demo, planless)))
    tile = page.locator('[data-line="mask-1"]')
    assert "목표 없음" in tile.inner_text()
    assert tile.locator(".pace").count() == 0
    page = whole(shown("/board", lang="ko", prepare=played(demo, before)))
    told = page.locator('[data-line="mask-1"] .tile-none')
    assert "08:00" in told.inner_text()
    size = told.evaluate("(one) => parseFloat(getComputedStyle(one).fontSize)")
    assert size >= SMALLEST * D_PX, "it stands where the target would, and reads as far"


@pytest.mark.parametrize(("passed_s", "words"), [(27_000, "데이터 없음"), (900, "30분 뒤부터")])
def test_a_missing_forecast_says_why(shown: Open, demo: Demo, passed_s: int, words: str) -> None:
    """Early in a shift it is too early; hours into it, it is the data that are missing."""

    def dark(line: Document) -> None:
        line["shift"] = {**SHIFT, "elapsed_s": passed_s}
        line |= {"gap": None, "gap_minutes": None, "forecast": None}

    told = demo.ask("/lines")

    def alone(page: Page) -> None:
        played(demo, dark, only=1)(page)
        one = {**told, "lines": told["lines"][:1]}
        page.route("**/api/v1/lines", lambda route: route.fulfill(json=one))

    page = shown("/board", lang="ko", prepare=alone)
    expect(page.locator(".tile-outlook")).to_contain_text(words)


def test_a_board_without_lines_says_what_to_do(shown: Open, demo: Demo) -> None:
    """Not a grey void: what is missing, and where to write it."""

    def bare(page: Page) -> None:
        played(demo, lambda _: None, only=0)(page)
        nothing = {**demo.ask("/lines"), "lines": []}
        page.route("**/api/v1/lines", lambda route: route.fulfill(json=nothing))

    page = shown("/board", lang="ko", prepare=bare)
    expect(page.locator(".board .empty")).to_contain_text("라인이 없습니다.")
    assert serious(page) == []


def test_a_hostile_name_is_only_a_name(live: Open, steered: Steered) -> None:
    """Markup, quotes and placeholders in a name of the configuration are printed as they are."""
    names = {line["id"]: line["name"] for line in steered.ask("/lines")["lines"]}
    assert names["kit-1"] == HOSTILE
    page = whole(live("/board", lang="ko"))
    assert page.locator('[data-line="kit-1"] h2').inner_text() == HOSTILE
    page = whole(live("/lines/kit-1", lang="en"))
    assert page.locator("h1").inner_text() == HOSTILE
    assert page.locator("[onclick]").count() == 0


def test_the_board_is_light(shown: Open) -> None:
    """At most 60 kB of script and 150 kB in all before fonts, as gzip would send them."""
    answers: list[Response] = []

    def listen(page: Page) -> None:
        page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - Playwright marks its handlers, a built-in cannot be marked

    whole(shown("/board", lang="ko", prepare=listen))
    fonts = (".woff2", "/stream")
    bodies = {a.url: a.body() for a in answers if a.ok and not a.url.endswith(fonts)}
    sizes = {url: len(gzip.compress(body)) for url, body in bodies.items()}
    scripts = {url: size for url, size in sizes.items() if url.endswith(".js")}
    assert scripts
    assert sum(scripts.values()) <= 60_000, scripts
    assert sum(sizes.values()) <= 150_000, sizes


def test_a_tile_leads_to_its_line(shown: Open) -> None:
    """Whoever stands close enough touches the tile; the whole of it answers."""
    page = whole(shown("/board", lang="en"))
    page.locator('[data-line="plating-a"]').click(position={"x": 40, "y": 200})
    page.locator('main[data-line="plating-a"]').wait_for()
    assert "/lines/plating-a?lang=en" in page.url
    assert figures(page)


SHIFT = {
    "name": "주간",
    "production_day": "2026-11-21",
    "from": "2026-11-21T08:00:00+09:00",
    "to": "2026-11-21T20:00:00+09:00",
    "plan": None,
    "planned_s": 39_600,
    "elapsed_s": 3600,
}


def played(
    demo: Demo, change: Callable[[Document], None], only: int | None = None
) -> Callable[[Page], None]:
    """Prepares a page that is told something else of the mask line, in every answer.

    Args:
        demo: where the rest comes from.
        change: what is told of the line.
        only: how many lines the stream tells of; all by default.
    """
    lines = [demo.ask(f"/lines/{line['id']}/now") for line in demo.ask("/lines")["lines"]]
    change(lines[0])
    frame = {"frame": 1, "build": "played", "now": lines[0]["as_of"], "status": "ok"}
    frame |= {"lines": lines[:only], "sources": [], "import": None}
    event = f"id: 1\nevent: reset\ndata: {json.dumps(frame)}\n\n"

    def answer(route: Route) -> None:
        if route.request.url.endswith("/stream"):
            route.fulfill(content_type="text/event-stream", body=event)
        else:
            route.fulfill(json=lines[0])

    def prepare(page: Page) -> None:
        page.route("**/api/v1/stream", answer)
        page.route("**/api/v1/lines/mask-1/now", answer)

    return prepare
