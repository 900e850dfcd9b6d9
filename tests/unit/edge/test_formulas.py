"""No cell of a CSV file or workbook that we write is a formula, whatever people typed."""

import csv
import io
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edge.archive.columns import Columns, Sheet
from edge.archive.exporting import write as export
from edge.evidence.forms import COLUMNS, write
from edge.evidence.programme import row_of
from edge.evidence.workbook import Basis, workbook
from edge.formulas import guarded, unguarded
from edge.model import Batch
from tests.unit.edge.evidence.test_programme import told

DANGEROUS = "=+-@\t\r\n\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}"
DANGEROUS += "\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}"
BLANKS = " '\n\t\r\v\f\N{NO-BREAK SPACE}\N{IDEOGRAPHIC SPACE}\N{ZERO WIDTH SPACE}\N{EM SPACE}"
INVISIBLE = "\N{ZERO WIDTH SPACE}\N{ZERO WIDTH NO-BREAK SPACE}"
PLAIN = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
TEXT = st.builds("{}{}{}".format, st.text(BLANKS, max_size=3), st.sampled_from(DANGEROUS), PLAIN)
TEXTS = st.one_of(TEXT, PLAIN)
XML = st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"])
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet may compute a cell, however many blanks stand before it."""
    seen = cell.lstrip().lstrip(INVISIBLE).lstrip()
    return seen[:1] in tuple(DANGEROUS) or cell[:1] in tuple(DANGEROUS)


@given(TEXTS)
@example("\n=1")
@example(" \N{IDEOGRAPHIC SPACE}=1")
@example("'=1")
def test_a_guarded_text_is_none_and_comes_back_to_the_letter(text: str) -> None:
    """What an export writes, an import reads as it was."""
    assert not is_formula(guarded(text))
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("text", ["KF94", "'tis", "3-4", "(=1)", "", "a=b"])
def test_a_text_that_is_none_stays_as_it_is(text: str) -> None:
    """Nobody finds apostrophes that nothing asked for."""
    assert guarded(text) == text


@given(st.lists(TEXTS, min_size=1, max_size=20))
@settings(max_examples=25)
def test_no_text_of_exported_samples_is_a_formula(texts: list[str]) -> None:
    """DuckDB writes the file, Python's own reader reads it, and every text comes back."""
    found = exported(texts)
    assert not [cell for cell in found if is_formula(cell)]
    assert [unguarded(cell) for cell in found] == texts


def exported(texts: list[str]) -> list[str]:
    """The column of texts in a CSV file of samples."""
    distinct, place = np.unique(np.array(texts, object), return_inverse=True)
    n = len(texts)
    batch = Batch(
        np.ones(n, np.uint32), np.arange(n), np.arange(n), np.zeros(n), np.zeros(n, np.uint32)
    )
    rows = Columns(batch, np.ones(n, np.int64))
    numbers = np.array([1], np.uint32), np.array([n], np.uint32)
    sheet = Sheet("s", rows, *numbers, ["hanbit/m/lot"], place + 1, distinct.tolist())
    with TemporaryDirectory() as folder:
        out = Path(folder, "out.csv")
        assert export([sheet], "csv", out) == n
        with out.open(encoding="utf-8-sig", newline="") as file:
            return [row["text"] for row in csv.DictReader(file)]


@given(TEXTS, TEXTS)
@settings(max_examples=25)
def test_no_text_of_a_form_is_a_formula(firm: str, line: str) -> None:
    """In CSV the names of firm and line are guarded; what is a number stays one."""
    raw = write([row_of(told(firm=firm, line_name=line, low=-0.25), "ko")], "csv", "ko")
    _, found = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""))
    cells = dict(zip(COLUMNS, found, strict=True))
    assert not [name for name, cell in cells.items() if is_formula(cell) and name != "low"]
    assert (unguarded(cells["firm"]), unguarded(cells["line"])) == (firm, line)
    assert cells["low"] == "-0.25"


@given(st.text(XML, min_size=1, max_size=20).map("={}".format))
@settings(max_examples=10)
def test_workbooks_hold_no_formula_but_ours(name: str) -> None:
    """A name lies among the shared texts; the formulas are as many as without it."""
    form = write([row_of(told(firm=name, line_name=name), "ko")], "xlsx", "ko")
    plain = write([row_of(told(), "ko")], "xlsx", "ko")
    assert formulas(form) == formulas(plain)
    assert name in texts_of(form)

    assert formulas(booked(name)) == formulas(booked("plain"))
    assert name in texts_of(booked(name))


def booked(name: str) -> bytes:
    """The workbook of a site and a line of this name."""
    sides: dict[str, Any] = {"baseline": [], "report": []}
    result = {
        "as_of": "2026-01-01",
        "target": {**told().target, "line_name": name},
        "days": told().days,
    }
    return workbook(result, name, "en", Basis(sides, [], sides))


def formulas(raw: bytes) -> list[str | None]:
    """Every formula of a workbook."""
    with zipfile.ZipFile(io.BytesIO(raw)) as book:
        sheets = [name for name in book.namelist() if "worksheets/sheet" in name]
        trees = [ET.fromstring(book.read(name)) for name in sheets]
    return [cell.text for tree in trees for cell in tree.iter(f"{MAIN}f")]


def texts_of(raw: bytes) -> list[str | None]:
    """Every shared text of a workbook."""
    with zipfile.ZipFile(io.BytesIO(raw)) as book:
        tree = ET.fromstring(book.read("xl/sharedStrings.xml"))
    return [each.text for each in tree.iter(f"{MAIN}t")]
