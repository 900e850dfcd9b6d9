"""The evidence packages that were made, each with the one before it."""

from typing import NamedTuple

from sqlalchemy import BigInteger, Column, Integer, Table, Text, insert, select

from edge.records.audit import ADMIN, Actor, Change, add
from edge.records.database import Records, metadata

package = Table(
    "package",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("root", Text, nullable=False),  # of its contents
    Column("manifest", Text, nullable=False, unique=True),  # SHA-256 of it
    Column("previous", Text),  # the manifest of the last one with other contents
    Column("target", Text, nullable=False),
    Column("as_of_ns", BigInteger, nullable=False),
    Column("made_ns", BigInteger, nullable=False),
)


class Made(NamedTuple):
    """One package."""

    root: str
    manifest: str
    previous: str | None
    target: str
    as_of_ns: int
    made_ns: int


def packages(records: Records) -> list[Made]:
    """All packages that were ever made, oldest first."""
    columns = [package.c[name] for name in Made._fields]
    with records.reading() as db:
        return [Made(*row) for row in db.execute(select(*columns).order_by(package.c.n))]


def previous(records: Records, root: str) -> str | None:
    """The manifest of the last package with other contents, made before the first with these."""
    found: str | None = None
    for made in packages(records):
        if made.root == root:
            return made.previous
        found = made.manifest
    return found


def register(records: Records, made: Made, by: Actor = ADMIN) -> None:
    """Remember a package; one that is known already stays as it is."""
    with records.writing() as db:
        there = db.execute(select(package.c.n).where(package.c.manifest == made.manifest)).first()
        if there is None:
            db.execute(insert(package), made._asdict())
            said = {"manifest": made.manifest, "root": made.root, "previous": made.previous}
            add(db, made.made_ns, by, Change("evidence make", made.target, None, said))
