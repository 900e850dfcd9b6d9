"""The order of steps that a power cut would show: what is on the disk before what.

`fsync`, `link` and the record of parts are watched; a kernel that loses what was not flushed is
played by `make faults`, and takes minutes.
"""

import os
import stat
from pathlib import Path

import pytest

from edge import sealing
from edge.archive.manifest import Manifest, Part
from edge.model import Batch
from edge.stores import Stores
from tests.unit.edge.test_archive import row
from tests.unit.edge.test_archive import stores as stores  # noqa: PLC0414 - a fixture


def test_a_file_and_its_names_are_on_the_disk_before_they_are_recorded(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two hours of one new day: each file, then its name, then the folders, then the record."""
    events = list[tuple[str, str]]()
    flush, link, record = os.fsync, os.link, Manifest.record

    def flushed(handle: int) -> None:
        flush(handle)
        path = Path(f"/proc/self/fd/{handle}").readlink()
        events.append(("folder" if stat.S_ISDIR(path.stat().st_mode) else "file", path.name))

    def linked(old: Path, new: Path) -> None:
        link(old, new)
        events.append(("link", f"{old.name} {new.parent.name}"))

    def recorded(manifest: Manifest, parts: list[Part], through: int) -> None:
        events.append(("record", str(len(parts))))
        record(manifest, parts, through)

    monkeypatch.setattr(os, "fsync", flushed)
    monkeypatch.setattr(os, "link", linked)
    monkeypatch.setattr(Manifest, "record", recorded)
    with stores.journal.transaction():
        stores.journal.append(Batch.of([row(1, 0, 1), row(1, 70, 2)]))
    sealing.seal(stores)

    links = [name.split() for kind, name in events if kind == "link"]
    assert len(links) == 2
    done = events.index(("record", "2"))
    for staged, day in links:
        at = events.index(("link", f"{staged} {day}"))
        assert events.index(("file", staged)) < at < done
        assert ("folder", day) in events[at:done]
        assert events.index(("folder", "archive")) < done  # it holds the name of the new day
