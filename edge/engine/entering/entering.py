"""Facts as they come in: stored, corrected, listed; and the marks by which the fold hears of them.

A fact and the mark on the rows that it changes are written in one transaction, so that no figure
ever misses one that is stored.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from edge.engine.entering.statements import Cells, Stated, Stater
from edge.engine.figures.unseen import HEADROOM
from edge.engine.floor.defect_tiles import defects_of
from edge.engine.folding.planning import TOLD
from edge.engine.machine.byhand import FOUND, counted_by
from edge.engine.machine.counts import counts_of
from edge.engine.machine.gather import COUNTS
from edge.engine.machine.placing import told_by, touched
from edge.engine.view import View
from edge.errors import Changed, NotFound, Refused
from edge.facts import MANUAL, PIECES, REASON, UNDIVIDED, Fact
from edge.model import SECOND_NS
from edge.records import audit, progress
from edge.records import facts as kept
from edge.records.audit import Actor, Change
from edge.records.database import Transaction
from edge.records.facts import Kept, Outcome
from edge.site import Machine

Document = dict[str, Any]  # JSON
WHEN = ("at", "from", "date")


def stated(view: View, cells: Cells, by: Actor) -> Document:
    """Keep one fact that a person entered; the same entry again is known by its id.

    Raises:
        Refused: with everything that is wrong with it, or where its id stands for another entry.
    """
    now_ns = view.clock.wall_ns()
    dated = any(cells.get(name) for name in WHEN)
    told = cells if dated else {**cells, "at": view.time(now_ns)}
    facts = faultless(Stater(view, MANUAL, now_ns).stated(told))
    if len(facts) > 1:
        raise Refused("more than one kind of fact at once; enter one after the other")
    with view.records.writing() as db:
        outcomes = kept.judged(db, facts, now_ns)
        one = first_of(outcomes[0], dated=dated)
        now = document(view, one)
        if outcomes[0].became == "new":
            write(view, db, outcomes)
            audit.add(db, now_ns, by, Change("fact enter", subject(one), None, now))
    return {**now, "warnings": warnings(view, one.fact)}


def first_of(outcome: Outcome, *, dated: bool) -> Kept:
    """What holds of an entry; one that was sent again without a time is of the time of the first.

    Raises:
        Refused: its id stands for another entry.
    """
    before = outcome.before
    if before is None:
        return outcome.kept
    there, now = before.fact, outcome.kept.fact
    if dated or replace(now, from_ns=there.from_ns, to_ns=there.to_ns) != there:
        raise Refused("this id stands for another entry; correct that one, or take a new id")
    return before


def corrected(view: View, which: tuple[int, int], cells: Cells | None, by: Actor) -> Document:
    """Correct a fact, or take it back; every former revision is kept.

    Args:
        view: the site.
        which: number of the fact, and the version that was shown.
        cells: a quantity, a note, or both; None takes the fact back.
        by: who says so.

    Raises:
        NotFound: no such fact.
        Changed: somebody else was faster; the present version is in it.
        Refused: it cannot be meant so.
    """
    (number, version), now_ns = which, view.clock.wall_ns()
    with view.records.writing() as db:
        every = kept.revisions(db, number)
        if not every:
            raise NotFound(f"there is no fact {number}; `/facts` lists those of an interval")
        last = every[-1]
        if last.revision != version:
            raise Changed(document(view, last))
        now = changed(view, last.fact, cells or {}, now_ns)
        revision = kept.after(last, now, now_ns, withdrawn=cells is None)
        write(view, db, [Outcome("corrected", revision, last)])
        old, new = document(view, last), document(view, revision)
        verb = "fact withdraw" if cells is None else "fact correct"
        audit.add(db, now_ns, by, Change(verb, subject(last), old, new))
    return new


def subject(one: Kept) -> str:
    """A fact as the audit log names it."""
    return f"fact {one.number}"


def changed(view: View, fact: Fact, cells: Cells, now_ns: int) -> Fact:
    """A fact with another quantity or note, which are then a person's."""
    if not cells:
        return fact
    quantity = cells.get("quantity", "" if fact.quantity is None else repr(fact.quantity))
    whole = {
        "line": fact.line,
        "machine": fact.machine or "",
        "kind": fact.kind,
        "from": view.time(fact.from_ns),
        "to": view.time(fact.to_ns),
        "type": fact.what or "",
        "quantity": quantity,
    }
    (now,) = faultless(Stater(view, fact.origin, now_ns).stated(whole))
    note = cells.get("note", fact.note)
    return replace(fact, quantity=now.quantity, note=note or None, origin=MANUAL)


def faultless(found: Stated) -> list[Fact]:
    """The facts of what was written, if all of it can be meant so.

    Raises:
        Refused: with everything that is wrong with it.
    """
    if found.faults:
        raise Refused("; ".join(f"{f.column} {f.value!r} {f.message}" for f in found.faults))
    return found.facts


def write(view: View, db: Transaction, outcomes: Sequence[Outcome]) -> None:
    """Keep what is new and mark the rows that it changes, and those that it changed before."""
    kept.tell(db, outcomes)
    fresh = [one for one in outcomes if one.became != "same"]
    facts = [one.kept.fact for one in fresh]
    facts += [one.before.fact for one in fresh if one.before is not None]
    progress.add_marks(db, marks(view, db, facts), TOLD)


def marks(view: View, db: Transaction, facts: Iterable[Fact]) -> Iterator[tuple[str, int, int]]:
    """The time whose rows some facts change, as far as anything lived in it; each once."""
    lives = progress.lives(db)
    spans = sorted({(fact.line, *reach(view, fact)) for fact in facts if fact.kind != REASON})
    for line, from_ns, to_ns in spans:
        mine = [life for (name, _), life in lives.items() if name == line]
        if mine:
            begin = max(from_ns, min(life.first_ns for life in mine))
            end = min(to_ns - 1, max(life.last_ns for life in mine))
            if begin <= end:
                yield line, begin, end


def reach(view: View, fact: Fact) -> tuple[int, int]:
    """The time of which a fact tells: whole shifts and off time where it is divided."""
    if fact.kind in UNDIVIDED:
        return fact.from_ns, fact.end_ns
    hours = view.calendars[fact.line].hours(fact.from_ns, fact.end_ns)
    begin, end = told_by(fact, hours)
    return min(begin, fact.from_ns), max(end, fact.end_ns)


def listed(view: View, line_id: str, from_ns: int, to_ns: int) -> Document:
    """The document of `GET /facts`: those that touch an interval, and what may be entered."""
    line = view.line(line_id)
    with view.records.reading() as db:
        found = kept.holding(db, line.id, from_ns, to_ns)
    return {
        "as_of": view.time(view.clock.wall_ns()),
        "facts": [document(view, one) for one in found],
        "defects": defects_of(line.profile),
        "machines": [
            {"id": machine.id, "exit": machine.exit, "kinds": countable(machine)}
            for machine in line.machines
        ],
    }


def countable(machine: Machine) -> list[str]:
    """The kinds of pieces that people may count of a machine: not those that it counts itself."""
    counted = counted_by({name for name in COUNTS if name in machine.signals})
    return [kind for kind in PIECES if kind in FOUND or kind not in counted]


def document(view: View, one: Kept) -> Document:
    """One fact as JSON."""
    fact = one.fact
    return {
        "id": one.number,
        "version": one.revision,
        "line": fact.line,
        "machine": fact.machine,
        "kind": fact.kind,
        "from": view.time(fact.from_ns),
        "to": view.time(fact.to_ns),
        "quantity": fact.quantity,
        "unit": fact.unit,
        "type": fact.what,
        "product": fact.product,
        "order": fact.order,
        "lot": fact.lot,
        "due": fact.due,
        "origin": fact.origin,
        "who": fact.who,
        "note": fact.note,
        "entered": view.time(one.entered_ns),
        "withdrawn": one.withdrawn,
    }


def warnings(view: View, fact: Fact) -> list[Document]:
    """What is hardly true of a fact: more pieces than the machine can make in that time."""
    if fact.kind not in PIECES or fact.machine is None or fact.quantity is None:
        return []
    line = view.line(fact.line)
    per_s = counts_of(line, view.machine(line.id, fact.machine)).per_s
    from_ns, to_ns = fact.from_ns, fact.to_ns
    if from_ns == to_ns:
        hours = view.calendars[line.id].hours(from_ns, fact.end_ns)
        from_ns, to_ns = touched(fact, hours)
    most = HEADROOM * per_s * (to_ns - from_ns) / SECOND_NS
    if fact.quantity <= most:
        return []
    return [{"code": "implausible", "most": int(most)}]
