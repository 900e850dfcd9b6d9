"""`lineproof evidence root`: the number of a day, to be kept by somebody else."""

import json as json_text
from collections.abc import Callable
from pathlib import Path

from edge.cli.evidence import keys_of
from edge.cli.output import progress, say, say_json
from edge.cli.package_card import print_root
from edge.cli.site import reading, site_of
from edge.clock import SYSTEM
from edge.config.loader import Loaded
from edge.errors import NotFound, Refused
from edge.evidence.covering import Signed, signed
from edge.evidence.keys import Signer
from edge.evidence.roots import Signatory, make_due, picture, spoken
from edge.records import roots
from edge.records.database import Records

KEEP = "Keep this line, on paper or as a picture: it finds a history that was rewritten."
FORMS = ("svg", "png", "json")


def root(config: Path, day: str | None, out: Path | None, *, json: bool) -> None:
    """Sign the days that are over, and print or write the newest root, or that of a day.

    Raises:
        NotFound: no such day has a root.
        Refused: the file has another ending than `.svg`, `.png` or `.json`.
    """
    if out is not None and out.suffix[1:] not in FORMS:
        raise Refused(f"{out}: a root is written as .svg, .png or .json")
    loaded = site_of(config)
    with progress("signing") as told:
        signed_due(loaded, told)
    found = chosen(Records.open(loaded.data / "records.db"), day)
    if out is not None:
        write(found, out)
    elif json:
        say_json({**found.model_dump(), "sha256": found.root.sha256, "line": spoken(found.root)})
    else:
        show(found)


def signed_due(loaded: Loaded, told: Callable[[float], None]) -> None:
    """Sign the days that are over."""
    signer = Signer.of(keys_of(loaded))
    with reading(loaded) as stores:
        records = Records.open(loaded.data / "records.db")
        signatory = Signatory(loaded.site.id, stores, records, signer)
        make_due(signatory, SYSTEM.wall_ns(), told)


def chosen(records: Records, day: str | None) -> Signed:
    """The newest root, or that of a day.

    Raises:
        NotFound: with the days there are.
    """
    found = [one for one in roots.kept(records) if day in (None, one.day)]
    if not found:
        days = sorted({one.day for one in roots.kept(records)})
        known = f"there are {days[0]} to {days[-1]}" if days else "none is over and sealed yet"
        raise NotFound(f"no root of {day or 'any day'}: {known} (days are UTC)")
    return signed(found[-1])


def show(found: Signed) -> None:
    """Print a root for people."""
    print_root(found.root)
    for line in ("", spoken(found.root), KEEP):
        say(line)
    picture(found.root).terminal(compact=True)


def write(found: Signed, out: Path) -> None:
    """Write a root as a picture or as the signed document."""
    if out.suffix == ".json":
        text = json_text.dumps(found.model_dump(), ensure_ascii=False, indent=1)
        out.write_text(text + "\n", "utf-8")
    else:
        picture(found.root).save(str(out), scale=8)
