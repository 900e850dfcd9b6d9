"""What was set aside is listed, counted for ever, and takes no more room than it may."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from edge.errors import NotFound
from edge.ledger import LISTED_AN_HOUR, MORE, Quarantined
from edge.model import HOUR_NS
from edge.records.audit import ADMIN
from edge.service import aside
from edge.service.desk import Desk
from edge.stores import Stores
from tests.unit.edge.fake_clock import ToldClock

SEOUL = ZoneInfo("Asia/Seoul")
AT_NS = 490_000 * HOUR_NS
FLOOD = 3_000


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    """Open ones."""
    with Stores.open(tmp_path) as made:
        yield made


def set_aside(stores: Stores, count: int, at_ns: int = AT_NS, source: str = "broker") -> None:
    """So many messages that could not be understood, in one transaction each ten."""
    for first in range(0, count, 10):
        with stores.journal.transaction():
            for nth in range(first, min(first + 10, count)):
                stores.ledger.quarantine(source, "no JSON", b"\xff{%d" % nth, at_ns + nth)


def test_an_entry_says_whose_it_is_why_and_how_it_began(stores: Stores) -> None:
    """Bytes that are no text are shown as what they are."""
    set_aside(stores, 1)
    found = aside.listed(stores, SEOUL)
    (one,) = found["quarantine"]
    assert one == {
        "id": 1,
        "source": "broker",
        "signal": None,
        "reason": "no JSON",
        "excerpt": "\\xff{0",
        "rows": 1,
        "received": "2025-11-25T01:00:00+09:00",
        "retry": False,
    }
    assert found["waiting"] == [{"source": "broker", "reason": "no JSON", "rows": 1}]


def test_a_discarded_entry_is_gone_but_counts(stores: Stores) -> None:
    """Its excerpt leaves the disk; an explanation still says what a figure left out."""
    set_aside(stores, 3)
    aside.discard(stores, [2], AT_NS)
    assert [one["id"] for one in aside.listed(stores, SEOUL)["quarantine"]] == [3, 1]
    assert [one.rows for one in stores.ledger.waiting()] == [2]
    assert [one.rows for one in stores.ledger.set_aside(0, 2 * AT_NS)] == [3]
    (kept,) = stores.db.execute("select excerpt from quarantine where id = 2").fetchone()
    assert kept == b""


def test_of_several_numbers_all_are_discarded_or_none(stores: Stores) -> None:
    """One that is not on the list spoils the call; so does a second time."""
    set_aside(stores, 3)
    with pytest.raises(NotFound, match="no entry 9"):
        aside.discard(stores, [1, 9], AT_NS)
    assert len(aside.listed(stores, SEOUL)["quarantine"]) == 3
    aside.discard(stores, [1], AT_NS)
    with pytest.raises(NotFound, match="no entry 1"):
        aside.discard(stores, [1], AT_NS)


def test_a_flood_is_counted_to_the_last_and_listed_in_part(stores: Stores) -> None:
    """Per source and hour some are listed; what was left out is counted, in the next hour too."""
    set_aside(stores, FLOOD)
    set_aside(stores, 5, source="plc")
    set_aside(stores, 5, AT_NS + HOUR_NS)
    rows = stores.db.execute("select source, reason, rows from quarantine").fetchall()
    assert len(rows) == LISTED_AN_HOUR + 1 + 5 + 5
    assert ("broker", MORE, FLOOD - LISTED_AN_HOUR) in rows
    assert sum(n for _, _, n in rows) == FLOOD + 10


def test_a_flood_that_comes_by_turns_is_limited_too(stores: Stores) -> None:
    """Two hours by turns, as a sink has them that brings an old time and the present one."""
    with stores.journal.transaction():
        for nth in range(FLOOD):
            stores.ledger.quarantine("influx", "no", b"", AT_NS + nth % 2 * HOUR_NS)
    (count, rows) = stores.db.execute("select count(*), sum(rows) from quarantine").fetchone()
    assert (count, rows) == (2 * (LISTED_AN_HOUR + 1), FLOOD)


def test_a_flood_whose_commit_failed_is_counted_once(stores: Stores) -> None:
    """What a transaction took back comes again; nothing is added to an entry that is not there."""
    set_aside(stores, LISTED_AN_HOUR)
    stores.db.execute("begin immediate")
    stores.ledger.quarantine("broker", "no JSON", b"", AT_NS)
    stores.db.execute("rollback")
    set_aside(stores, 10)
    (total,) = stores.db.execute("select sum(rows) from quarantine").fetchone()
    assert total == LISTED_AN_HOUR + 10


async def test_of_two_people_who_try_an_entry_again_one_does(tmp_path: Path) -> None:
    """Two clicks in a row: the rows of the first are not stored yet when the second is made."""
    with Stores.open(tmp_path) as stores:
        set_aside(stores, 2)
    tried, heard = list[int](), list[str]()

    async def again(entry: Quarantined) -> tuple[aside.Document, bool]:
        tried.append(entry.id)
        await asyncio.sleep(0.05)
        return {"stored": 1, "there": 0, "refused": 0}, True

    async def click(number: int) -> None:
        try:
            await room.retry(number, ADMIN)
        except NotFound as error:
            heard.append(str(error))

    desk = Desk(lambda: Stores.open(tmp_path), "aside")
    room = aside.Aside(desk, desk, SEOUL, ToldClock(AT_NS), again)
    try:
        async with asyncio.TaskGroup() as group:
            for number in (1, 2, 1):
                group.create_task(click(number))
    finally:
        desk.close()
    assert (sorted(tried), heard) == ([1, 2], [aside.NO_ENTRY.format(1)])
