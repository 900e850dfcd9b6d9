"""What a programme form is filled from: own targets, their newest packages, and imported ones."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from edge.errors import LineproofError
from edge.evidence.across import newest
from edge.evidence.bringing import RESULT
from edge.evidence.programme import Told
from edge.evidence.zipping import Package
from edge.records import firms
from edge.records.database import Records

Document = dict[str, Any]  # JSON
FOLDER = "evidence"  # beside the records: packages that were made here


def told(data: Path, records: Records, site: str, targets: list[Document]) -> list[Told]:
    """Every target that a form may list, the own first.

    Args:
        data: where the packages that were made here lie.
        records: where the imported ones are.
        site: name of this site.
        targets: its targets as they stand now.
    """
    made = made_here(data / FOLDER)
    own = [made.get(str(one["id"]), Told(site, one))._replace(firm=site) for one in targets]
    others = [
        Told(one.site_name, one.result["target"], one.result["days"], one.manifest, one.as_of)
        for one in newest(firms.imported(records))
    ]
    return own + others


def made_here(folder: Path) -> dict[str, Told]:
    """The newest package of each own target; one that cannot be read is passed over."""
    found = dict[str, Told]()
    for one in sorted(said_in(folder).values(), key=lambda one: str(one["as_of"])):
        try:
            result = result_of(folder / f"{one['manifest']}.zip")
        except (LineproofError, OSError):
            continue  # the form then says that there is none
        found[str(one["target"])] = Told(
            "", result["target"], result["days"], str(one["manifest"]), str(one["as_of"])
        )
    return found


def said_in(folder: Path) -> dict[Path, Document]:
    """What its maker said of each package in a folder.

    What a power cut left half written is passed over: made again, the package is listed again.
    """
    found = dict[Path, Document]()
    for path in folder.glob("*.json"):
        with suppress(ValueError):  # no JSON, or no text
            found[path] = json.loads(path.read_bytes())
    return found


def result_of(path: Path) -> Document:
    """The figures of a package that was made here."""
    with Package.open(path) as package:
        raw = package[RESULT]
    found: Document = json.loads(raw)
    return found
