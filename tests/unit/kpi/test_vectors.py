"""The published and derived numbers that fix the names, units and edge cases of `kpi`."""

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

VECTORS = Path(__file__).parents[1] / "vectors"
sys.path.insert(0, str(VECTORS))  # the runner is a plain module, and no package of ours
RUNNER: Any = import_module("run_vectors")


@pytest.mark.parametrize("vector", RUNNER.load(VECTORS), ids=lambda vector: vector["id"])
def test_a_vector_gives_its_numbers(vector: dict[str, Any]) -> None:
    """Every example of the specification, within the tolerance of its printed digits."""
    assert RUNNER.check(vector) is None
