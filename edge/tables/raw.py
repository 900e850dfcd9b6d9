"""What a file gives before anybody asked whether it makes sense."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard

import numpy as np
from numpy.typing import NDArray

from edge.model import F64, I64

Texts = NDArray[np.str_]
COLUMNS = ("signal", "source_time", "value", "quality")
OTHERS: Mapping[str, tuple[str, ...]] = {
    "signal": ("신호", "태그"),
    "source_time": ("시각", "일시", "시간"),
    "value": ("값",),
    "quality": ("품질",),
}
KNOWN = {other: name for name, others in OTHERS.items() for other in others}
OURS = {"source_ns": "source_time", "status": "quality"}  # of our own exports
TEXT = "text"  # beside `value` in our own exports: what a text's number stands for


@dataclass(frozen=True, slots=True)
class Raw:
    """Some rows of a file, columns of one length; texts stay texts."""

    first_row: int  # as the file's readers count: a CSV's header is row 1
    names: list[str]
    signal: I64  # place in `names`
    time: I64 | Texts  # nanoseconds, or RFC 3339
    value: F64 | Texts
    quality: I64 | Texts | None  # StatusCodes or words; None = all good
    texts: list[str] | None = None  # of text signals, `value` is a place in here
    text: Texts | None = None  # of an export: the texts themselves; `value` is empty if unknown


def is_text(column: I64 | F64 | Texts) -> TypeGuard[Texts]:
    """Whether a column holds texts."""
    return column.dtype.kind == "U"


def coded(texts: list[str]) -> tuple[list[str], I64]:
    """Distinct texts in the order of their appearance, and the place of each row's there."""
    place = {text: nth for nth, text in enumerate(dict.fromkeys(texts))}
    return list(place), np.fromiter(map(place.__getitem__, texts), np.int64, len(texts))


def meant(columns: Sequence[str]) -> list[str]:
    """The names of columns; those of our own exports by the names that an import has for them.

    In any other file `text` is somebody's remark, and has no name here; headings may be Korean.

    >>> meant(["signal", "source_ns", "value", "text", "status", "block"])
    ['signal', 'source_time', 'value', 'text', 'quality', 'block']
    >>> meant(["signal", "source_time", "value", "text"])
    ['signal', 'source_time', 'value', '']
    >>> meant(["신호", "시각", "값", "품질", "시간"])
    ['signal', 'source_time', 'value', 'quality', '시간']
    """
    if set(OURS) <= set(columns) and not set(OURS.values()) & set(columns):
        return [OURS.get(name, name) for name in columns]
    names, taken = list[str](), set(columns)
    for name in columns:
        known = KNOWN.get(name, name)
        chosen = name if known in taken else known  # of two that mean the same the first counts
        taken.add(chosen)
        names.append("" if chosen == TEXT else chosen)
    return names


def missing(columns: set[str]) -> str:
    """What to say of a file without the columns it must have; empty where it has them."""
    absent = [name for name in COLUMNS[:3] if name not in columns]
    seen = ", ".join(sorted(columns)) or "none"
    wanted = "signal, source_time, value and, if there is one, quality (신호, 시각, 값, 품질)"
    return f"no column {absent[0]!r}; there are: {seen}; write {wanted}" if absent else ""
