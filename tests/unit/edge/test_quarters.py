"""Today is folded from its last quarter of an hour: what happens right there changes nothing.

Each world is told second by second over one edge between quarters, folded after every few blocks,
and held against one fold of everything.
"""

from collections.abc import Callable
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from edge.model import SECOND_NS, Row
from tests.unit.edge.fold_desk import Desk, at, moved
from tests.unit.edge.fold_world import desk_in
from tests.unit.edge.test_fold_property import loose_of

EDGE_NS = at("10:15")
BEFORE_S, AFTER_S = 240, 400  # more than the margin behind it
CUT_NS = 50 * SECOND_NS
Told = list[tuple[int, float]]  # seconds from the edge, values
World = dict[str, Told]


def counting(period_s: int = 10, rate: float = 0.8, begin: float = 100.0) -> Told:
    """A counter that is read every few seconds, at the edge too."""
    every = range(-BEFORE_S, AFTER_S, period_s)
    return [(second, begin + np.floor((second + BEFORE_S) * rate)) for second in every]


def steady() -> World:
    """A line that produces, with a piece a second and its states told now and then."""
    return {
        "body/state": [(second, 1.0) for second in range(-BEFORE_S, AFTER_S, 30)],
        "body/good": counting(),
        "pack/good": counting(7, 0.7),
        "pack/total": counting(7, 0.8, 200.0),
        "pack/energy": counting(60, 0.01, 5.0),
    }


def changed(path: str, change: Callable[[int, float], float | None]) -> World:
    """The same but for one signal; None leaves a sample out."""
    world = steady()
    told = [(second, change(second, value)) for second, value in world[path]]
    world[path] = [(second, value) for second, value in told if value is not None]
    return world


def said(path: str, *told: tuple[int, float]) -> World:
    """The same with more of one signal."""
    world = steady()
    world[path] = sorted({**dict(world.get(path, [])), **dict(told)}.items())
    return world


WORLDS = {
    "nothing": steady(),
    "wraps at the edge": changed("body/good", lambda _, v: (v + 708) % 1000),
    "wraps before it": changed("body/good", lambda _, v: (v + 720) % 1000),
    "reset at the edge": changed("body/good", lambda s, v: v if s < 0 else v - 292),
    "reset in the reading after": changed("body/good", lambda s, v: v if s <= 0 else v - 300),
    "glitch at the edge": changed("body/good", lambda s, v: 0.0 if s == 0 else v),
    "glitch right before": changed("body/good", lambda s, v: 0.0 if s == -10 else v),
    "two glitches around": changed("body/good", lambda s, v: 3.0 if s in (-10, 0) else v),
    "jumps and comes back": changed("body/good", lambda s, v: 1e6 if s == 0 else v),
    "jumps for good": changed("pack/good", lambda s, v: v if s < 0 else v + 5e5),
    "stands still over it": changed("body/good", lambda s, v: v if abs(s) > 60 else 244.0),
    "silent over it": changed("body/good", lambda s, v: v if abs(s) > 50 else None),
    "silent until long after": changed("pack/good", lambda s, v: v if s < -20 or s > 300 else None),
    "state flickers over it": said("body/state", (-1, 3.0), (1, 1.0)),
    "state flickers up to it": said("body/state", (-1, 3.0), (0, 1.0)),
    "state flickers from it on": said("body/state", (0, 3.0), (1, 1.0)),
    "state flickers many times": said("body/state", *((s, float(1 + s % 2)) for s in range(-4, 5))),
    "state changes at the edge": said("body/state", (0, 3.0), (30, 3.0), (60, 1.0)),
    "state turns after long runs": changed("body/state", lambda s, _: 1.0 if s < 0 else 2.0),
    "state unknown to the map": said("body/state", (-30, 9.0), (0, 9.0), (30, 1.0)),
    "product turns at the edge": said("body/product", (-200, 1.0), (0, 2.0)),
    "product turns nearby": said("body/product", (-200, 1.0), (-3, 2.0), (4, 1.0)),
    "order turns at the edge": said("body/order", (-200, 3.0), (0, 4.0)),
    "a meter across it": changed("pack/energy", lambda s, v: v if abs(s) > 100 else None),
}


def dead(from_s: int, to_s: int) -> World:
    """Nothing at all is heard for a while."""
    return {
        path: [(second, value) for second, value in told if not from_s <= second < to_s]
        for path, told in steady().items()
    }


WORLDS |= {
    "dead up to the edge": dead(-100, 0),
    "dead from it on": dead(0, 120),
    "dead over it": dead(-90, 130),
    "dead until the end": dead(-50, AFTER_S),
    "heard once at it": dead(-150, 0) | {"body/good": [(-200, 9.0), (0, 50.0), (250, 90.0)]},
}


def rows_of(desk: Desk, world: World, edge_ns: int) -> list[Row]:
    """All samples, in the order of their times."""
    texts = {text: desk.memory.texts.setdefault(text, n) for n, text in enumerate("ABXY", start=1)}
    assert sorted(texts.values()) == [1, 2, 3, 4]
    numbers = {path: number for number, path in desk.memory.paths.items()}
    rows = [
        Row(numbers[f"hanbit/mask/{path}"], moment, moment, value, 0)
        for path, told in world.items()
        for second, value in told
        for moment in [edge_ns + second * SECOND_NS]
    ]
    return sorted(rows, key=lambda row: row.source_ns)


def second_by_second(desk: Desk, rows: list[Row], seed: int) -> None:
    """Tell rows as they come, some much later than others, and fold after each block."""
    rng = np.random.default_rng(seed)
    late = rng.random(len(rows)) < 0.1 * (seed % 2)
    delay_s = np.where(late, rng.choice([5, 60, 200, 350], len(rows)), 0)
    came_ns = np.array([row.source_ns for row in rows]) + delay_s * SECOND_NS
    cuts = came_ns // CUT_NS
    for cut in np.unique(cuts).tolist():
        now_ns = (cut + 1) * CUT_NS
        mine = [rows[place] for place in np.flatnonzero(cuts == cut).tolist()]
        desk.memory.write(moved(mine, now_ns))
        desk.clock.now_ns = now_ns
        desk.run()


def same(one: Desk, other: Desk) -> None:
    """Rows, loose increments and spans are equal, floats bit by bit."""
    assert one.table() == other.table()
    assert loose_of(one) == loose_of(other)
    assert one.spans() == other.spans()


@pytest.mark.parametrize(("seed", "name"), list(enumerate(WORLDS)))
def test_what_happens_at_a_quarter_is_folded_the_same(seed: int, name: str) -> None:
    """In order, or every other one with rows that fall before and behind the kept anchor."""
    with TemporaryDirectory() as folder:
        whole, live = desk_in(folder, "whole"), desk_in(folder, "live")
        rows = rows_of(whole, WORLDS[name], EDGE_NS)
        rows_of(live, {}, EDGE_NS)
        whole.memory.write(rows)
        whole.run()
        second_by_second(live, rows, seed)
        same(live, whole)
