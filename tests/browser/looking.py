"""How a page is looked at: when it is whole, what hangs over its edge, what axe finds in it."""

import os
from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

Document = dict[str, Any]  # JSON
AXE = Path(__file__).parents[2] / "api/web/node_modules/axe-core/axe.min.js"
WHOLE = """() => {
  const COMING = ".block, .trouble, .board[data-lines='0']";
  const main = document.querySelector("main");
  if (!main || main.ariaBusy || document.querySelector(COMING)) return false;
  const charts = [...document.querySelectorAll(".chart-place")].filter((one) => one.offsetWidth);
  return document.fonts.status !== "loading" && charts.every((one) => one.querySelector("canvas"));
}"""
FIGURES = """() => [...document.querySelectorAll("[data-measure]")].map((one) => ({
  name: one.dataset.measure, unit: one.dataset.unit ?? null,
  coverage: one.dataset.coverage ?? null, definition: one.dataset.definition ?? null,
  value: one.dataset.value ?? one.getAttribute("value") ?? "", text: one.textContent.trim(),
  struck: getComputedStyle(one).textDecorationLine.includes("line-through"),
}))"""
COLOURS = """async (png) => {
  const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0));
  const picture = await createImageBitmap(new Blob([bytes]));
  const board = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
  board.drawImage(picture, 0, 0);
  const { data } = board.getImageData(0, 0, picture.width, picture.height);
  const seen = new Map();
  for (let at = 0; at < data.length; at += 4) {
    const rgb = (data[at] << 16) + (data[at + 1] << 8) + data[at + 2];
    const colour = "#" + rgb.toString(16).padStart(6, "0");
    seen.set(colour, (seen.get(colour) ?? 0) + 4 / data.length);
  }
  return Object.fromEntries([...seen].filter(([, share]) => share > 0.005));
}"""
OVER_THE_EDGE = """() => {
  const edge = document.documentElement.clientWidth;
  const scrolls = (one) => one && (/auto|scroll|hidden/.test(getComputedStyle(one).overflowX)
    || scrolls(one.parentElement));
  return [...document.querySelectorAll("body *")]
    .filter((one) => one.getBoundingClientRect().right > edge + 0.5 && !scrolls(one.parentElement))
    .map((one) => `${one.tagName}.${one.getAttribute("class")} ${one.textContent.slice(0, 40)}`);
}"""
CUT = """() => [...document.querySelectorAll("main *, header *")].filter((one) => {
  const style = getComputedStyle(one);
  const box = one.getBoundingClientRect();
  if (box.width < 4 || !one.textContent || one.closest("svg, select, .tile-name")) return false;
  return style.overflowX === "hidden" && one.scrollWidth > one.clientWidth + 1;
}).map((one) => `${one.tagName}.${one.className} ${one.textContent.slice(0, 60)}`)"""
TORN = """() => {  // dates and times that go on in the next row
  const DATE = /\\d{4}-\\d{2}-\\d{2}|\\d{2}:\\d{2}(:\\d{2})?/g;
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const all = texts.currentNode.data.matchAll(DATE);
    for (const date of all) {
      const range = document.createRange();
      range.setStart(texts.currentNode, date.index);
      range.setEnd(texts.currentNode, date.index + date[0].length);
      const rows = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
      const around = texts.currentNode.parentElement;
      if (rows.size > 1) found.push(`${around.tagName}.${around.className} ${date[0]}`);
    }
  }
  return found;
}"""
SMALL = """([inside, least]) => [...new Set(
  [...document.querySelectorAll(inside)].flatMap((place) =>
    [...place.querySelectorAll("a[href], button, select, input, summary")]))]
  .filter((one) => one.checkVisibility() && !one.closest(".bar-skip, .unseen"))
  .map((one) => [one, one.getBoundingClientRect()])
  .filter(([one, box]) => box.height < least - 0.5 || box.width < least - 0.5)
  .map(([one, box]) => `${one.tagName}.${one.className} ${one.textContent.slice(0, 30)}`
    + ` ${Math.round(box.width)} x ${Math.round(box.height)}`)"""
SHIFTS = """
window.moved = [];
window.answered = [];  // moved within half a second of a key, which a browser blames on the key
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) {
    const what = one.sources.map((each) => each.node?.className ?? each.node?.nodeName);
    (one.hadRecentInput ? window.answered : window.moved).push([one.value, ...what]);
  }
}).observe({ type: "layout-shift", buffered: true });
"""


@cache
def axe_source() -> str:
    """axe-core as `npm ci` has installed it for the pages."""
    if AXE.exists():
        return AXE.read_text("utf-8")
    text = f"{AXE} is missing (npm ci in api/web): accessibility is NOT TESTED"
    if os.environ.get("CI") == "true":
        pytest.fail(text)
    pytest.skip(text)


def whole(page: Page) -> Page:
    """The page, once nothing of it is still loading."""
    page.wait_for_function(WHOLE)
    return page


def in_one_typeface(page: Page) -> None:
    """Notes what moves; letters that move because their typeface comes later are not meant."""
    page.add_init_script(SHIFTS)
    page.route("**/*.woff2", lambda route: route.abort())


def serious(page: Page) -> list[str]:
    """What axe calls serious or critical, with the element and why."""
    page.evaluate(f"() => {{ {axe_source()} }}")
    found: list[Document] = page.evaluate(
        "async () => (await axe.run(document, { resultTypes: ['violations'] })).violations"
    )
    return [
        f"{one['id']}: {node['html'][:160]} ({node['failureSummary']})"
        for one in found
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"]
    ]


def small_targets(page: Page, inside: str, least_px: int) -> list[str]:
    """What can be pressed inside of some elements and is smaller than it should be."""
    found: list[str] = page.evaluate(SMALL, [inside, least_px])
    return found


@dataclass(frozen=True, slots=True)
class Figure:
    """A printed figure and what stands with it in the document."""

    name: str
    unit: str | None
    coverage: str | None
    definition: str | None
    value: str
    text: str
    struck: bool


def figures(page: Page) -> list[Figure]:
    """All figures of a page."""
    return [Figure(**found) for found in page.evaluate(FIGURES)]


def figure(page: Page, inside: str, name: str) -> Figure:
    """One figure inside an element."""
    script = FIGURES.replace(
        "document.querySelectorAll", "document.querySelector(inside).querySelectorAll"
    )
    found = page.evaluate(script.replace("() =>", "(inside) =>", 1), inside)
    return next(Figure(**one) for one in found if one["name"] == name)


def colours(browser: Browser, png: bytes) -> dict[str, float]:
    """Share of each colour in a picture, by its own pixels; rare ones are left out."""
    page = browser.new_page()
    try:
        found: dict[str, float] = page.evaluate(COLOURS, b64encode(png).decode())
    finally:
        page.close()
    return found
