"""The samples of a package: one file a day, with a digest of each signal and hour beside them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from edge.archive.columns import Sheet
from edge.archive.tables import Run, Table, read_runs, read_table, write_table
from edge.archive.vault import STAGING, Vault
from edge.evidence.digests import hourly
from edge.history import History
from edge.ledger import proofs_of, spans_of
from edge.model import HOUR_NS, I64, Reader, Samples

HOURS_A_DAY = 24
FOLDER = "samples"
DIGESTS = "digests.parquet"
LIFE = "life.parquet"
DAYS_KEPT = 4  # unpacked in memory: a fold reads a day, an hour before it and some after it
NO_SAMPLES = Samples(np.empty(0, np.int64), np.empty(0, np.float64), np.empty(0, np.uint32))


class Hour(NamedTuple):
    """What is vouched for: so many rows of a signal in an hour, and their digest."""

    signal: str
    hour: int  # since 1970
    rows: int
    sha256: str


class Written(NamedTuple):
    """What became of the samples of a package."""

    files: dict[str, Path]  # by their names in the package
    packed: list[Hour]
    beside: list[Hour]  # other hours of the same signals and days, which stay at home


def write_samples(
    history: History,
    hours: Mapping[str, set[int]],
    vault: Vault,
    progress_to: Callable[[float], None],
) -> Written:
    """Write the rows of whole hours, a file a day, and their digests.

    Args:
        history: where the rows are.
        hours: since 1970, of each signal path.
        vault: a folder for the files.
        progress_to: told the share that is done.
    """
    (vault.folder / STAGING).mkdir(exist_ok=True)
    days = sorted({hour // HOURS_A_DAY for wanted in hours.values() for hour in wanted})
    files, found, beside = dict[str, Path](), list[Hour](), list[Hour]()
    for nth, day in enumerate(days, 1):
        span = range(day * HOURS_A_DAY, (day + 1) * HOURS_A_DAY)
        today = {path: wanted & set(span) for path, wanted in hours.items()}
        paths = sorted(path for path, wanted in today.items() if wanted)
        sheets = history.rows(paths, span.start * HOUR_NS, span.stop * HOUR_NS)
        for n, sheet in enumerate(sheets, 1):
            mine = narrowed(sheet, today)
            name = f"{np.datetime64(day, 'D')}.{n}.parquet"
            staged = vault.stage(replace(mine, stem=name), mine.about({}, {}))
            files[f"{FOLDER}/{name}"] = staged
            each = [Hour(path, *each) for path, run in runs_of(sheet) for each in hourly(run)]
            found += [hour for hour in each if hour.hour in today[hour.signal]]
            beside += [hour for hour in each if hour.hour not in today[hour.signal]]
        progress_to(nth / len(days))
    found.sort()
    signals, numbers, rows, sums = zip(*found, strict=True) if found else ([], [], [], [])
    table: Table = {
        "signal": list(signals),
        "hour_ns": np.array(numbers, np.int64) * HOUR_NS,
        "rows": np.array(rows, np.int64),
        "sha256": list(sums),
    }
    files[DIGESTS] = write_table(vault, DIGESTS, table)
    return Written(files, found, beside)


def narrowed(sheet: Sheet, hours: Mapping[str, set[int]]) -> Sheet:
    """The rows of a sheet that lie in the wanted hours of their signal."""
    at, kept, counts = 0, list[I64](), list[int]()
    numbers = sheet.rows.batch.source_ns // HOUR_NS
    for path, count in zip(sheet.paths, sheet.counts.tolist(), strict=True):
        wanted = np.array(sorted(hours[path]), np.int64)
        mine = np.flatnonzero(np.isin(numbers[at : at + count], wanted)) + at
        kept.append(mine)
        counts.append(len(mine))
        at += count
    rows = np.concatenate(kept)
    has = np.array(counts) > 0
    return replace(
        sheet,
        rows=sheet.rows.take(rows),
        signals=sheet.signals[has],
        counts=np.array(counts, np.uint32)[has],
        paths=[path for path, any_rows in zip(sheet.paths, has, strict=True) if any_rows],
        text=sheet.text[rows],
    )


def runs_of(sheet: Sheet) -> list[tuple[str, Run]]:
    """The rows of a sheet, signal by signal."""
    batch, block, found = sheet.rows.batch, sheet.rows.block, []
    named = np.flatnonzero(sheet.text > 0)
    values, words = batch.value[named].tolist(), sheet.text[named].tolist()
    texts = {value: sheet.texts[word - 1] for value, word in zip(values, words, strict=True)}
    ends = np.cumsum(sheet.counts, dtype=np.int64).tolist()
    for path, (start, end) in zip(sheet.paths, pairwise([0, *ends]), strict=True):
        part = batch.take(slice(start, end))
        columns = part.source_ns, part.received_ns, part.value, part.status, block[start:end]
        found.append((path, Run(*columns, texts)))
    return found


def read_digests(vault: Vault) -> list[Hour]:
    """What is vouched for, signal by signal and hour by hour."""
    table = read_table(vault, DIGESTS)
    columns = (table[name] for name in ("signal", "hour_ns", "rows", "sha256"))
    signals, hours, rows, sums = (one if isinstance(one, list) else one.tolist() for one in columns)
    each = zip(signals, hours, rows, sums, strict=True)
    return [Hour(str(path), hour // HOUR_NS, n, str(sha256)) for path, hour, n, sha256 in each]


def write_life(reader: Reader, asked: Mapping[str, tuple[int, int]], vault: Vault) -> Path:
    """Write the spans of proven life of some sources in the intervals that were asked for."""
    names, first, last = list[str](), list[I64](), list[I64]()
    for source in sorted(asked):
        spans = spans_of(reader.life(source, *asked[source]))
        names += [source] * len(spans[0])
        first.append(spans[0])
        last.append(spans[1])
    nothing = np.empty(0, np.int64)
    table: Table = {
        "source": list[str | None](names),
        "first_ns": np.concatenate([nothing, *first]),
        "last_ns": np.concatenate([nothing, *last]),
    }
    return write_table(vault, LIFE, table)


def read_life(vault: Vault) -> dict[str, I64]:
    """Proofs of life by source."""
    table = read_table(vault, LIFE)
    sources = np.array(table["source"], np.str_)
    first, last = np.asarray(table["first_ns"]), np.asarray(table["last_ns"])
    return {
        str(source): proofs_of(first[sources == source], last[sources == source])
        for source in np.unique(sources)
    }


class PackedReader:
    """The `Reader` over the samples of a package, unpacked in a folder."""

    def __init__(self, vault: Vault, symbols: Mapping[int, str]) -> None:
        self._vault, self._symbols = vault, symbols
        self._files = files_by_day(vault.folder / FOLDER)
        self._runs = lru_cache(maxsize=DAYS_KEPT)(self._read)
        self._life = read_life(vault)

    def samples(self, signals: list[str], from_ns: int, to_ns: int) -> dict[str, Samples]:
        """Samples of an interval."""
        days = range(from_ns // HOUR_NS // HOURS_A_DAY, (to_ns - 1) // HOUR_NS // HOURS_A_DAY + 1)
        parts = [self._runs(day) for day in self._files if day in days]
        return {path: between(parts, path, from_ns, to_ns) for path in signals}

    def before(self, signals: list[str], at_ns: int) -> dict[str, Samples]:
        """The last sample before an instant."""
        found = dict.fromkeys(signals, NO_SAMPLES)
        for day in sorted(self._files, reverse=True):
            if day * HOURS_A_DAY * HOUR_NS < at_ns:
                for path in [path for path in signals if found[path] is NO_SAMPLES]:
                    mine = between([self._runs(day)], path, -(1 << 63), at_ns)
                    if len(mine.source_ns):
                        found[path] = last_of(mine)
                if all(one is not NO_SAMPLES for one in found.values()):
                    break
        return found

    def symbols(self) -> dict[int, str]:
        """The texts behind the values of text signals."""
        return dict(self._symbols)

    def life(self, source: str, from_ns: int, to_ns: int) -> I64:
        """Proofs of life of a source."""
        proofs = self._life.get(source, np.empty(0, np.int64))
        return proofs[slice(*np.searchsorted(proofs, [from_ns, to_ns]).tolist())]

    def _read(self, day: int) -> dict[str, Run]:
        """The rows of a day."""
        found = dict[str, Run]()
        for name in self._files[day]:
            found |= read_runs(self._vault, name)
        return found


def files_by_day(folder: Path) -> dict[int, list[str]]:
    """The files of each day since 1970."""
    found = dict[int, list[str]]()
    for path in sorted(folder.iterdir()):
        day = int(np.datetime64(path.name[:10], "D").astype(np.int64))
        found.setdefault(day, []).append(f"{FOLDER}/{path.name}")
    return found


def last_of(samples: Samples) -> Samples:
    """The last of some samples."""
    return Samples(samples.source_ns[-1:], samples.value[-1:], samples.status[-1:])


def between(parts: list[dict[str, Run]], path: str, from_ns: int, to_ns: int) -> Samples:
    """The samples of one signal in an interval."""
    runs = [run[path] for run in parts if path in run]
    if not runs:
        return NO_SAMPLES
    cuts = [slice(*np.searchsorted(run.source_ns, [from_ns, to_ns]).tolist()) for run in runs]
    each = list(zip(runs, cuts, strict=True))
    return Samples(
        np.concatenate([run.source_ns[cut] for run, cut in each]),
        np.concatenate([run.value[cut] for run, cut in each]),
        np.concatenate([run.status[cut] for run, cut in each]),
    )
