"""The rows of the fault matrix that every change has to pass; `make faults` plays all."""

import random
import sys

import pytest

from tests.faults.matrix import MATRIX, Fault
from tests.faults.playing import played

pytestmark = [pytest.mark.peer, pytest.mark.slow]

SHORT = [one for one in MATRIX if one.is_short]


@pytest.mark.parametrize("one", SHORT, ids=[one.number for one in SHORT])
def test_a_fault_loses_doubles_and_invents_nothing(one: Fault) -> None:
    """What is stored is what was made, or the ledger names what a source itself lost."""
    seed = random.randrange(10**6)
    sys.stdout.write(f"seed {seed}\n")
    outcome = played(one, seed)
    assert outcome.holds, outcome.line()
