"""Writing rows: what is new, what restates, and what stays as it was.

A provisional row is rewritten in place. A row that was final is never lost: it moves to the
replaced rows and a revision with the next number takes its place; where none does (its bucket was
cut differently), an empty row with the next number among the replaced ones says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from edge.model import BOOL, HOUR_NS, I64
from edge.records.elements import (
    CODED,
    FINAL,
    IDENTITY,
    LATE,
    META,
    PROVISIONAL,
    REVISED,
    VERSIONS,
)
from edge.records.parts import Columns, chosen, coded, joined, load
from edge.records.shelves import add_rows, put_rows, shelf

LATE_DATA, CONFIGURED, ANEW = "late data", "changed configuration", "computed anew"
LATE_FACTS = "entered later"  # by a person or from a file
DATED = "dated entry"  # of the tables, with its number and version


@dataclass(frozen=True, slots=True)
class Edition:
    """What all rows of one fold have in common."""

    line: str
    from_ns: int
    to_ns: int
    known_ns: int  # now
    watermarks: Mapping[str | None, int]  # by machine; None = the line
    hot_ns: int  # days that begin at or after it are kept by the hour
    open_ns: int | None  # from where on earlier rows may have become final
    reason: str = LATE_DATA  # why a row that was final changes, or ANEW

    def status(self, columns: Columns, machines: Mapping[int, str | None]) -> I64:
        """FINAL where no more is waited for, else PROVISIONAL."""
        code = columns["machine"]
        ends = {each: self.watermarks.get(machines.get(each, ""), 0) for each in set(code.tolist())}
        reached = np.array([ends[each] for each in code.tolist()], np.int64)
        return np.where(columns["t1_ns"] <= reached, FINAL, PROVISIONAL)


@dataclass(frozen=True, slots=True)
class Codes:
    """The database's numbers for the words of one fold; asked for once, for all that it writes."""

    texts: NDArray[np.int32]  # of what the words of its rows stand for
    machines: Mapping[int, str | None]  # by their numbers; the line by 0
    reasons: Mapping[str, int]

    @classmethod
    def of(cls, db: Connection, edition: Edition, texts: list[str | None]) -> Self:
        """Looked up, or given now.

        Args:
            db: inside a write transaction.
            edition: the fold.
            texts: what the words of its rows stand for.
        """
        known = coded(db, {text for text in texts if text is not None})
        numbers = np.array([0 if text is None else known[text] for text in texts], np.int32)
        names = {name for name in edition.watermarks if name is not None}
        found = coded(db, names | {edition.reason, CONFIGURED})
        machines = {found[name]: name for name in names}
        return cls(numbers, {0: None, **machines}, found)

    def translated(self, columns: Columns) -> Columns:
        """Rows whose words are those of the database."""
        return {n: self.texts[col] if n in CODED else col for n, col in columns.items()}


class Changes(NamedTuple):
    """What a fold changed."""

    rows: int  # written or rewritten
    revised: int  # of them, those that restate a final one
    open_ns: int | None  # start of the first provisional row


def revise(db: Connection, kind: str, edition: Edition, rows: Columns, codes: Codes) -> Changes:
    """Put the rows of one fold in place of those that begin in its window.

    Args:
        db: inside a write transaction.
        kind: "element" or "usage".
        edition: of which window, and when.
        rows: all rows that begin in the window.
        codes: of this fold.
    """
    open_ns = edition.from_ns if edition.open_ns is None else edition.open_ns
    held = shelf(edition.hot_ns, min(edition.from_ns, open_ns), edition.to_ns)
    there = load(db, kind, edition.line, *held)
    inside = (there["t0_ns"] >= edition.from_ns) & (there["t0_ns"] < edition.to_ns)
    old, others = chosen(there, inside), chosen(there, ~inside)
    settle(others, edition, codes)
    settle(old, edition, codes)
    new, replaced = merged(db, kind, edition, (codes.translated(rows), old), codes)
    everything = joined([others, new], kind)
    put_rows(db, kind, (edition.line, edition.hot_ns), held, everything)
    add_rows(db, f"{kind}_replaced", edition.line, replaced)
    fresh = new["knowledge_ns"] == edition.known_ns
    revised = fresh & (new["status"] == REVISED)
    provisional = everything["t0_ns"][everything["status"] == PROVISIONAL]
    first_ns = int(provisional.min()) if len(provisional) else None
    return Changes(int(fresh.sum()), int(revised.sum()), first_ns)


def replace_spans(db: Connection, edition: Edition, spans: Columns, codes: Codes) -> None:
    """Put the spans of one fold in place of those in its window; they have no past.

    They are cut at hours alone, so where a window begins or ends inside an hour they are put
    together again.
    """
    held = shelf(edition.hot_ns, edition.from_ns, edition.to_ns)
    there = load(db, "span", edition.line, *held)
    for edge_ns in (edition.from_ns, edition.to_ns):
        there = cut_at(there, edge_ns)
    inside = (there["t0_ns"] >= edition.from_ns) & (there["t0_ns"] < edition.to_ns)
    rows = joined([chosen(there, ~inside), codes.translated(spans)], "span")
    for edge_ns in (edition.from_ns, edition.to_ns):
        rows = whole_at(rows, edge_ns)
    put_rows(db, "span", (edition.line, edition.hot_ns), held, rows)


def cut_at(spans: Columns, at_ns: int) -> Columns:
    """The same spans, none of which holds an instant inside."""
    across = (spans["t0_ns"] < at_ns) & (spans["t1_ns"] > at_ns)
    if not across.any():
        return spans
    later = chosen(spans, across)
    later["t0_ns"] = np.full_like(later["t0_ns"], at_ns)
    earlier = {**spans, "t1_ns": np.where(across, at_ns, spans["t1_ns"])}
    return joined([earlier, later], "span")


def whole_at(spans: Columns, at_ns: int) -> Columns:
    """The same spans, put together where an instant inside an hour only cut them."""
    ends, begins = (np.flatnonzero(spans[name] == at_ns) for name in ("t1_ns", "t0_ns"))
    if at_ns % HOUR_NS == 0 or not len(ends):
        return spans
    t1_ns, gone = spans["t1_ns"].copy(), np.zeros(len(spans["t0_ns"]), np.bool_)
    for begin in begins.tolist():
        same = [spans[name][ends] == spans[name][begin] for name in ("machine", "state", "product")]
        for end in ends[np.logical_and.reduce(same)].tolist():
            t1_ns[end], gone[begin] = t1_ns[begin], True
    return chosen({**spans, "t1_ns": t1_ns}, ~gone)


def settle(columns: Columns, edition: Edition, codes: Codes) -> None:
    """Make provisional rows final where the watermark has passed them."""
    waits = columns["status"] == PROVISIONAL
    status = edition.status(columns, codes.machines)
    columns["status"] = np.where(waits, status, columns["status"]).astype(np.int8)


def merged(
    db: Connection,
    kind: str,
    edition: Edition,
    rows: tuple[Columns, Columns],
    codes: Codes,
) -> tuple[Columns, Columns]:
    """The rows to keep, and those that they replace."""
    new, old = dict(rows[0]), rows[1]
    n = len(new["t0_ns"])
    place = find(new, old, IDENTITY[kind])
    known = place >= 0
    at = np.maximum(place, 0)
    same = known & equal(new, old, at)
    was_final = known & (pick(old["status"], at, PROVISIONAL) != PROVISIONAL)
    restates = (was_final & ~same) | (~known & overlaps_final(new, old))
    status = np.where(restates, REVISED, edition.status(new, codes.machines))
    revision = np.where(known, pick(old["revision"], at, 0) + (was_final & ~same), 0)
    if not known.all():
        revision = np.where(known, revision, earlier(db, kind, edition, new))
    configured = restates & known & version_changed(new, old, at)
    configured &= not edition.reason.startswith(DATED)
    reason = np.where(configured, codes.reasons[CONFIGURED], codes.reasons[edition.reason])
    new["status"], new["revision"] = status.astype(np.int8), revision.astype(np.int32)
    new["knowledge_ns"] = np.full(n, edition.known_ns)
    new["reason"] = np.where(restates, reason, 0).astype(np.int32)
    if "flags" in new:
        new["flags"] = np.where(restates, new["flags"] | LATE, new["flags"]).astype(np.uint32)
    for name, column in new.items():
        new[name] = np.where(same, pick(old[name], at, 0), column).astype(column.dtype)
    gone = np.ones(len(old["t0_ns"]), np.bool_)
    gone[at[same]] = False
    gone &= old["status"] != PROVISIONAL
    taken_back = gone.copy()
    taken_back[at[known]] = False
    replaced = joined([chosen(old, gone), empty_rows(chosen(old, taken_back), edition)], kind)
    return new, replaced


def find(new: Columns, old: Columns, identity: tuple[str, ...]) -> I64:
    """Of each new row the place of the old one with its identity; -1 = none."""
    keys = zip(*(old[name].tolist() for name in identity), strict=True)
    places = {key: place for place, key in enumerate(keys)}
    wanted = zip(*(new[name].tolist() for name in identity), strict=True)
    return np.array([places.get(key, -1) for key in wanted], np.int64)


def equal(new: Columns, old: Columns, at: I64) -> BOOL:
    """Whether rows are equal in all but what tells when something came to be known."""
    same = np.ones(len(at), np.bool_)
    if not len(old["t0_ns"]):
        return ~same
    for name, column in new.items():
        if name in META:
            continue
        before = old[name][at]
        if name == "flags":
            same &= (column | LATE) == (before | LATE)
        elif column.dtype.kind == "f":
            same &= (column == before) | (np.isnan(column) & np.isnan(before))
        else:
            same &= column == before
    return same


def version_changed(new: Columns, old: Columns, at: I64) -> BOOL:
    """Whether rows were computed under another configuration."""
    changed = np.zeros(len(at), np.bool_)
    for name in VERSIONS:
        if name in new and len(old["t0_ns"]):
            changed |= new[name] != old[name][at]
    return changed


def pick(column: I64, at: I64, default: int) -> I64:
    """Values at some places; the default where there are none at all."""
    return column[at] if len(column) else np.full(len(at), default, column.dtype)


def overlaps_final(new: Columns, old: Columns) -> BOOL:
    """Whether a row's time was told by a final row of the same machine."""
    found = np.zeros(len(new["t0_ns"]), np.bool_)
    for machine in np.unique(new["machine"]).tolist():
        mine = new["machine"] == machine
        told = (old["machine"] == machine) & (old["status"] != PROVISIONAL)
        t0_ns, t1_ns = np.sort(old["t0_ns"][told]), np.sort(old["t1_ns"][told])
        begun = t0_ns.searchsorted(new["t1_ns"][mine], "left")
        found[mine] = begun > t1_ns.searchsorted(new["t0_ns"][mine], "right")
    return found


def empty_rows(columns: Columns, edition: Edition) -> Columns:
    """Rows without time that say: from now on there is no such row."""
    rows = {name: np.zeros_like(column) for name, column in columns.items()}
    for name in ("machine", "t0_ns", "material", "unit"):
        if name in rows:
            rows[name] = columns[name]
    rows["t1_ns"] = columns["t0_ns"]
    rows["revision"] = columns["revision"] + np.int32(1)
    rows["status"] = np.full_like(columns["status"], REVISED)
    rows["knowledge_ns"] = np.full_like(columns["knowledge_ns"], edition.known_ns)
    return rows


def earlier(db: Connection, kind: str, edition: Edition, new: Columns) -> I64:
    """Of each new row the number after the greatest that its identity ever had; 0 = never one."""
    old = load(db, f"{kind}_replaced", edition.line, edition.from_ns, edition.to_ns)
    greatest: dict[tuple[int, ...], int] = {}
    names = IDENTITY[kind]
    for *key, revision in zip(*(old[n].tolist() for n in (*names, "revision")), strict=True):
        greatest[tuple(key)] = max(revision + 1, greatest.get(tuple(key), 0))
    wanted = zip(*(new[name].tolist() for name in names), strict=True)
    return np.array([greatest.get(key, 0) for key in wanted], np.int64)
