"""Loose increments are added in any order, and what is taken off first is not lost."""

from itertools import permutations
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from edge.engine.figures.loose import Touch, add_loose
from edge.engine.figures.sums import Sums
from edge.engine.machine.quantities import quantities, unplaced
from edge.engine.machine.spread import Loose, Spread

ONE = np.array([1.0])
PARTS = (
    Touch(0, "pq", 385.0, 385.0, 385.0, 0, 1, ONE, ONE),
    Touch(0, "sq", 385.0, 385.0, 385.0, 0, 1, ONE, ONE),
    Touch(0, "sq", -380.0, -380.0, -380.0, 0, 1, ONE, ONE),
    Touch(0, "gq", 380.0, 380.0, 380.0, 0, 1, ONE, ONE),
)
"""Of a machine that counts all pieces and good ones, scrap being the difference."""


def sums_of(**known: float) -> Sums:
    """Sums of one group; the rest of them plays no part."""
    ideal = ("ideal_pq_low_s", "ideal_gq_low_s", "all_ideal_gq_low_s")
    names = ("pq_low", "gq_low", *ideal, "planned_gq_low")
    elements = {
        name: np.array([value]) for name, value in {**dict.fromkeys(names, 0.0), **known}.items()
    }
    return cast("Sums", SimpleNamespace(elements=elements))


@pytest.mark.parametrize("order", list(permutations(range(len(PARTS)))))
def test_a_difference_does_not_depend_on_what_comes_first(order: tuple[int, ...]) -> None:
    """208 pieces of scrap and 5 loose ones are 213, whichever counter is looked at first."""
    sums = sums_of(pq=1000.0, gq=792.0, sq=208.0)
    add_loose(sums, [PARTS[place] for place in order])
    found = {name: sums.elements[name].item() for name in ("pq", "gq", "sq")}
    assert found == {"pq": 1385.0, "gq": 1172.0, "sq": 213.0}


def test_the_lows_of_a_difference_add_up_to_no_more_than_was_made() -> None:
    """40 pieces of a total are loose, and 2 of scrap came meanwhile: of 140 are 138 good."""
    total, scrap = Spread.nothing(2), Spread.nothing(2)
    for each, pieces in ((total, (100.0, 0.0)), (scrap, (0.0, 2.0))):
        each.add(np.arange(2), *[np.array(pieces)] * 3)
    total.loose.append(Loose(0, 2, 1, 40.0, 40.0, 40.0))
    counters = {"total": total, "scrap": scrap}
    rows = quantities(counters, 2)
    loose = [row for name, row in unplaced(counters) if name == "gq"]
    for place, end in enumerate(("", "_low", "_high")):
        more = [(row.amount or 0.0, row.low, row.high)[place] for row in loose]
        assert sum(rows[f"gq{end}"].tolist()) + sum(more) == 138, end


def test_a_lower_bound_is_not_less_than_nothing() -> None:
    """Scrap that may have been made anywhere is taken off what is surely good, down to none."""
    sums = sums_of(gq_low=10.0, gq_high=20.0, ideal_gq_low_s=10.0)
    add_loose(sums, [Touch(0, "gq", 0.0, -50.0, 0.0, 0, 1, ONE, ONE)])
    assert sums.elements["gq_low"].item() == 0
    assert sums.elements["ideal_gq_low_s"].item() == 0
    assert sums.elements["gq_high"].item() == 20


def test_what_is_taken_off_keeps_the_bounds_apart() -> None:
    """3 to 5 pieces of one or of two seconds, taken off, take from 3 to 10 seconds."""
    cycles_s = np.array([1.0, 2.0])
    names = ("ideal_gq_low_s", "ideal_gq_high_s")
    sums = sums_of(gq_low=50.0, gq_high=50.0, **dict.fromkeys(names, 80.0))
    add_loose(sums, [Touch(0, "gq", 0.0, -5.0, -3.0, 0, 1, cycles_s, cycles_s)])
    assert [sums.elements[name].item() for name in names] == [70.0, 77.0]
