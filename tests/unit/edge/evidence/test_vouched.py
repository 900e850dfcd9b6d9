"""A baseline names the roots of its days, and later it is told whether the samples are the same."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge import sealing
from edge.engine.verdicts.baselines import Wish as Freeze
from edge.engine.verdicts.targets import Wish
from edge.evidence.keys import Signer
from edge.evidence.roots import DayRoot, Signatory, make_due
from edge.model import SECOND_NS, Batch
from edge.records import roots
from tests.unit.edge.evidence.desk import BEFORE, DAY_NS, DAYS, FIRST_NS, Desk

NOW_NS = FIRST_NS + DAYS * DAY_NS
LATE_DAY = "2026-03-04"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A site with weeks of samples, of which no day has a root."""
    (tmp_path / "site").mkdir()
    found = Desk(tmp_path / "site").open()
    yield found
    found.stores.close()


def sign(desk: Desk) -> list[DayRoot]:
    """Sign the days that are over."""
    signer = Signer.of(desk.folder / "keys")
    signatory = Signatory(desk.site.id, desk.stores, desk.records, signer)
    return make_due(signatory, NOW_NS, lambda _: None)


def freeze(desk: Desk) -> dict[str, Any]:
    """A further baseline of the first days."""
    ends = FIRST_NS, FIRST_NS + BEFORE * DAY_NS
    wish = Freeze("mask", None, "throughput_per_hour", *ends, "again", "with roots")
    return desk.engine().freeze(wish)


def come_late(desk: Desk, line: str) -> None:
    """One more reading of a line's thermometer, in the night of a day of the baseline."""
    at_ns = np.array([FIRST_NS + 2 * DAY_NS + 5 * 3600 * SECOND_NS], np.int64)
    path = f"hanbit/{line}/body/temperature"
    with desk.stores.journal.transaction():
        ids = desk.stores.catalog.ids({path: ("gauge", "Cel", f"plc-{line}")})
        number = np.array([ids[path]], np.uint32)
        row = number, at_ns, at_ns + 7, np.array([21.0]), np.zeros(1, np.uint32)
        desk.stores.journal.append(Batch(*row))
    sealing.seal(desk.stores)


def other_samples(desk: Desk, baseline: str) -> list[str]:
    """The days that a target on a baseline is told to have other samples by now."""
    engine = desk.engine()
    live_ns = FIRST_NS + BEFORE * DAY_NS
    wish = Wish(("mask",), None, "throughput_per_hour", (baseline,), 0.1, None, live_ns)
    target = engine.agree(wish)["id"]
    (line,) = engine.explain_target(target)["lines"]
    return list(line["baseline"]["other_samples"])


def test_a_baseline_tells_of_each_day_what_its_line_comes_to(desk: Desk) -> None:
    """The root that was signed, how far the journal had come, and the leaves of just this line."""
    signed = {root.day: root for root in sign(desk)}
    samples = freeze(desk)["samples"]

    assert [day["day"] for day in samples] == [f"2026-03-{day:02}" for day in range(1, 10)]
    for told in samples[1:-1]:
        root = signed[told["day"]]
        (kept,) = [one for one in roots.kept(desk.records) if one.day == told["day"]]
        leaves = [list(leaf) for leaf in roots.leaves(desk.records, kept.n) if "/mask/" in leaf[0]]
        assert (told["root"], told["block"]) == (root.sha256, root.journal.block)
        assert told["rows"] == 5 * 121  # five signals, a reading a minute for two hours
        assert told["samples"] == hashlib.sha256(json.dumps(leaves).encode()).hexdigest()


def test_days_without_a_root_say_so(desk: Desk) -> None:
    """Nothing was signed yet."""
    empty = dict.fromkeys(("root", "block", "rows", "samples"))
    assert all(day == {"day": day["day"], **empty} for day in freeze(desk)["samples"])


@pytest.mark.parametrize(("line", "days"), [("mask", [LATE_DAY]), ("other", [])])
def test_a_sample_that_came_later_is_told_by_its_day(
    desk: Desk, line: str, days: list[str]
) -> None:
    """Of another line it does not matter, though the root of the day is another one by then."""
    sign(desk)
    frozen = freeze(desk)
    come_late(desk, line)
    assert [root.day for root in sign(desk)] == [LATE_DAY]
    assert other_samples(desk, frozen["id"]) == days
