"""Raw columns held against the site: rows of samples, or every fault by its row."""

import difflib
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from edge.errors import ImportInvalid
from edge.model import (
    BOOL,
    F64,
    I64,
    SECOND_NS,
    STATUS_BAD,
    STATUS_UNCERTAIN,
    STATUS_UNCERTAIN_CLOCK,
    U32,
    Batch,
)
from edge.site import Kind, Signal
from edge.tables.raw import Raw, Texts, is_text
from edge.tables.times import instants, local_instants

MOST_FAULTS = 20
SHOWN = 60
OLDEST_NS = 946_684_800 * SECOND_NS  # 2000: what is smaller was not meant as nanoseconds
NEWEST_NS = 7_258_118_400 * SECOND_NS  # 2200
AHEAD_NS = 60 * SECOND_NS  # a source time later than that cannot be true
STATUS_BAD_NO_DATA = 0x809B_0000  # a good row without a value
QUALITIES = {"": 0, "good": 0, "uncertain": STATUS_UNCERTAIN, "bad": STATUS_BAD}
QUALITIES |= {"양호": 0, "정상": 0, "불확실": STATUS_UNCERTAIN, "불량": STATUS_BAD}
WORDS = {"true": 1.0, "false": 0.0}
STATUS_CODES = 1 << 32


class Checker:
    """Makes rows of one file, and keeps a list of what is wrong with it."""

    def __init__(
        self,
        path: Path,
        signals: Mapping[str, Signal],
        ids: Mapping[str, int],
        symbol: Callable[[str], int],
        zone: ZoneInfo | None = None,
    ) -> None:
        self._path = path
        self._signals = signals
        self._ids = ids
        self._symbol = symbol
        self._zone = zone  # of times without an offset; None: there are none
        self.local = 0  # rows with such a time
        self._faults = list[tuple[int, str]]()
        self._more = 0

    def rows(self, raw: Raw, received_ns: int) -> Batch:
        """The rows of a piece; meaningless where it had faults."""
        kinds = [self._signals[name].kind if name in self._signals else None for name in raw.names]
        self._check_names(raw)
        source_ns = self._times(raw)
        ids = np.array([self._ids.get(name, 0) for name in raw.names], np.uint32)
        value = self._values(raw, kinds)
        status = self._statuses(raw)
        status[np.isnan(value) & (status == 0)] = STATUS_BAD_NO_DATA
        status[source_ns > received_ns + AHEAD_NS] = STATUS_UNCERTAIN_CLOCK
        received = np.full(len(source_ns), received_ns, np.int64)
        return Batch(ids[raw.signal], source_ns, received, value, status)

    def close(self) -> None:
        """Accept the file, or say everything that is wrong with it.

        Raises:
            ImportInvalid: its first 20 faults, by row.
        """
        if self._faults:
            lines = [f"{self._path}: {text}" for _, text in sorted(self._faults)[:MOST_FAULTS]]
            more = self._more + max(0, len(self._faults) - MOST_FAULTS)
            lines += [f"{self._path}: and {more} more like these"] if more else []
            raise ImportInvalid("\n".join([*lines, "nothing of this file was stored"]))

    def _check_names(self, raw: Raw) -> None:
        for nth, name in enumerate(raw.names):
            here = raw.signal == nth
            if name not in self._signals and here.any():
                known = f"the configuration has {len(self._signals)} signals"
                near = difflib.get_close_matches(name, self._signals, 1)
                known += f"; did you mean {near[0]!r}" if near else ""
                self._fault(
                    raw, int(np.argmax(here)), "signal", f"{shown(name)} is no signal; {known}"
                )

    def _times(self, raw: Raw) -> I64:
        if is_text(raw.time):
            times, good = instants(raw.time)
            if self._zone is not None and not good.all():
                here = np.flatnonzero(~good)
                times[here], good[here] = local_instants(raw.time[here], self._zone)
                self.local += int(good[here].sum())
            says = "is no instant; write it with its offset, as 2026-11-20T08:00:00+09:00"
            says += "" if self._zone is None else f", or as 2026-11-20 08:00:00 in {self._zone.key}"
            self._faults_of(raw, ~good, "source_time", raw.time, says)
        else:
            times, good = raw.time.astype(np.int64), np.ones(len(raw.time), np.bool_)
        wrong = good & ((times < OLDEST_NS) | (times >= NEWEST_NS))
        says = "ns since 1970 is not between 2000 and 2200; integers are nanoseconds"
        self._faults_of(raw, wrong, "source_time", times, says)
        return times

    def _values(self, raw: Raw, kinds: list[Kind | None]) -> F64:
        of_text = np.array([kind is Kind.TEXT for kind in kinds], np.bool_)[raw.signal]
        of_state = np.array([kind is Kind.STATE for kind in kinds], np.bool_)[raw.signal]
        if raw.text is not None:
            return self._exported(raw, raw.text, kinds)
        if is_text(raw.value):
            return self._read(raw, raw.value, of_text, of_state)
        value = raw.value.astype(np.float64)
        self._faults_of(raw, np.isinf(value), "value", value, "is no finite number")
        if of_text.any():
            value[of_text] = self._placed(raw, of_text)
        return value

    def _exported(self, raw: Raw, texts: Texts, kinds: list[Kind | None]) -> F64:
        """Values of an export: where there is a text it counts, and not its number of elsewhere.

        An empty text is one too, where `value` holds a number for it.
        """
        of_words = [n in self._signals and self._signals[n].values_are_text for n in raw.names]
        of_text = np.array([kind is Kind.TEXT for kind in kinds], np.bool_)[raw.signal]
        of_text |= np.array(of_words, np.bool_)[raw.signal] & (texts != "")
        unknown = raw.value == "" if is_text(raw.value) else np.isnan(raw.value)
        said = of_text & ((texts != "") | ~unknown)
        blank = np.where(of_text, "" if is_text(raw.value) else np.nan, raw.value)
        value = self._values(replace(raw, value=blank, texts=[], text=None), kinds)
        value[said] = self._symbols(texts[said], empty=True)
        return value

    def _placed(self, raw: Raw, of_text: BOOL) -> F64:
        """Symbols of text signals whose values are places in a list of texts."""
        texts = raw.texts or []
        place = raw.value[of_text].astype(np.float64)
        known = ~np.isnan(place)
        right = (place == np.floor(place)) & (place >= 0) & (place < len(texts))
        wrong = np.zeros(len(raw.signal), np.bool_)
        wrong[np.flatnonzero(of_text)[known & ~right]] = True
        says = f"is no place in 'texts', which has {len(texts)}; or give the text itself"
        self._faults_of(raw, wrong, "value", raw.value, says)
        used, nth = np.unique(place[right].astype(np.int64), return_inverse=True)
        symbols = np.array([self._symbol(texts[i]) for i in used.tolist()], np.float64)
        found = np.full(len(place), np.nan)
        found[right] = symbols[nth]
        return found

    def _read(self, raw: Raw, texts: Texts, of_text: BOOL, of_state: BOOL) -> F64:
        """Values that are written out: texts, numbers, and words of states."""
        value = np.full(len(texts), np.nan)
        value[of_text] = self._symbols(texts[of_text])
        value[~of_text], good = numbers(texts[~of_text])
        wrong = np.zeros(len(texts), np.bool_)
        wrong[~of_text] = ~good
        worded = wrong & of_state & self._mapped(raw, texts)
        value[worded] = self._symbols(texts[worded])
        self._faults_of(
            raw, wrong & ~worded, "value", texts, "is no finite number; write it like 12.5"
        )
        return value

    def _symbols(self, texts: Texts, *, empty: bool = False) -> F64:
        """The symbol of each text; NaN of an empty one, unless that may be a text as well."""
        words, nth = np.unique(texts, return_inverse=True)
        symbols = [self._symbol(word) if word or empty else np.nan for word in words.tolist()]
        return np.array(symbols, np.float64)[nth]

    def _mapped(self, raw: Raw, texts: Texts) -> BOOL:
        """Which rows hold a word that the map of their state signal knows."""
        found = np.zeros(len(texts), np.bool_)
        for nth, name in enumerate(raw.names):
            words = list(self._signals[name].map) if name in self._signals else []
            found |= (raw.signal == nth) & np.isin(texts, np.array([*words, ""])) & (texts != "")
        return found

    def _statuses(self, raw: Raw) -> U32:
        if raw.quality is None:
            return np.zeros(len(raw.signal), np.uint32)
        kinds, nth = np.unique(raw.quality, return_inverse=True)
        codes = np.array([code_of(kind) for kind in kinds.tolist()], np.int64)
        wrong = (codes < 0)[nth]
        says = "is no quality; write good, uncertain, bad or a StatusCode"
        self._faults_of(raw, wrong, "quality", raw.quality, says)
        return np.where(wrong, 0, codes[nth]).astype(np.uint32)

    def _faults_of(
        self, raw: Raw, wrong: BOOL, column: str, seen: I64 | F64 | Texts, says: str
    ) -> None:
        """Note the first wrong rows of a column, and count the others."""
        rows = np.flatnonzero(wrong)
        for row in rows[:MOST_FAULTS].tolist():
            self._fault(raw, row, column, f"{shown(str(seen[row]))} {says}")
        self._more += max(0, len(rows) - MOST_FAULTS)

    def _fault(self, raw: Raw, row: int, column: str, text: str) -> None:
        number = raw.first_row + row
        self._faults.append((number, f"row {number}, column {column}: {text}"))


def numbers(texts: Texts) -> tuple[F64, BOOL]:
    """Decimal numbers, true and false as 1 and 0, nothing as NaN; and which texts are one."""
    words, nth = np.unique(np.char.lower(texts), return_inverse=True)
    blank = words == ""
    found = np.full(len(words), np.nan)
    try:
        found[~blank] = words[~blank].astype(np.float64)
    except ValueError:  # one by one only now: distinct texts of a piece that has words in it
        found[~blank] = [number_of(word) for word in words[~blank].tolist()]
    found[np.isinf(found)] = np.nan
    good = blank | ~np.isnan(found) | (words == "nan")
    return found[nth], good[nth]


def number_of(word: str) -> float:
    """A word as a number; NaN where it is none."""
    try:
        return WORDS[word] if word in WORDS else float(word)
    except ValueError:
        return math.nan


def code_of(quality: str | int) -> int:
    """The StatusCode that a quality stands for; -1 where it stands for none."""
    if isinstance(quality, str):
        word = quality.strip().lower()
        if word in QUALITIES:
            return QUALITIES[word]
        if not (word.isascii() and word.isdigit()):
            return -1
        quality = int(word)
    return quality if 0 <= quality < STATUS_CODES else -1


def shown(text: str) -> str:
    """A text of a stranger, quoted and cut."""
    return repr(text if len(text) <= SHOWN else text[:SHOWN] + "…")
