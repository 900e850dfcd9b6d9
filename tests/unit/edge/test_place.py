"""The data directory's disk is not mounted: nothing is begun in its place."""

from pathlib import Path

import pytest

from edge.errors import Misconfigured
from edge.service.place import BESIDE, WITHIN, known


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site that has been started once."""
    (tmp_path / "data").mkdir()
    known(tmp_path, tmp_path / "data")
    (tmp_path / "data" / "journal.db").touch()
    return tmp_path


def files(site: Path) -> list[str]:
    """What lies in the data directory."""
    return sorted(file.name for file in (site / "data").iterdir())


def test_an_empty_place_where_data_have_been_is_refused(site: Path) -> None:
    """It says what to do, writes nothing there, and takes the right disk as soon as it is back."""
    known(site, site / "data")
    (site / "data").rename(site / "disk")
    (site / "data").mkdir()
    for _ in range(2):
        with pytest.raises(Misconfigured) as refused:
            known(site, site / "data")
        assert str(refused.value) == (
            f"{site}/data is empty, but this site has stored samples there; mount the disk that"
            f" holds them and start again. To begin anew with what is there, remove {site}/{BESIDE}"
            " first"
        )
        assert files(site) == []
    (site / "data").rmdir()
    (site / "disk").rename(site / "data")
    known(site, site / "data")


def test_who_removes_the_mark_begins_anew(site: Path) -> None:
    """The new place is known from then on."""
    (site / "data").rename(site / "disk")
    (site / "data").mkdir()
    (site / BESIDE).unlink()
    known(site, site / "data")
    assert files(site) == [WITHIN]
    assert (site / BESIDE).read_text() == (site / "data" / WITHIN).read_text()


def test_the_disk_of_another_site_is_refused(site: Path) -> None:
    """Two disks that were swapped do not mix."""
    (site / "data" / WITHIN).write_text("0123\n")
    with pytest.raises(Misconfigured, match=r"another site .* is '0123'"):
        known(site, site / "data")


def test_data_that_lost_only_their_mark_are_taken(site: Path) -> None:
    """As an older version or a copy of the databases alone leaves them."""
    before = (site / BESIDE).read_text()
    (site / "data" / WITHIN).unlink()
    known(site, site / "data")
    assert (site / "data" / WITHIN).read_text() == before


def test_a_data_directory_that_takes_nothing_is_not_marked(tmp_path: Path) -> None:
    """Half a mark would refuse the next start."""
    known(tmp_path, tmp_path / "missing")
    assert not (tmp_path / BESIDE).exists()
