"""Faraday's law for electroplating: charge to mass and thickness, and back to efficiency.

Charge is the integral of the measured current, never set-point times time.
"""

from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from kpi.arrays import SECOND_NS, floats, instants, quotient

FARADAY = 96485.33212  # C/mol
UM_PER_CM = 1e4
CM2_PER_DM2 = 100.0


class Metal(NamedTuple):
    """What Faraday's law needs to know of a metal."""

    molar_mass: float  # g/mol
    valence: int
    density: float  # g/cm³


METALS = MappingProxyType(
    {
        "Ni": Metal(58.69, 2, 8.908),
        "Zn": Metal(65.38, 2, 7.14),
        "Cu": Metal(63.546, 2, 8.96),
        "Ag": Metal(107.868, 1, 10.49),
        "Sn": Metal(118.71, 2, 7.287),
        "Cr": Metal(51.996, 6, 7.19),
        "Au": Metal(196.967, 1, 19.30),
    }
)


class Charge(NamedTuple):
    """What flowed, and how much of the time was seen."""

    coulomb: float
    covered_ns: int
    span_ns: int


def mass_g(charge_c: float, metal: str | Metal, *, efficiency: float = 1.0) -> float:
    """Mass that a charge deposits.

    Args:
        charge_c: coulombs.
        metal: a symbol of `METALS`, or a metal.
        efficiency: share of the charge that deposits metal, in (0, 1].

    Raises:
        ValueError: an unknown metal, a negative charge, or an efficiency outside (0, 1].
    """
    kind = _metal(metal)
    if not 0 < efficiency <= 1:
        raise ValueError(f"efficiency is {efficiency!r}; it must lie in (0, 1]")
    if charge_c < 0:
        raise ValueError(f"charge_c is {charge_c!r}; it must not be negative")
    return charge_c * kind.molar_mass * efficiency / (kind.valence * FARADAY)


def thickness_um(
    charge_c: float, area_dm2: float, metal: str | Metal, *, efficiency: float = 1.0
) -> float:
    """Mean thickness that a charge deposits on an area.

    Args:
        charge_c: coulombs.
        area_dm2: plated area, positive.
        metal: a symbol of `METALS`, or a metal.
        efficiency: share of the charge that deposits metal, in (0, 1].

    Raises:
        ValueError: as `mass_g`, or the area is not positive.
    """
    if not area_dm2 > 0:
        raise ValueError(f"area_dm2 is {area_dm2!r}; it must be positive")
    volume_cm3 = mass_g(charge_c, metal, efficiency=efficiency) / _metal(metal).density
    return volume_cm3 / (area_dm2 * CM2_PER_DM2) * UM_PER_CM


def apparent_efficiency(
    measured_um: float, charge_c: float, area_dm2: float, metal: str | Metal
) -> float:
    """Measured thickness over what Faraday's law gives; outside [0.5, 1.05] a meter is wrong.

    Args:
        measured_um: thickness by gauge.
        charge_c: coulombs.
        area_dm2: plated area.
        metal: a symbol of `METALS`, or a metal.

    Returns:
        NaN without charge.
    """
    if measured_um < 0:
        raise ValueError(f"measured_um is {measured_um!r}; it must not be negative")
    return quotient(measured_um, thickness_um(charge_c, area_dm2, metal))


def charge(t_ns: ArrayLike, ampere: ArrayLike, *, max_gap_ns: int) -> Charge:
    """The integral of a sampled current, by trapezoids.

    Args:
        t_ns: times of the samples, strictly increasing.
        ampere: currents; NaN is unknown.
        max_gap_ns: a longer gap, or one with an unknown end, adds nothing and is not covered.

    Raises:
        ValueError: times not strictly increasing, or lengths differ.
    """
    times, current = instants(t_ns, "t_ns"), floats(ampere, "ampere")
    if times.size != current.size:
        raise ValueError(f"t_ns and ampere must have the same length: {times.size}, {current.size}")
    if max_gap_ns < 0:
        raise ValueError(f"max_gap_ns is {max_gap_ns}; it must not be negative")
    gaps, means = np.diff(times), (current[1:] + current[:-1]) / 2
    seen = (gaps <= max_gap_ns) & np.isfinite(means)
    coulomb = float((means[seen] * (gaps[seen] / SECOND_NS)).sum())
    span = int(times[-1] - times[0]) if times.size else 0
    return Charge(coulomb, int(gaps[seen].sum()), span)


def _metal(metal: str | Metal) -> Metal:
    """The metal of a symbol."""
    if isinstance(metal, Metal):
        if not min(metal) > 0:
            raise ValueError(f"metal {metal} must have positive mass, valence and density")
        return metal
    if metal not in METALS:
        raise ValueError(f"metal {metal!r} is unknown; there are {', '.join(METALS)}, or a Metal")
    return METALS[metal]
