"""The configuration that ran last: kept beside the present one, and used where that has faults.

A typing error in a file must not end what has been collecting for months. It is told on the health
page until the file is mended. The first start of a site has nothing to fall back on: it is refused.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from edge.config.loader import FILE, Kinds, Loaded, load
from edge.errors import ConfigInvalid

GOOD = "lineproof.good.yaml"
MOST_TOLD = 3  # faults


class Usable(NamedTuple):
    """A configuration without a fault, its text, and why it is not the present one."""

    loaded: Loaded
    text: bytes
    instead: str = ""  # faults of the present one; empty where that is used


def usable(folder: Path, kinds: Kinds) -> Usable:
    """The configuration of a site, or where it has faults the one that ran last.

    Args:
        folder: holds `lineproof.yaml`.
        kinds: the configuration of each kind of source and sink.

    Raises:
        ConfigInvalid: with every fault, where none ever ran here or that has faults by now too.
    """
    try:
        return read(folder, kinds, FILE)
    except ConfigInvalid as error:
        try:
            return read(folder, kinds, GOOD)._replace(instead=told(error))
        except ConfigInvalid:
            raise error from None


def read(folder: Path, kinds: Kinds, name: str) -> Usable:
    """A file of which nothing was changed while it was read."""
    text = text_of(folder / name)
    while True:
        loaded = load(folder, kinds, name)
        before, text = text, text_of(folder / name)
        if text == before:
            return Usable(loaded, text)


def text_of(file: Path) -> bytes:
    """What a file holds; nothing where it cannot be read, which is said by whoever loads it."""
    try:
        return file.read_bytes()
    except OSError:
        return b""


def told(error: ConfigInvalid) -> str:
    """What a person has to mend: the first faults, and how many more there are."""
    more = len(error.faults) - MOST_TOLD
    first = "; ".join(str(fault) for fault in error.faults[:MOST_TOLD])
    return f"{first}; and {more} more" if more > 0 else first


def keep(folder: Path, text: bytes) -> None:
    """Note a configuration that runs; where nobody may write beside it, none is kept."""
    present, draft = folder / GOOD, folder / f".{GOOD}.part"
    with suppress(OSError):
        if present.exists() and present.read_bytes() == text:
            return
        with draft.open("wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(present)
