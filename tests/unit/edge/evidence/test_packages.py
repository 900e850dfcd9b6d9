"""A package: the same twice, recomputed by a stranger, and never of more than it must tell."""

import json
from importlib.metadata import version
from pathlib import Path
from tempfile import NamedTemporaryFile

import duckdb
import numpy as np
import pytest

from edge.engine.folding import lines
from edge.errors import NotFound, VerificationFailed
from edge.evidence import making, recomputing, reprinting
from edge.records.database import Records
from edge.records.parts import Elements, read_elements
from tests.unit.edge.evidence.desk import (
    AFTER,
    BEFORE,
    FIRST_NS,
    SECRET,
    Desk,
    Document,
    checked,
    openssl,
)

Made = tuple[Path, Document]
INSTALLED = {"XlsxWriter": version("XlsxWriter")}


def test_a_stranger_recomputes_every_figure(made: Made) -> None:
    """With the file alone, and the key that somebody noted at the box."""
    path, told = made
    found = checked(path, key=told["key"], site="hanbit", roots=(told["manifest"], told["root"]))

    assert found["faults"] == []
    assert [check["code"] for check in found["checks"] if check["passed"] is None] == []
    assert {check["code"] for check in found["checks"]} >= {"samples", "rows", "figures"}


def test_the_figures_are_those_of_the_samples(files: dict[str, bytes]) -> None:
    """Worked out by hand: 40 pieces a minute and a week's wave, twelve more after the change."""
    result = json.loads(files["result.json"])
    before, after = (
        [row["numerator"] / 120 for row in result["days"][name]] for name in ("baseline", "report")
    )

    assert before == [40, 43, 38, 41, 37, 42, 39, 40]
    assert after == [53, 49, 54, 51, 52, 55, 50, 53]
    assert (result["target"]["n_before"], result["target"]["n_after"]) == (BEFORE, AFTER)


def test_made_twice_it_is_the_same_file(desk: Desk, made: Made, tmp_path: Path) -> None:
    """Nothing in it depends on when or where it was made."""
    told = desk.make(tmp_path / "again.zip")

    assert (tmp_path / "again.zip").read_bytes() == made[0].read_bytes()
    assert {**told, "file": ""} == {**made[1], "file": ""}
    assert told["previous"] is None


def test_samples_may_lie_apart(desk: Desk, made: Made, tmp_path: Path) -> None:
    """Without them hashes are checked and nothing is computed; with them everything is."""
    path = tmp_path / "small.zip"
    told = desk.make(path, apart=tmp_path / "beside")
    codes = {c["code"]: c["passed"] for c in checked(path, samples=tmp_path / "beside")["checks"]}

    assert path.stat().st_size < made[0].stat().st_size
    assert codes["figures"]
    assert checked(path, recompute=False)["verified"]
    assert "--samples" in checked(path)["faults"][0]
    assert told["previous"] == made[1]["previous"], "the contents are the same"


def test_what_cannot_be_known_is_said(made: Made) -> None:
    """Without a noted key, anybody may have signed; nobody may think that this was checked."""
    found = checked(made[0], recompute=False)
    unknown = {
        check["code"]: check["detail"] for check in found["checks"] if check["passed"] is None
    }

    assert found["verified"]
    assert "--key" in unknown["key"]
    assert "--recompute" in unknown["figures"]


def test_nothing_of_other_lines_and_no_secret_comes_along(files: dict[str, bytes]) -> None:
    """Only the signals that the figures need, and nothing that the configuration keeps secret."""
    paths = {
        row[0]
        for name, content in files.items()
        if name.startswith("samples/")
        for row in rows_of(content, "select distinct signal from file")
    }

    assert paths == {f"hanbit/mask/body/{name}" for name in ("state", "good", "scrap", "product")}
    for content in files.values():
        assert SECRET.encode() not in content
        assert b"hanbit/other" not in content
        assert b'"other"' not in content
        assert b"plc-other" not in content


def test_openssl_checks_the_signature(files: dict[str, bytes], tmp_path: Path) -> None:
    """Nobody needs our program for it."""
    for name in ("manifest.json", "manifest.sig", "key.pem"):
        (tmp_path / name).write_bytes(files[name])
    where = ("-inkey", tmp_path / "key.pem", "-sigfile", tmp_path / "manifest.sig")
    done = openssl(
        "pkeyutl", "-verify", "-pubin", "-rawin", *where, "-in", tmp_path / "manifest.json"
    )

    assert done.returncode == 0, done.stderr


def test_a_target_that_is_not_there_is_named(desk: Desk, tmp_path: Path) -> None:
    """With those that are, and no file is left behind."""
    desk.target, kept = "t9", desk.target
    try:
        with pytest.raises(NotFound, match="there are t1"):
            desk.make(tmp_path / "none.zip")
    finally:
        desk.target = kept
    assert list(tmp_path.iterdir()) == []


def rows_of(content: bytes, query: str) -> list[tuple[object, ...]]:
    """What DuckDB reads from a Parquet file."""
    with NamedTemporaryFile(suffix=".parquet") as file, duckdb.connect() as db:
        file.write(content)
        file.flush()
        db.execute(f"create view file as select * from read_parquet('{file.name}')")
        found: list[tuple[object, ...]] = db.execute(query).fetchall()
        return found


def test_rows_that_do_not_follow_from_the_samples_are_not_packed(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kept row that somebody changed is named, and no file is made."""
    read = read_elements

    def one_more(records: Records, line: str, from_ns: int, to_ns: int) -> Elements:
        rows = read(records, line, from_ns, to_ns)
        if records is not desk.records:
            return rows
        more = rows["gq"].copy()
        more[np.argmax(rows["t0_ns"] == FIRST_NS)] += 1
        return Elements({**rows.columns, "gq": more}, rows.words)

    monkeypatch.setattr(making, "read_elements", one_more)
    with pytest.raises(VerificationFailed, match=r"hour 2026-03-02T08:00:00\+09:00, mask.*gq"):
        desk.make(tmp_path / "none.zip")
    assert list(tmp_path.iterdir()) == []


def test_a_later_release_says_what_it_is(
    made: Made, monkeypatch: pytest.MonkeyPatch, files: dict[str, bytes]
) -> None:
    """Names of versions and words may change with it, figures may not; the tables lie inside."""
    monkeypatch.setattr(lines, "digest", lambda text: f"later{len(text)}")
    for room in (recomputing, reprinting):
        monkeypatch.setattr(room, "version", lambda name: INSTALLED.get(name, "9.0"))
    found = checked(made[0], key=made[1]["key"])
    unknown = [check["detail"] for check in found["checks"] if check["passed"] is None]

    assert found["faults"] == []
    made_with = json.loads(files["manifest.json"])["software"]["lineproof"]
    assert [detail.split(":")[0] for detail in unknown] == [
        f"made with lineproof {made_with}, computed anew with 9.0",
        *(
            f"made with lineproof {made_with} and {name} {version(name)}, other than here"
            for name in ("XlsxWriter", "typst")
        ),
    ]
