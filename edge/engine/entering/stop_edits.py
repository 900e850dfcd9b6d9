"""What people do to a stop: explain, cut, join it, call it by another class; all with its history.

A cut, a link and a class are facts of the machine's time, so the fold restates the rows they touch
and an evidence package holds them. Whoever edits names the version that he saw.
"""

from datetime import date
from typing import Any, NamedTuple

from edge.engine.entering import entering
from edge.engine.floor.grouping import Stop, name_of
from edge.engine.floor.stop_tiles import reasons_of
from edge.engine.floor.stops import document_of, every, find
from edge.engine.machine.shaping import CLASSES
from edge.engine.view import View
from edge.errors import Changed, Refused
from edge.facts import CLASS, CUT, LINK, Fact
from edge.model import SECOND_NS
from edge.moment import parse
from edge.records import audit, proof
from edge.records import facts as kept
from edge.records.audit import Actor, Change
from edge.records.database import Transaction
from edge.records.facts import Outcome
from edge.records.proof import Edit

Document = dict[str, Any]  # JSON


class Wish(NamedTuple):
    """One thing that is to be done to a stop; the others are None."""

    split_at: str | None = None  # an instant
    merge_with: str | None = None  # id of the neighbour
    state: str | None = None  # of `CLASSES`


def explain(view: View, stop: str, said: Edit, by: Actor) -> Document:
    """Give a stop its reason; all former answers are kept.

    Args:
        view: the site.
        stop: its id.
        said: reason and note, with the version that they are to follow.
        by: who says so.

    Raises:
        NotFound: no such stop.
        Refused: no such reason.
        Changed: somebody else was faster; the present answer is in it.
    """
    found = document_of(view, find(view, stop))
    line, day = str(found["line"]), date.fromisoformat(str(found["from"])[:10])
    known = [one["id"] for one in reasons_of(view.site, view.line(line), day)]
    if said.reason is not None and said.reason not in known:
        raise Refused(f"'{said.reason}' is no reason; take one of {', '.join(known)}")
    edit = said._replace(version=said.version + 1)
    if not proof.add_edit(view.records, line, stop, view.clock.wall_ns(), edit, by):
        raise Changed(document_of(view, find(view, stop)))
    return {**found, **edit._asdict()}


class Done(NamedTuple):
    """What is to be written: facts that are told or taken back, and what the log says."""

    verb: str
    stop: Stop  # that goes on
    now: Document
    told: list[Fact]
    withdrawn: list[Fact]
    copy: str | None = None  # the stop that begins with what was said of the whole
    other: Stop | None = None  # whose reason counts where the first has none


def shape(view: View, stop: str, version: int, wish: Wish, by: Actor) -> Document:
    """Cut a stop, join it with its neighbour, or call it by another class.

    Args:
        view: the site.
        stop: its id.
        version: of it, as it was shown.
        wish: what is to be done.
        by: who wants it.

    Raises:
        NotFound: no such stop.
        Refused: it cannot be done; why.
        Changed: somebody else was faster; the stop as it is now is in it.
    """
    done = planned(view, find(view, stop), wish)
    before = document_of(view, done.stop)
    said = Edit(0, before["reason"], before["note"])
    if said.reason is None and done.other is not None:
        after = document_of(view, done.other)
        said = Edit(0, after["reason"], said.note or after["note"])
    now_ns = view.clock.wall_ns()
    with view.records.writing() as db:
        fresh = proof.last_edit(db, stop).version == version
        if fresh:
            keep(view, db, done, said, now_ns)
            old = {key: before[key] for key in ("from", "to", "seconds", "state", "cause")}
            audit.add(db, now_ns, by, Change(done.verb, done.stop.name, old, done.now))
    found = document_of(view, find(view, done.stop.name if fresh else stop))
    if not fresh:
        raise Changed(found)
    return found


def planned(view: View, stop: Stop, wish: Wish) -> Done:
    """What a wish comes to."""
    if wish.split_at is not None:
        at_ns = parse(wish.split_at, view.zone, view.site.production_day_starts)
        return split(view, stop, at_ns)
    if wish.merge_with is not None:
        return merge(view, stop, find(view, wish.merge_with))
    return call(view, stop, str(wish.state))


def keep(view: View, db: Transaction, done: Done, said: Edit, now_ns: int) -> None:
    """Write facts, the marks of the rows they change, and the next version of the stop."""
    names = {fact.name for fact in done.told}
    gone = [fact for fact in done.withdrawn if fact.name not in names]
    found = [outcome(db, fact, now_ns, withdrawn=True) for fact in gone]
    for fact in done.told:
        found.append(outcome(db, fact, now_ns, withdrawn=False))
        entering.write(view, db, found[-1:])  # numbered one after the other
    entering.write(view, db, found[: len(gone)])
    for name in (done.stop.name, done.copy):
        if name is not None:
            version = proof.last_edit(db, name).version + 1
            proof.put_edit(db, done.stop.line, name, now_ns, said._replace(version=version))


def outcome(db: Transaction, fact: Fact, now_ns: int, *, withdrawn: bool) -> Outcome:
    """What becomes of a fact that is told, told again after it was taken back, or taken back."""
    known = kept.by_name(db, [fact.name]).get(fact.name)
    if not known:
        return kept.judged(db, [fact], now_ns)[0]
    return Outcome("corrected", kept.after(known[-1], fact, now_ns, withdrawn=withdrawn), known[-1])


def split(view: View, stop: Stop, at_ns: int) -> Done:
    """A stop cut in two; where it was joined of two, these part again."""
    if not stop.t0_ns < at_ns < stop.t1_ns:
        span = f"{view.time(stop.t0_ns)} and {view.time(stop.t1_ns)}"
        raise Refused(f"{view.time(at_ns)} is not inside the stop; take a time between {span}")
    later = next(part for part in stop.parts if at_ns < part.t1_ns)
    now: Document = {"split_at": view.time(at_ns)}
    if later.t0_ns < at_ns:
        if min(at_ns - later.t0_ns, later.t1_ns - at_ns) < SECOND_NS:
            raise Refused("less than a second would be left on one side; take another time")
        second = f"{stop.line}/{stop.machine.id}/{at_ns}"
        cut = fact_of(stop, CUT, (at_ns, at_ns))
        return Done("stop split", stop, {**now, "second": second}, [cut], [], copy=second)
    links = holding(view, stop, LINK, (later.t0_ns, later.t0_ns + 1))
    return Done("stop split", stop, now, [], links)


def merge(view: View, stop: Stop, other: Stop) -> Done:
    """Two neighbours as one stop, under the name of the first; what ran between is none of it."""
    first, second = sorted((stop, other), key=lambda one: one.t0_ns)
    if first.machine is not second.machine:
        raise Refused("these are stops of two machines; join stops of one")
    if first.name == second.name:
        raise Refused("this is the same stop; name the one before or after it")
    if first.state is not second.state:
        words = f"one is {name_of(first.state)}, the other {name_of(second.state)}"
        raise Refused(f"{words}; call both the same first")
    found = every(view, view.line(first.line), first.t0_ns, second.t1_ns)
    mine = [each.t0_ns for each in found if each.machine is first.machine]
    if any(first.t0_ns < begin_ns < second.t0_ns for begin_ns in mine):
        raise Refused("another stop lies between them; join that one first")
    told, now = list[Fact](), {"merge_with": second.name}
    cuts = holding(view, first, CUT, (second.t0_ns, second.t0_ns + 1))
    if not cuts or first.t1_ns != second.t0_ns:
        told = [fact_of(first, LINK, (first.t1_ns, second.t0_ns + 1))]
    return Done("stop merge", first, now, told, cuts, other=second)


def call(view: View, stop: Stop, state: str) -> Done:
    """A stop under another class; what it was found as is kept, and can be wanted back.

    Also that is told as a fact, so that the stop is there while its rows are computed anew.
    """
    if state not in CLASSES:
        raise Refused(f"'{state}' is no class of a stop; take one of {', '.join(CLASSES)}")
    if stop.lasts:
        raise Refused("it still lasts; call it by another class when it is over")
    if name_of(stop.state) == state:
        raise Refused(f"it is {state} already; name the class that it shall have instead")
    told, withdrawn = list[Fact](), list[Fact]()
    for part in stop.parts:
        span = part.t0_ns, part.t1_ns
        held = holding(view, stop, CLASS, span)
        withdrawn += [f for f in held if span[0] <= f.from_ns and f.to_ns <= span[1]]
        told.append(fact_of(stop, CLASS, span, f"{name_of(part.state)}>{state}"))
    return Done("stop class", stop, {"state": state}, told, withdrawn)


def holding(view: View, stop: Stop, kind: str, span: tuple[int, int]) -> list[Fact]:
    """The facts of a kind that hold of a stop's machine in some time."""
    with view.records.reading() as db:
        found = kept.holding(db, stop.line, *span, kinds=(kind,))
    return [one.fact for one in found if one.fact.machine == stop.machine.id]


def fact_of(stop: Stop, kind: str, span: tuple[int, int], what: str | None = None) -> Fact:
    """What is done to a stop, as a fact of its machine, named after its place."""
    place = "/".join(str(each) for each in (stop.line, stop.machine.id, *span))
    return Fact(f"{kind} {place}", stop.line, stop.machine.id, kind, *span, what=what)
