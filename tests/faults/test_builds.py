"""The broken builds still break what they are meant to: their changes fit the present code."""

import pytest

from tests.faults.builds import BUILDS, ROOT, Build
from tests.faults.matrix import MATRIX
from tests.faults.playing import ROOMS


@pytest.mark.parametrize("build", BUILDS, ids=[build.name for build in BUILDS])
def test_a_broken_build_can_be_made(build: Build) -> None:
    """Each piece of code stands where the change looks for it, once."""
    assert ROOMS
    assert build.row in {one.number for one in MATRIX}
    for change in build.changes:
        text = (ROOT / change.path).read_text("utf-8")
        assert text.count(change.before) == 1, change
        assert change.after not in text
