"""Bands of the industrial electricity tariff, mainland Korea, by local hour.

From press reports and public code, not from the utility's own table: a site confirms them from its
bill before they enter evidence. Rates are the site's data and not here.
"""

from collections.abc import Iterable
from datetime import date
from enum import IntEnum
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpi.arrays import BOOL, F64, I64, SECOND_NS, U8, whole

SEOUL_OFFSET_NS = 9 * 3_600 * SECOND_NS  # no summer time since 1988
HOUR_NS = 3_600 * SECOND_NS
DAY_NS = 24 * HOUR_NS
SATURDAY, SUNDAY = 5, 6
DISCOUNT = 0.5
DISCOUNT_HOURS = (11, 14)
DISCOUNT_UNTIL = np.datetime64("2031-01-01")


class Season(IntEnum):
    """Season of a month."""

    SUMMER = 0
    SPRING_AUTUMN = 1
    WINTER = 2


class Band(IntEnum):
    """Band of an hour."""

    OFF_PEAK = 0
    MID = 1
    PEAK = 2


class Contract(NamedTuple):
    """What distinguishes contracts: when the hours were reformed, and who has the discount."""

    reformed: np.datetime64
    last_deferred: np.datetime64  # nobody keeps the old hours longer, whatever was asked for
    discounted: bool


CONTRACTS = MappingProxyType(
    {
        "industrial-eul": Contract(
            np.datetime64("2026-04-16"), np.datetime64("2026-09-30"), discounted=True
        ),
        "industrial-gap2": Contract(
            np.datetime64("2026-06-01"), np.datetime64("2026-05-31"), discounted=False
        ),
    }
)

_SEASONS = np.array([2, 2, 1, 1, 1, 0, 0, 0, 1, 1, 2, 2], dtype=np.uint8)
_OLD = "000000001112122222111100"  # by local hour, summer and spring/autumn
_NEW = "000000001111111222222100"
_WINTER = "000000001222111122211100"
_TABLES = ((_OLD, _OLD, _WINTER), (_NEW, _NEW, _WINTER))  # by reform, season
_HOURS = np.array([[list(row) for row in table] for table in _TABLES]).astype(np.uint8)


def season(month: ArrayLike) -> U8:
    """The season of each month: summer 6 to 8, winter 11 to 2.

    Raises:
        ValueError: no month.
    """
    months = whole(month, "month")
    if bool(((months < 1) | (months > len(_SEASONS))).any()):
        raise ValueError("month must be 1 to 12")
    return _SEASONS[months - 1]


def band(
    t_ns: ArrayLike,
    *,
    contract: str,
    holidays: Iterable[str | date] = (),
    deferred_until: str | date | None = None,
) -> U8:
    """The band of each instant.

    Args:
        t_ns: instants.
        contract: "industrial-eul" or "industrial-gap2".
        holidays: tariff holidays, local days; like Sundays they are off-peak all day.
        deferred_until: last day on which a deferring site keeps the old hours; a day after the
            last that may be deferred, 2026-09-30, counts as that day. "industrial-gap2" has no
            deferral, and keeps none.

    Raises:
        ValueError: an unknown contract.
    """
    local = _Local.of(t_ns, holidays)
    reformed = local.day >= _reform(contract, deferred_until)
    bands = _HOURS[reformed.astype(np.int64), local.season, local.hour]
    saturday = (local.weekday == SATURDAY) & (bands == Band.PEAK)
    return np.where(local.rest, Band.OFF_PEAK, np.where(saturday, Band.MID, bands)).astype(np.uint8)


def energy_factor(
    t_ns: ArrayLike,
    *,
    contract: str,
    holidays: Iterable[str | date] = (),
    deferred_until: str | date | None = None,
) -> F64:
    """What the energy rate is multiplied by: ½ on some weekend hours of spring and autumn.

    Args:
        t_ns: instants.
        contract: "industrial-eul", which alone has the discount, or "industrial-gap2".
        holidays: tariff holidays, local days.
        deferred_until: last day without reform and discount, as for `band`: later days count as
            the last that may be deferred.

    Raises:
        ValueError: an unknown contract.
    """
    local, reform = _Local.of(t_ns, holidays), _reform(contract, deferred_until)
    cheap = (local.day >= reform) & (local.day < DISCOUNT_UNTIL) & CONTRACTS[contract].discounted
    cheap &= (local.season == Season.SPRING_AUTUMN) & (local.rest | (local.weekday == SATURDAY))
    cheap &= (local.hour >= DISCOUNT_HOURS[0]) & (local.hour < DISCOUNT_HOURS[1])
    return np.where(cheap, DISCOUNT, 1.0)


class _Local(NamedTuple):
    """Local calendar facts of each instant."""

    day: NDArray[np.datetime64]
    hour: I64
    weekday: I64
    season: U8
    rest: BOOL  # Sunday or tariff holiday

    @classmethod
    def of(cls, t_ns: ArrayLike, holidays: Iterable[str | date]) -> "_Local":
        """The facts of some instants."""
        local = whole(t_ns, "t_ns") + SEOUL_OFFSET_NS
        number = local // DAY_NS
        day = number.astype("datetime64[D]")
        weekday = (number + 3) % 7  # day 0 was a Thursday
        month = day.astype("datetime64[M]").astype(np.int64) % 12 + 1
        shut = np.isin(day, _days(holidays, "holidays"))
        hour = local % DAY_NS // HOUR_NS
        return cls(day, hour, weekday, season(month), shut | (weekday == SUNDAY))


def _reform(contract: str, deferred_until: str | date | None) -> np.datetime64:
    """The first day of the new hours."""
    if contract not in CONTRACTS:
        raise ValueError(f"contract {contract!r} is unknown; there are {', '.join(CONTRACTS)}")
    terms = CONTRACTS[contract]
    if deferred_until is None:
        return terms.reformed
    last = min(_days([deferred_until], "deferred_until")[0], terms.last_deferred)
    return max(terms.reformed, last + np.timedelta64(1, "D"))


def _days(days: Iterable[str | date], name: str) -> NDArray[np.datetime64]:
    """Local days given as dates or ISO text."""
    texts = [str(day) for day in days]
    try:
        return np.array(texts, dtype="datetime64[D]")
    except ValueError as error:
        raise ValueError(f"{name} holds {texts}, not all of it days; write YYYY-MM-DD") from error
