"""What names the product and order of a machine: a signal, else a person, else a plan."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from edge.engine.machine.anchors import Named
from edge.engine.machine.gather import Gathered, good, ordered
from edge.engine.machine.spans import Spans
from edge.engine.machine.turns import Turns
from edge.facts import PLAN, Fact
from edge.model import I64, Reader, Samples
from edge.site import Line, Machine, Signal


class Words:
    """Texts as small numbers, within one fold; 0 is null."""

    def __init__(self) -> None:
        self.texts: list[str | None] = [None]
        self._codes: dict[str, int] = {}

    def code(self, text: str | None) -> int:
        """The number of a text."""
        if text is None:
            return 0
        if text not in self._codes:
            self._codes[text] = len(self.texts)
            self.texts.append(text)
        return self._codes[text]


class Run(NamedTuple):
    """What ran over some time; of several that overlap the greatest holds."""

    is_own: bool  # said of the machine, not of its line
    is_said: bool  # by a person, not by a plan
    from_ns: int
    end_ns: int
    text: str


NOTHING: Turns[str | None] = Turns.of((), lambda _: None)


class Said(NamedTuple):
    """What people and the configuration say of what a machine runs, where no signal does."""

    runs: tuple[Run, ...] = ()
    single: Turns[str | None] = NOTHING  # what it runs where nobody says anything


def runs_of(facts: Iterable[Fact], name: str) -> tuple[Run, ...]:
    """The runs that some facts tell.

    Args:
        facts: of one machine and its line.
        name: "product" or "order".
    """
    found = []
    for fact in facts:
        text = fact.what if fact.kind == name else getattr(fact, name)
        if text:
            said = fact.machine is not None, fact.kind != PLAN
            found.append(Run(*said, fact.from_ns, fact.end_ns, text))
    return tuple(sorted(found))


def ran(said: Said, from_ns: int, to_ns: int) -> tuple[I64, list[str | None]]:
    """What ran since an instant: when each name began to hold, and the name."""
    inside = [run for run in said.runs if run.end_ns > from_ns and run.from_ns < to_ns]
    times = {from_ns, *(max(run.from_ns, from_ns) for run in inside), *(r.end_ns for r in inside)}
    times |= {turn for turn in said.single.since.tolist() if turn > from_ns}
    at_ns = sorted(each for each in times if each < to_ns) or [from_ns]
    texts: list[str | None] = []
    begins = np.array(at_ns, np.int64)
    for each, place in zip(at_ns, said.single.places(begins).tolist(), strict=True):
        held = [run for run in inside if run.from_ns <= each < run.end_ns]
        texts.append(max(held).text if held else said.single.values[place])
    return begins, texts


def teller(line: Line, machine: Machine, name: str) -> Signal | None:
    """The signal that names a machine's product or order: its own, or the only one of the line."""
    if name in machine.signals:
        return machine.signals[name]
    found = [other.signals[name] for other in line.machines if name in other.signals]
    return found[0] if len(found) == 1 else None


def named(
    signal: Signal | None,
    gathered: Gathered,
    before: tuple[Named, ...],
    span: tuple[int, int],
    words: Words,
    said: Said,
) -> Spans:
    """Products or orders since an anchor's first one, as words; 0 = not known.

    Args:
        signal: what names them; None = nothing does.
        gathered: samples.
        before: what the anchor says.
        span: where to look.
        words: of this fold.
        said: what holds where no signal names them.
    """
    tail = [(at, words.code(text)) for at, text in before] or [(span[0], 0)]
    if signal is None:
        times, texts = ran(said, tail[0][0], span[1])
        return Spans.of(times, np.array([words.code(text) for text in texts]), span[1])
    samples = gathered.of(signal, *span)
    at_ns, code = columns(tuple(tail))
    times = np.append(at_ns, samples.source_ns)
    values = np.append(code, coded(samples, gathered.symbols, words))
    last = np.append(times[1:] != times[:-1], np.True_)
    return Spans.of(times[last], values[last], span[1])


def coded(samples: Samples, symbols: dict[int, str], words: Words) -> I64:
    """Samples of a text as words; 0 where they cannot be used."""
    numbers = np.where(good(samples), samples.value, -1).astype(np.int64)
    distinct, position = np.unique(numbers, return_inverse=True)
    codes = [words.code(symbols.get(number) or None) for number in distinct.tolist()]
    return np.array(codes, np.int64)[position] if codes else np.empty(0, np.int64)


def time_of(reader: Reader, signal: Signal, text: str, span: tuple[int, int]) -> tuple[I64, I64]:
    """When a text signal said a text, inside a span: begins and ends."""
    path = signal.path
    earlier = ordered(reader.before([path], span[0])[path])[0]
    inside = ordered(reader.samples([path], *span)[path])[0]
    symbols, words = reader.symbols(), Words()
    times = np.append(np.maximum(earlier.source_ns, span[0]), inside.source_ns)
    values = np.append(coded(earlier, symbols, words), coded(inside, symbols, words))
    last = np.append(times[1:] != times[:-1], np.True_)[: len(times)]
    spans = Spans.of(times[last], values[last], span[1])
    said = spans.value == words.code(text)
    return spans.t0_ns[said], spans.t1_ns[said]


def columns(pairs: tuple[tuple[int, int], ...]) -> tuple[I64, I64]:
    """Instants and values, each as an array."""
    table = np.array(pairs, np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]
