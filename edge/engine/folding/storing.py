"""A piece of work of the fold: what is known before it, and writing what came out.

Rows, loose increments, anchors and marks change in one transaction, or nothing does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from edge.engine.folding.lines import LineRules
from edge.engine.folding.planning import FOLLOWS, RULES, TABLES, TOLD, Task, edges
from edge.engine.folding.window import Extent, Folded, Window
from edge.engine.machine.anchors import Anchor
from edge.records import progress
from edge.records.database import Transaction
from edge.records.loosened import put_loose
from edge.records.progress import Life
from edge.records.revisions import (
    ANEW,
    DATED,
    LATE_DATA,
    LATE_FACTS,
    Codes,
    Edition,
    replace_spans,
    revise,
)
from edge.records.shelves import compact

REASONS = {RULES: ANEW, TOLD: LATE_FACTS}  # why rows change, by the origin of their marks


def reason_of(origin: str) -> str | None:
    """Why rows change, by the origin of their marks; None where samples came."""
    if origin.startswith(TABLES):
        return f"{DATED}{origin.removeprefix(TABLES)}"
    return REASONS.get(origin)


class Restated(NamedTuple):
    """Rows of a line that were written anew."""

    line: str
    from_ns: int
    to_ns: int
    rows: int
    revised: int  # of them, those that restate a final row


@dataclass(frozen=True, slots=True)
class Work:
    """One task and what is needed for it."""

    task: Task
    rules: LineRules
    extents: Mapping[str, Extent]
    watermarks: Mapping[str | None, int]
    last_ns: int
    hot_ns: int
    open_ns: int | None
    scanned: int  # number of the last block that was marked

    @property
    def edges(self) -> tuple[int, int]:
        """The rows to be made anew."""
        return edges(self.task, self.hot_ns, self.rules.margin_ns)


@dataclass(frozen=True, slots=True)
class Plan:
    """A task's window and the anchor at its start."""

    work: Work
    window: Window
    anchor: Anchor
    is_kept: bool  # the anchor was computed, not guessed


def work(
    task: Task,
    rules: LineRules,
    lives: Mapping[str, Life],
    hot_ns: int,
    states: Mapping[str, str],
) -> Work:
    """A task with what is known of its line.

    Args:
        task: of it.
        rules: of it.
        lives: of its machines.
        hot_ns: days that begin at or after it go by the hour.
        states: what the fold wrote down: each line's first provisional row, and the last block.
    """
    open_ns = states.get(f"open:{task.line}")
    watermarks: dict[str | None, int] = {name: life.watermark_ns for name, life in lives.items()}
    watermarks[None] = max(watermarks.values(), default=0)
    return Work(
        task,
        rules,
        {name: Extent(life.first_ns, life.last_ns) for name, life in lives.items()},
        watermarks,
        max((life.last_ns for life in lives.values()), default=0),
        hot_ns,
        int(open_ns) if open_ns else None,
        int(states.get("scanned", "0")),
    )


def store(db: Transaction, plan: Plan, folded: Folded, known_ns: int) -> Restated | None:
    """Write what came out, or nothing where another process did the same marks."""
    work, window, line = plan.work, plan.window, plan.work.task.line
    if not progress.take_marks(db, list(work.task.marks)):
        return None
    rest = [(line, *rest) for rest in work.task.rest]
    reason = reason_of(work.task.origin)
    progress.add_marks(db, rest, work.task.origin if reason else "rest")
    span = window.from_ns, window.to_ns
    why = reason or LATE_DATA
    edition = Edition(line, *span, known_ns, work.watermarks, work.hot_ns, work.open_ns, why)
    codes = Codes.of(db, edition, folded.texts)
    changes = revise(db, "element", edition, folded.rows, codes)
    revise(db, "usage", edition, folded.usage, codes)
    replace_spans(db, edition, folded.spans, codes)
    put_loose(db, line, span, folded.loose, known_ns)
    anchors = {at_ns: anchor.text() for at_ns, anchor in folded.anchors.items()}
    if plan.is_kept:
        anchors[window.from_ns] = plan.anchor.text()
    before = progress.anchor_at(db, line, window.to_ns)
    progress.put_anchors(db, line, *span, anchors)
    if before is not None and anchors.get(window.to_ns, before) != before:
        progress.add_marks(db, [(line, window.to_ns, window.to_ns)], FOLLOWS)
    progress.put_state(db, f"open:{line}", "" if changes.open_ns is None else str(changes.open_ns))
    shelved = progress.state(db, f"shelved:{line}")
    if shelved and int(shelved) < work.hot_ns:
        compact(db, line, int(shelved), work.hot_ns)
        progress.thin_anchors(db, line, work.hot_ns)
    if shelved != str(work.hot_ns):
        progress.put_state(db, f"shelved:{line}", str(work.hot_ns))
    return Restated(line, *span, changes.rows, changes.revised)
