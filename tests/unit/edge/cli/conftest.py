"""One site with samples for all tests of commands; who changes it gets a copy."""

import os
import shutil
from pathlib import Path

import pytest

from edge.cli.import_samples import writing
from edge.cli.site import site_of
from edge.importing import import_files
from tests.unit.edge.cli.desk import SITE, Command, rows, write_csv


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site whose samples are stored and folded; nobody writes there."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "lineproof.yaml").write_text(SITE, encoding="utf-8")
    file = write_csv(folder / "samples.csv", rows())
    loaded = site_of(folder)
    with writing(loaded) as (stores, engine):
        import_files(stores, [file], loaded.site.signals())
        engine.catch_up(lambda _: None)
    return folder


@pytest.fixture
def site(kept: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command over that site, only to ask."""
    return Command(kept, capsys)


@pytest.fixture
def own(kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command over a copy, which may be changed."""
    shutil.copytree(kept, tmp_path / "site")
    return Command(tmp_path / "site", capsys)


@pytest.fixture
def new(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command over a site that holds nothing yet."""
    (tmp_path / "lineproof.yaml").write_text(SITE, encoding="utf-8")
    return Command(tmp_path, capsys)


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a script: no colours, no width of a terminal, no level of logs."""
    for name in ("LINEPROOF_LOG", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    assert os.environ.get("LINEPROOF_LOG") is None
