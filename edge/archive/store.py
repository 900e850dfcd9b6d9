"""The archive as its readers and its one writer see it: a list of parts, and rows out of them.

What always holds: nobody globs. The list comes from the manifest, in the transaction that also
read the boundary to the journal. A part that is not what was recorded is named in `damaged` and
left out, and the rest is read.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

import duckdb
import numpy as np

from edge.archive.columns import NOTHING, Columns, stable
from edge.archive.manifest import Manifest, Part, State
from edge.archive.strips import Strip, batches, meeting
from edge.archive.vault import WHOLE, Found, Vault, digest, filled
from edge.errors import ArchiveDamaged
from edge.model import BOOL, DAY_NS, I64, U32, Batch, Samples

SAMPLES = "source_ns, value, status"
MANY_ROWS = 50_000  # from which on asking for a time spares more than a question of its own costs
Held = tuple[Part, BOOL]  # a part, and which of its signals are wanted


class PartEnded(Exception):
    """A part of the reader's list was superseded meanwhile and its file is gone."""


class Archive:
    """The parts that count, and what they hold."""

    def __init__(self, db: sqlite3.Connection, folder: Path) -> None:
        self.folder = folder
        self.manifest = Manifest(db)
        self.parts: list[Part] = []
        self.damaged: dict[str, str] = {}  # path of a part: what is wrong with it
        self._sound = set[str]()
        self._days = dict[str, set[int]]()  # of parts whose ends do not tell
        self._changes = -1
        self._first_ns = self._last_ns = np.empty(0, np.int64)
        self._of_signal: tuple[U32, I64] | None = None

    @cached_property
    def vault(self) -> Vault:
        """The files; DuckDB is opened with the first of them."""
        return Vault(self.folder)

    def close(self) -> None:
        """Let go of the files."""
        if "vault" in self.__dict__:
            self.vault.close()
            del self.vault

    def rest(self) -> bool:
        """Close the database where nobody read since the last call; whether there is none.

        From any thread; who reads next opens it again.
        """
        vault: Vault | None = self.__dict__.get("vault")
        return vault is None or vault.rest()

    def refresh(self, state: State) -> None:
        """Take the list anew where it changed; in the transaction that read `state`."""
        if state.changes == self._changes:
            return
        self.parts = self.manifest.live()
        self._first_ns = np.array([part.first_ns for part in self.parts], np.int64)
        self._last_ns = np.array([part.last_ns for part in self.parts], np.int64)
        self._of_signal = None
        self._changes = state.changes

    def touching(self, from_ns: int, to_ns: int) -> list[Part]:
        """Parts that may hold source times in an interval, by first time and first block."""
        inside = (self._first_ns < to_ns) & (self._last_ns >= from_ns)
        return [self.parts[i] for i in np.flatnonzero(inside)]

    def holding(self, signal: int, before_ns: int) -> Iterator[Part]:
        """Parts with a signal and with times before an instant, those that end latest first."""
        if self._of_signal is None:
            latest = np.argsort(-self._last_ns, kind="stable")
            held = [self.parts[i].signals for i in latest.tolist()]
            ids = np.concatenate([np.empty(0, np.uint32), *held])
            nth, order = np.repeat(latest, [len(some) for some in held]), stable(ids)
            self._of_signal = ids[order], nth[order]
        ids, nth = self._of_signal
        low, high = np.searchsorted(ids, [signal, signal + 1])
        found = nth[low:high][self._first_ns[nth[low:high]] < before_ns]
        return (self.parts[i] for i in found)

    def read(self, parts: list[Part], signals: Mapping[int, str] | None = None) -> Columns:
        """The rows of parts, one part after the other, each as it lies.

        Args:
            parts: from the list.
            signals: dense ids and paths of those that are wanted; None for all.

        Raises:
            PartEnded: take a new list.
        """
        held, found = self._found(parts, signals, WHOLE)
        if not held:
            return NOTHING
        number = np.concatenate([np.repeat(p.signals[rows], p.counts[rows]) for p, rows in held])
        value, block = filled(found.pop("value")), found.pop("block")
        return Columns(Batch(signal=number, value=value, **found), block)

    def strips(
        self, parts: list[Part], signals: Mapping[int, str], tail_ns: I64, span: tuple[int, int]
    ) -> dict[int, list[Strip]]:
        """The samples of parts by signal, as they lie: nothing is sorted or copied.

        Args:
            parts: from the list.
            signals: dense ids and paths of those that are wanted.
            tail_ns: times of rows behind the archive; parts that meet them, or each other, tell
                their blocks.
            span: the wanted times; of most parts more is read than lies in it.

        Raises:
            PartEnded: take a new list.
        """
        found: dict[int, list[Strip]] = {number: [] for number in signals}
        wanted = np.array(list(signals), np.uint32)
        rows = [int(part.counts[chosen(part, wanted)].sum()) for part in parts]
        cut = [n > MANY_ROWS and is_cut(part, *span) for n, part in zip(rows, parts, strict=True)]
        for some, with_blocks in batches(rows, meeting(parts, tail_ns), cut):
            columns = SAMPLES + (", block" if with_blocks else "")
            only = span if cut[some.start] else None
            held, read = self._found(parts[some], signals, columns, only)
            for number, strip in laid(held, read):
                found[number].append(strip)
        return found

    def days(self, part: Part) -> set[int]:
        """The days since 1970 of which a part has rows.

        Its ends tell them but for one that holds what came weeks late, or by clocks of other years.
        """
        ends = {part.first_ns // DAY_NS, part.last_ns // DAY_NS}
        if max(ends) - min(ends) <= 1:
            return ends
        if part.path not in self._days and len(rows := self.read([part])):  # else it is damaged
            self._days[part.path] = set(np.unique(rows.batch.source_ns // DAY_NS).tolist())
        return self._days.get(part.path, ends)

    def verify(self, part: Part) -> bool:
        """Whether a part is what was recorded, its file hashed anew."""
        self._sound.discard(part.path)
        return self._is_sound(part)

    def unsound(self, from_ns: int, to_ns: int) -> list[Part]:
        """Parts of an interval whose rows are missing; what nobody has read yet is hashed."""
        near = self.touching(from_ns, to_ns)
        return [part for part in near if not self._is_sound(part)]

    def _found(
        self,
        parts: list[Part],
        signals: Mapping[int, str] | None,
        columns: str,
        span: tuple[int, int] | None = None,
    ) -> tuple[list[Held], Found]:
        """Sound parts with what is wanted of each, and the columns of all, one after the other."""
        wanted = None if signals is None else np.array(list(signals), np.uint32)
        held = [(part, chosen(part, wanted)) for part in parts]
        while held := [(part, rows) for part, rows in held if rows.any() and self._is_sound(part)]:
            found = self._fetched(held, signals, columns, span)
            if found is not None:
                return held, found
        return [], {}

    def _fetched(
        self,
        held: list[Held],
        signals: Mapping[int, str] | None,
        columns: str,
        span: tuple[int, int] | None,
    ) -> Found | None:
        """The columns, or None where a file changed after it was hashed: it is sound no longer."""
        names = None
        if signals is not None and any(not rows.all() for _, rows in held):
            present = np.unique(np.concatenate([part.signals[rows] for part, rows in held]))
            names = [signals[number] for number in present.tolist()]
        try:
            found = self.vault.fetch([part.path for part, _ in held], names, columns, span)
            expected = sum(int(counts_in(part, rows, found).sum()) for part, rows in held)
            if len(found["source_ns"]) == expected:
                return found
            seen = f"{len(found['source_ns'])} rows instead of {expected}"
        except duckdb.Error as error:
            seen = str(error)
        self._sound -= {part.path for part, _ in held}
        if all(self._is_sound(part) for part, _ in held):
            raise ArchiveDamaged(f"{held[0][0].path}: whole, yet not readable: {seen}")
        return None

    def _is_sound(self, part: Part) -> bool:
        """Whether a part is what was recorded; hashed at its first use in this process."""
        if part.path in self._sound:
            return True
        try:
            seen = digest(self.folder / part.path)
        except OSError as error:
            if part.path not in {live.path for live in self.manifest.live()}:
                raise PartEnded(part.path) from error
            self.damaged[part.path] = f"cannot be read: {error.strerror}"
            return False
        if seen != part.sha256:
            self.damaged[part.path] = f"SHA-256 is {seen.hex()}, recorded was {part.sha256.hex()}"
            return False
        self.damaged.pop(part.path, None)
        self._sound.add(part.path)
        return True


def chosen(part: Part, wanted: U32 | None) -> BOOL:
    """Which of a part's signals are wanted; None stands for all."""
    if wanted is None:
        return np.ones(len(part.signals), np.bool_)
    return np.isin(part.signals, wanted)


def is_cut(part: Part, from_ns: int, to_ns: int) -> bool:
    """Whether most of the time of a part lies outside an interval."""
    inside_ns = min(part.last_ns, to_ns) - max(part.first_ns, from_ns)
    return 2 * inside_ns < part.last_ns - part.first_ns


def counts_in(part: Part, rows: BOOL, found: Found) -> I64 | U32:
    """How many rows there must be of each of some of a part's signals.

    Of a span their places tell it: who asks for one asks this part alone. A signal's rows lie by
    time, so those of a span from the first to the last without a hole. One that is missing at
    either end of it nobody sees before the file is hashed again.
    """
    if "row" not in found:
        return part.counts[rows]
    ends = np.cumsum(part.counts, dtype=np.int64)[rows]
    begins, ends = np.searchsorted(found["row"], [ends - part.counts[rows], ends])
    expected, some = np.zeros(len(ends), np.int64), begins < ends
    expected[some] = found["row"][ends[some] - 1] - found["row"][begins[some]] + 1
    return expected


def laid(held: list[Held], found: Found) -> Iterator[tuple[int, Strip]]:
    """The strips of some parts, one after the other, with their signals."""
    place = 0
    for part, rows in held:
        ends = place + np.cumsum(counts_in(part, rows, found), dtype=np.int64)
        for number, end in zip(part.signals[rows].tolist(), ends.tolist(), strict=True):
            lies = slice(place, end)
            value, blocks = filled(found["value"][lies]), found.get("block")
            samples = Samples(found["source_ns"][lies], value, found["status"][lies])
            yield number, Strip(samples, None if blocks is None else blocks[lies])
            place = end
