"""How often the engine writes while the lines run: a card has to take every page of it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from sqlite3 import connect
from typing import NoReturn

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import event

from edge.engine.engine import Engine
from edge.errors import JournalFull
from edge.history import History
from edge.model import SECOND_NS
from edge.records import progress
from edge.records.database import Records
from edge.records.parts import coded
from edge.stores import Stores
from tests.unit.edge.fold_desk import at, body, site_of
from tests.unit.edge.test_arriving import HOUR_NS, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A service that has lived for a minute at 15:00."""
    with Stores.open(tmp_path) as stores:
        world = World(stores, tmp_path)
        world.live(60)
        yield world


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """How often every statement was sent to any database of SQLAlchemy's meanwhile."""
    seen = Counter[str]()

    def note(*sent: object) -> None:
        seen[str(sent[2])] += 1

    event.listen(Database, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Database, "before_cursor_execute", note)


def words(folder: Path) -> set[str]:
    """The words of the records as everybody else reads them."""
    with closing(connect(folder / "records.db")) as db:
        return {text for (text,) in db.execute("select text from word")}


def test_a_turn_with_news_writes_once(world: World) -> None:
    """Marks, rows, anchors and the number of the last block are one transaction."""
    before = world.rows()["t1_ns"].max()
    with counted() as seen:
        world.live(10)
    assert seen["commit"] == 1
    assert world.rows()["t1_ns"].max() > before


def test_a_turn_without_news_writes_nothing(world: World) -> None:
    """Until life is due, which is looked at every five seconds where nothing comes."""
    with counted() as seen:
        for _ in range(4):
            world.clock.now_ns += SECOND_NS
            world.engine.keep_up()
    assert not seen["commit"]
    world.stores.ledger.alive("plc", world.clock.now_ns)
    world.clock.now_ns += SECOND_NS
    world.engine.keep_up()
    assert world.rows()["t1_ns"].max() == world.clock.now_ns - SECOND_NS


def test_many_hours_at_once_do_not_keep_others_from_writing(world: World) -> None:
    """What takes long is not begun inside such a transaction, but folded after it."""
    fold = world.engine.fold
    world.say(at("11:00"), at("11:00") + 3 * HOUR_NS)
    fold.scan(world.stores.journal.read, History(world.stores).paths())
    with counted() as seen:
        assert fold.fold(1, "live", most_ns=2 * HOUR_NS) == []
        assert not seen["commit"]
    assert fold.waits("live")
    world.clock.now_ns += 60 * SECOND_NS  # no more of it is waited for
    world.engine.keep_up()
    rows = world.rows()
    assert rows["gq"][rows["t1_ns"] <= at("14:00")].sum() == 3 * 3600 - 10


def test_killed_in_a_turn_it_is_done_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a mark nor the number of the last block is there without the rows."""
    scanned, rows = world.engine.fold.scanned(), len(world.rows())

    def full(*_: object) -> NoReturn:
        raise JournalFull("records.db: no room for more; free disk")

    with monkeypatch.context() as patch:
        patch.setattr(progress, "put_anchors", full)
        with pytest.raises(JournalFull):
            world.live(10)
    assert (world.engine.fold.scanned(), len(world.rows())) == (scanned, rows)
    again = Engine(site_of(body()), History(world.stores), world.records, world.clock)
    again.keep_up()
    assert again.fold.scanned() == scanned + 1
    assert world.rows()["t1_ns"].max() == world.clock.now_ns - 10 * SECOND_NS


def test_what_is_written_together_is_there_together(tmp_path: Path) -> None:
    """Who writes sees it at once, everybody else at the end; an error undoes all."""
    records = Records.open(tmp_path / "records.db")
    with records.together():
        with records.reading() as db:
            assert coded(db, set()) == {}
        for text in ("one", "two"):
            with records.writing() as db:
                coded(db, {text})
        with records.reading() as db:
            assert coded(db, set()) == {}
            assert db.exec_driver_sql("select count(*) from word").scalar() == 2
        assert words(tmp_path) == set()
    assert words(tmp_path) == {"one", "two"}

    def fail() -> NoReturn:
        with records.together():
            with records.writing() as db:
                coded(db, {"three"})
            raise JournalFull("no room")

    with pytest.raises(JournalFull):
        fail()
    with records.writing() as db:
        coded(db, {"four"})
    assert words(tmp_path) == {"one", "two", "four"}
