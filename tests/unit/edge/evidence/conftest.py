"""One site and its package for all tests of evidence; who changes a package has a copy."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.edge.evidence.desk import Desk, Document, unpacked


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The site."""
    found = Desk(tmp_path_factory.mktemp("site")).open()
    yield found
    found.stores.close()


@pytest.fixture(scope="session")
def made(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Document]:
    """Its package, and what the maker said of it."""
    path = tmp_path_factory.mktemp("package") / "package.zip"
    return path, desk.make(path)


@pytest.fixture
def files(made: tuple[Path, Document]) -> dict[str, bytes]:
    """The files of the package, to be changed."""
    return unpacked(made[0])
