"""One browser, one demo and one steered site for all pages; and what no page may ever do.

Every page of every test is watched: no request leaves the gateway, nothing breaks the content
security policy, no script fails, and no request is refused unless the test said so before.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response

from tests.browser.chromium import browsing, program
from tests.browser.factory import Demo, Steered

PICTURES = Path(__file__).with_name("pictures")
PATIENCE_MS = 10_000
VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy broken: ${event.violatedDirective} ${event.blockedURI}`);
});
"""
Open = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of this needs a foreign program and takes its time."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.peer)
            item.add_marker(pytest.mark.slow)


@dataclass  # without slots: Playwright notes its handlers on the object
class Watch:
    """What the pages of one test did that they should not have done."""

    origin: str
    allowed: set[int] = field(default_factory=set)  # statuses that the test provokes
    away: bool = False  # the gateway is taken away on purpose
    seen: list[str] = field(default_factory=list)
    asked: int = 0

    def over(self, context: BrowserContext) -> None:
        """Watch all pages of a context."""
        context.add_init_script(VIOLATIONS)
        context.on("request", lambda request: self.request(request.url))
        context.on("response", self.response)
        context.on("console", self.console)
        context.on("weberror", lambda error: self.seen.append(f"script failed: {error.error}"))

    def request(self, url: str) -> None:
        self.asked += 1
        if not url.startswith(self.origin + "/"):
            self.seen.append(f"asked a stranger: {url}")

    def response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.allowed:
            self.seen.append(f"{response.status} for {response.url}")

    def console(self, message: ConsoleMessage) -> None:
        text = message.text
        if message.type != "error" or text.startswith("Failed to load resource"):
            return  # what could not be loaded is seen as a response
        if not self.away:
            self.seen.append(f"console: {text}")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of the folder."""
    with browsing() as started:
        yield started


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """`lineproof demo` with the history that verdicts need."""
    program()
    with Demo.running(tmp_path_factory.mktemp("demo") / "site") as running:
        yield running


@pytest.fixture(scope="package")
def steered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Steered]:
    """Three lines whose machines obey the test, and their gateway."""
    program()
    folder = tmp_path_factory.mktemp("steered") / "site"
    folder.mkdir()
    with Steered.running(folder) as running:
        yield running


@pytest.fixture
def watch() -> Watch:
    """What was seen that should not have been; looked at when the test has ended."""
    return Watch("")


@pytest.fixture
def at(browser: Browser, watch: Watch) -> Iterator[Callable[[str], Open]]:
    """Opens watched pages of a gateway: `at(demo.address)("/board", lang="en", width=360)`."""
    contexts: list[BrowserContext] = []

    def of(address: str) -> Open:
        watch.origin = address

        def open_page(
            path: str,
            width: int = 1920,
            height: int = 1080,
            prepare: Callable[[Page], None] = lambda _: None,
            *,
            touch: bool = False,
            **view: str,
        ) -> Page:
            context = browser.new_context(
                viewport={"width": width, "height": height}, has_touch=touch
            )
            context.set_default_timeout(PATIENCE_MS)
            watch.over(context)
            contexts.append(context)
            page = context.new_page()
            prepare(page)
            page.goto(address + with_view(path, **view))
            return page

        return open_page

    yield of
    for context in contexts:
        context.close()
    assert not watch.seen, watch.seen


@pytest.fixture
def shown(demo: Demo, at: Callable[[str], Open]) -> Open:
    """Opens pages of the demo."""
    return at(demo.address)


@pytest.fixture
def live(steered: Steered, at: Callable[[str], Open]) -> Open:
    """Opens pages of the site whose machines obey."""
    return at(steered.address)


@pytest.fixture(scope="session")
def pictures() -> Path:
    """An empty folder for pictures that a person looks at."""
    with suppress(FileNotFoundError):
        shutil.rmtree(PICTURES)
    PICTURES.mkdir()
    return PICTURES


def with_view(path: str, **view: str) -> str:
    """A path with language and theme behind it."""
    query = "&".join(f"{name}={value}" for name, value in view.items())
    mark = "&" if urlsplit(path).query else "?"
    return f"{path}{mark}{query}" if query else path
