"""The commands of evidence: a file is made, and a stranger checks it."""

import json
import shlex
from pathlib import Path

import pytest
from rich.cells import cell_len

from edge import sealing
from edge.stores import Stores
from tests.unit.edge.cli.desk import Command

FREEZE = ("--line", "mask-1", "--measure", "oee", "--name", "before", "--reason", "as it was")
DAYS = ("--from", "2026-03-02", "--to", "2026-03-05T08:00:00+09:00")
AIM = ("--line", "mask-1", "--measure", "oee", "--improve", "0.1")
LIVE = ("--go-live", "2026-03-05T08:00:00+09:00")


def target(own: Command) -> str:
    """A target of the site."""
    baseline = own("baseline", "freeze", *FREEZE, *DAYS).out.strip()
    return own("target", "set", *AIM, *LIVE, "--baseline", baseline).out.strip()


def package(own: Command, path: Path) -> dict[str, object]:
    """Its package."""
    made = own("evidence", "make", target(own), "--out", path, "--json")
    assert made.code == 0, made.err
    found: dict[str, object] = json.loads(made.out)
    return found


def test_a_package_is_made_and_verified(own: Command, tmp_path: Path) -> None:
    """The verifier is told nothing of the site but its key."""
    path = tmp_path / "package.zip"
    told = package(own, path)
    key = json.loads(own("evidence", "key", "--json").out)
    (tmp_path / "site.pem").write_text(key["public"])
    pinned = ("--key", tmp_path / "site.pem", "--site", "hanbit", "--root", str(told["manifest"]))
    done = own("evidence", "verify", path, "--recompute", *pinned, config=False)

    assert (done.code, key["id"]) == (0, told["key"])
    assert own("evidence", "key").out == f"{key['id']}\n{key['public']}"  # to be copied as it is
    assert "figures are the same to the last digit" in done.out
    assert done.out.splitlines()[0] == f"{path}: verified"


def test_what_is_printed_of_a_package_checks_it(
    own: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command below it runs as it stands; on 80 columns no hash that must be kept is broken."""
    monkeypatch.setenv("COLUMNS", "80")
    path = tmp_path / "of the site.zip"
    first, *made = own("evidence", "make", target(own), "--out", path).out.splitlines()
    command = shlex.split(
        " ".join(made[made.index("anybody checks it by:") + 1 :]).replace("\\", "")
    )
    kept = dict(line.split(maxsplit=1) for line in made if line.startswith("  ") and line[2] != " ")
    done = own(*command[1:], config=False)
    said = done.out.splitlines()

    assert first.startswith(f"{path}: package of target t1 as of 2026-04-01 ")
    assert (len(kept["key"]), len(kept["manifest"]), len(kept["root"])) == (32, 64, 64)
    assert (done.code, said[0], said[2]) == (0, f"{path}: verified", "what cannot be known: none")
    assert f"  manifest  {kept['manifest']}" in said
    assert all(cell_len(line) <= 80 for line in [*made, *said] if str(path) not in line)
    assert "The root that you kept" not in done.out


def test_what_differs_stands_right_below_the_verdict(own: Command, tmp_path: Path) -> None:
    """Before all that is right."""
    path = tmp_path / "package.zip"
    package(own, path)
    raw = bytearray(path.read_bytes())
    raw[raw.index(b'"as_of"') + 12] ^= 1
    path.write_bytes(raw)
    said = own("evidence", "verify", path, config=False).out.splitlines()

    assert said[0] == f"{path}: NOT verified"
    assert said[2] == "what differs:"
    assert "manifest.json: its content was changed" in said[3]


def test_a_package_that_was_changed_ends_with_6(own: Command, tmp_path: Path) -> None:
    """One byte, and the message names the file."""
    path = tmp_path / "package.zip"
    package(own, path)
    raw = bytearray(path.read_bytes())
    raw[raw.index(b'"as_of"') + 12] ^= 1
    path.write_bytes(raw)
    done = own("evidence", "verify", path, "--json", config=False)

    assert done.code == 6
    assert json.loads(done.out)["verified"] is False
    assert "manifest.json: its content was changed" in done.err


@pytest.mark.parametrize("name", ["", "none.zip"])
def test_of_a_file_that_is_not_there_nothing_is_said(own: Command, name: str) -> None:
    """A mistyped name is a mistake of who asks, 2; "not verified" would accuse who made it."""
    path = own.folder / name
    done = own("evidence", "verify", path, config=False)
    assert (done.code, done.out, done.err) == (2, "", f"no such file: {path}\n")


def test_another_key_ends_with_6(own: Command, tmp_path: Path) -> None:
    """A package that somebody else signed is not this site's."""
    path = tmp_path / "package.zip"
    package(own, path)
    done = own("evidence", "verify", path, "--key", "0" * 32, config=False)

    assert done.code == 6
    assert "re-signed, or of another site" in done.err


# ── daily roots, and the key ──────────────────────────────────────────────────────────────────────


def sealed(own: Command) -> Command:
    """The same site with its days in the archive."""
    with Stores.open(own.folder / "data") as stores:
        sealing.seal(stores)
    return own


def test_a_root_is_printed_to_be_kept(own: Command, tmp_path: Path) -> None:
    """The newest or a day's; as a line with its picture, as JSON, and as files of three kinds."""
    told = json.loads(sealed(own)("evidence", "root", "--json").out)
    shown = own("evidence", "root")
    first = json.loads(own("evidence", "root", "--day", "2026-03-02", "--json").out)
    for name in ("root.svg", "root.png", "root.json"):
        assert own("evidence", "root", "--out", tmp_path / name).code == 0
    wrong = own("evidence", "root", "--out", tmp_path / "root.txt")
    unknown = own("evidence", "root", "--day", "2020-01-01")

    assert told["line"] == f"lineproof-root/1 hanbit {told['root']['day']} {told['sha256']}"
    assert told["line"] in shown.out
    assert "▄" in shown.out, "the picture"
    assert first["root"]["day"] == "2026-03-02"
    assert (tmp_path / "root.svg").read_text("utf-8").startswith("<?xml")
    assert (tmp_path / "root.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads((tmp_path / "root.json").read_text("utf-8"))["root"] == told["root"]
    assert (wrong.code, unknown.code) == (2, 2)
    assert "there are 2026-03-0" in unknown.err


def test_a_kept_root_holds_a_package_against_it(own: Command, tmp_path: Path) -> None:
    """As the line that was photographed, or in a file; another one fails with 6."""
    path = tmp_path / "package.zip"
    package(sealed(own), path)
    line = json.loads(own("evidence", "root", "--day", "2026-03-03", "--json").out)["line"]
    (tmp_path / "kept.txt").write_text(line, encoding="utf-8")
    by_line = own("evidence", "verify", path, "--root", line, config=False)
    by_file = own("evidence", "verify", path, "--root", tmp_path / "kept.txt", config=False)
    wrong = line[:-1] + ("1" if line.endswith("0") else "0")
    other = own("evidence", "verify", path, "--root", wrong, config=False)

    assert (by_line.code, by_file.code) == (0, 0), by_line.err
    assert "is the root of 2026-03-03" in by_file.out
    assert other.code == 6


def test_a_new_key_takes_over(own: Command, tmp_path: Path) -> None:
    """Who noted the old one still knows the packages; the log says who changed it."""
    old = json.loads(own("evidence", "key", "--json").out)["id"]
    told = json.loads(own("evidence", "rotate", "--json").out)
    package(sealed(own), tmp_path / "package.zip")
    done = own("evidence", "verify", tmp_path / "package.zip", "--key", old, config=False)
    log = json.loads(own("audit", "list", "--json").out)["audit"]

    assert (told["old"], done.code) == (old, 0), done.err
    assert f"{told['new']} signs now" in done.out
    assert any(one["what"] == "evidence key" and one["new"] == {"id": told["new"]} for one in log)
