"""A package that was made once and for all: whoever holds one must be able to check it for years.

Where a release counts better on purpose, the second test may be told so; the first never.
"""

import hashlib
from pathlib import Path

from tests.unit.edge.evidence.desk import checked

GOLDEN = Path(__file__).with_name("golden.zip")
KEY = "5830d28dfb64cbc79ec328e572a6878e"
SHA256 = "2bb7366f66b929a4761ba97b545e160170a7e694fe3cfa03a2078fba0e0c4505"
MANIFEST = "f7b8a2dd80cfd93647d3a5218a13738734c0e503550ff06da28f1bf2759a20c6"


def test_an_old_package_is_still_checked() -> None:
    """Form, hashes, root and signature are promises to whoever has the file."""
    found = checked(GOLDEN, recompute=False, key=KEY, roots=(MANIFEST,))

    assert found["faults"] == []
    assert hashlib.sha256(GOLDEN.read_bytes()).hexdigest() == SHA256


def test_an_old_package_is_still_recomputed() -> None:
    """Row by row and figure by figure."""
    assert checked(GOLDEN, key=KEY)["faults"] == []
