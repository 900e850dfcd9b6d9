"""Packages of other sites: believed when every figure is recomputed, by the key that is known."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from edge.errors import Refused, VerificationFailed
from edge.evidence import firms
from edge.evidence.bringing import Checked, bring, keep, known_keys
from edge.evidence.keys import Signer
from edge.records import audit
from edge.records.audit import Actor
from edge.records.database import Records
from edge.records.firms import imported, keys
from tests.unit.edge.evidence.desk import Document, forged, unpacked

GOLDEN = Path(__file__).with_name("golden.zip")
KEY = "5830d28dfb64cbc79ec328e572a6878e"
MENTOR = Actor("mentor", "command")
SEOUL = ZoneInfo("Asia/Seoul")


def records_in(folder: Path) -> Records:
    """The records of a mentor's own box."""
    return Records.open(folder / "records.db")


def kept(records: Records, path: Path, key: str | None = None) -> Document:
    """Bring a package as the command does."""
    known = known_keys(records)
    report, result = bring(path, known, key=key)
    return keep(records, Checked(report.facts, result, known), 7, MENTOR)


def test_a_verified_package_is_shown_with_its_firm(tmp_path: Path) -> None:
    """Its figures, whose they are, which package says so; the audit log knows who brought it."""
    records = records_in(tmp_path)
    told = kept(records, GOLDEN)

    assert (told["site"], told["new"], told["first_use"]) == ("hanbit", True, True)
    found = firms.document(records, SEOUL)
    (one,) = found["imported"]
    assert (one["before"], one["after"], one["firm"]["site_name"]) == (2400.0, 3127.5, "한빛")
    assert one["firm"]["manifest"].startswith("f7b8a2dd80cf")
    assert "series" not in one
    (firm,) = found["firms"]
    assert (firm["key"], firm["packages"]) == (KEY, 1)
    said = [(entry.change.what, entry.by) for entry in audit.entries(records, 9)]
    assert said == [("evidence import", MENTOR), ("firm key", MENTOR)]


def test_the_same_package_again_changes_nothing(tmp_path: Path) -> None:
    """Told so, and listed once."""
    records = records_in(tmp_path)
    kept(records, GOLDEN)
    again = kept(records, GOLDEN)
    assert (again["new"], again["first_use"]) == (False, False)
    assert len(imported(records)) == 1
    assert audit.head(records).n == 2


def test_a_changed_byte_is_refused_by_its_file(tmp_path: Path) -> None:
    """Nothing is kept, neither figures nor key."""
    raw = bytearray(GOLDEN.read_bytes())
    raw[raw.index(b'"after": 3127.5') + 10] ^= 1
    (tmp_path / "changed.zip").write_bytes(raw)
    records = records_in(tmp_path)
    with pytest.raises(VerificationFailed, match=r"not imported: result\.json"):
        kept(records, tmp_path / "changed.zip")
    assert (imported(records), keys(records)) == ([], {})


def test_figures_that_do_not_follow_are_refused_whoever_signs(tmp_path: Path) -> None:
    """Right hashes and a right signature do not make a figure true."""
    files = unpacked(GOLDEN)
    files["result.json"] = files["result.json"].replace(b'"after": 3127.5', b'"after": 3227.5')
    path = forged(files, Signer.of(tmp_path / "keys"), tmp_path / "forged.zip")
    with pytest.raises(VerificationFailed, match=r"3227\.5, recomputed 3127\.5"):
        kept(records_in(tmp_path), path)


def test_a_changed_key_is_refused_with_both_names(tmp_path: Path) -> None:
    """The key of first use, and the one that comes in its place; a person may name the new one."""
    records = records_in(tmp_path)
    kept(records, GOLDEN)
    other = Signer.of(tmp_path / "keys")
    path = forged(unpacked(GOLDEN), other, tmp_path / "resigned.zip")
    with pytest.raises(VerificationFailed) as error:
        kept(records, path)
    assert KEY in str(error.value)
    assert other.public.id in str(error.value)
    assert "import again with --key" in str(error.value)
    assert keys(records)["hanbit"].key == KEY

    assert kept(records, path, other.public.id)["new"] is True
    assert keys(records)["hanbit"].key == other.public.id
    changed = next(e.change for e in audit.entries(records, 9) if e.change.what == "firm key")
    assert (changed.old, changed.new) == ({"key": KEY}, {"key": other.public.id})


def test_a_key_that_was_noted_elsewhere_counts_from_the_first(tmp_path: Path) -> None:
    """Nobody is believed on first use where a person says whose key it must be."""
    with pytest.raises(VerificationFailed, match="not by the key that was given"):
        kept(records_in(tmp_path), GOLDEN, "0" * 32)


def test_two_that_are_first_at_once_are_not_both_believed(tmp_path: Path) -> None:
    """The second was held against nothing, so it is asked for again."""
    records = records_in(tmp_path)
    report, result = bring(GOLDEN, {})
    other = forged(unpacked(GOLDEN), Signer.of(tmp_path / "keys"), tmp_path / "other.zip")
    kept(records, other)
    with pytest.raises(Refused, match="site 'hanbit' is known by key"):
        keep(records, Checked(report.facts, result, {}), 7, MENTOR)
    assert len(imported(records)) == 1
