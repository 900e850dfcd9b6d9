"""Letters that a terminal or file of another encoding does not know are written as it can.

Korean terminals of old speak EUC-KR, and cron speaks ASCII: neither knows our dashes.
"""

import codecs
import io
import sys
from collections.abc import Sequence

HANDLER = "lineproof"
PLAIN = {"\N{EM DASH}": "-", "\N{EN DASH}": "-", "\N{MINUS SIGN}": "-", "…": "...", "→": "->"}


def replaced(error: UnicodeError) -> tuple[str, int]:
    """The nearest that everybody knows; a question mark for whatever has none."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end]
    return "".join(PLAIN.get(letter, "?") for letter in letters), error.end


def be_readable() -> None:
    """Let stdout and stderr write what they can, and never fail for a letter."""
    codecs.register_error(HANDLER, replaced)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=HANDLER)


def knows_all() -> bool:
    """Whether stdout can write every letter."""
    return (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")


def foreign(arguments: Sequence[str]) -> str | None:
    """What to do about the first argument that is not UTF-8; None where all are.

    A file may be called so; a title that a terminal of another encoding sends cannot be kept.
    """
    for argument in arguments:
        if any("\udc80" <= letter <= "\udcff" for letter in argument):
            shown = argument.encode("utf-8", "replace").decode("utf-8")
            return (
                f"'{shown}' is not UTF-8; let the terminal send UTF-8 (LANG=C.UTF-8), or use a page"
            )
    return None
