"""The commands of `lineproof evidence`."""

from pathlib import Path
from typing import Annotated

import typer

from edge.cli.options import HERE, Config, Json, room

app = typer.Typer(no_args_is_help=True, help="Packages that a stranger can recompute.")


@app.command("make")
def make(
    target: Annotated[str, typer.Argument(help="id of a target")],
    out: Annotated[Path, typer.Option("--out", help="file to write")],
    samples: Annotated[
        Path | None, typer.Option(help="folder for the samples, to leave them out of the file")
    ] = None,
    config: Config = HERE,
    *,
    json: Json = False,
) -> None:
    """Make the package of a target: its figures, and the samples that they follow from."""
    room("evidence").make(config, target, out, samples, json=json)


@app.command("verify")
def verify(  # noqa: PLR0913 - one option each
    file: Annotated[Path, typer.Argument(help="a package")],
    *,
    key: Annotated[str | None, typer.Option(help="id of the site's key, or its file")] = None,
    site: Annotated[str | None, typer.Option(help="id of the site it must be of")] = None,
    root: Annotated[list[str] | None, typer.Option(help="a hash or root that was kept")] = None,
    recompute: Annotated[bool, typer.Option("--recompute", help="every figure anew")] = False,
    samples: Annotated[Path | None, typer.Option(help="where samples lie apart")] = None,
    json: Json = False,
) -> None:
    """Check a package; needs no service and no database."""
    pins = (key, site, root or [])
    room("evidence").verify(file, pins, samples, recompute=recompute, json=json)


@app.command("import")
def bring(
    file: Annotated[Path, typer.Argument(help="a package of another site")],
    *,
    key: Annotated[str | None, typer.Option(help="id of that site's key, or its file")] = None,
    samples: Annotated[Path | None, typer.Option(help="where samples lie apart")] = None,
    config: Config = HERE,
    json: Json = False,
) -> None:
    """Verify a package of another firm and show its target beside the others."""
    room("firms").bring(config, file, key, samples, json=json)


@app.command("firms")
def firms(config: Config = HERE, *, json: Json = False) -> None:
    """The firms whose packages were imported, and all of them together."""
    room("firms").listed(config, json=json)


def programme(
    out: Annotated[
        Path | None, typer.Option("--out", help="a .xlsx, .csv or (with --template) .hwpx to write")
    ] = None,
    language: Annotated[str, typer.Option("--lang", help="ko, en or vi")] = "ko",
    config: Config = HERE,
    template: Annotated[
        Path | None, typer.Option(help="a form (.hwpx) with places such as {{P1.산출근거}}")
    ] = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="print what would be handed in; sends nothing")
    ] = False,
    json: Json = False,
) -> None:
    """Indicators (P, Q, C, D) with their basis of calculation, own and imported."""
    if dry_run:
        room("programme").dry_run(config, out, language, json=json)
    else:
        room("programme").command(config, out, template, language, json=json)


@app.command("root")
def root(
    day: Annotated[str | None, typer.Option(help="a day, UTC; default the newest")] = None,
    out: Annotated[Path | None, typer.Option(help="a .svg, .png or .json to write")] = None,
    config: Config = HERE,
    *,
    json: Json = False,
) -> None:
    """The root of a day: one number, to be kept elsewhere, that covers all samples so far."""
    room("roots").root(config, day, out, json=json)


@app.command("key")
def key(config: Config = HERE, *, json: Json = False) -> None:
    """The public key of this site and its id, to be noted by whoever will verify."""
    room("evidence").key(config, json=json)


@app.command("rotate")
def rotate(config: Config = HERE, *, json: Json = False) -> None:
    """Put a new key in the place of the old one, which vouches for it and is gone then."""
    room("evidence").rotate(config, json=json)
