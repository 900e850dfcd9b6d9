"""The line page: a stop gets its reason in two taps, and nobody's reason is overwritten unseen."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import Open, Watch
from tests.browser.factory import Demo
from tests.browser.looking import figure, serious, small_targets, whole

Document = dict[str, Any]  # JSON
TOUCH_PX, REACH_PX = 72, 44
HANDS = ".stops, dialog"  # what an operator touches, perhaps with gloves
LINE = "plating-a"  # others look at the mask line meanwhile
BACK = timedelta(hours=12)
EDITS = "**/api/v1/stops/**"


def test_a_stop_has_its_reason_after_two_taps(shown: Open, demo: Demo) -> None:
    """The big button, then a tile: stored, said so, and there after a reload; undone in one."""
    page = whole(shown(last_hours(demo), lang="ko"))
    first = page.locator(".stop").first.get_attribute("data-stop")
    assert stop_of(demo, first)["reason"] is None
    page.locator(".call").click()
    tile = page.locator("dialog .reason").first
    reason = tile.get_attribute("data-reason")
    tile.click()
    told = page.locator(".told")
    expect(told).to_contain_text(name_of(demo, reason))
    assert stop_of(demo, first)["reason"] == reason
    page.reload()
    all_stops(whole(page))
    expect(row(page, first)).to_contain_text(name_of(demo, reason))
    row(page, first).click()
    page.locator("dialog .reason").nth(1).click()
    told.get_by_role("button").click()  # undo
    expect(told).to_have_count(0)
    assert stop_of(demo, first)["reason"] == reason


def test_two_taps_of_a_finger_are_enough(shown: Open, demo: Demo) -> None:
    """On a phone: the stop has its machine's name; a tap opens, one stores, one undoes."""
    page = whole(shown(last_hours(demo), 360, 740, touch=True, lang="ko"))
    stop = page.locator(".stop").nth(4)
    name = str(stop.get_attribute("data-stop"))
    expect(stop.locator(".stop-machine")).to_be_visible()
    stop.tap()
    tile = page.locator("dialog .reason").first
    reason = tile.get_attribute("data-reason")
    tile.tap()
    expect(page.locator(".told")).to_contain_text(name_of(demo, reason))
    assert stop_of(demo, name)["reason"] == reason
    page.locator(".told").get_by_role("button").tap()
    expect(page.locator(".told")).to_have_count(0)
    assert stop_of(demo, name)["reason"] is None


def test_a_stop_is_mended_by_a_few_taps_and_back(shown: Open, demo: Demo) -> None:
    """Split, merged again, called change-over and back; the gateway has it, and its history."""
    page = whole(shown(last_hours(demo), 360, 740, touch=True, lang="ko"))
    all_stops(page)
    found = demo.ask(f"/stops?line={LINE}&{span(demo)}")["stops"]
    first, _ = window(demo)  # a stop that began before it would be cut in front of it
    inside = [one for one in found if one["to"] and datetime.fromisoformat(one["from"]) >= first]
    stop = max(inside, key=lambda one: one["seconds"])
    name, whole_s, told = stop["id"], stop["seconds"], page.locator(".told")
    before = demo.ask(f"/stops/{name}/history")["history"]

    def mending() -> None:
        row(page, name).tap()
        page.locator("[data-mend]").tap()

    mending()
    assert not small_targets(page, "dialog", TOUCH_PX)
    page.locator("[data-split]").tap()
    told.wait_for()
    assert stop_of(demo, name)["seconds"] < whole_s
    told.get_by_role("button").tap()  # undo
    expect(told.get_by_role("button")).to_have_count(0)
    assert stop_of(demo, name)["seconds"] == whole_s
    mending()
    page.locator("[data-class='setup']").tap()
    expect(row(page, name)).to_contain_text("교체")
    now = stop_of(demo, name)
    assert (now["state"], now["was"], now["seconds"]) == (
        "setup",
        stop["state"] + (":external" if stop["cause"] == "external" else ""),
        whole_s,
    )
    told.get_by_role("button").tap()
    expect(told.get_by_role("button")).to_have_count(0)
    assert stop_of(demo, name)["state"] == stop["state"]
    history = demo.ask(f"/stops/{name}/history")["history"]
    assert [one["what"] for one in history[len(before) :]] == [
        "stop split",
        "stop merge",
        "stop class",
        "stop class",
    ]


def test_a_note_goes_with_a_reason(shown: Open, demo: Demo) -> None:
    """Written before the tile is tapped, stored with it, printed as it is; undone with it, too."""
    page = whole(shown(last_hours(demo), lang="en"))
    all_stops(page)  # an explained one moves down
    stop = page.locator(".stop").nth(4).get_attribute("data-stop")
    said = "<b>롤 끝</b> & {n}"
    row(page, stop).click()
    page.locator("dialog input").fill(said)
    page.locator("dialog .reason").nth(1).click()
    page.locator(".told").wait_for()
    assert stop_of(demo, stop)["note"] == said
    expect(row(page, stop).locator(".stop-note")).to_have_text(said)
    page.locator(".told").get_by_role("button").click()
    expect(page.locator(".told")).to_have_count(0)
    found = stop_of(demo, stop)
    assert (found["reason"], found["note"]) == (None, None)


def test_a_reason_waits_for_a_gateway_that_does_not_answer(shown: Open, demo: Demo) -> None:
    """Said so, kept over a reload, sent by itself, and there exactly once."""
    page = whole(shown(last_hours(demo), lang="ko"))
    stop = page.locator(".stop").nth(3).get_attribute("data-stop")
    version = stop_of(demo, stop)["version"]
    page.route(EDITS, lambda route: route.abort())
    row(page, stop).click()
    tile = page.locator("dialog .reason").nth(1)
    reason = tile.get_attribute("data-reason")
    tile.click()
    waiting = page.locator(".told-waiting")
    expect(waiting).to_contain_text("전송 대기 1건")
    expect(row(page, stop)).to_contain_text(name_of(demo, reason))
    assert serious(page) == []
    page.reload()
    expect(whole(page).locator(".told-waiting")).to_contain_text("전송 대기 1건")
    assert stop_of(demo, stop)["reason"] is None
    page.unroute(EDITS)
    expect(waiting).to_have_count(0)
    found = stop_of(demo, stop)
    assert (found["reason"], found["version"]) == (reason, version + 1)


def test_an_answer_that_got_lost_is_no_conflict(shown: Open, demo: Demo, watch: Watch) -> None:
    """Stored, but the answer never came: sent again it finds our own reason, and is content."""
    watch.allowed.add(412)
    page = whole(shown(last_hours(demo), lang="ko"))
    all_stops(page)  # an explained one moves down
    stop = page.locator(".stop").nth(5).get_attribute("data-stop")
    version = stop_of(demo, stop)["version"]

    def stored_but_unheard(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route(EDITS, stored_but_unheard, times=1)
    row(page, stop).click()
    tile = page.locator("dialog .reason").nth(2)
    reason = tile.get_attribute("data-reason")
    tile.click()
    expect(row(page, stop)).to_contain_text(name_of(demo, reason))
    expect(page.locator(".told-waiting")).to_have_count(0)
    expect(page.locator(".told-conflict")).to_have_count(0)
    found = stop_of(demo, stop)
    assert (found["reason"], found["version"]) == (reason, version + 1)


def test_a_kept_reason_does_not_overwrite_somebody_elses(
    shown: Open, demo: Demo, watch: Watch
) -> None:
    """While ours waited, another was stored: both are shown, and a person decides."""
    watch.allowed.add(412)
    page, other = (whole(shown(last_hours(demo), lang="ko")) for _ in range(2))
    all_stops(page)
    stop = page.locator(".stop").nth(7).get_attribute("data-stop")
    page.route(EDITS, lambda route: route.abort())
    row(page, stop).click()
    mine = page.locator("dialog .reason").nth(1).get_attribute("data-reason")
    page.locator("dialog .reason").nth(1).click()
    expect(page.locator(".told-waiting")).to_be_visible()
    row(other, stop).click()
    theirs = other.locator("dialog .reason").nth(0).get_attribute("data-reason")
    other.locator("dialog .reason").nth(0).click()
    expect(other.locator(".told")).to_contain_text(name_of(demo, theirs))
    page.unroute(EDITS)
    conflict = page.locator(".told-conflict")
    expect(conflict).to_contain_text(name_of(demo, theirs))
    expect(conflict).to_contain_text(name_of(demo, mine))
    assert stop_of(demo, stop)["reason"] == theirs
    conflict.get_by_role("button").last.click()
    expect(conflict).to_have_count(0)
    wait_for_reason(page, demo, stop, mine)


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_a_figure_explains_itself(shown: Open, demo: Demo, lang: str) -> None:
    """A press on a figure shows its formula, unit and source; every one of them has a card."""
    page = whole(shown(f"/lines/{LINE}", lang=lang))
    rate = page.locator('.explained:has([data-measure="defect_rate"])')
    told = demo.ask("/definitions/lineproof/defect_rate@1")
    rate.click()
    card = page.locator("dialog.definition")
    for part in (told["formula"], told[lang], told["id"]):
        expect(card).to_contain_text(part)
    assert serious(page) == []
    page.keyboard.press("Escape")
    expect(card).to_have_count(0)
    expect(rate).to_be_focused()
    figures = page.locator(".line-facts .explained")
    assert figures.count() == 5
    for each in figures.all():
        each.click()
        expect(card.locator(".terms dd").first).not_to_be_empty()
        page.keyboard.press("Escape")
        expect(card).to_have_count(0)


def test_all_measures_of_a_shift_are_a_press_away(shown: Open, demo: Demo) -> None:
    """First a few, then every one that has a value: TEEP of a shift that is over, with its card."""
    page = whole(shown("/lines/mask-1", lang="ko"))
    chooser = page.locator(".line-title select")
    expect(chooser.locator("option")).not_to_have_count(1)
    chooser.select_option(index=2)
    page.locator(".line-facts-closed").wait_for()
    query = page.url.split("?", 1)[1]
    rows = demo.ask(f"/kpis?line=mask-1&by=shift&{query}")["rows"]
    own = next(row for row in rows if row["machine"] is None)
    told = {name: one["value"] for name, one in own["measures"].items() if one["value"] is not None}
    assert told["teep"] < told["oee"]
    panel = page.locator("[data-measures]")
    expect(panel.locator(".fact")).to_have_count(8)
    panel.locator("button[aria-expanded]").click()
    expect(panel.locator(".fact")).to_have_count(len(told.keys() - {"defect_rate"}))
    assert float(figure(page, "[data-measures]", "teep").value) == told["teep"]
    panel.locator('.explained:has([data-measure="teep"])').click()
    expect(page.locator("dialog.definition")).to_contain_text("teep/oee@1")
    assert serious(page) == []


def test_a_second_editor_sees_both_versions(shown: Open, demo: Demo, watch: Watch) -> None:
    """Whoever comes second is told what the first one stored, and decides knowingly."""
    watch.allowed.add(412)
    first, second = (whole(shown(last_hours(demo), lang="ko")) for _ in range(2))
    stop = first.locator(".stop").nth(1).get_attribute("data-stop")
    row(second, stop).click()  # the sheet is open with what was known then
    row(first, stop).click()
    mine, theirs = (second.locator("dialog .reason").nth(n) for n in (3, 2))
    wanted, kept = mine.get_attribute("data-reason"), theirs.get_attribute("data-reason")
    first.locator(f'dialog [data-reason="{kept}"]').click()
    expect(first.locator(".told")).to_contain_text(name_of(demo, kept))
    mine.click()
    conflict = second.locator(".told-conflict")
    expect(conflict).to_contain_text(name_of(demo, kept))
    expect(conflict).to_contain_text(name_of(demo, wanted))
    assert stop_of(demo, stop)["reason"] == kept, "nothing is overwritten before somebody decides"
    conflict.get_by_role("button").last.click()
    expect(second.locator(".told")).to_contain_text(name_of(demo, wanted))
    assert stop_of(demo, stop)["reason"] == wanted


def test_a_reason_is_given_by_keyboard_alone(shown: Open, demo: Demo) -> None:
    """Tab and Enter are enough, the focus is seen, and Escape leaves without storing."""
    page = whole(shown(last_hours(demo), lang="en"))
    row(page, page.locator(".stop").nth(2).get_attribute("data-stop")).focus()
    stop = page.locator(".stop:focus").get_attribute("data-stop")
    page.keyboard.press("Enter")
    page.locator("dialog").wait_for()
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    assert stop_of(demo, stop)["reason"] is None
    row(page, stop).focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    focused = page.locator("dialog .reason:focus")
    ring = focused.evaluate("(one) => getComputedStyle(one).outlineWidth")
    assert float(ring.removesuffix("px")) >= 3, "the focus ring has 3 px"
    reason = focused.get_attribute("data-reason")
    page.keyboard.press("Enter")
    page.locator(".told").wait_for()
    assert stop_of(demo, stop)["reason"] == reason


def test_what_hands_touch_is_large_enough(shown: Open, demo: Demo) -> None:
    """72 px for an operator's fingers on tablet and phone, 44 px for everything else."""
    for width, height in ((1280, 800), (360, 740)):
        page = whole(shown(last_hours(demo), width, height, lang="ko"))
        page.locator(".call").click()
        page.locator("dialog").wait_for()
        assert small_targets(page, HANDS, TOUCH_PX) == []
        assert small_targets(page, "body", REACH_PX) == []
        page.context.close()


def test_axe_finds_nothing_in_what_opens(shown: Open, demo: Demo) -> None:
    """The sheet of reasons, the strip and the chart as tables."""
    for theme in ("light", "dark"):
        page = whole(shown(last_hours(demo), lang="en", theme=theme))
        for nth in range(2):  # a pressed one is called otherwise
            page.get_by_role("button", name="Show as table").first.click()
            expect(page.get_by_role("button", name="Show as chart")).to_have_count(nth + 1)
        assert page.locator("table").count() == 3
        assert serious(page) == []
        page.locator(".call").click()
        page.locator("dialog .reason").first.wait_for()
        assert serious(page) == []
        page.context.close()


def test_a_view_is_a_link(shown: Open) -> None:
    """An earlier shift is chosen, stands in the address, and comes back with a reload."""
    page = whole(shown(f"/lines/{LINE}", lang="ko"))
    chooser = page.locator(".line-title select")
    expect(chooser.locator("option")).not_to_have_count(1)
    earlier = chooser.locator("option").nth(1).inner_text()
    chooser.select_option(index=1)
    expect(page.locator(".hours tbody tr").first).to_be_visible()
    assert "from=" in page.url
    hours = page.locator(".hours tbody th").all_inner_texts()
    page.reload()
    whole(page)
    assert page.locator(".hours tbody th").all_inner_texts() == hours
    assert page.locator(".line-title select option:checked").inner_text() == earlier


def test_an_earlier_shift_has_its_own_headline(shown: Open, demo: Demo) -> None:
    """Its pieces, its plan, its losses, called closed; nothing of the shift that runs now."""
    page = whole(shown("/lines/mask-1", lang="ko"))
    chooser = page.locator(".line-title select")
    expect(chooser.locator("option")).not_to_have_count(1)
    name = chooser.locator("option").nth(2).inner_text()
    chooser.select_option(index=2)
    page.locator(".line-facts-closed").wait_for()
    query = page.url.split("?", 1)[1]
    rows = demo.ask(f"/kpis?line=mask-1&by=shift&{query}")["rows"]
    own = next(row for row in rows if row["machine"] is None)
    good, rate = own["elements"]["GQ"], own["measures"]["defect_rate"]["value"]
    lines = demo.ask("/lines")["lines"]
    shifts = next(line["shifts"] for line in lines if line["id"] == "mask-1")
    plan = next(shift["plan"] for shift in shifts if shift["name"] == own["shift"])
    head = page.locator(".line-head")
    assert float(figure(page, ".line-head", "good").value) == good
    assert float(figure(page, ".line-head", "defect_rate").value) == rate
    assert head.locator("[data-plan]").inner_text() == f"{plan:,}"
    gap = figure(page, ".line-head", "gap").text
    assert gap.replace(",", "").startswith(f"{good - plan:+}".replace("-", "\N{MINUS SIGN}"))
    expect(head.locator(".line-closed")).to_contain_text("마감")
    expect(head.locator(".line-closed")).to_contain_text(name)
    assert head.locator(".chip, .pace").count() == 0
    expect(page.locator(".line-columns h2").nth(1)).to_contain_text(name)
    expect(page.locator("main")).not_to_contain_text("이번 근무조")


def test_nothing_received_is_no_good_news(shown: Open) -> None:
    """A shift of which nothing was seen has unknown stops and losses, and says where to look."""

    def blind(page: Page) -> None:
        def answer(route: Route) -> None:
            found = route.fetch().json()
            for one in found.get("rows", []):
                one["elements"] |= dict.fromkeys(("PQ", "GQ", "SQ", "RQ"))
                one["elements"]["U"] = one["elements"]["PBT"]
                for measure in one["measures"].values():
                    measure |= {"value": None, "coverage": 0.0 if one["elements"]["PBT"] else None}
            for name in ("stops", "reasons"):
                if "rows" not in found and ("stops" in found or name == "reasons"):
                    found |= {name: []}
            route.fulfill(json=found)

        page.route("**/api/v1/kpis?**", answer)
        page.route("**/api/v1/stops?**", answer)

    page = whole(shown("/lines/mask-1", lang="ko", prepare=blind))
    for panel in (".stops", ".line-columns .panel:nth-child(2)"):
        quiet = page.locator(f"{panel} .quiet-line")
        expect(quiet).to_contain_text("수신된 데이터가 없어 알 수 없습니다.")
        assert "없습니다. " not in quiet.inner_text().replace("수 없습니다. ", "")
        assert "/health" in str(quiet.locator("a").get_attribute("href"))


def test_hours_are_those_of_the_engine(shown: Open, demo: Demo) -> None:
    """Each row of a finished interval is the engine's hour; an hour nobody saw has a dash."""
    page = whole(shown(last_hours(demo), lang="ko"))
    asked = f"/kpis?line={LINE}&by=hour&{span(demo)}"
    rows = {one["from"]: one for one in demo.ask(asked)["rows"] if one["machine"] is None}
    printed = page.locator(".hours tbody tr").all()
    assert len(printed) == len(rows) >= 12
    for one in printed:
        good = rows[str(one.get_attribute("data-from"))]["elements"]["GQ"]
        assert one.locator("td").nth(1).inner_text() == (
            "—" if good is None else f"{round(good):,}"
        )


def test_on_a_phone_there_are_figures_and_stops(shown: Open, demo: Demo) -> None:
    """Numbers stay folded until somebody asks for them."""
    page = whole(shown(last_hours(demo), 360, 740, lang="ko"))
    expect(page.locator(".line-facts")).to_be_visible()
    expect(page.locator(".stops")).to_be_visible()
    expect(page.locator(".strip")).to_be_hidden()
    page.locator(".line-unfold").click()
    expect(page.locator(".strip")).to_be_visible()


def last_hours(demo: Demo) -> str:
    """The address of the last twelve hours, so that the hour of the test does not matter."""
    return f"/lines/{LINE}?{span(demo)}"


def span(demo: Demo) -> str:
    """Twelve whole hours before now as a query."""
    first, end = window(demo)
    return f"from={quote(first.isoformat())}&to={quote(end.isoformat())}"


def window(demo: Demo) -> tuple[datetime, datetime]:
    """Twelve whole hours before now."""
    now = datetime.fromisoformat(demo.ask("/lines")["as_of"])
    end = now.replace(minute=0, second=0, microsecond=0)
    return end - BACK, end


def stop_of(demo: Demo, stop: str | None) -> Document:
    """A stop as the gateway has it."""
    found = demo.ask(f"/stops?line={LINE}&{span(demo)}")["stops"]
    return next(one for one in found if one["id"] == stop)


def wait_for_reason(page: Page, demo: Demo, stop: str | None, reason: str | None) -> None:
    """Return once the gateway has this reason; the page sends it by itself."""
    for _ in range(50):
        if stop_of(demo, stop)["reason"] == reason:
            return
        page.wait_for_timeout(100)
    assert stop_of(demo, stop)["reason"] == reason


def name_of(demo: Demo, reason: str | None) -> str:
    """A reason in Korean."""
    found = demo.ask(f"/stops?line={LINE}&{span(demo)}")["reasons"]
    return next(str(one["ko"]) for one in found if one["id"] == reason)


def all_stops(page: Page) -> None:
    """Unfold the list."""
    fold = page.locator(".stops button[aria-expanded=false]")
    if fold.count():
        fold.click()


def row(page: Page, stop: str | None) -> Locator:
    """The button of a stop, unfolding the list where it is further down."""
    found = page.locator(f'[data-stop="{stop}"]')
    if not found.count():
        all_stops(page)
    return found
