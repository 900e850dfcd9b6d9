"""A browser that is off the network for a working day: it says since when, and comes back right.

Eight hours pass for the page alone: its clock is moved on, as a lid that was closed does, so all of
its timers are due at once and its own time is wrong by eight hours from then on. The service is
killed and started meanwhile: nothing of what the page saw last is kept for it, as after any absence
longer than the five minutes of frames that a gateway keeps. So what it shows afterwards has to be
the same as on a page that somebody opens now.
"""

import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, Watch
from tests.browser.factory import Steered, first_port, free_ports
from tests.browser.looking import whole
from tests.browser.test_live import GREY, force
from tests.faults.proxy import Proxy

HOURS = "08:00:00"
SEOUL = timezone(timedelta(hours=9))
BEFORE_S = 5  # that the last frame may be old where a machine is busy; then it is a loss itself
LOST_MS = 12_000
BACK_MS = 20_000
COMES_MS = 60_000  # on a busy machine
SAME_S = 20.0
PICTURE = """() => [
  ...[...document.querySelectorAll("[data-look]")].map((one) => one.dataset.look),
  ...[...document.querySelectorAll(".chip, .gap, [data-measure]")].map((one) => one.textContent),
  document.documentElement.className,
]"""


@pytest.mark.parametrize("path", ["/board", "/lines/mask-1"])
def test_a_page_away_for_eight_hours_comes_back_to_the_present(
    at: Callable[[str], Open], steered: Steered, watch: Watch, path: str
) -> None:
    """Stale since the cut, greyed for all that time, and then as if it were opened now."""
    watch.away = True
    with Proxy(urlsplit(steered.address).port or 0, free_ports(first_port() + 400, 1)) as way:
        live = at(f"http://127.0.0.1:{way.port}")
        page = whole(live(path, lang="ko", theme="light", prepare=with_own_clock))
        shows(page, steered, "producing")
        page.evaluate("window.kept = 1")
        page.context.set_offline(True)  # for what it asks anew
        way.hole()  # for the stream that is open
        cut_s = time.time()
        page.locator("html.is-lost").wait_for(timeout=LOST_MS)
        told = page.locator(".offline strong").inner_text()
        assert any(one in told for one in around(cut_s)), f"{told}, cut at {around(cut_s)}"
        page.clock.fast_forward(HOURS)
        expect(page.locator(".offline strong")).to_have_text(told)
        assert page.locator(".chip").first.evaluate("(one) => getComputedStyle(one).color") == GREY

        with steered.away(signal.SIGKILL):
            pass
        force(steered, "mask-1", "delayed")
        expect(page.locator("html")).to_have_class("is-lost")  # it is still off the network
        way.heal()
        page.context.set_offline(False)
        page.locator("html:not(.is-lost)").wait_for(timeout=BACK_MS)
        shows(page, steered, "delayed")
        assert page.evaluate("window.kept") == 1, "without a reload"
        fresh = whole(live(path, lang="ko", theme="light", prepare=with_patience))
        until(lambda: page.evaluate(PICTURE) == fresh.evaluate(PICTURE), page, fresh)


def with_patience(page: Page) -> None:
    """Wait longer for everything: on a busy machine even a page takes its time."""
    page.context.set_default_timeout(COMES_MS)


def with_own_clock(page: Page) -> None:
    """Let the page's clock be moved; until then it runs as it is."""
    with_patience(page)
    page.clock.install(time=datetime.now(UTC))


def shows(page: Page, steered: Steered, look: str) -> None:
    """Have the line in a state, and wait until the page shows it."""
    force(steered, "mask-1", look)
    page.locator(f'[data-look="{look}"], .chip-{look}').first.wait_for(timeout=COMES_MS)


def around(at_s: float) -> list[str]:
    """How a page may write the time of the last frame before an instant."""
    steps = range(-BEFORE_S, 2)
    return [f"{datetime.fromtimestamp(at_s + step, SEOUL):%H:%M:%S}" for step in steps]


def until(same: Callable[[], bool], page: Page, fresh: Page) -> None:
    """Return once both pages show the same: figures change every second."""
    deadline = time.monotonic() + SAME_S
    while not same():
        assert time.monotonic() < deadline, (page.evaluate(PICTURE), fresh.evaluate(PICTURE))
        fresh.wait_for_timeout(100)
