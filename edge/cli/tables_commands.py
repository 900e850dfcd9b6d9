"""The commands of `lineproof tables`."""

from pathlib import Path
from typing import Annotated

import typer

from edge.cli.options import HERE, Config, Json, room

app = typer.Typer(
    no_args_is_help=True, help="Prices, ideal cycles, calendars, reasons: each from a day on."
)
Number = Annotated[int, typer.Argument(metavar="ID", help="of an entry, as `tables list` has it")]
Note = Annotated[str | None, typer.Option(help="why; for the history")]
KIND = "price, tariff, demand, peak, cycle, day, week or reason"


@app.command("list")
def listed(
    table: Annotated[
        str,
        typer.Argument(
            help="prices (tariffs, demands and peaks too), cycles, calendars or reasons"
        ),
    ],
    config: Config = HERE,
    *,
    json: Json = False,
) -> None:
    """What holds, from the configuration and from records."""
    room("tables").listed(config, table, json=json)


@app.command("set")
def write(
    kind: Annotated[str, typer.Argument(help=KIND)],
    pairs: Annotated[list[str], typer.Argument(metavar="KEY=VALUE", help="docs/tables.md")],
    config: Config = HERE,
    *,
    note: Note = None,
    json: Json = False,
) -> None:
    """Write an entry, or correct the one of the same subject and day; its versions stay."""
    room("tables").write(config, kind, pairs, note, json=json)


@app.command("withdraw")
def withdraw(number: Number, config: Config = HERE, *, json: Json = False) -> None:
    """Take an entry back; what held before it holds again."""
    room("tables").withdraw(config, number, json=json)


@app.command("history")
def history(number: Number, config: Config = HERE, *, json: Json = False) -> None:
    """All versions of an entry: who wrote it, when, what it said."""
    room("tables").history(config, number, json=json)


@app.command("import")
def bring(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX; one entry a row: docs/tables.md")],
    kind: Annotated[str | None, typer.Option(help=f"of rows that do not say: {KIND}")] = None,
    config: Config = HERE,
    *,
    preview: Annotated[
        bool, typer.Option("--preview", help="look only; nothing is stored")
    ] = False,
    note: Note = None,
    json: Json = False,
) -> None:
    """Write the entries of a file, or none while one of them has a fault."""
    room("tables").bring(config, file, (kind, note, preview), json=json)
