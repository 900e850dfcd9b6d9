"""Checking a package: its form, its hashes, who signed it, and whose evidence it says it is.

Needs no service and no database. What fails is said, and what cannot be known is said as plainly.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from edge.errors import LineproofError, VerificationFailed
from edge.evidence import covering, manifest, rotation, tree, zipping
from edge.evidence.keys import PublicKey
from edge.evidence.manifest import Manifest
from edge.evidence.roots import DayRoot
from edge.evidence.rotation import Step
from edge.evidence.zipping import Package

Document = dict[str, Any]  # JSON


@dataclass(frozen=True, slots=True)
class Pins:
    """What somebody noted elsewhere and now holds a package against."""

    key: str | None = None  # id of the site's key
    site: str | None = None
    roots: tuple[str, ...] = ()  # a package's hash or root, or the root of a day
    known: Mapping[str, str] = field(default_factory=dict)  # id of each known site's key


@dataclass(slots=True)
class Report:
    """What was checked of a package, in the order in which it was."""

    file: str
    facts: Document = field(default_factory=dict)
    checks: list[Document] = field(default_factory=list)

    def note(self, code: str, *, passed: bool | None, detail: str) -> None:
        """Note one check; None = it could not be made, and nobody may think it was."""
        self.checks.append({"code": code, "passed": passed, "detail": detail})

    def attempt(self, code: str, check: Callable[[], str]) -> bool:
        """Make one check; whether it passed."""
        try:
            detail = check()
        except LineproofError as error:
            self.note(code, passed=False, detail=str(error))
            return False
        self.note(code, passed=True, detail=detail)
        return True

    @property
    def faults(self) -> list[str]:
        """What failed, the first first."""
        return [check["detail"] for check in self.checks if check["passed"] is False]

    def document(self) -> Document:
        """As JSON."""
        found = {"file": self.file, "verified": not self.faults, **self.facts}
        return {**found, "checks": self.checks, "faults": self.faults}


def check(package: Package, report: Report, pins: Pins, samples: Path | None) -> Manifest | None:
    """Check everything that needs no computing; the manifest, or None where there is none."""
    try:
        listed = Manifest.parsed(package[manifest.MANIFEST], manifest.MANIFEST)
    except VerificationFailed as error:
        report.note("manifest", passed=False, detail=str(error))
        return None
    report.facts |= facts_of(listed)
    report.attempt("files", lambda: check_files(package, listed))
    report.attempt("hashes", lambda: check_hashes(package, listed, samples))
    report.attempt("root", lambda: check_root(package, listed))
    report.attempt("signature", lambda: check_signature(package, listed))
    known = Known(listed, steps_of(package, report), roots_of(package, listed, report))
    check_pins(report, known, pins)
    return listed


def facts_of(listed: Manifest) -> Document:
    """What a manifest says of its package."""
    return {
        "site": listed.site.id,
        "site_name": listed.site.name,
        "target": listed.target,
        "as_of": listed.as_of,
        "manifest": listed.sha256,
        "root": listed.root,
        "previous": listed.previous,
        "key": listed.key,
        "software": listed.software,
    }


def check_files(package: Package, listed: Manifest) -> str:
    """No file may be missing, and none may be there that nobody vouches for."""
    outside = {manifest.MANIFEST, manifest.SIGNATURE}
    wanted, there = set(listed.files) - set(listed.apart), set(package.entries) - outside
    if missing := sorted(wanted - there):
        raise VerificationFailed(f"{missing[0]} is listed in the manifest and not in the package")
    if added := sorted(there - wanted):
        raise VerificationFailed(f"{added[0]} is in the package and not listed in the manifest")
    if strange := sorted(set(listed.apart) - set(listed.files)):
        raise VerificationFailed(f"{strange[0]} lies apart and is not listed")
    return f"{len(there)} files"


def check_hashes(package: Package, listed: Manifest, samples: Path | None) -> str:
    """Every file has the hash that the manifest gives it."""
    for name, entry in listed.files.items():
        if name not in listed.apart:
            same(name, package[name], entry)
        elif samples is not None:
            path = manifest.at(samples, name)
            if not path.is_file():
                raise VerificationFailed(f"{path} is missing; it lies apart from the package")
            same(name, path, entry)
    if listed.apart and samples is None:
        return f"{len(listed.apart)} files of samples lie apart and were not looked at"
    return f"{len(listed.files):,} files have the SHA-256 of the manifest"


def same(name: str, content: zipping.Content, listed: manifest.Listed) -> None:
    """Hold one file against its line in the manifest."""
    found = manifest.listed_of(content)
    if found != listed:
        raise VerificationFailed(
            f"{name} was changed: its SHA-256 is {found.sha256}, listed is {listed.sha256}"
        )


def check_root(package: Package, listed: Manifest) -> str:
    """The list for sha256sum says what the manifest says, and the root is over its lines."""
    lines = manifest.lines_of(listed.files)
    if b"".join(lines) != package[manifest.SUMS]:
        raise VerificationFailed(f"{manifest.SUMS} is not the list of the manifest")
    if tree.root(lines).hex() != listed.root:
        raise VerificationFailed("the Merkle root of the manifest is not that of its files")
    return f"Merkle root {listed.root}"


def check_signature(package: Package, listed: Manifest) -> str:
    """The key in the package signed this manifest."""
    key = PublicKey(package[manifest.KEY])
    if key.id != listed.key:
        raise VerificationFailed(f"key.pem is {key.id}, the manifest names {listed.key}")
    if not key.check(package[manifest.SIGNATURE], package[manifest.MANIFEST]):
        raise VerificationFailed(f"the signature is not of key {key.id} over this manifest")
    return f"signed by key {key.id}"


class Known(NamedTuple):
    """What a package says that can be held against what was noted elsewhere."""

    manifest: Manifest
    steps: list[Step]  # changes of its site's key
    days: list[DayRoot]


def steps_of(package: Package, report: Report) -> list[Step]:
    """The changes of the key that signs, checked; none where there is no file of them."""
    if rotation.FILE not in package.entries:
        return []
    found = list[Step]()

    def follow() -> str:
        found.extend(rotation.followed(package[rotation.FILE]))
        return f"{len(found)} changes of the key, each signed by both"

    report.attempt("key_changes", follow)
    return found


def roots_of(package: Package, listed: Manifest, report: Report) -> list[DayRoot]:
    """The daily roots in a package, checked; none where there is no file of them."""
    if covering.FILE not in package.entries:
        return []
    found = list[DayRoot]()

    def follow() -> str:
        own = PublicKey(package[manifest.KEY])
        known = {own.id: own}
        if rotation.FILE in package.entries:
            steps = rotation.followed(package[rotation.FILE])
            known |= {step.old.id: step.old for step in leading_to(steps, listed.key)}
        found.extend(covering.chain(covering.read(package), known, listed.site.id))
        return f"{len(found)} daily roots, each signed and naming the one before it"

    report.attempt("daily_roots", follow)
    return found


def leading_to(steps: list[Step], key: str) -> list[Step]:
    """The changes up to the one that brought a key; none where none did."""
    places = [place for place, step in enumerate(steps) if step.new.id == key]
    return steps[: places[-1] + 1] if places else []


def check_pins(report: Report, known: Known, pins: Pins) -> None:
    """Hold the package against what was noted elsewhere; say what is unknown without it."""
    listed = known.manifest
    check_key(report, known, pins.key or pins.known.get(listed.site.id))
    if pins.site is not None:
        told = f"the package is of site '{listed.site.id}', asked for was '{pins.site}'"
        report.note("site", passed=pins.site == listed.site.id, detail=told)
    days = {root.sha256: root.day for root in known.days}
    for root in pins.roots:
        own = root in {listed.sha256, listed.root}
        said = (
            "" if own else " is neither this package's hash nor its root, nor that of a day in it"
        )
        if root in days:
            said = f" is the root of {days[root]}: nothing before it was rewritten since"
        report.note("kept_root", passed=own or root in days, detail=f"kept root {root}{said}")


def check_key(report: Report, known: Known, noted: str | None) -> None:
    """Hold the key that signs against the one that was noted, over all changes since."""
    key = known.manifest.key
    if noted is None:
        unknown = (
            f"nobody said whose key {key} is: anybody can make a key and sign; compare it"
            " with the one noted at the box, and give it with --key"
        )
        report.note("key", passed=None, detail=unknown)
        return
    site, steps = known.manifest.site.id, leading_to(known.steps, key)
    handed = next((step for step in steps if step.old.id == noted and step.site == site), None)
    if noted == key:
        report.note("key", passed=True, detail=f"the key that was given, {noted}")
    elif handed is not None:
        since = f"the key that was given, {noted}, handed over on {handed.at}; {key} signs now"
        report.note("key", passed=True, detail=since)
    else:
        wrong = f"signed by key {key}, not by the key that was given, {noted}: re-signed,"
        report.note("key", passed=False, detail=f"{wrong} or of another site")
