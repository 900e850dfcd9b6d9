"""Tables and terms that fit a terminal: what is too wide is folded, never cut.

A table that would be wider than the room goes on below with its other columns, each part with the
first column again. Columns in which nothing stands are left out.
"""

from collections.abc import Iterator, Sequence
from shutil import get_terminal_size

from rich.cells import cell_len

from edge.cli.output import is_number, laid_out, say, shown

NARROW, WIDE = 80, 100  # columns
CELL = 44  # columns of a cell before it is folded
EMPTY = {"—", "0", ""}
STEP = "  "


def room() -> int:
    """How many columns a line may have: those of the terminal, from 80 to 100."""
    return max(NARROW, min(WIDE, get_terminal_size((WIDE, 24)).columns))


def section(title: str, lines: Sequence[str]) -> None:
    """A title and what belongs to it, set off by a blank line; what is empty is said to be none."""
    say("")
    say(f"{title}:" if lines else f"{title}: none")
    for line in lines:
        say(f"{STEP}{line}" if line else "")


def columns(
    head: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    right: Sequence[str] = (),
    keep: Sequence[str] = (),
) -> list[str]:
    """The lines of a table that fits, indented as in a section.

    Args:
        head: names of the columns; the first is repeated where the table goes on.
        rows: cells, as many as there are names.
        right: names of columns of texts that stand to the right, as numbers do.
        keep: names of columns that stay though nothing stands in them.
    """
    if not rows:
        return []
    numbers = [head[i] for i in range(len(head)) if all(is_number(row[i]) for row in rows)]
    texts = [[shown(cell) for cell in row] for row in rows]
    kept = [
        i
        for i in range(len(head))
        if not i or head[i] in keep or any(t[i] not in EMPTY for t in texts)
    ]
    lines: list[str] = []
    for part in parts([widest(head, texts, i) for i in kept], room() - len(STEP)):
        chosen = [kept[at] for at in part]
        body = [cells for row in texts for cells in folded_row([row[i] for i in chosen])]
        names = [head[i] for i in chosen]
        lines += ["", *laid_out(names, body, [*right, *numbers])]
    return lines[1:]


def widest(head: Sequence[str], texts: Sequence[Sequence[str]], i: int) -> int:
    """The columns that a column of a table takes once its cells are folded."""
    return max(cell_len(head[i]), *(min(cell_len(row[i]), CELL) for row in texts))


def parts(widths: Sequence[int], most: int) -> Iterator[list[int]]:
    """Which columns stand beside each other, the first in every part."""
    part, taken = [0], widths[0]
    for i, width in enumerate(widths[1:], start=1):
        if taken + len(STEP) + width > most and len(part) > 1:
            yield part
            part, taken = [0], widths[0]
        part.append(i)
        taken += len(STEP) + width
    yield part


def folded_row(row: Sequence[str]) -> Iterator[list[str]]:
    """A row whose long cells go on in the lines below it."""
    cells = [folded(cell, CELL) for cell in row]
    for line in range(max(len(cell) for cell in cells)):
        yield [cell[line] if line < len(cell) else "" for cell in cells]


def folded(text: str, most: int) -> list[str]:
    """A text in lines of at most so many columns, broken at blanks where there are any."""
    lines, line = list[str](), ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if cell_len(longer) <= most:
            line = longer
            continue
        if line:
            lines.append(line)
        line = word
        while cell_len(line) > most:
            at = fitting(line, most)
            lines.append(line[:at])
            line = line[at:]
    return [*lines, line]


def fitting(word: str, most: int) -> int:
    """How many letters of a word fit, at least one; after a stroke or comma where one is near."""
    at = next(i for i in range(len(word), 0, -1) if i == 1 or cell_len(word[:i]) <= most)
    near = max(word.rfind(mark, at // 2, at) for mark in "/,;")
    return near + 1 if near > 0 else at


def terms(pairs: Sequence[tuple[str, object]]) -> list[str]:
    """Names with what belongs to them, which begins in one column and goes on below itself."""
    widths = [cell_len(name) for name, _ in pairs]
    at = max(widths, default=0) + len(STEP)
    lines = list[str]()
    for (name, value), width in zip(pairs, widths, strict=True):
        first, *more = folded(shown(value), room() - len(STEP) - at)
        lines.append(f"{name}{' ' * (at - width)}{first}")
        lines += [" " * at + line for line in more]
    return lines


def broken(words: Sequence[str]) -> list[str]:
    """A command over several lines, as a shell takes it."""
    first, *rest = words
    return [f"{line} \\" for line in [first, *(f"{STEP}{one}" for one in rest[:-1])]] + [
        f"{STEP}{rest[-1]}"
    ]
