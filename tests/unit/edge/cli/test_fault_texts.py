"""Faults of a file of facts: row and column named, in the language of whoever reads the page."""

import json
import re
from pathlib import Path

import pytest

from edge.text.catalogue import LANGUAGES, text
from tests.unit.edge.cli.desk import Command

HEAD = "날짜,근무조,불량,유형,비고"
ROWS = (
    ("2026-03-02,야간,7,,", "근무조", "no_shift"),
    ("2026-03-99,주간,7,,", "날짜", "no_day"),
    ("2026-03-02,주간,-1,,", "불량", "no_quantity"),
    ("2026-03-02,주간,1.5,,", "불량", "not_whole"),
    ('2026-03-02,주간,"1,5",,', "불량", "comma"),
    ("2026-03-02,주간,,,", "불량", "empty"),
)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_fault_has_its_words(own: Command, tmp_path: Path, language: str) -> None:
    """Which row, which column by the file's own heading, and what to do, as texts."""
    path = tmp_path / "facts.csv"
    path.write_text("\n".join([HEAD, *(row for row, _, _ in ROWS), ""]), encoding="utf-8")

    ran = own("import", "facts", path, "--preview", "--json")
    faults = json.loads(ran.out)["faults"]

    assert [(one["row"], one["column"], one["code"]) for one in faults] == [
        (n, column, code) for n, (_, column, code) in enumerate(ROWS, start=2)
    ]
    for one in faults:
        words = text(language, f"fault.{one['code']}", **one["values"])
        assert not re.search("[{}]", words)
        assert (words == one["message"]) == (language == "en")
        assert bool(re.search("[가-힣]", words.replace("주간", ""))) == (language == "ko")
    assert "주간" in text(language, "fault.no_shift", **faults[0]["values"])
