"""What was imported of other sites: the figures of their packages, and the keys that sign them.

A key is believed on first use and shown with the day since when; one that comes later in its place
counts only where the old one handed over to it, or a person names it.
"""

import json
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Column, Integer, Table, Text, func, insert, select

from edge.errors import Refused
from edge.records.audit import Actor, Change, add
from edge.records.database import Records, Transaction, metadata

Document = dict[str, Any]  # JSON

firm_key = Table(
    "firm_key",
    metadata,
    Column("site", Text, primary_key=True),
    Column("key", Text, nullable=False),
    Column("since_ns", BigInteger, nullable=False),
)
firm_package = Table(
    "firm_package",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("manifest", Text, nullable=False, unique=True),  # SHA-256 of it
    Column("site", Text, nullable=False),
    Column("site_name", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("as_of", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("imported_ns", BigInteger, nullable=False),
    Column("result", Text, nullable=False),  # as in `result.json`
)


class Known(NamedTuple):
    """The key that a site signs with, and since when it is believed."""

    key: str
    since_ns: int


class Imported(NamedTuple):
    """A verified package of a site."""

    manifest: str
    site: str
    site_name: str
    target: str
    as_of: str
    key: str
    imported_ns: int
    result: Document


def keys(records: Records) -> dict[str, Known]:
    """The key of every site that is known."""
    with records.reading() as db:
        rows = db.execute(select(firm_key).order_by(firm_key.c.site))
        return {row.site: Known(row.key, row.since_ns) for row in rows}


def imported(records: Records) -> list[Imported]:
    """All packages that were imported, oldest first."""
    columns = [firm_package.c[name] for name in Imported._fields]
    with records.reading() as db:
        rows = db.execute(select(*columns).order_by(firm_package.c.n)).all()
    return [Imported(*row)._replace(result=json.loads(row.result)) for row in rows]


def last(records: Records) -> int:
    """The number of the newest package; nothing here changes unless one is added."""
    with records.reading() as db:
        return db.execute(select(func.max(firm_package.c.n))).scalar() or 0


def keep(records: Records, package: Imported, noted: str | None, by: Actor) -> bool:
    """Remember a verified package and the key of its site; False where it is known already.

    Args:
        records: where.
        package: what was verified.
        noted: the key that its site was known by when the package was held against it.
        by: who brings it.

    Raises:
        Refused: the site is known by another key since.
    """
    same = select(firm_package.c.n).where(firm_package.c.manifest == package.manifest)
    text = json.dumps(package.result, ensure_ascii=False, allow_nan=False)
    with records.writing() as db:
        if db.execute(same).first() is not None:
            return False
        believe(db, package, noted, by)
        db.execute(insert(firm_package), {**package._asdict(), "result": text})
        said = {"manifest": package.manifest, "as_of": package.as_of, "key": package.key}
        subject = f"{package.site}/{package.target}"
        add(db, package.imported_ns, by, Change("evidence import", subject, None, said))
    return True


def believe(db: Transaction, package: Imported, noted: str | None, by: Actor) -> None:
    """Put a package's key down as that of its site, where it is not yet.

    Raises:
        Refused: the site is known by another key than the package was held against.
    """
    mine = firm_key.c.site == package.site
    old = db.execute(select(firm_key.c.key).where(mine)).scalar()
    if old != noted:
        raise Refused(f"site '{package.site}' is known by key {old} since; import it again")
    if old == package.key:
        return
    row = {"key": package.key, "since_ns": package.imported_ns}
    if old is None:
        db.execute(insert(firm_key), {"site": package.site, **row})
    else:
        db.execute(firm_key.update().where(mine), row)
    before = None if old is None else {"key": old}
    change = Change("firm key", package.site, before, {"key": package.key})
    add(db, package.imported_ns, by, change)
