"""Part of a bucket, folded anew for one question; nothing of it is stored.

It is the fold itself with one more boundary. The parts of a bucket add up to the bucket of the
table, with one exception: where a reading of several pieces spans both the bucket's edge and the
new boundary, whole pieces are divided anew.
"""

import copy
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from edge.engine.folding.booking import book, held
from edge.engine.folding.fold import AHEAD_NS
from edge.engine.folding.lines import LineRules
from edge.engine.folding.planning import LOOK_BACK_NS, look_back
from edge.engine.folding.silent import FURTHER
from edge.engine.folding.window import Extent, Folded, LineFold, Window
from edge.engine.machine.anchors import Anchor
from edge.engine.machine.calendars import Calendar, Hours
from edge.engine.machine.gather import gather
from edge.engine.machine.tracks import Track
from edge.model import DAY_NS, HOUR_NS, I64, Reader
from edge.records import progress
from edge.records.database import Records
from edge.records.parts import Elements
from edge.site import Line, Site


class Anew(NamedTuple):
    """Rows of part of a bucket, with words of their own."""

    rows: Elements
    usage: Elements


class Refold:
    """Folds any stretch of a line between any two instants."""

    def __init__(self, site: Site, reader: Reader, records: Records) -> None:
        self._reader, self._records = reader, records
        self._rules = {line.id: LineRules(site, line) for line in site.lines}

    def __call__(self, line: str, from_ns: int, to_ns: int) -> Anew:
        """The rows of [from_ns, to_ns) of a line, whatever the grid says of its edges."""
        rules = copy.copy(self._rules[line])
        rules.calendar = CutCalendar(rules.calendar, np.array([from_ns, to_ns], np.int64))
        _, folded = self._folded(rules, from_ns, to_ns)
        words = {code: text for code, text in enumerate(folded.texts) if text is not None}
        return Anew(Elements(folded.rows, words), Elements(folded.usage, words))

    def tracks(self, line: str, from_ns: int, to_ns: int) -> Mapping[str, Track]:
        """The machines of a line over a stretch: their counters with what was decided."""
        fold, _ = self._folded(self._rules[line], from_ns, to_ns)
        return fold.tracks

    def rules(self, line: str) -> LineRules:
        """What holds for a line."""
        return self._rules[line]

    def _folded(self, rules: LineRules, from_ns: int, to_ns: int) -> tuple[LineFold, Folded]:
        """Fold from the last anchor before the stretch, and read on as far as it takes."""
        line = rules.line
        start_ns, anchor, extents = self._begin(line, from_ns)
        with self._records.reading() as db:
            facts = held(db, line.id, start_ns, to_ns)
        rules = rules.told(book(self._reader, self._rules[line.id], facts))
        ahead_ns = max(AHEAD_NS, 2 * rules.margin_ns)
        while True:
            window = Window(start_ns, from_ns, to_ns, to_ns + ahead_ns)
            gathered = gather(self._reader, [line], start_ns, window.horizon_ns)
            fold = LineFold(rules, gathered, anchor, extents, window)
            folded = fold.folded([])
            if folded.closed:
                return fold, folded
            ahead_ns *= FURTHER

    def _begin(self, line: Line, from_ns: int) -> tuple[int, Anchor, dict[str, Extent]]:
        """Where to begin, what was known there, and how long each machine lived."""
        hour_ns, day_ns = (from_ns // unit * unit for unit in (HOUR_NS, DAY_NS))
        with self._records.reading() as db:
            lives = progress.lives(db)
            found = {at_ns: progress.anchor_at(db, line.id, at_ns) for at_ns in (hour_ns, day_ns)}
        extents = {
            machine: Extent(life.first_ns, life.last_ns)
            for (name, machine), life in lives.items()
            if name == line.id
        }
        for at_ns, text in found.items():
            if text is not None:
                return at_ns, Anchor.parse(text), extents
        start_ns = hour_ns - LOOK_BACK_NS
        return start_ns, look_back(self._reader, line, start_ns), extents


class CutCalendar(Calendar):
    """A calendar with some more boundaries: planned time is cut there, and none of it lost."""

    def __init__(self, whole: Calendar, edges_ns: I64) -> None:
        self._whole, self._edges_ns = whole, edges_ns

    def hours(self, from_ns: int, to_ns: int) -> Hours:
        """The hours of the calendar; an edge outside planned time is an empty piece of it."""
        found = self._whole.hours(from_ns, to_ns)
        return found._replace(
            planned_t0_ns=np.sort(np.append(found.planned_t0_ns, self._edges_ns)),
            planned_t1_ns=np.sort(np.append(found.planned_t1_ns, self._edges_ns)),
        )

    def day_of(self, t_ns: I64) -> I64:
        """Production day of instants outside shifts, in days since 1970."""
        return self._whole.day_of(t_ns)
