"""The description of the interface is committed, so that whoever reads a change sees it."""

import json
from pathlib import Path

from api.openapi import described
from tests.unit.api.desk import world

GOOD = {"200", "201", "202"}
FILE = Path(__file__).parents[3] / "docs" / "openapi.json"


def test_the_committed_description_is_not_stale() -> None:
    """A route, a parameter or a limit that changes makes a change of this file."""
    assert FILE.read_text("utf-8") == described(), "run `python -m api.openapi > docs/openapi.json`"


async def test_it_is_what_the_service_serves(tmp_path: Path) -> None:
    """All but the version, which is that of the software."""
    async with world(tmp_path).client() as client:
        served = (await client.get("/openapi.json")).json()
    assert served["info"].pop("version") == "0.0"
    committed = json.loads(FILE.read_text("utf-8"))
    committed["info"].pop("version")
    assert served == committed


def test_every_answer_but_the_good_one_is_a_problem_document() -> None:
    """Nobody is told of a form of errors that we do not use."""
    for path, methods in json.loads(FILE.read_text("utf-8"))["paths"].items():
        assert path.startswith("/api/v1/")
        for method in methods.values():
            others = {
                code: answer for code, answer in method["responses"].items() if code not in GOOD
            }
            assert {"422", "default"} <= set(others)
            for answer in others.values():
                assert list(answer["content"]) == ["application/problem+json"]
