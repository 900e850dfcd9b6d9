"""The same samples give the same bits, however they came and however many threads read them.

On one kind of processor: sums are of integers or exact, but no other was tried.
"""

import json
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from edge.model import Batch
from edge.records.elements import CODED, ELEMENT
from edge.records.parts import read_elements
from tests.unit.edge.evidence.desk import DAY_NS, DAYS, FIRST_NS, Desk

pytestmark = pytest.mark.slow

LINES = ("mask", "other")
SPAN = FIRST_NS - 2 * DAY_NS, FIRST_NS + (DAYS + 2) * DAY_NS


def whole(batches: list[Batch]) -> list[Batch]:
    """All in one block."""
    return [Batch.concat(batches)]


def crumbs(batches: list[Batch]) -> list[Batch]:
    """Pieces of some rows each, the signals of a day in turns."""
    found = list[Batch]()
    for start in range(0, len(batches), 10):  # of two lines with five signals
        today = batches[start : start + 10]
        longest = max(len(batch) for batch in today)
        for at in range(0, longest, 17):
            found += [batch.take(slice(at, at + 17)) for batch in today if at < len(batch)]
    return found


def bits(desk: Desk) -> dict[str, bytes]:
    """Every column of every element row, and every figure of the target."""
    found = dict[str, bytes]()
    for line in LINES:
        rows = read_elements(desk.records, line, *SPAN)
        for name in ELEMENT:
            if name in CODED:
                column = json.dumps(rows.texts(name)).encode()
            else:
                column = np.ascontiguousarray(rows[name]).tobytes()
            found[f"{line}.{name}"] = column
    target = desk.engine().target(desk.target)
    found["target"] = json.dumps(target, sort_keys=True).encode()
    return found


def test_other_cuts_places_and_threads_give_the_same_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One block or thousands, in the archive or the journal, one thread of DuckDB or eight."""
    found = list[dict[str, bytes]]()
    real: Any = duckdb.connect
    for name, cut, seals, threads in (
        ("a", whole, True, "1"),
        ("b", crumbs, True, "8"),
        ("c", crumbs, False, "1"),
    ):

        def connect(config: dict[str, str], threads: str = threads) -> object:
            return real(config={**config, "threads": threads})

        monkeypatch.setattr("edge.archive.vault.duckdb.connect", connect)
        (tmp_path / name).mkdir()
        desk = Desk(tmp_path / name, cut=cut, seals=seals).open()
        found.append(bits(desk))
        desk.stores.close()

    first, *others = found
    assert len(first["mask.gq"]) > 8 * DAYS
    for other in others:
        differing = [name for name, told in first.items() if told != other[name]]
        assert differing == []
