"""What a forger may try, from one flipped byte to a new key: it is found, and said where."""

import json
import random
from pathlib import Path

import pytest

from edge.evidence import covering, manifest, zipping
from edge.evidence.keys import Signer
from tests.unit.edge.evidence.desk import Document, checked, edit, forged

Made = tuple[Path, Document]
Files = dict[str, bytes]
SIGNAL = "hanbit/mask/body/good"
DAY = "samples/2026-03-05.1.parquet"  # UTC; the shift begins at 23:00 of the day before
AN_HOUR = "hour 2026-03-05T09:00:00+09:00"
ONE_VALUE = "(case when file_row_number = {} then value + 7 else value end) as value"


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    """The key of a forger."""
    return Signer.of(tmp_path / "forger")


def value_changed(files: Files, folder: Path) -> None:
    """One count among the samples of a morning raised by seven, as DuckDB would."""
    edit(files, DAY, folder, ONE_VALUE.format(30))


def test_a_changed_value_fails_and_names_the_hour(
    made: Made, files: Files, signer: Signer, tmp_path: Path
) -> None:
    """Even where everything else was made right and signed by another key."""
    value_changed(files, tmp_path)
    path = forged(files, signer, tmp_path / "forged.zip")
    found = checked(path)

    assert checked(path, recompute=False)["verified"], "only computing finds it"
    assert AN_HOUR in found["faults"][0]
    assert SIGNAL in found["faults"][0]
    assert any(AN_HOUR in fault and "row of" in fault for fault in found["faults"][1:])
    pinned = checked(path, key=made[1]["key"], recompute=False)
    assert "re-signed" in pinned["faults"][0]


def test_a_changed_file_is_named(files: Files, tmp_path: Path) -> None:
    """Put back into the one form, with the manifest and the signature of before."""
    value_changed(files, tmp_path)
    zipping.write(files, tmp_path / "changed.zip")
    found = checked(tmp_path / "changed.zip")

    assert DAY in found["faults"][0]
    assert any(AN_HOUR in fault for fault in found["faults"])


def test_a_changed_figure_is_named(files: Files, signer: Signer, tmp_path: Path) -> None:
    """In its last digit, with everything made right around it."""
    result = json.loads(files["result.json"])
    low = result["target"]["low"]
    files["result.json"] = files["result.json"].replace(
        f'"low": {low!r}'.encode(), f'"low": {low + 1e-16!r}'.encode()
    )
    found = checked(forged(files, signer, tmp_path / "forged.zip"))

    assert low + 1e-16 != low
    assert found["faults"][0].startswith("figure target.low is filed as")
    assert "workbook.xlsx is not the one" in found["faults"][1]


def test_changed_rows_are_named_by_their_hour(files: Files, signer: Signer, tmp_path: Path) -> None:
    """Rows that do not follow from the samples."""
    edit(
        files,
        "elements.parquet",
        tmp_path,
        "(case when file_row_number = 5 then gq + 1 else gq end) as gq",
    )
    found = checked(forged(files, signer, tmp_path / "forged.zip"))

    assert found["faults"][0].startswith("hour 2026-03-02T09:00:00+09:00, mask, row of")
    assert "gq is filed as" in found["faults"][0]


def test_a_part_of_the_change_is_computed_again(
    files: Files, signer: Signer, tmp_path: Path
) -> None:
    """What is credited cannot be made more."""
    parts = json.loads(files["parts.json"])
    speed = next(one for one in parts["decomposition"][0]["parts"] if one["code"] == "speed")
    speed["amount"] += 1
    more = json.dumps(parts, ensure_ascii=False, indent=1).encode() + b"\n"
    found = checked(forged({**files, "parts.json": more}, signer, tmp_path / "forged.zip"))

    assert found["faults"][0].startswith("figure decomposition[0].parts[2].amount is filed as")


@pytest.mark.parametrize("name", ["parts.json", "lints.json"])
def test_what_stands_behind_a_verdict_cannot_be_left_out(
    files: Files, signer: Signer, tmp_path: Path, name: str
) -> None:
    """A package of the present form has it; whoever takes it away is told so."""
    del files[name]
    found = checked(forged(files, signer, tmp_path / "forged.zip"))

    assert found["faults"][0] == f"{name} is missing from the package"


def test_a_frozen_baseline_cannot_be_lowered(files: Files, signer: Signer, tmp_path: Path) -> None:
    """The days of a baseline are computed again, and their restatement cannot be hidden."""
    result = json.loads(files["result.json"])
    result["baselines"][0]["series"][0]["numerator"] -= 100
    files["result.json"] = json.dumps(result, ensure_ascii=False, indent=1).encode() + b"\n"
    found = checked(forged(files, signer, tmp_path / "forged.zip"))

    assert found["faults"][0].startswith("figure")


def test_a_package_told_as_another_factorys_is_found(
    made: Made, files: Files, signer: Signer, tmp_path: Path
) -> None:
    """The manifest names another site; samples and rows still name the first."""
    other = {"site": {"id": "daehan", "name": "대한"}}
    path = forged(files, signer, tmp_path / "replayed.zip", **other)

    assert "of site 'hanbit'" in checked(path)["faults"][0]
    assert "'hanbit'" in checked(made[0], site="daehan", recompute=False)["faults"][0]


def test_a_kept_hash_finds_a_history_that_was_rewritten(
    made: Made, files: Files, signer: Signer, tmp_path: Path
) -> None:
    """By whoever holds the key; nothing in the package itself could tell."""
    path = forged(files, signer, tmp_path / "rewritten.zip", as_of="2026-03-21T08:00:00+09:00")
    found = checked(path, roots=(made[1]["manifest"],), recompute=False)

    assert "neither this package's hash nor its root" in found["faults"][0]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("result.json", "result.json is listed"),
        ("key.pem", "key.pem is listed"),
        ("manifest.sig", "manifest.sig is missing"),
        ("manifest.json", "manifest.json is missing"),
        ("SHA256SUMS", "SHA256SUMS is listed"),
    ],
)
def test_a_missing_file_is_named(files: Files, tmp_path: Path, name: str, said: str) -> None:
    """Whatever is taken away."""
    del files[name]
    zipping.write(files, tmp_path / "less.zip")

    assert said in checked(tmp_path / "less.zip", recompute=False)["faults"][0]


def test_an_added_file_is_named(files: Files, tmp_path: Path) -> None:
    """Nothing can be brought in beside what was vouched for."""
    zipping.write({**files, "README": b"all is well"}, tmp_path / "more.zip")

    assert (
        "README is in the package" in checked(tmp_path / "more.zip", recompute=False)["faults"][0]
    )


@pytest.mark.slow
def test_every_one_of_ten_thousand_changed_contents_is_found(files: Files, tmp_path: Path) -> None:
    """In the one form, so that only hashes and signature can tell; the larger files shortened."""
    small = {name: content[:2000] for name, content in files.items()}
    told = json.loads(files[covering.FILE])
    told |= {"roots": told["roots"][:2], "proofs": []}
    small[covering.FILE] = json.dumps(told).encode()
    signer = Signer.of(tmp_path / "owner")
    whole = forged(small | manifest_of(files), signer, tmp_path / "small.zip")
    good, chance, unseen = unzipped(whole), random.Random(2), list[int]()
    assert checked(whole, recompute=False, key=signer.public.id)["verified"]
    for nth in range(10_000):
        changed = dict(good)
        name = chance.choice(sorted(changed))
        content = changed.pop(name)
        at = chance.randrange(len(content))
        match nth % 4:
            case 0:
                flipped = bytes([content[at] ^ 1 << chance.randrange(8)])
                changed[name] = content[:at] + flipped + content[at + 1 :]
            case 1:
                changed[name] = content[:at] + content[at + 1 :]
            case 2:
                changed[f"{name}x"] = content
            case _:
                changed[name] = content + chance.randbytes(1)
        zipping.write(changed, tmp_path / "changed.zip")
        found = checked(tmp_path / "changed.zip", recompute=False, key=signer.public.id)
        if found["verified"]:
            unseen.append(nth)
    assert unseen == []


def manifest_of(files: Files) -> Files:
    """The manifest and the list of hashes, whole."""
    return {name: files[name] for name in (manifest.MANIFEST, manifest.SUMS)}


def unzipped(path: Path) -> Files:
    """The files of a package."""
    with zipping.Package.open(path) as package:
        return {name: package[name] for name in package.entries}


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("decisions.json", b'"first_ns"', b'"first"'),
        ("decisions.json", b'"first_ns": 17', b'"first_ns": -17'),
        ("decisions.json", b'"end_ns": 17', b'"end_ns": 97'),
        ("decisions.json", b'"lives": [', b'"lives": [1, '),
        ("decisions.json", b"{", b"[" * 100_000),
        ("tables.json", b'"Asia/Seoul"', b'"Nowhere/None"'),
        ("tables.json", b'"08:00"', b'"8 in the morning"'),
        ("tables.json", b'"counter"', b'"abacus"'),
        ("tables.json", b'"id": "mask"', b'"id": "musk"'),
        ("result.json", b'"lines": [', b'"lines": ["none", '),
        ("result.json", b'"baselines": [', b'"baselines": [], "old": ['),
        ("elements.parquet", b"PAR1", b""),
        ("digests.parquet", b"PAR1", b""),
        ("life.parquet", b"PAR1", b""),
        (DAY, b"PAR1", b"PAR"),
    ],
)
def test_a_file_that_makes_no_sense_is_a_fault_and_no_crash(
    files: Files, signer: Signer, tmp_path: Path, name: str, old: bytes, new: bytes
) -> None:
    """Whoever sends a package may have written anything into it."""
    assert old in files[name]
    files[name] = files[name].replace(old, new, 1)
    found = checked(forged(files, signer, tmp_path / "forged.zip"))

    assert not found["verified"]
    assert found["faults"][0]
