"""What is exported is what was imported, in each format, wherever it lies."""

import csv
import json
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pyarrow.parquet
import pytest

from edge import sealing
from edge.stores import Stores
from tests.unit.edge.cli.desk import FIRST, Command, rows

Row = tuple[str, int, float | None, int]
COLUMNS = ["signal", "source_ns", "received_ns", "value", "text", "status", "block"]
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def ns(at: datetime) -> int:
    """An instant in nanoseconds."""
    return (at - EPOCH) // timedelta(microseconds=1) * 1000


def from_csv(path: Path) -> list[Row]:
    """As a spreadsheet reads it."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        table = csv.DictReader(file)
        assert table.fieldnames == COLUMNS
        return [
            (row["signal"], int(row["source_ns"]), float(row["value"]), int(row["status"]))
            for row in table
        ]


def from_parquet(path: Path) -> list[Row]:
    """As pyarrow reads it."""
    table = pyarrow.parquet.read_table(path)
    assert table.column_names == COLUMNS
    return [
        (row["signal"], row["source_ns"], row["value"], row["status"]) for row in table.to_pylist()
    ]


def from_ndjson(path: Path) -> list[Row]:
    """A document a line."""
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert all(list(line) == COLUMNS for line in lines)
    return [(line["signal"], line["source_ns"], line["value"], line["status"]) for line in lines]


READERS = {"csv": from_csv, "parquet": from_parquet, "ndjson": from_ndjson}


@pytest.mark.parametrize("form", READERS)
def test_every_sample_is_there_once(own: Command, form: str) -> None:
    """By signal and source time: in the journal, half in the archive, and all in it."""
    expected = sorted((signal, ns(at), float(value), 0) for signal, at, value in rows())
    with Stores.open(own.folder / "data") as stores:
        newest = stores.journal.newest()
    for step in range(3):
        out = own.folder / f"out-{step}.{form}"
        ran = own(
            "export", "--from", "2026-03-01", "--to", "2026-03-09", "--format", form, "--out", out
        )
        assert (ran.code, ran.out) == (0, "")
        assert ran.err == f"{len(expected):,} rows in {out}\n"
        assert READERS[form](out) == expected
        with Stores.open(own.folder / "data") as stores:
            sealing.seal(stores, newest if step else max(1, newest // 2))


def test_an_interval_is_half_open(own: Command) -> None:
    """Its first instant is in it, its last is not; signals can be chosen."""
    out = own.folder / "out.csv"
    first, last = FIRST + timedelta(minutes=5), FIRST + timedelta(minutes=8)
    span = ("--from", first.isoformat(), "--to", last.isoformat())
    own("export", *span, "--signal", "hanbit/mask-1/body/good", "--out", out)
    assert from_csv(out) == [
        ("hanbit/mask-1/body/good", ns(first) + n * 60 * 10**9, 25.0 + 5 * n, 0) for n in range(3)
    ]


@pytest.mark.parametrize("form", READERS)
def test_an_empty_interval_is_an_empty_file(own: Command, form: str) -> None:
    """With its columns, where the format has any."""
    out = own.folder / f"out.{form}"
    ran = own(
        "export", "--from", "2020-01-01", "--to", "2020-01-02", "--format", form, "--out", out
    )
    assert ran.code == 0
    assert READERS[form](out) == []


def test_an_archive_is_listed_with_its_hashes(own: Command) -> None:
    """As anybody can check: each file is there, with those bytes and rows."""
    with Stores.open(own.folder / "data") as stores:
        sealing.seal(stores)
    parts = json.loads(own("archive", "list", "--json").out)["parts"]
    assert sum(part["rows"] for part in parts) == len(rows())
    for part in parts:
        raw = (own.folder / "data" / part["path"]).read_bytes()
        assert len(raw) == part["bytes"]
        assert sha256(raw).hexdigest() == part["sha256"]
        table = pyarrow.parquet.read_table(own.folder / "data" / part["path"])
        assert table.num_rows == part["rows"]
    shown = own("archive", "list").out.splitlines()
    assert len(shown) == 1 + len(parts)
    assert shown[1].startswith(parts[0]["path"])


def test_a_file_that_is_there_stays(own: Command) -> None:
    """Unless somebody says that it may go."""
    out = own.folder / "out.csv"
    out.write_text("mine")
    words = ("export", "--from", "2026-03-02", "--to", "2026-03-03", "--out", out)
    ran = own(*words)
    says = f"{out} is there already; choose another --out, or write over it by --force\n"
    assert (ran.code, ran.err, out.read_text()) == (2, says, "mine")
    assert own(*words, "--force").code == 0
    assert from_csv(out)
