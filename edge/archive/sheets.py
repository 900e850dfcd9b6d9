"""Sheets: the rows of many blocks, cut into the hours of which parts are made."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from edge.archive.columns import Columns, Sheet, stable
from edge.model import BOOL, F64, HOUR_NS, I64, SECOND_NS, U32, Batch
from edge.packing import head, unpack

LATE_NS = 7 * 24 * HOUR_NS  # older source times of live rows are not believed when filing
EARLY_NS = 600 * SECOND_NS
LARGEST_CODE = 1 << 32  # of a state; a symbol is larger
Block = tuple[int, bytes]  # its number and its packed rows


class Names(NamedTuple):
    """What the numbers in the blocks stand for."""

    paths: Mapping[int, str]  # of signals, by dense id
    kinds: Mapping[int, str]
    symbols: Mapping[int, str]


class Cut(NamedTuple):
    """The rows of a file: its hour, and where they stand, in the order of the journal."""

    hour: int  # since 1970
    places: I64


def cuts(file: I64) -> Iterator[Cut]:
    """The files of rows, given that of each as `filed` tells it."""
    if len(file):
        order = stable(file - file.min())
        for places in np.split(order, np.flatnonzero(np.diff(file[order])) + 1):
            yield Cut(int(file[places[0]]) // 2, places)


def sheet_of(hour: int, rows: Columns, names: Names) -> Sheet:
    """The rows of an hour as they shall lie; equal times keep their order.

    Args:
        hour: since 1970.
        rows: at least one, in the order of the journal.
        names: of everything in them.
    """
    order = np.argsort(rows.batch.source_ns, kind="stable")  # nearly sorted already: cheap
    order = order[stable(rows.batch.signal[order])]
    runs = np.split(order, np.flatnonzero(np.diff(rows.batch.signal[order])) + 1)
    ids = [int(rows.batch.signal[run[0]]) for run in runs]
    paths = [names.paths.get(number, f"unknown/{number}") for number in ids]
    by_path = sorted(range(len(runs)), key=paths.__getitem__)
    signals = np.array([ids[i] for i in by_path], np.uint32)
    counts = np.array([len(runs[i]) for i in by_path], np.uint32)
    rows = rows.take(np.concatenate([runs[i] for i in by_path]))
    texts, text = texts_of(rows.batch.value, signals, counts, names)
    return Sheet(
        stem=str(np.datetime64(hour, "h")).replace("T", "/"),
        rows=rows,
        signals=signals,
        counts=counts,
        paths=[paths[i] for i in by_path],
        text=text,
        texts=texts,
    )


def unpacked(blocks: list[Block]) -> tuple[Columns, I64]:
    """The rows of blocks, and the file of each."""
    heads = [head(body) for _, body in blocks]
    batch, counts = unpack(*(body for _, body in blocks)), [one.rows for one in heads]
    block, history = np.repeat([seq for seq, _ in blocks], counts), [one.history for one in heads]
    return Columns(batch, block), filed(batch, np.repeat(history, counts))


def filed(batch: Batch, history: BOOL) -> I64:
    """The file of each row: twice the hour since 1970 of its source time.

    A live row with a time that cannot be (a week late, ten minutes early) is filed by the hour in
    which it came, or one wrong clock would scatter parts over the years. It keeps its time, so it
    has a file of its own there, one more: with a row of 1970 in it every file of a year would be
    looked into for what was before.

    Args:
        batch: any rows.
        history: which of them come from an import: their source time is right, however old.
    """
    age_ns = batch.received_ns - batch.source_ns
    wrong = ~history & ((age_ns > LATE_NS) | (age_ns < -EARLY_NS))
    return np.where(wrong, batch.received_ns, batch.source_ns) // HOUR_NS * 2 + wrong


def texts_of(value: F64, signals: U32, counts: U32, names: Names) -> tuple[list[str], I64]:
    """The texts behind values, and for each row 1 + the place of its own there, or 0.

    Text signals have them, and states that the source sends as words: a code is a small number.

    Args:
        value: of rows, signal by signal.
        signals: whose rows they are.
        counts: how many are of each.
        names: the kinds of the signals, and what the symbols stand for.
    """
    kinds = np.array([names.kinds.get(number, "") for number in signals.tolist()])
    of_text = np.repeat(kinds == "text", counts)
    of_text |= np.repeat(kinds == "state", counts) & (value >= LARGEST_CODE)
    of_text &= np.isfinite(value)
    symbols, nth = np.unique(value[of_text], return_inverse=True)
    found = [names.symbols.get(int(symbol)) for symbol in symbols.tolist()]
    known = np.array([text is not None for text in found], np.bool_)
    place = np.where(known, np.cumsum(known), 0)
    code = np.zeros(len(value), np.int64)
    code[of_text] = place[nth]
    return [text for text in found if text is not None], code
