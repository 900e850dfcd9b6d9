"""The commands of evidence: a file is made, and a stranger checks it."""

import json
from pathlib import Path

from tests.unit.edge.cli.desk import Command

FREEZE = ("--line", "mask-1", "--measure", "oee", "--name", "before", "--reason", "as it was")
DAYS = ("--from", "2026-03-02", "--to", "2026-03-05T08:00:00+09:00")
AIM = ("--line", "mask-1", "--measure", "oee", "--improve", "0.1")
LIVE = ("--go-live", "2026-03-05T08:00:00+09:00")


def package(own: Command, path: Path) -> dict[str, object]:
    """A package of a target of the site."""
    baseline = own("baseline", "freeze", *FREEZE, *DAYS).out.strip()
    target = own("target", "set", *AIM, *LIVE, "--baseline", baseline).out.strip()
    made = own("evidence", "make", target, "--out", path, "--json")
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
    assert "figures are the same to the last digit" in done.out
    assert done.out.splitlines()[-1].endswith(": verified")


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


def test_another_key_ends_with_6(own: Command, tmp_path: Path) -> None:
    """A package that somebody else signed is not this site's."""
    path = tmp_path / "package.zip"
    package(own, path)
    done = own("evidence", "verify", path, "--key", "0" * 32, config=False)

    assert done.code == 6
    assert "re-signed, or of another site" in done.err
