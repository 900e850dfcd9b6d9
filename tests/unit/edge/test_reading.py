"""Intervals cut anywhere: sums stay, and a bucket is folded anew at an edge."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.engine.folding.fold import Fold
from edge.model import SECOND_NS, Batch
from tests.unit.edge.figure_desk import (
    HOUR_NS,
    Desk,
    at,
    element,
    line_of,
    machine,
    site_of,
)
from tests.unit.edge.figure_rows import DAY_ONLY, one


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """One body machine by day, which is the line's exit too."""
    return Desk(tmp_path, site_of(line_of(machine("body"), shifts=DAY_ONLY)))


@settings(max_examples=15, deadline=None)
@given(st.sets(st.integers(1, 47), max_size=4), st.randoms(use_true_random=False))
def test_cutting_an_interval_leaves_the_sums(cuts: set[int], random: Any) -> None:  # noqa: ANN401 - any key
    """The elements of adjacent intervals add up to those of the whole, seen or unseen."""
    with TemporaryDirectory() as folder:
        desk = Desk(Path(folder), site_of(line_of(machine("body"), shifts=DAY_ONLY)))
        quarters = [
            t for t in range(at("08:00"), at("20:00"), HOUR_NS // 4) if random.random() < 0.8
        ]
        made = [{"apt_s": random.randrange(900), "gq": random.randrange(99)} for _ in quarters]
        desk.rows(
            *(
                element(desk.site, "body", t, t + HOUR_NS // 4, **m)
                for t, m in zip(quarters, made, strict=True)
            )
        )
        bounds = [
            at("08:00"),
            *(at("08:00") + cut * HOUR_NS // 4 for cut in sorted(cuts)),
            at("20:00"),
        ]
        parts = [one(desk, "body", from_ns=a, to_ns=b)["elements"] for a, b in pairwise(bounds)]
        whole = one(desk, "body")["elements"]

    for name, value in whole.items():
        assert sum(part[name] or 0 for part in parts) == pytest.approx(value or 0, rel=1e-12), name


def told(
    desk: Desk, rows: dict[str, Callable[[int], float]], from_ns: int, to_ns: int, every_s: int
) -> None:
    """Let signals of the body speak, and fold what they say."""
    numbers = {path: number for number, path in enumerate(desk.site.signals(), start=1)}
    times = np.arange(from_ns, to_ns, every_s * SECOND_NS)
    batches = []
    for name, value in rows.items():
        path = f"hanbit/mask/body/{name}"
        values = np.array([value(int(t)) for t in times], np.float64)
        desk.memory.say(path, *zip(times.tolist(), values.tolist(), strict=True))
        number = np.full(len(times), numbers[path], np.uint32)
        batches.append(Batch(number, times, times, values, np.zeros(len(times), np.uint32)))
    batch = Batch.concat(batches)
    fold = Fold(desk.site, desk.memory, desk.records, desk.clock)
    fold.scan(
        lambda after, limit: [(1, batch)][after : after + limit], {n: p for p, n in numbers.items()}
    )
    while fold.fold():
        pass


def test_an_edge_inside_a_bucket_folds_it_anew(desk: Desk) -> None:
    """Parts of a bucket add up to it; each has its own time to the nanosecond and its pieces."""
    producing = 1.0
    told(
        desk,
        {
            "good": lambda t: (t - at("08:00")) // SECOND_NS // 2,
            "scrap": lambda _: 0.0,
            "state": lambda t: producing if t < at("09:07") else 3.0,
        },
        at("08:00"),
        at("10:00:01"),
        10,
    )
    edge = at("09:05:30") + 7

    first = one(desk, "body", from_ns=at("09:00"), to_ns=edge)["elements"]
    second = one(desk, "body", from_ns=edge, to_ns=at("09:15"))["elements"]
    bucket = one(desk, "body", from_ns=at("09:00"), to_ns=at("09:15"))["elements"]

    assert first["APT"] == first["PBT"] == 330.000000007
    assert second["APT"] == pytest.approx(90 - 7e-9, abs=1e-12)
    assert second["ADET"] == pytest.approx(480)
    assert first["GQ"] == 165
    assert first["GQ"] + second["GQ"] == bucket["GQ"]
    assert (
        desk.engine.kpis("mask", at("09:00"), edge, "shift")["rows"][0]["to"]
        == "2026-03-02T09:05:30.000000007+09:00"
    )
    again = one(desk, "body", from_ns=at("09:00"), to_ns=at("09:15"))["elements"]
    assert again == bucket  # nothing of it was stored


def test_a_part_is_as_provisional_as_its_bucket(desk: Desk) -> None:
    """Parts keep status and revision of the row they are cut from."""
    told(
        desk,
        {"good": lambda t: t // SECOND_NS, "scrap": lambda _: 0.0, "state": lambda _: 1.0},
        at("08:00"),
        at("10:00:01"),
        10,
    )
    status = {
        end: one(desk, "body", from_ns=at("08:00"), to_ns=at(end))["status"]
        for end in ("08:20", "08:45", "09:58")
    }

    assert status == {"08:20": "final", "08:45": "final", "09:58": "provisional"}
