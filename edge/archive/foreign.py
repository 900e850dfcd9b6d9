"""Parquet files of other programs, a piece at a time and as texts and numbers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from edge.errors import ImportInvalid

PIECE_ROWS = 200_000
SCHEMA = "describe select * from read_parquet($1)"
ROWS = """select {columns} from (
        select {names}, file_row_number from read_parquet($1, file_row_number = true)
    ) where file_row_number >= $2 and file_row_number < $3 order by file_row_number"""
INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}
NUMBERS = INTEGERS | {"FLOAT", "DOUBLE", "UBIGINT", "BOOLEAN"}
INSTANTS = {"TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS"}
COLUMNS = {
    "signal": {"VARCHAR": "coalesce(signal, '')"},
    "source_time": {"VARCHAR": "coalesce(source_time, '')"}
    | dict.fromkeys(INTEGERS, "coalesce(source_time, 0)::bigint")
    | dict.fromkeys(INSTANTS, "coalesce(epoch_ns(source_time), 0)"),
    "value": {"VARCHAR": "coalesce(value, '')"} | dict.fromkeys(NUMBERS, "value::double"),
    "quality": {"VARCHAR": "coalesce(quality, '')"}
    | dict.fromkeys(INTEGERS, "coalesce(quality, 0)::bigint"),
    "text": {"VARCHAR": "coalesce(text, '')"},
}


def kinds_of(path: Path) -> dict[str, str]:
    """The columns of a Parquet file and what they are.

    Raises:
        ImportInvalid: it is none.
    """
    with opened(path) as database:
        try:
            found = database.execute(SCHEMA, [[str(path.absolute())]]).fetchall()
        except duckdb.Error as error:
            first = str(error).partition("\n")[0]  # what follows is our own question
            raise ImportInvalid(f"{path}: no Parquet file: {first}; write it anew") from error
    return {name.lower(): kind for name, kind, *_ in found}


def read_pieces(
    path: Path, kinds: dict[str, str], names: dict[str, str]
) -> Iterator[dict[str, Any]]:
    """The columns of samples: texts as objects, all else as int64 and float64.

    Args:
        path: of the file.
        kinds: of its columns, by their names in it.
        names: what each column is called there, by the name that samples have for it.

    Raises:
        ImportInvalid: a column is of a kind that cannot be meant, or the file is damaged.
    """
    wanted = []
    for name, forms in COLUMNS.items():
        kind = kinds[names[name]] if name in names else ""
        if kind and kind not in forms:
            raise ImportInvalid(
                f"{path}: column {names[name]} is {kind}; write {', '.join(sorted(forms))}"
            )
        wanted += [f"{forms[kind]} as {name}"] if kind else []
    called = ", ".join(f"{names[name]} as {name}" for name in COLUMNS if name in names)
    query, first = ROWS.format(columns=", ".join(wanted), names=called), 0
    with opened(path) as database:
        while True:
            span = [[str(path.absolute())], first, first + PIECE_ROWS]
            try:
                found = database.execute(query, span).fetchnumpy()
            except duckdb.Error as error:
                damage = f"{path}: damaged from row {first + 1}: {error}"
                raise ImportInvalid(f"{damage}; write it anew") from error
            if not len(found["signal"]):
                return
            yield found
            first += PIECE_ROWS


def opened(path: Path) -> duckdb.DuckDBPyConnection:
    """A database that may read this one file and nothing else."""
    database = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "threads": "1",
            "memory_limit": "256MB",
        }
    )
    database.execute("set allowed_paths = $1", [[str(path.absolute())]])
    database.execute("set enable_external_access = false")
    database.execute("set lock_configuration = true")
    return database
