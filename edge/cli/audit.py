"""`lineproof audit list | verify`; both work beside a running service."""

from pathlib import Path
from zoneinfo import ZoneInfo

from edge.cli.output import Document, note, say, say_json, shown, table
from edge.cli.printing import clock
from edge.cli.site import site_of
from edge.config.loader import Loaded
from edge.errors import NotFound, Refused, VerificationFailed
from edge.moment import rfc3339
from edge.records import audit
from edge.records.audit_check import verify as verify_log
from edge.records.database import Records

HEAD = ("n", "at", "who", "from", "what", "subject", "change")
LEAST_DIGITS = 16  # of a hash that was kept: 64 bits nobody hits by trying
SHOWN = 60  # letters of a change in a table


def listed(config: Path, limit: int, before: int | None, *, json: bool) -> None:
    """Print the newest entries."""
    loaded = site_of(config)
    records, zone = records_of(loaded), ZoneInfo(loaded.site.timezone)
    found = audit.entries(records, limit, before)
    if json:
        rows = [document(one, zone) for one in found]
        say_json({"audit": rows, "head": audit.head(records)._asdict()})
    elif found:
        table(HEAD, [row(one, zone) for one in found])
    else:
        note("nothing has been changed yet")


def records_of(loaded: Loaded) -> Records:
    """The records of a site, only to be read.

    Raises:
        NotFound: there are none.
    """
    path = loaded.data / "records.db"
    if not path.exists():
        raise NotFound(f"{path} is not there: nothing was ever changed or computed here")
    return Records.open(path)


def document(one: audit.Entry, zone: ZoneInfo) -> Document:
    """An entry for programs, as the HTTP interface gives it."""
    by, change = one.by, one.change
    said = {"n": one.n, "at": rfc3339(one.at_ns, zone), "who": by.who, "from": by.origin}
    return {**said, **change._asdict(), "hash": one.hash}


def row(one: audit.Entry, zone: ZoneInfo) -> list[object]:
    """An entry in one line."""
    change = one.change
    text = ", ".join(f"{key} {shown(value)}" for key, value in (change.new or {}).items())
    at = clock(rfc3339(one.at_ns, zone))
    said = change.subject if len(change.subject) <= SHOWN else f"{change.subject[:SHOWN]}…"
    text = text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
    return [one.n, at, *one.by, change.what, said, text or None]


def verify(config: Path, heads: list[str], *, json: bool) -> None:
    """Look at the whole log.

    Raises:
        VerificationFailed: with the first entry that is not as it was written.
    """
    loaded = site_of(config)
    found = verify_log(records_of(loaded), tuple(head_of(text) for text in heads))
    if json:
        head = found.head._asdict()
        said = {"verified": found.bad is None, "entries": found.entries, "head": head}
        say_json({**said, "bad": found.bad, "why": found.why or None})
    elif found.bad is None:
        say(sound(found.entries))
        note(f"to be kept elsewhere: --head {found.head.n}:{found.head.hash}")
    if found.bad is not None:
        raise VerificationFailed(f"audit log of {loaded.data}: {found.why}")


def sound(number: int) -> str:
    """How many were found as they were written."""
    return "1 entry, as it was written" if number == 1 else f"{number:,} entries, each as written"


def head_of(text: str) -> audit.Head:
    """A head that was kept, out of NUMBER:HASH.

    Raises:
        Refused: it is none.
    """
    number, _, digest = text.partition(":")
    digits = set(digest.lower()) <= set("0123456789abcdef") and len(digest) >= LEAST_DIGITS
    if not (number.isascii() and number.isdigit() and digits):
        raise Refused(f"'{text}' is no head; write the number, a colon and the hash, as 12:3fa9…")
    return audit.Head(int(number), digest.lower())
