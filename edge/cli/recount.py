"""`lineproof recount`: what sinks hold, as their servers count it, against what is stored."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from edge.cli.asking import posted
from edge.cli.output import counted, note, say, say_json
from edge.cli.site import site_of
from edge.errors import NotFound

SHOWN = 3  # signals of an hour


def command(config: Path, names: list[str], hours: int, *, json: bool) -> None:
    """Recount the sinks named, or all; exit 1 where a server lacks points after all was done.

    Raises:
        NotFound: the site has no sink.
    """
    loaded = site_of(config)
    wanted = names or [setup.id for setup in loaded.sinks]
    if not wanted:
        raise NotFound(f"site '{loaded.site.id}' has no sink; name one under `sinks:`")
    found = [
        posted(loaded.host, loaded.port, f"sinks/{quote(one, safe='')}/recount?hours={hours}")
        for one in wanted
    ]
    if json:
        say_json({"sinks": found})
    else:
        for one in found:
            shown(one)
    if any(hour["left"] for one in found for hour in one["hours"]):
        raise SystemExit(1)


def shown(found: dict[str, Any]) -> None:
    """What a recount found, as people read it."""
    hours = found["hours"]
    say(f"{found['sink']}: {counted(found['points'], 'point')} in {counted(len(hours), 'hour')}")
    for hour in (one for one in hours if one["missing"]):
        missing, left = sum(hour["missing"].values()), sum(hour["left"].values())
        names = ", ".join(list(hour["missing"])[:SHOWN])
        done = f"{left:,} still are" if left else "they were written again"
        say(f"{hour['from']}: {missing:,} of {hour['points']:,} were missing, {done}: {names}")
    if not any(one["missing"] for one in hours):
        note("nothing was missing")
