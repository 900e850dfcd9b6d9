"""The start in spite of damage: the damaged file is set aside, a new one takes its place.

The order of steps makes a crash at any of them harmless. A draft is written under a name that
nobody reads (`mend.1`); once it is on the disk it gets the name that says so (`mend.2`); from then
on the exchange is finished, now or at the next start: the damaged files get their new names
(`mend.3`), and the draft becomes `journal.db` (`mend.4`). Nothing is ever deleted but drafts.
"""

import sqlite3
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from pathlib import Path

import structlog

from edge.archive.vault import flush
from edge.crash import crash_point
from edge.errors import JournalFull, LineproofError
from edge.mending.examining import examined
from edge.mending.salvage import Salvage
from edge.model import SECOND_NS

JOURNAL = "journal"
READY, ASIDE = ".mended-", ".damaged-"  # behind the name of the file that is mended
BESIDE = ("", "-wal", "-shm")

log = structlog.get_logger()


def mend(data: Path, now_ns: int, sources: Collection[str] = ()) -> bool:
    """Bring the journal into a state in which it can be written; whether that took a new one.

    Whoever calls holds the site.

    Args:
        data: directory of the site's data.
        now_ns: names the files that are set aside, and ends a gap that has no other end.
        sources: as configured; each gets the gap in its ledger.

    Raises:
        JournalFull: no room for a new journal beside the damaged one.
        JournalDamaged: the file cannot even be opened to be looked at.
    """
    exchange(data, JOURNAL)
    why = examined(data)
    if not why:
        return False
    log.warning("journal damaged; a new one is made of what can be read", found=why)
    salvage = Salvage(data, now_ns, sources)

    def write(draft: Path) -> list[str]:
        salvage.write(draft)
        return [*why, *salvage.notes]

    replace(data, JOURNAL, stamped(now_ns), write)
    return True


def replace(data: Path, stem: str, stamp: str, write: Callable[[Path], list[str]]) -> None:
    """Set a damaged file aside, and put a new one in its place.

    Args:
        data: directory of the site's data.
        stem: of the names of both.
        stamp: of the names of what is set aside.
        write: makes the new one at a path and returns what is to be said of it.

    Raises:
        JournalFull: no room for a new file beside the damaged one.
    """
    draft = data / f"{stem}.draft"
    for left in data.glob(f"{draft.name}*"):
        left.unlink()
    try:
        flushed(data / f"{stem}{ASIDE}{stamp}.txt", write(draft))
    except (sqlite3.OperationalError, OSError, LineproofError) as error:
        raise JournalFull(
            f"{data}: a damaged {stem}.db is to be set aside, but no new one can be written"
            f" ({error}); free disk and start again, nothing was changed"
        ) from error
    flush(draft)
    crash_point("mend.1")
    draft.rename(data / f"{stem}{READY}{stamp}.db")
    flush(data)
    crash_point("mend.2")
    exchange(data, stem)


def stamped(now_ns: int) -> str:
    """A moment as a name of a file has it."""
    return datetime.fromtimestamp(now_ns / SECOND_NS, UTC).strftime("%Y%m%dT%H%M%SZ")


def flushed(report: Path, lines: list[str]) -> None:
    """Write down what was found and done."""
    report.write_text("\n".join([*lines, ""]), "utf-8")
    flush(report)


def exchange(data: Path, stem: str) -> None:
    """Finish what was begun: the damaged file out of the way, the new one into its place."""
    for ready in sorted(data.glob(f"{stem}{READY}*.db")):
        aside = ready.name.replace(READY, ASIDE)
        for end in BESIDE:
            if (old := data / f"{stem}.db{end}").exists():
                old.rename(data / f"{aside}{end}")
                crash_point("mend.3")
        flush(data)
        ready.rename(data / f"{stem}.db")
        flush(data)
        crash_point("mend.4")


def reports(data: Path, stem: str = JOURNAL) -> dict[str, str]:
    """What was found and done when a file was set aside, by the name of that."""
    return {
        path.with_suffix(".db").name: "; ".join(path.read_text("utf-8").splitlines())
        for path in sorted(data.glob(f"{stem}{ASIDE}*.txt"))
    }
