"""Other firms over HTTP: what is brought, what is refused, and the list of indicators."""

from pathlib import Path

import pytest

from api.guard import MOST_BYTES, MOST_OF
from tests.unit.api.desk import world

BRING = "/api/v1/evidence/import"
KEY = "0f" * 16


async def test_a_package_is_brought_with_the_key_that_was_noted(tmp_path: Path) -> None:
    """Piece by piece, longer than other bodies, and it is known who brings it."""
    body = b"x" * (MOST_BYTES * 3)
    async with world(tmp_path).client() as client:
        answer = await client.post(BRING, content=body, params={"key": KEY})
        strange = await client.post(BRING, content=b"x", params={"key": "../x"})
    told = {"bytes": len(body), "key": KEY, "by": "page 127.0.0.1"}
    assert (answer.status_code, answer.json()) == (201, told)
    assert strange.status_code == 422


async def test_what_does_not_verify_is_refused_with_what_differs(tmp_path: Path) -> None:
    """422, and the sentence that names it."""
    async with world(tmp_path).client() as client:
        answer = await client.post(BRING, content=b"")
    assert answer.status_code == 422
    assert answer.json()["detail"] == "not imported: it is empty"


async def test_nobody_else_brings_one_and_it_has_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """403 for a page of somebody else's, 413 for a file without end."""
    monkeypatch.setitem(MOST_OF, BRING, 1_000)
    foreign = {"origin": "https://evil.example"}
    async with world(tmp_path).client() as client:
        strange = await client.post(BRING, content=b"x", headers=foreign)
        long = await client.post(BRING, content=b"x" * 1_001)
    assert (strange.status_code, long.status_code) == (403, 413)


async def test_targets_stand_beside_those_of_other_firms(tmp_path: Path) -> None:
    """One document: the own, the imported, and all together."""
    here = world(tmp_path)
    async with here.client() as client:
        found = (await client.get("/api/v1/targets")).json()
    assert here.engine.asked == [("targets", ())]
    assert found == {
        "asked": "targets",
        "firms": [{"site": "daehan"}],
        "imported": [],
        "across": [],
    }


async def test_indicators_come_as_a_document_and_as_files(tmp_path: Path) -> None:
    """In the language that is asked for, under a name that tells what it is."""
    here = world(tmp_path)
    here.engine.answer = {"targets": [{}, {}], "site": {"name": "한빛"}}
    async with here.client() as client:
        found = (await client.get("/api/v1/programme", params={"lang": "en"})).json()
        files = [
            await client.get("/api/v1/programme/file", params={"format": form})
            for form in ("csv", "xlsx")
        ]
        wrong = await client.get("/api/v1/programme/file", params={"format": "exe"})

    (row,) = found["rows"]
    assert (row["site"], row["targets"], row["language"]) == ("한빛", 2, "en")
    assert "P output" not in found["missing"]
    assert [answer.text for answer in files] == ["1 csv ko", "1 xlsx ko"]
    assert [answer.headers["Content-Type"].split(";")[0] for answer in files] == [
        "text/csv",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ]
    assert 'filename="programme.csv"' in files[0].headers["Content-Disposition"]
    assert wrong.status_code == 422
