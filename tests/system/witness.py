"""What the stores hold, read without our code: journal by its documented format, parts by pyarrow.

Only `exported` goes through a command of ours, because that is the promise: what it writes is what
the others find.
"""

import hashlib
import math
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from itertools import accumulate, pairwise
from operator import xor
from pathlib import Path
from typing import NamedTuple

import pyarrow.compute
import pyarrow.parquet
import zstandard

from tests.system.rig import lineproof, reported

EVER = "2000-01-01", "2200-01-01"
WIDTHS = (4, 8, 8, 8, 4)
COLUMNS = ["signal", "source_ns", "value", "text", "status"]


class Sample(NamedTuple):
    """One sample as anybody may know it."""

    signal: str
    source_ns: int
    value: float | None  # None: unknown, or a text
    text: str | None
    status: int


def in_order(samples: list[Sample]) -> list[Sample]:
    """Sorted so that two lists can be compared; what is doubled stays so."""
    return sorted(samples, key=repr)


def exported(folder: Path, span: tuple[str, str] = EVER) -> list[Sample]:
    """All that `lineproof export` writes of an interval."""
    out, (from_, to) = folder / "exported.parquet", span
    form = "--format", "parquet", "--out", out, "--force"
    lineproof("export", "--config", folder, "--from", from_, "--to", to, *form)
    return of_file(out)


def of_file(path: Path, but: str = "") -> list[Sample]:
    """The rows of a Parquet file with the columns of the archive, but those below a path."""
    table = pyarrow.parquet.ParquetFile(path).read(columns=COLUMNS)
    if but:
        table = table.filter(pyarrow.compute.invert(pyarrow.compute.starts_with(table[0], but)))
    columns = table.to_pydict()
    return [sample(*row) for row in zip(*(columns[name] for name in COLUMNS), strict=True)]


def sample(
    signal: str, source_ns: int, value: float | None, text: str | None, status: int
) -> Sample:
    """A row of which a text's number, which differs from site to site, is left out."""
    return Sample(signal, source_ns, None if text is not None else value, text, status)


def archived(folder: Path, but: str = "") -> list[Sample]:
    """All that the listed parts hold, but what is below a path; each has to be as recorded."""
    found = list[Sample]()
    for part in reported("archive", "list", "--config", folder)["parts"]:
        path = folder / "data" / part["path"]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == part["sha256"], path
        assert pyarrow.parquet.read_metadata(path).num_rows == part["rows"], path
        found += of_file(path, but)
    return found


def journalled(data: Path) -> list[Sample]:
    """All that the journal holds and the archive does not; its chain has to hold."""
    with closing(sqlite3.connect(f"file:{data}/journal.db?mode=ro", uri=True)) as db:
        paths = dict(db.execute("select id, path from signal").fetchall())
        kinds = dict(db.execute("select id, kind from signal").fetchall())
        texts = dict(db.execute("select symbol, text from symbol").fetchall())
        (through,) = db.execute("select through from sealed").fetchone()
        blocks = db.execute("select seq, link, body from block order by seq").fetchall()
    found = list[Sample]()
    for (before, link, _), (seq, claimed, body) in pairwise(blocks):
        assert seq == before + 1
        assert claimed == hashlib.sha256(link + seq.to_bytes(8, "big") + body).digest()
        for signal, source_ns, _, value, status in decoded(body) if seq > through else ():
            known = None if math.isnan(value) else value
            text = texts[int(value)] if kinds[signal] == "text" and known is not None else None
            found.append(sample(paths[signal], source_ns, known, text, status))
    return found


def decoded(body: bytes) -> Iterator[tuple[int, int, int, float, int]]:
    """The rows of a block: signal, source time, time of arrival, value, status."""
    form, _, _, rows = struct.unpack_from("<BBHI", body)
    assert form == 1
    raw = zstandard.ZstdDecompressor().decompress(body[24:], rows * sum(WIDTHS))
    columns, at = list[list[int]](), 0
    for width in WIDTHS:
        planes = raw[at : at + width * rows]
        columns.append([int.from_bytes(planes[row::rows], "little") for row in range(rows)])
        at += width * rows
    signal, source, received, bits, status = columns
    values = [0.0] * rows
    order = sorted(range(rows), key=signal.__getitem__)
    for place, coded in zip(order, accumulate(bits, xor), strict=True):
        values[place] = struct.unpack("<d", struct.pack("<Q", coded))[0]
    return zip(signal, times(source), times(received), values, status, strict=True)


def times(coded: list[int]) -> list[int]:
    """The instants whose zigzag coded differences these are."""
    steps = ((step >> 1) ^ -(step & 1) for step in coded)
    wrapped = (moment % 2**64 for moment in accumulate(steps))
    return [moment - 2**64 if moment >= 2**63 else moment for moment in wrapped]


class Ledger(NamedTuple):
    """What became of a site's rows, and its gaps."""

    counts: dict[str, tuple[int, int, int]]  # stored, filtered, quarantined by source
    gaps: list[tuple[str, str, int, int]]  # source, reason, from, to
    keys: dict[str, bytes]  # redelivery keys by source


def ledger(data: Path) -> Ledger:
    """The ledger's tables; empty while nothing was ever stored."""
    try:
        with closing(sqlite3.connect(f"file:{data}/journal.db?mode=ro", uri=True)) as db:
            account = db.execute("select * from account").fetchall()
            gaps = db.execute("select source, reason, from_ns, to_ns from gap order by id")
            return Ledger(
                {source: (stored, filtered, aside) for source, stored, filtered, aside in account},
                gaps.fetchall(),
                dict(db.execute("select source, key from redelivery").fetchall()),
            )
    except sqlite3.OperationalError:
        return Ledger({}, [], {})


def quarantined(data: Path) -> list[tuple[str, bytes]]:
    """What was set aside: why, and the beginning of what came."""
    with closing(sqlite3.connect(f"file:{data}/journal.db?mode=ro", uri=True)) as db:
        return db.execute("select reason, excerpt from quarantine order by id").fetchall()
