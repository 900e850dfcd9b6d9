"""Entering, correcting and importing facts over HTTP: each reaches the engine as it was written."""

from pathlib import Path
from typing import Any

import pytest

from edge.engine.entering.fact_files import Options
from edge.records.audit import Actor
from tests.unit.api.desk import World, world

PERSON = Actor("admin", "page 127.0.0.1")
AT = "2026-11-20T10:00:00+09:00"
COUNT = {"line": "mask-1", "kind": "scrap", "quantity": 3, "type": "접힘", "at": AT}


@pytest.fixture
def here(tmp_path: Path) -> World:
    """An application."""
    return world(tmp_path)


async def test_a_count_reaches_the_engine_with_its_key(here: World) -> None:
    """201 with the fact; the key is what makes it the same entry when it is sent again."""
    async with here.client() as client:
        answer = await client.post("/api/v1/counts", json=COUNT, headers={"Idempotency-Key": "k-1"})
    assert answer.status_code == 201
    told = {"line": "mask-1", "kind": "scrap", "quantity": "3.0", "type": "접힘", "at": AT}
    assert here.engine.asked == [("enter_fact", ({**told, "id": "k-1"}, PERSON))]


async def test_any_kind_may_be_told_as_a_fact(here: World) -> None:
    """What ran has no quantity."""
    body = {"line": "mask-1", "kind": "product", "product": "KF94", "from": AT, "to": AT}
    async with here.client() as client:
        assert (await client.post("/api/v1/facts", json=body)).status_code == 201
        assert (await client.post("/api/v1/counts", json=body)).status_code == 422
    assert here.engine.asked == [("enter_fact", (body, PERSON))]


@pytest.mark.parametrize(
    "change",
    [
        {"quantity": -1},
        {"quantity": "many"},
        {"kind": "work"},
        {"line": "x" * 65},
        {"colour": "red"},
        {"note": "x" * 501},
    ],
)
async def test_a_count_that_fits_no_form_is_refused(here: World, change: dict[str, Any]) -> None:
    """422 with a pointer to each fault, and nobody is asked."""
    async with here.client() as client:
        answer = await client.post("/api/v1/counts", json={**COUNT, **change})
    assert answer.status_code == 422
    assert answer.json()["errors"]
    assert here.engine.asked == []


async def test_a_correction_needs_the_version_that_was_seen(here: World) -> None:
    """Only what is sent is changed; taking back changes nothing else."""
    here.engine.answer = {"version": 3}
    async with here.client() as client:
        address = "/api/v1/facts/7"
        assert (await client.patch(address, json={"quantity": 2})).status_code == 428
        headers = {"if-match": '"2"'}
        answer = await client.patch(address, json={"quantity": 2}, headers=headers)
        assert answer.headers["etag"] == '"3"'
        await client.patch(address, json={"withdrawn": True}, headers=headers)
    assert here.engine.asked == [
        ("correct_fact", (7, 2, {"quantity": "2.0"}, PERSON)),
        ("correct_fact", (7, 2, None, PERSON)),
    ]


async def test_a_file_is_only_looked_at_unless_told(here: World) -> None:
    """Read as a table here, so that the engine is not kept waiting."""
    content = "날짜,근무조,불량\n2026-11-20,주간,3\n".encode("cp949")
    async with here.client() as client:
        address = "/api/v1/facts/import?name=일지.csv"
        await client.post(address, content=content)
        await client.post(f"{address}&preview=false&partly=true", content=content)
    (first, (name, sheet, options, by)), (_, (_, _, more, _)) = here.engine.asked
    assert (first, name, by) == ("import_facts", "일지.csv", PERSON)
    assert options == Options(preview=True)
    assert more == Options(preview=False, partly=True)
    assert [row.cells for row in sheet.rows] == [
        {"date": "2026-11-20", "shift": "주간", "scrap": "3"}
    ]


@pytest.mark.parametrize("name", ["x.csv", "x.xlsx", "x.exe", "x", "../../etc/passwd"])
async def test_a_file_that_is_no_table_is_refused(here: World, name: str) -> None:
    """422 in words; the name of a file leads nowhere."""
    async with here.client() as client:
        answer = await client.post(f"/api/v1/facts/import?name={name}", content=b"\x00\x01")
    assert (answer.status_code, answer.json()["title"]) == (422, "invalid file")
    assert here.engine.asked == []
