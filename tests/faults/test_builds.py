"""The broken builds still break what they are meant to: their changes fit the present code.

Those whose row is held by a test take seconds, and are caught for every change.
"""

from dataclasses import replace

import pytest

from tests.faults.broken import BUILDS, ROOT, Build, Change
from tests.faults.builds import tried
from tests.faults.elsewhere import HELD
from tests.faults.matrix import MATRIX
from tests.faults.playing import ROOMS

QUICK = [build for build in BUILDS if build.row in HELD]


@pytest.mark.parametrize("build", BUILDS, ids=[build.name for build in BUILDS])
def test_a_broken_build_can_be_made(build: Build) -> None:
    """Each piece of code stands where the change looks for it, once."""
    assert ROOMS
    assert build.row in {one.number for one in MATRIX} | set(HELD)
    for change in build.changes:
        text = (ROOT / change.path).read_text("utf-8")
        assert text.count(change.before) == 1, change
        assert change.after not in text


@pytest.mark.peer
@pytest.mark.slow
@pytest.mark.parametrize("build", QUICK, ids=[build.name for build in QUICK])
def test_a_broken_build_is_caught_by_the_test_of_its_row(build: Build) -> None:
    """And the same test finds nothing in a copy that is as it was, or it would prove nothing."""
    assert tried(build, 0).startswith("caught: ")
    assert tried(replace(build, changes=()), 0) == "ESCAPED"


@pytest.mark.peer
@pytest.mark.slow
def test_a_build_that_breaks_down_is_not_caught() -> None:
    """A test that cannot begin says nothing of the promise."""
    build = next(one for one in QUICK if one.row == "80")
    unable = Change("edge/sinks/influxdb/writer.py", "import numpy as np", "import numby as np")
    assert tried(replace(build, changes=(unable,)), 0).startswith("BROKE DOWN: ")
