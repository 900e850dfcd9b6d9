"""A collector in a process of its own, to be killed: `python -m tests.contract.mqtt_child ...`.

Rows and key are committed in one SQLite transaction, as the intake does it, and it dawdles before
and after, so that many kills fall between a commit and its acknowledgements.
"""

import asyncio
import random
import sqlite3
import sys
from pathlib import Path

from collectors.mqtt import collect
from collectors.mqtt.settings import Config, Point
from edge.model import Batch

DAWDLE_S = 0.02
TOPIC = "line/count"


def opened(file: Path) -> sqlite3.Connection:
    """The database of rows, key and gaps."""
    db = sqlite3.connect(file)
    db.executescript(
        "pragma journal_mode = wal; pragma synchronous = off;"  # a kill spares what is written
        "create table if not exists row (id integer primary key, value real);"
        "create table if not exists key (id integer primary key, key blob);"
        "create table if not exists gap (reason text);"
    )
    return db


class Desk:
    """A `Deliver` on a file."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        found = db.execute("select key from key where id = 1").fetchone()
        self.key: bytes = found[0] if found else b""

    async def __call__(self, batch: Batch, key: bytes = b"") -> None:
        await asyncio.sleep(random.uniform(0, DAWDLE_S))
        with self._db:
            rows = [(value,) for value in batch.value.tolist()]
            self._db.executemany("insert into row (value) values (?)", rows)
            self._db.execute("insert or replace into key values (1, ?)", (key,))
        self.key = key
        await asyncio.sleep(random.uniform(0, DAWDLE_S))

    def symbol(self, text: str) -> int:
        raise AssertionError(f"nobody publishes texts here: {text}")

    async def gap(self, reason: str, from_ns: int, to_ns: int) -> None:
        with self._db:
            self._db.execute("insert into gap values (?)", (f"{reason} {from_ns} {to_ns}",))

    def alive(self, at_ns: int) -> None:
        pass

    def refuse(self, reason: str, excerpt: bytes, received_ns: int) -> None:
        raise AssertionError(f"all messages are numbers: {reason} {excerpt!r} {received_ns}")

    def finding(self, code: str, text: str) -> None:
        pass


def main() -> None:
    """Collect until killed: arguments are port, protocol and file."""
    port, protocol, file = sys.argv[1:]
    config = Config.model_validate(
        {"url": f"mqtt://127.0.0.1:{port}", "client_id": "child", "protocol": protocol}
        | {"points": [Point(signal=1, topic=TOPIC)]}
    )
    asyncio.run(collect(config, Desk(opened(Path(file)))))


if __name__ == "__main__":
    main()
