"""The judge of all faults is judged first: what is right passes, each seeded violation is named."""

import random
from collections.abc import Callable

import pytest

from tests.faults.checker import NEAR_NS, Account, Found, Gap, Kind, Made, Row, judge

SEEDS = range(8)
START_NS = 1_790_000_000_000_000_000
STEP_NS = 20_000_000
ROWS = 400
SIGNALS = {"body/good": "plc1", "loop/good": "plc1", "packing/good": "broker"}
AWAY = 100, 200  # the rows that the last signal's source lost, and said so

Rows = dict[str, list[Row]]


class Case:
    """A truth and what was found of it, to be spoilt."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.made = {
            signal: Made(source, [Row(START_NS + n * STEP_NS, float(n)) for n in range(1, ROWS)])
            for signal, source in SIGNALS.items()
        }
        self.stored: Rows = {signal: list(made.rows) for signal, made in self.made.items()}
        away = self.stored["packing/good"][slice(*AWAY)]
        del self.stored["packing/good"][slice(*AWAY)]
        self.gaps = [Gap("broker", "session expired", away[0].source_ns, away[-1].source_ns)]
        self.journal: Rows = {signal: rows[-50:] for signal, rows in self.stored.items()}
        self.sink: Rows = {signal: list(rows) for signal, rows in self.stored.items()}
        self.refused = 0  # rows that the sink is said to have set aside
        self.accounts = {
            source: Account(rows + 7, rows, 5, 2, 0)
            for source in set(SIGNALS.values())
            for rows in [sum(len(self.stored[s]) for s in SIGNALS if SIGNALS[s] == source)]
        }

    @property
    def kinds(self) -> set[Kind]:
        """What the judge calls wrong."""
        accounts, sinks = dict(self.accounts), {"influx": self.sink}
        refused = {"influx": self.refused}
        found = Found(self.stored, self.journal, self.gaps, accounts, sinks, refused)
        return {one.kind for one in judge(self.made, found, gaps_allowed=True)}

    def any(self) -> tuple[str, list[Row], int]:
        """A signal, its stored rows, and a place among them that no gap covers."""
        signal = self.chance.choice(list(self.stored))
        rows = self.stored[signal]
        near = NEAR_NS // STEP_NS + 2
        places = [n for n in range(len(rows)) if not AWAY[0] - near <= n <= AWAY[0] + near]
        return signal, rows, self.chance.choice(places)


def lose(case: Case) -> None:
    """Lose a row."""
    signal, rows, at = case.any()
    case.sink[signal].remove(rows[at])
    del rows[at]


def lose_the_last(case: Case) -> None:
    """Lose the end, where nothing follows that would show it."""
    signal, rows, _ = case.any()
    case.sink[signal].remove(rows.pop())


def double(case: Case) -> None:
    """Store a row twice."""
    _, rows, at = case.any()
    rows.append(rows[at])


def invent(case: Case) -> None:
    """Store what nobody made."""
    signal, rows, at = case.any()
    rows.append(Row(rows[at].source_ns + 1, rows[at].value + 0.5))
    case.sink[signal].append(rows[-1])


def misdate(case: Case) -> None:
    """Store a value with the time of its neighbour."""
    _, rows, at = case.any()
    rows[at] = Row(rows[at - 1].source_ns, rows[at].value)


def misname(case: Case) -> None:
    """Store a signal's rows under another name."""
    case.stored["body/scrap"] = case.stored.pop("body/good")


def swap(case: Case) -> None:
    """Commit two rows in the wrong order."""
    rows = case.journal[case.any()[0]]
    at = case.chance.randrange(1, len(rows))
    rows[at - 1], rows[at] = rows[at], rows[at - 1]


def cry_wolf(case: Case) -> None:
    """Name a loss where nothing was lost."""
    at = START_NS + case.chance.randrange(220, 300) * STEP_NS
    case.gaps.append(Gap("plc1", "link lost", at, at + 3 * NEAR_NS))


def keep_silent(case: Case) -> None:
    """Do not name a loss."""
    case.gaps.clear()


def name_too_little(case: Case) -> None:
    """Name half of a loss."""
    (gap,) = case.gaps
    case.gaps[0] = gap._replace(from_ns=gap.from_ns + 2 * NEAR_NS)


def blame_another(case: Case) -> None:
    """Name a loss of the wrong source."""
    case.gaps[0] = case.gaps[0]._replace(source="plc1")


def miscount(case: Case) -> None:
    """Forget a row in the account."""
    source = case.chance.choice(list(case.accounts))
    account = case.accounts[source]
    case.accounts[source] = account._replace(received=account.received + 1)


def count_what_is_not_there(case: Case) -> None:
    """Say that more is stored than is; the account adds up all the same."""
    source = case.chance.choice(list(case.accounts))
    account = case.accounts[source]
    more = account._replace(received=account.received + 1, stored=account.stored + 1)
    case.accounts[source] = more


def drain_too_little(case: Case) -> None:
    """Keep a row from the sink."""
    signal, rows, at = case.any()
    case.sink[signal].remove(rows[at])


def drain_too_much(case: Case) -> None:
    """Give the sink what is not stored."""
    signal, rows, at = case.any()
    case.sink[signal].append(rows[at]._replace(value=-1.0))


VIOLATIONS: list[tuple[Callable[[Case], None], Kind]] = [
    (lose, Kind.LOST),
    (lose_the_last, Kind.LOST),
    (double, Kind.DOUBLED),
    (invent, Kind.PHANTOM),
    (misdate, Kind.PHANTOM),
    (misname, Kind.PHANTOM),
    (swap, Kind.ORDER),
    (cry_wolf, Kind.GAP),
    (keep_silent, Kind.LOST),
    (name_too_little, Kind.LOST),
    (blame_another, Kind.LOST),
    (miscount, Kind.ACCOUNT),
    (count_what_is_not_there, Kind.ACCOUNT),
    (drain_too_little, Kind.SINK_LOST),
    (drain_too_much, Kind.SINK_EXTRA),
]


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_right_passes(seed: int) -> None:
    """Also a loss that the ledger names, a filtered repeat and a refused message."""
    assert Case(seed).kinds == set()


@pytest.mark.parametrize("seed", SEEDS)
def test_of_two_rows_of_one_time_a_sink_keeps_one(seed: int) -> None:
    """That is its nature, and no loss: journal and archive have both."""
    case = Case(seed)
    signal, rows, at = case.any()
    twin = rows[at]._replace(value=rows[at].value + 0.5)
    case.made[signal].rows.append(twin)
    rows.append(twin)
    source = SIGNALS[signal]
    account = case.accounts[source]
    more = account._replace(received=account.received + 1, stored=account.stored + 1)
    case.accounts[source] = more
    assert case.kinds == set()


@pytest.mark.parametrize("seed", SEEDS)
def test_what_a_sink_set_aside_is_told_from_what_it_lost(seed: int) -> None:
    """Of two rows that are not there one is in quarantine: one is refused, the other lost."""
    case = Case(seed)
    drain_too_little(case)
    case.refused = 1
    assert case.kinds == {Kind.SINK_REFUSED}
    drain_too_little(case)
    assert case.kinds == {Kind.SINK_REFUSED, Kind.SINK_LOST}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_named_loss_is_one_where_none_is_allowed(seed: int) -> None:
    """Where the source keeps everything, no ledger excuses a hole."""
    case = Case(seed)
    found = Found(case.stored, case.journal, case.gaps)
    lost = [one for one in judge(case.made, found, gaps_allowed=False) if one.kind is Kind.LOST]
    assert len(lost) == AWAY[1] - AWAY[0]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("spoil", "kind"), VIOLATIONS)
def test_a_violation_is_found(spoil: Callable[[Case], None], kind: Kind, seed: int) -> None:
    """Each of them, wherever it falls."""
    case = Case(seed)
    spoil(case)
    assert kind in case.kinds
