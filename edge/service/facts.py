"""What the stores say of themselves, asked in the thread that has them open."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from edge.again import Recounted
from edge.ballast import Ballast, Room
from edge.intake.parcels import Counts
from edge.ledger import Counts as LedgerCounts
from edge.ledger import Gap, Position
from edge.stores import Stores

Document = dict[str, object]
IMPORT = "import"  # the source of rows that came from files
SHOWN_NS = 7 * 86_400 * 1_000_000_000
GAPS = 50


class Facts(NamedTuple):
    """State of journal, archive and ledger at one moment."""

    journal: Document
    archive: Document
    disk: Document
    gaps: list[Gap]
    imported: Counts
    cursors: dict[str, Position]  # by sink: how far it has come
    behind: dict[str, int]  # by sink: rows that it has still to bring
    recounted: dict[str, Recounted]  # by sink: what was found when its server was asked last
    held: int  # rows that wait for a clock that can be believed


def facts(stores: Stores, now_ns: int, sinks: Iterable[str]) -> Facts:
    """What the stores hold, and how far each sink is behind.

    Args:
        stores: of the calling thread.
        now_ns: gaps of the week before are listed, the newest 50.
        sinks: their ids.
    """
    state = stores.archive.manifest.state()
    stores.archive.refresh(state)
    parts, newest = stores.archive.parts, stores.journal.newest()
    cursors = {name: stores.ledger.cursor(name) for name in sinks}
    waiting = [(seq, head.rows) for seq, head in stores.journal.heads(state.through)]
    return Facts(
        journal={
            "newest_block": newest,
            "sealed_through": state.through,
            "waiting_rows": sum(rows for _, rows in waiting),
            "bytes": size(stores.data / "journal.db"),
        },
        archive={
            "parts": len(parts),
            "rows": sum(part.rows for part in parts),
            "bytes": sum(part.size for part in parts),
        },
        disk=disk(stores.data),
        gaps=stores.ledger.gaps(now_ns - SHOWN_NS, now_ns)[-GAPS:],
        imported=imported_rows(stores),
        cursors=cursors,
        behind={
            name: sum(rows for seq, rows in waiting if seq > cursor.block)
            + sum(part.rows for part in parts if part.last_block > cursor.block)
            for name, cursor in cursors.items()
        },
        recounted={name: stores.again.recounted(name) for name in cursors},
        held=stores.ledger.held.rows(),
    )


def disk(data: Path) -> Document:
    """Room on the disk of the data, and how much of what is taken is kept back."""
    room = Room.of(data)
    return {"bytes": room.total, "free_bytes": room.free, "ballast_bytes": Ballast(data).size()}


def imported_rows(stores: Stores) -> Counts:
    """What became of the rows that came from files."""
    imported = stores.ledger.counts().get(IMPORT, LedgerCounts())
    return Counts(*imported, 0, sum(imported))


def size(path: Path) -> int:
    """Bytes of a file and of its log that is not yet in it."""
    files = (path, path.with_name(f"{path.name}-wal"))
    return sum(file.stat().st_size for file in files if file.exists())
