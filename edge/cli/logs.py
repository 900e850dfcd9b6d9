"""Logs are events with fields on stderr; foreign text is cut, and control characters are quoted.

The service writes them, with the trace of every bug. Other commands keep quiet, so that what they
print is theirs alone, unless LINEPROOF_LOG asks for a level: debug, info, warning or error.
"""

import logging
import os
import sys
import unicodedata
from collections.abc import MutableMapping
from datetime import UTC, datetime

import structlog

from edge.clock import SYSTEM
from edge.moment import SECOND_NS

VARIABLE = "LINEPROOF_LOG"
QUIET = logging.CRITICAL + 1
LONGEST = 500  # characters of a field
TRACE = "exception"

Fields = MutableMapping[str, object]


def log_to_stderr(level: int = logging.INFO) -> None:
    """Send our events of a level and above to stderr; LINEPROOF_LOG says otherwise."""
    asked = logging.getLevelNamesMapping().get(os.environ.get(VARIABLE, "").upper(), level)
    colors = sys.stderr.isatty()
    logging.basicConfig(level=max(asked, logging.ERROR), stream=sys.stderr, force=True)
    structlog.configure(
        processors=[
            *([dropped] if asked >= QUIET else []),
            structlog.processors.add_log_level,
            stamped,
            structlog.processors.format_exc_info,
            shortened,
            structlog.dev.ConsoleRenderer()
            if colors
            else structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(min(asked, logging.CRITICAL)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def stamped(_: object, __: str, fields: Fields) -> Fields:
    """When it was, by the clock of this box and with its offset."""
    at = datetime.fromtimestamp(SYSTEM.wall_ns() / SECOND_NS, UTC).astimezone()
    return {"timestamp": at.isoformat(timespec="milliseconds"), **fields}


def dropped(_: object, __: str, ___: Fields) -> Fields:
    """Say nothing at all."""
    raise structlog.DropEvent


def shortened(_: object, __: str, fields: Fields) -> Fields:
    """Fields that a terminal and a disk can bear, whoever has sent them; a trace stays whole."""
    for name, value in fields.items():
        if isinstance(value, str):
            longest = None if name == TRACE else LONGEST
            fields[name] = printable(value, longest, keep="\n" if name == TRACE else "")
    return fields


def printable(text: str, longest: int | None = None, *, keep: str = "") -> str:
    """A text without control characters, which a terminal would obey, and cut."""
    some = text if longest is None or len(text) <= longest else text[:longest] + "…"
    if some.isprintable():
        return some
    return "".join(c if is_shown(c) or c in keep else "\N{REPLACEMENT CHARACTER}" for c in some)


def is_shown(letter: str) -> bool:
    """Whether a letter is one, or a blank of any width."""
    return letter.isprintable() or unicodedata.category(letter) == "Zs"
