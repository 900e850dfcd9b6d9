"""`lineproof baseline freeze | list | show`."""

from pathlib import Path

from edge.cli.output import facts, say, say_json, table
from edge.cli.site import engine_of, interval, site_of
from edge.engine.baselines import Wish, brief

HEAD = ("id", "version", "line", "machine", "measure", "value", "days", "from", "to", "name")


def freeze(
    config: Path,
    subject: tuple[str, str | None, str],
    span: tuple[str, str],
    words: tuple[str, str],
    *,
    json: bool,
) -> None:
    """Freeze a baseline and print its id."""
    loaded = site_of(config)
    wish = Wish(*subject, *interval(loaded, span), *words)
    with engine_of(loaded) as engine:
        found = engine.freeze(wish)
    if json:
        say_json(brief(found))
    else:
        say(found["id"])


def listed(config: Path, *, json: bool) -> None:
    """Print all baselines."""
    with engine_of(site_of(config)) as engine:
        found = engine.baselines()
    if json:
        say_json(found)
    else:
        table(HEAD, [[body[key] for key in HEAD] for body in found["baselines"]])


def show(config: Path, baseline: str, *, json: bool) -> None:
    """Print one baseline, with its days in JSON."""
    with engine_of(site_of(config)) as engine:
        found = engine.baseline(baseline)
    if json:
        say_json(found)
    else:
        facts(brief(found))
