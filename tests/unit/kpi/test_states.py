"""Timelines against a brute-force clock that asks, tick by tick, what is known."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.states import State, map_states, micro_stops, timeline

SEEDED = settings(derandomize=True, deadline=None, max_examples=300)
SAMPLES = st.dictionaries(st.integers(-20, 60), st.integers(0, 4), max_size=12)
PROOFS = st.lists(st.integers(-20, 80), max_size=20)


def known_at(tick: int, samples: dict[int, int], proofs: list[int], stale: int, end: int) -> int:
    """The state in force in [tick, tick + 1), without debounce, by asking in the plainest way."""
    before = [t for t in samples if t <= tick]
    if not before:
        return 0
    last = max(before)
    alive = sorted({*samples, *proofs})
    for one, other in zip(alive, [*alive[1:], None], strict=True):
        silent = (other if other is not None else end) - one > stale
        if silent and last <= one <= tick:
            return 0
    return samples[last]


@SEEDED
@given(SAMPLES, PROOFS, st.integers(0, 20), st.integers(1, 60))
def test_every_tick_has_the_state_that_is_known(
    samples: dict[int, int], proofs: list[int], stale: int, end: int
) -> None:
    """Silence is unknown from the last proof to the next state sample; proofs restore nothing."""
    times = sorted(samples)
    found = timeline(
        times, [samples[t] for t in times], 0, end, stale_after_ns=stale, alive_ns=proofs
    )

    ticks = np.repeat(found.state, found.t1_ns - found.t0_ns)
    assert ticks.tolist() == [known_at(t, samples, proofs, stale, end) for t in range(end)]


@SEEDED
@given(SAMPLES, st.integers(0, 6), st.integers(1, 60))
def test_spans_partition_the_window(samples: dict[int, int], debounce: int, end: int) -> None:
    """From start to end without a hole, and neighbours differ."""
    times = sorted(samples)
    codes = [samples[t] for t in times]
    found = timeline(times, codes, 0, end, stale_after_ns=30, debounce_ns=debounce)

    assert found.t0_ns[0] == 0
    assert found.t1_ns[-1] == end
    assert (found.t0_ns[1:] == found.t1_ns[:-1]).all()
    assert (found.t0_ns < found.t1_ns).all()
    assert (found.state[1:] != found.state[:-1]).all()


@SEEDED
@given(SAMPLES, PROOFS, st.integers(0, 6), st.integers(1, 59))
def test_cutting_the_window_changes_no_tick(
    samples: dict[int, int], proofs: list[int], debounce: int, cut: int
) -> None:
    """A window's state does not depend on where it is cut, as long as the device lives on."""
    times, alive = sorted(samples), [*proofs, 60]
    codes = [samples[t] for t in times]

    def ticks(start: int, end: int) -> list[int]:
        found = timeline(
            times, codes, start, end, stale_after_ns=9, alive_ns=alive, debounce_ns=debounce
        )
        return np.repeat(found.state, found.t1_ns - found.t0_ns).tolist()

    assert ticks(0, cut) + ticks(cut, 60) == ticks(0, 60)


@SEEDED
@given(SAMPLES, st.integers(1, 8))
def test_debounce_keeps_unknown_and_long_runs(samples: dict[int, int], debounce: int) -> None:
    """Left to right, a short run takes the state before it; unknown stays out of it."""
    times = sorted(samples)
    runs: list[list[int]] = []
    for t in times:
        if not runs or runs[-1][1] != samples[t]:
            runs.append([t, samples[t]])
    for one, run in enumerate(runs[:-1]):
        short = runs[one + 1][0] - run[0] < debounce
        if one and short and 0 not in {run[1], runs[one - 1][1]}:
            run[1] = runs[one - 1][1]

    found = timeline(
        times,
        [samples[t] for t in times],
        -20,
        70,
        stale_after_ns=1000,
        debounce_ns=debounce,
    )

    ticks = np.repeat(found.state, found.t1_ns - found.t0_ns).tolist()
    expected = [next((s for t, s in reversed(runs) if t <= tick), 0) for tick in range(-20, 70)]
    assert ticks == expected


def test_values_nobody_mapped_are_unknown() -> None:
    """Codes, texts and booleans map by equality; the rest and all that is not good is unknown."""
    codes = map_states([3, 4, 9], {3: State.PRODUCING, 4: State.DELAYED}, good=[True, False, True])
    texts = map_states(["Execute", "?"], {"Execute": 1})
    flags = map_states([True, False], {True: 1, False: 5})

    assert codes.tolist() == [1, 0, 0]
    assert texts.tolist() == [1, 0]
    assert flags.tolist() == [1, 5]


def test_the_text_of_a_number_is_that_number() -> None:
    """Keys of JSON are texts; the number itself counts before its text, and no text is a number."""
    assert map_states([1, 3, 7], {"1": 1, "3": 3}).tolist() == [1, 3, 0]
    assert map_states([0.5, 2.0, math.nan], {"0.5": 1, "2": 5, "NaN": 6}).tolist() == [1, 5, 0]
    assert map_states([2], {"[2]": 7}).tolist() == [0]
    assert map_states([3], {3: 2, "3": 1}).tolist() == [2]
    assert map_states([3], {"3": 1, 3: 2}).tolist() == [2]
    assert map_states([2**53 + 1, 2**53], {str(2**53 + 1): 1}).tolist() == [1, 0]
    assert map_states([True, False], {"true": 1, "false": 5}).tolist() == [1, 5]
    assert map_states(["3"], {3: 1}).tolist() == [0]


def test_numbers_among_texts_stay_numbers() -> None:
    """A list may hold both, and nothing at all; none of them becomes the other's text."""
    mixed = map_states(["RUN", 3, "3", None], {"RUN": 1, 3: 2, "3": 5})

    assert mixed.tolist() == [1, 2, 5, 0]
    assert map_states(["RUN", 3], {"RUN": 1, "3": 2}).tolist() == [1, 2]


def test_qualities_belong_to_their_values() -> None:
    """One quality for two values, or two for one, is refused in words."""
    for raw, good in ((["a", "b"], [True]), (["a"], [True, False])):
        with pytest.raises(ValueError, match="good has shape"):
            map_states(raw, {"a": 1}, good=good)


def test_states_keep_their_numbers() -> None:
    """They are stored with every row, so none may ever mean something else."""
    names = "unknown producing setup delayed delayed_external idle planned_down not_scheduled"

    assert {each.name.lower(): each.value for each in State} == {
        name: number for number, name in enumerate(names.split())
    }


def test_a_state_that_is_none_is_refused() -> None:
    """Neither a sample nor a map may name a ninth state."""
    for code in (8, -1):
        with pytest.raises(ValueError, match="state must be 0 to 7"):
            timeline([0], [code], 0, 1, stale_after_ns=1)
    with pytest.raises(ValueError, match="8"):
        map_states([1], {1: 8})


def test_a_window_that_cannot_be_is_refused() -> None:
    """Samples and states go together, and no delay is below zero; zero is one."""
    with pytest.raises(ValueError, match="the same length: 2, 1"):
        timeline([0, 1], [1], 0, 9, stale_after_ns=1)
    for delays in ({"stale_after_ns": -1}, {"stale_after_ns": 0, "debounce_ns": -1}):
        with pytest.raises(ValueError, match="must not be negative"):
            timeline([0], [1], 0, 9, **delays)
    assert timeline([0], [1], 0, 9, stale_after_ns=0).state.tolist() == [0]


@pytest.mark.parametrize(("end", "states"), [(10, [1]), (11, [0])])
def test_silence_is_what_lasts_longer_than_it_may(end: int, states: list[int]) -> None:
    """Ten nanoseconds after the last proof all is well, eleven after it nothing was known."""
    assert timeline([0], [1], 0, end, stale_after_ns=10).state.tolist() == states


def test_a_short_first_run_stands() -> None:
    """What came before it is unknown, so it cannot take that state; nor the one behind it."""
    found = timeline([0, 2], [3, 1], 0, 9, stale_after_ns=99, debounce_ns=5)

    assert (found.t0_ns.tolist(), found.state.tolist()) == ([0, 2], [3, 1])


CYCLE_NS = 5 * 10**9


@pytest.mark.parametrize(
    ("gap_ns", "cycle_ns", "expected"),
    [
        pytest.param(2 * CYCLE_NS, CYCLE_NS, (0, 0), id="two-cycles"),
        pytest.param(2 * CYCLE_NS + 1, CYCLE_NS, (1, 0), id="longer-than-two-cycles"),
        pytest.param(3 * 10**9, 10**9, (0, 0), id="three-seconds"),
        pytest.param(3 * 10**9 + 1, 10**9, (1, 0), id="longer-than-three-seconds"),
        pytest.param(300 * 10**9, CYCLE_NS, (1, 0), id="five-minutes"),
        pytest.param(300 * 10**9 + 1, CYCLE_NS, (0, 1), id="longer-than-five-minutes"),
    ],
)
def test_gaps_are_told_apart_by_the_usual_limits(
    gap_ns: int, cycle_ns: int, expected: tuple[int, int]
) -> None:
    """Two cycles but at least three seconds, and five minutes; the limits themselves are below."""
    found = micro_stops([], 0, gap_ns, ideal_cycle_ns=cycle_ns)

    assert (found.micro_n, found.stop_n) == expected
    assert found.micro_ns + found.stop_ns == sum(expected) * (gap_ns - cycle_ns)


@pytest.mark.parametrize("limit", ["micro_after_ns", "stop_after_ns"])
@pytest.mark.parametrize(("gap_ns", "lost_ns"), [(8, 0), (10, 0), (11, 1)])
def test_no_loss_is_below_zero(limit: str, gap_ns: int, lost_ns: int) -> None:
    """A limit below the cycle of a slow product makes no stop of a piece that came in time."""
    limits = {"micro_after_ns": 100, "stop_after_ns": 100, limit: 5}
    found = micro_stops([], 0, gap_ns, ideal_cycle_ns=10, **limits)

    assert found.micro_n + found.stop_n == lost_ns
    assert found.micro_ns + found.stop_ns == lost_ns


def test_lengths_below_zero_are_refused() -> None:
    """Zero is a length: then every gap is a stop."""
    lengths = {"ideal_cycle_ns": 1, "micro_after_ns": 1, "stop_after_ns": 1}
    for name in lengths:
        with pytest.raises(ValueError, match="must not be negative"):
            micro_stops([5], 0, 9, **{**lengths, name: -1})
        micro_stops([5], 0, 9, **{**lengths, name: 0})
    found = micro_stops([5], 0, 9, ideal_cycle_ns=0, micro_after_ns=0, stop_after_ns=0)
    assert found == (0, 0, 2, 9)


@SEEDED
@given(st.lists(st.integers(0, 900), max_size=20), st.integers(1, 400))
def test_the_threshold_only_moves_losses(parts: list[int], stop_after: int) -> None:
    """What is a stop instead of a micro-stop is lost all the same."""
    second = 10**9
    run = [t * second for t in sorted(parts)]
    narrow, wide = (
        micro_stops(run, 0, 900 * second, ideal_cycle_ns=second, stop_after_ns=limit * second)
        for limit in (stop_after, 900)
    )

    floor = 3 * second
    gaps = np.diff([0, *run, 900 * second])
    lost = sum(int(gap) - second for gap in gaps if gap > min(floor, stop_after * second))
    assert narrow.micro_ns + narrow.stop_ns == lost
    assert wide.micro_ns + wide.stop_ns == sum(int(g) - second for g in gaps if g > floor)


def test_pieces_outside_the_run_are_refused() -> None:
    """A piece before the run begins, by however little, belongs to another run."""
    for piece in (5, 9, 21):
        with pytest.raises(ValueError, match="between start_ns and end_ns"):
            micro_stops([piece], 10, 20, ideal_cycle_ns=1)
