"""A tail that was torn in a write: the blocks before it are kept, and the loss is reported."""

from pathlib import Path

import pytest

from edge.journal import Journal, connect
from edge.mending.examining import examined
from edge.model import Batch, Row
from edge.newest import note
from edge.stores import Stores

BLOCKS, TAIL, STEP = 12, 8_192, 173  # a prime: the places of all fields of a frame come by


@pytest.mark.parametrize("torn", ["cut", "overwritten"])
def test_a_torn_tail_costs_what_lies_in_it_and_is_reported(tmp_path: Path, torn: str) -> None:
    """At places all over the last 8 KiB of the log: exactly the commits that end before remain."""
    whole, ends = tmp_path / "whole", list[int]()
    log = whole / "journal.db-wal"
    with Stores.open(whole) as stores:
        for nth in range(BLOCKS):
            with stores.journal.transaction():
                stores.journal.append(Batch.of([Row(1, nth, nth, nth, 0)]))
            ends.append(log.stat().st_size)
        database, raw = (whole / "journal.db").read_bytes(), log.read_bytes()
    for nth, at in enumerate(range(len(raw) - TAIL, len(raw), STEP)):
        folder = tmp_path / f"{nth}"
        folder.mkdir()
        (folder / "journal.db").write_bytes(database)
        rest = b"" if torn == "cut" else bytes(byte ^ 0x5A for byte in raw[at:])
        (folder / "journal.db-wal").write_bytes(raw[:at] + rest)
        note(folder, BLOCKS)
        kept = sum(end <= at for end in ends)
        assert examined(folder) == [
            f"the journal ends with block {kept}, but block {BLOCKS} was there"
        ]
        journal = Journal(connect(folder / "journal.db"))
        found = [float(batch.value[0]) for _, batch in journal.read(0)]
        assert found == [float(n) for n in range(kept)], f"torn at byte {at}"
        journal._db.close()
