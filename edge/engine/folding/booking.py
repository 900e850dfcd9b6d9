"""The facts that a fold, or a question, needs: out of the records, each with where it counts."""

from collections.abc import Iterable, Iterator

import numpy as np

from edge.engine.folding.lines import LineRules
from edge.engine.machine.calendars import Hours
from edge.engine.machine.naming import NOTHING, Said, ran, runs_of, teller, time_of
from edge.engine.machine.placing import EMPTY, Book, Placed, Time, both, place
from edge.facts import PLAN, SHAPING, UNDIVIDED, Fact
from edge.model import DAY_NS, Reader
from edge.records import facts as kept
from edge.records.database import Transaction

AROUND_NS = 2 * DAY_NS  # no shift, and so no fact that is divided, is longer than this
RUNNING = ("product", "order", PLAN)


def held(db: Transaction, line: str, from_ns: int, to_ns: int) -> list[Fact]:
    """The facts that can mean something to the rows of [from_ns, to_ns)."""
    around = from_ns - AROUND_NS, to_ns + AROUND_NS
    return [one.fact for one in kept.holding(db, line, *around)]


def widened(db: Transaction, spans: Iterable[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """Marked time, and that of the facts in it which are divided by what samples say there ran."""
    found = set(spans)
    for line, from_ns, to_ns in tuple(found):
        told = kept.naming(db, line, from_ns, to_ns + 1)
        found |= {(line, fact.from_ns, fact.end_ns - 1) for fact in told}
    return sorted(found)


def book(reader: Reader, rules: LineRules, facts: Iterable[Fact]) -> Book:
    """The facts of a line, each with where it counts.

    Args:
        reader: of samples that name what ran.
        rules: of the line.
        facts: those that hold.
    """
    every = list(facts)
    runs = tuple(fact for fact in every if fact.kind in RUNNING)
    shaping = tuple(fact for fact in every if fact.kind in SHAPING)
    divided = [fact for fact in every if fact.kind not in UNDIVIDED]
    if not divided:
        return Book(runs=runs, shaping=shaping) if runs or shaping else EMPTY
    span = min(fact.from_ns for fact in divided), max(fact.end_ns for fact in divided)
    hours = rules.calendar.hours(*span)
    placed = [placed_in(reader, rules, fact, hours, runs) for fact in divided]
    return Book(tuple(placed), runs, shaping)


def placed_in(
    reader: Reader, rules: LineRules, fact: Fact, hours: Hours, runs: tuple[Fact, ...]
) -> Placed:
    """One fact where it counts; the time of its product and order is looked up."""
    ran_then: Time | None = None
    for time in named_time(reader, rules, fact, runs):
        ran_then = time if ran_then is None else both(ran_then, time) or ran_then
    return place(fact, hours, ran_then)


def named_time(
    reader: Reader, rules: LineRules, fact: Fact, runs: tuple[Fact, ...]
) -> Iterator[Time]:
    """When the product and the order ran that a fact names."""
    line = rules.line
    machine = next((one for one in line.machines if one.id == fact.machine), line.machines[-1])
    span = fact.from_ns, fact.end_ns
    for name, text in (("product", fact.product), ("order", fact.order)):
        if text is None:
            continue
        signal = teller(line, machine, name)
        if signal is not None:
            yield time_of(reader, signal, text, span)
            continue
        mine = [run for run in runs if run.machine in (None, machine.id)]
        single = rules.singles[machine.id] if name == "product" else NOTHING
        begins, texts = ran(Said(runs_of(mine, name), single), *span)
        here = np.array([each == text for each in texts])
        yield begins[here], np.append(begins[1:], span[1])[here]
