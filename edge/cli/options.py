"""Options that commands share, and the way to the module that does a command's work."""

import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from edge.cli.begin import ended_at_once

Config = Annotated[Path, typer.Option("--config", help="folder with lineproof.yaml")]
Json = Annotated[bool, typer.Option("--json", help="one JSON document on stdout")]
From = Annotated[
    str, typer.Option("--from", help="a production day as 2026-11-02, or 2026-11-02T08:00")
]
To = Annotated[str, typer.Option("--to", help="written alike; not included")]
Line = Annotated[str, typer.Option("--line", help="id of a line")]
Measure = Annotated[str, typer.Option("--measure", help="name of a measure, such as oee")]
Machine = Annotated[str | None, typer.Option("--machine", help="id of a machine; none: the line")]
HERE = Path()


def room(module: str) -> Any:  # noqa: ANN401 - a module known by name only, so that it loads late
    """The module that does the work, imported only now; what it prints is not mixed with logs."""
    with ended_at_once():
        without_rich()
        logs = import_module("edge.cli.logs")
        logs.log_to_stderr(logs.QUIET)
        return import_module(f"edge.cli.{module}")


def without_rich() -> None:
    """Import structlog alone: it takes rich along where there is one, 4 MB that nobody needs."""
    if "rich" not in sys.modules:
        sys.modules["rich"] = None  # type: ignore[assignment]  # so importing it fails, PEP 328
        import_module("structlog")
        del sys.modules["rich"]
