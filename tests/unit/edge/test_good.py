"""A configuration with faults does not end what collects: the one that ran last goes on."""

from pathlib import Path

import pytest

from edge.config.good import GOOD, keep, usable
from edge.config.loader import FILE
from edge.errors import ConfigInvalid
from edge.service.kinds import kinds

TEXT = """\
site: {id: hanbit, name: NAME}
sources: [{id: plc1, kind: opcua, url: "opc.tcp://192.0.2.10:4840"}]
lines:
  - id: mask-1
    machines:
      - id: body
        signals: {good: {source: plc1, node: "ns=2;s=Good", kind: counter, unit: "{piece}"}}
"""
FAULTS = ("site: {", "", "\0", "site: {id: hanbit}\nnext: 1\n", TEXT.replace("plc1", "plc9", 1))


def written(folder: Path, text: str) -> None:
    """Have this configuration in a folder."""
    (folder / FILE).write_text(text, "utf-8")


def test_a_sound_configuration_is_used_and_kept(tmp_path: Path) -> None:
    """What ran is beside it, to the byte, and a second start writes nothing."""
    written(tmp_path, TEXT)
    found = usable(tmp_path, kinds())
    assert (found.loaded.file, found.instead) == (tmp_path / FILE, "")
    keep(tmp_path, found.text)
    before = (tmp_path / GOOD).stat()
    keep(tmp_path, found.text)
    assert (tmp_path / GOOD).read_text("utf-8") == TEXT
    assert (tmp_path / GOOD).stat() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([FILE, GOOD])


@pytest.mark.parametrize("text", FAULTS, ids=range(len(FAULTS)))
def test_with_faults_the_one_that_ran_last_is_used(tmp_path: Path, text: str) -> None:
    """It is the same site as before, and the first fault is told with its place."""
    written(tmp_path, TEXT.replace("NAME", "before"))
    keep(tmp_path, usable(tmp_path, kinds()).text)
    written(tmp_path, text)
    found = usable(tmp_path, kinds())
    assert found.loaded.site.name == "before"
    assert found.loaded.folder == tmp_path
    assert found.loaded.file == tmp_path / GOOD
    assert found.instead.startswith(f"{tmp_path / FILE}:") or "lineproof.yaml:" in found.instead


def test_faults_of_a_first_start_are_refused(tmp_path: Path) -> None:
    """There is nothing to fall back on, and the faults are those of the present file."""
    written(tmp_path, TEXT.replace("kind: counter", "kind: count"))
    with pytest.raises(ConfigInvalid, match="count") as found:
        usable(tmp_path, kinds())
    (tmp_path / GOOD).write_text("site: {", "utf-8")
    with pytest.raises(ConfigInvalid) as again:
        usable(tmp_path, kinds())
    assert again.value.faults == found.value.faults


def test_where_nobody_may_write_nothing_is_kept_and_nothing_is_wrong(tmp_path: Path) -> None:
    """A folder that is no folder takes nothing."""
    (tmp_path / "file").write_text("")
    keep(tmp_path / "file", b"text")
    assert (tmp_path / "file").read_text() == ""
