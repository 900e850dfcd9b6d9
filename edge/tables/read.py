"""Files as raw columns: CSV of any editor, and the `.npz` of programs; a piece at a time."""

import codecs
import csv
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.lib.npyio import NpzFile

from edge.errors import ImportInvalid
from edge.formulas import unguarded
from edge.model import I64
from edge.tables.raw import COLUMNS, TEXT, Raw, coded, meant, missing

PIECE_ROWS = 100_000
SAMPLE_BYTES = 1 << 20
CELL_CHARACTERS = 4_096


def read_csv(path: Path) -> Iterator[Raw]:
    """The rows of a CSV file in UTF-8, with or without a mark, or in CP949 as Korean Excel saves.

    Raises:
        ImportInvalid: no such columns, a row of another length, or neither encoding.
    """
    first_row = 2
    try:
        with path.open(encoding=encoding(path), newline="") as file:
            head = file.readline()
            file.seek(0)
            rows = bounded_rows(file, separator(head))
            header = meant([name.strip().lower() for name in next(rows, [])])
            if what := missing(set(header)):
                raise ImportInvalid(f"{path}: row 1: {what}")
            while piece := list(islice(rows, PIECE_ROWS)):
                yield raw(path, header, piece, first_row)
                first_row += len(piece)
    except UnicodeDecodeError as error:
        seen = error.object[error.start : error.start + 8]
        raise ImportInvalid(f"{path}: {seen!r} is no text; save it as CSV UTF-8") from error
    except csv.Error as error:
        raise ImportInvalid(f"{path}: after row {first_row}: {error}") from error
    except OSError as error:
        raise ImportInvalid(f"{path}: {error.strerror}; name a file that can be read") from error


def bounded_rows(file: TextIO, sign: str) -> Iterator[list[str]]:
    """The rows of a CSV text, none with a cell longer than people write.

    `csv.field_size_limit` would say it shorter, and to the whole process: the lines of MQTT
    messages are read beside.

    Raises:
        csv.Error: a longer cell, or no CSV.
    """
    rows = csv.reader(file, strict=True, delimiter=sign)
    for row in rows:
        if (
            len("".join(row)) > CELL_CHARACTERS
            and (longest := max(map(len, row))) > CELL_CHARACTERS
        ):
            seen = f"a cell of {longest:,} characters, more than {CELL_CHARACTERS:,}"
            raise csv.Error(f"line {rows.line_num}: {seen}")
        yield row


def separator(head: str) -> str:
    """What parts the columns: a semicolon where the header has some and no comma, as Excel may.

    >>> separator("signal;source_time;value"), separator("signal,source_time,value")
    (';', ',')
    """
    return ";" if ";" in head and "," not in head else ","


def encoding(path: Path) -> str:
    """UTF-16 by its mark; UTF-8 where the beginning is; else CP949, which almost any bytes are."""
    with path.open("rb") as file:
        sample = file.read(SAMPLE_BYTES)
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        sample[: sample.rfind(b"\n") + 1 or None].decode("utf-8")
    except UnicodeDecodeError:
        return "cp949"
    return "utf-8-sig"


def raw(path: Path, header: list[str], rows: list[list[str]], first_row: int) -> Raw:
    """Rows of texts as columns."""
    try:
        columns = dict(zip(header, zip(*rows, strict=True), strict=True))
    except ValueError as error:
        nth, row = next((n, row) for n, row in enumerate(rows) if len(row) != len(header))
        seen = f"{len(row)} columns, the header has {len(header)}"
        raise ImportInvalid(f"{path}: row {first_row + nth}: {seen}") from error
    names, signal = coded([name.strip() for name in columns["signal"]])
    quality, said = columns.get("quality"), columns.get(TEXT)
    return Raw(
        first_row=first_row,
        names=names,
        signal=signal,
        time=np.array(columns["source_time"]),
        value=np.array(columns["value"]),
        quality=None if quality is None else np.array(quality),
        text=None if said is None else np.array([unguarded(text) for text in said]),
    )


def read_npz(path: Path) -> Iterator[Raw]:
    """The rows of a NumPy archive with one array for each column.

    `signal` holds texts, or places in the array `signals`; `value` of a text signal is a place in
    the array `texts`.

    Raises:
        ImportInvalid: no such arrays, arrays of other shapes or types, or no archive.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            if not isinstance(file, NpzFile):
                raise ImportInvalid(f"{path}: one array, not an archive; use numpy.savez")
            if what := missing(set(file.files)):
                raise ImportInvalid(f"{path}: {what}")
            found = {name: file[name] for name in (*COLUMNS, "signals", "texts") if name in file}
    except PermissionError as error:
        raise ImportInvalid(f"{path}: {error.strerror}; name a file that can be read") from error
    except (ValueError, EOFError, OSError, zipfile.BadZipFile) as error:
        says = "no NumPy archive of plain arrays; write it with numpy.savez, objects as texts"
        raise ImportInvalid(f"{path}: {says}") from error
    yield from pieces(path, found)


def pieces(path: Path, found: dict[str, np.ndarray]) -> Iterator[Raw]:
    """Checked for their shapes, the arrays as one piece."""
    size = found["signal"].shape
    for name, kinds in {
        "signal": "iuU",
        "source_time": "iuU",
        "value": "iufbU",
        "quality": "iuU",
    }.items():
        column = found.get(name, found["signal"] if name == "quality" else None)
        if (
            column is None
            or column.ndim != 1
            or column.shape != size
            or column.dtype.kind not in kinds
        ):
            seen = "nothing" if column is None else f"{column.dtype} of shape {column.shape}"
            raise ImportInvalid(f"{path}: {name!r} is {seen}; one number or text per row is needed")
    for name in ("signals", "texts"):
        if name in found and (found[name].ndim != 1 or found[name].dtype.kind != "U"):
            raise ImportInvalid(f"{path}: {name!r} is {found[name].dtype}; texts are needed")
    names, signal = numbered(path, found)
    yield Raw(
        first_row=1,
        names=names,
        signal=signal,
        time=plain(found["source_time"]),
        value=found["value"]
        if found["value"].dtype.kind == "U"
        else found["value"].astype(np.float64),
        quality=plain(found["quality"]) if "quality" in found else None,
        texts=found["texts"].tolist() if "texts" in found else None,
    )


def numbered(path: Path, found: dict[str, np.ndarray]) -> tuple[list[str], I64]:
    """Signal paths, and the place of each row's there."""
    signal = found["signal"]
    if signal.dtype.kind == "U":
        return coded(signal.tolist())
    names: list[str] = found["signals"].tolist() if "signals" in found else []
    outside = np.flatnonzero((signal < 0) | (signal >= len(names)))
    if len(outside):
        seen = f"{signal[outside[0]]}, there are {len(names)} in 'signals'"
        raise ImportInvalid(f"{path}: row {outside[0] + 1}, column signal: {seen}")
    return names, signal.astype(np.int64)


def plain(column: np.ndarray) -> np.ndarray:
    """Integers as 64 bits, texts as they are."""
    return column if column.dtype.kind == "U" else column.astype(np.int64)
