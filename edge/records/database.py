"""Opening `data/records.db`: what people decided and what was computed, in one SQLite file.

At every instant:
1. Every write transaction begins IMMEDIATE, so that several processes may write one file.
2. synchronous is FULL on every connection and the file is in WAL mode, so readers never wait.
3. The schema is that of the newest file in `migrations/versions/`; an older file is brought there
   when it is opened.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as Sqlite
from threading import local

from sqlalchemy import Connection, Engine, MetaData, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from edge.errors import Misconfigured
from edge.mishap import meaning
from edge.newest import AGAIN, RECORDS, note, noted
from edge.records.files import NAME

MIGRATIONS = Path(__file__).parent / "migrations"
PATIENCE_S = 30
ENTRIES = "entries"  # how many the audit log has once this connection has committed

metadata = MetaData()
Transaction = Connection  # what `writing` and `reading` hand out, for rooms that pass it on


class Records:
    """One records database, for any thread: each transaction has a connection of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread = local()  # the transactions that are open in each thread for several

    @classmethod
    def open(cls, path: Path) -> "Records":
        """The records at `path`, created where there are none, brought to the newest schema."""
        engine = create_engine(
            f"sqlite:///{path}", poolclass=NullPool, connect_args={"timeout": PATIENCE_S}
        )
        event.listen(engine, "connect", prepare)
        records = cls(engine)
        migrate(records)
        return records

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep the file open meanwhile, so that its log is brought home when it has grown.

        Else the last connection to close does so after every transaction, and a card takes each
        page twice: 300 B instead of 150 for a sample.
        """
        with in_words(str(self._engine.url.database)), self._engine.connect():
            yield

    @contextmanager
    def together(self) -> Iterator[None]:
        """Make all that this thread writes inside one transaction, which begins with the first.

        A page that several change is written once. Everybody else who writes waits until the end,
        so it has to be near; what is raised inside has to leave this block, which undoes it all.
        """
        with in_words(str(self._engine.url.database)), self._engine.connect() as db:
            self._thread.shared = db
            try:
                yield
                if is_open(db):
                    commit(db)
            finally:
                self._thread.shared = None
                if is_open(db):
                    db.exec_driver_sql("rollback")

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A transaction that nobody else writes beside; on the disk at its end, or nothing is.

        Inside `together` it is on the disk at the end of that.

        Raises:
            JournalFull: no room on the disk; free some and do it again.
            JournalUnwritable: the disk is read-only or broken.
            JournalDamaged: the file is not whole.
            Occupied: another process does not let go of it.
        """
        if (shared := self._shared()) is not None:
            if not is_open(shared):
                shared.exec_driver_sql("begin immediate")
            yield shared
            return
        with in_words(str(self._engine.url.database)), self._engine.connect() as db:
            db.exec_driver_sql("begin immediate")
            try:
                yield db
                commit(db)
            except BaseException:
                if is_open(db):  # SQLite itself ends one for which there is no room
                    db.exec_driver_sql("rollback")
                raise

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """A view of one instant; to be closed within a second, or the WAL file grows.

        Raises:
            JournalFull: no room even for the log of a database.
            JournalUnwritable: the disk does not let it be opened.
            JournalDamaged: the file is not whole.
        """
        if (shared := self._shared()) is not None and is_open(shared):
            yield shared  # what it has written counts already
            return
        if (seen := getattr(self._thread, "seen", None)) is not None:
            yield seen
            return
        with in_words(str(self._engine.url.database)), self._engine.connect() as db:
            db.exec_driver_sql("begin")
            try:
                yield db
            finally:
                db.exec_driver_sql("rollback")

    @contextmanager
    def seeing(self) -> Iterator[None]:
        """Let all that this thread reads inside be of one instant, and open the file once for it.

        As `reading` to be closed within a second. What this thread writes inside is not seen.
        """
        with self.reading() as db:
            before, self._thread.seen = getattr(self._thread, "seen", None), db
            try:
                yield
            finally:
                self._thread.seen = before

    def _shared(self) -> Connection | None:
        """The connection of `together`, inside of it."""
        return getattr(self._thread, "shared", None)


@contextmanager
def in_words(path: str) -> Iterator[None]:
    """Say what SQLite raises as an error of ours, where there is one."""
    try:
        yield
    except DBAPIError as error:
        if error.orig is not None and (ours := meaning(error.orig, Path(path).name)) is not None:
            raise ours from error
        raise


def commit(db: Connection) -> None:
    """End a transaction; how many entries the audit log has by now is noted beside the file."""
    db.exec_driver_sql("commit")
    if (entries := db.info.pop(ENTRIES, None)) is not None and db.engine.url.database:
        folder = Path(db.engine.url.database).parent
        if entries > noted(folder, RECORDS) and not noted(folder, AGAIN):
            note(folder, entries, RECORDS)


def entered(db: Connection, n: int) -> None:
    """Keep that this transaction brings the audit log to entry `n`, to be noted at its end.

    A number that was given before tells records of an earlier day. Which was the first is noted at
    once, for the start that tells of them: nobody else writes now, so the note is not behind.
    """
    path = Path(db.engine.url.database or "")
    if path.name != NAME:  # a draft beside the records
        return
    if n <= noted(path.parent, RECORDS) and not noted(path.parent, AGAIN):
        note(path.parent, n, AGAIN)
    db.info[ENTRIES] = n


def is_open(db: Connection) -> bool:
    """Whether a transaction is open on a connection."""
    return bool(getattr(db.connection.driver_connection, "in_transaction", False))


def prepare(db: Sqlite, _entry: ConnectionPoolEntry) -> None:
    """Make a fresh connection one of ours: we begin and end transactions, not the driver."""
    db.isolation_level = None
    db.execute("pragma journal_mode = wal")
    db.execute("pragma synchronous = full")
    db.execute("pragma foreign_keys = on")


def newest() -> str:
    """The revision of the newest migration: the number before the first underline of its name."""
    return max(path.name.split("_")[0] for path in MIGRATIONS.glob("versions/[0-9]*.py"))


def migrate(records: Records) -> None:
    """Bring the schema to the newest revision; a second process waits and finds it done.

    Raises:
        Misconfigured: a later version wrote the file; its tables are not ours to guess.
    """
    with records.reading() as db:
        present = revision(db)
    if present == newest():
        return
    if present > newest():
        raise Misconfigured(
            f"records.db has tables of revision '{present}', and this version knows them up to "
            f"'{newest()}'; nothing was changed; install the version that ran last"
        )
    from alembic import command  # noqa: PLC0415 - 12 MB that an up-to-date file does not need
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with records.writing() as db:
        config.attributes["connection"] = db
        command.upgrade(config, "head")


def revision(db: Connection) -> str:
    """The revision of the schema in the file; empty in a new one."""
    if not inspect(db).has_table("alembic_version"):
        return ""
    return str(db.execute(text("select version_num from alembic_version")).scalar_one())
