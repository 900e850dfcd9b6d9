"""Changing a site's key: the old one vouches for the new one, and the other way round.

Who noted the id of the first key can follow to the one that signs today. The private half of the
old key is gone afterwards: what it signed stays signed, and nobody signs with it again.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, Field, ValidationError

from edge.errors import Misconfigured, VerificationFailed
from edge.evidence import keys
from edge.evidence.canonical import Canonical, canonical
from edge.evidence.keys import PublicKey, Signer
from edge.stores import locked

FORMAT = "lineproof-key-change/1"
FILE = "keys.json"  # of a package; in data/keys too
LOCK = "keys.lock"
NEXT = "evidence.next"  # in data/keys, until it takes the place of the old one
SIGNATURE = r"^[0-9a-f]{128}$"


class Change(Canonical):
    """One change of keys."""

    format: str = Field(default=FORMAT, pattern=f"^{FORMAT}$", description="what this is")
    site: str = Field(description="id of the site")
    at: str = Field(description="when, RFC 3339")
    old: str = Field(description="the key before, PEM")
    new: str = Field(description="the key since, PEM")


class Signed(BaseModel, frozen=True, extra="forbid"):
    """A change with both signatures."""

    change: Change = Field(description="what is signed")
    by_old: str = Field(pattern=SIGNATURE, description="signature of the key before, hexadecimal")
    by_new: str = Field(pattern=SIGNATURE, description="signature of the key since, hexadecimal")


class Step(NamedTuple):
    """A change that was checked."""

    site: str
    at: str
    old: PublicKey
    new: PublicKey


def rotate(folder: Path, site: str, at: str) -> Signed:
    """Put a new key in the place of the old one.

    Args:
        folder: where the keys are.
        site: id of the site.
        at: when, RFC 3339.

    Raises:
        Misconfigured: what lies there cannot be read as keys and changes of ours.
    """
    old_path, draft = keys.ensure(folder), folder / NEXT
    with locked(folder / LOCK, wait=True):
        finish(folder)
        old, before = Signer(keys.read(old_path)), changes_in(folder)
        keys.make(draft)
        new = Signer(keys.read(draft))
        change = Change(site=site, at=at, old=old.public.pem.decode(), new=new.public.pem.decode())
        text = change.text()
        done = Signed(change=change, by_old=old.sign(text).hex(), by_new=new.sign(text).hex())
        put(folder / FILE, written([*before, done]))
        finish(folder)
    return done


def finish(folder: Path) -> None:
    """Bring a change that a crash cut short to its end, or forget it; the lock is held."""
    draft = folder / NEXT
    if not draft.exists():
        return
    done = changes_in(folder)
    if done and done[-1].change.new == Signer(keys.read(draft)).public.pem.decode():
        draft.replace(folder / keys.FILE)
    else:
        draft.unlink()


def put(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    draft = path.with_suffix(".part")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def changes_in(folder: Path) -> list[Signed]:
    """All changes of a site's keys, oldest first.

    Raises:
        Misconfigured: the file is not of our form.
    """
    path = folder / FILE
    if not path.exists():
        return []
    try:
        return read(path.read_bytes())
    except VerificationFailed as error:
        raise Misconfigured(f"{path}: {error}; put the backup there") from error


def written(changes: Iterable[Signed]) -> bytes:
    """Changes as a file."""
    return canonical({"changes": [each.model_dump() for each in changes]})


def read(raw: bytes) -> list[Signed]:
    """The changes that a file tells of, not checked.

    Raises:
        VerificationFailed: it is not of our form.
    """
    try:
        return [Signed.model_validate(each) for each in json.loads(raw)["changes"]]
    except (ValidationError, ValueError, KeyError, TypeError) as error:
        raise VerificationFailed(f"{FILE} is not of our form") from error


def followed(raw: bytes) -> list[Step]:
    """The changes of a package, each signed by both keys and following on the one before.

    Raises:
        VerificationFailed: with the first that is not.
    """
    steps = list[Step]()
    for each in read(raw):
        change = each.change
        step = Step(
            change.site, change.at, PublicKey(change.old.encode()), PublicKey(change.new.encode())
        )
        text = change.text()
        by_old = step.old.check(bytes.fromhex(each.by_old), text)
        if not (by_old and step.new.check(bytes.fromhex(each.by_new), text)):
            raise VerificationFailed(f"{FILE}: the change of {change.at} is not signed by both")
        if steps and steps[-1].new.id != step.old.id:
            raise VerificationFailed(f"{FILE}: the change of {change.at} does not follow on")
        steps.append(step)
    return steps
