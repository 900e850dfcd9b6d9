"""However many files an hour came in, a row belongs to the signal that it was stored under."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge import sealing
from edge.archive import store
from edge.archive.vault import Found, Vault
from edge.errors import ArchiveDamaged
from edge.history import History
from edge.model import Batch, Row
from edge.stores import Stores

HOUR_NS = 3_600_000_000_000
START_NS = 20_000 * 24 * HOUR_NS
SIGNALS = 40
PATHS = [f"s/l/m{n:02}/x" for n in range(SIGNALS)]


@pytest.mark.parametrize("seed", range(4))
def test_each_row_of_many_parts_keeps_its_signal(tmp_path: Path, seed: int) -> None:
    """A value says whose it is; DuckDB takes files in an order of its own once it filters."""
    rng = np.random.default_rng(seed)
    with Stores.open(tmp_path) as stores:
        with stores.journal.transaction():
            ids = stores.catalog.ids(dict.fromkeys(PATHS, ("gauge", "1", "plc")))
        for part in range(30):
            few = rng.choice(SIGNALS, int(rng.integers(1, SIGNALS)), replace=False)
            rows = [
                Row(ids[PATHS[n]], START_NS + part * 10**9 + int(n), 0, float(ids[PATHS[n]]), 0)
                for n in few
                for _ in range(int(rng.integers(1, 9)))
            ]
            with stores.journal.transaction():
                stores.journal.append(Batch.of(rows))
            sealing.seal(stores)
        history = History(stores)
        for _ in range(20):
            asked = [PATHS[n] for n in rng.choice(SIGNALS, int(rng.integers(2, 30)), replace=False)]
            found = history.samples(asked, START_NS, START_NS + HOUR_NS)
            assert all(set(found[path].value.tolist()) <= {float(ids[path])} for path in asked)


def test_a_narrow_question_of_a_large_part_gets_all_its_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a part of which little is wanted only that is read; late rows of it lie in another."""
    monkeypatch.setattr(store, "MANY_ROWS", 0)
    rng = np.random.default_rng(7)
    with Stores.open(tmp_path) as stores:
        with stores.journal.transaction():
            ids = stores.catalog.ids(dict.fromkeys(PATHS, ("gauge", "1", "plc")))
        sent = [(PATHS[n], int(t)) for n in range(SIGNALS) for t in rng.choice(3600, 90)]
        for some in (sent[:2000], sent[2000:3000], sent[3000:]):
            rows = [Row(ids[p], START_NS + t * 10**9, 0, float(t), 0) for p, t in some]
            with stores.journal.transaction():
                stores.journal.append(Batch.of(rows))
            sealing.seal(stores, stores.journal.newest() - 1)  # the last waits in the journal
        history = History(stores)
        for _ in range(20):
            asked = {PATHS[n] for n in rng.choice(SIGNALS, 7, replace=False)}
            begin = int(rng.integers(-600, 3600))
            end = begin + int(rng.integers(1, 1200))
            span = START_NS + begin * 10**9, START_NS + end * 10**9
            found = history.samples(sorted(asked), *span)
            read = [(p, t) for p, rows in found.items() for t in rows.value.astype(int).tolist()]
            assert read == sorted((p, t) for p, t in sent if p in asked and begin <= t < end)


@pytest.mark.parametrize("lost", [1, 13, 16, 28])
def test_a_row_that_is_missing_inside_a_span_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: int
) -> None:
    """Of a whole file one is not told: the rest is no answer."""
    monkeypatch.setattr(store, "MANY_ROWS", 0)
    fetch = Vault.fetch

    def forgetful(
        vault: Vault, paths: list[str], names: list[str], columns: str, span: tuple[int, int]
    ) -> Found:
        found = fetch(vault, paths, names, columns, span)
        return {name: np.delete(column, lost) for name, column in found.items()}

    with Stores.open(tmp_path) as stores:
        with stores.journal.transaction():
            ids = stores.catalog.ids(dict.fromkeys(PATHS[:2], ("gauge", "1", "plc")))
            rows = [Row(n, START_NS + t * 10**9, 0, t, 0) for n in ids.values() for t in range(60)]
            stores.journal.append(Batch.of(rows))
        sealing.seal(stores)
        history, span = History(stores), (START_NS + 10 * 10**9, START_NS + 25 * 10**9)
        assert [len(rows.value) for rows in history.samples(PATHS[:2], *span).values()] == [15, 15]
        monkeypatch.setattr(Vault, "fetch", forgetful)
        with pytest.raises(ArchiveDamaged, match="29 rows instead of 30"):
            history.samples(PATHS[:2], *span)


@pytest.mark.parametrize("wrong_ns", [0, 30_000 * 24 * HOUR_NS], ids=["1970", "2052"])
def test_a_device_without_a_clock_has_nobody_look_into_every_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong_ns: int
) -> None:
    """Its rows lie in files of their own: else one hour, or a start, would read the whole archive.

    A start asks for the last row of every signal.
    """
    hours, wrong = 24, SIGNALS - 1
    with Stores.open(tmp_path) as stores:
        with stores.journal.transaction():
            ids = stores.catalog.ids(dict.fromkeys(PATHS, ("gauge", "1", "plc")))
        for hour in range(hours):
            at_ns = START_NS + hour * HOUR_NS
            rows = [Row(ids[path], at_ns, at_ns, float(hour), 0) for path in PATHS[:wrong]]
            rows.append(Row(ids[PATHS[wrong]], wrong_ns + hour, at_ns, float(hour), 0))
            with stores.journal.transaction():
                stores.journal.append(Batch.of(rows))
            sealing.seal(stores)
        asked, fetch = list[str](), Vault.fetch

        def noted(vault: Vault, paths: list[str], *more: Any) -> Found:  # noqa: ANN401 - as it is
            asked.extend(paths)
            return fetch(vault, paths, *more)

        monkeypatch.setattr(Vault, "fetch", noted)
        history, span = History(stores), (START_NS + HOUR_NS, START_NS + 2 * HOUR_NS)
        found = history.samples(PATHS[:wrong], *span)
        assert [rows.value.tolist() for rows in found.values()] == [[1.0]] * wrong
        before = history.before(PATHS[:wrong], START_NS + HOUR_NS)
        assert [rows.value.tolist() for rows in before.values()] == [[0.0]] * wrong
        assert history.newest().value.tolist() == [hours - 1.0] * SIGNALS
        assert len(asked) <= 1 + 1 + 2
        (theirs,) = history.samples([PATHS[wrong]], wrong_ns, wrong_ns + hours).values()
        assert theirs.value.tolist() == [float(hour) for hour in range(hours)]
