"""Baselines: what is looked at is what is frozen, and what was frozen stays."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, Watch
from tests.browser.factory import Demo
from tests.browser.looking import serious, small_targets, whole

OF = "line=kit-1&measure=throughput_per_hour"


def asked(page: Page, days: tuple[str, str]) -> Page:
    """The page once it shows the preview of a line and two days, the last one in."""
    for name, value in (("라인 선택", "kit-1"), ("지표", "throughput_per_hour")):
        page.locator(".baseline-form").get_by_label(name, exact=True).select_option(value)
    for name, day in zip(("첫날", "마지막 날"), days, strict=True):
        page.get_by_label(name, exact=True).fill(day)
    page.get_by_role("button", name="미리 보기").click()
    page.locator(".preview").wait_for()
    return page


def test_a_period_is_looked_at_before_it_is_frozen(shown: Open, demo: Demo) -> None:
    """Days, products and what is left out; with name and reason it joins the list."""
    first = demo.ask("/targets/t3")["baseline"]["from"][:10]
    known = demo.ask("/baselines")["baselines"]
    page = asked(whole(shown("/baselines", lang="ko")), (first, first))
    assert page.locator(".preview").get_attribute("data-days") in {"0", "1"}
    last = first[:8] + f"{min(28, int(first[8:]) + 6):02}"
    asked(page, (first, last))
    ends = f"from={first}&to={last[:8]}{int(last[8:]) + 1:02}"
    told = demo.ask(f"/baselines/preview?{OF}&{ends}")
    assert page.locator(".preview").get_attribute("data-days") == str(told["days"])
    value = page.locator(".preview [data-measure]").get_attribute("data-value")
    assert float(str(value)) == told["value"]
    warned = [one.get_attribute("data-warning") for one in page.locator("[data-warning]").all()]
    assert warned == told["warnings"]
    assert "few_days" in warned
    assert serious(page) == []
    assert small_targets(page, "main", 44) == []

    page.get_by_label("이름", exact=True).fill("<b>시험</b>")
    page.get_by_label("이 기간을 고른 까닭").fill("보기")
    page.get_by_role("button", name="확정", exact=True).click()
    expect(page.locator(".baseline")).to_have_count(len(known) + 1)
    newest = page.locator(".baseline").first.inner_text()
    assert "<b>시험</b>" in newest, "a name is text, whatever it holds"
    assert demo.ask("/baselines")["baselines"][-1]["digest"] in newest


def test_what_cannot_be_looked_at_says_so(shown: Open, watch: Watch) -> None:
    """A period that has not begun: the words of the gateway, and nothing to freeze."""
    watch.allowed.add(409)
    page = whole(shown("/baselines", lang="ko"))
    for name, day in (("첫날", "2150-01-01"), ("마지막 날", "2150-01-20")):
        page.get_by_label(name, exact=True).fill(day)
    page.get_by_role("button", name="미리 보기").click()
    assert "holds nothing yet" in page.get_by_role("alert").inner_text()
    assert page.get_by_role("button", name="확정", exact=True).count() == 0
