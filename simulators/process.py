"""Process values that wander with a memory, minute by minute, and the flicker of a sensor.

A day has 1,441 points, its last is the instant at which the next day begins: a value between two
minutes never depends on how far the simulation has gone.
"""

import numpy as np

from simulators.line import BOOL, F64, I64, SECOND_NS, Levers, Process
from simulators.shifts import DAY_NS

POINTS = 1441
SHIFT_POINTS = 720
MINUTE = np.arange(POINTS)
AFTERNOON = 420  # 15:00, in minutes since 08:00
DAY_AND_NIGHT = np.cos(2 * np.pi * (MINUTE - AFTERNOON) / 1440)
SHIFT_HOURS = MINUTE % SHIFT_POINTS / 60


def wander(start: float, tau_s: float, rng: np.random.Generator) -> F64:
    """A stationary first-order process of variance 1, from `start` on, one value a minute.

    Solved in closed form instead of step by step; exact enough while `tau_s` is above 30 minutes.
    """
    keep = np.exp(-60 / tau_s)
    powers = keep**MINUTE
    push = np.sqrt(1 - keep**2) * rng.standard_normal(POINTS - 1)
    pushed = np.concatenate([[0.0], np.cumsum(push / powers[1:])])
    walk: F64 = powers * (start + pushed)
    return walk


def values_of_day(process: Process, walk: F64, levers: Levers) -> F64:
    """One day of a process value, from its slow noise and the levers of the day."""
    factor = levers.drift_factor if process.controlled else levers.ambient_factor
    deviation = process.sd * walk + process.daily * DAY_AND_NIGHT + process.per_hour * SHIFT_HOURS
    return process.mean + factor * deviation


def at(points: F64, start_ns: int, at_ns: I64) -> F64:
    """The value at each instant, between the minutes' points of all days since `start_ns`."""
    day, inside_ns = np.divmod(at_ns - start_ns, DAY_NS)
    minute, part = np.divmod(inside_ns / (60 * SECOND_NS), 1)
    place = (day * POINTS + minute).astype(np.int64)
    value: F64 = points[place] * (1 - part) + points[place + 1] * part
    return value


def flicker(salt: int, at_ns: I64) -> F64:
    """Noise of mean 0 and variance 1 that depends on the signal and the second alone.

    So history read once a minute and a live line read every second show the same sensor.
    """
    word = (at_ns // SECOND_NS).astype(np.uint64) + np.uint64(salt * 0x9E3779B9)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):  # splitmix64
        word = (word ^ (word >> np.uint64(shift))) * np.uint64(factor)
    word ^= word >> np.uint64(31)
    halves = (word >> np.uint64(32)).astype(np.float64) + (word & np.uint64(0xFFFFFFFF))
    noise: F64 = (halves / 2.0**32 - 1) * np.sqrt(6)  # triangular
    return noise


def latched(over: BOOL, under: BOOL, before: bool) -> BOOL:  # noqa: FBT001 - the state carried on
    """On where `over`, off where `under`, as before in between: a limit with hysteresis."""
    said = over | under
    last = np.maximum.accumulate(np.where(said, np.arange(over.size), -1))
    held: BOOL = np.where(last < 0, before, over[last])
    return held
