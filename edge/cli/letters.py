"""Letters that a terminal or file of another encoding does not know are written as it can.

Korean terminals of old speak EUC-KR, and cron speaks ASCII: neither knows our dashes.
"""

import codecs
import io
import sys

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
