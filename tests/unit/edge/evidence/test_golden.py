"""A package of each form, made once and for all: its holder must be able to check it for years.

Where a release counts better on purpose, the second test may be told so; the first never.
"""

import hashlib
import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from edge.evidence import decisions
from tests.unit.edge.evidence.desk import checked, unpacked

HERE = Path(__file__).parent


class Golden(NamedTuple):
    """What was noted when a package was made."""

    form: str
    name: str
    key: str
    sha256: str
    manifest: str

    @property
    def path(self) -> Path:
        """Where it lies."""
        return HERE / self.name


GOLDEN = [
    Golden(
        "lineproof-decisions/1",
        "golden.zip",
        "5830d28dfb64cbc79ec328e572a6878e",
        "2bb7366f66b929a4761ba97b545e160170a7e694fe3cfa03a2078fba0e0c4505",
        "f7b8a2dd80cfd93647d3a5218a13738734c0e503550ff06da28f1bf2759a20c6",
    ),
    Golden(
        "lineproof-decisions/2",
        "golden-2.zip",
        "363a7a5388bdf3a75cd6d82f3810228c",
        "a9955ecb993020ed52f23f60798c3d6d8e23bfa035b633b325e34ab7a6f2b608",
        "b298518d417559bd50539e5bcca1d1fee0cfd0318c454d90bb94323eeefe864c",
    ),
]
EACH = pytest.mark.parametrize("golden", GOLDEN, ids=[each.form[-1] for each in GOLDEN])


@EACH
def test_an_old_package_is_still_checked(golden: Golden) -> None:
    """Form, hashes, root and signature are promises to whoever has the file."""
    found = checked(golden.path, recompute=False, key=golden.key, roots=(golden.manifest,))

    assert found["faults"] == []
    assert hashlib.sha256(golden.path.read_bytes()).hexdigest() == golden.sha256


@EACH
def test_an_old_package_is_still_recomputed(golden: Golden) -> None:
    """Row by row and figure by figure."""
    found = checked(golden.path, key=golden.key)
    codes = {check["code"]: check["passed"] for check in found["checks"]}

    assert found["faults"] == []
    assert codes["rows"]
    assert codes["figures"]


def test_what_was_verified_is_counted_as_elsewhere() -> None:
    """Thousands have their comma in what a check says it has seen."""
    found = checked(GOLDEN[-1].path, key=GOLDEN[-1].key)
    (rows,) = (check["detail"] for check in found["checks"] if check["code"] == "rows")

    assert re.match(r"\d{1,3}(,\d{3})+ element rows", rows)


def test_every_form_has_its_package() -> None:
    """The present one too: who gives the form a new number makes a package of it (`golden.py`)."""
    told = [json.loads(unpacked(each.path)[decisions.FILE])["format"] for each in GOLDEN]

    assert told == [each.form for each in GOLDEN]
    assert told[-1] == decisions.FORMAT
