"""What commands share: the site's configuration, its stores, and an engine without a service."""

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from edge import moment
from edge.cli.output import progress
from edge.clock import SYSTEM
from edge.config.loader import Loaded, load
from edge.engine.engine import Engine
from edge.errors import JournalDamaged, NotFound
from edge.history import History
from edge.mending.examining import begun, examined
from edge.records.audit import Actor
from edge.records.database import Records
from edge.service.kinds import kinds
from edge.stores import Stores

LOST = "{data}: {seen}; start the service, which keeps what is proven and names what is lost"


def user() -> Actor:
    """Who gave this command: there are no accounts yet, so the system's name for him."""
    try:
        return Actor(pwd.getpwuid(os.getuid()).pw_name, "command")
    except KeyError:  # a container that does not name its users
        return Actor(str(os.getuid()), "command")


def site_of(config: Path) -> Loaded:
    """The configuration of a folder.

    Raises:
        ConfigInvalid: with every fault.
    """
    return load(config, kinds())


def interval(loaded: Loaded, span: tuple[str, str]) -> tuple[int, int]:
    """Two texts as instants: without an offset in the site's own time, a day as production day."""
    site = loaded.site
    return moment.interval(*span, ZoneInfo(site.timezone), site.production_day_starts)


@contextmanager
def reading(loaded: Loaded) -> Iterator[Stores]:
    """The stores, only to be read.

    Raises:
        NotFound: where nothing was ever stored.
        JournalDamaged: where something was, and its journal is gone or empty.
    """
    if not begun(loaded.data):
        if seen := examined(loaded.data):
            raise JournalDamaged(LOST.format(data=loaded.data, seen="; ".join(seen)))
        raise NotFound(f"{loaded.data} holds no samples yet; `run` or `import samples` first")
    with Stores.open(loaded.data, readonly=True) as stores:
        yield stores


@contextmanager
def listing(loaded: Loaded) -> Iterator[Stores]:
    """The stores of `reading`; of a site that holds no samples yet empty ones, made elsewhere.

    Raises:
        JournalDamaged: where samples were, and their journal is gone or empty.
    """
    if begun(loaded.data) or examined(loaded.data):
        with reading(loaded) as stores:
            yield stores
        return
    with TemporaryDirectory() as empty, Stores.open(Path(empty)) as stores:
        yield stores


@contextmanager
def asking(loaded: Loaded) -> Iterator[Engine]:
    """The engine of `engine_of`; of a site that holds no samples yet one that has nothing to tell.

    Who lists what was written down gets an empty list then, and nothing is made in the site.

    Raises:
        JournalDamaged: where samples were, and their journal is gone or empty.
    """
    if begun(loaded.data) or examined(loaded.data):
        with engine_of(loaded) as engine:
            yield engine
        return
    with TemporaryDirectory() as empty:
        own = loaded.data / "records.db"
        records = Records.open(own if own.exists() else Path(empty, own.name))
        with Stores.open(Path(empty)) as stores:
            yield Engine(loaded.site, History(stores), records, SYSTEM)


@contextmanager
def engine_of(loaded: Loaded) -> Iterator[Engine]:
    """An engine that has caught up with what is stored."""
    with reading(loaded) as stores:
        records = Records.open(loaded.data / "records.db")
        engine = Engine(loaded.site, History(stores), records, SYSTEM)
        with progress("computing figures") as told:
            engine.catch_up(told)
        yield engine
