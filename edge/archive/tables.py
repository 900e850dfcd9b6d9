"""Tables as Parquet files for others to read: written the same way twice, read with distrust.

Texts come and go as lists, unknown ones as None; unknown numbers are null in the file and NaN here.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import numpy as np
from numpy.typing import NDArray

from edge.archive.vault import NUMBERS, TEXTS, Vault, filled
from edge.errors import ArchiveDamaged, JournalFull
from edge.model import F64, I64, U32

Texts = list[str | None]
Table = Mapping[str, NDArray[Any] | Texts]
FORM = "format parquet, compression zstd, parquet_version v1"
RUNS = """select signal, count(*), min(file_row_number), max(file_row_number)
    from read_parquet(?, file_row_number = true) group by signal order by 3"""


class Run(NamedTuple):
    """The rows of one signal in a file of samples, in reading order."""

    source_ns: I64
    received_ns: I64
    value: F64
    status: U32
    block: I64
    texts: Mapping[float, str]  # behind the values of the whole file


def write_table(vault: Vault, name: str, table: Table) -> Path:
    """Write a table to a file in the vault's folder; the rows keep their order.

    Raises:
        JournalFull: no room on the disk.
    """
    path = vault.folder / name
    columns, words, chosen = dict[str, NDArray[Any]](), dict[str, list[str]](), list[str]()
    for i, (column, values) in enumerate(table.items()):
        chosen.append(f'c{i} as "{column}"')
        if isinstance(values, list):
            distinct = sorted({text for text in values if text is not None})
            place = {text: at for at, text in enumerate(distinct, 1)}
            columns[f"c{i}"] = np.array([place.get(text or "", 0) for text in values], np.int64)
            if distinct:
                words[f"w{i}"] = distinct
            source = f"list_extract($w{i}, c{i})" if distinct else "null::varchar"
            chosen[-1] = f'{source} as "{column}"'
        else:
            columns[f"c{i}"] = values
    with vault.cursor() as cursor:
        cursor.register("sheet", columns)
        query = f"copy (select {', '.join(chosen)} from sheet) to $file ({FORM})"  # noqa: S608 - names of ours
        try:
            cursor.execute(query, {"file": str(path), **words})
        except duckdb.IOException as error:
            raise JournalFull(f"{path}: {error}; free disk and try again") from error
    return path


def read_table(vault: Vault, name: str) -> dict[str, NDArray[Any] | Texts]:
    """The columns of a file in the vault's folder.

    Raises:
        ArchiveDamaged: it is no Parquet file.
    """
    with vault.cursor() as cursor:
        try:
            query = "select * from read_parquet($1)"
            found = cursor.execute(query, [[str(vault.folder / name)]]).fetchnumpy()
        except duckdb.Error as error:
            raise ArchiveDamaged(f"{name} cannot be read: {error}") from error
    return {column: plain(values) for column, values in found.items()}


def plain(values: NDArray[Any]) -> NDArray[Any] | Texts:
    """A column as arrays and lists have it: null is NaN or None."""
    if values.dtype == object:
        absent = np.ma.getmaskarray(values).tolist()
        texts = zip(np.ma.getdata(values).tolist(), absent, strict=True)
        return [None if none else str(text) for text, none in texts]
    if values.dtype.kind == "f":
        return filled(values)
    return np.ma.getdata(values)


def read_runs(vault: Vault, name: str) -> dict[str, Run]:
    """The rows of each signal in a file of samples.

    Raises:
        ArchiveDamaged: it is no such file, or a signal does not lie in one run.
    """
    file = [[str(vault.folder / name)]]
    with vault.cursor() as cursor:
        try:
            found = cursor.execute(NUMBERS, file).fetchnumpy()
            runs = cursor.execute(RUNS, file).fetchall()
            texts = {value: text for value, text, _ in cursor.execute(TEXTS, file).fetchall()}
        except duckdb.Error as error:
            raise ArchiveDamaged(f"{name} cannot be read: {error}") from error
    value, rows = filled(found["value"]), dict[str, Run]()
    for path, count, first, last in runs:
        if last - first + 1 != count:
            raise ArchiveDamaged(f"{name}: the rows of {path} do not lie together")
        mine = slice(first, last + 1)
        rows[str(path)] = Run(
            np.ma.getdata(found["source_ns"])[mine],
            np.ma.getdata(found["received_ns"])[mine],
            value[mine],
            np.ma.getdata(found["status"])[mine],
            np.ma.getdata(found["block"])[mine],
            texts,
        )
    return rows
