"""Recomputing a package: from its samples to rows, from rows to figures, to the last digit.

Only what lies in the package is used: samples, spans of life, tables and decisions.
"""

import json
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from edge.archive.tables import read_runs, read_table
from edge.archive.vault import Vault
from edge.engine.figures.definitions import FORMER
from edge.engine.view import View
from edge.errors import VerificationFailed
from edge.evidence import (
    counted,
    covering,
    decisions,
    hours,
    manifest,
    parting,
    results,
    rows,
)
from edge.evidence.checking import Report
from edge.evidence.digests import hourly
from edge.evidence.manifest import Manifest
from edge.evidence.refold import Scope, refold
from edge.evidence.reprinting import check_reports, check_workbooks
from edge.evidence.results import Promise
from edge.evidence.samples import FOLDER, Hour, PackedReader, files_by_day, read_digests
from edge.evidence.sites import site_of
from edge.evidence.zipping import Package
from edge.model import HOUR_NS
from edge.moment import parse, rfc3339
from edge.records.database import Records
from edge.records.parts import Elements, read_elements

Document = dict[str, Any]  # JSON
Progress = Callable[[float], None]
TABLES = ("elements.parquet", "digests.parquet", "life.parquet")


class Recomputing:
    """The work of recomputing one package in a folder of its own."""

    def __init__(
        self, package: Package, listed: Manifest, folder: Path, samples: Path | None
    ) -> None:
        self._package, self._listed, self._folder = package, listed, folder
        self._samples, self._vault = samples, Vault(folder)
        self._records = Records.open(folder / "records.db")
        tables, found = self._json("tables.json"), self._json(decisions.FILE)
        self._site = site_of(tables["site"])
        self._symbols = {int(symbol): text for symbol, text in tables["symbols"].items()}
        days = found["days"]
        spans = days["first_ns"], days["end_ns"], days["at_ns"]
        told = decisions.told_of(found)
        self._scope = Scope(self._site, decisions.lives_of(found), *spans, *told)
        self._filed = self._json("result.json")
        self._zone = ZoneInfo(self._site.timezone)

    def run(self, report: Report, progress_to: Progress) -> None:
        """Recompute everything and note what came out."""
        self._unpack()
        theirs, ours = self._listed.software.get("lineproof"), version("lineproof")
        if theirs != ours:
            detail = f"made with lineproof {theirs}, computed anew with {ours}: it may count better"
            report.note("software", passed=None, detail=detail)
        if not report.attempt("belongs", self._check_names):
            return
        if not report.attempt("scope", self._check_scope):
            return
        report.attempt("samples", self._check_samples)
        self._check_covering(report)
        progress_to(0.2)
        if report.attempt("rows", lambda: self._check_rows(lambda s: progress_to(0.2 + 0.7 * s))):
            report.attempt("figures", self._check_figures)
            check_workbooks(self._package, self._listed, report)
            check_reports(self._package, self._listed, report)
        progress_to(1.0)

    def close(self) -> None:
        """Let go of the files."""
        self._vault.close()

    def _json(self, name: str) -> Document:
        """One document of the package."""
        found: Document = json.loads(self._package[name])
        return found

    def _unpack(self) -> None:
        """Put the files that DuckDB reads into the folder."""
        (self._folder / FOLDER).mkdir()
        for name in self._listed.files:
            if name in TABLES or name.startswith(f"{FOLDER}/"):
                apart = name in self._listed.apart
                content = self._apart(name) if apart else self._package[name]
                manifest.at(self._folder, name).write_bytes(content)

    def _apart(self, name: str) -> bytes:
        """A file of samples that lies beside the package.

        Raises:
            VerificationFailed: nobody said where, or it is not there.
        """
        if self._samples is None:
            raise VerificationFailed("the samples lie apart; give their folder with --samples")
        path = manifest.at(self._samples, name)
        if not path.is_file():
            raise VerificationFailed(f"{path} is missing")
        return path.read_bytes()

    def _check_names(self) -> str:
        """Everything is of the site and the target that the manifest names."""
        site, promise = self._listed.site, self._filed["agreed"]
        told = {
            "tables.json": self._site.id,
            **{f"signal {path}": path.split("/")[0] for path in self._site.signals()},
            **{f"signal {hour.signal}": hour.signal.split("/")[0] for hour in self._digests()},
        }
        for name, found in told.items():
            if found != site.id:
                raise VerificationFailed(f"{name} is of site '{found}', the package of '{site.id}'")
        if promise["id"] != self._listed.target or self._filed["as_of"] != self._listed.as_of:
            raise VerificationFailed(
                "result.json is of another target or instant than the manifest"
            )
        return f"everything is of site {site.id} and target {promise['id']}"

    def _check_scope(self) -> str:
        """The days that are folded are those that making would fold, not as many as one likes."""
        scope, promise = self._scope, self._promise()
        told = scope.first_ns, scope.end_ns, scope.at_ns
        at_ns = parse(self._listed.as_of)
        first_ns = {results.first_day(promise.from_ns, each.before) for each in results.REACHES}
        if told[0] not in first_ns or told[1:] != (results.last_day(at_ns), at_ns):
            raise VerificationFailed("decisions.json: its days are not those of these windows")
        lines = {line.id for line in self._site.lines}
        if not promise.lines or lines != set(promise.lines) or at_ns <= promise.from_ns:
            raise VerificationFailed("tables.json: its lines are not those of the target")
        return f"{len(scope.days):,} days of {', '.join(promise.lines)}"

    def _digests(self) -> list[Hour]:
        """What is vouched for of the samples."""
        return read_digests(self._vault)

    def _check_samples(self) -> str:
        """Every hour of every signal is what was vouched for."""
        filed, found = {hour[:2]: hour for hour in self._digests()}, dict[tuple[str, int], Hour]()
        for names in files_by_day(self._folder / FOLDER).values():
            for name in names:
                for path, run in read_runs(self._vault, name).items():
                    self._check_texts(name, run.texts)
                    found |= {(path, each[0]): Hour(path, *each) for each in hourly(run)}
        for key in sorted(filed.keys() | found.keys(), key=lambda key: (key[1], key[0])):
            if filed.get(key) != found.get(key):
                hour = rfc3339(key[1] * HOUR_NS, self._zone)
                raise VerificationFailed(
                    f"hour {hour}, {key[0]}: its samples are not those that were vouched for"
                )
        return f"{len(found):,} hours of samples have the digests that were vouched for"

    def _check_covering(self, report: Report) -> None:
        """The samples are in the daily roots."""
        if covering.FILE not in self._package.entries:
            report.note("covered", passed=None, detail="no daily roots are in the package")
            return
        found = covering.read(self._package)
        at_ns = self._scope.at_ns
        report.attempt("covered", lambda: covering.check_proofs(found, self._digests(), at_ns))

    def _check_texts(self, name: str, texts: Any) -> None:  # noqa: ANN401 - a mapping
        """The texts beside values are those of tables.json."""
        for value, text in texts.items():
            if self._symbols.get(int(value)) != text:
                raise VerificationFailed(f"{name}: '{text}' is not the text of {int(value)}")

    def _check_rows(self, progress_to: Progress) -> str:
        """The element rows follow from the samples."""
        reader = PackedReader(self._vault, self._symbols)
        refold(self._scope, reader, self._records, progress_to)
        table, n = read_table(self._vault, "elements.parquet"), 0
        promise = self._promise()
        for line in promise.lines:
            filed = rows.rows_of(table, line)
            n += len(filed)
            self._check_line(line, filed, promise)
        if n != len(table["line"]) or set(table["site"]) != {self._site.id}:
            raise VerificationFailed("elements.parquet has rows of other lines or of another site")
        return f"{n:,} element rows follow from the samples"

    def _check_line(self, line: str, filed: Elements, promise: Promise) -> None:
        """The rows of one line."""
        span = promise.from_ns, self._scope.at_ns
        found = rows.inside(read_elements(self._records, line, *span), *span)
        different = rows.difference(line, filed, found)
        if different is not None:
            raise VerificationFailed(different.say(self._zone))
        rows.remember(self._records, line, filed, (self._scope.first_ns, self._scope.end_ns))

    def _check_figures(self) -> str:
        """Every published figure follows from the rows."""
        promise = self._promise()
        promise.put(self._records)
        reader = PackedReader(self._vault, self._symbols)
        view = results.view_of(self._scope, reader, self._records)
        definition = self._filed["target"]["definition"]
        view.counts_unplanned = definition in FORMER.values()
        found = results.result(view, promise)
        different = results.first_difference(self._filed, found) or self._defined(definition)
        if hours.FILE in self._package.entries:
            below = hours.document(view, promise, self._filed)
            different = different or results.first_difference(self._json(hours.FILE), below)
        is_former = decisions.is_former(self._json(decisions.FILE))
        if not is_former:
            different = different or self._behind(view, promise)
        if different is not None:
            raise VerificationFailed(f"figure {different}")
        said = f"; {definition} counts what was made outside of planned time as if it were planned"
        less = f"; {parting.FILE} and days left out are of an earlier form: not compared"
        same = f"{count(found)} figures are the same to the last digit"
        notes = said if view.counts_unplanned else ""
        return same + notes + (less if is_former else "")

    def _behind(self, view: View, promise: Promise) -> str | None:
        """Where what stands behind the verdict, or was decided, is not what is computed here."""
        for name, behind in parting.files(view, promise, self._filed).items():
            filed = self._json(name)
            different = results.first_difference(filed, parting.as_filed(filed, behind))
            if different is not None:
                return different
        return counted.difference(self._json(decisions.FILE), view, promise, self._filed)

    def _defined(self, definition: str) -> str | None:
        """Where the cards that are filed do not define what is computed here."""
        filed, here = self._json("definitions.json"), results.definitions(definition)
        if filed["format"] != here["format"]:
            filed, here = results.defining(filed), results.defining(here)
        return results.first_difference(filed, here)

    def _promise(self) -> Promise:
        """The target and its baselines, as they are filed."""
        return Promise(self._filed["agreed"], self._filed["baselines"])


def count(document: object) -> int:
    """How many numbers a document holds."""
    if isinstance(document, dict):
        return sum(count(value) for value in document.values())
    if isinstance(document, list):
        return sum(count(value) for value in document)
    return int(isinstance(document, int | float) and not isinstance(document, bool))
