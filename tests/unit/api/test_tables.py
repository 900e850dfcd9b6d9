"""Routes of the dated tables: what was sent reaches the engine as an entry of its kind."""

from pathlib import Path
from typing import Any

import pytest

from edge.engine.entering import tabling
from edge.errors import Changed
from edge.records.audit import Actor
from tests.unit.api.desk import World, world

PERSON = Actor("admin", "page 127.0.0.1")
RATES = {s: {"off_peak": 1, "mid": 2, "peak": 3} for s in ("summer", "spring_autumn", "winter")}
PRICE = {"item": "film", "value": 2.5, "unit": "USD/kg", "valid_from": "2026-03-01"}
TARIFF = {"contract": "industrial-eul", "rates": RATES, "valid_from": "2026-03-01"}
CYCLE = {"line": "a", "machine": "m", "product": "A", "value": 1, "valid_from": "2026-03-01"}
DAY = {"line": "a", "day": "2026-03-01", "closed": True}
WEEK = {"line": "a", "valid_from": "2026-03-01", "shifts": []}
REASON = {"id": "needle", "ko": "바늘", "en": "Needle", "vi": "Kim"}


@pytest.fixture
def here(tmp_path: Path) -> World:
    """An application."""
    return world(tmp_path)


@pytest.mark.parametrize(
    ("path", "kind", "body"),
    [
        ("prices", "price", PRICE),
        ("prices", "tariff", TARIFF),
        ("cycles", "cycle", CYCLE),
        ("calendars", "day", DAY),
        ("calendars", "week", WEEK),
        ("reasons", "reason", REASON),
    ],
)
async def test_an_entry_reaches_the_engine_by_its_kind(
    here: World, monkeypatch: pytest.MonkeyPatch, path: str, kind: str, body: dict[str, Any]
) -> None:
    """Its keys as they were sent, with the note beside them; a key too much is refused."""
    seen: list[tuple[tabling.Wish, Actor]] = []

    def entered(_: object, wish: tabling.Wish, by: Actor) -> dict[str, Any]:
        seen.append((wish, by))
        return {}

    monkeypatch.setattr(tabling, "entered", entered)
    async with here.client() as client:
        answer = await client.post(f"/api/v1/{path}", json={**body, "note": "why"})
        wrong = await client.post(f"/api/v1/{path}", json={**body, "colour": "red"})

    assert answer.status_code == 201, answer.text
    assert wrong.status_code == 422
    ((wish, by),) = seen
    assert (wish.kind, wish.note, by) == (kind, "why", PERSON)
    assert body.items() <= wish.body.items()


@pytest.mark.parametrize("table", ["prices", "cycles", "calendars", "reasons"])
async def test_a_table_is_listed_under_its_noun(
    here: World, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    """The engine's answer as it is."""
    monkeypatch.setattr(tabling, "listed", lambda _, name: {name: []})
    async with here.client() as client:
        answer = await client.get(f"/api/v1/{table}")
    assert answer.json() == {table: []}


async def test_the_second_who_takes_back_is_told(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a version nothing is done; with an old one the present entry is in the answer."""

    def withdrawn(_: object, number: int, version: int, by: Actor) -> dict[str, Any]:
        if version != 2:
            raise Changed({"id": number, "version": 2})
        return {"id": number, "version": 3, "who": by.who}

    monkeypatch.setattr(tabling, "withdrawn", withdrawn)
    path, body = "/api/v1/entries/7", {"withdrawn": True}
    async with here.client() as client:
        blind = await client.patch(path, json=body)
        late = await client.patch(path, json=body, headers={"If-Match": '"1"'})
        done = await client.patch(path, json=body, headers={"If-Match": '"2"'})

    assert (blind.status_code, late.status_code, done.status_code) == (428, 412, 200)
    assert late.json()["present"] == {"id": 7, "version": 2}
    assert (done.json()["version"], done.headers["ETag"]) == (3, '"3"')
