"""Targets: no verdict without what it rests on, and four percentages with four names."""

from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.browser.conftest import Open
from tests.browser.factory import Demo
from tests.browser.looking import figures, serious, small_targets, whole

Document = dict[str, Any]  # JSON
MINUS, TO = "\u2212", "\u2013"
RATES = ("improvement_rate", "attainment_rate", "share_of_target", "point_change")
NAMES = ("개선율", "목표달성률", "목표진척률", "변화량")
A4_PX = 718  # 190 mm
INKS = """() => {
  const canvas = document.querySelector(".chart canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const drawn = { light: 0, dark: 0 };
  for (let at = 0; at < data.length; at += 4) {
    const [red, green, , solid] = data.slice(at, at + 4);
    if (solid === 255 && red === 0xf2 && green === 0xf4) drawn.light += 1;
    if (solid === 255 && red === 0x1a && green === 0x1a) drawn.dark += 1;
  }
  return { ...drawn, letters: getComputedStyle(document.querySelector("h2")).color,
    width: canvas.clientWidth };
}"""  # how much of the chart has the ink of either theme
WORDS = {
    "improved_at_least_target": "달성",
    "improved": "개선 확인, 목표 미확정",
    "maturing": "안정화 중",
    "inconclusive": "차이 불분명",
    "worse": "악화",
    "insufficient_data": "판정보류",
}


def test_a_dark_page_is_printed_light(shown: Open) -> None:
    """Ink on paper, in the chart too, whatever the screen is; and all as before afterwards."""
    page = whole(shown("/targets/t1", lang="ko", theme="dark"))

    def turned(event: str) -> Document:
        page.evaluate(f"dispatchEvent(new Event('{event}'))")
        page.wait_for_timeout(200)
        found: Document = page.evaluate(INKS)
        return found

    screen, paper = turned("afterprint"), turned("beforeprint")
    assert (screen["letters"], paper["letters"]) == ("rgb(242, 244, 246)", "rgb(26, 26, 26)")
    assert screen["light"] > 10 * screen["dark"], screen
    assert paper["dark"] > 10 * paper["light"], paper
    assert paper["width"] <= A4_PX < screen["width"]
    assert turned("afterprint") == screen


def test_a_verdict_stands_on_what_is_in_the_document(shown: Open, demo: Demo) -> None:
    """Coverage, days, interval and baseline version are there, or there is no verdict."""
    page = whole(shown("/targets", lang="ko"))
    targets = {one["id"]: one for one in demo.ask("/targets")["targets"]}
    cards = page.locator(".target").all()
    assert len(cards) == len(targets)
    assert set(targets) >= {"t1", "t2", "t3"}, "those of the demo; tests set others"
    assert len({one["verdict"] for one in targets.values()}) >= 2
    for card in cards:
        target = targets[str(card.get_attribute("data-target"))]
        assert WORDS[target["verdict"]] in card.locator(".verdict").inner_text()
        basis = card.locator(".basis")
        for name, key in (("baseline-version", "version"), ("n-before", "n_before")):
            told = target["baseline"] if key == "version" else target
            assert basis.get_attribute(f"data-{name}") == str(told[key])
        if target["verdict"] == "insufficient_data":
            withheld(card, target)
        else:
            proven(card, target)


def proven(card: Locator, target: Document) -> None:
    """A card with a verdict."""
    basis = card.locator(".basis")
    for name in ("coverage-before", "coverage-after", "n-after", "low", "high"):
        assert basis.get_attribute(f"data-{name}"), f"{target['id']} has no {name}"
    text = card.inner_text()
    assert [name for name in NAMES if name in text] == list(NAMES)
    assert percent(target["improvement_rate"], "+.1f") in text
    low, high = (percent(target[key], "+.1f") for key in ("low", "high"))
    assert low in text
    assert high in text
    assert percent(target["attainment_rate"], ".1f") in text
    assert f"v{target['baseline']['version']}" in basis.inner_text()


def withheld(card: Locator, target: Document) -> None:
    """A card without one: which condition fails and what to do; no percentages.

    Of days that have not come nobody has to find the data.
    """
    assert card.locator(".four").count() == 0
    assert percent(target["improvement_rate"], "+.1f") not in card.inner_text()
    coming = {"code": "days_report", "seen": 0.0}.items()
    early = any(gate.items() >= coming for gate in target["gates"])
    about = "coverage_report", "coverage_unequal"
    failed = [
        gate
        for gate in target["gates"]
        if not gate["passed"] and not (early and gate["code"] in about and gate["seen"] is None)
    ]
    listed = card.locator(".missing li")
    assert listed.count() >= len(failed) >= 1
    for one in listed.all():
        assert one.locator("span").inner_text().strip(), "each says what to do"


def test_achieved_means_that_the_nearer_bound_reaches_the_target(demo: Demo) -> None:
    """달성 is never said where the interval's end nearer to the baseline misses the target."""
    for target in demo.ask("/targets")["targets"]:
        if target["after_low"] is None:
            continue
        ends = sorted([target["after_low"], target["after_high"]])
        nearer, sign = (ends[0], 1) if target["higher_is_better"] else (ends[1], -1)
        reaches = sign * (nearer - target["target"]) >= 0
        assert reaches or target["verdict"] != "improved_at_least_target", target["id"]


def test_lower_is_better_has_the_right_signs(shown: Open, demo: Demo) -> None:
    """A defect rate that fell is a gain: rate +, change below zero, the axis still to the right."""
    target = next(t for t in demo.ask("/targets")["targets"] if not t["higher_is_better"])
    assert target["after"] < target["before"]
    page = whole(shown(f"/targets/{target['id']}", lang="ko"))
    printed = {one.name: one for one in figures(page)}
    assert printed["improvement_rate"].text.startswith("+")
    assert printed["point_change"].text.startswith(MINUS)
    assert "%p" in printed["point_change"].text
    assert "낮을수록 좋음" in page.inner_text("main")
    now = float(str(page.locator(".axis-now").get_attribute("cx")).rstrip("%"))
    base = float(str(page.locator(".axis-baseline").get_attribute("x1")).rstrip("%"))
    assert now > base


@pytest.mark.parametrize("target", ["t1", "t3"])
def test_the_detail_shows_the_four_and_their_terms(shown: Open, demo: Demo, target: str) -> None:
    """Gates, digest and the four figures; where withheld, these are marked as reference."""
    told = demo.ask(f"/targets/{target}")
    page = whole(shown(f"/targets/{target}", lang="ko"))
    assert {one.name for one in figures(page)} >= set(RATES)
    reference = page.locator(".four").get_attribute("data-reference")
    assert (reference == "true") is (told["verdict"] == "insufficient_data")
    assert page.locator(".gate").count() == len(told["gates"])
    assert told["baseline"]["digest"] in page.inner_text("main")
    if told["interval"]:
        assert told["interval"]["method"] in page.inner_text("main")


def test_the_chart_has_a_table_twin(shown: Open, demo: Demo) -> None:
    """Each day of the series is a row; a day without a figure is a dash."""
    days = demo.ask("/targets/t1")["series"]
    page = whole(shown("/targets/t1", lang="ko"))
    page.get_by_role("button", name="표로 보기").click()
    rows = page.locator(".chart tbody tr").all()
    assert len(rows) == len(days)
    for row, day in zip(rows, days, strict=True):
        assert row.locator("th").inner_text() == day["day"]
        assert (row.locator("td").first.inner_text() == "—") is (day["value"] is None)
    assert serious(page) == []


@pytest.mark.parametrize("target", ["t1", "t2"])
def test_the_parts_of_a_change_add_up_to_it(shown: Open, demo: Demo, target: str) -> None:
    """Each part is a row with its amount and whether it is credited; the last is their sum."""
    told = demo.ask(f"/targets/{target}")
    page = whole(shown(f"/targets/{target}", lang="ko"))
    for split in told["decomposition"]:
        panel = page.locator(f".parts[data-of={split['of']}]")
        rows = panel.locator("tr[data-part]").all()
        assert [row.get_attribute("data-part") for row in rows] == [
            p["code"] for p in split["parts"]
        ]
        values = [
            float(str(row.locator("[data-measure]").get_attribute("data-value"))) for row in rows
        ]
        assert sum(values) == pytest.approx(split["change"])
        bars = panel.locator(".waterfall-bar").all()
        assert len(bars) == len(rows) + 1, "each part has a bar, and the change has one"
        whole_bar, last = (
            bar.locator(".waterfall-end").get_attribute("x1") for bar in (bars[-1], bars[-2])
        )
        assert whole_bar == last, "the parts end where the change ends"
        credited = {
            str(row.get_attribute("data-part"))
            for row in rows
            if "인정" in row.inner_text() and "인정 제외" not in row.inner_text()
        }
        assert credited == {part["code"] for part in split["parts"] if part["credited"]}


def test_the_same_question_is_asked_otherwise(shown: Open, demo: Demo) -> None:
    """With other weights and without extreme days, beside the answer that was judged."""
    told = demo.ask("/targets/t1")
    page = whole(shown("/targets/t1", lang="en"))
    rows = {
        str(one.get_attribute("data-question")): one.inner_text()
        for one in page.locator("tr[data-question]").all()
    }
    assert set(rows) == {"as_judged", *(row["code"] for row in told["sensitivity"]["rows"])}
    for row in told["sensitivity"]["rows"]:
        rate = row["improvement_rate"]
        assert ("—" if rate is None else percent(rate, "+.1f")) in rows[row["code"]]
    alike, conditions = page.locator(".alike"), told["sensitivity"]["conditions"]
    assert (alike.get_attribute("data-reason") or None) == conditions["reason"]
    assert "product mix" in alike.inner_text() or conditions["reason"] == "too_few_days"
    assert all(
        day in rows["without_extremes"] for day in told["sensitivity"]["rows"][2]["left_out"]
    )
    assert told["shift"]["place"] == "go_live", "the simulators changed on that day"
    assert told["shift"]["day"] in page.locator(".shifted").inner_text()


def test_the_definition_is_one_press_away(shown: Open, demo: Demo) -> None:
    """Formula, source and version of a figure, in the language of the page."""
    target = demo.ask("/targets/t1")
    told = demo.ask(f"/definitions/{target['definition']}")
    page = whole(shown("/targets/t1", lang="en"))
    page.locator(".define").click()
    card = page.locator("dialog.definition")
    expect(card).to_contain_text(told["formula"])
    expect(card).to_contain_text(told["en"])
    expect(card).to_contain_text(target["definition"])
    assert serious(page) == []
    page.keyboard.press("Escape")
    expect(card).to_have_count(0)


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_each_of_the_four_explains_itself(shown: Open, demo: Demo, lang: str) -> None:
    """A press on a percentage: what it says, how it is made, and of which measure."""
    target = demo.ask("/targets/t1")
    told = demo.ask(f"/definitions/{target['definition']}")
    page = whole(shown("/targets", lang=lang))
    card = page.locator("dialog.definition")
    for name in RATES:
        page.locator(f'[data-target="t1"] [data-measure="{name}"] .explained').click()
        expect(card).to_contain_text("÷" if name != "point_change" else MINUS)
        expect(card).to_contain_text(told["said"][lang]["formula"])
        assert serious(page) == []
        page.keyboard.press("Escape")
        expect(card).to_have_count(0)


def test_the_verdict_says_why_in_numbers(shown: Open, demo: Demo) -> None:
    """The sentence below a verdict has the interval's ends, as the gateway computed them."""
    page = whole(shown("/targets", lang="ko"))
    for target in demo.ask("/targets")["targets"]:
        said = page.locator(f'[data-target="{target["id"]}"] .verdict-means').inner_text()
        assert said.endswith(".")
        if target["interval"] and target["verdict"] != "insufficient_data":
            for key in ("after_low", "after_high"):
                value = target[key]
                form = f"{value * 100:.2f}\u00a0%" if target["unit"] == "1" else f"{value:,.0f}"
                assert form in said, target["id"]


def test_a_baseline_frozen_late_is_told(shown: Open, demo: Demo) -> None:
    """Frozen after go-live: marked on the card, explained on the detail; else not a word."""
    for target in demo.ask("/targets")["targets"]:
        late = target["baseline"]["frozen_at"] > target["go_live"]
        assert target["frozen_late"] is late
        page = whole(shown(f"/targets/{target['id']}", lang="ko"))
        assert (page.locator(".basis-late").count() == 1) is late
        assert (page.locator(".late").count() == 1) is late
        page.context.close()


def test_the_proof_is_computed_again(shown: Open, demo: Demo) -> None:
    """Whether the baseline is still what is stored, and each day's sums with why it is left out."""
    told = demo.ask("/targets/t3/explain")["lines"][0]
    page = whole(shown("/targets/t3", lang="en"))
    again = page.locator(".recomputed")
    expect(again).to_have_attribute("data-restated", str(told["baseline"]["restated"]).lower())
    expect(again).to_have_attribute("data-changed", " ".join(told["tables_changed"]))
    page.get_by_role("button", name="Show as table").click()
    used = page.locator(".chart td[data-used]")
    assert used.count() == len(told["days"])
    for cell, day in zip(used.all(), told["days"], strict=True):
        assert cell.get_attribute("data-used") == str(day["used"]).lower()
        assert cell.inner_text().startswith("used" if day["used"] else "left out: ")
    sums = page.locator(".chart tbody tr").first.locator("td").nth(3).inner_text()
    first = told["days"][0]
    assert sums == f"{first['numerator']:,.0f} ÷ {first['denominator']:.0f}"


def test_a_window_is_told_by_its_first_and_last_day(shown: Open, demo: Demo) -> None:
    """The reporting window ends with the last day that counts, not with the one after it."""
    target = demo.ask("/targets/t1")
    days = [one["day"] for one in target["series"] if one["window"] == "report"]
    page = whole(shown("/targets/t1", lang="ko"))
    expect(page.locator(".target-columns")).to_contain_text(f"{days[0]} {TO} {days[-1]}")


def test_everything_can_be_pressed(shown: Open) -> None:
    """44 px for all that answers, on the list and on the detail."""
    for path in ("/targets", "/targets/t1", "/health"):
        for width in (1920, 360):
            page = whole(shown(path, width, 740, lang="ko"))
            assert small_targets(page, "body", 44) == [], (path, width)
            page.context.close()


def percent(ratio: float, form: str) -> str:
    """A ratio as the pages print it, by Python's own formatting."""
    return f"{format(ratio * 100, form)}\u00a0%".replace("-", MINUS)


def test_the_demand_charge_stands_beside_a_unit_cost(shown: Open, demo: Demo) -> None:
    """Both windows tell what the greatest power cost, and that it may have been more.

    The demo has no target of a unit cost: one of its own is given that name on its way to the page.
    """
    path, charge = "/targets/t1", {"rate": 8320, "contract_kw": 100, "valid_from": "2020-01-01"}
    entry = demo.submit("POST", "/prices", {**charge, "months": [1, 2, 7, 8, 9, 12]})
    target = demo.ask(path)

    def renamed(route: Route) -> None:
        route.fulfill(json={**target, "measure": "unit_cost"})

    page = shown(path, prepare=lambda one: one.route(f"**/api/v1{path}", renamed), lang="ko")
    expect(whole(page).locator(".bill")).to_have_count(2, timeout=60_000)
    for window, (from_, to) in {
        "baseline": (target["baseline"]["from"], target["baseline"]["to"]),
        "report": (target["report_from"], target["report_to"]),
    }.items():
        query = urlencode({"line": target["line"], "from": from_, "to": to})
        told = demo.ask(f"/costs?{query}")["demand"]
        bill = page.locator(f".bill[data-window={window}]")
        rows = bill.locator("[data-month]").all()
        assert [row.get_attribute("data-month") for row in rows] == [
            one["month"] for one in told["months"]
        ]
        assert [float(str(row.get_attribute("data-kw"))) for row in rows] == [
            one["kw"] for one in told["months"]
        ]
        assert told["at_least"] is True
        assert all("최소" in row.inner_text() for row in rows)
        assert "계량기 없는 부하" in bill.inner_text()
    assert serious(page) == []
    demo.submit("PATCH", f"/entries/{entry['id']}", {"withdrawn": True}, entry["version"])
    last = urlencode({"line": target["line"], "from": target["baseline"]["from"], "to": from_})
    assert demo.ask(f"/costs?{last}")["demand"] is None
