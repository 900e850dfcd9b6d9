"""The fold: keeps the element table equal to what a full recomputation would give.

Two steps, each safe against a crash and against other processes that do the same:
1. *Scan* passes over committed blocks and marks the time that they touch.
2. *Fold* takes marks, newest first, computes every touched bucket anew and whole, and removes the
   marks in the transaction that writes the rows. Where the anchor behind a window comes out
   differently from the one that is kept there, it marks what follows.

A row is right unless a mark covers it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from edge.clock import SYSTEM, Clock
from edge.engine.folding.arriving import RECENT_NS, Arriving
from edge.engine.folding.booking import book, held, widened
from edge.engine.folding.pieces import Pieces
from edge.engine.folding.planning import (
    LOOK_BACK_NS,
    RULES,
    fitting,
    left_until,
    look_back,
    newest,
    unit_of,
)
from edge.engine.folding.rulebook import Rulebook
from edge.engine.folding.scanning import Blocks, Owners, Touched, grown, lived_on, spanned
from edge.engine.folding.silent import whole
from edge.engine.folding.storing import Plan, Restated, Work, store, work
from edge.engine.folding.window import Folded, Window
from edge.engine.machine.anchors import Anchor
from edge.model import DAY_NS, HOUR_NS, SECOND_NS, Reader
from edge.records import progress
from edge.records.database import Records, Transaction
from edge.records.progress import Life
from edge.site import Site

BLOCKS_AT_ONCE = 64
AHEAD_NS = 900 * SECOND_NS  # how far samples are read behind a window, unless more is needed
Origin = Literal["live", "history"]


class Fold:
    """One site's fold; `scan` and `fold` may be called by several processes at once."""

    def __init__(self, site: Site, reader: Reader, records: Records, clock: Clock = SYSTEM) -> None:
        self._site, self._reader, self._records, self._clock = site, reader, records, clock
        self._rules, self._owners = Rulebook(site), Owners(site)
        self._pieces = Pieces(reader)
        self._arriving = Arriving()

    def scan(
        self,
        blocks: Blocks,
        paths: Mapping[int, str],
        limit: int = BLOCKS_AT_ONCE,
        *,
        readings: int = 1,
    ) -> int:
        """Mark what the next blocks touch; how many blocks that were, 0 at the end.

        Args:
            blocks: the committed blocks that follow a number, at most so many.
            paths: the signals' paths by their dense ids.
            limit: most blocks to ask for at once.
            readings: how often to ask before the marks are written.
        """
        cursor = last = self.scanned()
        touched, taken = Touched(self._owners, paths), 0
        for _ in range(readings):
            found = blocks(last, limit)
            for last, batch in found:  # noqa: B007 - the last number is wanted
                touched.add(batch)
            taken += len(found)
            if not found:
                break
        with self._records.writing() as db:
            if int(progress.state(db, "scanned", "0")) != cursor:
                return taken  # another process has marked them meanwhile
            before = progress.lives(db)
            after = touched.lives(before)
            lives = {**before, **after}
            spans = touched.stretches(lives)
            self._mark(db, lives, after, spans + grown(before, after))
            if taken:
                progress.put_state(db, "scanned", str(last))
        recent_ns = max((life.last_ns for life in lives.values()), default=0) - RECENT_NS
        if any(from_ns < recent_ns for _, from_ns, _ in spans):
            self._arriving.note(self._clock.monotonic_ns())
        return taken

    def held_until(self) -> int | None:
        """Up to when time is not worth folding yet, for more of it is coming; None = all is."""
        if not self._arriving.holds(self._clock.monotonic_ns()):
            return None
        with self._records.reading() as db:
            newest_ns = max((life.last_ns for life in progress.lives(db).values()), default=0)
        return (newest_ns - RECENT_NS) // HOUR_NS * HOUR_NS

    def scanned(self) -> int:
        """The number of the last block that was passed over."""
        with self._records.reading() as db:
            return int(progress.state(db, "scanned", "0"))

    def backlog(self) -> float:
        """The share of all time that is marked, from 0 to 1."""
        with self._records.reading() as db:
            marks, lives = progress.marks(db), progress.lives(db)
        total = sum(to_ns - from_ns for _, from_ns, to_ns in spanned(lives))
        marked = sum(mark.to_ns - mark.from_ns for mark in marks)
        return min(1.0, marked / total) if total else 0.0

    def waits(self, origin: Origin | None = None) -> bool:
        """Whether any marked day of this origin is left to fold."""
        return bool(self._next(origin))

    def fold(
        self,
        limit: int = 1,
        origin: Origin | None = None,
        least_ns: int | None = None,
        most_ns: int | None = None,
    ) -> list[Restated]:
        """Fold the newest marked days of all lines; empty when nothing is left to do.

        Args:
            limit: most days to fold.
            origin: "live" leaves older days to others, "history" the newest two.
            least_ns: what lies before stays marked.
            most_ns: more of a line in one go than that is left to a later call.
        """
        done: list[Restated] = []
        for _ in range(limit):
            works = self._next(origin, least_ns)
            spans = [work.task.to_ns - work.task.from_ns for work in works]
            if not works or (most_ns is not None and max(spans) > most_ns):
                break
            done.extend(self._fold_together(works))
        return done

    def _mark(
        self,
        db: Transaction,
        lives: Mapping[tuple[str, str], Life],
        touched: Mapping[tuple[str, str], Life],
        marks: list[tuple[str, int, int]],
    ) -> None:
        """Write marks, also for sources that lived on and for a changed configuration."""
        lived = lived_on(self._site, self._reader, lives, self._clock.wall_ns())
        changed = self._rules.reconfigured(db)
        progress.put_lives(db, {**touched, **lived})
        progress.add_marks(db, widened(db, marks) + grown(lives, lived), "scan")
        anew = [span for span in spanned({**lives, **lived}) if span[0] in changed]
        progress.add_marks(db, anew, RULES)

    def _next(self, origin: Origin | None, least_ns: int | None = None) -> list[Work]:
        """The newest marked day of all lines that have one on it."""
        with self._records.reading() as db:
            marks, lives = progress.marks(db), progress.lives(db)
            self._rules.look_up(db)
            states = progress.states(db)
        newest_ns = max((life.last_ns for life in lives.values()), default=0)
        hot_ns = newest_ns // DAY_NS * DAY_NS - DAY_NS
        before_ns = hot_ns if origin == "history" else None
        found = [newest(marks, name, hot_ns, before_ns, least_ns) for name in self._rules]
        tasks = [task for task in found if task is not None]
        if origin == "live":
            tasks = [task for task in tasks if task.from_ns >= hot_ns]
        day = max((task.from_ns // DAY_NS for task in tasks), default=0)
        today = [task for task in tasks if task.from_ns // DAY_NS == day]
        signals = [self._rules[task.line].reads for task in today]
        tasks = fitting(today, signals, self._pieces.density)
        if least_ns is None:
            tasks = whole(self._reader, self._rules, tasks, hot_ns)
        works: list[Work] = []
        for task in tasks:
            mine = {m: life for (name, m), life in lives.items() if name == task.line}
            works.append(work(task, self._rules[task.line], mine, hot_ns, states))
        return works

    def _fold_together(self, works: list[Work]) -> list[Restated]:
        """Fold one day of some lines with one reading, and write it in one transaction."""
        plans = [self._plan(work, *work.edges) for work in works]
        found = zip(plans, self._pieces.fold(plans), strict=True)
        done = [self._whole(plan, folded, reach_ns) for plan, (folded, reach_ns) in found]
        known_ns = self._clock.wall_ns()
        with self._records.writing() as db:
            stored = [store(db, plan, folded, known_ns) for plan, folded in done]
        return [restated for restated in stored if restated is not None]

    def _plan(self, work: Work, from_ns: int, to_ns: int) -> Plan:
        """From where to fold: from a kept anchor, or some time earlier without one."""
        ahead_ns = max(AHEAD_NS, 2 * work.rules.margin_ns)
        with self._records.reading() as db:
            text = progress.anchor_at(db, work.task.line, from_ns)
            facts = held(db, work.task.line, from_ns - LOOK_BACK_NS, to_ns)
        work = replace(work, rules=work.rules.told(book(self._reader, work.rules, facts)))
        if text is None and from_ns % HOUR_NS:  # an earlier release kept one an hour
            return self._plan(work, from_ns // HOUR_NS * HOUR_NS, to_ns)
        if text is not None:
            window = Window(from_ns, from_ns, to_ns, to_ns + ahead_ns)
            return Plan(work, window, Anchor.parse(text), is_kept=True)
        start_ns = from_ns - LOOK_BACK_NS
        anchor = look_back(self._reader, work.rules.line, start_ns)
        return Plan(work, Window(start_ns, from_ns, to_ns, to_ns + ahead_ns), anchor, is_kept=False)

    def _whole(self, plan: Plan, folded: Folded, reach_ns: int) -> tuple[Plan, Folded]:
        """What came out; folded once more from earlier on where the news reach back."""
        work, window = plan.work, plan.window
        if plan.is_kept and not work.task.follows:
            unit = unit_of(work.task, work.hot_ns)
            begin_ns = max(reach_ns, left_until(work.task)) // unit * unit
            if begin_ns < window.from_ns:
                earlier = self._plan(work, begin_ns, window.to_ns)
                return self._whole(earlier, *self._pieces.fold([earlier])[0])
        return plan, folded
