"""The commands of `lineproof stops`."""

from typing import Annotated

import typer

from edge.cli.options import HERE, Config, From, Json, Line, To, room

app = typer.Typer(no_args_is_help=True, help="Stops: list, explain, split, merge, reclassify.")
Stop = Annotated[str, typer.Argument(metavar="ID", help="of a stop, as `stops list` prints it")]


@app.command("list")
def listed(
    line: Line,
    from_: From,
    to: To,
    config: Config = HERE,
    *,
    json: Json = False,
) -> None:
    """The stops that touch an interval, whole."""
    room("stops").listed(config, line, (from_, to), json=json)


@app.command("reason")
def reason(
    stop: Stop,
    reason: Annotated[str | None, typer.Argument(help="id of a reason; none: take it back")] = None,
    config: Config = HERE,
    *,
    note: Annotated[str | None, typer.Option(help="free text; none: the note stays")] = None,
    json: Json = False,
) -> None:
    """Give a stop its reason, or take it back."""
    room("stops").explain(config, stop, reason, note, json=json)


@app.command("split")
def split(
    stop: Stop,
    at: Annotated[str, typer.Option(help="a time inside the stop, RFC 3339 or local")],
    config: Config = HERE,
    *,
    json: Json = False,
) -> None:
    """Make two of a stop; one that was merged is parted again."""
    room("stops").shape(config, stop, {"split_at": at}, json=json)


@app.command("merge")
def merge(
    stop: Stop,
    other: Annotated[str, typer.Argument(help="id of the stop before or after it")],
    config: Config = HERE,
    *,
    json: Json = False,
) -> None:
    """Make one of two neighbours; what ran between stays as it is."""
    room("stops").shape(config, stop, {"merge_with": other}, json=json)


@app.command("class")
def call(
    stop: Stop,
    state: Annotated[str, typer.Argument(help="delayed, delayed:external, setup or idle")],
    config: Config = HERE,
    *,
    json: Json = False,
) -> None:
    """Call a stop by another class; the figures that it touches are computed anew."""
    room("stops").shape(config, stop, {"state": state}, json=json)


@app.command("history")
def history(stop: Stop, config: Config = HERE, *, json: Json = False) -> None:
    """Who did what to a stop, when, and what it was before."""
    room("stops").history(config, stop, json=json)
