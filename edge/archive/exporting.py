"""Rows written to a file for others: CSV, Parquet or NDJSON, columns as in the archive."""

import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from edge.archive.columns import Sheet
from edge.archive.vault import STAGING, Vault
from edge.errors import JournalFull

OPTIONS = {
    "csv": "format csv, header true",
    "parquet": "format parquet, compression zstd",
    "ndjson": "format json, array false",
}
EMPTY = """select '' as signal, 0::bigint as source_ns, 0::bigint as received_ns,
    0.0::double as value, ''::varchar as text, 0::uinteger as status, 0::bigint as block limit 0"""


def write(sheets: Iterable[Sheet], form: str, out: Path) -> int:
    """Write all rows to one file, sheet after sheet; how many rows.

    Args:
        sheets: each with whole signals, in the order of their paths.
        form: a key of OPTIONS.
        out: replaced if it is there.

    Raises:
        JournalFull: no room beside `out`.
    """
    with TemporaryDirectory(dir=out.absolute().parent, prefix=".export-") as folder:
        place, rows, staged = Path(folder), 0, list[str]()
        (place / STAGING).mkdir()
        vault = Vault(place)
        try:
            for n, sheet in enumerate(sheets):
                staged.append(str(vault.stage(replace(sheet, stem=f"sheet_{n}"), "{}")))
                rows += len(sheet.rows)
            join(vault, staged, form, place / "out")
        finally:
            vault.close()
        shutil.move(place / "out", out)
    return rows


def join(vault: Vault, staged: list[str], form: str, out: Path) -> None:
    """Copy the staged files into one."""
    source = "select * from read_parquet($files)" if staged else EMPTY
    files = {"files": staged} if staged else {}
    with vault.cursor() as cursor:
        try:
            cursor.execute(f"copy ({source}) to $out ({OPTIONS[form]})", {"out": str(out), **files})
        except duckdb.IOException as error:
            raise JournalFull(f"{out}: {error}; free disk and export again") from error
