"""Every row of the matrix is somewhere: played, held by a test that exists, or said not to run."""

import re
from pathlib import Path

from tests.faults.elsewhere import HELD, MEASURED, NOT_RUN, told
from tests.faults.matrix import MATRIX
from tests.faults.playing import ROOMS

TESTS = Path(__file__).parents[1]
ROWS = 125


def number(name: str) -> int:
    """Of the row; a letter tells its parts apart."""
    return int(re.sub(r"[a-z]$", "", name))


def test_every_row_has_its_place() -> None:
    """None is forgotten, and none is in two places."""
    assert ROOMS
    played = {number(one.number) for one in MATRIX}
    places = [*played, *map(int, HELD), *map(int, MEASURED), *NOT_RUN]
    assert sorted(places) == list(range(1, ROWS + 1))


def test_what_holds_a_row_exists() -> None:
    """A table must not name a test that was renamed or removed."""
    for name, (path, test) in HELD.items():
        defined = re.findall(r"def (test_\w+)", (TESTS / path).read_text("utf-8"))
        assert test in defined or (not test and defined), name


def test_the_page_names_files_as_they_are_found_from_the_root() -> None:
    """Who copies a test from the table can run it."""
    named = re.findall(r"^\| \d+ \| `([\w/.]+)::", told(), re.MULTILINE)
    assert len(named) > 50
    assert [path for path in named if not (TESTS.parent / path).is_file()] == []
