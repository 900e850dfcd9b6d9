"""The vault: Parquet files on the disk, written and read by DuckDB.

What always holds:
1. A file appears under its final name whole and on the disk, or not at all; nobody overwrites it.
2. Its bytes are hashed at the first use in a process: Parquet itself notices one flip in ten.
3. Rows lie by signal path, source time, block and place in the block; the manifest's layout says
   how many rows each signal has, so readers need not read the paths.

Version 1 of Parquet: for hours as small as V2, and V2 packs a status above 2^31 into 33-bit
differences that pyarrow refuses (measured with DuckDB 2.0).

DuckDB never calls fsync, sums doubles in any order and fetches extensions when it may: it stages,
selects and orders here, in one thread per cursor, and may open nothing but this folder.
"""

import hashlib
import os
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any

import duckdb
import numpy as np

from edge.archive.columns import Sheet
from edge.errors import ArchiveDamaged, JournalFull
from edge.model import F64, I64

Found = dict[str, Any]  # DuckDB's columns by name, arrays of one length

WHOLE = "source_ns, received_ns, value, status, block"  # all that a row is made of, but its signal
STAGING = ".part"
SPILL = ".tmp"
ORPHANS = ".orphan"
MEMORY = "192MB"
FETCHES = 250  # of one database; opening one takes some 10 ms
COPY = """copy (
    select list_extract($paths, rank) as signal, source_ns, received_ns, value,
        {text} as text, status, block
    from sheet
) to $file (format parquet, compression zstd, parquet_version v1, kv_metadata {{lineproof: $about}})
"""
WRITTEN = """select source_ns, received_ns, value, status, block, hash(signal) as path,
    hash(text) as word from read_parquet(?)"""
HASHES = "select hash(unnest(?::varchar[])) as hash"
LAYOUT = """select signal, count(*), min(file_row_number), max(file_row_number)
    from read_parquet(?, file_row_number = true) group by signal order by 3"""
TEXTS = "select value, text, count(*) from read_parquet(?) where text is not null group by all"
NUMBERS = "select source_ns, received_ns, value, status, block from read_parquet(?)"
PLACED = "select {columns}, {place} from read_parquet(?)"


class Vault:
    """The folder of the archive; one cursor for each thread.

    A database is opened for the first cursor, and for the next one after it was given up. It keeps
    what its cursors need until the last of them is closed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self._lock = Lock()
        self._fetched = self._asked = self._seen = 0
        self._db: duckdb.DuckDBPyConnection | None = None
        self._parsed = dict[str, duckdb.Statement]()
        self._nth = count()  # of staged files: an hour may have two

    def _opened(self) -> duckdb.DuckDBPyConnection:
        """A database in memory that sees this folder and nothing else.

        Of itself it begins sixteen threads for reading from far away, of 0.2 MB each.
        """
        database = duckdb.connect(
            config={
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "threads": "1",
                "async_threads": "0",
                "memory_limit": MEMORY,
                "preserve_insertion_order": "true",
            }
        )
        database.execute("set temp_directory = $1", [str(self.folder / SPILL)])
        database.execute("set max_temp_directory_size = '512MB'")
        database.execute("set allowed_directories = $1", [[str(self.folder)]])
        database.execute("set enable_external_access = false")
        database.execute("set lock_configuration = true")
        return database

    def close(self) -> None:
        """Let go of the files; the temporary ones are removed."""
        with self._lock:
            self._give_up()

    def rest(self) -> bool:
        """Give the database up where nobody asked it since the last call; whether there is none."""
        with self._lock:
            if self._asked == self._seen:
                self._give_up()
            self._seen = self._asked
            return self._db is None

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A way in for one thread; threads that share one get each other's results."""
        with self._lock:
            self._asked += 1
            if self._db is None:
                self._db = self._opened()
            return self._db.cursor()

    def stage(self, sheet: Sheet, about: str) -> Path:
        """Write a sheet to a file in the staging folder, under a name no reader looks for."""
        path = self.folder / STAGING / f"{sheet.stem.replace('/', '_')}.{next(self._nth)}.part"
        batch, block = sheet.rows.batch, sheet.rows.block
        columns = {
            "rank": np.repeat(np.arange(1, len(sheet.counts) + 1), sheet.counts),
            "source_ns": batch.source_ns,
            "received_ns": batch.received_ns,
            "value": batch.value,
            "text": sheet.text,
            "status": batch.status,
            "block": block,
        }
        words: dict[str, list[str]] = {"texts": sheet.texts} if sheet.texts else {}
        text = "list_extract($texts, text)" if sheet.texts else "null::varchar"
        words |= {"paths": sheet.paths}
        with self.cursor() as cursor:
            cursor.register("sheet", columns)
            try:
                self._ask(
                    cursor, COPY.format(text=text), {"file": str(path), "about": about, **words}
                )
            except duckdb.IOException as error:
                raise JournalFull(f"{path}: {error}; free disk, nothing is lost") from error
        return path

    def compare(self, path: Path, sheet: Sheet) -> None:
        """Read a staged file back and hold it against the rows it was made from.

        Signals and texts are held against by the 64-bit hashes that DuckDB makes of them: as
        exact as the rest for any fault but one made on purpose, and one reading does.

        Raises:
            ArchiveDamaged: they differ; the blocks must stay where they are.
        """
        with self.cursor() as cursor:
            try:
                found = self._ask(cursor, WRITTEN, [[str(path)]]).fetchnumpy()
            except duckdb.Error as error:
                raise ArchiveDamaged(f"{path} cannot be read back: {error}") from error
            said = [None, *sheet.texts, *sheet.paths]
            hashes = self._ask(cursor, HASHES, [said]).fetchnumpy()["hash"]
        words, paths = np.split(hashes, [1 + len(sheet.texts)])
        batch, block = sheet.rows.batch, sheet.rows.block
        same = (
            np.array_equal(found["source_ns"], batch.source_ns)
            and np.array_equal(found["received_ns"], batch.received_ns)
            and np.array_equal(bits(filled(found["value"])), bits(batch.value))
            and np.array_equal(found["status"], batch.status)
            and np.array_equal(found["block"], block)
            and np.array_equal(found["path"], np.repeat(paths, sheet.counts))
            and np.array_equal(found["word"], words[sheet.text])
        )
        if not same:
            raise ArchiveDamaged(f"{path} does not hold the rows written to it; check the memory")

    def publish(self, staged: Path, stem: str, taken: set[str]) -> str:
        """Give a staged file, already on the disk, its final name; fails rather than overwrites."""
        number = 1
        while True:
            name = f"{stem}.{number}.parquet"
            number += 1
            if name in taken or (self.folder / ORPHANS / name.replace("/", "_")).exists():
                continue
            try:
                os.link(staged, self.folder / name)
            except FileExistsError:
                continue
            staged.unlink()
            return name

    def fetch(
        self,
        paths: list[str],
        signals: list[str] | None,
        columns: str = WHOLE,
        span: tuple[int, int] | None = None,
    ) -> Found:
        """The numbers of parts, one after the other, of some signal paths or of all.

        With a span only rows of source times in it, and where each lies in its file, as `row`.

        A database keeps some 7 kB of each query with many paths (measured with DuckDB 2.0: 30 MB
        after 4,000 of them, none once it is closed), so it is given up after some hundreds.

        With a filter DuckDB 2.0 takes the files in an order of its own (measured: file 7 before
        file 6 of 34), so the place that it tells of every row decides.
        """
        files = [str(self.folder / path) for path in paths]
        tests = [f"signal in ({', '.join('?' * len(signals))})"] if signals else []
        tests += ["source_ns >= ? and source_ns < ?"] if span else []
        where = f" where {' and '.join(tests)}" if tests else ""
        place = "file_row_number" if len(files) == 1 else "file_row_number, file_index"
        query = PLACED.format(columns=columns, place=place) + where
        self._renew()
        with self.cursor() as cursor:
            about = [files, *(signals or []), *(span or ())]
            found: Found = self._ask(cursor, query, about).fetchnumpy()
        row = found.pop("file_row_number")
        if len(files) == 1:
            back = row[1:] < row[:-1]
            keys = [row]
        else:
            file = found.pop("file_index").astype(np.int64)
            back = (file[1:] < file[:-1]) | ((file[1:] == file[:-1]) & (row[1:] < row[:-1]))
            keys = [row, file]
        if back.any():
            order = np.lexsort(keys)
            found = {name: column[order] for name, column in found.items()}
            row = row[order]
        return found if span is None else {**found, "row": row}

    def _ask(
        self,
        cursor: duckdb.DuckDBPyConnection,
        query: str,
        about: list[Any] | dict[str, Any],
    ) -> duckdb.DuckDBPyConnection:
        """Run a query, parsed once: of 65 paths that takes 0.6 ms in which no other thread runs."""
        parsed = self._parsed.get(query)
        if parsed is None:
            (parsed,) = cursor.extract_statements(query)
            self._parsed[query] = parsed
        return cursor.execute(parsed, about)

    def _renew(self) -> None:
        """Begin with a new database once this one was asked often enough."""
        with self._lock:
            self._fetched += 1
            if self._fetched % FETCHES == 0:
                self._give_up()

    def _give_up(self) -> None:
        """Forget the database; to close it would also close a cursor at work in another thread."""
        self._db = None
        self._parsed = {}


def filled(value: "np.ma.MaskedArray[tuple[int], np.dtype[np.float64]] | F64") -> F64:
    """Null as NaN: DuckDB hands nulls over as a mask above zeros."""
    return np.ma.filled(value, np.nan)


def bits(value: F64) -> I64:
    """The bits of doubles; every NaN counts as the same, as null keeps none of theirs."""
    return np.where(np.isnan(value), np.nan, value).view(np.int64)


def digest(path: Path) -> bytes:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def flush(path: Path) -> None:
    """Return when a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
