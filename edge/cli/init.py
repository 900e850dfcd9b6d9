"""`lineproof init`: a commented configuration to start from."""

import re
from importlib.resources import files
from pathlib import Path
from shlex import quote

from edge.cli.output import note
from edge.errors import Refused, reason

NO_TEXT = re.compile(r"\d.*|true|false|null")  # what YAML might read as something else


def command(folder: Path) -> None:
    """Write `lineproof.yaml` and the folder for secrets; never over a file that is there."""
    target = folder / "lineproof.yaml"
    if target.exists():
        raise Refused(f"{target} is there already; edit it, or choose another folder")
    text = files("edge.cli").joinpath("example.yaml").read_text(encoding="utf-8")
    text = text.replace("mysite", id_of(folder))
    try:
        (folder / "secrets").mkdir(parents=True, exist_ok=True)
        (folder / "secrets").chmod(0o700)
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Refused(f"{folder}: {reason(error)}; choose another folder") from error
    note(f"wrote {target}; edit it, then run `lineproof check --config {quote(str(folder))}`")


def id_of(folder: Path) -> str:
    """The name of a folder as the id of a site; `mysite` where nothing of it can stand in one."""
    name = re.sub("[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")
    return f"site-{name}" if NO_TEXT.fullmatch(name) else name or "mysite"
