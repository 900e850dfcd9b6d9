"""A machine over one stretch of time: its counters, states, products and orders, from an anchor on.

A track begins at the earliest instant from which an increment may still reach into the window,
and ends at the machine's last proof of life or at the horizon of what was read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypedDict

import numpy as np

from edge.engine.machine.anchors import MachineAnchor, Named
from edge.engine.machine.counting import NEAR_NS, Increments, count
from edge.engine.machine.gather import COUNTS, HEARD, Gathered, is_counted, state_of
from edge.engine.machine.naming import NOTHING, Said, Words, columns, named, runs_of, teller
from edge.engine.machine.observing import Observed, dense, inferred, to_states
from edge.engine.machine.silence import Span, last_before, silences
from edge.engine.machine.spans import Elapsed, Spans, distinct
from edge.engine.machine.turns import Turns
from edge.facts import Fact
from edge.model import DAY_NS, I64, SECOND_NS
from edge.site import Line, Machine
from kpi.states import State


class NamedBefore(TypedDict):
    """The part of an anchor that tells products and orders."""

    products: tuple[Named, ...]
    orders: tuple[Named, ...]
    last_product: str | None


REACH_NS = 2 * DAY_NS  # an increment longer than this crosses a production day, so it is loose


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a fold looks at: from an anchor to the last proof of life or the horizon.

    Samples at its very end count: a reading covers the time before it.
    """

    from_ns: int
    to_ns: int  # of the machine; at from_ns where it did not live
    line_to_ns: int  # of all machines: what names the product may outlive who makes it
    first_ns: int  # first proof of life of the machine
    shift_edges_ns: I64
    runs: Sequence[Fact] = ()  # what people say that it ran
    single: Turns[str | None] = NOTHING  # what it runs where nobody says anything

    @property
    def line_span(self) -> tuple[int, int]:
        """From the anchor to the last proof of life of the line."""
        return self.from_ns, self.line_to_ns


@dataclass(frozen=True, slots=True)
class Track:
    """One machine over [start_ns, end_ns)."""

    machine: Machine
    counters: Mapping[str, Increments]
    states: Spans
    products: Spans
    orders: Spans
    observed: Observed | None  # None = it did not live
    proofs: Mapping[str, I64]  # of life, by source that counts
    silences: Mapping[str, list[Span]]  # by counter: time in which nobody knows what it counted
    end_ns: int
    before: MachineAnchor

    @property
    def start_ns(self) -> int:
        """Since when it is known what the machine did."""
        return int(self.states.t0_ns[0]) if len(self.states.t0_ns) else self.end_ns

    @property
    def producing(self) -> Elapsed:
        """Its producing time."""
        return Elapsed.of(self.states, self.states.value == State.PRODUCING)

    @property
    def pieces(self) -> list[Increments]:
        """The counters that count pieces."""
        return [self.counters[name] for name in COUNTS if name in self.counters]

    def last_piece(self, at_ns: int) -> int | None:
        """The last reading before an instant that brought pieces."""
        found = [each.t_ns[(each.count > 0) & (each.t_ns < at_ns)] for each in self.pieces]
        return max((int(times[-1]) for times in found if len(times)), default=None)

    def anchor(
        self, at_ns: int, gap_ns: int | None, words: Words, since: tuple[int, int]
    ) -> MachineAnchor:
        """What the time before `at_ns` means for the time after it.

        Args:
            at_ns: the instant.
            gap_ns: since when the machine produces without a piece, at the instant.
            words: of this fold.
            since: its own `needed_since`, and the least of the line: what this machine makes may
                name what another one counts.
        """
        named = self._named(since[1], at_ns, words.texts)
        if self.observed is None:
            return replace(self.before, **named)
        readings = {name: counter.anchor(at_ns) for name, counter in self.counters.items()}
        runs = self.observed.runs(at_ns, self.end_ns)
        infers = state_of(self.machine) is None
        return MachineAnchor(
            readings=readings,
            same_ns={
                name: same_ns
                for name, counter in self.counters.items()
                if (same_ns := counter.same_since(at_ns)) is not None
            },
            runs=runs,
            proof_ns=self.observed.proof_before(at_ns) if runs else None,
            part_ns=(self.last_piece(at_ns) or self.before.part_ns) if infers else None,
            gap_ns=gap_ns,
            states=tuple(self.states.cut(since[0], at_ns).pairs()),
            lived=self._lived(at_ns),
            unusable_ns=self._unusable(at_ns),
            **named,
        )

    def _lived(self, at_ns: int) -> dict[str, int]:
        """The last proof of life of each source that counts pieces, before an instant."""
        found = {
            source: last_before(times, at_ns, self.before.lived.get(source))
            for source, times in self.proofs.items()
        }
        return {source: proof for source, proof in found.items() if proof is not None}

    def _unusable(self, at_ns: int) -> dict[str, int]:
        """Since when counters have sent nothing that can be used, at an instant."""
        found = {
            name: self.counters[name].unusable_since(at_ns, self.before.unusable_ns.get(name))
            for name in HEARD
            if name in self.counters
        }
        return {name: since_ns for name, since_ns in found.items() if since_ns is not None}

    def _named(self, since_ns: int, at_ns: int, texts: list[str | None]) -> NamedBefore:
        """Products and orders as an anchor keeps them."""
        products, orders = (
            tuple((at, texts[code]) for at, code in spans.cut(since_ns, at_ns).pairs())
            for spans in (self.products, self.orders)
        )
        known = self.products.value[(self.products.t0_ns < at_ns) & (self.products.value > 0)]
        last = texts[int(known[-1])] if len(known) else self.before.last_product
        return {"products": products, "orders": orders, "last_product": last}

    def needed_since(self, at_ns: int) -> int:
        """From when on states and products are needed to divide what ends after `at_ns`."""
        if self.observed is None:
            return at_ns - 1
        rows = [counter.anchor(at_ns) for counter in self.counters.values()]
        near = [each[0][0] for each in rows if each and each[0][0] > at_ns - REACH_NS]
        order = any(each.signal.reset_policy == "order" for each in self.counters.values())
        return min(near, default=at_ns - 1) - (NEAR_NS if order else 0)


def follow(
    line: Line,
    machine: Machine,
    gathered: Gathered,
    before: MachineAnchor,
    stretch: Stretch,
    words: Words,
) -> Track:
    """A machine from its anchor up to the end of the stretch."""
    from_ns, to_ns = stretch.from_ns, stretch.to_ns
    said = [
        Said(runs_of(stretch.runs, "product"), stretch.single),
        Said(runs_of(stretch.runs, "order")),
    ]
    span = stretch.line_span
    teller_of = teller(line, machine, "product")
    products = named(teller_of, gathered, before.products, span, words, said[0])
    teller_of = teller(line, machine, "order")
    orders = named(teller_of, gathered, before.orders, span, words, said[1])
    if to_ns <= from_ns:
        nothing = Spans.empty()
        return Track(machine, {}, nothing, products, orders, None, {}, {}, from_ns, before)
    edges = distinct(np.concatenate([stretch.shift_edges_ns, orders.t0_ns[1:]]))
    counters = {
        signal.name: count(
            machine,
            signal,
            gathered.of(signal, from_ns, to_ns + 1),
            (before.readings.get(signal.name, ()), before.same_ns.get(signal.name)),
            stretch.shift_edges_ns if signal.reset_policy == "shift" else edges,
        )
        for signal in machine.telling
        if is_counted(signal)
    }
    observed = observe(machine, counters, gathered, before, stretch)
    earlier = Spans.of(*columns(before.states), from_ns)
    states = earlier.then(observed.states(from_ns, to_ns))
    proofs, silent = heard(machine, counters, gathered, before, stretch)
    told = products, orders, observed
    return Track(machine, counters, states, *told, proofs, silent, to_ns, before)


def heard(
    machine: Machine,
    counters: Mapping[str, Increments],
    gathered: Gathered,
    before: MachineAnchor,
    stretch: Stretch,
) -> tuple[dict[str, I64], dict[str, list[Span]]]:
    """Proofs of life by source of those that count, and when each of these was silent."""
    proofs: dict[str, I64] = {}
    found: dict[str, list[Span]] = {}
    window = stretch.from_ns, stretch.to_ns
    for name in HEARD:
        if name in counters:
            source = counters[name].signal.source
            known_ns = before.lived.get(source)
            proofs[source] = gathered.alive(machine, source, window[0], window[1] + 1, known_ns)
            lived_ns = last_before(proofs[source], window[1] + 1, known_ns)
            known_ns = before.unusable_ns.get(name)
            is_unusable = counters[name].unusable_since(window[1] + 1, known_ns) is not None
            found[name] = silences(
                counters[name], lived_ns, stretch.first_ns, window, is_unusable=is_unusable
            )
    return proofs, found


def observe(
    machine: Machine,
    counters: Mapping[str, Increments],
    gathered: Gathered,
    before: MachineAnchor,
    stretch: Stretch,
) -> Observed:
    """What tells the state: its signal, or the pieces where there is none."""
    from_ns, to_ns = stretch.from_ns, stretch.to_ns
    signal = state_of(machine)
    if signal is not None:
        samples = to_states(signal, gathered.of(signal, from_ns, to_ns + 1), gathered.symbols)
        alive_ns = gathered.alive(machine, signal.source, from_ns, to_ns + 1, before.proof_ns)
        return Observed(signal, samples, alive_ns, before)
    counting = [counters[name] for name in COUNTS if name in counters]
    if not counting:
        nothing = np.empty(0, np.int64)
        stand_in = next(iter(machine.signals.values()))
        return Observed(stand_in, inferred(nothing, nothing, 0), nothing, before)
    pieces_ns = np.concatenate([each.t_ns[each.count > 0] for each in counting])
    if before.part_ns is not None:
        pieces_ns = np.append(pieces_ns, before.part_ns)
    readings_ns = distinct(np.concatenate([each.t_ns[each.accepted] for each in counting]))
    stop_after_ns = int(machine.stop_after_s * SECOND_NS)
    begins, ends = zip(*(dense(each, stop_after_ns) for each in counting), strict=True)
    samples = inferred(
        distinct(pieces_ns),
        readings_ns[readings_ns >= from_ns],
        stop_after_ns,
        (np.concatenate(begins), np.concatenate(ends)),
    )
    main = counting[0].signal
    alive_ns = gathered.alive(machine, main.source, from_ns, to_ns + 1, before.proof_ns)
    return Observed(main, samples, alive_ns, before)
