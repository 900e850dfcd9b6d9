"""`lineproof import samples`: files through the same journal, archive and engine as live samples.

It works beside a running service: both write in short transactions of the same database, and the
service shows what was folded here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from edge.cli.output import counted, counting, note, progress, say, say_json
from edge.cli.site import site_of
from edge.clock import SYSTEM
from edge.config.loader import Loaded
from edge.engine.engine import Engine
from edge.errors import NotFound, Refused
from edge.history import History
from edge.importing import import_files
from edge.records.database import Records
from edge.stores import Stores


def command(files: list[Path], config: Path, *, json: bool) -> None:
    """Import and fold; print what became of the rows."""
    missing = [str(path) for path in files if not path.exists()]
    if missing:
        raise NotFound(f"no such file: {', '.join(missing)}")
    for path in files:
        if path.is_dir():
            raise Refused(f"{path} is a folder; name its files, such as {path / '*.csv'}")
    loaded = site_of(config)
    with writing(loaded) as (stores, engine):
        with counting("importing", "rows") as told:
            signals = loaded.site.signals()
            zone = ZoneInfo(loaded.site.timezone)
            done = import_files(
                stores, files, signals, lambda so_far: told(so_far.received), zone=zone
            )
        with progress("computing figures") as told:
            engine.catch_up(told)
    if json:
        say_json(done._asdict())
    else:
        read = counted(done.received, "row")
        say(f"{read} read: {done.stored:,} stored, {done.filtered:,} there already")
        if done.local:
            zoned = loaded.site.timezone
            note(f"{counted(done.local, 'time')} had no offset and went as local times of {zoned}")
    if done.future:
        lie = "lies" if done.future == 1 else "lie"
        rows = counted(done.future, "row")
        note(f"{rows} {lie} in the future: stored, but no figure uses what has not come yet")


@contextmanager
def writing(loaded: Loaded) -> Iterator[tuple[Stores, Engine]]:
    """Stores to write to, and an engine over them."""
    with Stores.open(loaded.data) as stores:
        records = Records.open(loaded.data / "records.db")
        yield stores, Engine(loaded.site, History(stores), records, SYSTEM)
