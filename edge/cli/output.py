"""How results are printed: one JSON document, or plain tables without boxes."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from edge.cli.letters import knows_all
from edge.cli.logs import printable
from edge.clock import SYSTEM
from edge.model import SECOND_NS
from edge.text.catalogue import SPACE, percent

Document = dict[str, Any]  # JSON
NOTES = Console(stderr=True)
PATIENCE_NS = 2 * SECOND_NS


def say_json(document: object) -> None:
    """One document on stdout, whole in every encoding."""
    text = json.dumps(document, ensure_ascii=not knows_all(), indent=1, allow_nan=False)
    sys.stdout.write(f"{text}\n")


def say(text: str) -> None:
    """One line on stdout; what others have named is not obeyed by a terminal."""
    sys.stdout.write(printable(text) + "\n")


def note(text: str) -> None:
    """One line on stderr: progress and remarks, never results."""
    plain = printable(text, keep="\n")
    NOTES.print(plain, highlight=False, markup=False, emoji=False, soft_wrap=True)


def counted(number: int, noun: str) -> str:
    """1 line, 2 lines."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def table(head: Sequence[str], rows: Sequence[Sequence[object]], right: Sequence[str] = ()) -> None:
    """Columns, numbers to the right; unknown is a dash."""
    for line in laid_out(head, rows, right):
        say(line)


def laid_out(
    head: Sequence[str], rows: Sequence[Sequence[object]], right: Sequence[str] = ()
) -> list[str]:
    """The lines of a table, its head first.

    Args:
        head: names of the columns.
        rows: cells, as many as there are names.
        right: names of columns of texts that stand to the right, as numbers do.
    """
    texts = [[shown(cell) for cell in row] for row in rows]
    widths = [max(cell_len(line[i]) for line in [list(head), *texts]) for i in range(len(head))]
    to_right = [
        name in right or all(is_number(row[i]) for row in rows) for i, name in enumerate(head)
    ]
    return [
        "  ".join(
            padded(cell, width, to_right=r)
            for cell, width, r in zip(line, widths, to_right, strict=True)
        ).rstrip()
        for line in [list(head), *texts]
    ]


def percentage(ratio: float | None) -> str:
    """A share as people read it, 100 % without a digit behind the point; unknown is a dash."""
    whole = ratio is not None and ratio in {0.0, 1.0}
    return percent(ratio, 0 if whole else None).replace(SPACE, " ")


def shown(cell: object) -> str:
    """A cell as text."""
    match cell:
        case None:
            return "—"
        case bool():
            return "yes" if cell else "no"
        case int():
            return f"{cell:,}"
        case float():
            return f"{cell:,.4g}" if abs(cell) < 1000 else f"{cell:,.0f}"  # noqa: PLR2004 - digits
        case dict() | list():
            return json.dumps(cell, ensure_ascii=False)
    return printable(str(cell))


def is_number(cell: object) -> bool:
    """Whether a cell stands to the right: a number, or one that nobody knows."""
    return cell is None or (isinstance(cell, int | float) and not isinstance(cell, bool))


def padded(text: str, width: int, *, to_right: bool) -> str:
    """A text with the blanks it needs; a letter of Hangul takes two columns."""
    blanks = " " * (width - cell_len(text))
    return blanks + text if to_right else text + blanks


class Remarks:
    """Tells in lines how far something has come, the longer it lasts the more seldom."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._begin_ns = SYSTEM.monotonic_ns()
        self._pause_ns = PATIENCE_NS

    def __call__(self, share: float) -> None:
        """So much of it is done."""
        passed_ns = SYSTEM.monotonic_ns() - self._begin_ns
        if share < 1 and passed_ns >= self._pause_ns:
            self._pause_ns = 2 * passed_ns
            note(f"{self._title}: {percentage(max(0.0, share))} done")


@contextmanager
def progress(title: str) -> Iterator[Callable[[float], None]]:
    """A bar on stderr while something lasts; where stderr is no terminal, a line now and then."""
    if not NOTES.is_terminal:
        yield Remarks(title)
        return
    columns = (TextColumn(title), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=NOTES, transient=True) as bar:
        task = bar.add_task(title, total=1.0)
        yield lambda share: bar.update(task, completed=share)


@contextmanager
def counting(title: str, noun: str) -> Iterator[Callable[[int], None]]:
    """How many are done while nobody knows of how many; nothing where stderr is no terminal."""
    if not NOTES.is_terminal:
        yield lambda _: None
        return
    count = TextColumn(f"{{task.completed:,.0f}} {noun}")
    with Progress(
        TextColumn(title), BarColumn(), count, TimeElapsedColumn(), console=NOTES, transient=True
    ) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done: bar.update(task, completed=done)
