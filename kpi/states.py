"""Machine states: from samples to a gapless timeline in which unknown is a state of its own.

A state holds from its sample to the next one, as long as the device is proven alive. Silence makes
it unknown from the last proof on, not from the time-out, and only a state sample ends that.
"""

import json
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpi.arrays import BOOL, I64, SECOND_NS, U8, instants, whole


class State(IntEnum):
    """What a machine does; the numbers are stored and never change."""

    UNKNOWN = 0
    PRODUCING = 1
    SETUP = 2
    DELAYED = 3
    DELAYED_EXTERNAL = 4
    IDLE = 5
    PLANNED_DOWN = 6
    NOT_SCHEDULED = 7


class Timeline(NamedTuple):
    """Spans of one state, gapless and sorted; neighbours differ."""

    t0_ns: I64
    t1_ns: I64
    state: U8


class MicroStops(NamedTuple):
    """Stops inside one producing run, too short for the machine to report."""

    micro_n: int
    micro_ns: int
    stop_n: int
    stop_ns: int


MICRO_FLOOR_NS = 3 * SECOND_NS


def map_states(
    raw: ArrayLike | Sequence[object],
    mapping: Mapping[object, int],
    *,
    good: ArrayLike | None = None,
) -> U8:
    """The state of each raw value; UNKNOWN where it is not in the mapping or not good.

    Args:
        raw: codes, texts or booleans as the machine sent them.
        mapping: raw value to state; keys compare as Python compares (1, 1.0 and True are one). JSON
            has texts for keys only, so "3" is 3 too, and "true" is True; where the mapping has
            both, the number counts. A text that was sent is never a number.
        good: False where a value is not to be used.

    Raises:
        ValueError: the mapping holds something that is no state, or lengths differ.
    """
    values = _raw_values(raw)
    states = np.zeros(values.shape, dtype=np.uint8)
    spelt: dict[object, int] = {
        number: state for text, state in mapping.items() for number in _numbers(text)
    }
    itself = {key: state for key, state in mapping.items() if not isinstance(key, str)}
    for key, state in {**mapping, **spelt, **itself}.items():  # a handful of codes
        if values.dtype.kind in "UO" or not isinstance(key, str):
            states[np.asarray(values == key, dtype=np.bool_)] = _known(state, key)
    if good is not None:
        usable = np.atleast_1d(np.asarray(good, dtype=np.bool_))
        if usable.shape != values.shape:
            raise ValueError(f"good has shape {usable.shape}; raw has {values.shape}")
        states[~usable] = State.UNKNOWN
    return states


def timeline(  # noqa: PLR0913 - samples, window and the two delays
    t_ns: ArrayLike,
    state: ArrayLike,
    start_ns: int,
    end_ns: int,
    *,
    stale_after_ns: int,
    alive_ns: ArrayLike | None = None,
    debounce_ns: int = 0,
) -> Timeline:
    """What the machine did in every nanosecond of a window.

    Args:
        t_ns: times of the state samples, strictly increasing; those outside the window count too.
        state: their states.
        start_ns: begin of the window.
        end_ns: its end, exclusive.
        stale_after_ns: silence longer than this makes the state unknown from its begin.
        alive_ns: further proofs of life, in any order.
        debounce_ns: runs shorter than this take the state of the run before them.

    Raises:
        ValueError: an empty window, times not strictly increasing, or no such state.
    """
    if end_ns <= start_ns:
        raise ValueError(f"end_ns {end_ns} must be after start_ns {start_ns}")
    if stale_after_ns < 0 or debounce_ns < 0:
        raise ValueError("stale_after_ns and debounce_ns must not be negative")
    times, states = instants(t_ns, "t_ns"), _codes(state)
    if times.size != states.size:
        raise ValueError(f"t_ns and state must have the same length: {times.size}, {states.size}")
    silent = _silences(times, alive_ns, end_ns, stale_after_ns)
    times, states = _runs(*_with_silences(times, states, silent))
    if debounce_ns:
        states = _debounced(times, states, debounce_ns)
    return _cut(times, states, start_ns, end_ns)


def micro_stops(
    part_ns: ArrayLike,
    start_ns: int,
    end_ns: int,
    *,
    ideal_cycle_ns: int,
    micro_after_ns: int | None = None,
    stop_after_ns: int = 300 * SECOND_NS,
) -> MicroStops:
    """Gaps between the pieces of one producing run, each less one ideal cycle.

    A gap no longer than the cycle is none, whatever the limits are: no loss is below zero.

    Args:
        part_ns: when each piece came, in order, inside the run.
        start_ns: begin of the run; it counts as an edge, as does the end.
        end_ns: end of the run.
        ideal_cycle_ns: time of one piece.
        micro_after_ns: longer gaps are micro-stops; default twice the cycle, at least 3 s.
        stop_after_ns: longer gaps are stops.

    Raises:
        ValueError: pieces out of order or outside the run, or a negative duration.
    """
    if ideal_cycle_ns < 0 or stop_after_ns < 0 or (micro_after_ns or 0) < 0:
        raise ValueError("ideal_cycle_ns, micro_after_ns, stop_after_ns must not be negative")
    if micro_after_ns is None:
        micro_after_ns = int(usual_micro_after_ns(ideal_cycle_ns))
    gaps = np.diff(whole(part_ns, "part_ns"), prepend=start_ns, append=end_ns)
    if bool((gaps < 0).any()):
        raise ValueError("part_ns must be sorted and lie between start_ns and end_ns")
    micro, stop = gap_classes(gaps, ideal_cycle_ns, micro_after_ns, stop_after_ns)
    lost = gaps - ideal_cycle_ns
    return MicroStops(
        int(micro.sum()), int(lost[micro].sum()), int(stop.sum()), int(lost[stop].sum())
    )


def gap_classes(
    gap_ns: I64, ideal_cycle_ns: ArrayLike, micro_after_ns: ArrayLike, stop_after_ns: int
) -> tuple[BOOL, BOOL]:
    """Which gaps between two pieces are micro-stops, and which are stops; no gap is both.

    A gap above `stop_after_ns` is a stop also where that lies below the limit of micro-stops, as it
    does where pieces take minutes. A gap no longer than the cycle is neither, nor is any where
    there is no cycle (NaN).
    """
    above = gap_ns > np.asarray(ideal_cycle_ns)
    stop: BOOL = above & (gap_ns > stop_after_ns)
    micro: BOOL = above & (gap_ns > np.asarray(micro_after_ns)) & ~stop
    return micro, stop


def usual_micro_after_ns(ideal_cycle_ns: ArrayLike) -> NDArray[Any]:
    """Above which a gap is a micro-stop where nobody said: twice the ideal cycle, at least 3 s.

    Integers stay integers; NaN where there is no cycle.
    """
    limit: NDArray[Any] = np.maximum(2 * np.asarray(ideal_cycle_ns), MICRO_FLOOR_NS)
    return limit


def _raw_values(raw: ArrayLike | Sequence[object]) -> NDArray[Any]:
    """Raw values as an array in which numbers stay numbers, also where texts are among them."""
    values = np.atleast_1d(np.asarray(raw))
    if values.dtype.kind == "U" and not isinstance(raw, str | np.ndarray):
        return np.atleast_1d(np.asarray(raw, dtype=object))
    return values


def _numbers(key: object) -> list[int | float]:
    """The number that a key of JSON stands for, `true` and `false` among them, if it does."""
    try:
        number = json.loads(key) if isinstance(key, str) else None
    except ValueError:
        return []
    return [number] if isinstance(number, int | float) else []


def _known(state: int, key: object) -> State:
    """The state of a number in a mapping."""
    if state not in set(State):
        raise ValueError(f"mapping turns {key!r} into {state!r}; states are 0 to 7")
    return State(state)


def _codes(state: ArrayLike) -> U8:
    """Samples as states, every one of them known to us."""
    codes = whole(state, "state")
    if codes.size and not 0 <= int(codes.min()) <= int(codes.max()) < len(State):
        raise ValueError(f"state must be 0 to 7; it goes from {codes.min()} to {codes.max()}")
    return codes.astype(np.uint8)


def _silences(times: I64, alive_ns: ArrayLike | None, end_ns: int, stale_after_ns: int) -> I64:
    """The proofs of life after which nothing was heard for too long."""
    proofs = times
    if alive_ns is not None:
        # Two sorted halves: the stable sort merges them in one pass.
        proofs = np.sort(np.concatenate([times, whole(alive_ns, "alive_ns")]), kind="stable")
    last = proofs[-1:][end_ns - proofs[-1:] > stale_after_ns]
    return np.concatenate([proofs[:-1][np.diff(proofs) > stale_after_ns], last])


def _with_silences(times: I64, states: U8, silent: I64) -> tuple[I64, U8]:
    """Samples, and UNKNOWN from each silence on; at one instant the silence holds."""
    if not silent.size:
        return times, states
    every = np.concatenate([times, silent])
    order = np.argsort(every, kind="stable")
    every = every[order]
    codes = np.concatenate([states, np.zeros(silent.size, dtype=np.uint8)])[order]
    last = np.append(every[1:] != every[:-1], True)
    return every[last], codes[last]


def _runs(times: I64, states: U8) -> tuple[I64, U8]:
    """The samples at which the state changes."""
    changes = _changes(states)
    return times[changes], states[changes]


def _changes(states: U8) -> BOOL:
    """True at the first of each row of equal states."""
    changes = np.ones(states.size, dtype=np.bool_)
    changes[1:] = states[1:] != states[:-1]
    return changes


def _debounced(times: I64, states: U8, debounce_ns: int) -> U8:
    """Each run's state, or that of the nearest run before it that stands by itself.

    A run stands by itself when it is long, unknown, or preceded by nothing known. The last run
    is still open, so nobody can call it short.
    """
    stands = states == State.UNKNOWN
    stands[1:] |= states[:-1] == State.UNKNOWN
    stands[:-1] |= np.diff(times) >= debounce_ns
    stands[-1:] = True
    return states[np.maximum.accumulate(np.where(stands, np.arange(states.size), 0))]


def _cut(times: I64, states: U8, start_ns: int, end_ns: int) -> Timeline:
    """The timeline of the window; unknown before the first sample."""
    first, stop = times.searchsorted([start_ns, end_ns], side="left")
    inside = np.concatenate([np.array([start_ns]), times[first:stop]])
    before = states[first - 1 : first] if first else np.zeros(1, dtype=np.uint8)
    codes = np.concatenate([before, states[first:stop]])
    if inside.size > 1 and inside[1] == start_ns:
        inside, codes = inside[1:], codes[1:]
    changes = _changes(codes)
    begins = inside[changes]
    return Timeline(begins, np.append(begins[1:], end_ns), codes[changes])
