"""Packages of other sites, brought to be kept: verified to the last digit, or refused.

Every figure is computed anew before one of them is believed. The file is not kept: who brings it
has it, and its hash stays here.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from edge.errors import VerificationFailed
from edge.evidence import manifest
from edge.evidence.checking import Pins, Report, same
from edge.evidence.results import FORMAT
from edge.evidence.verifying import verify
from edge.evidence.zipping import Package
from edge.records import firms
from edge.records.audit import Actor
from edge.records.database import Records
from edge.records.firms import Imported

Document = dict[str, Any]  # JSON
RESULT = "result.json"
MOST_BYTES = 8 << 20  # of the figures of one target: a year of days takes a tenth of it
REMEDY = "ask the site for its key id; if it was really changed, import again with --key"


class Brought(NamedTuple):
    """A package that was verified."""

    report: Report
    result: Document


def bring(
    path: Path,
    known: Mapping[str, str],
    samples: Path | None = None,
    told: Callable[[float], None] = lambda _: None,
    key: str | None = None,
) -> Brought:
    """Verify a package, compute its figures anew, and read them.

    Args:
        path: the file.
        known: id of the key that each site is known to sign with.
        samples: where its samples lie, if they lie apart.
        told: the share that is done.
        key: what a person says is the site's key; it counts before what is known.

    Raises:
        VerificationFailed: with the first thing that differs; a changed key by both names.
    """
    report = verify(path, Pins(key, known=known), samples, told, recompute=True)
    if report.faults:
        wrong = {check["code"] for check in report.checks if check["passed"] is False}
        do = f"; {REMEDY}" if wrong == {"key"} and key is None else ""
        raise VerificationFailed(f"not imported: {report.faults[0]}{do}")
    return Brought(report, result_of(path, report))


def result_of(path: Path, report: Report) -> Document:
    """The figures in a package that was verified.

    Raises:
        VerificationFailed: it is another file by now, or its figures are longer than any of ours.
    """
    with Package.open(path) as package:
        listed = manifest.Manifest.parsed(package[manifest.MANIFEST], manifest.MANIFEST)
        if listed.sha256 != report.facts["manifest"]:
            raise VerificationFailed(f"not imported: {path} was changed while it was checked")
        if listed.files[RESULT].size > MOST_BYTES:
            raise VerificationFailed(f"not imported: {RESULT} has more than {MOST_BYTES} bytes")
        raw = package[RESULT]
        same(RESULT, raw, listed.files[RESULT])
    found: Document = json.loads(raw)
    if found.get("format") != FORMAT:
        raise VerificationFailed(f"not imported: {RESULT} is not {FORMAT}")
    return found


def known_keys(records: Records) -> dict[str, str]:
    """Id of the key that each site is known to sign with."""
    return {site: known.key for site, known in firms.keys(records).items()}


class Checked(NamedTuple):
    """What is told of a verified package, its figures, and what it was held against."""

    facts: Mapping[str, Any]
    result: Document
    known: Mapping[str, str]


def keep(records: Records, checked: Checked, at_ns: int, by: Actor) -> Document:
    """Remember a verified package; what is told of it, `new` where it was not known before.

    Raises:
        Refused: its site is known by another key since.
    """
    names = ("manifest", "site", "site_name", "target", "as_of", "key")
    told = {name: str(checked.facts[name]) for name in names}
    noted = checked.known.get(told["site"])
    package = Imported(**told, imported_ns=at_ns, result=checked.result)
    new = firms.keep(records, package, noted, by)
    return {**told, "new": new, "first_use": noted is None}
