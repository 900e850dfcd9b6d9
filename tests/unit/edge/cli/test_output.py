"""What commands print: columns that stand, letters that do nothing, progress that is no result."""

import io
import json
import logging
import re
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from edge.cli import output
from edge.cli.logs import LONGEST, QUIET, log_to_stderr, printable
from edge.cli.main import app
from tests.unit.edge.cli.desk import Command

HOSTILE = "a\x1b[31mb\x07c\nd\u202ee\x9bf"


def printed(capsys: pytest.CaptureFixture[str], head: list[str], rows: list[list[object]]) -> str:
    """A table as it stands on stdout."""
    output.table(head, rows)
    return capsys.readouterr().out


def test_columns_stand_under_one_another(capsys: pytest.CaptureFixture[str]) -> None:
    """Hangul takes two columns, a dash one; numbers to the right, texts to the left."""
    rows: list[list[object]] = [
        ["한빛마스크", 7, None],
        ["a", 1234567, 0.78812],
        ["—", 10, 12345.6],
    ]
    assert printed(capsys, ["name", "n", "value"], rows) == (
        "name                n   value\n"
        "한빛마스크          7       —\n"
        "a           1,234,567  0.7881\n"
        "—                  10  12,346\n"
    )


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, "—"),
        (True, "yes"),
        (False, "no"),
        (0, "0"),
        (-1234, "-1,234"),
        (0.0, "0"),
        (1e-9, "1e-09"),
        (["줄", 1], '["줄", 1]'),
        ({"a": None}, '{"a": null}'),
        ("1,5", "1,5"),
    ],
)
def test_a_cell_says_what_it_is(cell: object, text: str) -> None:
    """Unknown is not zero, and nothing looks like Python."""
    assert output.shown(cell) == text


CELLS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9)


@given(st.lists(CELLS, min_size=1, max_size=5))
def test_no_cell_moves_its_neighbours(cells: list[object]) -> None:
    """What stands behind it stands at one column in every line, whatever somebody wrote."""
    lines = list[str]()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(output, "say", lines.append)
        output.table(("<", "cell", ">"), [["<", cell, ">"] for cell in cells])
    assert len(lines) == len(cells) + 1
    assert len({cell_len(line[: line.rindex(">")]) for line in lines}) == 1
    for cell, line in zip(cells, lines[1:], strict=True):
        assert output.shown(cell) in line


@given(st.text())
def test_a_text_steers_no_terminal(text: str) -> None:
    """Whatever a broker, a file or a server has named a thing."""
    shown = printable(text)
    assert len(shown) == len(text)
    assert not any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in shown)
    assert "\u202e" not in shown


def test_what_is_said_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """On stdout and on stderr."""
    output.say(HOSTILE)
    output.note(f"[bold]{HOSTILE}[/bold] :smile:")
    found = capsys.readouterr()
    assert found.out == "a�[31mb�c�d�e�f\n"
    assert found.err == "[bold]a�[31mb�c\nd�e�f[/bold] :smile:\n"


def test_a_document_has_no_nan(capsys: pytest.CaptureFixture[str]) -> None:
    """NaN is no JSON; whoever makes one hears of it."""
    output.say_json({"이름": "한빛", "value": None})
    assert json.loads(capsys.readouterr().out) == {"이름": "한빛", "value": None}
    with pytest.raises(ValueError, match="Out of range float values"):
        output.say_json({"value": float("nan")})


def test_progress_is_seen_on_a_terminal_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bar on stderr; where nobody sees it nothing is printed."""
    with output.progress("computing figures") as told:
        told(0.5)
    assert capsys.readouterr() == ("", "")
    stream = io.StringIO()
    monkeypatch.setattr(output, "NOTES", Console(file=stream, force_terminal=True, width=80))
    with output.progress("computing figures") as told:
        told(0.5)
    assert "computing figures" in stream.getvalue()


def test_a_count_is_what_was_done_and_no_guess(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a file nobody knows how many rows it has before it was read."""
    with output.counting("importing", "rows") as told:
        told(7)
    assert capsys.readouterr() == ("", "")
    stream = io.StringIO()
    monkeypatch.setattr(output, "NOTES", Console(file=stream, force_terminal=True, width=80))
    with output.counting("importing", "rows") as told:
        told(1_234_567)
    assert "1,234,567 rows" in stream.getvalue()
    assert "%" not in stream.getvalue()


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (1234, "1,234 rows")]
)
def test_one_is_not_many(number: int, text: str) -> None:
    """Nobody reads of 1 rows."""
    assert output.counted(number, "row") == text


def logged(monkeypatch: pytest.MonkeyPatch, level: int, asked: str = "") -> str:
    """What a service of a level says of a bug and of a hostile text."""
    stderr = io.StringIO()
    monkeypatch.setattr("sys.stderr", stderr)
    monkeypatch.setenv("LINEPROOF_LOG", asked)
    try:
        log_to_stderr(level)
        log = structlog.get_logger()
        log.info("hour sealed", rows=3, text=HOSTILE, long="x" * 9999)
        try:
            _ = 1 // int("0")
        except ZeroDivisionError:
            log.exception("bug in a supervised task", owner="plc1")
    finally:
        structlog.reset_defaults()
        logging.basicConfig(force=True)
    return stderr.getvalue()


def test_a_log_is_a_line_an_event_with_the_trace_of_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fields are cut, control characters are gone; of a bug nothing is left out."""
    first, second = logged(monkeypatch, logging.INFO).splitlines()
    assert 'level=info event="hour sealed" rows=3' in first
    assert "\x1b" not in first
    assert "x" * LONGEST + "…" in first
    assert "x" * (LONGEST + 1) not in first
    assert "owner=plc1" in second
    assert "Traceback (most recent call last):" in second
    assert "ZeroDivisionError: integer division or modulo by zero" in second


def test_a_log_has_the_time_of_this_box_with_its_offset(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads it at the machine compares it with the clock on the wall."""
    monkeypatch.setenv("TZ", "Asia/Seoul")
    time.tzset()
    try:
        line = logged(monkeypatch, logging.INFO).splitlines()[0]
    finally:
        monkeypatch.undo()
        time.tzset()
    found = re.match(r"timestamp=(\S+) ", line)
    assert found
    at = datetime.fromisoformat(found[1])
    assert at.utcoffset() == timedelta(hours=9)
    assert abs(at.timestamp() - time.time()) < 60


def test_commands_keep_quiet_unless_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """What they print is theirs alone."""
    assert logged(monkeypatch, QUIET) == ""
    assert len(logged(monkeypatch, QUIET, "error").splitlines()) == 1
    assert len(logged(monkeypatch, QUIET, "INFO").splitlines()) == 2
    assert logged(monkeypatch, QUIET, "nonsense") == ""


def test_init_writes_what_check_accepts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A new folder, secrets for nobody else, and never over a file that is there."""
    command = Command(tmp_path / "my site", capsys)
    ran = command("init", tmp_path / "my site", config=False)
    assert (ran.code, ran.out) == (0, "")
    assert "lineproof check --config" in ran.err
    assert (tmp_path / "my site" / "secrets").stat().st_mode & 0o777 == 0o700
    assert json.loads(command("check", "--json").out)["valid"] is True
    written = (tmp_path / "my site" / "lineproof.yaml").read_text("utf-8")
    again = command("init", tmp_path / "my site", config=False)
    assert (again.code, again.out) == (2, "")
    assert "is there already; edit it, or choose another folder" in again.err
    assert (tmp_path / "my site" / "lineproof.yaml").read_text("utf-8") == written


def test_help_lists_every_command(new: Command) -> None:
    """And each has a sentence of its own."""
    shown = new("--help", config=False).out
    for name in ("demo", "run", "check", "init", "status", "import", "export", "archive", "kpi"):
        assert f"\n  {name} " in shown
    for command in app.registered_commands:
        assert command.callback is not None
        assert command.callback.__doc__
