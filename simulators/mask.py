"""The mask line: a body machine, two ear-loop welders side by side, a packing machine.

Welds tear where the ultrasonic amplitude has drifted since the shift's first check; bodies are
scrap where the web tension wanders. Change-overs between two sizes, jams and rolls cost the time.
"""

from collections.abc import Mapping

import numpy as np

from simulators.line import F64, Buffer, Cause, Gauge, Levers, Line, Machine, Process, Stop, Work

JAM = Stop(Cause.MICRO, 320, 45)
FAULT = Stop(Cause.BREAKDOWN, 4.5 * 3600, 1050)

BODY = Machine(
    "body",
    "본체기",
    "Body machine",
    {"KF94-L": 0.75, "KF94-S": 0.72},
    (
        JAM,
        FAULT,
        Stop(Cause.ROLL, 2.3 * 3600, 240, shape=40, spread=0.3),
        Stop(Cause.SETUP, 5.5 * 3600, 2700, shape=60, spread=0.2),
    ),
    warm_pieces=25,
    warm_scrap=0.25,
    power_w=(14_000, 4200, 1500),
    modulus=1 << 16,
)
WELDERS = tuple(
    Machine(
        f"welder-{number}",
        f"귀끈 용착기 {number}",
        f"Ear-loop welder {number}",
        {"KF94-L": 1.45, "KF94-S": 1.40},
        (Stop(Cause.MICRO, 560, 36), Stop(Cause.BREAKDOWN, 8 * 3600, 840)),
        station="weld",
        setup_s=540,
        warm_pieces=15,
        warm_scrap=0.2,
        power_w=(5200, 1600, 500),
    )
    for number in (1, 2)
)
PACKING = Machine(
    "packing",
    "포장기",
    "Packing machine",
    {"KF94-L": 0.735, "KF94-S": 0.706},  # little faster than the body machine, which paces the line
    (
        Stop(Cause.MICRO, 900, 30),
        Stop(Cause.BREAKDOWN, 10 * 3600, 600),
        Stop(Cause.ROLL, 3.1 * 3600, 150, shape=40, spread=0.3),
    ),
    setup_s=420,
    warm_pieces=10,
    warm_scrap=0.1,
    power_w=(4200, 1300, 400),
    counts_topic="counts",
    exit=True,
)


def scrap(values: Mapping[str, F64], factor: float) -> dict[str, F64]:
    """Probability of scrap by minute: torn welds grow with the square of what amplitude lacks."""
    tension = (values["web_tension"] - 42) / 3
    weld = [
        0.006 * factor + 0.0009 * (values[f"amplitude_{number}"] - 80) ** 2 for number in (1, 2)
    ]
    return {
        "body": 0.007 * factor + 0.004 * tension**2,
        "welder-1": weld[0],
        "welder-2": weld[1],
        "packing": np.full_like(tension, 0.009 * factor) + 0.35 * (weld[0] + weld[1]) / 2,
    }


GAUGES = (
    Gauge("body", "speed", "{piece}/min", "speed", sd=0.3, decimals=1),
    Gauge("body", "web_tension", "N", "web_tension", sd=0.25, off=0.0),
    Gauge("body", "fold_width", "mm", mean=155.0, sd=0.12),
    Gauge("body", "nose_wire_feed", "mm", mean=90.0, sd=0.2),
    Gauge("body", "air_pressure", "bar", mean=6.1, sd=0.04),
    Gauge("body", "room_temperature", "Cel", "room_temperature", sd=0.03, topic="ambient"),
    Gauge("body", "room_humidity", "%", "room_humidity", sd=0.1, topic="ambient"),
    Gauge(
        "body",
        "vibration",
        "mm/s",
        mean=0.2,
        sd=0.06,
        topic="drive",
        work=Work(2.1, wear_per_h=0.06),
        logged_s=120,
    ),
    Gauge(
        "body",
        "bearing_temperature",
        "Cel",
        "room_temperature",
        sd=0.05,
        topic="drive",
        work=Work(26.0, tau_s=1500),
        logged_s=120,
    ),
    *(
        gauge
        for number in (1, 2)
        for gauge in (
            Gauge(f"welder-{number}", "speed", "{piece}/min", "speed", sd=0.2, decimals=1),
            Gauge(f"welder-{number}", "amplitude", "%", f"amplitude_{number}", sd=0.15, off=0.0),
            Gauge(f"welder-{number}", "weld_energy", "J", mean=62.0, sd=1.1, off=0.0),
            Gauge(f"welder-{number}", "weld_time", "ms", mean=310.0, sd=3.5, off=0.0),
            Gauge(f"welder-{number}", "horn_temperature", "Cel", mean=48.0, sd=0.2),
        )
    ),
    Gauge("packing", "speed", "{piece}/min", "speed", sd=0.2, decimals=1, topic="counts"),
    Gauge(
        "packing",
        "vibration",
        "mm/s",
        mean=0.15,
        sd=0.04,
        topic="drive",
        work=Work(1.4, wear_per_h=0.03),
        logged_s=120,
    ),
    Gauge(
        "packing",
        "air_flow",
        "L/min",
        mean=18.0,
        sd=2.5,
        decimals=1,
        topic="air",
        work=Work(310.0, tau_s=20),
        logged_s=120,
    ),
    Gauge("packing", "seal_temperature", "Cel", mean=148.0, sd=0.4),
    Gauge("packing", "air_pressure", "bar", mean=5.8, sd=0.04),
)


LINE = Line(
    "mask-1",
    "KF94 마스크 1호기",
    "KF94 mask line 1",
    "mask",
    ("KF94-L", "KF94-S"),
    (BODY, *WELDERS, PACKING),
    (Buffer(260), Buffer(220)),
    (
        Process("amplitude_1", 80, 1.6, per_hour=-0.22),
        Process("amplitude_2", 80, 1.9, per_hour=-0.28),
        Process("web_tension", 42, 1.8),
        Process("room_temperature", 23.5, 0.6, daily=2.2, controlled=False),
        Process("room_humidity", 45, 2.5, daily=-4, controlled=False),
    ),
    GAUGES,
    scrap,
    levers=Levers(30, 0.33, 0.3, 0.6, 0.7, 0.65),
    plan=43_000,
    defect_limit=0.012,
    dialect={
        Cause.RUN: 3,
        Cause.SETUP: 6,
        Cause.CHECK: 61,
        Cause.MICRO: 40,
        Cause.BREAKDOWN: 41,
        Cause.ROLL: 42,
        Cause.STARVED: 50,
        Cause.BLOCKED: 51,
        Cause.AMBIENT: 52,
        Cause.BREAK: 9,
    },
)
