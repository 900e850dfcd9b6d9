"""What a simulated line is made of: machines, stops, buffers, process values, levers.

Values only; `simulators.flow` moves pieces through them. Times are seconds here, as a data sheet
would give them, and integer nanoseconds everywhere else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
BOOL = NDArray[np.bool_]

SECOND_NS = 1_000_000_000
SITE = "hanbit"


class State(IntEnum):
    """Machine states as ISO 22400 elements see them; the integers are those of the figures."""

    PRODUCING = 1
    SETUP = 2
    DELAYED = 3
    DELAYED_EXTERNAL = 4
    IDLE = 5
    PLANNED_DOWN = 6


class Cause(IntEnum):
    """Why a machine does what it does: finer than a state, as a good PLC tells it."""

    RUN = 0
    SETUP = 1
    CHECK = 2  # start of a shift: first-piece inspection
    MICRO = 3
    BREAKDOWN = 4
    ROLL = 5  # new roll, reel, rack or magazine
    STARVED = 6
    BLOCKED = 7
    AMBIENT = 8  # the room is out of its limits
    BREAK = 9


STATE_OF = {
    Cause.RUN: State.PRODUCING,
    Cause.SETUP: State.SETUP,
    Cause.CHECK: State.SETUP,
    Cause.MICRO: State.DELAYED,
    Cause.BREAKDOWN: State.DELAYED,
    Cause.ROLL: State.DELAYED,
    Cause.STARVED: State.DELAYED_EXTERNAL,
    Cause.BLOCKED: State.DELAYED_EXTERNAL,
    Cause.AMBIENT: State.DELAYED_EXTERNAL,
    Cause.BREAK: State.PLANNED_DOWN,
}
STATES = np.array([STATE_OF[cause] for cause in Cause], np.int8)  # by cause
STATE_NAMES = {
    State.PRODUCING: "producing",
    State.SETUP: "setup",
    State.DELAYED: "delayed",
    State.DELAYED_EXTERNAL: "delayed:external",
    State.IDLE: "idle",
    State.PLANNED_DOWN: "planned_down",
}


@dataclass(frozen=True, slots=True)
class Stop:
    """One way in which a running machine comes to stand."""

    cause: Cause
    between_s: float  # mean running time from one to the next
    mean_s: float  # mean length
    shape: float = 1.0  # of the gamma law between stops: 1 = at random, 30 = nearly regular
    spread: float = 0.5  # sigma of the log-normal length


@dataclass(frozen=True, slots=True)
class Machine:
    """A work unit: how fast, how often it stops, what it draws from the mains."""

    id: str
    ko: str
    en: str
    ideal_cycle_s: Mapping[str, float]  # per product
    stops: tuple[Stop, ...]
    station: str = ""  # machines of one station share its buffers; empty: its own id
    slow: float = 0.03  # how much longer than ideal a cycle takes, on average
    setup_s: float = 300.0  # change-over; the head of the line sets its own up by a stop
    warm_pieces: int = 0  # pieces after a stop of a minute or more that are made cold
    warm_scrap: float = 0.0  # probability that one of them is scrap
    lot: int = 1  # pieces that a count of this machine is worth downstream, and takes upstream
    power_w: tuple[int, int, int] = (6000, 1800, 700)  # running, ready, in a break
    counts: tuple[str, ...] = ("good", "scrap")  # what its PLC counts
    modulus: int = 1 << 32  # at which its counters wrap
    counts_topic: str = ""  # counts go to the broker, in one message of this name
    exit: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """What a machine's work adds to a reading: heat, flow of air, shaking."""

    rise: float  # in the end, while it runs
    tau_s: float = 0.0  # how long 63 % of it take to come, and to go
    wear_per_h: float = 0.0  # more while it runs, for each hour run since the last repair


@dataclass(frozen=True, slots=True)
class Gauge:
    """A process value that somebody reads: of which machine, how well, and on which way."""

    machine: str
    name: str
    unit: str  # UCUM
    of: str = ""  # process value, `speed` or `power`; empty: `mean` alone
    mean: float = 0.0
    sd: float = 0.0  # flicker of the sensor
    decimals: int = 2
    off: float | None = None  # what it shows while its machine does not run
    topic: str = ""  # last level of the broker's topic; empty: it is in the PLC
    work: Work | None = None  # on top of `of` or `mean`
    logged_s: int = 60  # how often history has it


@dataclass(frozen=True, slots=True)
class Buffer:
    """Room for pieces between two stations; the machines before and after it stop by its level."""

    capacity: int
    low: int = 24  # machines after it stop at this level
    ready: int = 60  # and go on at this one
    room: float = 0.8  # machines before it stop when full and go on at this share


@dataclass(frozen=True, slots=True)
class Process:
    """A process value that wanders: mean, day and night, slow noise, wear since the shift began."""

    name: str
    mean: float
    sd: float  # of the slow noise
    tau_s: float = 5400.0  # its memory
    daily: float = 0.0  # half the difference between 15:00 and 03:00
    per_hour: float = 0.0  # drift since the start of the shift, taken back by its first check
    controlled: bool = True  # better control (a lever) makes its deviations smaller


@dataclass(frozen=True, slots=True)
class Levers:
    """What know-how changes, from a production day of the simulation on."""

    from_day: int
    changeover_factor: float = 1.0  # length of change-overs
    micro_stop_factor: float = 1.0  # frequency of micro-stops
    breakdown_factor: float = 1.0  # frequency of breakdowns
    scrap_factor: float = 1.0  # scrap that has no cause in a process value
    drift_factor: float = 1.0  # deviations of controlled process values
    ambient_factor: float = 1.0  # deviations of the room's climate

    def go_live_ns(self, first_day_ns: int) -> int:
        """The instant from which they hold; `first_day_ns` begins the first production day."""
        return first_day_ns + self.from_day * 86_400 * SECOND_NS


NO_LEVERS = Levers(0)


def in_control(_: Mapping[str, F64]) -> BOOL:
    """A room without limits."""
    return np.zeros(0, bool)


def nothing_derived(_: Mapping[str, F64]) -> dict[str, F64]:
    """A process whose values do not follow from each other."""
    return {}


@dataclass(frozen=True, slots=True)
class Line:
    """Stations in series with a buffer between each two, and the physics of its process."""

    id: str
    ko: str
    en: str
    profile: str
    products: tuple[str, ...]
    machines: tuple[Machine, ...]  # in the order of flow
    buffers: tuple[Buffer, ...]  # one fewer than stations
    processes: tuple[Process, ...]
    gauges: tuple[Gauge, ...]
    scrap: Callable[
        [Mapping[str, F64], float], dict[str, F64]
    ]  # probability per machine, by minute
    derived: Callable[[Mapping[str, F64]], dict[str, F64]] = nothing_derived  # from other values
    levers: Levers = NO_LEVERS
    ambient: Callable[[Mapping[str, F64]], BOOL] = in_control  # True: machines `barred` must stop
    released: Callable[[Mapping[str, F64]], BOOL] = in_control  # True: they may go on
    barred: tuple[str, ...] = ()
    plan: int = 0  # good pieces per shift
    defect_limit: float = 0.02
    dialect: Mapping[Cause, int] = field(default_factory=dict)  # the PLC's number of each cause

    @property
    def stations(self) -> list[list[Machine]]:
        """Machines of each station, in the order of flow."""
        found: dict[str, list[Machine]] = {}
        for machine in self.machines:
            found.setdefault(machine.station or machine.id, []).append(machine)
        return list(found.values())
