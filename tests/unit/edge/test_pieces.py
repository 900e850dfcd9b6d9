"""A day folded piece by piece is the day folded at once, whatever lies at the cuts."""

from tempfile import TemporaryDirectory

import numpy as np
import pytest

from edge.engine.folding import pieces
from edge.model import HOUR_NS
from edge.records import progress
from tests.unit.edge.fold_desk import Desk, at
from tests.unit.edge.fold_world import desk_in, rows_of
from tests.unit.edge.test_fold_property import arrivals, fold_in_pieces, loose_of

LARGE, SMALL = 1 << 60, 1  # the least piece is an hour


def anchors_of(desk: Desk) -> dict[int, str | None]:
    """What is kept at each hour of three days."""
    hours = range(at("-1 00:00"), at("2 00:00"), HOUR_NS)
    with desk.records.reading() as db:
        return {hour: progress.anchor_at(db, "mask", hour) for hour in hours}


@pytest.mark.parametrize("seed", range(6))
def test_cuts_inside_a_day_change_nothing(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows, loose increments and anchors are equal, floats bit by bit."""
    with TemporaryDirectory() as folder:
        whole, cut = desk_in(folder, "whole"), desk_in(folder, "cut")
        whole.memory.write(rows_of(whole, seed, 9.0, 0.3))
        cut.memory.blocks, cut.memory.texts = whole.memory.blocks, whole.memory.texts
        for desk, rows in ((whole, LARGE), (cut, SMALL)):
            monkeypatch.setattr(pieces, "PIECE_ROWS", rows)
            desk.run()
        assert cut.table() == whole.table()
        assert loose_of(cut) == loose_of(whole)
        assert anchors_of(cut) == anchors_of(whole)
        assert any(anchors_of(cut).values())


@pytest.mark.parametrize("seed", range(3))
def test_late_rows_reach_back_over_cuts(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes late, in any order, restates the same rows if days are cut into hours."""
    rng = np.random.default_rng([seed])
    with TemporaryDirectory() as folder:
        whole, cut = desk_in(folder, "whole"), desk_in(folder, "cut")
        rows = rows_of(whole, seed, 6.0, 0.5)
        whole.memory.write(rows)
        cut.memory.texts.update(whole.memory.texts)
        monkeypatch.setattr(pieces, "PIECE_ROWS", LARGE)
        whole.run()
        monkeypatch.setattr(pieces, "PIECE_ROWS", SMALL)
        fold_in_pieces(cut, rng, arrivals(rng, rows))
        assert cut.table() == whole.table()
        assert loose_of(cut) == loose_of(whole)
