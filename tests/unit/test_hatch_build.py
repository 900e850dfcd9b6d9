"""The wheel never goes out without its pages, and they are built when they have to be."""

import os
from pathlib import Path

import pytest

import hatch_build

PAGE, TEXT, INDEX = "api/web/src/main.tsx", "edge/text/ko.json", "api/static/index.html"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose files are all of one time, as in a source distribution."""
    for name in (PAGE, TEXT, INDEX, "api/web/node_modules/vite/x.js", "edge/text/catalogue.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
        os.utime(path, (1000, 1000))
    return tmp_path


def build(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Build with an npm that only notes what it is asked."""
    asked: list[str] = []
    monkeypatch.setattr(hatch_build, "run", lambda script, *_: asked.append(script))
    hatch_build.build(checkout)
    return asked


def test_pages_that_are_built_are_not_built_again(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A source distribution ships them, and is installed without Node."""
    assert build(checkout, monkeypatch) == []


@pytest.mark.parametrize("newer", [PAGE, TEXT])
def test_a_newer_source_has_them_built(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, newer: str
) -> None:
    """A wheel shows the pages of its sources, texts included."""
    os.utime(checkout / newer, (1001, 1001))
    assert build(checkout, monkeypatch) == ["build"]


@pytest.mark.parametrize("newer", ["api/web/node_modules/vite/x.js", "edge/text/catalogue.py"])
def test_what_is_no_source_does_not_matter(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, newer: str
) -> None:
    """Installing Node's packages is not a change of the pages."""
    os.utime(checkout / newer, (1001, 1001))
    assert build(checkout, monkeypatch) == []


def test_a_build_that_leaves_no_page_fails(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rather no wheel than one that serves nothing."""
    (checkout / INDEX).unlink()
    with pytest.raises(FileNotFoundError, match=r"index\.html is absent after the build"):
        build(checkout, monkeypatch)


@pytest.mark.parametrize(
    ("said", "version"), [("v24.19.0", (24, 19)), ("v18.20.4", (18, 20)), ("", ())]
)
def test_an_old_node_is_recognised(tmp_path: Path, said: str, version: tuple[int, ...]) -> None:
    """Debian's 18 builds nothing; one that says nothing is older than all."""
    node = tmp_path / "node"
    node.write_text(f"#!/bin/sh\necho {said}\n")
    node.chmod(0o755)
    assert hatch_build.node_version(str(node)) == version
    assert (version >= hatch_build.OLDEST_NODE) == (said == "v24.19.0")
