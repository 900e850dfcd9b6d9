"""Excel files that are damaged, or made to do harm: read or refused in words, and never at length.

Each is a sound file of openpyxl with one member exchanged, so what is wrong is known.
"""

import io
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import ImportInvalid
from edge.tables import sheets
from edge.tables.cells import read_sheet

SHEET, BOOK, WORDS = "xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/sharedStrings.xml"
LAST = b'<row r="2"'
CELL = {"date": "2026-11-02", "shift": "주간", "scrap": "3"}


def sound() -> dict[str, bytes]:
    """The members of a file with one row below its heading."""
    book, raw = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["date", "shift", "scrap"])
    book.active.append(["2026-11-02", "주간", 3])
    book.save(raw)
    with zipfile.ZipFile(raw) as found:
        return {name: found.read(name) for name in found.namelist()}


SOUND = sound()


def packed(folder: Path, **others: bytes) -> Path:
    """The file with other members, by what is in front of the dot of their names."""
    path = folder / "facts.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in SOUND.items():
            book.writestr(name, others.get(Path(name).stem, content))
    return path


@pytest.mark.parametrize("size", [b"A1", b"A1:A1", b"B7:C9"])
def test_what_a_sheet_says_of_its_size_hides_no_row(tmp_path: Path, size: bytes) -> None:
    """Programs that are not Excel write a wrong one; the rows are there all the same."""
    told = SOUND[SHEET].replace(b'<dimension ref="A1:C2"', b'<dimension ref="%s"' % size)
    assert told != SOUND[SHEET]
    assert [row.cells for row in read_sheet(packed(tmp_path, sheet1=told)).rows] == [CELL]


@pytest.mark.parametrize(
    "others",
    [
        {"sheet1": b"<worksheet><sheetData><row"},
        {"sheet1": SOUND[SHEET].replace(b"<v>3</v>", b"<v>three</v>")},
        {"sheet1": SOUND[SHEET].replace(b'r="C2"', b'r="!!"')},
        {"workbook": SOUND[BOOK][:-20]},
        {"workbook": b""},
    ],
)
def test_a_damaged_file_is_refused_in_words(tmp_path: Path, others: dict[str, bytes]) -> None:
    """As what it is, not as a bug of ours."""
    with pytest.raises(ImportInvalid, match=r"facts\.xlsx: no Excel file, or a damaged one"):
        read_sheet(packed(tmp_path, **others))


def test_a_row_far_below_is_not_walked_to(tmp_path: Path) -> None:
    """The rows between are cells too, though nothing stands there."""
    far = SOUND[SHEET].replace(LAST, b'<row r="2000000000"')
    with pytest.raises(ImportInvalid, match=r"'Sheet' has more than 2,000,000 cells; remove empty"):
        read_sheet(packed(tmp_path, sheet1=far))


def test_a_bomb_is_refused_before_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what the file says of itself, which the reader holds it to."""
    monkeypatch.setattr(sheets, "LARGEST_INSIDE", 3 << 20)
    cell = b"<v>%s</v>" % (b"1" * (5 << 20))
    bomb = packed(tmp_path, sheet1=SOUND[SHEET].replace(b"<v>3</v>", cell))
    assert bomb.stat().st_size < 100_000
    with pytest.raises(ImportInvalid, match="unpacks to 5 MB, more than 3; cut it into several"):
        read_sheet(bomb)


@pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")  # it says what it leaves out
@given(
    name=st.sampled_from([SHEET, BOOK, "xl/styles.xml", "[Content_Types].xml"]),
    at=st.floats(0, 1, exclude_max=True),
    put=st.binary(max_size=4),
    gone=st.integers(0, 40),
)
def test_whatever_is_changed_it_is_read_or_refused(
    name: str, at: float, put: bytes, gone: int
) -> None:
    """A few bytes of any member, cut out or replaced."""
    raw = SOUND[name]
    start = int(at * len(raw))
    with TemporaryDirectory() as folder:
        changed = {Path(name).stem: raw[:start] + put + raw[start + gone :]}
        try:
            read_sheet(packed(Path(folder), **changed))
        except ImportInvalid as error:
            assert str(error).startswith("facts.xlsx: ")  # noqa: PT017 - it may also be read
