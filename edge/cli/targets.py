"""`lineproof target set | list | show`."""

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from edge.cli.output import facts, say, say_json, table
from edge.cli.site import engine_of, site_of
from edge.engine.targets import Wish
from edge.errors import Refused
from edge.moment import parse

HEAD = ("id", "line", "measure", "before", "after", "target", "improvement_rate", "low", "high")
ALL = (*HEAD, "coverage", "verdict")


def agree(
    config: Path,
    aim: tuple[list[str], str | None, str, list[str]],
    wanted: tuple[float | None, float | None],
    times: tuple[str, str | None, str | None, str | None],
    *,
    json: bool,
) -> None:
    """Agree on a target and print its id."""
    loaded = site_of(config)
    zone = ZoneInfo(loaded.site.timezone)
    go_live, due, from_, to = times
    wish = Wish(
        lines=tuple(aim[0]),
        machine=aim[1],
        measure=aim[2],
        baselines=tuple(aim[3]),
        improve=wanted[0],
        value=wanted[1],
        go_live_ns=parse(go_live, zone),
        due=day(due),
        from_ns=parse(from_, zone) if from_ else None,
        to_ns=parse(to, zone) if to else None,
    )
    with engine_of(loaded) as engine:
        found = engine.agree(wish)
    if json:
        say_json(found)
    else:
        say(found["id"])


def day(text: str | None) -> date | None:
    """A local day.

    Raises:
        Refused: where it is none.
    """
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Refused(f"'{text}' is no day; write 2026-12-31") from None


def listed(config: Path, *, json: bool) -> None:
    """Print all targets."""
    with engine_of(site_of(config)) as engine:
        found = engine.targets()
    if json:
        say_json(found)
    else:
        table(ALL, [[body[key] for key in ALL] for body in found["targets"]])


def show(config: Path, target: str, *, json: bool) -> None:
    """Print one target, with its days in JSON."""
    with engine_of(site_of(config)) as engine:
        found = engine.target(target)
    if json:
        say_json(found)
    else:
        facts({key: value for key, value in found.items() if key != "series"})
