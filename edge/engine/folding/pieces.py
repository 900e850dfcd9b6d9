"""Folding some lines over a day piece by piece: what lies in memory does not grow with the day.

Each piece begins with the anchor that the one before it left, and the samples behind its end are
those with which the next one begins, so each is read once. The rows are the same however a day is
cut: a fold that goes on from an anchor equals one that began earlier.
"""

from dataclasses import dataclass, field

from edge.engine.folding.planning import boundaries
from edge.engine.folding.reach import News
from edge.engine.folding.silent import read_on
from edge.engine.folding.storing import Plan
from edge.engine.folding.window import Folded, LineFold, Window
from edge.engine.machine.anchors import Anchor
from edge.engine.machine.ended import Ended
from edge.engine.machine.gather import Gathered, further
from edge.engine.machine.naming import Words
from edge.model import DAY_NS, HOUR_NS, Reader
from edge.records.parts import joined

PIECE_ROWS = 400_000  # samples read at once: with all that follows from them 120 MB
DENSE = 86_400.0  # rows of a signal in a day, before any were seen: one a second
GROWTH = 4  # a piece is at most so many times as long as the one before it


@dataclass(slots=True)
class Course:
    """How far one line has come on its way through a plan."""

    plan: Plan
    anchor: Anchor  # at start_ns
    start_ns: int
    at_ns: int  # rows that begin before it are there
    wanted: list[int]  # instants at which anchors are kept
    news: News
    words: Words = field(default_factory=Words)
    found: list[Folded] = field(default_factory=list)

    @classmethod
    def of(cls, plan: Plan) -> "Course":
        """At the begin of a plan."""
        window, work = plan.window, plan.work
        wanted = boundaries(window.from_ns, window.to_ns, work.hot_ns, work.last_ns)
        if plan.is_kept and wanted[:1] == [window.from_ns]:
            wanted = wanted[1:]  # it is kept already
        news = News(work.rules, plan.anchor, window.start_ns, work.task.from_ns)
        return cls(plan, plan.anchor, window.start_ns, window.from_ns, wanted, news)

    @property
    def folded(self) -> Folded:
        """All pieces as one."""
        return united(self.found, self.words.texts, self.wanted)


class Pieces:
    """Folds plans; remembers how dense samples are."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._ended = Ended(reader)
        self.density = DENSE  # rows of a signal in a day, as last seen

    def fold(self, plans: list[Plan]) -> list[tuple[Folded, int]]:
        """Of each plan what comes out, and from when on rows may have changed."""
        courses = [Course.of(plan) for plan in plans]
        lines = [plan.work.rules.line for plan in plans]
        signals = sum(plan.work.rules.reads for plan in plans)
        ahead_ns = max(plan.window.horizon_ns - plan.window.to_ns for plan in plans)
        at_ns, end_ns = min(c.at_ns for c in courses), max(plan.window.to_ns for plan in plans)
        gathered, length_ns = None, end_ns
        while at_ns < end_ns:
            upto_ns = self._upto(at_ns, end_ns, signals, GROWTH * length_ns)
            horizon_ns = upto_ns + ahead_ns
            if upto_ns < end_ns:  # a part holds an hour: none is read twice
                horizon_ns = -(-horizon_ns // HOUR_NS) * HOUR_NS
            from_ns = min(course.start_ns for course in courses if course.at_ns < end_ns)
            gathered = further(self._reader, lines, gathered, (from_ns, horizon_ns))
            self._note(gathered)
            for course in courses:
                self._go(course, gathered, min(upto_ns, course.plan.window.to_ns))
            at_ns, length_ns = upto_ns, upto_ns - at_ns
        return [(course.folded, course.news.reach_back()) for course in courses]

    def _upto(self, at_ns: int, end_ns: int, signals: int, most_ns: int) -> int:
        """The end of the next piece: whole hours, as many as may be in memory."""
        hours = PIECE_ROWS * 24 / max(1.0, signals * self.density)
        length_ns = max(1, min(int(hours), most_ns // HOUR_NS)) * HOUR_NS
        upto_ns = at_ns // HOUR_NS * HOUR_NS + length_ns
        return upto_ns if upto_ns + HOUR_NS < end_ns else end_ns

    def _note(self, gathered: Gathered) -> None:
        """Note how dense the samples are."""
        days = (gathered.to_ns - gathered.from_ns) / DAY_NS
        found = [len(samples.source_ns) for samples in gathered.samples.values()]
        self.density = sum(found) / max(1, len(found)) / days

    def _go(self, course: Course, gathered: Gathered, upto_ns: int) -> None:
        """Fold a line's next piece."""
        if upto_ns <= course.at_ns:
            return
        whole, at_ns = course.plan.window, course.at_ns
        horizon_ns = whole.horizon_ns if upto_ns == whole.to_ns else gathered.to_ns
        window = Window(course.start_ns, at_ns, upto_ns, horizon_ns)
        wanted = {
            at for at in course.wanted if at_ns < at <= upto_ns or at == whole.from_ns == at_ns
        }
        if upto_ns < whole.to_ns:
            wanted.add(upto_ns)  # for the next piece
        folded, gathered = self._closed(course, window, gathered, sorted(wanted))
        course.news.look(gathered)
        course.found.append(folded)
        course.anchor = folded.anchors.get(upto_ns, course.anchor)
        course.start_ns = course.at_ns = upto_ns

    def _closed(
        self, course: Course, window: Window, gathered: Gathered, anchors_ns: list[int]
    ) -> tuple[Folded, Gathered]:
        """Fold one piece and read on until no later sample can change a row."""
        work = course.plan.work
        while True:
            args = work.rules, gathered, course.anchor, work.extents, window
            folded = LineFold(*args, course.words).folded(anchors_ns)
            if folded.closed:
                return folded, gathered
            if not self._ended.look(work.rules.line, gathered, work.last_ns, work.scanned):
                window, gathered = read_on(self._reader, work.rules.line, window, work.last_ns)


def united(found: list[Folded], texts: list[str | None], wanted: list[int]) -> Folded:
    """The pieces of one line as one."""
    anchors = {at_ns: anchor for each in found for at_ns, anchor in each.anchors.items()}
    return Folded(
        joined([each.rows for each in found], "element"),
        joined([each.usage for each in found], "usage"),
        joined([each.spans for each in found], "span"),
        [row for each in found for row in each.loose],
        texts,
        {at_ns: anchors[at_ns] for at_ns in wanted},
        closed=True,
    )
