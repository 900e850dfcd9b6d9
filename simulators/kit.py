"""The diagnostic-kit line: dispense on cards, cut into strips, press into cassettes, pouch.

Strips drink water: above 55 % of relative humidity dispensing and pressing must stop until the
room is below 52 % again. Below that limit damp air and a wandering press force make scrap.
"""

from collections.abc import Mapping

import numpy as np

from simulators.line import (
    BOOL,
    F64,
    Buffer,
    Cause,
    Gauge,
    Levers,
    Line,
    Machine,
    Process,
    Stop,
    Work,
)

STRIPS_PER_CARD = 60
STOP_ABOVE, GO_ON_BELOW = 55.0, 52.0  # relative humidity, percent as the sensor shows it

PRODUCTS = ("AG-COV", "AG-FLU")
DISPENSE = Machine(
    "dispense",
    "분주기",
    "Dispenser",
    dict.fromkeys(PRODUCTS, 138.0),
    (
        Stop(Cause.MICRO, 1500, 50),
        Stop(Cause.BREAKDOWN, 12 * 3600, 1200),
        Stop(Cause.ROLL, 4 * 3600, 300, shape=40, spread=0.3),
        Stop(Cause.SETUP, 11 * 3600, 2700, shape=60, spread=0.2),
    ),
    lot=STRIPS_PER_CARD,
    power_w=(3200, 1400, 600),
)
CUT = Machine(
    "cut",
    "절단기",
    "Strip cutter",
    dict.fromkeys(PRODUCTS, 2.2),
    (Stop(Cause.MICRO, 900, 35), Stop(Cause.ROLL, 6 * 3600, 420, shape=40, spread=0.3)),
    setup_s=400,
    warm_pieces=8,
    warm_scrap=0.15,
    power_w=(1800, 600, 200),
    counts=("total", "good"),
)
PRESS = Machine(
    "press",
    "카세트 압착기",
    "Cassette press",
    dict.fromkeys(PRODUCTS, 2.4),
    (Stop(Cause.MICRO, 520, 42), Stop(Cause.BREAKDOWN, 8 * 3600, 900)),
    setup_s=700,
    warm_pieces=12,
    warm_scrap=0.12,
    power_w=(4100, 1500, 450),
)
POUCH = Machine(
    "pouch",
    "파우치 포장기",
    "Pouch sealer",
    dict.fromkeys(PRODUCTS, 2.36),  # little faster than the press, which paces the line
    (
        Stop(Cause.MICRO, 800, 40),
        Stop(Cause.BREAKDOWN, 13 * 3600, 700),
        Stop(Cause.ROLL, 5 * 3600, 200, shape=40, spread=0.3),
    ),
    setup_s=500,
    warm_pieces=10,
    warm_scrap=0.1,
    power_w=(3600, 1700, 500),
    exit=True,
)


def scrap(values: Mapping[str, F64], factor: float) -> dict[str, F64]:
    """Probability of scrap by minute: damp strips, wrong force, uneven dispensing, cold seals."""
    damp = np.maximum(0, values["room_humidity"] - 48) / 7
    force = (values["press_force"] - 850) / 40
    seal = np.maximum(0, 152 - values["seal_temperature"]) / 4
    press = 0.006 * factor + 0.008 * damp**2 + 0.003 * force**2
    return {
        "dispense": 0.004 * factor + 0.003 * (values["dispense_volume"] - 1.0) ** 2 / 0.03**2,
        "cut": np.full_like(damp, 0.006 * factor),
        "press": press,
        "pouch": 0.008 * factor + 0.6 * press + 0.004 * seal**2,
    }


def ambient(values: Mapping[str, F64]) -> BOOL:
    """The room is too damp."""
    return values["room_humidity"] > STOP_ABOVE


def released(values: Mapping[str, F64]) -> BOOL:
    """The room is dry enough again."""
    return values["room_humidity"] < GO_ON_BELOW


GAUGES = (
    Gauge("dispense", "room_humidity", "%", "room_humidity", sd=0.1, topic="ambient"),
    Gauge("dispense", "room_temperature", "Cel", "room_temperature", sd=0.02, topic="ambient"),
    Gauge("dispense", "dispense_volume", "uL", "dispense_volume", sd=0.004, decimals=3, off=0.0),
    Gauge("dispense", "tunnel_temperature", "Cel", "tunnel_temperature", sd=0.1),
    Gauge("dispense", "pump_pressure", "bar", mean=2.2, sd=0.02),
    Gauge("dispense", "web_speed", "mm/s", mean=50.0, sd=0.2, decimals=1, off=0.0),
    Gauge("cut", "speed", "{piece}/min", "speed", sd=0.1, decimals=1),
    Gauge("cut", "strip_width", "mm", mean=4.0, sd=0.012, decimals=3),
    Gauge("cut", "blade_temperature", "Cel", mean=31.0, sd=0.2),
    Gauge(
        "cut",
        "motor_temperature",
        "Cel",
        "room_temperature",
        sd=0.1,
        topic="drive",
        work=Work(29.0, tau_s=1100),
        logged_s=120,
    ),
    Gauge("press", "speed", "{piece}/min", "speed", sd=0.1, decimals=1),
    Gauge("press", "press_force", "N", "press_force", sd=4.0, decimals=1, off=0.0),
    Gauge("press", "press_travel", "mm", mean=12.4, sd=0.02, decimals=3),
    Gauge("press", "air_pressure", "bar", mean=6.0, sd=0.04),
    Gauge(
        "press",
        "vibration",
        "mm/s",
        mean=0.2,
        sd=0.05,
        topic="drive",
        work=Work(1.8, wear_per_h=0.05),
        logged_s=120,
    ),
    Gauge("pouch", "speed", "{piece}/min", "speed", sd=0.1, decimals=1),
    Gauge("pouch", "seal_temperature", "Cel", "seal_temperature", sd=0.3, decimals=1),
    Gauge("pouch", "seal_pressure", "bar", mean=3.4, sd=0.03),
    Gauge(
        "pouch",
        "air_flow",
        "L/min",
        mean=9.0,
        sd=1.5,
        decimals=1,
        topic="air",
        work=Work(145.0, tau_s=15),
        logged_s=120,
    ),
)


LINE = Line(
    "kit-1",
    "진단키트 1호기",
    "Diagnostic kit line 1",
    "kit",
    PRODUCTS,
    (DISPENSE, CUT, PRESS, POUCH),
    (Buffer(900, low=90, ready=180), Buffer(240), Buffer(240)),  # a card that is scrap lacks 60
    (
        Process("room_humidity", 46.5, 3.4, tau_s=14_400, daily=-2.6, controlled=False),
        Process("room_temperature", 22.5, 0.5, daily=0.9, controlled=False),
        Process("dispense_volume", 1.0, 0.025),
        Process("press_force", 850, 26, per_hour=2.5),
        Process("seal_temperature", 155, 1.6),
        Process("tunnel_temperature", 37, 0.8),
    ),
    GAUGES,
    scrap,
    levers=Levers(66, 0.6, 0.6, 0.8, 0.8, 0.75, 0.7),
    plan=14_000,
    defect_limit=0.016,
    ambient=ambient,
    released=released,
    barred=("dispense", "press"),
    dialect={
        Cause.RUN: 100,
        Cause.SETUP: 110,
        Cause.CHECK: 111,
        Cause.MICRO: 120,
        Cause.BREAKDOWN: 121,
        Cause.ROLL: 122,
        Cause.STARVED: 130,
        Cause.BLOCKED: 131,
        Cause.AMBIENT: 132,
        Cause.BREAK: 140,
    },
)
