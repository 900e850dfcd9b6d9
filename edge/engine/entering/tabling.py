"""Entries of the dated tables as they come in: written, corrected, taken back, listed.

An entry and the marks on the rows that it may change are written in one transaction. Marks reach as
far as the entry may; rows that come out the same keep their revision.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from pydantic import ValidationError

from edge.engine.entering.configured import configured
from edge.engine.figures.metering import metering
from edge.engine.folding.dated import entry_of, laid_over
from edge.engine.folding.planning import TABLES
from edge.engine.machine.cycles import shortest_s
from edge.engine.view import View
from edge.entries import (
    KINDS,
    CycleEntry,
    DayEntry,
    DemandEntry,
    Entry,
    PriceEntry,
    WeekEntry,
)
from edge.entries import TABLES as KINDS_OF
from edge.errors import Changed, NotFound, Refused
from edge.records import audit, progress
from edge.records import entries as kept
from edge.records.audit import Actor, Change
from edge.records.database import Transaction
from edge.records.entries import Written
from edge.shifts import clash
from edge.site import Site
from edge.units import misfit
from kpi.dated import midnight_ns

Document = dict[str, Any]  # JSON
AROUND = timedelta(days=2)  # a production day's shifts and their buckets lie within it


class Wish(NamedTuple):
    """What somebody writes into a table."""

    kind: str
    body: Mapping[str, Any]
    note: str | None = None


def entered(view: View, wish: Wish, by: Actor) -> Document:
    """Write an entry; one of the same subject is corrected, and its former versions stay.

    Raises:
        Refused: with everything that is wrong with it.
    """
    return all_entered(view, [wish], by)[0]


def all_entered(view: View, wishes: Iterable[Wish], by: Actor) -> list[Document]:
    """Write some entries, or none where one of them is wrong."""
    found = [(understood(view, wish), wish.note) for wish in wishes]
    with view.records.writing() as db:
        return [written(view, db, entry, note, by) for entry, note in found]


def written(view: View, db: Transaction, entry: Entry, note: str | None, by: Actor) -> Document:
    """Write one entry inside a write transaction; the same once more adds nothing."""
    now_ns, before = view.clock.wall_ns(), kept.of_subject(db, entry.subject)
    body = entry.model_dump(mode="json")
    if before is not None and (before.body, before.note) == (body, note) and not before.withdrawn:
        return document(view, before)
    number = kept.next_number(db) if before is None else before.number
    version = 1 if before is None else before.version + 1
    who = by.who
    one = Written(number, version, entry.kind, entry.subject, body, note, who, now_ns)
    put(view, db, before, one, by)
    return document(view, one)


def withdrawn(view: View, number: int, version: int, by: Actor) -> Document:
    """Take an entry back; the configuration, or what held before it, holds again.

    Raises:
        NotFound: no such entry.
        Changed: somebody else was faster; the present version is in it.
    """
    with view.records.writing() as db:
        last = versions_of(db, number)[-1]
        if last.version != version or last.withdrawn:
            raise Changed(document(view, last))
        now_ns, who = view.clock.wall_ns(), by.who
        one = last._replace(version=version + 1, who=who, entered_ns=now_ns, withdrawn=True)
        put(view, db, last, one, by)
    return document(view, one)


def put(view: View, db: Transaction, before: Written | None, now: Written, by: Actor) -> None:
    """Write a version, mark what it changes, and note it in the audit log."""
    old = laid_over(configured_site(view), kept.holding(db))
    kept.put(db, [now])
    new = laid_over(configured_site(view), kept.holding(db))
    refuse_clashes(new)
    told = [entry_of(each) for each in (before, now) if each is not None]
    origin = f"{TABLES} {now.number}.{now.version}"
    progress.add_marks(db, marks(view, db, told, (old, new)), origin)
    documents = [None if each is None else document(view, each) for each in (before, now)]
    verb = "table withdraw" if now.withdrawn else "table set"
    audit.add(db, now.entered_ns, by, Change(verb, now.subject, *documents))


def refuse_clashes(site: Site) -> None:
    """Two shifts at once would count one time twice.

    Raises:
        Refused: with both of them.
    """
    for line in site.lines:
        found = clash(line, site.production_day_starts)
        if found is not None:
            raise Refused(f"{line.id}: {found}; mend start, end or days")


def marks(
    view: View, db: Transaction, told: Iterable[Entry], sites: tuple[Site, Site]
) -> list[tuple[str, int, int]]:
    """The time whose rows some entries may change, as far as anything lived in it."""
    found = []
    lives = progress.lives(db)
    for entry in told:
        if entry.line_id is None:
            continue
        mine = [life for (line, _), life in lives.items() if line == entry.line_id]
        if not mine:
            continue
        from_ns, to_ns = reach(view, entry, sites)
        begin = max(from_ns, min(life.first_ns for life in mine))
        end = min(to_ns, max(life.last_ns for life in mine))
        if begin <= end:
            found.append((entry.line_id, begin, end))
    return sorted(set(found))


def reach(view: View, entry: Entry, sites: tuple[Site, Site]) -> tuple[int, int]:
    """From when to when an entry may change rows."""
    ever = -(1 << 62), 1 << 62
    match entry:
        case CycleEntry():
            shortest = {shortest_s(machine) for site in sites for machine in machines(site, entry)}
            changes_limit = len(shortest) > 1  # that of counters, which follows the shortest cycle
            return ever if changes_limit else (midnight_ns(entry.valid_from, view.zone), ever[1])
        case WeekEntry():
            return midnight_ns(entry.valid_from - AROUND, view.zone), ever[1]
        case DayEntry():
            days = entry.day - AROUND, entry.day + AROUND
            return midnight_ns(days[0], view.zone), midnight_ns(days[1], view.zone)
        case _:
            return ever


def machines(site: Site, entry: CycleEntry) -> list[Any]:
    """The machine of an entry in a site; none where it is gone."""
    lines = [line for line in site.lines if line.id == entry.line]
    return [each for line in lines for each in line.machines if each.id == entry.machine]


def understood(view: View, wish: Wish) -> Entry:
    """What was written as an entry of this site.

    Raises:
        Refused: with every fault of it.
        NotFound: its line or machine is not there.
    """
    form = KINDS.get(wish.kind)
    if form is None:
        raise Refused(f"'{wish.kind}' is no kind of entry; write one of {', '.join(KINDS)}")
    try:
        entry = form.model_validate(dict(wish.body))
    except ValidationError as error:
        raise Refused("; ".join(fault(each) for each in error.errors())) from error
    line = entry.line_id or getattr(entry, "line", None)
    if line is not None:
        view.line(line)
    if isinstance(entry, CycleEntry):
        view.machine(entry.line, entry.machine)
    if isinstance(entry, DemandEntry):
        check_meter(view.site, entry)
    if isinstance(entry, PriceEntry):
        check_unit(view.site, entry)
    return entry


def check_unit(site: Site, entry: PriceEntry) -> None:
    """Refuse a price per another unit than its item is metered in.

    Raises:
        Refused: with the unit that is meant.
    """
    metered = [(signal.material, signal.unit) for signal in site.signals().values()]
    if why := misfit(entry.item, entry.unit, metered):
        raise Refused(f"unit {why}")


def check_meter(site: Site, entry: DemandEntry) -> None:
    """Refuse a meter that tells neither energy nor power.

    Raises:
        Refused: with the signals that do.
    """
    known = metering(site)
    if strange := [path for path in entry.meter if path not in known]:
        raise Refused(
            f"meter '{strange[0]}' is no signal that counts energy or tells power; there are"
            f" {', '.join(known) or 'none'}"
        )


def fault_in(view: View, wish: Wish) -> str | None:
    """What is wrong with an entry by itself; None where nothing is."""
    try:
        understood(view, wish)
    except (NotFound, Refused) as error:
        return str(error)
    return None


def fault(error: Any) -> str:  # noqa: ANN401 - a detail of pydantic
    """One fault in words: where, what was seen, what is wrong."""
    where = ".".join(str(step) for step in error["loc"]) or "entry"
    seen = "" if error["type"] in ("missing", "value_error") else f" is {error['input']!r:.60}:"
    return f"{where}{seen} {error['msg'].removeprefix('Value error, ')}"


def listed(view: View, table: str) -> Document:
    """The document of `GET /prices` and the other tables: what holds, of both ranks, by day."""
    if table not in KINDS_OF:
        known = (f"{name} (with {', '.join(kinds)})" for name, kinds in KINDS_OF.items())
        raise NotFound(f"there is no table '{table}'; there are {', '.join(known)}")
    with view.records.reading() as db:
        found = kept.holding(db, KINDS_OF[table])
    rows = [*configured(configured_site(view), table), *(document(view, one) for one in found)]
    return {"as_of": view.time(view.clock.wall_ns()), table: sorted(rows, key=by_day)}


def by_day(row: Document) -> tuple[str, str, bool]:
    """The place of an entry in its list: by what it is of, then by day, the file's first."""
    entry = row["entry"]
    of = " ".join(str(entry.get(n) or "") for n in ("line", "machine", "item", "product", "id"))
    day = str(entry.get("valid_from") or entry.get("day") or entry.get("month") or "")
    return of, day, row["origin"] != "configuration"


def history(view: View, number: int) -> Document:
    """All versions of an entry, oldest first.

    Raises:
        NotFound: no such entry.
    """
    with view.records.reading() as db:
        return {"history": [document(view, one) for one in versions_of(db, number)]}


def versions_of(db: Transaction, number: int) -> list[Written]:
    """All versions of an entry, at least one."""
    found = kept.versions(db, number)
    if not found:
        raise NotFound(f"there is no entry {number}; the tables list those that hold")
    return found


def configured_site(view: View) -> Site:
    """The site as the configuration alone has it."""
    return view.configured or view.site


def document(view: View, one: Written) -> Document:
    """One version as JSON."""
    return {
        "id": one.number,
        "version": one.version,
        "kind": one.kind,
        "origin": "record",
        "entry": one.body,
        "note": one.note,
        "who": one.who,
        "entered": view.time(one.entered_ns),
        "withdrawn": one.withdrawn,
    }
