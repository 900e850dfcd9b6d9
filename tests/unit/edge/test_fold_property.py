"""The element table equals a full recomputation, whatever came when and in how many pieces."""

from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edge.model import Row
from edge.records.parts import read_loose
from tests.unit.edge.fold_desk import Desk, moved
from tests.unit.edge.fold_world import desk_in, rows_of

SEEDS = st.integers(0, 2**32 - 1)
HALF_AN_HOUR_NS = 1800 * 10**9
HOUR_NS = 2 * HALF_AN_HOUR_NS


def arrivals(rng: np.random.Generator, rows: list[Row]) -> list[list[Row]]:
    """The rows as they might arrive: in order, with stragglers, or in any order; some twice."""
    times = np.array([row.source_ns for row in rows])
    delayed = rng.random(len(rows)) < rng.choice([0, 0.05])
    order = np.argsort(times + delayed * rng.exponential(HALF_AN_HOUR_NS, len(rows)), kind="stable")
    if rng.random() < 1 / 3:
        order = rng.permutation(len(rows))
    blocks, now_ns = [], 0
    for places in np.array_split(order, int(rng.choice([2, 5, 20]))):
        block = [rows[place] for place in places.tolist()]
        now_ns = max([now_ns, *(row.source_ns for row in block)])
        blocks.append(moved(block + block[: int(rng.integers(0, 9))], now_ns))
    return blocks


def fold_in_pieces(desk: Desk, rng: np.random.Generator, blocks: list[list[Row]]) -> None:
    """Fold whenever it pleases; sometimes by a process that has just begun."""
    for block in blocks:
        if block:
            desk.memory.write(block)
            desk.clock.now_ns = block[0].received_ns
        if rng.random() < 0.6:
            desk.run()
        elif rng.random() < 0.6:
            fold_the_present(desk, rng)
        if rng.random() < 0.2:
            desk.open()
    desk.run()


def fold_the_present(desk: Desk, rng: np.random.Generator) -> None:
    """Fold what lies behind some whole hour, and leave the rest for later."""
    blocks = desk.recent.blocks if rng.random() < 0.7 else desk.memory.after  # by another process
    desk.fold.scan(blocks, desk.memory.paths)
    newest_ns = max((int(block.source_ns.max()) for block in desk.memory.blocks), default=0)
    held_ns = (newest_ns // HOUR_NS - int(rng.integers(0, 3))) * HOUR_NS
    desk.fold.fold(2, "live", held_ns)


def compare(seed: int, hours: float) -> None:
    """Fold one world at once and in pieces; both tables must be equal, floats bit by bit."""
    rng = np.random.default_rng([seed])
    with TemporaryDirectory() as folder:
        whole, pieces = desk_in(folder, "whole"), desk_in(folder, "pieces")
        rows = rows_of(whole, seed, hours, float(rng.random()) * 0.6)
        whole.memory.write(rows)
        pieces.memory.texts.update(whole.memory.texts)
        whole.run()
        fold_in_pieces(pieces, rng, arrivals(rng, rows))
        assert pieces.table() == whole.table()
        assert loose_of(pieces) == loose_of(whole)
        assert pieces.spans() == whole.spans()


def loose_of(desk: Desk) -> list[tuple[Any, ...]]:
    """The loose increments, in no order but their own."""
    names = ("quantity", "t0_ns", "t1_ns", "low", "high")
    every = read_loose(desk.records, "mask", -(1 << 60), 1 << 62)
    keyed = [(r["machine"] or "", str(r["amount"]), *(r[name] for name in names)) for r in every]
    return sorted(keyed)


@given(SEEDS)
@settings(max_examples=4, deadline=None, derandomize=True)
def test_order_and_cuts_of_arrival_change_nothing(seed: int) -> None:
    """Every latest row is the same, for machines that reset, wrap, jump and die."""
    compare(seed, 1.5)


@pytest.mark.slow
@example(131_071, 8)  # news reach back behind the edge up to which a fold of the present goes
@example(1_192, 5)  # a counter that sends only Bad
@given(SEEDS, st.sampled_from([0.5, 3, 5, 8, 30]))
@settings(max_examples=30, deadline=None)
def test_order_and_cuts_of_arrival_change_nothing_in_larger_worlds(seed: int, hours: float) -> None:
    """The same over up to 30 hours, through days, shifts and the hours kept apart."""
    compare(seed, hours)
