"""However a history is imported, its tables and its figures are the same, byte for byte.

In one piece, in a hundred shuffled ones that are folded in between, or twice: what was spoilt and
what was not, of all three lines together.
"""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from edge.engine.engine import Engine
from edge.engine.verdicts.baselines import digest
from edge.records.parts import Elements, read_elements, read_loose, read_spans
from simulators import hard
from simulators.hard import Columns
from simulators.line import SECOND_NS
from tests.system.plant import (
    DAY_NS,
    FROM_NS,
    HOUR_NS,
    SHIFT_NS,
    deliver,
    main_counter,
    paths_of,
    plant,
    readings,
)

pytestmark = pytest.mark.slow

LINES = ("mask-1", "plating-a", "kit-1")
AT_NS = FROM_NS + 3 * HOUR_NS
LONG_NS = 600 * SECOND_NS
EVER = 0, 1 << 62
PIECES = 100
GROUPED = ("shift", "day", "hour", "product", "order", "machine")
HOW_OFTEN = {"revision", "status"}  # of a row: how it came to be, which pieces do change
FOLD_EVERY = 16


@cache
def past() -> Columns:
    """Readings of each line with a gap, a wrap, a reset, a frozen register, Bad and wrong times."""
    found = []
    for line in LINES:
        counters = sorted(paths_of(line, None, "good", "total", "scrap"))
        columns = hard.silent(readings(line), paths_of(line), AT_NS, AT_NS + LONG_NS)
        columns = hard.wrapping(columns, counters[0], AT_NS + HOUR_NS, 1 << 32)
        columns = hard.reset(columns, counters[-1:], AT_NS + 2 * HOUR_NS)
        stood = AT_NS + 3 * HOUR_NS + LONG_NS, AT_NS + 4 * HOUR_NS
        columns = hard.frozen(columns, main_counter(line), *stood)
        columns = hard.shown_once(columns, counters[0], AT_NS + 5 * HOUR_NS, 0.0)
        states = paths_of(line, None, "state")
        night_ns = FROM_NS + SHIFT_NS
        columns = hard.bad(columns, states, night_ns - LONG_NS, night_ns + LONG_NS)
        clock = night_ns + HOUR_NS, night_ns + HOUR_NS + LONG_NS
        found.append(hard.jumped_clock(columns, paths_of(line), *clock, 5 * HOUR_NS))
    return hard.together(found)


def tables(engine: Engine) -> dict[str, object]:
    """All that is kept of each line, in a form that two equal tables share."""
    records, found = engine.view.records, dict[str, object]()
    for line in LINES:
        rows = read_elements(records, line, *EVER)
        assert len(rows) > 100
        found[line] = digest(rows)
        loose = read_loose(records, line, *EVER)
        names = ("machine", "quantity", "t0_ns", "t1_ns", "amount", "low", "high")
        found[f"{line} loose"] = sorted(str([each[name] for name in names]) for each in loose)
        assert loose, line
        spans = read_spans(records, line, *EVER)
        order = np.lexsort((spans["t0_ns"], np.array([m or "" for m in spans.texts("machine")])))
        kept = [spans[name][order].tobytes() for name in ("t0_ns", "t1_ns", "state")]
        found[f"{line} spans"] = kept
        found[f"{line} usage"] = used(read_elements(records, line, *EVER, kind="usage"))
        for by in GROUPED:
            asked = engine.kpis(line, FROM_NS - HOUR_NS, FROM_NS + DAY_NS + HOUR_NS, by)["rows"]
            told = [{name: row[name] for name in row.keys() - HOW_OFTEN} for row in asked]
            found[f"{line} by {by}"] = [json.dumps(row, sort_keys=True) for row in told]
    return found


def used(usage: Elements) -> list[tuple[object, ...]]:
    """The material usage table in an order of its own: whose, when, and how much of what."""
    names = [usage.texts(name) for name in ("machine", "material", "unit", "product", "shift_id")]
    numbers = [
        usage[name].tolist()
        for name in ("t0_ns", "t1_ns", "quantity", "quantity_low", "quantity_high")
    ]
    return sorted(zip(*names, *numbers, strict=True), key=repr)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The tables of a history that came as it was."""
    with plant(tmp_path_factory.mktemp("whole")) as (stores, engine, loaded):
        deliver(stores, loaded, past())
        engine.catch_up(lambda _: None)
        return tables(engine)


def test_a_hundred_shuffled_pieces_make_the_same_tables(
    tmp_path: Path, whole: dict[str, object]
) -> None:
    """Each piece holds rows of the whole time; what was folded before it is restated."""
    with plant(tmp_path) as (stores, engine, loaded):
        for number, piece in enumerate(hard.dealt(past(), PIECES, 1)):
            deliver(stores, loaded, piece)
            if number % FOLD_EVERY == 0:
                engine.catch_up(lambda _: None)
        engine.catch_up(lambda _: None)
        assert tables(engine) == whole


def test_the_same_history_twice_makes_the_same_tables(
    tmp_path: Path, whole: dict[str, object]
) -> None:
    """A second import stores nothing, and neither does one with every row in it twice."""
    with plant(tmp_path) as (stores, engine, loaded):
        for _ in range(2):
            deliver(stores, loaded, hard.repeated(past(), 1.0, 1))
            engine.catch_up(lambda _: None)
        assert tables(engine) == whole
