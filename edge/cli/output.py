"""How results are printed: one JSON document, or plain tables without boxes."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from edge.text.catalogue import percent

Document = dict[str, Any]  # JSON
NOTES = Console(stderr=True)


def say_json(document: object) -> None:
    """One document on stdout."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def say(text: str) -> None:
    """One line on stdout."""
    sys.stdout.write(text + "\n")


def note(text: str) -> None:
    """One line on stderr: progress and remarks, never results."""
    NOTES.print(text, highlight=False, markup=False, soft_wrap=True)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Columns, numbers to the right; unknown is a dash."""
    texts = [[shown(cell) for cell in row] for row in rows]
    widths = [max(wide(line[i]) for line in [list(head), *texts]) for i in range(len(head))]
    right = [all(isinstance(row[i], int | float | None) for row in rows) for i in range(len(head))]
    for line in [list(head), *texts]:
        cells = zip(line, widths, right, strict=True)
        say("  ".join(padded(cell, width, to_right=r) for cell, width, r in cells).rstrip())


def shown(cell: object) -> str:
    """A cell as text."""
    if cell is None:
        return "—"
    if isinstance(cell, float):
        return f"{cell:,.4g}" if abs(cell) < 1000 else f"{cell:,.0f}"  # noqa: PLR2004 - digits
    return f"{cell:,}" if isinstance(cell, int) and not isinstance(cell, bool) else str(cell)


def wide(text: str) -> int:
    """Columns that a text takes on a terminal; Hangul takes two."""
    return sum(2 if ord(letter) >= 0x1100 else 1 for letter in text)  # noqa: PLR2004 - Hangul Jamo


def padded(text: str, width: int, *, to_right: bool) -> str:
    """A text with the blanks it needs."""
    blanks = " " * (width - wide(text))
    return blanks + text if to_right else text + blanks


@contextmanager
def progress(title: str) -> Iterator[Callable[[float], None]]:
    """A bar on stderr while something lasts, on a terminal; a line a tenth elsewhere."""
    if not NOTES.is_terminal:
        yield tenths(title)
        return
    columns = (TextColumn(title), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=NOTES, transient=True) as bar:
        task = bar.add_task(title, total=1.0)
        yield lambda share: bar.update(task, completed=share)


def tenths(title: str) -> Callable[[float], None]:
    """Progress where nobody can see a bar."""
    last = [-1]

    def told(share: float) -> None:
        if int(share * 10) > last[0]:
            last[0] = int(share * 10)
            note(f"{title} {percent(last[0] / 10, 0)}")

    return told
