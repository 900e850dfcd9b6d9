"""`lineproof init`: a commented configuration to start from."""

import re
from importlib.resources import files
from pathlib import Path
from shlex import quote

from edge.cli.output import note
from edge.errors import Refused, reason
from edge.profiles.sector import profile_of

LINE = "    name: 1호 라인\n"
BEFORE_PRICES = "\nprices:"
NO_TEXT = re.compile(r"\d.*|true|false|null")  # what YAML might read as something else


def command(folder: Path, profile: str | None = None) -> None:
    """Write `lineproof.yaml` and the folder for secrets; never over a file that is there.

    Args:
        folder: of the site.
        profile: sector whose usual signals are written down as comments; None = none.
    """
    target = folder / "lineproof.yaml"
    if target.exists():
        raise Refused(f"{target} is there already; edit it, or choose another folder")
    text = files("edge.cli").joinpath("example.yaml").read_text(encoding="utf-8")
    text = with_profile(text.replace("mysite", id_of(folder)), profile)
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


def with_profile(text: str, profile: str | None) -> str:
    """The sample with a sector: what its lines usually have stands there to be filled in."""
    if profile is None:
        return text
    begin, end = text.split(BEFORE_PRICES)
    begin = begin.replace(LINE, f"{LINE}    profile: {profile}   # its usual signals are below\n")
    has = {word.strip() for word in re.findall(r"^ {10}(\w+):", begin, re.MULTILINE)}
    more = "".join(
        f'          # {each.name}: {{source: plc1, node: "nsu=urn:plc1;s=Packing.{each.name}",'
        f' kind: {each.kind}, unit: "{each.unit}"}}   # {each.ko}, {each.en}\n'
        for each in profile_of(profile).signals
        if each.name not in has
    )
    return f"{begin}{more}{BEFORE_PRICES}{end}"
