"""The commands of `lineproof quarantine`."""

from typing import Annotated

import typer

from edge.cli.options import HERE, Config, Json, room

app = typer.Typer(no_args_is_help=True, help="What came and could not be stored or brought on.")
Ids = Annotated[list[int], typer.Argument(metavar="ID", help="of entries")]


@app.command("list")
def listed(
    config: Config = HERE,
    *,
    limit: Annotated[int, typer.Option(help="newest entries", min=1, max=1_000)] = 100,
    before: Annotated[int | None, typer.Option(help="id of an entry, to read on")] = None,
    json: Json = False,
) -> None:
    """What was set aside, why, and how it began."""
    room("quarantine").listed(config, limit, before, json=json)


@app.command("discard")
def discard(
    ids: Ids,
    config: Config = HERE,
    *,
    json: Json = False,
) -> None:
    """Take entries off the list; their rows stay counted."""
    room("quarantine").discard(config, ids, json=json)


@app.command("show")
def show(
    id_: Annotated[int, typer.Argument(metavar="ID", help="of an entry")],
    config: Config = HERE,
    *,
    json: Json = False,
) -> None:
    """One entry, with all that is kept of it."""
    room("quarantine").show(config, id_, json=json)


@app.command("retry")
def retry(
    ids: Ids,
    config: Config = HERE,
    *,
    json: Json = False,
) -> None:
    """Let the running service try entries again, as the configuration is today."""
    room("quarantine").retry(config, ids, json=json)
