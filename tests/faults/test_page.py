"""The page of a run keeps what was played, whatever happens afterwards."""

from pathlib import Path

import pytest

from tests.faults import page as pages
from tests.faults.matrix import MATRIX, Fault
from tests.faults.page import Page, taken_up
from tests.faults.playing import played
from tests.faults.stage import Stage

LINE = "| 13 | power cut | 2 | 0 | 0 | 0 | 0 | - | holds |\n"
BUILD = "| a build | 13 | caught: 3 lost, FAILS |\n"


def test_a_run_that_was_ended_is_taken_up(tmp_path: Path) -> None:
    """Seed, commit, time and lines are those of before; what is missing is said."""
    path, numbers = tmp_path / "faults.md", [one.number for one in MATRIX]
    page = Page(31, pages.commit(), 12.0, {"13": LINE}, {"a build": BUILD})
    page.write(path, numbers)
    assert taken_up(path, ["a build"]) == page
    text = path.read_text("utf-8")
    assert "**Not finished**: " in text
    assert " 28, 29, 30," in text
    assert ", 13," not in text
    assert f"Seed 31, commit {page.commit}, 12 s of play; Linux " in text
    assert "node-opcua 2." in text


def test_another_commit_is_not_taken_up(tmp_path: Path) -> None:
    """A table put together from two would promise what nobody saw."""
    path = tmp_path / "faults.md"
    Page(31, "0123abc", 12.0, {"13": LINE}).write(path, ["13"])
    with pytest.raises(SystemExit, match="is of commit 0123abc"):
        taken_up(path, [])
    with pytest.raises(SystemExit, match="no run to go on with"):
        taken_up(tmp_path / "none.md", [])


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (KeyError("gap"), "FAILS; KeyError: 'gap'"),
        (ValueError("no\n| JSON"), "FAILS; ValueError: no / JSON"),
        (pytest.skip.Exception("no broker"), "FAILS; NOT PLAYED: no broker"),
    ],
)
def test_whatever_breaks_a_stage_fails_its_row_alone(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, verdict: str
) -> None:
    """The next row is played all the same, and the table has a line for this one."""

    def broken(_: Stage) -> Stage:
        raise error

    monkeypatch.setattr(Stage, "__enter__", broken)
    line = played(Fault("13", "power cut", lambda _: None), 1).line()
    assert line.endswith(f"| {verdict} |\n")
