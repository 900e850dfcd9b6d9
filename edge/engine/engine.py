"""The engine's counter: every question about a site's figures, and the work that keeps them true.

It lives in one thread. Every answer is a document as the HTTP interface and `--json` give it.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from edge.clock import Clock
from edge.engine.entering import entering, stop_edits
from edge.engine.entering.fact_files import Options, filed
from edge.engine.explaining import billing, explaining, proving
from edge.engine.explaining.lost import Accounts
from edge.engine.figures import definitions, figures, orders
from edge.engine.figures import samples as sampling
from edge.engine.findings.lints import Lint, of_week
from edge.engine.floor import auditing, listing, stops
from edge.engine.floor.no_data import Unclear, Unmapped, speechless
from edge.engine.floor.now import line_now
from edge.engine.floor.states import line_states
from edge.engine.folding.fold import BLOCKS_AT_ONCE, Fold
from edge.engine.folding.recent import Committed, Recent
from edge.engine.machine.gather import needed
from edge.engine.verdicts import baselines, targets
from edge.engine.view import View
from edge.engine.views import Views
from edge.model import HOUR_NS, SECOND_NS
from edge.records.audit import ADMIN, Actor
from edge.records.database import Records
from edge.records.proof import Edit
from edge.site import Site
from edge.tables.cells import Sheet

Document = dict[str, Any]  # JSON
SCANS_A_TURN = 4
READINGS = 16  # of blocks that are marked together where nobody waits for a page
LIFE_EVERY_NS = 5 * SECOND_NS  # where nothing else came; whether a source lives is asked of it
AT_ONCE_NS = 2 * HOUR_NS  # folded while nobody else can write: a fraction of a second
HOT_DAYS = 3  # days that a live service folds; beside one they are never all done


class Stored(Committed, Accounts, Protocol):
    """All that is stored: samples, the committed blocks they came in, and what was lost."""


class Engine:
    """Figures of one site."""

    def __init__(self, site: Site, reader: Stored, records: Records, clock: Clock) -> None:
        self._stored = reader
        told = [signal.path for line in site.lines for signal in needed(line)]
        self._recent = Recent(reader, told, clock)
        self.fold = Fold(site, self._recent, records, clock)
        self._records, self._clock = records, clock
        self._lived_ns: int | None = None  # when life was last looked at; monotonic
        self._unmapped = Unmapped(site, reader)
        self._views = Views(site, self._recent, records, clock)

    @property
    def view(self) -> View:
        """The site as it holds now; an answer takes one and keeps it to its end."""
        return self._views.now()

    def keep_up(self) -> None:
        """Fold what came since the last call, the newest first; old days one at a time.

        A past that is being imported waits until it has come, or its rows would be restated with
        each of its pieces.
        """
        with self._records.together():
            self._scan()
            held_ns = self.fold.held_until()
            self.fold.fold(1, "live", held_ns, AT_ONCE_NS)
        present = len(self.view.site.lines)  # at most, where each line is read alone
        self.fold.fold(present + 1, "live", held_ns)  # one more, or late data would never come up
        if held_ns is None and self.fold.waits("history"):
            self.fold.fold(origin="history")

    def _scan(self) -> None:
        """Mark what came; where nothing did, only now and then that the sources lived on."""
        now_ns = self._clock.monotonic_ns()
        is_due = self._lived_ns is None or now_ns - self._lived_ns >= LIFE_EVERY_NS
        if not is_due and not self._stored.blocks(self.fold.scanned(), 1):
            return
        self._lived_ns, paths = now_ns, self._stored.paths()
        blocks = self._unmapped.reading(self._recent.blocks, paths)
        for _ in range(SCANS_A_TURN):
            if self.fold.scan(blocks, paths) < BLOCKS_AT_ONCE:
                break

    def unclear(self) -> list[Unclear]:
        """Who is shown without data now, and which values no map holds, each with its cause."""
        now_ns = self.view.clock.wall_ns()
        return [*speechless(self.view, now_ns), *self._unmapped.found(self.view, now_ns)]

    def lints(self) -> Iterator[list[Lint]]:
        """What somebody should know of the figures of the last seven days, a few at a time.

        Each step takes some milliseconds; others may ask in between.
        """
        return of_week(self.view)

    def catch_up(self, progress: Callable[[float], None]) -> None:
        """Fold everything that is stored; others may fold beside us."""
        paths = self._stored.paths()
        while self.fold.scan(self._stored.blocks, paths, readings=READINGS):
            pass
        begin = self.fold.backlog()
        while self.fold.waits("history"):
            self.fold.fold(origin="history")
            if begin:  # marks of instants have no length
                progress(1 - self.fold.backlog() / begin)
        for _ in range(HOT_DAYS):
            self.fold.fold()
        progress(1.0)

    def lines(self) -> Document:
        """All lines with their machines and shifts."""
        return listing.lines(self.view)

    def now(self, line: str, at_ns: int | None = None) -> Document:
        """Where the present shift of a line stands; `at_ns` stands in place of this moment."""
        view = self.view
        now_ns = view.clock.wall_ns() if at_ns is None else at_ns
        return line_now(view, view.line(line), now_ns)

    def frame(self, at_ns: int | None = None) -> Document:
        """Where every line stands, for the live stream."""
        view = self.view
        now_ns = view.clock.wall_ns() if at_ns is None else at_ns
        with self._records.seeing():
            lines = [line_now(view, line, now_ns) for line in view.site.lines]
        return {"now": view.time(now_ns), "lines": lines}

    def states(self, line: str, from_ns: int, to_ns: int) -> Document:
        """The states of a line's machines, without gaps."""
        return line_states(self.view, line, from_ns, to_ns)

    def kpis(self, line: str, from_ns: int, to_ns: int, by: str) -> Document:
        """Elements and measures, one row per `by`; by reason, the stops."""
        if by == "reason":
            return stops.by_reason(self.view, line, from_ns, to_ns)
        return figures.kpis(self.view, line, from_ns, to_ns, by)

    def explain(self, question: "explaining.Question") -> Document:
        """What made a figure, down to the raw samples."""
        return explaining.explain(self.view, self._stored, question)

    def costs(self, question: "explaining.Question") -> Document:
        """The bill of a period."""
        return billing.bill_of(self.view, question)

    def read_for(self, question: "explaining.Question", longest_days: int) -> Iterator[int]:
        """Read ahead for `explain` or `costs`, some ms at a time; others may ask in between."""
        return billing.read_for(self.view, question, longest_days)

    def explain_target(self, target: str) -> Document:
        """What made a verdict: its days, each with the figure to explain next."""
        return proving.explain(self.view, target)

    def definitions(self) -> Document:
        """What every measure means."""
        return definitions.cards()

    def definition(self, definition: str) -> Document:
        """What a measure means, and how that is read in each language."""
        return definitions.read(definition)

    def stops(self, line: str, from_ns: int, to_ns: int) -> Document:
        """The stops that touch an interval, whole."""
        return stops.listed(self.view, line, from_ns, to_ns)

    def explain_stop(
        self, stop: str, version: int, reason: str | None, note: str | None, by: Actor = ADMIN
    ) -> Document:
        """Give a stop its reason; raises `Changed` where somebody was faster."""
        return stop_edits.explain(self.view, stop, Edit(version, reason, note), by)

    def shape_stop(
        self, stop: str, version: int, wish: "stop_edits.Wish", by: Actor = ADMIN
    ) -> Document:
        """Cut, join or reclassify a stop; raises `Changed` where somebody was faster."""
        return stop_edits.shape(self.view, stop, version, wish, by)

    def stop_history(self, stop: str) -> Document:
        """Who did what to a stop, and when."""
        return stops.history(self.view, stop)

    def facts(self, line: str, from_ns: int, to_ns: int) -> Document:
        """What people and files said of an interval."""
        return entering.listed(self.view, line, from_ns, to_ns)

    def enter_fact(self, cells: Mapping[str, str], by: Actor = ADMIN) -> Document:
        """Keep one fact that a person entered."""
        return entering.stated(self.view, cells, by)

    def correct_fact(
        self, fact: int, version: int, cells: Mapping[str, str] | None, by: Actor = ADMIN
    ) -> Document:
        """Correct a fact, or with None take it back; `Changed` where somebody was faster."""
        return entering.corrected(self.view, (fact, version), cells, by)

    def import_facts(self, name: str, sheet: Sheet, how: Options, by: Actor = ADMIN) -> Document:
        """Keep the rows of a file of facts, or only look at them."""
        return filed(self.view, name, sheet, how, by)

    def orders(self, line: str, from_ns: int, to_ns: int) -> Document:
        """Planned orders and how far they have come."""
        return orders.orders(self.view, line, from_ns, to_ns)

    def signals(self) -> Document:
        """Every signal with its last sample."""
        return sampling.signals(self.view)

    def samples(self, path: str, from_ns: int, to_ns: int, points: int) -> Document:
        """The samples of one signal, thinned to at most so many points."""
        return sampling.samples(self.view, path, from_ns, to_ns, points)

    def freeze(self, wish: "baselines.Wish", by: Actor = ADMIN) -> Document:
        """Freeze a baseline."""
        return baselines.freeze(self.view, wish, by)

    def baselines(self) -> Document:
        """All baselines."""
        return baselines.listed(self.view)

    def baseline(self, baseline: str) -> Document:
        """One baseline."""
        return baselines.shown(self.view, baseline)

    def agree(self, wish: "targets.Wish", by: Actor = ADMIN) -> Document:
        """Agree on a target."""
        return targets.agree(self.view, wish, by)

    def audit(self, limit: int, before: int | None) -> Document:
        """The newest entries of the audit log; `before` a number, to read on."""
        return auditing.listed(self.view, limit, before)

    def targets(self) -> Document:
        """All targets with their verdicts."""
        return targets.listed(self.view)

    def target(self, target: str) -> Document:
        """One target with its series."""
        return targets.shown(self.view, target)
