"""The plating line: racks on a hoist through cleaning and a nickel bath, then dried and unloaded.

Thickness follows Faraday's law with the efficiency of the bath, which falls away from its best
temperature and pH; a piece whose thickness leaves the limits is scrap. A rack that hangs in the
bath now reaches the measuring place twenty minutes later.
"""

from collections.abc import Mapping

import numpy as np

from simulators.line import F64, Buffer, Cause, Gauge, Levers, Line, Machine, Process, Stop, Work

FARADAY_C_MOL = 96_485.332_12
NICKEL_G_MOL, NICKEL_VALENCE, NICKEL_G_CM3 = 58.69, 2, 8.908
PIECES_PER_RACK = 24
RACK_AREA_DM2 = 60.0
LIMITS_UM = (7.2, 9.35)
PIECE_SPREAD_UM = 0.45  # from place to place on a rack
LAG_MIN = 20

PRODUCTS = ("NI-BR12", "NI-CP08")
CLEAN = Machine(
    "clean",
    "전처리조",
    "Cleaning",
    dict.fromkeys(PRODUCTS, 172.0),
    (
        Stop(Cause.MICRO, 2600, 60),
        Stop(Cause.BREAKDOWN, 14 * 3600, 1200),
        Stop(Cause.SETUP, 15 * 3600, 2100, shape=60, spread=0.2),
    ),
    lot=PIECES_PER_RACK,
    power_w=(9000, 6500, 5200),
    counts=("good",),
)
PLATE = Machine(
    "plate",
    "도금조",
    "Nickel bath",
    dict.fromkeys(PRODUCTS, 180.0),
    (
        Stop(Cause.MICRO, 1900, 75),
        Stop(Cause.BREAKDOWN, 11 * 3600, 1500),
        Stop(Cause.ROLL, 9 * 3600, 480, shape=40, spread=0.3),
    ),
    setup_s=1500,
    slow=0.02,
    lot=PIECES_PER_RACK,
    power_w=(17_500, 10_500, 9000),
    counts=("good",),
)
RINSE_DRY = Machine(
    "rinse-dry",
    "수세·건조기",
    "Rinse and dry",
    dict.fromkeys(PRODUCTS, 7.2),
    (Stop(Cause.MICRO, 3200, 45), Stop(Cause.BREAKDOWN, 16 * 3600, 900)),
    setup_s=600,
    slow=0.02,
    warm_pieces=12,
    warm_scrap=0.08,
    power_w=(12_000, 7500, 3000),
    counts=("total", "scrap"),
    exit=True,
)


def thickness_um(current_a: F64, immersion_s: F64, efficiency: F64) -> F64:
    """Mean thickness on one rack after Faraday: charge by efficiency, over density by area."""
    mass_g = current_a * immersion_s * efficiency * NICKEL_G_MOL / (NICKEL_VALENCE * FARADAY_C_MOL)
    um: F64 = mass_g / (NICKEL_G_CM3 * RACK_AREA_DM2 * 100) * 1e4
    return um


def derived(values: Mapping[str, F64]) -> dict[str, F64]:
    """Efficiency from temperature and pH, voltage from current and temperature, thickness."""
    warm, acid = values["bath_temperature"] - 55, values["bath_ph"] - 4.2
    efficiency = 0.955 - 0.0022 * warm**2 - 0.45 * acid**2
    thickness = thickness_um(values["current"], values["immersion"], efficiency)
    return {
        "efficiency": efficiency,
        "voltage": 1.9 + values["current"] * 0.0345 * (1 - 0.012 * warm),
        "thickness": np.concatenate([np.full(LAG_MIN, thickness[0]), thickness[:-LAG_MIN]]),
    }


def below(limit: F64) -> F64:
    """The normal distribution function, by the usual tanh fit (within 0.0003)."""
    share: F64 = (1 + np.tanh(0.797_884_56 * (limit + 0.044_715 * limit**3))) / 2
    return share


def scrap(values: Mapping[str, F64], factor: float) -> dict[str, F64]:
    """Probability of scrap by minute: pieces out of the thickness limits, and bad looks."""
    mean, (low, high) = values["thickness"], LIMITS_UM
    thin = below((low - mean) / PIECE_SPREAD_UM)
    thick = below((mean - high) / PIECE_SPREAD_UM)
    none = np.zeros_like(mean)
    return {"clean": none, "plate": none, "rinse-dry": 0.016 * factor + thin + thick}


GAUGES = (
    Gauge("clean", "degreaser_temperature", "Cel", mean=62.0, sd=0.3),
    Gauge("clean", "rinse_flow", "L/min", mean=14.0, sd=0.3),
    Gauge("clean", "ultrasonic_power", "W", mean=2400.0, sd=15.0, decimals=0, off=0.0),
    Gauge(
        "clean",
        "hoist_vibration",
        "mm/s",
        mean=0.1,
        sd=0.05,
        topic="drive",
        work=Work(1.1, wear_per_h=0.02),
        logged_s=120,
    ),
    Gauge("plate", "current", "A", "current", sd=0.6, decimals=1, off=0.0),
    Gauge("plate", "voltage", "V", "voltage", sd=0.02, off=0.0),
    Gauge("plate", "immersion", "s", "immersion", sd=0.5, decimals=1),
    Gauge("plate", "bath_temperature", "Cel", "bath_temperature", sd=0.04, topic="bath"),
    Gauge("plate", "bath_ph", "[pH]", "bath_ph", sd=0.004, decimals=3, topic="bath"),
    Gauge("plate", "conductivity", "mS/cm", "conductivity", sd=0.05, topic="bath"),
    Gauge("plate", "bath_level", "mm", mean=812.0, sd=0.8, decimals=1),
    Gauge("plate", "filter_pressure", "bar", mean=1.35, sd=0.01),
    Gauge(
        "plate",
        "rectifier_temperature",
        "Cel",
        mean=27.0,
        sd=0.1,
        topic="rectifier",
        work=Work(31.0, tau_s=900),
        logged_s=120,
    ),
    Gauge("rinse-dry", "thickness", "um", "thickness", sd=0.12),
    Gauge("rinse-dry", "rinse_flow", "L/min", mean=18.0, sd=0.4),
    Gauge("rinse-dry", "dryer_temperature", "Cel", "dryer_temperature", sd=0.2, decimals=1),
    Gauge("rinse-dry", "speed", "{piece}/min", "speed", sd=0.02),
    Gauge(
        "rinse-dry",
        "fan_vibration",
        "mm/s",
        mean=0.3,
        sd=0.06,
        topic="drive",
        work=Work(2.4, tau_s=25, wear_per_h=0.04),
        logged_s=120,
    ),
)


LINE = Line(
    "plating-a",
    "도금 A라인",
    "Plating line A",
    "plating",
    PRODUCTS,
    (CLEAN, PLATE, RINSE_DRY),
    (Buffer(144, low=30, ready=72), Buffer(192, low=30, ready=80)),
    (
        Process("current", 210, 4.8, tau_s=3600),
        Process("bath_temperature", 55, 1.8, tau_s=6000, daily=0.7),
        Process("bath_ph", 4.2, 0.13, tau_s=7200, per_hour=0.012),
        Process("immersion", 720, 11),
        Process("conductivity", 38, 2.5, tau_s=14_400, per_hour=0.8, controlled=False),
        Process("dryer_temperature", 82, 1.2),
    ),
    GAUGES,
    scrap,
    derived,
    levers=Levers(30, 0.9, 0.85, 0.9, 0.75, 0.72),
    plan=4300,
    defect_limit=0.05,
    dialect={
        Cause.RUN: 1,
        Cause.SETUP: 20,
        Cause.CHECK: 21,
        Cause.MICRO: 30,
        Cause.BREAKDOWN: 31,
        Cause.ROLL: 32,
        Cause.STARVED: 40,
        Cause.BLOCKED: 41,
        Cause.AMBIENT: 42,
        Cause.BREAK: 90,
    },
)
