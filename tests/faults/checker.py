"""Whether what is stored is what was made: the judge of all faults; it shares no code with us.

It knows what each source made, value by value with its time, and what was found in the stores, the
sinks and the ledger. Whatever does not fit is a violation. Nothing is forgiven for being rare.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from itertools import pairwise
from typing import NamedTuple

UNREADABLE = "journal damaged"  # nobody can say whose rows a lost block held: all are named
NEAR_NS = 500_000_000  # how exactly a gap is known: some publishing intervals


class Kind(Enum):
    """What can be wrong."""

    LOST = "lost"
    DOUBLED = "doubled"
    PHANTOM = "phantom"
    ORDER = "out of order"
    GAP = "gap without a loss"
    ACCOUNT = "account"
    SINK_LOST = "not in the sink"
    SINK_REFUSED = "refused by the sink and set aside"
    SINK_EXTRA = "only in the sink"


class Violation(NamedTuple):
    """One thing that does not fit."""

    kind: Kind
    where: str
    what: str


class Row(NamedTuple):
    """A value and its source time."""

    source_ns: int
    value: float


class Gap(NamedTuple):
    """What the ledger says was lost."""

    source: str
    reason: str
    from_ns: int
    to_ns: int


class Account(NamedTuple):
    """What the ledger says became of a source's rows."""

    received: int
    stored: int
    filtered: int
    quarantined: int
    in_flight: int


@dataclass(frozen=True)
class Made:
    """What one signal's source made, in its order."""

    source: str
    rows: list[Row]
    before: float = 0.0  # the value that stood there when it began
    stands: bool = False  # whether that is told to whoever subscribes


@dataclass(frozen=True)
class Found:
    """What was found, by signal."""

    stored: Mapping[str, list[Row]]  # everything
    journal: Mapping[str, list[Row]]  # what of it the journal holds, in the order of its blocks
    gaps: list[Gap] = field(default_factory=list)
    accounts: Mapping[str, Account] = field(default_factory=dict)
    sinks: Mapping[str, Mapping[str, list[Row]]] = field(default_factory=dict)
    refused: Mapping[str, int] = field(default_factory=dict)  # rows that each sink set aside


def judge(made: Mapping[str, Made], found: Found, *, gaps_allowed: bool) -> list[Violation]:
    """All that does not fit.

    Args:
        made: what each signal's source made.
        found: what the stores hold of it.
        gaps_allowed: whether a loss is no violation where the ledger names it.
    """
    violations = list(unknown(made, found))
    for signal, truth in made.items():
        gaps = [gap for gap in found.gaps if gap.source == truth.source]
        rows = found.stored.get(signal, [])
        violations += losses(signal, truth, rows, gaps if gaps_allowed else [])
        violations += additions(signal, truth, rows)
        violations += disorder(signal, found.journal.get(signal, []))
        violations += hollow(signal, truth, rows, gaps)
    violations += unbalanced(found)
    for name, points in found.sinks.items():
        violations += differing(name, found.stored, points, found.refused.get(name, 0))
    return violations


def unknown(made: Mapping[str, Made], found: Found) -> Iterator[Violation]:
    """Rows of signals that nobody made."""
    for signal in found.stored.keys() - made.keys():
        yield Violation(Kind.PHANTOM, signal, f"{len(found.stored[signal])} rows of no source")


def named(made: Mapping[str, Made], found: Found) -> int:
    """How many rows are not there, as the ledger says itself."""
    return sum(
        1
        for signal, truth in made.items()
        for row in set(truth.rows) - set(found.stored.get(signal, ()))
        if any(gap.source == truth.source and covers(gap, row.source_ns) for gap in found.gaps)
    )


def losses(signal: str, truth: Made, rows: list[Row], gaps: list[Gap]) -> Iterator[Violation]:
    """What was made and is not there, outside of what the ledger names."""
    there = set(rows)
    for row in truth.rows:
        if row not in there and not any(covers(gap, row.source_ns) for gap in gaps):
            yield Violation(Kind.LOST, signal, f"{row.value:g} of {row.source_ns}")


def covers(gap: Gap, at_ns: int) -> bool:
    """Whether a gap speaks of an instant."""
    return gap.from_ns - NEAR_NS <= at_ns <= gap.to_ns + NEAR_NS


def additions(signal: str, truth: Made, rows: list[Row]) -> Iterator[Violation]:
    """What is there twice, or was never made."""
    known = set(truth.rows)
    for row, times in Counter(rows).items():
        if row not in known and not (truth.stands and row.value == truth.before):
            yield Violation(Kind.PHANTOM, signal, f"{row.value:g} of {row.source_ns}")
        elif times > 1:
            yield Violation(
                Kind.DOUBLED, signal, f"{row.value:g} of {row.source_ns}, {times} times"
            )


def disorder(signal: str, rows: list[Row]) -> Iterator[Violation]:
    """Neighbours in the journal that the source made the other way round."""
    for one, other in pairwise(rows):
        if one.source_ns > other.source_ns:
            what = f"{other.value:g} of {other.source_ns} after {one.source_ns}"
            yield Violation(Kind.ORDER, signal, what)


def hollow(signal: str, truth: Made, rows: list[Row], gaps: list[Gap]) -> Iterator[Violation]:
    """Gaps in which nothing is missing: a ledger that cries wolf is no ledger."""
    there = set(rows)
    for gap in (gap for gap in gaps if not gap.reason.startswith(UNREADABLE)):
        inside = [
            row for row in truth.rows if gap.from_ns + NEAR_NS < row.source_ns < gap.to_ns - NEAR_NS
        ]
        if inside and all(row in there for row in inside):
            what = f"{gap.reason!r} from {gap.from_ns} to {gap.to_ns}"
            yield Violation(Kind.GAP, signal, what)


def unbalanced(found: Found) -> Iterator[Violation]:
    """Accounts that do not add up, or do not say what lies in the stores."""
    for source, account in found.accounts.items():
        became = account.stored + account.filtered + account.quarantined + account.in_flight
        if account.received != became:
            yield Violation(
                Kind.ACCOUNT, source, f"{account.received} received, {became} accounted"
            )
    told = sum(account.stored for account in found.accounts.values())
    there = sum(map(len, found.stored.values()))
    if found.accounts and told != there:
        yield Violation(Kind.ACCOUNT, "all", f"{told} said to be stored, {there} are")


def differing(
    sink: str, stored: Mapping[str, list[Row]], points: Mapping[str, list[Row]], refused: int
) -> Iterator[Violation]:
    """What a sink lacks, and what only it has.

    Of two rows of one time a sink keeps one; the stores have both. As many of the rows that it
    lacks as it has set aside are not lost: who looks there finds them, with the server's answer.
    """
    for signal in stored.keys() | points.keys():
        ours, theirs = set(stored.get(signal, ())), set(points.get(signal, ()))
        times = {row.source_ns for row in theirs}
        for row in (row for row in ours - theirs if row.source_ns not in times):
            kind, refused = Kind.SINK_REFUSED if refused > 0 else Kind.SINK_LOST, refused - 1
            yield Violation(kind, f"{sink}: {signal}", f"{row.value:g} of {row.source_ns}")
        for row in theirs - ours:
            what = f"{row.value:g} of {row.source_ns}"
            yield Violation(Kind.SINK_EXTRA, f"{sink}: {signal}", what)
