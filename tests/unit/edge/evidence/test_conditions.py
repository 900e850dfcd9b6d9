"""Equal conditions in a package: computed anew from the samples that lie in it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from edge.engine.engine import Engine
from edge.engine.verdicts.baselines import Wish as Freeze
from edge.engine.verdicts.targets import Wish
from edge.evidence.keys import Signer
from edge.model import Batch
from tests.unit.edge.evidence import desk
from tests.unit.edge.evidence.desk import DAY_NS, FIRST_NS, checked, forged, unpacked

pytestmark = pytest.mark.slow

N = 20  # days of a side, as few as a fit may have
PATH = "hanbit/mask/body/temperature"
STEADY = desk.samples_of


def warmer(symbols: Callable[[str], int], ids: dict[str, int]) -> Iterator[Batch]:
    """The same samples with another temperature each day."""
    for batch in STEADY(symbols, ids):
        is_warm = batch.signal == ids[PATH]
        day = (batch.source_ns - FIRST_NS) // DAY_NS
        value = np.where(is_warm, batch.value + 5 * day % 7 / 2, batch.value)
        yield Batch(batch.signal, batch.source_ns, batch.received_ns, value, batch.status)


def named(engine: Engine) -> str:
    """A target that names the temperature as a condition."""
    live = FIRST_NS + N * DAY_NS
    frozen = engine.freeze(
        Freeze("mask", None, "throughput_per_hour", FIRST_NS, live, "전", "as it was")
    )
    wish = Wish(
        *(("mask",), None, "throughput_per_hour", (frozen["id"],), 0.1, None, live),
        from_ns=live,
        to_ns=live + N * DAY_NS,
        conditions=(PATH,),
    )
    return str(engine.agree(wish)["id"])


def test_the_answer_is_computed_anew_from_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its signal's samples lie in the package; an answer that was touched is found."""
    monkeypatch.setattr(desk, "DAYS", 2 * N + 2)
    monkeypatch.setattr(desk, "BEFORE", N)
    monkeypatch.setattr(desk, "samples_of", warmer)
    monkeypatch.setattr(desk, "promise", named)
    (tmp_path / "site").mkdir()
    site, path = desk.Desk(tmp_path / "site").open(), tmp_path / "t.zip"
    site.make(path)
    site.stores.close()

    files = unpacked(path)
    told = json.loads(files["parts.json"])["sensitivity"]
    assert told["conditions"]["terms"] == [{"condition": PATH, "state": "used", "levels": [PATH]}]
    row = told["rows"][-1]
    assert row["code"] == "same_conditions"
    assert row["low"] < row["improvement_rate"] < row["high"]
    assert row["verdict"] is None
    assert checked(path)["faults"] == []

    told["rows"][-1]["improvement_rate"] += 0.01
    parts = {**json.loads(files["parts.json"]), "sensitivity": told}
    text = json.dumps(parts, ensure_ascii=False, indent=1).encode() + b"\n"
    signer = Signer.of(tmp_path / "other")
    found = checked(forged({**files, "parts.json": text}, signer, tmp_path / "forged.zip"))
    assert any("sensitivity.rows[3].improvement_rate" in fault for fault in found["faults"])
