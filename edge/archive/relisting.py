"""What a part tells of itself: its record made anew where the list of parts is lost.

Nobody can say then that its bytes are those that were written, so such a record is kept as not
vouched for.
"""

import json
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np

from edge.archive.manifest import Part
from edge.archive.vault import LAYOUT, TEXTS, Vault, digest
from edge.errors import ArchiveDamaged

ABOUT = "select value from parquet_kv_metadata(?) where key = 'lineproof'::blob"
EXTENT = """select count(*), min(block), max(block), min(source_ns), max(source_ns)
    from read_parquet(?)"""


class Entry(NamedTuple):
    """A signal as the catalog knew it when a part was written."""

    id: int
    kind: str
    unit: str


class Told(NamedTuple):
    """All that a part says."""

    part: Part
    through: int  # the boundary that its sealing was to reach
    link: bytes  # of that block
    signals: dict[str, Entry]
    symbols: dict[int, str]


def told_by(vault: Vault, path: str) -> Told:
    """What the file at a path in the archive's folder says of itself.

    Raises:
        ArchiveDamaged: it is no part, or cannot be read.
    """
    try:
        return gathered(vault, path, vault.folder / path)
    except (duckdb.Error, OSError, ValueError, KeyError, TypeError) as error:
        raise ArchiveDamaged(f"archive/{path} says nothing of itself: {error}") from error


def gathered(vault: Vault, path: str, file: Path) -> Told:
    """As `told_by`, for a file that can be read."""
    name = [str(file)]
    with vault.cursor() as cursor:
        (raw,) = cursor.execute(ABOUT, [str(file)]).fetchone() or (b"{}",)
        about = json.loads(raw)
        rows, *extent = cursor.execute(EXTENT, [name]).fetchone() or (0, 0, 0, 0, 0)
        layout = cursor.execute(LAYOUT, [name]).fetchall()
        texts = cursor.execute(TEXTS, [name]).fetchall()
    signals = {signal: Entry(*entry) for signal, entry in about["signals"].items() if entry}
    ids = np.array([signals[signal].id for signal, *_ in layout], "<u4")
    counts = np.array([count for _, count, *_ in layout], "<u4")
    first_block, last_block, first_ns, last_ns = map(int, extent)
    part = Part(
        path=path,
        sha256=digest(file),
        size=file.stat().st_size,
        rows=int(rows),
        first_block=first_block,
        last_block=last_block,
        first_ns=first_ns,
        last_ns=last_ns,
        layout=ids.tobytes() + counts.tobytes(),
    )
    symbols = {int(value): text for value, text, _ in texts}
    return Told(part, int(about["block"]), bytes.fromhex(about["link"]), signals, symbols)
