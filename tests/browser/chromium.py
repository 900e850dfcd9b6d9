"""Debian's Chromium, driven by Playwright; missing at a desk it is one loud skip."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

PROGRAM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def program() -> Path:
    """Where the browser is."""
    if PROGRAM.exists():
        return PROGRAM
    text = f"{PROGRAM} is missing (apt-get install chromium): the pages are NOT TESTED"
    if os.environ.get("CI") == "true":
        pytest.fail(text)
    pytest.skip(text)


@contextmanager
def browsing() -> Iterator[Browser]:
    """A browser without window, ended with the block."""
    found = program()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()
