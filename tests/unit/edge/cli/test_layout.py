"""What commands print fits a terminal of 100 columns and of 80, and nothing of it is cut."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from edge.cli.explain import charge
from edge.cli.kpi import print_rows
from edge.cli.layout import WIDE, broken, columns, folded, terms
from edge.stores import Stores
from tests.unit.edge.cli.desk import Command, rows, write_csv

WORD = st.text("ab가나/,", max_size=60)
TEXT = st.lists(WORD, max_size=5).map(" ".join)
DAY = ("--line", "mask-1", "--from", "2026-03-03", "--to", "2026-03-04")


@given(TEXT, st.integers(2, 50))
def test_a_folded_text_loses_nothing_and_fits(text: str, most: int) -> None:
    """Only blanks go where a line ends; a letter of Hangul takes two columns."""
    lines = folded(text, most)
    assert max(map(cell_len, lines)) <= most
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@given(st.lists(st.lists(TEXT, min_size=6, max_size=6), min_size=1, max_size=4))
def test_a_table_too_wide_goes_on_below_with_its_first_column(cells: list[list[str]]) -> None:
    """Every letter of every cell is there, and each part begins with the same column."""
    head = [f"h{i}" for i in range(6)]
    lines = columns(head, cells, keep=head)
    assert max(map(cell_len, lines)) <= WIDE - 2
    heads = [line.split() for line in lines if line.startswith("h0")]
    assert [name for part in heads for name in part if name != "h0"] == head[1:]
    printed = "".join(lines)
    for row in cells:
        for cell in row[1:]:
            assert all(printed.count(letter) >= cell.count(letter) for letter in set(cell) - {" "})


def test_columns_in_which_nothing_stands_are_left_out() -> None:
    """Unless they have to stay; the first always does."""
    table = [["a", 0, None, 3], ["", 0, None, 0]]
    assert columns(("x", "zero", "none", "n"), table) == ["x  n", "a  3", "   0"]
    assert columns(("x", "zero", "none", "n"), table, keep=("zero",))[0] == "x  zero  n"
    assert columns(("x",), []) == []


def test_terms_begin_in_one_column_and_go_on_below_it() -> None:
    """Also behind names of Hangul."""
    first, second, *more = terms([("가", 1), ("bcd", "x " * 60)])
    assert (first, second[:7]) == ("가   1", "bcd  x ")
    assert all(line.startswith("     x") for line in more)


def test_a_command_over_several_lines_is_one_for_a_shell() -> None:
    """A backslash at the end of each but the last."""
    assert broken(["a b", "--c", "--d"]) == ["a b \\", "  --c \\", "  --d"]


@pytest.mark.parametrize("columns", [80, 100])
@pytest.mark.parametrize(
    "asked",
    [
        ("kpi", *DAY, "--explain", "--measure", "oee"),
        ("kpi", *DAY, "--explain"),
        ("kpi", *DAY, "--explain", "--machine", "body", "--measure", "effectiveness"),
    ],
    ids=["one", "all", "machine"],
)
def test_an_explanation_fits(
    site: Command, asked: tuple[str, ...], columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the figure over elements and buckets to the samples, in that order."""
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = site(*asked).out.splitlines()
    printed = [line for line in lines if "--config" not in line]  # a path is as long as it is
    assert max(map(cell_len, printed)) <= columns
    titles = [line for line in lines if re.match(r"\w.*:( none)?$", line)]
    wanted = ("figures", "formulas", "elements", "buckets", "counter decisions", "raw samples")
    places = [next(i for i, one in enumerate(titles) if one.startswith(w)) for w in wanted]
    assert places == sorted(places)


def test_a_cost_is_printed_with_its_prices() -> None:
    """Hours and reduced rates stand beside the price; a price that nobody knows is a dash."""
    known = {"item": "electricity", "contract": "industrial-eul", "season": "spring_autumn"}
    known |= {"unit": "KRW/kW.h", "valid_from": "2026-01-01", "band": "off_peak"}
    told: dict[str, Any] = {**known, "factor": 0.5, "price_krw": 50.0}
    flat = {**dict.fromkeys(told), "item": "film", "factor": 1.0}
    rows = [{**told, "quantity": 4.0, "cost_krw": 200.0}, {**flat, "quantity": 2.0}]
    first, second = [charge({"cost_krw": None, **row}) for row in rows]
    assert first == ["electricity", 4, 50, 200, "spring autumn off peak", 0.5, "2026-01-01"]
    assert second == ["film", 2, None, None, None, None, None]


def test_a_decision_stands_with_the_readings_around_it(own: Command, tmp_path: Path) -> None:
    """A counter that begins anew at zero: from 500 down to 3, and up again to 8."""
    good = "hanbit/mask-1/body/good"
    told = [(path, at, value) for path, at, value in rows(1) if path != good]
    times = [at for path, at, _ in rows(1) if path == good][:4]
    told += [(good, at, value) for at, value in zip(times, (495, 500, 3, 8), strict=True)]
    assert own("import", "samples", write_csv(tmp_path / "a.csv", told)).code == 0
    day = ("--line", "mask-1", "--from", "2026-03-02", "--to", "2026-03-03")
    said = own("kpi", *day, "--explain", "--measure", "oee").out
    part = said[said.index("counter decisions:") :].splitlines()
    assert part[1] == f"  {good}"
    assert part[2].split()[:5] == ["at", "decision", "before", "reading", "after"]
    assert part[3].split()[:6] == ["2026-03-02", "08:02", "reset", "500", "3", "8"]
    assert said.rstrip().endswith("--out samples.csv")


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (0.98, "1", "98.0"),
        (10.0, "1", "1,000.0"),
        (6_531.825, "1", "open"),
        (6_531.825, "{piece}/h", "6,532"),
        (None, "1", "—"),
    ],
)
def test_a_bound_that_bounds_nothing_is_called_open(
    value: float | None, unit: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A share above 1,000 % says nothing of a machine; what open means stands below the table."""
    one = {"value": 0.9, "unit": unit, "low": 0.1, "high": value, "coverage": 0.01}
    figure = {"effectiveness": {**one, "n": 1, "manual_share": 0.0}}
    where = {"from": "2026-03-02T08:00", "to": "2026-03-02T12:00", "line": "mask-1"}
    whole = {"machine": None, "product": None, "shift": None}
    row = {**where, **whole, "measures": figure, "unplanned": {"PQ": 0.0, "GQ": 0.0}}
    print_rows([{**row, "production_day": None, "status": "final"}], "day")
    told = capsys.readouterr()
    assert told.out.splitlines()[-1].split()[-4] == said
    assert told.err.startswith("open: ") == (said == "open")


def test_an_entry_of_the_quarantine_says_why_first(own: Command) -> None:
    """Then whose it is, how it began, and the commands that may follow."""
    with Stores.open(own.folder / "data") as stores, stores.journal.transaction():
        stores.ledger.quarantine("broker", "no JSON", b"{\x1b[31m\nnext", 10**18)
    lines = own("quarantine", "show", "1").out.splitlines()
    assert lines[0] == "entry 1: no JSON"
    assert "  source     broker" in lines
    assert "  discard    lineproof quarantine discard 1" in lines
    at = lines.index("how it began:")
    assert lines[at + 1 :] == ["  {\N{REPLACEMENT CHARACTER}[31m", "  next"]


def test_the_width_is_that_of_the_terminal_between_80_and_100(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Wider lines are hard to follow, and narrower tables to read."""
    long = [("name", "word " * 60)]
    for told, most in (("40", 80), ("90", 90), ("200", 100)):
        monkeypatch.setitem(os.environ, "COLUMNS", told)
        assert most - 6 < max(map(len, terms(long))) <= most - 2
