"""What is put right before anything is opened: room on the disk, and files that are damaged."""

from contextlib import suppress
from pathlib import Path

from edge.ballast import Ballast
from edge.config.loader import Loaded
from edge.mending import looking
from edge.mending.examining import examined
from edge.mending.looking import earlier, last_entry, records_examined
from edge.mending.mend import JOURNAL, exchange, flushed, mend, reports, stamped
from edge.newest import AGAIN, RECORDS, note
from edge.records.files import NAME
from edge.service.place import known
from edge.status import Status

EARLIER = f"{looking.STEM}.earlier-"
CODES = {JOURNAL: "mended", looking.STEM: "mended records"}


def put_right(loaded: Loaded, status: Status, now_ns: int) -> None:
    """Make the data directory such that it can be opened; what was set aside is a finding.

    Raises:
        JournalFull: something damaged is to be replaced, and there is no room.
        JournalDamaged: a file cannot even be looked at.
        Misconfigured: the directory is not the one that held this site's data.
    """
    known(loaded.folder, loaded.data)
    Ballast(loaded.data).tend()  # on a full disk we start with its room
    mend(loaded.data, now_ns, [source.id for source in loaded.sources])
    told = name_earlier(loaded.data, now_ns)
    mend_decisions(loaded.data, now_ns)
    status.find(looking.STEM, f"earlier {looking.STEM}", told, now_ns)
    for file in sorted(loaded.data.glob(f"{EARLIER}*.txt")):
        told = file.read_text("utf-8").strip()
        status.find(looking.STEM, f"earlier records/{file.name}", told, now_ns)
    for owner, code in CODES.items():
        for name, text in reports(loaded.data, owner).items():
            status.find(owner, f"{code}/{name}", text, now_ns)


def mend_decisions(data: Path, now_ns: int) -> None:
    """Mend the records where they need it."""
    exchange(data, looking.STEM)
    if records_examined(data):
        from edge.mending.decided import mend_records  # noqa: PLC0415 - SQLAlchemy is slow to load

        mend_records(data, now_ns)
        note_anew(data)  # the report of the mending says what is missing


def name_earlier(data: Path, now_ns: int) -> str:
    """Write down that the records are of an earlier day, for people to take away; we go on.

    Returns:
        What could not be written down; the next start tells it as well.
    """
    if told := earlier(data):
        try:
            flushed(data / f"{EARLIER}{stamped(now_ns)}.txt", [told])
        except OSError:
            return told
        note_anew(data)
    return ""


def note_anew(data: Path) -> None:
    """Note how many entries the records have, though there were more."""
    with suppress(OSError):  # it is told once more
        (data / AGAIN).unlink(missing_ok=True)
        note(data, last_entry(data / NAME)[0], RECORDS)


def is_broken(data: Path) -> bool:
    """Whether there is something to be put right."""
    return bool(examined(data) or records_examined(data))
