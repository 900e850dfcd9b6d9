"""What one site exports, another one imports: the same samples, whatever they hold."""

import csv
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest

from tests.unit.edge.cli.desk import Command

SITE = """\
site: {id: hanbit, name: 한빛마스크, timezone: Asia/Seoul}
sources: [{id: broker, kind: mqtt, url: "mqtt://127.0.0.1:1", client_id: hanbit-gw}]
lines:
  - id: mask-1
    machines:
      - id: body
        signals:
          temp: {source: broker, topic: temp, unit: Cel}
          lot: {source: broker, topic: lot, kind: text}
          state: {source: broker, topic: state, kind: state, map: {RUN: producing, HALT: delayed}}
"""
TEMP, LOT, STATE = (f"hanbit/mask-1/body/{name}" for name in ("temp", "lot", "state"))
FIRST_NS = 1_772_406_000_123_456_789
SPAN = ("--from", "2026-01-01", "--to", "2026-12-31")
BAD, UNCERTAIN = 0x80AF_0000, 0x4096_0000
LOTS = [
    "",
    "=1+1",
    "+82-2",
    "-7",
    "@SUM(A1)",
    "'=x",
    "''-",
    "'tis",
    'KF94 "대형", 흰색',
    "a\nb",
    "\t=",
]
ROWS: list[tuple[str, float | str | None, int]] = [  # signal, value or text, status
    *((TEMP, value, 0) for value in (0.1, -1.5e-9, 1e300, 12345678.9012345, -0.0)),
    (TEMP, None, BAD),
    (TEMP, 21.5, UNCERTAIN),
    *((LOT, text, 0) for text in LOTS),
    (LOT, None, BAD),
    (STATE, "RUN", 0),
    (STATE, "HALT", UNCERTAIN),
    (STATE, None, BAD),
]


def npz(path: Path) -> Path:
    """Numbers and texts as a program writes them: only so a text can be empty."""
    rows = [(n, *row) for n, row in enumerate(ROWS) if row[0] != STATE]
    texts = sorted(LOTS)
    value = [texts.index(v) if isinstance(v, str) else v for _, _, v, _ in rows]
    np.savez(
        path,
        signal=np.array([signal for _, signal, _, _ in rows]),
        source_time=np.array([FIRST_NS + n for n, *_ in rows]),
        value=np.array([np.nan if one is None else one for one in value], np.float64),
        quality=np.array([status for *_, status in rows], np.int64),
        texts=np.array(texts),
    )
    return path


def words(path: Path) -> Path:
    """States as somebody writes them."""
    rows = [(n, *row) for n, row in enumerate(ROWS) if row[0] == STATE]
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["signal", "source_time", "value", "quality"])
        table.writerows((signal, FIRST_NS + n, v or "", status) for n, signal, v, status in rows)
    return path


@pytest.fixture
def sites(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[Command, Command]:
    """One site that holds the rows, and one that holds nothing."""
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "lineproof.yaml").write_text(SITE, "utf-8")
    one, other = (Command(tmp_path / name, capsys) for name in ("one", "other"))
    ran = one("import", "samples", npz(tmp_path / "n.npz"), words(tmp_path / "w.csv"))
    assert ran.out == f"{len(ROWS)} rows read: {len(ROWS)} stored, 0 there already\n", ran.err
    return one, other


def held(site: Command) -> list[tuple[str, int, float | str | None, int]]:
    """All samples of a site, read by pyarrow; of a text not its number."""
    out = site.folder / "held.parquet"
    assert site("export", *SPAN, "--format", "parquet", "--out", out).code == 0
    return [
        (
            row["signal"],
            row["source_ns"] - FIRST_NS,
            row["value"] if row["text"] is None else row["text"],
            row["status"],
        )
        for row in pyarrow.parquet.read_table(out).to_pylist()
    ]


@pytest.mark.parametrize("form", ["csv", "parquet", "cp949"])
def test_what_is_exported_can_be_imported(sites: tuple[Command, Command], form: str) -> None:
    """Numbers to the bit, texts to the letter, unknown as unknown, each with its status."""
    one, other = sites
    expected = sorted((signal, n, value, status) for n, (signal, value, status) in enumerate(ROWS))
    assert sorted(held(one)) == expected
    out = one.folder / f"out.{'csv' if form == 'cp949' else form}"
    one("export", *SPAN, "--format", out.suffix[1:], "--out", out)
    if form == "cp949":  # as Korean Excel saves it
        out.write_bytes(out.read_bytes().decode("utf-8-sig").encode("cp949"))
    ran = other("import", "samples", out)
    assert ran.out == f"{len(ROWS)} rows read: {len(ROWS)} stored, 0 there already\n", ran.err
    assert repr(sorted(held(other))) == repr(expected)  # -0.0 is not 0.0
    assert other("import", "samples", out).out.endswith(f"0 stored, {len(ROWS)} there already\n")


def test_no_cell_of_a_csv_is_a_formula(sites: tuple[Command, Command]) -> None:
    """It begins with the mark by which spreadsheets know UTF-8; no text begins like a formula."""
    out = sites[0].folder / "out.csv"
    sites[0]("export", *SPAN, "--out", out)
    assert out.read_bytes().startswith(b"\xef\xbb\xbfsignal,source_ns,")
    with out.open(encoding="utf-8-sig", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file) if row["signal"] == LOT]
    assert not [text for text in texts if text.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert {"'=1+1", "''=x", "''" + "'-", "'tis", "'-7"} <= set(texts)


def test_a_remark_beside_the_columns_is_nothing(sites: tuple[Command, Command]) -> None:
    """A column `text` of somebody's own file means nothing to us, and no apostrophe is taken."""
    own = sites[1].folder / "own.csv"
    own.write_text(f"signal,source_time,value,text\n{LOT},{FIRST_NS},'=x,remark\n", "utf-8")
    assert sites[1]("import", "samples", own).code == 0
    assert held(sites[1]) == [(LOT, 0, "'=x", 0)]


def test_what_a_korean_spreadsheet_saves_is_read(new: Command) -> None:
    """Semicolons, CP949 and times of the clock on the wall, which the answer says."""
    lines = ["signal;source_time;value"]
    lines += [f"hanbit/mask-1/body/temp;2026-11-03 08:00:{s};{s}.5" for s in (20, 21)]
    file = new.folder / "a.csv"
    file.write_text("\n".join(lines), encoding="cp949")
    ran = new("import", "samples", file)
    assert (ran.code, ran.out) == (0, "2 rows read: 2 stored, 0 there already\n")
    assert ran.err == "2 times had no offset and went as local times of Asia/Seoul\n"
    file.write_text(
        "signal,source_time,value\n"
        "hanbit/mask-1/body/temp,2026-11-03T08:00:20+09:00,20.5\n"
        "hanbit/mask-1/body/temp,2026-11-02T23:00:21Z,21.5\n"
    )
    ran = new("import", "samples", file)
    assert (ran.out, ran.err) == ("2 rows read: 0 stored, 2 there already\n", "")
    assert json.loads(new("import", "samples", file, "--json").out)["local"] == 0


def test_a_time_that_the_clock_shows_twice_is_no_time(new: Command) -> None:
    """Where summer time ends nobody guesses which of both was meant."""
    site = new.folder / "lineproof.yaml"
    site.write_text(site.read_text("utf-8").replace("Asia/Seoul", "Europe/Berlin"), "utf-8")
    file = new.folder / "a.csv"
    row = "hanbit/mask-1/body/temp"
    file.write_text(
        f"signal,source_time,value\n{row},2026-10-25 02:30:00,1\n{row},2026-10-25 03:30:00,1\n"
    )
    ran = new("import", "samples", file)
    assert ran.code == 1
    assert "row 2, column source_time: '2026-10-25 02:30:00' is no instant" in ran.err
    assert "row 3" not in ran.err
