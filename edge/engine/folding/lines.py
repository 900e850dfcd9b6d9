"""A line as the fold sees it: who counts, who tells the state, and under which versions."""

from copy import copy
from dataclasses import replace
from functools import cached_property, lru_cache
from hashlib import sha256
from zoneinfo import ZoneInfo

import numpy as np

from edge.engine.machine.calendars import Calendar, calendar_versions, version_of
from edge.engine.machine.cycles import cycle_turns, cycles_at, ideal_s, line_ideal_s, only_products
from edge.engine.machine.gaps import Limits
from edge.engine.machine.gather import is_counted, needed, state_of
from edge.engine.machine.placing import EMPTY, Book
from edge.engine.machine.subjects import HasIdeal
from edge.engine.machine.turns import Turns
from edge.model import BOOL, I64, SECOND_NS
from edge.site import Line, Machine, Site

MARGIN_S = 60.0
EDITION = 10
"""Counted up whenever a new release makes other rows from the same samples and configuration.

Whatever a site keeps from an earlier release is then computed anew. 2: rows of an hour that lay in
many files were read under the wrong signal, so that watt hours were counted as pieces. 3: loose
increments of good pieces were missing among the pieces made, and those of a total among the good.
4: gaps shorter than the cycle counted as micro-stops with a loss below zero.
5: rows bear the version of what held in their time, and ideal cycles count from their own day on.
6: where two cycles are longer than `stop_after_s`, gaps between both were no loss at all.
7: where only a counter tells what a machine does and it is read less often than `stop_after_s`, all
time was delay however many pieces a reading brought.
8: rows tell where readings are too rare to tell a micro-stop.
9: the low of good pieces could be more than was made.
10: where the exit of a line was silent and others were not, no piece was the most it may have made.
"""
DIGITS = 12
PRODUCTS = 1024  # of all machines whose ideal cycles are remembered


class LineRules:
    """What never changes between two readings of the configuration, and the facts of a fold."""

    def __init__(self, site: Site, line: Line) -> None:
        self.site, self.line = site, line
        self.zone = ZoneInfo(site.timezone)
        self.calendar = Calendar(site, line)
        self.exits = [machine for machine in line.machines if machine.exit] or [line.machines[-1]]
        self.tellers = self._tellers()
        self.calendar_version = digest(version_of(site, line))
        self.map_versions = {m.id: digest(map_of(m)) for m in line.machines}
        self.calendar_versions = digests(calendar_versions(site, line))
        self.count_versions = {m.id: self._count_versions(m) for m in line.machines}
        self.singles = {m.id: only_products(m, self.zone) for m in line.machines}
        self.margin_ns = self._margin_ns()
        self.book = EMPTY
        self._cycles = lru_cache(maxsize=PRODUCTS)(self._ideal_s)  # every fold asks for the same

    @cached_property
    def version(self) -> str:
        """Changes whenever rows would come out differently from the same samples.

        Not with the id of a source: that one lived is kept by its id, and what is past was told by
        the one of then. Computed anew without it, nobody would know what machines did.
        """
        machines = tuple(unsourced(machine) for machine in self.line.machines)
        line = replace(
            self.line, name="", limits={}, profile="", maturity_days=0, machines=machines
        )
        site = self.site
        return digest(repr((EDITION, line, site.timezone, site.production_day_starts)))

    def told(self, book: Book) -> "LineRules":
        """The same with what people say of some time."""
        found = copy(self)
        found.book = book
        return found

    @cached_property
    def reads(self) -> int:
        """How many signals its fold reads."""
        return len(needed(self.line))

    @property
    def line_state(self) -> Machine:
        """The machine whose state is the line's."""
        named = [machine for machine in self.line.machines if machine.id == self.line.line_state]
        return (named or self.exits)[0]

    def limits(self, machine: Machine | None, texts: list[str | None]) -> Limits:
        """What counts as a gap of a machine; of the line's exit for None.

        Args:
            machine: or None.
            texts: what the words of this fold stand for; may grow.
        """
        own = machine or self.exits[0]

        def ideal_ns(product: int, at_ns: int) -> float:
            held = self._cycles(machine and machine.id, texts[product])
            return held.value_at(at_ns) * SECOND_NS

        return Limits(ideal_ns, own.micro_after_s, int(own.stop_after_s * SECOND_NS))

    def has_ideal(self, machine: Machine | None, texts: list[str | None]) -> HasIdeal:
        """Asks whether a machine, or the line for None, has an ideal cycle of products.

        Args:
            machine: or None.
            texts: what the words of this fold stand for; may grow.
        """

        def asked(product: I64, at_ns: I64) -> BOOL:
            found = np.zeros(len(product), np.bool_)
            for code in np.unique(product).tolist():
                mine = product == code
                held = self._cycles(machine and machine.id, texts[code])
                found[mine] = ~np.isnan(held.values)[held.places(at_ns[mine])]
            return found

        return asked

    def _ideal_s(self, machine: str | None, product: str | None) -> Turns[float]:
        """Ideal seconds per piece of a machine, or of the line for None, from when to when."""
        if machine is None:
            turns = cycle_turns(*self.line.machines, zone=self.zone)
            return Turns.of(turns, lambda at: line_ideal_s(self.line, product, at, self.zone))
        (own,) = (each for each in self.line.machines if each.id == machine)
        turns = cycle_turns(own, zone=self.zone)
        return Turns.of(turns, lambda at: ideal_s(own, product, at, self.zone))

    def _count_versions(self, machine: Machine) -> Turns[str]:
        """What makes a machine's quantities, from when to when."""
        turns = cycle_turns(machine, zone=self.zone)
        return digests(Turns.of(turns, lambda at: counts_of(machine, at, self.zone)))

    def _tellers(self) -> list[Machine]:
        """The machines whose best state is the line's: parallel ones of one station."""
        station = self.line_state.station
        same = [machine for machine in self.line.machines if station and machine.station == station]
        return same or [self.line_state]

    def _margin_ns(self) -> int:
        """How far beyond a window a sample may lie that decides the time inside it."""
        longest_s = 0.0
        for machine in self.line.machines:
            for signal in needed(self.line):
                longest_s = max(longest_s, 2 * signal.stale_after_s + signal.debounce_s)
            if state_of(machine) is None:
                longest_s = max(longest_s, machine.stop_after_s)
        return int((longest_s + MARGIN_S) * SECOND_NS)


def unsourced(machine: Machine) -> Machine:
    """The same, wherever its signals come from."""
    signals = {name: replace(signal, source="") for name, signal in machine.signals.items()}
    return replace(machine, signals=signals)


def map_of(machine: Machine) -> str:
    """What makes a machine's states from its samples, as text."""
    signal = state_of(machine)
    if signal is None:
        return repr(machine.stop_after_s)
    return repr((dict(signal.map), signal.debounce_s, signal.stale_after_s, signal.path))


def counts_of(machine: Machine, at_ns: int, zone: ZoneInfo) -> str:
    """What makes a machine's quantities from its samples at an instant, as text."""
    counters = [signal for signal in machine.telling if is_counted(signal)]
    held = cycles_at(machine, at_ns, zone)
    return repr((counters, held, machine.micro_after_s, machine.stop_after_s))


def digests(texts: Turns[str]) -> Turns[str]:
    """Short names for long texts."""
    return Turns(texts.since, tuple(digest(text) for text in texts.values))


def digest(text: str) -> str:
    """A short name for a long text."""
    return sha256(text.encode()).hexdigest()[:DIGITS]
