"""Rows written to a file for others: CSV, Parquet or NDJSON, columns as in the archive.

CSV is UTF-8 with a mark, as spreadsheets know it, and no text in it is taken for a formula: one
that begins like one gets an apostrophe in front, which an import takes away again.
"""

import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from edge.archive.columns import Sheet
from edge.archive.vault import STAGING, Vault
from edge.errors import JournalFull
from edge.formulas import PATTERN

OPTIONS = {
    "csv": "format csv, header true",
    "parquet": "format parquet, compression zstd",
    "ndjson": "format json, array false",
}
GUARDED = f"""case when regexp_matches(text, '{PATTERN.replace("'", "''")}')
    then '''' || text else text end"""
COLUMNS = {
    "csv": f'select signal as "\ufeffsignal", * exclude (signal) replace ({GUARDED} as text)',
    "parquet": "select *",
    "ndjson": "select *",
}
EMPTY = """select '' as signal, 0::bigint as source_ns, 0::bigint as received_ns,
    0.0::double as value, ''::varchar as text, 0::uinteger as status, 0::bigint as block limit 0"""


def write(
    sheets: Iterable[Sheet],
    form: str,
    out: Path,
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Write all rows to one file, sheet after sheet; how many rows.

    Args:
        sheets: each with whole signals, in the order of their paths.
        form: a key of OPTIONS.
        out: replaced if it is there.
        progress: told the number of rows after every sheet.

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
                progress(rows)
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
            query = f"copy ({COLUMNS[form]} from ({source})) to $out ({OPTIONS[form]})"
            cursor.execute(query, {"out": str(out), **files})
        except duckdb.IOException as error:
            raise JournalFull(f"{out}: {error}; free disk and export again") from error
