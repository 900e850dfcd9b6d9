"""Daily roots: one signed number a day that covers every sample of every signal.

Who keeps it, on paper or as a picture, finds out later whether the history was rewritten. The tree
(RFC 6962) has a leaf for each signal, by path: its path, its rows and the root of its hours, which
have a leaf each. Every root names the one before it, so the newest covers them all. Late samples
make a further root of their day that names the former; nothing is taken back.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from pydantic import BaseModel, Field

from edge.evidence import tree
from edge.evidence.canonical import Canonical
from edge.evidence.digests import hourly
from edge.evidence.keys import Signer
from edge.evidence.manifest import HEX
from edge.evidence.samples import Hour, runs_of
from edge.history import History
from edge.model import DAY_NS, HOUR_NS
from edge.records import roots
from edge.records.database import Records
from edge.records.roots import Kept, Leaf
from edge.stores import Stores, locked

if TYPE_CHECKING:  # imported late
    from segno import QRCode

FORMAT = "lineproof-root/1"
GRACE_NS = HOUR_NS  # after its end a day is sealed, and most late samples have come
LOCK = "roots.lock"
SHORT = 16  # digits that people compare by eye


class Journal(BaseModel, frozen=True, extra="forbid"):
    """How far the journal had come."""

    block: int = Field(ge=0, description="number of its newest block")
    head: str = Field(pattern=HEX, description="its chain up to there")


class DayRoot(Canonical):
    """What is signed of a day."""

    format: str = Field(pattern=f"^{FORMAT}$", description="what this document is")
    site: str = Field(description="id of the site")
    day: str = Field(pattern=r"^\d{4}-\d\d-\d\d$", description="the day, UTC, by source time")
    revision: int = Field(ge=1, description="1, and one more for each time that late samples came")
    former: str | None = Field(description="the root of this day before")
    signals: int = Field(ge=0, description="leaves of the tree")
    rows: int = Field(ge=0, description="samples of the day")
    tree: str = Field(pattern=HEX, description="Merkle root (RFC 6962) over the signals")
    journal: Journal = Field(description="how far the journal had come")
    previous: str | None = Field(description="the root that was made before this one")
    key: str = Field(pattern=r"^[0-9a-f]{32}$", description="id of the key that signs")


class Signatory(NamedTuple):
    """Who signs the days of a site, and from what."""

    site: str
    stores: Stores
    records: Records
    signer: Signer


def parsed(raw: bytes) -> DayRoot:
    """The root that a text is.

    Raises:
        VerificationFailed: it is none, or not in its one form.
    """
    return DayRoot.parsed(raw, "root of a day")


def spoken(root: DayRoot) -> str:
    """One line that a picture or a sheet of paper carries."""
    return f"{FORMAT} {root.site} {root.day} {root.sha256}"


def picture(root: DayRoot) -> "QRCode":
    """The line as a QR code."""
    import segno  # noqa: PLC0415 - 1 MB that few need

    return segno.make(spoken(root), error="m", micro=False)


def heard(text: str) -> str:
    """The root out of what somebody kept: the number, the line, or the document."""
    if text.lstrip().startswith("{"):
        return parsed(text.encode()).sha256
    words = text.split()
    return words[-1].lower() if words else ""


def make_due(
    signatory: Signatory, now_ns: int, progress_to: Callable[[float], None]
) -> list[DayRoot]:
    """Sign every day that is over and has none, or got samples since; the roots that were made.

    Args:
        signatory: the site.
        now_ns: days that ended an hour before are over.
        progress_to: told the share that is done.
    """
    with locked(signatory.stores.data / LOCK, wait=True):
        newest = {one.day: one for one in roots.kept(signatory.records)}
        wanted, made = waiting(signatory.stores, signatory.records, now_ns), list[DayRoot]()
        for nth, (day, parts) in enumerate(wanted.items(), 1):
            root = look_at(signatory, day, parts, newest.get(day))
            made += [root] if root is not None else []
            progress_to(nth / len(wanted))
        return made


def waiting(stores: Stores, records: Records, now_ns: int) -> dict[str, str]:
    """The days to be looked at, each with the digest of its files."""
    seen = {one.day: one.parts for one in roots.kept(records)}
    found = sorted(files_of_days(stores, now_ns).items())
    return {day: parts for day, parts in found if seen.get(day) != parts}


def files_of_days(stores: Stores, now_ns: int) -> dict[str, str]:
    """Of each day that is over: a digest of the files that hold its rows."""
    found = defaultdict[int, list[str]](list)
    for part in stores.archive.manifest.live():
        for day in stores.archive.days(part):
            found[day].append(f"{part.path} {part.sha256.hex()}\n")
    return {
        name_of(day): hashlib.sha256("".join(sorted(files)).encode()).hexdigest()
        for day, files in found.items()
        if (day + 1) * DAY_NS + GRACE_NS <= now_ns
    }


def look_at(signatory: Signatory, day: str, parts: str, former: Kept | None) -> DayRoot | None:
    """Sign a day; None where it is what was signed already, or some of its files are damaged."""
    first_ns = number_of(day) * DAY_NS
    found = leaves_of(History(signatory.stores), day)
    if signatory.stores.archive.unsound(first_ns, first_ns + DAY_NS):
        return None  # the health page names them; what is left must not pass for the day
    top = tree.root([leaf_text(leaf) for leaf in found]).hex()
    was = parsed(former.document) if former is not None else None
    if former is not None and was is not None and was.tree == top:
        roots.look(signatory.records, former.n, parts)
        return None
    before = roots.kept(signatory.records)
    block = signatory.stores.journal.newest()
    root = DayRoot(
        format=FORMAT,
        site=signatory.site,
        day=day,
        revision=was.revision + 1 if was is not None else 1,
        former=was.sha256 if was is not None else None,
        signals=len(found),
        rows=sum(rows for _, rows, _ in found),
        tree=top,
        journal=Journal(block=block, head=signatory.stores.journal.link(block).hex()),
        previous=parsed(before[-1].document).sha256 if before else None,
        key=signatory.signer.public.id,
    )
    text = root.text()
    kept = Kept(len(before) + 1, day, text, signatory.signer.sign(text), parts)
    roots.add(signatory.records, kept, found)
    return root


def leaves_of(history: History, day: str) -> list[Leaf]:
    """What every signal's rows of a day come to, by path."""
    first_ns, found = number_of(day) * DAY_NS, list[Leaf]()
    for sheet in history.rows(None, first_ns, first_ns + DAY_NS):
        for path, run in runs_of(sheet):
            found.append(leaf_of(path, [Hour(path, *each) for each in hourly(run)]))
    return sorted(found)


def leaf_of(path: str, hours: Iterable[Hour]) -> Leaf:
    """What the hours of a signal's day come to."""
    mine = sorted(hours, key=lambda each: each.hour)
    top = tree.root([hour_text(hour) for hour in mine]).hex()
    return path, sum(hour.rows for hour in mine), top


def hour_text(hour: Hour) -> bytes:
    """The leaf of an hour in the tree of its signal and day."""
    return json.dumps([hour.hour, hour.rows, hour.sha256]).encode()


def leaf_text(leaf: Leaf) -> bytes:
    """The leaf of a signal in the tree of a day."""
    return json.dumps(leaf, ensure_ascii=False).encode()


def name_of(day: int) -> str:
    """The date of a day since 1970."""
    return str(np.datetime64(day, "D"))


def number_of(day: str) -> int:
    """The days since 1970 of a date."""
    return int(np.datetime64(day, "D").astype(np.int64))
