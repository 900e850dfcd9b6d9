"""Reads the profile of a sector: it proposes; what a line has stands in its configuration."""

import json
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from edge.site import Line, Site


class Expected(NamedTuple):
    """A signal that lines of a sector usually have."""

    name: str
    kind: str
    unit: str
    en: str
    ko: str
    vi: str


class Profile(NamedTuple):
    """What is usual in a sector."""

    measures: tuple[str, ...]  # to look at first
    signals: tuple[Expected, ...]


NONE = Profile((), ())


@cache
def profile_of(name: str) -> Profile:
    """The profile of a name; an empty one for no name."""
    if not name:
        return NONE
    told = json.loads(files("edge.profiles").joinpath(f"{name}.json").read_text(encoding="utf-8"))
    return Profile(tuple(told["measures"]), tuple(Expected(**each) for each in told["signals"]))


def absent(site: Site) -> list[tuple[Line, Expected]]:
    """The signals that a line's sector usually has and no machine of the line tells.

    Where one says `total`, good pieces or rejects may follow from it.
    """
    found: list[tuple[Line, Expected]] = []
    for line in site.lines:
        known = {name for machine in line.machines for name in machine.signals}
        known |= {"good", "scrap"} if "total" in known and known & {"good", "scrap"} else set()
        wanted = profile_of(line.profile).signals
        found += [(line, signal) for signal in wanted if signal.name not in known]
    return found
