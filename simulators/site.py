"""The simulated site: its lines, and when know-how arrives at each of them."""

from dataclasses import replace

from simulators import kit, mask, plating
from simulators.line import SITE, Line

NAME = {"ko": "한빛제조", "en": "Hanbit Manufacturing"}
DAYS = 80  # of history before the lines go live
SEED = 20_180_308
KIT_GOES_LIVE_BEFORE_END = 14  # days: too few to prove anything with

__all__ = ["DAYS", "NAME", "SEED", "SITE", "lines"]


def lines(days: int = DAYS) -> tuple[Line, ...]:
    """The three lines, with the levers' days for a history of `days`."""
    late = replace(kit.LINE.levers, from_day=max(0, days - KIT_GOES_LIVE_BEFORE_END))
    return (mask.LINE, plating.LINE, replace(kit.LINE, levers=late))
