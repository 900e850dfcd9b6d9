"""The catalog: signal paths and their dense ids, texts and the symbols that stand for them.

What always holds:
1. An id or a symbol, once committed, means the same for ever; none is used again.
2. Ids are given out under the write lock. Symbols are not: a collector needs one at once and holds
   no transaction. So a symbol is computed from its text, and every process finds the same one
   without asking any other.
3. `vouched` holds the SHA-256 of all signals, so that a changed letter of a path is found.
"""

import hashlib
import json
import sqlite3
from collections.abc import Mapping

from edge.errors import JournalDamaged

SYMBOL_BITS = 52  # a double carries it exactly; two of a million texts meet once in 9,000 sites
TABLES = """
create table if not exists signal (id integer primary key autoincrement,
    path text not null unique, kind text not null, unit text not null, source text not null) strict;
create table if not exists symbol (n integer primary key,
    symbol integer not null unique, text text not null unique) strict;
create table if not exists vouched (name text primary key, digest blob not null)
    strict, without rowid;
"""
VOUCH = """insert into vouched values ('signal', ?)
    on conflict (name) do update set digest = excluded.digest where digest <> excluded.digest"""
VOUCHED = "select 1 from vouched where name = 'signal'"
FACTS = "select path, kind, unit, source from signal"
NEWS = "select n, symbol, text from symbol where n > ? order by n"
NEW_SYMBOL = """insert into symbol (symbol, text) select :symbol, :text
    where not exists (select 1 from symbol where symbol = :symbol and text = :text)"""
NEW_SIGNAL = """insert into signal (path, kind, unit, source) values (?, ?, ?, ?) on conflict (path)
    do update set kind = excluded.kind, unit = excluded.unit, source = excluded.source
    where (kind, unit, source) <> (excluded.kind, excluded.unit, excluded.source)"""


def create(db: sqlite3.Connection) -> None:
    """Make the catalog's tables where they are missing."""
    db.executescript(TABLES)


class Catalog:
    """Names and numbers, in the database that the journal shares.

    `symbol` touches no database, so the event loop may call it; all else belongs to the thread of
    the connection.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._seen = 0
        self._known = dict[int, str]()
        self._symbols = dict[str, int]()
        self._texts = dict[int, str]()
        self._fresh = dict[str, int]()  # not known to be committed
        self.refresh()

    def ids(self, signals: Mapping[str, tuple[str, str, str]]) -> dict[str, int]:
        """The dense id of each path, by (kind, unit, source); new ones need a transaction.

        Where nothing is new nothing is written: a service starts on a full disk too.
        """
        known = {path: (kind, unit, source) for path, kind, unit, source in self._db.execute(FACTS)}
        new = [(path, *facts) for path, facts in signals.items() if known.get(path) != facts]
        if new or self._db.execute(VOUCHED).fetchone() is None:
            self._db.executemany(NEW_SIGNAL, new)
            self._db.execute(VOUCH, (digest(self._db),))
        numbers = {path: number for number, path in self.paths().items()}
        return {path: numbers[path] for path in signals}

    def paths(self) -> dict[int, str]:
        """Every path that ever had an id."""
        return dict(self._db.execute("select id, path from signal order by id").fetchall())

    def known(self) -> dict[int, str]:
        """The same for a reader; another mapping only once an id is new, for an id is for good."""
        (newest,) = self._db.execute("select ifnull(max(id), 0) from signal").fetchone()
        if newest != next(reversed(self._known), 0):
            self._known = self.paths()
        return self._known

    def kinds(self) -> dict[int, str]:
        """What the values of each id mean, as configured last."""
        return dict(self._db.execute("select id, kind from signal").fetchall())

    def sources(self) -> dict[int, str]:
        """The source that each id belongs to, as configured last."""
        return dict(self._db.execute("select id, source from signal").fetchall())

    def entries(self) -> dict[str, tuple[int, str, str]]:
        """Id, kind and unit of each path: what a file of samples needs to explain itself."""
        rows = self._db.execute("select path, id, kind, unit from signal order by id").fetchall()
        return {path: (number, kind, unit) for path, number, kind, unit in rows}

    def symbol(self, text: str) -> int:
        """The integer that stands for a text; durable with the next `write`."""
        known = self._symbols.get(text)
        if known is not None:
            return known
        number = unused(text, self._texts)
        self._texts[number] = text
        self._symbols[text] = self._fresh[text] = number
        return number

    def write(self) -> None:
        """Commit the new symbols with the caller's transaction; once in each.

        A symbol is written until it was found committed, for a transaction may come to nothing.

        Raises:
            JournalDamaged: another process gave this symbol to another text.
        """
        for text, symbol in list(self._fresh.items()):
            try:
                done = self._db.execute(NEW_SYMBOL, {"symbol": symbol, "text": text}).rowcount
            except sqlite3.IntegrityError as error:
                raise JournalDamaged(f"symbol {symbol} of {text!r} is taken; restart") from error
            if not done:
                del self._fresh[text]

    def symbols(self) -> dict[int, str]:
        """All texts by symbol, those of other processes included."""
        self.refresh()
        return dict(self._texts)

    def refresh(self) -> None:
        """Learn what other processes have committed."""
        for n, symbol, text in self._db.execute(NEWS, (self._seen,)).fetchall():
            self._texts[symbol] = text
            self._symbols[text] = symbol
            if not self._db.in_transaction:  # else the row may come to nothing, its n to another's
                self._seen = n


def digest(db: sqlite3.Connection) -> bytes:
    """SHA-256 over all that is known of the signals."""
    rows = db.execute("select id, path, kind, unit, source from signal order by id").fetchall()
    return hashlib.sha256(json.dumps(rows).encode()).digest()


def unused(text: str, texts: Mapping[int, str]) -> int:
    """The symbol of a text: the first of its hashes that no other text has."""
    probe = 0
    while not (number := hashed(text, probe)) or texts.get(number, text) != text:
        probe += 1
    return number


def hashed(text: str, probe: int) -> int:
    """One of the numbers that may stand for a text."""
    raw = hashlib.sha256(b"%d:" % probe + text.encode(errors="replace")).digest()
    return int.from_bytes(raw, "big") >> (256 - SYMBOL_BITS)
