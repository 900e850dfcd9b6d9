"""The commands of `lineproof baseline`."""

from typing import Annotated

import typer

from edge.cli.options import HERE, Config, From, Json, Line, Machine, Measure, To, room

app = typer.Typer(no_args_is_help=True, help="Freeze what improvement is measured against.")


@app.command("freeze")
def freeze(  # noqa: PLR0913 - one option each
    line: Line,
    measure: Measure,
    from_: From,
    to: To,
    name: Annotated[str, typer.Option(help="as people will call it")],
    *,
    reason: Annotated[str, typer.Option(help="why this period")],
    machine: Machine = None,
    config: Config = HERE,
    json: Json = False,
) -> None:
    """Freeze a period with everything its figures depend on."""
    room("baselines").freeze(
        config, (line, machine, measure), (from_, to), (name, reason), json=json
    )


@app.command("preview")
def preview(  # noqa: PLR0913 - one option each
    line: Line,
    measure: Measure,
    from_: From,
    to: To,
    machine: Machine = None,
    *,
    config: Config = HERE,
    json: Json = False,
) -> None:
    """What freezing a period would take: days, shifts, products, and what is left out."""
    room("baselines").preview(config, (line, machine, measure), (from_, to), json=json)


@app.command("list")
def listed(config: Config = HERE, *, json: Json = False) -> None:
    """All baselines."""
    room("baselines").listed(config, json=json)


@app.command("show")
def show(
    id_: Annotated[str, typer.Argument(metavar="ID")], config: Config = HERE, *, json: Json = False
) -> None:
    """One baseline."""
    room("baselines").show(config, id_, json=json)
