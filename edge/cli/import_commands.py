"""The commands of `lineproof import`."""

from pathlib import Path
from typing import Annotated

import typer

from edge.cli.options import HERE, Config, Json, room

SAMPLES = "CSV (signal, source_time, value, quality), Parquet or npz"
app = typer.Typer(no_args_is_help=True, help="Bring in what was recorded elsewhere.")


@app.command("samples")
def import_samples(
    files: Annotated[list[Path], typer.Argument(help=SAMPLES)],
    config: Config = HERE,
    *,
    json: Json = False,
) -> None:
    """Import samples through the same journal, archive and engine as live ones."""
    room("import_samples").command(files, config, json=json)


@app.command("facts")
def import_facts(  # noqa: PLR0913 - one option each
    file: Annotated[Path, typer.Argument(help="CSV, TSV or XLSX; its columns: docs/facts.md")],
    config: Config = HERE,
    *,
    preview: Annotated[
        bool, typer.Option("--preview", "--dry-run", help="look only; nothing is stored")
    ] = False,
    partly: Annotated[
        bool, typer.Option("--partly", help="store the rows without faults though others have some")
    ] = False,
    kind: Annotated[str | None, typer.Option(help="kind of all rows, such as scrap")] = None,
    who: Annotated[str | None, typer.Option(help="who says so, where the rows do not tell")] = None,
    json: Json = False,
) -> None:
    """Import counts, defects, stop reasons, inspections, working hours, what ran, and plans."""
    options = (preview, partly, kind, who)
    room("import_facts").command(file, config, options, json=json)
