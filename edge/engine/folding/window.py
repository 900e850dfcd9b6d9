"""One line over one window: from samples and an anchor to rows, spans and the anchors behind it.

Pure: reads nothing but what was gathered, and writes nothing. Texts are numbers of `texts`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from edge.engine.folding.lines import LineRules
from edge.engine.machine.anchors import Anchor, MachineAnchor
from edge.engine.machine.gaps import find, open_since, with_stops
from edge.engine.machine.gather import COUNTS, Gathered, state_of
from edge.engine.machine.harvest import inside, outside, spans_of, unplaced
from edge.engine.machine.naming import Words
from edge.engine.machine.rows import cut_buckets, make
from edge.engine.machine.shaping import AS_FOUND, Shape
from edge.engine.machine.spans import Spans
from edge.engine.machine.subjects import Made, Subject, best
from edge.engine.machine.tracks import REACH_NS, Stretch, Track, follow
from edge.engine.machine.turns import Turns
from edge.model import I64
from edge.records.loosened import Unplaced
from edge.records.parts import Columns, joined
from edge.site import Machine

NOTHING: I64 = np.empty(0, np.int64)


class Extent(NamedTuple):
    """First and last proof of life of a machine."""

    first_ns: int
    last_ns: int


class Window(NamedTuple):
    """What is folded: rows that begin in [from_ns, to_ns)."""

    start_ns: int  # where the anchor holds; at or before from_ns
    from_ns: int
    to_ns: int
    horizon_ns: int  # how far samples were read


@dataclass(frozen=True, slots=True)
class Folded:
    """What came out."""

    rows: Columns
    usage: Columns
    spans: Columns
    loose: list[Unplaced]
    texts: list[str | None]
    anchors: dict[int, Anchor]
    closed: bool  # no sample behind the horizon can change it


class LineFold:
    """The work of folding one line over one window, once."""

    def __init__(
        self,
        rules: LineRules,
        gathered: Gathered,
        before: Anchor,
        extents: Mapping[str, Extent],
        window: Window,
        words: Words | None = None,
    ) -> None:
        self._rules, self._gathered, self._before = rules, gathered, before
        self._extents, self._window, self._words = extents, window, words or Words()
        self._hours = rules.calendar.hours(window.start_ns - REACH_NS, window.horizon_ns)
        edges = np.concatenate([self._hours.shift_t0_ns, self._hours.shift_t1_ns])
        self._shift_edges: I64 = np.unique(edges)
        ends = [min(window.horizon_ns, extent.last_ns) for extent in extents.values()]
        self._line_end_ns = max([window.start_ns, *ends])
        self.tracks = {machine.id: self._follow(machine) for machine in rules.line.machines}
        alive = tuple(track for track in self.tracks.values() if track.observed is not None)
        subjects = [self._machine(track) for track in alive]
        self._seen: dict[str | None, Spans] = {}  # states as signals tell them, from the anchor on
        self._subjects = [self._with_stops(s) for s in [*self._line(alive), *subjects]]

    def folded(self, anchors_ns: list[int]) -> Folded:
        """Everything, with the anchors at the wanted instants."""
        span = self._window.from_ns, self._window.to_ns
        made = [(subject, rows) for subject in self._subjects for rows in self._made(subject)]
        return Folded(
            joined([inside(rows.columns, *span) for _, rows in made], "element"),
            joined([inside(rows.usage, *span) for _, rows in made], "usage"),
            joined([self._spans(subject) for subject in self._subjects], "span"),
            [row for subject, rows in made for row in unplaced(subject, rows, *span)],
            self._words.texts,
            {at_ns: self._anchor(at_ns) for at_ns in anchors_ns},
            self._is_closed(),
        )

    def _follow(self, machine: Machine) -> Track:
        """A machine from the anchor to its last proof of life, or the horizon."""
        window, extent = self._window, self._extents.get(machine.id)
        end_ns = min(window.horizon_ns, extent.last_ns) if extent else window.start_ns
        first_ns = extent.first_ns if extent else window.start_ns
        begin = window.start_ns, end_ns, self._line_end_ns, first_ns
        runs, before = self._rules.book.runs_of(machine.id), self._anchor_of(machine)
        stretch = Stretch(*begin, self._shift_edges, runs, self._rules.singles[machine.id])
        return follow(self._rules.line, machine, self._gathered, before, stretch, self._words)

    def _anchor_of(self, machine: Machine) -> MachineAnchor:
        """What the time before the window means for a machine."""
        return self._before.machines.get(machine.id, MachineAnchor())

    def _machine(self, track: Track) -> Subject:
        """A machine by itself."""
        named_by = (track.products, track.orders)
        return self._subject(track.machine, ((track,), (track,)), track.states, named_by)

    def _line(self, alive: tuple[Track, ...]) -> list[Subject]:
        """The line: pieces of its exit, state of the machine that tells it, energy of all."""
        if not alive:
            return []
        first = self._rules.exits[0]
        end_ns = max(track.end_ns for track in alive)
        track = self.tracks[first.id]
        named_by = track.products, track.orders
        told = [
            shape_of(self._rules, machine).reclassed(self.tracks[machine.id].states)
            for machine in self._rules.tellers
        ]
        states = best(told, min(track.start_ns for track in alive), end_ns)
        exits = tuple(track for track in alive if track.machine in self._rules.exits)
        return [self._subject(None, (exits, alive), states, named_by)]

    def _subject(
        self,
        machine: Machine | None,
        tracks: tuple[tuple[Track, ...], tuple[Track, ...]],
        states: Spans,
        named_by: tuple[Spans, Spans],
    ) -> Subject:
        """What a machine and a line (None) have in common."""
        before = self._anchor_of(machine or self._rules.exits[0])
        counting = [machine] if machine else self._rules.exits
        metering = [machine] if machine else self._rules.line.machines
        return Subject(
            machine=machine,
            signalled=states,
            states=states,
            products=named_by[0],
            orders=named_by[1],
            counted=tracks[0],
            metered=tracks[1],
            counting=tuple(counting),
            counts=any(name in m.signals for m in counting for name in COUNTS),
            meters=any("energy" in m.signals for m in metering),
            unseen=outside([self._extents[m.id] for m in counting if m.id in self._extents]),
            infers=state_of(machine or self._rules.line_state) is None,
            last_product=self._words.code(before.last_product),
            has_ideal=self._rules.has_ideal(machine, self._words.texts),
            doubtful_ns=doubtful_of(self._gathered, [track.machine for track in tracks[1]]),
            words=self._words,
            book=self._rules.book,
            life=self._extent(machine),
        )

    def _with_stops(self, subject: Subject) -> Subject:
        """A subject whose long gaps are delay."""
        limits = self._rules.limits(subject.machine, self._words.texts)
        since_ns = self._gap_before(subject)
        seen = subject.signalled.cut(self._window.start_ns, subject.end_ns)
        self._seen[subject.name] = seen
        gaps = find(seen, subject.products, subject.pieces, limits, since_ns)
        shape = shape_of(self._rules, subject.machine)
        states = shape.reclassed(with_stops(subject.signalled, gaps))
        return replace(subject, states=states, gaps=gaps, shape=shape)

    def _gap_before(self, subject: Subject) -> int | None:
        """Since when it had produced without a piece where the anchor holds."""
        if subject.machine is None:
            return self._before.gap_ns
        return self._anchor_of(subject.machine).gap_ns

    def _gap_at(self, subject: Subject, at_ns: int) -> int | None:
        """The same at an instant of the window."""
        before = self._gap_before(subject)
        return open_since(self._seen[subject.name], subject.products, subject.pieces, at_ns, before)

    def _extent(self, machine: Machine | None) -> Extent:
        """First and last proof of life of a machine, or of any machine of the line."""
        if machine is not None:
            return self._extents[machine.id]
        every = self._extents.values()
        return Extent(min(e.first_ns for e in every), max(e.last_ns for e in every))

    def _made(self, subject: Subject) -> list[Made]:
        """The rows of a subject, if it lived in the window."""
        window, extent = self._window, self._extent(subject.machine)
        tracks = subject.metered
        from_ns = max(min(track.start_ns for track in tracks), extent.first_ns)
        if from_ns >= subject.end_ns or subject.end_ns <= window.from_ns:
            return []
        args = self._rules.calendar, self._hours, from_ns, subject.end_ns
        buckets = cut_buckets(subject, *args)
        made = make(subject, buckets)
        n = len(buckets.grid)
        ids = [self._words.code(shift) for shift in self._hours.shift_id]
        shift_id = np.array([*ids, 0], np.int32)[buckets.shift]
        rules, tells = self._rules, subject.machine or self._rules.line_state
        counts, t0_ns = subject.machine or rules.exits[0], buckets.grid.edges_ns[:-1]
        constant = {"machine": subject.name, "state_map_version": rules.map_versions[tells.id]}
        codes = {name: np.full(n, self._words.code(text)) for name, text in constant.items()}
        codes["calendar_version"] = self._coded(rules.calendar_versions, buckets.day)
        codes["count_version"] = self._coded(rules.count_versions[counts.id], t0_ns)
        made.columns.update(codes, shift_id=shift_id)
        where = buckets.grid.edges_ns.searchsorted(made.usage["t0_ns"])
        for name in ("machine", "shift_id"):
            made.usage[name] = made.columns[name][where]
        return [made]

    def _coded(self, turns: Turns[str], at: I64) -> I64:
        """The words of what holds at instants or days."""
        codes = np.array([self._words.code(text) for text in turns.values], np.int64)
        return codes[turns.places(at)]

    def _spans(self, subject: Subject) -> Columns:
        """What it did in the window."""
        begin_ns = max(self._window.from_ns, self._extent(subject.machine).first_ns)
        end_ns = max(begin_ns, min(self._window.to_ns, subject.end_ns))
        return spans_of(subject, begin_ns, end_ns)

    def _anchor(self, at_ns: int) -> Anchor:
        """What the time before an instant means for the time after it."""
        gaps = {s.name: self._gap_at(s, at_ns) for s in self._subjects}
        since = {name: track.needed_since(at_ns) for name, track in self.tracks.items()}
        line_since_ns = min(since.values())
        machines = {
            name: track.anchor(at_ns, gaps.get(name), self._words, (since[name], line_since_ns))
            for name, track in self.tracks.items()
        }
        return Anchor(machines, gaps.get(None))

    def _is_closed(self) -> bool:
        """Whether no sample behind the horizon can change a row of the window."""
        at_ns, horizon_ns = self._window.to_ns, self._window.horizon_ns
        margin_ns = horizon_ns - self._rules.margin_ns
        return not any(self._hangs(subject) for subject in self._subjects) and all(
            counter.signal.path in self._gathered.ended or counter.settled_at(at_ns, margin_ns)
            for name, track in self.tracks.items()
            for counter in track.counters.values()
            if self._extents[name].last_ns >= horizon_ns
        )

    def _hangs(self, subject: Subject) -> bool:
        """Whether a time without a piece is open at the end, and how it ends lies further on."""
        if not subject.pieces or self._extent(subject.machine).last_ns < self._window.horizon_ns:
            return False
        gap_ns = self._gap_at(subject, self._window.to_ns)
        return gap_ns is not None and self._gap_at(subject, subject.end_ns) == gap_ns


def doubtful_of(gathered: Gathered, machines: Sequence[Machine]) -> I64:
    """Times of samples of some machines whose time is not to be believed."""
    found = {path: times for path, times in gathered.doubtful.items() if len(times)}
    if not found:  # as nearly always: thousands of signals need not be looked up
        return NOTHING
    paths = [signal.path for machine in machines for signal in machine.signals.values()]
    return np.concatenate([NOTHING, *(found[path] for path in paths if path in found)])


def shape_of(rules: LineRules, machine: Machine | None) -> Shape:
    """What people did to its stops; of a line, to those of the one machine that tells them."""
    tellers = [machine] if machine is not None else rules.tellers
    return rules.book.shape_of(tellers[0].id) if len(tellers) == 1 else AS_FOUND
