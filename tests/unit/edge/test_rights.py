"""What is secret is for its owner alone from the first moment, whatever the umask says."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from collectors.opcua.certificates import own_identity
from edge.clock import SYSTEM
from edge.records.audit import ADMIN, Change, add
from edge.records.database import Records
from edge.stores import Stores


@pytest.fixture(autouse=True)
def generous() -> Iterator[None]:
    """A umask that takes no right away."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    """The rights of a file or folder."""
    return stat.S_IMODE(path.stat().st_mode)


def test_the_data_of_a_site(tmp_path: Path) -> None:
    """Nobody else comes into the folder, so nothing in it is read."""
    with Stores.open(tmp_path / "data"):
        assert mode(tmp_path / "data") == 0o700


def test_the_key_that_seals_the_audit_log(tmp_path: Path) -> None:
    """Whoever reads it can write entries that nobody made."""
    with Records.open(tmp_path / "records.db").writing() as db:
        add(db, 1, ADMIN, Change("target set", "t1"))
    assert mode(tmp_path / "keys") == 0o700
    assert mode(tmp_path / "keys" / "audit") == 0o600


def test_the_key_by_which_servers_know_us(tmp_path: Path) -> None:
    """Whoever reads it is us to every PLC."""
    own_identity(tmp_path / "opcua", SYSTEM)
    assert mode(tmp_path / "opcua") == 0o700
    assert mode(tmp_path / "opcua" / "own.key") == 0o600
