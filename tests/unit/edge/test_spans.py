"""Instants among edges: few or many, in order or not, the answer is that of counting by hand."""

import numpy as np
import pytest

from edge.engine.machine.spans import FEW, passed


@pytest.mark.parametrize("number", [0, 7, FEW - 1, FEW, 3 * FEW])
@pytest.mark.parametrize("is_sorted", [True, False])
def test_every_instant_knows_how_many_edges_it_has_passed(number: int, *, is_sorted: bool) -> None:
    """An edge at the very instant is passed."""
    dice = np.random.default_rng(number)
    edges = np.unique(dice.integers(0, 90, 8))
    times = dice.integers(-5, 95, number)
    times = np.sort(times) if is_sorted else times
    wanted = [sum(edge <= at for edge in edges.tolist()) for at in times.tolist()]
    assert passed(edges, times).tolist() == wanted
