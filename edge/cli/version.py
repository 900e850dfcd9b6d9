"""`lineproof version`."""

from importlib.metadata import version

from edge.cli.output import say, say_json


def command(*, json: bool) -> None:
    """Print the version."""
    found = version("lineproof")
    if json:
        say_json({"version": found})
    else:
        say(f"lineproof {found}")
