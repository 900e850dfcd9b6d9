"""axe on every page, and on what opens on them."""

from itertools import product

import pytest

from tests.browser.conftest import Open
from tests.browser.looking import serious, whole

TASKS = ("/tasks", "/tasks/k1")
PAGES = (
    "/board",
    "/lines/mask-1",
    "/targets",
    "/targets/t1",
    "/targets/t3",
    "/health",
    "/verify",
    "/programme",
    "/baselines",
    *TASKS,
)
VIEWS = [*product(("ko", "en"), ("light", "dark")), ("vi", "light")]


@pytest.mark.parametrize(("lang", "theme"), VIEWS)
def test_axe_finds_nothing_serious(shown: Open, lang: str, theme: str) -> None:
    """No page in no language, theme or size has a serious or critical finding."""
    page = shown("/board", lang=lang, theme=theme)
    found = {}
    for path, width in product(PAGES, (1920, 360)):
        page.set_viewport_size({"width": width, "height": 1080 if width > 360 else 740})
        page.goto(f"{page.url.partition('/board')[0]}{path}?lang={lang}&theme={theme}")
        found[path, width] = serious(whole(page))
    assert not any(found.values()), {key: value for key, value in found.items() if value}
