"""The commands of a mentor: packages of other firms, and the list of indicators."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.unit.edge.cli.desk import Command
from tests.unit.edge.evidence.hwpx_form import form, p, run, section, words

GOLDEN = Path(__file__).parents[1] / "evidence" / "golden.zip"
EMPTY = "left empty: Q1.지표명, for there is no such indicator\n"
KEY = "5830d28dfb64cbc79ec328e572a6878e"


def test_a_package_of_another_firm_is_imported_and_listed(new: Command) -> None:
    """Into a folder that holds no sample; the key of first use is told."""
    assert new("evidence", "firms").err.startswith("no package was imported yet")
    ran = new("evidence", "import", GOLDEN)
    assert (ran.code, ran.out) == (0, "한빛 (hanbit) t1: verified and imported\n")
    assert f"key {KEY} is believed from now on" in ran.err
    told = new("evidence", "firms").out
    assert "한빛" in told.splitlines()[1]
    assert "left out: 한빛 Mask: insufficient data" in told
    found = json.loads(new("evidence", "firms", "--json").out)
    assert [one["firm"]["site"] for one in found["imported"]] == ["hanbit"]


def test_what_does_not_verify_ends_with_6(new: Command, tmp_path: Path) -> None:
    """The message names what differs, and nothing is listed after it."""
    (tmp_path / "cut.zip").write_bytes(GOLDEN.read_bytes()[:-1])
    ran = new("evidence", "import", tmp_path / "cut.zip")
    assert ran.code == 6
    assert ran.err.splitlines()[-1].startswith("not imported: ")
    assert new("evidence", "import", GOLDEN, "--key", "0" * 32).code == 6
    assert json.loads(new("evidence", "firms", "--json").out)["imported"] == []
    assert new("evidence", "import", tmp_path / "none.zip").code == 2


def test_indicators_are_written_as_files(new: Command, tmp_path: Path) -> None:
    """CSV as Excel reads it and a workbook; a dry run refuses what is not proven."""
    new("evidence", "import", GOLDEN)
    out = tmp_path / "form.csv"
    assert new("programme", "--out", out).code == 0
    head, row = csv.reader(io.StringIO(out.read_bytes().decode("utf-8-sig"), newline=""))
    assert dict(zip(head, row, strict=True))["지표명"] == "시간당 생산량 (양품)"
    assert new("programme", "--out", tmp_path / "form.xlsx", "--lang", "en").code == 0
    assert (tmp_path / "form.xlsx").read_bytes().startswith(b"PK")
    refused = new("programme", "--out", tmp_path / "in.json", "--dry-run")
    assert refused.code == 2
    assert "nothing would be handed in" in refused.err
    assert not (tmp_path / "in.json").exists()


def test_a_form_that_is_brought_is_filled(new: Command, tmp_path: Path) -> None:
    """With what the packages say; a row of the form without an indicator is told."""
    new("evidence", "import", GOLDEN)
    wanted = section(p(run("{{P1.지표명}}: {{P1.구축 후}}")), p(run("{{Q1.지표명}}")))
    path, out = form(tmp_path / "form.hwpx", wanted), tmp_path / "out.hwpx"
    ran = new("programme", "--template", path, "--out", out)
    assert ran.code == 0, ran.err
    assert ran.err.endswith("1 indicator in " + f"{out}\n" + EMPTY), ran.err
    assert words(out.read_bytes()) == ["시간당 생산량 (양품): 3,128개/시간", ""]

    before = path.read_bytes()
    assert new("programme", "--template", path, "--out", path).code == 2
    assert new("programme", "--template", path, "--out", tmp_path / "out.xlsx").code == 2
    assert "--template goes with .hwpx" in new("programme", "--out", out).err
    assert "--out is missing" in new("programme").err
    assert path.read_bytes() == before


def test_a_form_is_not_written_over_a_folder(new: Command) -> None:
    """It is said before anything is computed, and is no bug."""
    folder = new.folder / "forms.xlsx"
    folder.mkdir()
    ran = new("programme", "--out", folder)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"{folder} is a folder; name a file in it, such as")


def test_what_would_be_handed_in_is_printed_and_never_sent(new: Command) -> None:
    """Without a file to write it goes to the screen; here nothing is proven."""
    new("evidence", "import", GOLDEN)
    ran = new("programme", "--dry-run")
    assert (ran.code, ran.out) == (2, "")
    assert "nothing would be handed in" in ran.err


@pytest.mark.parametrize("more", [["--out", "x.pdf"], ["--out", "x.csv", "--lang", "xx"]])
def test_a_form_that_we_do_not_write_is_refused(new: Command, more: list[str]) -> None:
    """With those that we do."""
    ran = new("programme", *more)
    assert ran.code == 2
    assert "csv" in ran.err or "ko" in ran.err


def test_own_targets_stand_in_the_list(own: Command, tmp_path: Path) -> None:
    """As they are now, and said to be without a package."""
    days = "--from", "2026-03-02", "--to", "2026-03-05T08:00:00+09:00"
    words = "--name", "before", "--reason", "as it was"
    what = "--line", "mask-1", "--measure", "defect_rate"
    baseline = own("baseline", "freeze", *what, *words, *days).out.strip()
    live = "--go-live", "2026-03-05T08:00:00+09:00", "--improve", "0.1", "--baseline", baseline
    own("target", "set", *what, *live)
    out = tmp_path / "form.csv"
    assert own("programme", "--out", out, "--lang", "en").code == 0
    text = out.read_text("utf-8-sig")
    assert "한빛마스크" in text
    assert "no evidence package was made yet" in text
