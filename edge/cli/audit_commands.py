"""The commands of `lineproof audit`."""

from typing import Annotated

import typer

from edge.cli.options import HERE, Config, Json, room

app = typer.Typer(no_args_is_help=True, help="Who changed what, when and from where.")


@app.command("list")
def listed(
    config: Config = HERE,
    *,
    limit: Annotated[int, typer.Option(help="newest entries", min=1, max=10_000)] = 100,
    before: Annotated[int | None, typer.Option(help="number of an entry, to read on")] = None,
    json: Json = False,
) -> None:
    """The newest changes, newest first."""
    room("audit").listed(config, limit, before, json=json)


@app.command("verify")
def verify(
    config: Config = HERE,
    *,
    head: Annotated[
        list[str] | None, typer.Option(help="NUMBER:HASH of an entry that was kept elsewhere")
    ] = None,
    json: Json = False,
) -> None:
    """Look at every entry, and name the first that is not as it was written."""
    room("audit").verify(config, head or [], json=json)
