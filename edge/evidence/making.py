"""Making a package: fold the target's lines anew, compare with what is kept, write it down, sign.

What always holds: no package is made whose figures do not follow from the samples in it, and one
made again from the same state has the same bytes.
"""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from edge.archive.tables import write_table
from edge.archive.vault import Vault
from edge.clock import Clock
from edge.engine.folding.anew import Refold
from edge.engine.folding.dated import held_site
from edge.engine.view import View
from edge.errors import VerificationFailed
from edge.evidence import (
    counted,
    covering,
    decisions,
    hours,
    howto,
    manifest,
    parting,
    results,
    rotation,
    rows,
    zipping,
)
from edge.evidence.keys import Signer
from edge.evidence.recording import Recorder
from edge.evidence.refold import Scope, refold
from edge.evidence.report import Cover, reports
from edge.evidence.results import Promise
from edge.evidence.roots import Signatory, make_due
from edge.evidence.rotation import Signed
from edge.evidence.samples import FOLDER, LIFE, write_life, write_samples
from edge.evidence.scoping import scope_of
from edge.evidence.sites import tables
from edge.evidence.workbook import Basis, workbooks
from edge.history import History
from edge.records import packages
from edge.records.audit import ADMIN, Actor
from edge.records.database import Records
from edge.records.packages import Made
from edge.records.parts import Elements, read_elements
from edge.site import Site
from edge.stores import Stores

Document = dict[str, Any]  # JSON
Progress = Callable[[float], None]
ROWS = "elements.parquet"
ROOTED, FOLDED = 0.1, 0.6  # shares of the work, one after another
SOFTWARE = ("lineproof", "duckdb", "numpy", "scipy", "XlsxWriter", "typst")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a package comes from."""

    site: Site
    stores: Stores
    records: Records
    signer: Signer
    clock: Clock
    by: Actor = ADMIN
    changes: Sequence[Signed] = ()  # of its keys


@dataclass(frozen=True, slots=True)
class Worked:
    """What was computed for a package."""

    scope: Scope
    promise: Promise
    recorder: Recorder
    result: Document
    hours: Document
    parts: dict[str, Document]  # what stands behind the verdict, by file
    windows: Document  # decisions on counters, and what was left out
    filed: dict[str, Elements]


def make(
    origin: Origin, target: str, out: Path, progress_to: Progress, apart: Path | None = None
) -> Document:
    """Make the package of a target.

    Args:
        origin: the site and its stores.
        target: id of the target.
        out: file to write.
        progress_to: told the share that is done.
        apart: a folder for the samples, where they shall not lie in the package.

    Returns:
        What was made: its hashes, its key, its instant.

    Raises:
        NotFound: no such target.
        VerificationFailed: the rows that are kept do not follow from the samples.
    """
    signatory = Signatory(origin.site.id, origin.stores, origin.records, origin.signer)
    make_due(signatory, origin.clock.wall_ns(), lambda done: progress_to(ROOTED * done))
    with TemporaryDirectory(dir=out.absolute().parent, prefix=".evidence-") as folder:
        vault = Vault(Path(folder))
        try:
            worked = work_far_enough(origin, target, Path(folder), progress_to)
            files = contents(origin, worked, vault, progress_to)
            listed = manifest_of(origin, worked, files, apart)
            if apart is not None:
                move_apart(files, apart)
            text = listed.text()
            files |= {
                manifest.MANIFEST: text,
                manifest.SIGNATURE: origin.signer.sign(text),
            }
            zipping.write(files, out)
        finally:
            vault.close()
    at_ns = worked.scope.at_ns
    made = Made(listed.root, listed.sha256, listed.previous, target, at_ns, origin.clock.wall_ns())
    packages.register(origin.records, made, origin.by)
    progress_to(1.0)
    return {
        "file": str(out),
        "size": out.stat().st_size,
        "site": origin.site.id,
        "target": target,
        "as_of": listed.as_of,
        "manifest": listed.sha256,
        "root": listed.root,
        "previous": listed.previous,
        "key": listed.key,
    }


def work_far_enough(origin: Origin, target: str, folder: Path, progress_to: Progress) -> Worked:
    """Compute everything published; look farther where rows differ, or late data came meanwhile.

    Raises:
        VerificationFailed: the kept rows do not follow from the samples.
    """
    *near, last = range(len(results.REACHES))
    for nth in near:
        with suppress(VerificationFailed):
            return work(origin, target, folder, progress_to, nth)
    return work(origin, target, folder, progress_to, last)


def work(origin: Origin, target: str, folder: Path, progress_to: Progress, nth: int) -> Worked:
    """Compute everything that is published, from samples.

    Raises:
        VerificationFailed: the kept rows do not follow from the samples.
    """
    records = Records.open(folder / f"records-{nth}.db")
    promise = Promise.of(origin.records, target)
    site = held_site(origin.site, origin.records, promise.lines)
    reader = History(origin.stores)
    now = View(site, reader, origin.records, origin.clock, Refold(site, reader, origin.records))
    at_ns = results.instant_of(now, promise, results.passed(origin.records, promise))
    reach = results.REACHES[nth]
    recorder = Recorder(reader, reach.until(at_ns))
    scope = scope_of(now, promise, at_ns, reach)
    refold(scope, recorder, records, lambda done: progress_to(ROOTED + (FOLDED - ROOTED) * done))
    filed = {}
    for line in promise.lines:
        span = promise.from_ns, at_ns
        filed[line] = rows.inside(read_elements(origin.records, line, *span), *span)
        check(line, filed[line], records, scope)
        rows.remember(records, line, filed[line], (scope.first_ns, scope.end_ns))
    promise.put(records)
    view = results.view_of(scope, recorder, records)
    result = results.result(view, promise)
    told = hours.document(view, promise, result), parting.files(view, promise, result)
    below = *told, counted.document(view, promise, result)
    return Worked(scope, promise, recorder, result, *below, filed)


def check(line: str, filed: Elements, records: Records, scope: Scope) -> None:
    """Hold the rows that are kept against those computed anew.

    Raises:
        VerificationFailed: with the first hour in which they differ.
    """
    span = int(filed["t0_ns"].min(initial=scope.at_ns)), scope.at_ns
    found = rows.inside(read_elements(records, line, *span), *span)
    different = rows.difference(line, filed, found)
    if different is not None:
        raise VerificationFailed(
            f"the kept rows do not follow from the samples, so nothing was made:"
            f" {different.say(rows.zone_of(scope.site))}; please report this"
        )


def contents(
    origin: Origin, worked: Worked, vault: Vault, progress_to: Progress
) -> dict[str, zipping.Content]:
    """All files of the package but manifest and signature."""
    scope, recorder = worked.scope, worked.recorder
    reader = History(origin.stores)
    written = write_samples(
        reader, recorder.hours, vault, lambda done: progress_to(FOLDED + (0.95 - FOLDED) * done)
    )
    basis = Basis(worked.hours, decisions.left_out(worked.result), worked.windows)
    files: dict[str, zipping.Content] = {
        **written.files,
        covering.FILE: covering.covering(
            origin.records, scope.at_ns, written.packed, written.beside
        ).text(),
        LIFE: write_life(reader, recorder.lived, vault),
        ROWS: write_table(vault, ROWS, rows.table_of(scope.site, worked.filed)),
        "tables.json": said(
            tables(scope.site, worked.promise.lines, decisions.symbols(reader, recorder, scope))
        ),
        "definitions.json": said(results.definitions(worked.result["target"]["definition"])),
        decisions.FILE: said(
            decisions.document(origin.stores, origin.records, scope, worked.promise, worked.result)
            | {counted.KEY: worked.windows}
        ),
        "result.json": said(worked.result),
        hours.FILE: said(worked.hours),
        **{name: said(part) for name, part in worked.parts.items()},
        **workbooks(worked.result, scope.site.name, basis),
        "HOW-TO-VERIFY": howto.text(worked.result, worked.promise, scope, worked.parts).encode(),
        manifest.KEY: origin.signer.public.pem,
    }
    if origin.changes:
        files[rotation.FILE] = rotation.written(origin.changes)
    cover = Cover(scope.site.name, origin.signer.public.id, version("lineproof"))
    return files | reports(files, cover)


def said(document: Document) -> bytes:
    """A document; the order of its keys means something, so it is kept."""
    return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False).encode() + b"\n"


def manifest_of(
    origin: Origin, worked: Worked, files: dict[str, zipping.Content], apart: Path | None
) -> manifest.Manifest:
    """The manifest of these files; adds SHA256SUMS to them."""
    sums = manifest.sums_of(files)
    files[manifest.SUMS] = sums.text
    away = sorted(name for name in files if apart and name.startswith(f"{FOLDER}/"))
    return manifest.Manifest(
        format=manifest.FORMAT,
        site=manifest.SiteName(id=origin.site.id, name=origin.site.name),
        target=worked.promise.target["id"],
        as_of=worked.result["as_of"],
        files=sums.listed,
        apart=away,
        root=sums.root,
        previous=packages.previous(origin.records, sums.root),
        key=origin.signer.public.id,
        software={name: version(name) for name in SOFTWARE},
    )


def move_apart(files: dict[str, zipping.Content], folder: Path) -> None:
    """Put the files of samples into a folder of their own."""
    for name in [name for name in files if name.startswith(f"{FOLDER}/")]:
        path = manifest.at(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            zipping.copy(files.pop(name), file.write)
