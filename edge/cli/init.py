"""`lineproof init`: a commented configuration to start from."""

from importlib.resources import files
from pathlib import Path

from edge.cli.output import note
from edge.errors import Refused, reason


def command(folder: Path) -> None:
    """Write `lineproof.yaml` and the folder for secrets; never over a file that is there."""
    target = folder / "lineproof.yaml"
    if target.exists():
        raise Refused(f"{target} is there already; edit it, or choose another folder")
    text = files("edge.cli").joinpath("example.yaml").read_text(encoding="utf-8")
    try:
        (folder / "secrets").mkdir(parents=True, exist_ok=True)
        (folder / "secrets").chmod(0o700)
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Refused(f"{folder}: {reason(error)}; choose another folder") from error
    note(f"wrote {target}; edit it, then run `lineproof check --config {folder}`")
