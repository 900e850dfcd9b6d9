"""Counters against a machine whose true count is known, and against the table read row by row."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.counters import Decision, Increments, reconstruct, settled, total

SEEDED = settings(derandomize=True, deadline=None, max_examples=300)
SECOND = 10**9


@dataclass(frozen=True)
class Readings:
    """A messy counter: seconds between readings, values, and how it is configured."""

    seconds: list[int]
    value: list[float]
    good: list[bool]
    epoch: list[int]
    resets: list[bool]
    modulus: int | None
    rate: float

    def reconstruct(self, rows: slice = slice(None)) -> Increments:
        """What the function under test makes of some of the readings."""
        return reconstruct(
            np.cumsum(self.seconds)[rows] * SECOND,
            np.array(self.value)[rows],
            max_rate=self.rate,
            modulus=self.modulus,
            good=np.array(self.good)[rows],
            epoch=np.array(self.epoch)[rows],
            reset_allowed=np.array(self.resets)[rows],
        )


@st.composite
def readings(draw: st.DrawFn) -> Readings:
    """Mostly counting on; else a wrap, reset, glitch, dip, spike, Bad, new epoch or no number."""
    n = draw(st.integers(1, 25))
    modulus = draw(st.sampled_from([None, 60, 1000]))
    rate = draw(st.sampled_from([0.5, 2.0, math.inf]))
    kind = st.sampled_from("cccccccwrgdsxen")
    none = st.sampled_from([math.nan, math.inf, -0.5, float(modulus or -1)])
    value, epoch = float(draw(st.sampled_from([0, 55, 990]))), 0  # near the end of a range
    seconds: list[int] = []
    values: list[float] = []
    goods: list[bool] = []
    epochs: list[int] = []
    for _ in range(n):
        seconds.append(draw(st.sampled_from([1, 5, 7, 40])))
        what = draw(kind)
        epoch += what == "e"
        value = {"r": float(draw(st.integers(0, 9))), "w": value + 55.0}.get(what, value)
        value += draw(st.integers(0, 9)) if what == "c" else 0
        low = {"g": float(draw(st.integers(0, 3))), "d": max(0.0, value - 1)}
        shown = {**low, "s": value + 900}.get(what, value)
        values.append(draw(none) if what == "n" else shown % modulus if modulus else shown)
        goods.append(what != "x")
        epochs.append(epoch)
    resets = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    return Readings(seconds, values, goods, epochs, resets, modulus, rate)


class Table:
    """The table of decisions of the specification, read literally for one reading at a time."""

    def __init__(self, case: Readings) -> None:
        self.t: list[int] = np.cumsum(case.seconds).tolist()
        self.case, self.limit = case, case.modulus or math.inf

    def usable(self, i: int) -> bool:
        return self.case.good[i] and 0 <= self.case.value[i] < self.limit

    def cap(self, a: int, b: int) -> float:
        if math.isinf(self.case.rate):
            return math.inf
        return float(math.ceil(11 * self.case.rate * (self.t[b] - self.t[a]) / 10) + 1)

    def rows(self) -> list[tuple[int, float, float, float]]:
        """Decision, count, low, high of every reading."""
        p, out = None, []
        for i in range(len(self.t)):
            row = self.row(p, i)
            out.append(row)
            p = i if row[0] in {0, 1, 2, 3, 6, 7, 9} else p
        return out

    def row(self, p: int | None, i: int) -> tuple[int, float, float, float]:  # noqa: C901, PLR0911 - fourteen rows, as printed
        case, v = self.case, self.case.value
        if not self.usable(i):
            return 8, 0, 0, 0
        if p is None:
            return 0, 0, 0, 0
        cap, delta, m = self.cap(p, i), v[i] - v[p], case.modulus
        if case.epoch[i] != case.epoch[p]:
            return 9, math.nan, 0, cap
        if m and case.rate * (self.t[i] - self.t[p]) > m:
            return 6, math.nan, 0 if case.resets[i] else delta % m, cap
        if 0 <= delta <= cap:
            return 1, delta, delta, delta
        j = next((k for k in range(i + 1, len(v)) if self.usable(k)), None)
        j = None if j is None or case.epoch[j] != case.epoch[i] else j
        back = j is not None and 0 <= v[j] - v[p] <= self.cap(p, j)
        if delta > cap:
            if j is None:
                return 10, math.nan, 0, cap
            rolls = m and v[j] < v[p] and (v[j] - v[p]) % m <= self.cap(p, j)
            if back or (rolls and case.rate * (self.t[j] - self.t[p]) <= (m or 0)):
                return 5, 0, 0, 0
            return 7, math.nan, 0, cap
        if back and j is not None and v[j] - v[i] > self.cap(i, j):
            return 4, 0, 0, 0
        if m and v[p] > m / 2 and delta % m <= cap:
            return 2, delta % m, delta % m, delta % m
        if case.resets[i] and v[i] <= cap:
            return 3, v[i], v[i], cap
        if back:
            return 4, 0, 0, 0
        return (10 if j is None else 7), math.nan, 0, cap


@SEEDED
@given(readings())
def test_every_reading_is_decided_by_the_first_row_that_matches(case: Readings) -> None:
    """The vectorised path and its detours agree with the table on any mess."""
    found, expected = case.reconstruct(), Table(case).rows()

    assert found.decision.tolist() == [row[0] for row in expected]
    for column, place in ((found.count, 1), (found.low, 2), (found.high, 3)):
        np.testing.assert_array_equal(column, [row[place] for row in expected])


@SEEDED
@given(readings(), st.integers(0, 25))
def test_cutting_the_input_changes_nothing(case: Readings, at: int) -> None:
    """The first call's settled rows, then a call from the last accepted reading: the same rows."""
    whole, first = case.reconstruct(), case.reconstruct(slice(0, at))
    fixed = settled(first)
    accepted = np.isin(first.decision[:fixed], [0, 1, 2, 3, 6, 7, 9])
    again = int(np.flatnonzero(accepted)[-1]) if accepted.any() else fixed
    second = case.reconstruct(slice(again, None))

    skip = fixed - again
    for name in Increments._fields:
        one, head, tail = (getattr(rows, name) for rows in (whole, first, second))
        np.testing.assert_array_equal(one, np.concatenate([head[:fixed], tail[skip:]]))


@SEEDED
@given(st.lists(st.integers(0, 2), min_size=2, max_size=200), st.data())
def test_wraps_and_extra_readings_leave_the_count(pieces: list[int], data: st.DataObject) -> None:
    """Reading more or less often, wherever the counter wraps: what was made is what is found."""
    truth = np.cumsum(pieces)
    seconds = np.arange(truth.size) * SECOND
    kept = np.array(data.draw(st.lists(st.booleans(), min_size=truth.size, max_size=truth.size)))
    kept[[0, -1]] = True
    gap = int(np.diff(np.flatnonzero(kept)).max())
    modulus = data.draw(st.integers(max(20, 5 * gap), 2000))
    start = data.draw(st.integers(0, modulus - 1))

    found = reconstruct(seconds[kept], (truth[kept] + start) % modulus, max_rate=2, modulus=modulus)

    assert total(found) == (truth[-1] - truth[0],) * 3 + (0,)


def test_decisions_keep_their_numbers() -> None:
    """They are stored with every row, so none may ever mean something else."""
    names = "first count rollover reset glitch spike unknown quarantine skipped epoch pending"

    assert {each.name.lower(): each.value for each in Decision} == {
        name: number for number, name in enumerate(names.split())
    }


def decided(seconds: list[float], value: list[float], **limits: float) -> list[Decision]:
    """What readings are taken for, by a counter of at most 2 pieces a second."""
    found = reconstruct([int(s * SECOND) for s in seconds], value, **{"max_rate": 2.0, **limits})
    return [Decision(number) for number in found.decision.tolist()]


def test_only_what_lies_in_the_range_of_the_register_is_a_reading() -> None:
    """From 0 to below the modulus; a register that shows the modulus is broken."""
    broken = [math.nan, math.inf, -math.inf, -0.5, 60.0]
    found = decided([0, 1, 2, 3, 4, 5, 6], [1, *broken, 2], modulus=60)

    assert found == [Decision.FIRST, *[Decision.SKIPPED] * 5, Decision.COUNT]


def test_a_limit_is_positive_however_small() -> None:
    """No rate and no modulus is nothing that a counter can have; half a count is."""
    for limit in (0.0, -0.5, math.nan):
        with pytest.raises(ValueError, match="max_rate is"):
            reconstruct([0], [0], max_rate=limit)
        with pytest.raises(ValueError, match="modulus is"):
            reconstruct([0], [0], max_rate=1, modulus=limit)
    assert reconstruct([0, 1], [0.0, 0.25], max_rate=0.5, modulus=0.5).count[1] == 0.25


@pytest.mark.parametrize(
    ("seconds", "value", "last"),
    [
        pytest.param([0, 20], [31, 1], Decision.ROLLOVER, id="above-half-of-the-range"),
        pytest.param([0, 20], [30, 0], Decision.PENDING, id="at-half-of-the-range"),
        pytest.param([0, 30], [9, 50], Decision.COUNT, id="once-round-at-most"),
        pytest.param([0, 30], [50, 49], Decision.ROLLOVER, id="not-quite-once-round"),
        pytest.param([0, 31], [9, 50], Decision.UNKNOWN, id="more-than-once-round"),
        pytest.param([0, 10], [0, 23], Decision.COUNT, id="as-fast-as-can-be"),
        pytest.param([0, 10], [0, 24], Decision.PENDING, id="faster-than-can-be"),
        pytest.param([0, 10], [50, 13], Decision.ROLLOVER, id="round-as-fast-as-can-be"),
        pytest.param([0, 10], [50, 14], Decision.PENDING, id="round-faster-than-can-be"),
    ],
)
def test_a_limit_that_is_just_met_is_met(
    seconds: list[float], value: list[float], last: Decision
) -> None:
    """Of 60 counts and 2 a second: in ten seconds ⌈22⌉ + 1 = 23, in thirty exactly one round."""
    assert decided(seconds, value, modulus=60)[-1] == last


@pytest.mark.parametrize("tenths", range(1, 40))
def test_a_round_that_is_just_full_is_full_at_every_rate(tenths: int) -> None:
    """A register read once a round has gone round once, also where 1.1 · 100 is a bit above 110."""
    modulus = 10 * tenths
    rows = reconstruct([0, 100 * SECOND], [9, 0], max_rate=tenths / 10, modulus=modulus)
    assert rows.decision[1] != Decision.UNKNOWN
    later = reconstruct([0, 100 * SECOND + 1], [0, 9], max_rate=tenths / 10, modulus=modulus)
    assert later.decision[1] == Decision.UNKNOWN


@pytest.mark.parametrize(
    ("after", "decision"),
    [(13.0, Decision.SPIKE), (14.0, Decision.QUARANTINE), (49.0, Decision.QUARANTINE)],
)
def test_a_spike_is_told_by_the_reading_behind_it(after: float, decision: Decision) -> None:
    """From 50 of 60 in ten seconds through 0 at most to 13; a piece less than 50 is no count."""
    assert decided([0, 1, 10], [50, 58, after], modulus=60)[1] == decision


@pytest.mark.parametrize(
    ("after", "decision"),
    [(20.0, Decision.RESET), (25.0, Decision.RESET), (26.0, Decision.GLITCH)],
)
def test_a_reset_that_counts_on_past_the_old_value_is_one(after: float, decision: Decision) -> None:
    """Nine seconds after 4 it shows at most 4 + ⌈19.8⌉ + 1 = 25; above that it was no reset."""
    found = reconstruct(
        [0, SECOND, 10 * SECOND], [10, 4, after], max_rate=2, reset_allowed=[False, True, False]
    )

    assert found.decision[1] == decision


def test_a_dip_that_does_not_come_back_is_no_glitch() -> None:
    """One piece less than before, twice: nobody counted backwards."""
    assert decided([0, 1, 2], [9, 8, 8])[1:] == [Decision.QUARANTINE, Decision.COUNT]
    assert decided([0, 1, 2], [9, 8, 9])[1:] == [Decision.GLITCH, Decision.COUNT]


def test_all_before_the_reading_that_waits_is_settled() -> None:
    """A fall at the end is open and nothing else; a clean end leaves nothing open."""
    seconds = [second * SECOND for second in range(6)]

    assert settled(reconstruct(seconds, [0, 1, 2, 3, 4, 1], max_rate=2)) == 5
    assert settled(reconstruct(seconds, [0, 1, 2, 3, 1, math.nan], max_rate=2)) == 4
    assert settled(reconstruct(seconds, [0, 1, 2, 3, 4, 5], max_rate=2)) == 6


def test_a_counter_without_a_limit_counts_every_rise() -> None:
    """An energy meter has no fastest rate, and nothing it shows is a spike."""
    found = reconstruct([0, SECOND, 2 * SECOND], [1.5, 1e9, 0.5], max_rate=math.inf)

    assert found.count[1] == 1e9 - 1.5
    assert found.decision[2] == Decision.PENDING
    assert math.isinf(found.high[2])


def test_unknown_rows_make_the_total_unknown_but_bounded() -> None:
    """A restart of the source: the count is not known, and neither is the sum."""
    found = total(reconstruct([0, 7 * SECOND], [500, 3], max_rate=2, epoch=["a", "b"]))

    assert math.isnan(found.count)
    assert (found.low, found.high, found.unknown) == (0, 17, 1)


def test_columns_of_another_length_are_refused() -> None:
    """A mask that does not belong to the readings is an error, not a broadcast."""
    with pytest.raises(ValueError, match="good has shape"):
        reconstruct([0, 1], [1, 2], max_rate=1, good=[True])


def test_no_readings_give_no_rows() -> None:
    """An empty interval is not an error."""
    assert settled(reconstruct([], [], max_rate=1)) == 0
